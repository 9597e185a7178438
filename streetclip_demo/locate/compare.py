"""Answers of several models on one photo, compared: how far apart, how much they share, where they part first."""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streetclip_demo.errors import QuestionError
from streetclip_demo.places.areas import area_of
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.posterior.countries import country_of, with_countries
from streetclip_demo.posterior.deciding import pin
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.product import parts, product
from streetclip_demo.posterior.tree import Node

LEVELS = ("country", "region", "city")
LABEL = "label"  # where an answer lies in no country

Whereabouts = Mapping[
    str, tuple[str, str]
]  # level -> what tells the place from others, and its name in English


@dataclass(frozen=True)
class Parting:
    """The first level at which two answers differ."""

    level: str  # one of LEVELS, or LABEL
    names: tuple[str, str]  # in English
    codes: tuple[str, str]  # ids in the gazetteer; "" where there is none


@dataclass(frozen=True)
class Comparison:
    """Two answers side by side.

    Attributes
    ----------
    models : (str, str)
        Their titles.
    distance_km : float or None
        Between the pins; None where one has no position.
    overlap : float
        Belief that both have in the same countries: the sum, over countries and over labels in none, of the smaller
        of both probabilities, which is 1 minus the total variation distance. From 0 to 1.
    parting : Parting or None
        None where the pins agree at each level that both have.
    agreed : str
        The last of LEVELS at which the pins agree, before they part; "" where they do at none.
    """

    models: tuple[str, str]
    distance_km: float | None
    overlap: float
    parting: Parting | None
    agreed: str


@dataclass(frozen=True)
class SideBySide:
    """What several models say of one photo."""

    predictions: tuple[Prediction, ...]
    comparisons: tuple[Comparison, ...]  # of each two of them
    weights: tuple[float, ...]  # of the combined answer; they sum to 1
    combined: Prediction | None  # their product; None where they share no label


def side_by_side(
    predictions: Sequence[Prediction], weights: Sequence[float], gazetteer: Gazetteer
) -> SideBySide:
    """Compare predictions on one photo and combine them by weight."""
    try:
        combined = product(predictions, weights, lambda candidate: area_of(candidate, gazetteer))
    except QuestionError:
        combined = None
    found = comparisons(predictions, gazetteer)
    return SideBySide(tuple(predictions), found, parts(weights), combined)


def comparisons(predictions: Sequence[Prediction], gazetteer: Gazetteer) -> tuple[Comparison, ...]:
    """Each two of some predictions on one photo, in their order."""
    shares = [belief_by_country(one, gazetteer) for one in predictions]
    pairs = itertools.combinations(zip(predictions, shares, strict=True), 2)
    return tuple(_compared(one, other, gazetteer) for one, other in pairs)


def belief_by_country(prediction: Prediction, gazetteer: Gazetteer) -> dict[str, float]:
    """What each country has, by its code, and each label that lies in none, by its name; it sums to 1."""
    shares: dict[str, float] = defaultdict(float)
    for path, node, code in with_countries(prediction.roots, gazetteer):
        if not node.children:
            shares[code or path[0].casefold()] += node.probability
    return dict(shares)


def overlap(one: Mapping[Any, float], other: Mapping[Any, float]) -> float:
    """The mass that two distributions share: 1 minus their total variation distance."""
    return min(sum(min(share, other.get(key, 0.0)) for key, share in one.items()), 1.0)


def _compared(
    one: tuple[Prediction, Mapping[str, float]],
    other: tuple[Prediction, Mapping[str, float]],
    gazetteer: Gazetteer,
) -> Comparison:
    both = one[0], other[0]
    here, there = (pin(prediction)[1].candidate.point for prediction in both)
    distance = float(great_circle_km(here, there)) if here and there else None
    first, second = (whereabouts(prediction, gazetteer) for prediction in both)
    agreed, parting = _parting(first, second)
    return Comparison((both[0].model, both[1].model), distance, overlap(one[1], other[1]), parting, agreed)


def _parting(one: Whereabouts, other: Whereabouts) -> tuple[str, Parting | None]:
    agreed = ""
    for level in (*LEVELS, LABEL):
        if level not in one or level not in other:
            continue
        (id, name), (other_id, other_name) = one[level], other[level]
        if id != other_id:
            codes = ("", "") if level == LABEL else (id, other_id)
            return agreed, Parting(level, (name, other_name), codes)
        agreed = agreed if level == LABEL else level
    return agreed, None


def whereabouts(prediction: Prediction, gazetteer: Gazetteer) -> Whereabouts:
    """Country, region and city of the first pin, as far as they are known; the label itself where it is in no country.

    A city's region is the gazetteer's, whether or not the tree has regions.
    """
    nodes = _nodes_to_pin(prediction)
    code: str | None = None
    for node in nodes:
        code = country_of(node.candidate, code, gazetteer)
    if code is None:
        name = nodes[0].candidate.name
        return {LABEL: (name.casefold(), name)}
    found = {"country": (code, gazetteer.country(code).name)}
    places = [node.candidate.place for node in nodes if node.candidate.place]
    regions = [place.id if place.level == "region" else place.region for place in places]
    if region := next((id for id in reversed(regions) if id), None):
        found["region"] = (region, gazetteer.region(region).name)
    if places and places[-1].level == "city":
        found["city"] = (places[-1].id, places[-1].name)
    return found


def _nodes_to_pin(prediction: Prediction) -> list[Node]:
    """From the root to the first pin: the likeliest at each level."""
    nodes, below = [], prediction.roots
    while below:
        nodes.append(below[0])
        below = below[0].children
    return nodes
