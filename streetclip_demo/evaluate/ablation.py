"""Settings against a baseline on the same photos: which differences are more than noise. Encodes nothing itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from streetclip_demo.evaluate.bootstrap import Estimate, Figure, difference, estimates, ratio
from streetclip_demo.evaluate.distances import THRESHOLDS_KM, Protocol
from streetclip_demo.evaluate.figures import BEST_SCORE
from streetclip_demo.evaluate.outcomes import Outcomes
from streetclip_demo.locate.question import Question
from streetclip_demo.places.geo import geoguessr_score
from streetclip_demo.places.templates import DEFAULT_TEMPLATES, Templates
from streetclip_demo.posterior.temperatures import Temperatures

BASELINE = "baseline"
GROUPS = ("templates", "candidates", "regions", "cities", "beam", "estimator", "crop", "temperature")
OF_POINTS = ("crop",)  # what a model that compares no labels has of them
TEMPLATES = {
    "single caption": Templates(
        country=("A Street View photo in {name}.",), region=("A Street View photo in {name}.",)
    ),
    "ensemble of four": Templates(
        country=(
            "A Street View photo in {country}.",
            "A photo taken in {country}.",
            "A road in {country}.",
            "A Street View photo of a street in {country}.",
        ),
        city=(
            "A Street View photo from {city}.",
            "A Street View photo close to the town of {city} in {country}.",
            "A photo taken in {city}, {country}.",
            "A street in {city}.",
        ),
    ),
}  # the baseline's have articles where StreetCLIP's pretraining had them
CANDIDATES = ("World (193 countries)", "All countries and territories")
REGIONS = "World with regions"
CITIES = (0, 1, 10, 100, 300)
BEAMS = (1, 2, 3, 10, 20)
TEMPERATURES = (0.5, 0.75, 1.5, 2.0, 4.0)
TITLES = {
    **{f"within_{km}_km": f"% within {km:,} km" for km in THRESHOLDS_KM},
    "country_top1": "% country right",
    "score": "GeoGuessr score",
}


@dataclass(frozen=True)
class Setting:
    """One way to ask: what of the baseline it changes, and how."""

    group: str
    name: str
    question: Question
    crop: str = "centre"
    model: str = ""


@dataclass(frozen=True)
class Compared:
    """A setting's figures and their differences from the baseline's, each with its interval."""

    setting: Setting
    figures: Mapping[str, Estimate]
    differences: Mapping[str, Estimate]  # empty for the baseline

    def is_noise(self, key: str) -> bool:
        """Whether the interval of a difference holds nought: then no difference has been shown."""
        one = self.differences[key]
        return one.low is None or one.high is None or one.low <= 0 <= one.high


def settings(baseline: Question, presets: Mapping[str, str], groups: Sequence[str] = GROUPS) -> list[Setting]:
    """The baseline, then each group's settings, which change one thing of it; none that changes nothing."""
    found = [Setting(BASELINE, BASELINE, baseline)]

    def add(group: str, name: str, crop: str = "centre", **changes: Any) -> None:
        question = replace(baseline, **changes)
        if group in groups and (question != baseline or crop != "centre"):
            found.append(Setting(group, name, question, crop))

    for name, templates in {"as the paper": DEFAULT_TEMPLATES, **TEMPLATES}.items():
        add("templates", name, templates=templates)
    for title in CANDIDATES:
        add("candidates", title, labels=presets[title])
    add("regions", REGIONS, labels=presets[REGIONS])
    for count in CITIES:
        changes = {"add_cities": True, "cities_per_country": count} if count else {"add_cities": False}
        add("cities", f"{count} a country" if count else "none", **changes)
    for width in BEAMS:
        add("beam", f"{width} opened", beam_width=width)
    for estimator in ("greedy", "beam", "hedged"):
        add("estimator", estimator, estimator=estimator)
    add("crop", "three squares, averaged", "three")
    for value in TEMPERATURES:
        add("temperature", f"{value:g}", temperatures=Temperatures(value, value, value, value))
    return found


def compared(
    outcomes: Sequence[tuple[Setting, Outcomes]],
    clusters: np.ndarray,
    protocol: Protocol,
    resamples: int,
    seed: int = 0,
) -> list[Compared]:
    """Each setting's figures, and their differences from the first one's on the same photos and resamples."""
    base = _of_photos(outcomes[0][1], protocol)
    found = []
    for number, (setting, one) in enumerate(outcomes):
        own = _of_photos(one, protocol)
        figures = [_figure(key, *own[key]) for key in own]
        if number:
            figures += [
                difference(own[key][0], base[key][0], _both(own, base, key), _whole(key)) for key in own
            ]
        measured = estimates(figures, clusters, resamples, seed)
        keys = list(own)
        found.append(
            Compared(
                setting,
                dict(zip(keys, measured, strict=False)),
                dict(zip(keys, measured[len(keys) :], strict=False)),
            )
        )
    return found


def ablation_record(rows: Sequence[Compared], about: Mapping[str, Any]) -> dict:
    """The comparison in types that `json.dumps` takes."""
    return {
        **about,
        "settings": [
            {
                "group": row.setting.group,
                "name": row.setting.name,
                "model": row.setting.model,
                "figures": {key: vars(one) for key, one in row.figures.items()},
                "differences": {
                    key: {**vars(one), "is_noise": row.is_noise(key)} for key, one in row.differences.items()
                },
            }
            for row in rows
        ],
    }


def ablation_table(rows: Sequence[Compared], key: str) -> list[str]:
    """Lines of text: each setting's figure, its difference from the baseline, and whether that is noise."""
    width = max(len(_called(row.setting)) for row in rows)
    lines = []
    for row in rows:
        value = row.figures[key]
        line = f"  {_called(row.setting):<{width}}  {value.value:8.1f}  {_between(value):<18}"
        if row.differences:
            moved = row.differences[key]
            verdict = "within noise" if row.is_noise(key) else "better" if moved.value > 0 else "worse"
            line += f"  {moved.value:+7.1f}  {_between(moved):<20}  {verdict}"
        lines.append(line.rstrip())
    return lines


def _called(setting: Setting) -> str:
    name = setting.name if setting.group == BASELINE else f"{setting.group}: {setting.name}"
    return f"{name} ({setting.model})" if setting.model else name


def _between(one: Estimate) -> str:
    return "" if one.low is None else f"{one.low:.1f} to {one.high:.1f}"


def _of_photos(outcomes: Outcomes, protocol: Protocol) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Each figure as values of photos (n,), of which it is the mean, and which photos count (n,)."""
    every = np.ones(len(outcomes))
    known = ~np.isnan(outcomes.country_rank)
    return {
        **{
            f"within_{km}_km": (100.0 * protocol.within(outcomes.error_km, km), every) for km in THRESHOLDS_KM
        },
        "country_top1": (100.0 * (known & (outcomes.country_rank == 1)), known.astype(float)),
        "score": (np.round(geoguessr_score(outcomes.error_km)), every),
    }


def _figure(key: str, values: np.ndarray, counted: np.ndarray) -> Figure:
    """A mean; of hits a share, of which none and all have an interval too."""
    return ratio(values, counted, whole=_whole(key)) if key == "score" else ratio(values > 0, counted, 100)


def _whole(key: str) -> float:
    return BEST_SCORE if key == "score" else 100.0


def _both(own: Mapping, base: Mapping, key: str) -> np.ndarray:
    return own[key][1] * base[key][1]
