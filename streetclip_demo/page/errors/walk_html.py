"""An evaluation as HTML: its figures with intervals, and what assets/errors.js makes the list and the lines of."""

import json

from streetclip_demo.evaluate.bootstrap import LEAST_CLUSTERS
from streetclip_demo.evaluate.distances import THRESHOLDS_KM
from streetclip_demo.evaluate.walk import Figures, Number, Walk
from streetclip_demo.markup import filled
from streetclip_demo.words.countries import country_names
from streetclip_demo.words.language import language, text
from streetclip_demo.words.readable import decimal, grouped, said

DIGITS = {"%": 1, "km": 0, "points": 0}
SHOWN = (  # in this order, those that there are
    *(f"within_{km}_km" for km in THRESHOLDS_KM),
    "median_km",
    "mean_km",
    "score",
    "country_top1",
    "country_top5",
    "region_top1",
)


def walk_html(walk: Walk) -> str:
    """The figures, and the errors as data of the element that the script fills."""
    keys = [key for key in SHOWN if key in walk.figures]
    figures = [(_title(key), *_cell(walk.figures[key])) for key in keys]
    return filled("page/errors/errors", "walk", walk, figures, _intervals(walk), _data(walk, keys))


def number_text(number: float | None, unit: str) -> str:
    """A figure as its reader writes it."""
    if number is None:  # JSON has no infinity: half of the photos may have no answer
        return "∞"
    written = decimal(number, DIGITS[unit]) if DIGITS[unit] else grouped(round(number))
    return f"{written} {unit}" if unit in ("%", "km") else written


def _cell(number: Number) -> tuple[str, str]:
    """A figure and its interval; the interval is "" where there is none."""
    unit = number.unit if number.unit in DIGITS else "points"
    if number.low is None:
        return "–" if number.value is None else number_text(number.value, unit), ""
    low, high = (number_text(end, unit).removesuffix(f" {unit}") for end in (number.low, number.high))
    return number_text(number.value, unit), text.ERRORS_RANGE.format(low=low, high=high)


def _title(key: str) -> str:
    if key.startswith("within_"):
        distance = f"{grouped(int(key.split('_')[1]))} km"
        return text.ERRORS_WITHIN.format(distance=distance)
    return text.ERRORS_FIGURES[key]


def _intervals(walk: Walk) -> list[str]:
    """How the intervals were found, and why there are none where there are too few clusters for them."""
    named, clusters = text.ERRORS_CLUSTERS, walk.clusters
    over = text.COMMA.join(
        named[kind if kind in named else "cluster"].format(count=grouped(count))
        for kind, count in clusters.items()
    )
    told = [text.ERRORS_INTERVALS.format(resamples=grouped(walk.resamples), clusters=over)]
    if sum(clusters.values()) < LEAST_CLUSTERS:
        told.append(text.ERRORS_FEW.format(least=LEAST_CLUSTERS))
    return told


def _data(walk: Walk, keys: list[str]) -> str:
    """Rows [id, true latitude, longitude, answer's, km, country, continent], groups and names, as JSON."""
    names = country_names(language())
    rows = [
        [
            one.id,
            *(round(degrees, 4) for degrees in one.true),
            *(round(degrees, 4) for degrees in one.answer or ()),
            *(() if one.answer else (None, None)),
            one.error_km and round(one.error_km, 1),
            one.country,
            one.continent,
        ]
        for one in walk.errors
    ]
    groups = {
        "continent": {key: _group(keys, *group) for key, group in walk.continents.items()},
        "country": {key: _group(keys, *group) for key, group in walk.countries.items()},
    }
    called = {
        "continent": {key: said(key) or text.ERRORS_SEA for key in walk.continents},
        "country": {key: names.get(key, key) or text.ERRORS_SEA for key in walk.countries},
    }
    return json.dumps({"rows": rows, "groups": groups, "names": called}, ensure_ascii=False)


def _group(keys: list[str], photos: int, figures: Figures) -> list[list[str]]:
    """Cells of the table's second column: photos, then the figures."""
    cells = (_cell(figures[key]) if key in figures else ("–", "") for key in keys)
    return [[grouped(photos), ""], *map(list, cells)]
