"""What became of each photo: error, rank of the true country and region, shares. From predictions or from a model."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from streetclip_demo.evaluate.dataset import Predicted, Sample
from streetclip_demo.evaluate.distances import Protocol
from streetclip_demo.evaluate.doubts import answers_misread, unknown_countries
from streetclip_demo.evaluate.truth import Truth, codes_of, country_codes, regions_at
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import leaf_shares

NOWHERE = (np.nan, np.nan)
Points = Mapping[str, np.ndarray]  # country's code -> points (m, 2) that may be answered with in it


@dataclass(frozen=True)
class Answer:
    """What is kept of a prediction for its figures."""

    point: tuple[float, float] | None
    countries: Mapping[str, float]  # code -> share, largest first
    regions: Mapping[str, float]  # id -> share, largest first
    name: str = ""  # of the place that the point is of

    @classmethod
    def of(cls, prediction: Prediction) -> "Answer":
        """The first guess, and the belief in each country and region: what lies in it, added up."""
        countries: dict[str, float] = defaultdict(float)
        regions: dict[str, float] = defaultdict(float)
        for place, probability in leaf_shares(prediction.roots):
            if place is not None:
                countries[place.country] += probability
                if place.region:
                    regions[place.region] += probability
        best = prediction.guesses[0]
        return cls(
            best.node.candidate.point, _ranked(countries), _ranked(regions), ", ".join(best.path[::-1])
        )


@dataclass(frozen=True, slots=True)
class Scored:
    """What is kept of an answer once the truth is known: ten numbers instead of hundreds of shares."""

    point: tuple[float, float] | None
    name: str
    country: str  # the first
    country_rank: float
    region_rank: float
    names_regions: bool
    confidence: float
    true_share: float
    squares: float
    ceiling_km: float  # NaN where it is not asked for

    @classmethod
    def of(cls, answer: Answer, country: str, region: str, ceiling_km: float = np.nan) -> "Scored":
        """An answer beside the true country's code and the true region's id, "" where they are not known."""
        shares = answer.countries
        return cls(
            answer.point,
            answer.name,
            next(iter(shares), ""),
            _rank(country, shares),
            _rank(region, answer.regions),
            bool(answer.regions),
            next(iter(shares.values()), np.nan),
            shares.get(country, 0.0) if country else np.nan,
            sum(value**2 for value in shares.values()),
            ceiling_km,
        )


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Arrays over n photos. NaN: not known, and left out of the figure; no answer is an error of infinity."""

    points: np.ndarray  # (n, 2); NaN where there is no answer
    error_km: np.ndarray  # (n,)
    country_rank: (
        np.ndarray
    )  # (n,) of the true country, from 1 on; infinity where it is not among the answers
    region_rank: np.ndarray  # (n,)
    confidence: np.ndarray  # (n,) share of the first country
    true_share: np.ndarray  # (n,) share of the true country
    squares: np.ndarray  # (n,) sum of all countries' shares squared
    ceiling_km: np.ndarray  # (n,) distance to the nearest candidate in the true country
    countries: tuple[str, ...]  # codes of the answered countries, "" for none
    names: tuple[str, ...]  # of the answered places

    def __len__(self) -> int:
        return len(self.error_km)

    def only(self, chosen: np.ndarray) -> "Outcomes":
        """Of some photos: indices or a mask (n,)."""
        rows = np.arange(len(self))[chosen]
        picked: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            picked[field.name] = (
                value[rows] if isinstance(value, np.ndarray) else tuple(value[i] for i in rows)
            )
        return Outcomes(**picked)


def outcomes_of_predictions(
    samples: Sequence[Sample],
    truth: Truth,
    predictions: Mapping[str, Predicted],
    protocol: Protocol,
    gazetteer: Gazetteer,
) -> Outcomes:
    """What became of answers that were made elsewhere: points, and shares of the country where they have some."""
    found = [predictions.get(sample.id) for sample in samples]
    points = np.array([one.point if one and one.point else NOWHERE for one in found], dtype=float)
    countries = country_codes([one.country if one else "" for one in found], points, gazetteer)
    regions = regions_at(points, countries, gazetteer)
    shares = np.array(
        [one.probability if one and one.probability is not None else np.nan for one in found], dtype=float
    )
    unknown = np.full(len(truth), np.nan)
    return Outcomes(
        points,
        _errors(protocol, truth.points, points),
        _is_first(truth.countries, countries),
        _is_first(truth.regions, regions),
        shares,
        unknown,
        unknown,
        unknown,
        countries,
        ("",) * len(truth),
    )


def answer_notes(
    truth: Truth, predictions: Mapping[str, Predicted], outcomes: Outcomes, gazetteer: Gazetteer
) -> list[str]:
    """What looks wrong with answers that were made elsewhere."""
    names = {one.country for one in predictions.values()}
    return [
        *answers_misread(truth.points, outcomes.points),
        *unknown_countries(predictions.values(), codes_of(names, gazetteer)),
    ]


def outcomes_of_answers(
    answers: Sequence[Answer], truth: Truth, protocol: Protocol, candidates: Points, gazetteer: Gazetteer
) -> Outcomes:
    """What became of a model's answers."""
    ceilings = [nearest_km(*one, candidates) for one in zip(truth.points, truth.countries, strict=True)]
    places = zip(answers, truth.countries, truth.regions, ceilings, strict=True)
    return outcomes_of_scored([Scored.of(*one) for one in places], truth, protocol, gazetteer)


def outcomes_of_scored(
    scored: Sequence[Scored], truth: Truth, protocol: Protocol, gazetteer: Gazetteer
) -> Outcomes:
    """The same of answers that were compared with the truth one by one."""
    points = np.array([one.point or NOWHERE for one in scored], dtype=float)
    region_ranks = np.array([one.region_rank for one in scored])
    if not any(one.names_regions for one in scored):  # as of a list of countries: then the pin lies in one
        answered = regions_at(points, [one.country for one in scored], gazetteer)
        region_ranks = _is_first(truth.regions, answered)
    return Outcomes(
        points,
        _errors(protocol, truth.points, points),
        np.array([one.country_rank for one in scored]),
        region_ranks,
        np.array([one.confidence for one in scored]),
        np.array([one.true_share for one in scored]),
        np.array([one.squares for one in scored]),
        np.array([one.ceiling_km for one in scored]),
        tuple(one.country for one in scored),
        tuple(one.name for one in scored),
    )


def _errors(protocol: Protocol, truth: np.ndarray, points: np.ndarray) -> np.ndarray:
    error_km = protocol.distance_km(truth, points)
    return np.where(np.isnan(error_km), np.inf, error_km)


def _is_first(truth: Sequence[str], answers: Sequence[str]) -> np.ndarray:
    """Ranks (n,) of the truth where only the first answer is known."""
    return np.array(
        [
            np.nan if not true else 1.0 if true == answer else np.inf
            for true, answer in zip(truth, answers, strict=True)
        ]
    )


def _rank(true: str, shares: Mapping[str, float]) -> float:
    if not true:
        return np.nan
    return next((rank for rank, key in enumerate(shares, start=1) if key == true), np.inf)


def nearest_km(point: np.ndarray, country: str, candidates: Points) -> float:
    """Kilometres from a point (2,) to the nearest candidate in its country: what the right country could reach."""
    if not country:
        return np.nan
    points = candidates.get(country)
    return np.inf if points is None else float(great_circle_km(point, points).min())


def _ranked(shares: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(shares.items(), key=lambda item: -item[1]))
