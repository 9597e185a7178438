"""An evaluation: a dataset's truth, what became of each photo, all figures with their intervals; and as a record."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from streetclip_demo.evaluate.bootstrap import LEAST_CLUSTERS, RESAMPLES, effective_count
from streetclip_demo.evaluate.dataset import Sample
from streetclip_demo.evaluate.distances import Protocol
from streetclip_demo.evaluate.figures import Measured, accuracies, all_figures, headline, measured
from streetclip_demo.evaluate.outcomes import Outcomes
from streetclip_demo.evaluate.published import likely_set, published_for
from streetclip_demo.evaluate.truth import Truth
from streetclip_demo.words.counts import counted

GROUP_RESAMPLES = 2_000
MOST_ERRORS = 2_000  # of single photos in a record, the worst
FEW_CLUSTERS = 20  # effective ones; fewer, and an interval says little
KINDS = {
    "photographer": ("photographer", "photographers"),
    "sequence": ("sequence", "sequences"),
    "coordinate": ("coordinate", "coordinates"),
}


@dataclass(frozen=True)
class LeftOut:
    """A row that is in no figure, and why."""

    id: str
    line: int
    reason: str


@dataclass(frozen=True, eq=False)
class Judged:
    """What is to be judged: photos with their truth and what became of them, and how the answers came about."""

    source: Path
    samples: Sequence[Sample]
    truth: Truth
    outcomes: Outcomes
    protocol: Protocol
    method: Mapping[str, Any]  # what answered, with all its settings
    left_out: Sequence[LeftOut] = ()
    identical: Sequence[Sequence[str]] = ()  # ids of photos that have the same pixels
    pixels_known: bool = False
    mark: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All figures of what was judged."""

    judged: Judged
    figures: Sequence[Measured]
    by_continent: Mapping[str, Sequence[Measured]]
    by_country: Mapping[str, Sequence[Measured]]  # by code, most photos first
    resamples: int
    seed: int
    date: str

    @property
    def clusters_said(self) -> str:
        """What the bootstrap draws, and how many there are of it."""
        truth = self.judged.truth
        count = effective_count(truth.clusters)
        few = "; so few that they say little" if count < FEW_CLUSTERS else ""
        if sum(truth.clusters_are.values()) < LEAST_CLUSTERS:
            few = (
                f"; of fewer than {LEAST_CLUSTERS} no resamples tell what holds the truth in 95 of 100 cases"
            )
        return f"{said_clusters(truth.clusters_are)} (as good as {count:,.0f} of equal size{few})"

    @property
    def notes(self) -> list[str]:
        """What a reader must know before the figures."""
        return [*self._counted(), *self.judged.truth.notes, *self.judged.notes]

    def _counted(self) -> list[str]:
        judged, notes = self.judged, []
        unanswered = int(np.isinf(judged.outcomes.error_km).sum())
        if unanswered:
            wrong = counted(unanswered, "photo has no answer: it counts", "photos have no answer: they count")
            notes.append(f"{wrong} as wrong, and not in the mean error.")
        if judged.left_out:
            first = judged.left_out[0]
            where = f"line {first.line}, {first.id}" if first.line else first.id
            rows = counted(len(judged.left_out), "row is", "rows are")
            notes.append(f"{rows} in no figure; the first: {where}: {first.reason}")
        if judged.identical:
            count, groups = sum(map(len, judged.identical)), counted(len(judged.identical), "group", "groups")
            notes.append(
                f"{count:,} photos have the same pixels as another (in {groups}), as"
                f" placeholders for photos that are gone do; the first are {', '.join(judged.identical[0][:3])}."
            )
        return notes


def said_clusters(clusters_are: Mapping[str, int]) -> str:
    """How many clusters there are of which kind, as "12 photographers and 1 coordinate"."""
    return " and ".join(
        counted(count, *KINDS.get(kind, (f"value of {kind}", f"values of {kind}")))
        for kind, count in clusters_are.items()
    )


def evaluate(judged: Judged, resamples: int = RESAMPLES, seed: int = 0) -> Evaluation:
    """Work out all figures with their intervals."""
    truth, outcomes, protocol = judged.truth, judged.outcomes, judged.protocol
    figures = measured(all_figures(outcomes, truth, protocol), truth.clusters, resamples, seed)

    def by(groups: Sequence[str]) -> dict[str, list[Measured]]:
        members: dict[str, list[int]] = defaultdict(list)
        for index, group in enumerate(groups):
            members[group].append(index)
        ordered = sorted(members.items(), key=lambda item: (item[0] == "", -len(item[1]), item[0]))
        return {group: _of_group(judged, np.array(rows), resamples, seed) for group, rows in ordered}

    return Evaluation(
        judged,
        figures,
        by(truth.continents),
        by(truth.countries),
        resamples,
        seed,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )


def evaluation_record(evaluation: Evaluation, most_errors: int = MOST_ERRORS) -> dict:
    """All of an evaluation, with the worst of its single photos, in types that `json.dumps` takes."""
    judged = evaluation.judged
    truth = judged.truth
    dataset = likely_set(len(judged.samples) + len(judged.left_out), judged.source.name)
    return {
        "dataset": {
            "source": judged.source.name,
            "rows": len(judged.samples) + len(judged.left_out),
            "photos": len(judged.samples),
            "photographers": truth.photographers,
            "identical_pixels": [list(ids) for ids in judged.identical] if judged.pixels_known else None,
            "left_out": [asdict(one) for one in judged.left_out],
        },
        "method": dict(judged.method),
        "mark": judged.mark,
        "distance": judged.protocol.said,
        "intervals": {
            "level": 0.95,
            "bootstrap_over": evaluation.clusters_said,
            "clusters": dict(truth.clusters_are),
            "resamples": evaluation.resamples,
            "seed": evaluation.seed,
        },
        "notes": evaluation.notes,
        "figures": {one.key: _entry(one) for one in evaluation.figures},
        "by_continent": {name: _entries(ones) for name, ones in evaluation.by_continent.items()},
        "by_country": {code: _entries(ones) for code, ones in evaluation.by_country.items()},
        "errors": error_rows(judged, most_errors),
        "published": [
            {
                "dataset": row.dataset,
                "method": row.method,
                "within_km": list(row.within),
                "source": row.source,
            }
            for row in published_for(dataset)
        ],
        "date": evaluation.date,
    }


def error_rows(judged: Judged, most: int) -> list[list]:
    """The photos with the largest errors, then those without an answer.

    Each as id, true latitude and longitude, the answer's, kilometres between them, true country and continent; None
    where there is no answer.
    """
    truth, outcomes = judged.truth, judged.outcomes
    walked_km = np.where(np.isinf(outcomes.error_km), -1, outcomes.error_km)
    order = np.argsort(-walked_km, kind="stable")[:most]
    return [
        [
            judged.samples[row].id,
            *(round(float(one), 5) for one in truth.points[row]),
            *(None if np.isnan(one) else round(float(one), 5) for one in outcomes.points[row]),
            None if np.isinf(outcomes.error_km[row]) else round(float(outcomes.error_km[row]), 3),
            truth.countries[row],
            truth.continents[row],
        ]
        for row in order.tolist()
    ]


def outcome_rows(judged: Judged) -> list[dict[str, Any]]:
    """What became of each photo; `--predictions` reads it again."""
    truth, outcomes = judged.truth, judged.outcomes
    return [
        {
            "img_id": sample.id,
            "latitude": _number(outcomes.points[i, 0]),
            "longitude": _number(outcomes.points[i, 1]),
            "country": outcomes.countries[i],
            "probability": _number(outcomes.confidence[i]),
            "place": outcomes.names[i],
            "true_latitude": sample.point[0],
            "true_longitude": sample.point[1],
            "true_country": truth.countries[i],
            "true_region": truth.regions[i],
            "error_km": _number(outcomes.error_km[i]),
            "country_rank": _number(outcomes.country_rank[i]),
            "cluster": int(truth.clusters[i]),
        }
        for i, sample in enumerate(judged.samples)
    ]


def _of_group(judged: Judged, rows: np.ndarray, resamples: int, seed: int) -> list[Measured]:
    outcomes = judged.outcomes.only(rows)
    _, clusters = np.unique(judged.truth.clusters[rows], return_inverse=True)
    named = [*headline(outcomes, judged.protocol), *accuracies(outcomes)]
    return measured(named, clusters, min(resamples, GROUP_RESAMPLES), seed)


def _entries(ones: Sequence[Measured]) -> dict:
    return {"photos": ones[0].photos, "figures": {one.key: _entry(one) for one in ones}}


def _entry(one: Measured) -> dict:
    value, low, high = (
        _number(number) for number in (one.estimate.value, one.estimate.low, one.estimate.high)
    )
    return {"title": one.title, "unit": one.unit, "value": value, "low": low, "high": high}


def _number(value: float | None) -> float | None:
    """A plain number; null for what JSON has no number for."""
    return float(value) if value is not None and np.isfinite(value) else None
