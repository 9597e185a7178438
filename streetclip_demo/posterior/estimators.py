"""How a posterior becomes ranked guesses: its leaves in the order of an estimator."""

import functools
from collections.abc import Callable, Iterator

import numpy as np

from streetclip_demo.places.candidates import Candidate
from streetclip_demo.places.geo import half_mass_radius_km, mean_km
from streetclip_demo.posterior.scoring import Place
from streetclip_demo.posterior.tree import Siblings, by_probability

ESTIMATORS = ("greedy", "beam", "hedged")
NEGLIGIBLE = 1e-7  # a leaf with less is a point, whatever it is
HEDGED_REST = 1e-9  # posterior mass that may be left out of an expected distance: at most 0.02 m of it

AreaOf = Callable[
    [Candidate], np.ndarray | None
]  # points (n, 2) that stand for a label; None where its own does


class Leaves:
    """All leaves as arrays, in the order of a greedy search."""

    def __init__(self, roots: Siblings, area_of: AreaOf | None = None):
        self._area_of = area_of
        self._runs = list(_greedy_order(roots))
        self._starts = np.cumsum([0, *(len(positions) for _, positions in self._runs)])
        self._probabilities = self._all(lambda siblings: siblings.probabilities)
        self._points = self._all(lambda siblings: siblings.labels.points)  # (n, 2)
        self._is_placed = ~np.isnan(self._points[:, 0])

    def place(self, index: int) -> Place:
        run = np.searchsorted(self._starts, index, side="right") - 1
        siblings, positions = self._runs[run]
        return siblings, int(positions[index - self._starts[run]])

    def ranked(self, estimator: str) -> np.ndarray:
        """Indices of all leaves, best first."""
        if estimator == "greedy":
            return np.arange(len(self._probabilities))
        ranked = by_probability(self._probabilities, self._all(lambda siblings: siblings.logits))
        if estimator == "hedged":
            return self._hedged(ranked)
        pruned = self._all(lambda siblings: siblings.pruned)[ranked]
        path_logits = self._all(lambda siblings: siblings.path_logits)[ranked]
        return ranked[np.lexsort((np.where(pruned, 0.0, -path_logits), pruned))]

    def likeliest(self) -> np.ndarray:
        """Indices of all leaves, most probable first; what the beam left closed comes last."""
        ranked = by_probability(self._probabilities, self._all(lambda siblings: siblings.logits))
        return ranked[np.argsort(self._all(lambda siblings: siblings.pruned)[ranked], kind="stable")]

    def half_mass_radius_km(self, pin: int) -> float | None:
        """Radius of the circle round a leaf that holds half of the belief in all leaves that have points."""
        points, weights = self._mass
        if not self._is_placed[pin] or not weights.sum() > 0:
            return None
        return half_mass_radius_km(self._points[pin], points, weights)

    @functools.cached_property
    def _mass(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the belief is: points (m, 2) and weights (m,); a leaf that is an area is spread over its points."""
        whole = self._is_placed.copy()
        points, weights = [], []
        area_of = self._area_of or (lambda candidate: None)
        for index, candidate in self._candidates(whole & (self._probabilities > NEGLIGIBLE)):
            area = area_of(candidate)
            if area is not None:
                whole[index] = False
                points.append(area)
                weights.append(np.full(len(area), self._probabilities[index] / len(area)))
        return (
            np.concatenate([self._points[whole], *points]),
            np.concatenate([self._probabilities[whole], *weights]),
        )

    def _candidates(self, chosen: np.ndarray) -> Iterator[tuple[int, Candidate]]:
        """The labels of some leaves, by a mask (n,), with their indices."""
        for (siblings, positions), start in zip(self._runs, self._starts.tolist(), strict=False):
            candidates = siblings.labels.candidates
            for at in np.flatnonzero(chosen[start : start + len(positions)]).tolist():
                yield start + at, candidates[positions[at]]

    def _hedged(self, ranked: np.ndarray) -> np.ndarray:
        """Leaves by the expected distance to them, least first; those without a point last."""
        is_placed = self._is_placed[ranked]
        placed = ranked[is_placed]
        if self._probabilities[placed].sum() == 0:  # none has a point, or only hopeless ones
            return ranked
        points, weights = self._mass
        order = np.argsort(-weights, kind="stable")
        expected_km = _expected_km(self._points[placed], points[order], weights[order])
        return np.concatenate([placed[np.argsort(expected_km, kind="stable")], ranked[~is_placed]])

    def _all(self, of: Callable[[Siblings], np.ndarray]) -> np.ndarray:
        return np.concatenate([of(siblings)[positions] for siblings, positions in self._runs])


def _greedy_order(siblings: Siblings) -> Iterator[tuple[Siblings, np.ndarray]]:
    """Leaves below some siblings, by position: all of the best one's first, and so on at each depth."""
    order, start = siblings.order, 0
    expanded = np.flatnonzero(np.isin(order, list(siblings.children))) if siblings.children else ()
    for rank in expanded:
        yield siblings, order[start:rank]
        yield from _greedy_order(siblings.children[order[rank]])
        start = int(rank) + 1
    yield siblings, order[start:]


def _expected_km(points: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean distance from each point (n, 2) to targets (m, 2), by weights (m,) that fall; shape (n,)."""
    enough = int(np.searchsorted(np.cumsum(weights), weights.sum() * (1 - HEDGED_REST))) + 1
    targets, weights = targets[:enough], weights[:enough]
    return mean_km(points, targets, weights)
