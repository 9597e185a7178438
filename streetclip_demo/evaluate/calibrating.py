"""One temperature for a level, fitted on half of the photographers and measured on the other half."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.errors import DatasetError
from streetclip_demo.evaluate.bootstrap import Estimate, estimates, ratio
from streetclip_demo.evaluate.figures import calibration_error
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.posterior.tree import Node

LEAST_PHOTOS, LEAST_CLUSTERS = 30, 5  # in each half
COLDEST, WARMEST = 0.05, 20.0
GOLDEN = (5**0.5 - 1) / 2
STEPS = 60


@dataclass(frozen=True, eq=False)
class Choices:
    """Of n photos: logits of the labels of one level that were to choose from, and which is true."""

    logits: np.ndarray  # (n, m); -infinity fills up shorter lists
    true: np.ndarray  # (n,)
    rows: np.ndarray  # (n,) which photo of the dataset each is

    @classmethod
    def of(cls, lists: Sequence[tuple[int, Sequence[float], int]]) -> "Choices":
        """From (photo, logits, the true one's place) of each photo that has them."""
        most = max((len(logits) for _, logits, _ in lists), default=0)
        table = np.full((len(lists), most), -np.inf)
        for row, (_, logits, _) in enumerate(lists):
            table[row, : len(logits)] = logits
        return cls(table, np.array([one[2] for one in lists], int), np.array([one[0] for one in lists], int))

    def only(self, chosen: np.ndarray) -> "Choices":
        """Of the photos in a mask (n,)."""
        return Choices(self.logits[chosen], self.true[chosen], self.rows[chosen])


@dataclass(frozen=True)
class Fitted:
    """A level's temperature, and on the other half the calibration error and loss before and after."""

    level: str
    temperature: float
    photos: int
    clusters: int
    other_photos: int
    error_before: Estimate
    error_after: Estimate
    loss_before: Estimate
    loss_after: Estimate


def country_choice(roots: Sequence[Node], code: str) -> tuple[list[float], int] | None:
    """Logits of the countries on a list and the true one's place; None where it is not on it."""
    codes = [node.candidate.place.country if node.candidate.place else "" for node in roots]
    if not code or code not in codes or any(node.candidate.level != "country" for node in roots):
        return None
    return [node.logit for node in roots], codes.index(code)


def city_choice(roots: Sequence[Node], code: str, point: np.ndarray) -> tuple[list[float], int] | None:
    """Logits of the cities in the true country and the place of the nearest; None where it was not opened."""
    country = next(
        (node for node in roots if node.candidate.place and node.candidate.place.country == code), None
    )
    cities = country.children if country else ()
    if len(cities) < 2 or any(node.candidate.level != "city" or not node.candidate.point for node in cities):
        return None
    nearest = great_circle_km(
        point, np.array([node.candidate.point for node in cities], dtype=float)
    ).argmin()
    return [node.logit for node in cities], int(nearest)


def fitted(level: str, choices: Choices, clusters: np.ndarray, resamples: int, seed: int = 0) -> Fitted:
    """Fit one half, measure the other.

    Parameters
    ----------
    level : str
    choices : Choices
    clusters : np.ndarray, shape (photos of the dataset,), int
        No cluster is in both halves.
    resamples, seed : int

    Raises
    ------
    DatasetError
        If there are too few photos or photographers for two halves.
    """
    groups = clusters[choices.rows]
    first = _half(groups, seed)
    ours, others = choices.only(first), choices.only(~first)
    for half, own in ((ours, groups[first]), (others, groups[~first])):
        if len(half.true) < LEAST_PHOTOS or len(set(own.tolist())) < LEAST_CLUSTERS:
            raise DatasetError(
                f"Too few photos to fit a temperature for the level {level}: each half needs {LEAST_PHOTOS} photos by"
                f" {LEAST_CLUSTERS} photographers, and one has {len(half.true)} by {len(set(own.tolist()))}."
            )
    temperature = fit_temperature(ours.logits, ours.true)
    if not 1.01 * COLDEST < temperature < WARMEST / 1.01:
        raise DatasetError(
            f"No temperature fits the level {level}: the best one lies at the end of the range, {COLDEST:g} to"
            f" {WARMEST:g}, as where all {len(ours.true):,} photos are right, or right by chance only."
            " Take more photos, of which some are right and some wrong."
        )
    _, numbers = np.unique(groups[~first], return_inverse=True)
    figures = [
        figure
        for warmth in (1.0, temperature)
        for figure in (_error(others, warmth), ratio(losses(others.logits, others.true, warmth)))
    ]
    before, loss_before, after, loss_after = estimates(figures, numbers, resamples, seed)
    return Fitted(
        level,
        temperature,
        len(ours.true),
        len(set(groups[first].tolist())),
        len(others.true),
        before,
        after,
        loss_before,
        loss_after,
    )


def fit_temperature(logits: np.ndarray, true: np.ndarray) -> float:
    """The temperature with the least mean loss (Guo et al. 2017, arXiv 1706.04599), by golden section.

    The loss is convex in 1 / temperature, so that there is but one least.
    """
    low, high = 1 / WARMEST, 1 / COLDEST

    def loss(inverse: float) -> float:
        return float(losses(logits, true, 1 / inverse).mean())

    for _ in range(STEPS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return 2 / (low + high)


def losses(logits: np.ndarray, true: np.ndarray, temperature: float) -> np.ndarray:
    """Minus the logarithm of the true label's share, for each photo (n,)."""
    scaled = logits / temperature
    top = scaled.max(axis=1)
    return top + np.log(np.exp(scaled - top[:, None]).sum(axis=1)) - scaled[np.arange(len(true)), true]


def _error(choices: Choices, temperature: float):
    scaled = choices.logits / temperature
    shares = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    right = choices.logits.argmax(axis=1) == choices.true
    return calibration_error(shares.max(axis=1), right, np.ones(len(right), bool))


def _half(groups: np.ndarray, seed: int) -> np.ndarray:
    """Which photos are in the first half, (n,): every other cluster in a random order."""
    names = np.unique(groups)
    chosen = np.random.default_rng(seed).permutation(names)[::2]
    return np.isin(groups, chosen)
