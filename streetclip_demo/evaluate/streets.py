"""How well streets are told from other pictures: weights, ROC, a threshold for a share of false alarms. numpy only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.errors import DatasetError

FOLDS = 5
LEAST = 20  # pictures of either side, so that each fold has some
RIDGE = 1e-2  # keeps weights finite where both sides are told apart entirely
STEPS = 50
Z = 1.96  # of a 95 % interval
ROC_AT = (0.01, 0.02, 0.05, 0.1, 0.2)  # shares of false alarms


@dataclass(frozen=True)
class Share:
    """A part of some pictures, with Wilson's 95 % interval."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """From 0 to 1."""
        return self.count / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval (Wilson 1927, JASA 22)."""
        middle = (self.value + Z**2 / (2 * self.of)) / (1 + Z**2 / self.of)
        root = np.sqrt(self.value * (1 - self.value) / self.of + Z**2 / (4 * self.of**2))
        reach = float(Z * root / (1 + Z**2 / self.of))
        return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True)
class Told:
    """How well streets were told from other pictures, in pictures that nothing was fitted on.

    Attributes
    ----------
    weights : np.ndarray, shape (2,)
        Of a picture's features; fitted on all.
    threshold : float
        Of their sum; a picture above it is doubted.
    areas : dict of str to float
        Below the ROC curve: of each feature alone, and of both.
    roc : dict of float to float
        Share of false alarms -> share of other pictures that are doubted.
    false_alarms : Share
        Of streets.
    found : dict of str to Share
        Of each other kind.
    """

    weights: np.ndarray
    threshold: float
    areas: dict[str, float]
    roc: dict[float, float]
    false_alarms: Share
    found: dict[str, Share]


def told(features: np.ndarray, kinds: np.ndarray, street: str, alarms: float, seed: int = 0) -> Told:
    """Fit on all pictures, and measure by leaving out one fold after the other, threshold and all.

    Parameters
    ----------
    features : np.ndarray, shape (n, 2)
        The larger, the less a street.
    kinds : np.ndarray, shape (n,), str
    street : str
        The kind that is a street.
    alarms : float
        The share of street photos that may be doubted.
    seed : int
        Of the folds.

    Raises
    ------
    DatasetError
        If there are too few pictures for that.
    """
    others = kinds != street
    check_counts(others.tolist(), alarms)
    weights = fitted_weights(features, others)
    scores, doubted = np.empty(len(kinds)), np.empty(len(kinds), bool)
    for fold in _folds(others, seed):
        scores[fold] = features[fold] @ (ours := fitted_weights(features[~fold], others[~fold]))
        threshold = threshold_at(features[~fold & ~others] @ ours, alarms)
        doubted[fold] = scores[fold] > threshold
        scores[fold] -= threshold  # so that folds of other weights can be put together
    names = dict.fromkeys(kinds[others].tolist())
    return Told(
        weights,
        threshold_at(features[~others] @ weights, alarms),
        {
            "captions": area(features[:, 0], others),
            "entropy": area(features[:, 1], others),
            "both": area(scores, others),
        },
        {at: float((scores[others] > threshold_at(scores[~others], at)).mean()) for at in ROC_AT},
        Share(int(doubted[~others].sum()), int((~others).sum())),
        {kind: Share(int(doubted[kinds == kind].sum()), int((kinds == kind).sum())) for kind in names},
    )


def check_counts(are_others: Sequence[bool], alarms: float) -> None:
    """Raise DatasetError where there are too few photos of streets, or other pictures, for a share of false alarms."""
    others, streets = sum(are_others), len(are_others) - sum(are_others)
    needed = max(LEAST, int(np.ceil(1 / alarms * FOLDS / (FOLDS - 1))))
    if streets < needed or others < LEAST:
        raise DatasetError(
            f"Too few pictures: for a share of false alarms of {alarms:g}, {needed} photos of streets and {LEAST} other"
            f" pictures are needed; there are {streets} and {others}. Add some, or allow more false alarms."
        )


def _folds(others: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """Masks (n,) of FOLDS parts, each with its part of both sides."""
    rng, number = np.random.default_rng(seed), np.empty(len(others), int)
    for side in (others, ~others):
        number[side] = rng.permutation(np.arange(side.sum()) % FOLDS)
    return (number == fold for fold in range(FOLDS))


def fitted_weights(features: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Logistic regression by Newton's method, lightly held back; the weights (d,) of features, without the constant."""
    centre, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    table = np.column_stack([np.ones(len(features)), (features - centre) / spread])
    held_back = RIDGE * len(table) * np.diag([0.0] + [1.0] * features.shape[1])
    weights = np.zeros(table.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        slope = table.T @ (likely - others) + held_back @ weights
        curve = (table * (likely * (1 - likely))[:, None]).T @ table + held_back + 1e-9 * np.eye(len(weights))
        weights = weights - np.linalg.solve(curve, slope)
    return weights[1:] / spread


def threshold_at(street_scores: np.ndarray, alarms: float) -> float:
    """The least threshold that at most this share of street photos is above."""
    ranked = np.sort(street_scores)[::-1]
    return float(ranked[int(np.floor(alarms * len(ranked)))])


def area(scores: np.ndarray, others: np.ndarray) -> float:
    """Below the ROC curve: how often another picture has the higher score than a street; equal ones count half."""
    ours, theirs = np.sort(scores[~others]), scores[others]
    below = np.searchsorted(ours, theirs, "left") + np.searchsorted(ours, theirs, "right")
    return float(below.mean() / 2 / len(ours))
