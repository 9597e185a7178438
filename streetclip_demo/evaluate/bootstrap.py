"""95 % intervals by a bootstrap over clusters: whoever took the photos is drawn anew, not the photos. numpy alone.

Photos of one photographer lie near each other and are right or wrong together; drawing photos one by one would give
intervals a quarter as wide as they should be (docs/evaluation.md).
"""

import functools
import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from streetclip_demo.evaluate.cells import Cells, cells_of

RESAMPLES = 10_000
LEVEL = 0.95
BLOCK = 1_500_000  # weights at once: 12 MB as float64
FEW_IN_ALL = 8  # times as many photos as clusters: then sums by cluster are the quicker way to a median
RUN = 128  # photos whose weights are added up before a median is looked for among them
LEAST_CLUSTERS = (
    6  # of n, all resamples lie between the least and the largest: at best 1 - 2 / 2^n hold the truth
)
SAFETY = 5  # standard deviations by which Poisson numbers stay below their sum
ROUNDING = 1e-9
NORMAL = NormalDist()


@dataclass(frozen=True, eq=False)
class Figure:
    """A number that depends on photos through sums over them: a share, a mean, a calibration error."""

    columns: np.ndarray  # (n, m): what is summed
    of_sums: Callable[[np.ndarray], np.ndarray]  # (..., m) -> (...)
    whole: float | None = None  # what it is at most, if anything
    least: float = 0.0  # and at least
    weights: np.ndarray | None = None  # (n,) how much each photo counts; None: all the same
    differing: np.ndarray | None = None  # (n,) bool, of a paired difference: where the two are not alike
    # Larger in resamples, as what is never negative: then the percentiles are corrected (BC).
    is_biased: bool = False

    def value(self) -> float:
        """Of the photos as they are."""
        return float(self.of_sums(self.columns.sum(axis=0)))


@dataclass(frozen=True, eq=False)
class Median:
    """The middle one of values (n,); NaN counts as no value, infinity as the largest."""

    values: np.ndarray
    whole: ClassVar[None] = None
    differing: ClassVar[None] = None
    is_biased: ClassVar[bool] = False

    @property
    def weights(self) -> np.ndarray:
        """How much each photo counts (n,)."""
        return ~np.isnan(self.values)

    def value(self) -> float:
        """Of the photos as they are; NaN where there are none."""
        known = np.sort(self.values[~np.isnan(self.values)])
        if not len(known):
            return float("nan")
        low, high = known[(len(known) - 1) // 2], known[len(known) // 2]
        return float(low if low == high else (low + high) / 2)


@dataclass(frozen=True)
class Estimate:
    """A figure and the interval that holds the true one in 95 of 100 datasets; None where none can be had.

    As where fewer than `LEAST_CLUSTERS` count for it.
    """

    value: float
    low: float | None = None
    high: float | None = None


def ratio(
    numerator: np.ndarray,
    denominator: np.ndarray | None = None,
    scale: float = 1,
    whole: float | None = None,
) -> Figure:
    """The figure `scale` x sum(numerator) / sum(denominator); of ones where there is no denominator.

    A share, of a numerator that is true or false, is at most `scale`; of anything else `whole` says what it is at most.
    """
    below = np.ones(len(numerator)) if denominator is None else denominator
    columns = np.column_stack([numerator, below]).astype(float)
    whole = scale if numerator.dtype == bool else whole
    return Figure(
        columns, lambda sums: scale * quotient(sums[..., 0], sums[..., 1]), whole, weights=columns[:, 1]
    )


def difference(ours: np.ndarray, theirs: np.ndarray, counted: np.ndarray, whole: float) -> Figure:
    """The mean of ours - theirs, of the same photos (n,): from -whole to whole."""
    apart = (ours - theirs) * counted
    return replace(ratio(apart, counted, whole=whole), least=-whole, differing=apart != 0)


def quotient(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Numerator by denominator; NaN where that is 0, which is no surprise."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(denominator == 0, np.nan, numerator / denominator)


def estimates(
    figures: Sequence[Figure | Median],
    clusters: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Estimate]:
    """Each figure with its interval.

    Parameters
    ----------
    figures : sequence of Figure or Median
        Of the same n photos. All see the same resamples.
    clusters : np.ndarray, shape (n,), int
        What each photo belongs to, from 0 on without gaps.
    resamples : int
    seed : int

    Returns
    -------
    list of Estimate
        Percentiles of the resamples, tails widened for few or unequal clusters. No interval where there are fewer than
        `LEAST_CLUSTERS`; but where no resample differs, as of a share of none or all, Clopper and Pearson's.
    """
    count = int(clusters.max()) + 1 if len(clusters) else 0
    values = [figure.value() for figure in figures]
    if count < 2:
        return [Estimate(value) for value in values]
    sums, slices = _stacked(figures, clusters, count)
    drawn = _resampled(figures, clusters, sums, slices, resamples, seed)
    return [_estimate(*one, clusters) for one in zip(figures, values, drawn, strict=True)]


def _estimate(figure: Figure | Median, value: float, drawn: np.ndarray, clusters: np.ndarray) -> Estimate:
    weights = np.ones(len(clusters)) if figure.weights is None else figure.weights
    drawn = np.sort(drawn[~np.isnan(drawn)])
    if np.isnan(value) or not len(drawn):
        return Estimate(value)
    if (
        isinstance(figure, Figure)
        and figure.whole is not None
        and drawn[-1] - drawn[0] <= ROUNDING * figure.whole
    ):
        return _of_no_spread(figure, value, effective_count(clusters, weights))
    if _count(clusters[weights > 0]) < LEAST_CLUSTERS:
        return Estimate(value)
    reach = _reach(effective_count(clusters, weights))
    if figure.differing is not None:  # clusters where both are alike tell nothing of which is better
        reach = max(reach, _student(_count(clusters[figure.differing]) - 1))
    return _interval(value, drawn, reach, figure.is_biased)


def _count(clusters: np.ndarray) -> int:
    return len(np.unique(clusters))


def effective_count(clusters: np.ndarray, weights: np.ndarray | None = None) -> float:
    """How many clusters of equal size would tell as much: (sum of sizes)^2 / sum of their squares (Kish 1965).

    A cluster's size is the sum of its photos' weights, none of which is below 0; of ones where there are none.

    >>> effective_count(np.array([0, 0, 1, 1]))
    2.0
    """
    sizes = np.bincount(clusters, weights).astype(float)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def _reach(count: float) -> float:
    """The normal quantile to which the tails are widened: a percentile interval of few clusters is too narrow.

    Hesterberg 2015, The American Statistician 69, 371: Student's quantile, times the root of n / (n - 1); with the
    effective number of clusters, `count`, for n.
    """
    freedom = max(count - 1, 2.0)
    return _student(freedom) * ((freedom + 1) / freedom) ** 0.5


def _student(freedom: float) -> float:
    """Student's quantile, by Cornish and Fisher's expansion (Abramowitz and Stegun 26.7.5)."""
    freedom = max(freedom, 2.0)
    z = NORMAL.inv_cdf((1 + LEVEL) / 2)
    terms = (
        z**3 + z,
        5 * z**5 + 16 * z**3 + 3 * z,
        3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z,
        79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z,
    )
    scales = (4, 96, 384, 92160)
    return z + sum(
        term / (scale * freedom**power)
        for power, (term, scale) in enumerate(zip(terms, scales, strict=True), 1)
    )


def weights_of(rng: np.random.Generator, count: int, resamples: int) -> np.ndarray:
    """How often each of `count` clusters is drawn in some resamples of as many; shape (resamples, count), uint8.

    Each is drawn Poisson-many times with a mean a little below one, from 16 random bits, and what is then missing to
    `count` is drawn one by one: given their sum, Poisson numbers are multinomial. A number takes one byte.
    """
    bits = rng.bit_generator.random_raw(-(-resamples * count // 4)).view(np.uint16)
    times = (
        _poisson(max(0.0, 1 - SAFETY / count**0.5)).take(bits[: resamples * count]).reshape(resamples, count)
    )
    missing = count - times.sum(axis=1, dtype=np.int64)
    times[missing < 0] = 0  # once in a million
    missing[missing < 0] = count
    rows = np.repeat(np.arange(resamples), missing)
    np.add.at(times, (rows, rng.integers(0, count, len(rows))), 1)
    return times


def _poisson(mean: float) -> np.ndarray:
    """Sixteen random bits -> a Poisson number; shape (65536,), uint8."""
    terms = [math.exp(-mean) * mean**k / math.factorial(k) for k in range(20)]
    return np.searchsorted(np.cumsum(terms), (np.arange(65536) + 0.5) / 65536, side="right").astype(np.uint8)


def _stacked(
    figures: Sequence[Figure | Median], clusters: np.ndarray, count: int
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """All columns that figures need, summed by cluster (count, m), and where each figure's are; no column twice."""
    places: dict[bytes, int] = {}
    columns: list[np.ndarray] = []
    where = {}
    for number, figure in enumerate(figures):
        if isinstance(figure, Median):
            continue
        at = []
        for column in figure.columns.T:
            key = np.ascontiguousarray(column, float).tobytes()
            if key not in places:
                places[key] = len(columns)
                columns.append(np.bincount(clusters, weights=column, minlength=count))
            at.append(places[key])
        where[number] = np.array(at)
    return (np.column_stack(columns) if columns else np.empty((count, 0))), where


def _resampled(figures, clusters, sums, slices, resamples, seed) -> list[np.ndarray]:
    """Each figure in each resample (resamples,)."""
    cells = _cells(figures, clusters, sums)
    if cells is not None:
        return _by_cells(figures, cells, slices, resamples, seed)
    medians = {n: _Sorted(one.values, clusters) for n, one in enumerate(figures) if isinstance(one, Median)}

    def block(task: tuple[np.random.SeedSequence, int]) -> list[np.ndarray]:
        weights = weights_of(np.random.Generator(np.random.SFC64(task[0])), len(sums), task[1])
        drawn = weights.astype(float) @ sums  # (block, m)
        return [
            medians[number].medians(weights)
            if number in medians
            else figure.of_sums(drawn[:, slices[number]])
            for number, figure in enumerate(figures)
        ]

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:
        parts = list(threads.map(block, _blocks(len(sums), resamples, seed)))
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def _cells(figures, clusters: np.ndarray, sums: np.ndarray) -> Cells | None:
    """The cells of photos of which each is a cluster; None where others belong together, or for several medians."""
    medians = [figure.values for figure in figures if isinstance(figure, Median)]
    if len(sums) != len(clusters) or len(medians) != 1:
        return None
    values = np.empty(len(clusters))
    values[clusters] = medians[0]  # in the order of the sums
    return cells_of(sums, values)


def _by_cells(figures, cells: Cells, slices, resamples: int, seed: int) -> list[np.ndarray]:
    parts = []
    for source, size in _blocks(len(cells.shares), resamples, seed):
        sums, medians = cells.drawn(np.random.Generator(np.random.SFC64(source)), size)
        parts.append(
            [
                medians if isinstance(figure, Median) else figure.of_sums(sums[:, slices[number]])
                for number, figure in enumerate(figures)
            ]
        )
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def _blocks(count: int, resamples: int, seed: int) -> list[tuple[np.random.SeedSequence, int]]:
    """Resamples that are drawn together, each with what its numbers come from: the same on every machine."""
    size = max(1, BLOCK // count)
    sizes = [min(size, resamples - start) for start in range(0, resamples, size)]
    return list(zip(np.random.SeedSequence(seed).spawn(len(sizes)), sizes, strict=True))


class _Sorted:
    """Values in ascending order, ready to be weighted by their clusters."""

    def __init__(self, values: np.ndarray, clusters: np.ndarray):
        self.count = int(clusters.max()) + 1
        known = np.flatnonzero(~np.isnan(values))
        order = known[np.argsort(values[known], kind="stable")]
        self.values = values[order]
        self.clusters = clusters[order]
        self.starts = np.arange(0, len(order), RUN)

    def medians(self, weights: np.ndarray) -> np.ndarray:
        """The median in each resample (b,), of weights (b, clusters)."""
        if not len(self.values):
            return np.full(len(weights), np.nan)
        until = self._until(weights)
        total = until[:, -1]
        low = self._ranked(weights, until, (total + 1) // 2)
        high = self._ranked(weights, until, total // 2 + 1)
        with np.errstate(invalid="ignore"):  # infinity and infinity
            return np.where(total == 0, np.nan, np.where(low == high, low, (low + high) / 2))

    def _until(self, weights: np.ndarray) -> np.ndarray:
        """How many values are drawn in each run and those before it; shape (b, runs)."""
        if weights.shape[1] * FEW_IN_ALL < len(self.values):
            return (weights.astype(float) @ self._in_runs).cumsum(axis=1)
        drawn = weights.astype(np.int16)[:, self.clusters]  # (b, n)
        return np.add.reduceat(drawn, self.starts, axis=1, dtype=np.int32).cumsum(axis=1)

    @functools.cached_property
    def _in_runs(self) -> np.ndarray:
        """How many of a cluster's values are in each run, shape (clusters, runs)."""
        count = np.zeros((self.clusters.max() + 1, len(self.starts)))
        np.add.at(count, (self.clusters, np.arange(len(self.clusters)) // RUN), 1)
        return np.vstack([count, np.zeros((self.count - len(count), len(self.starts)))])

    def _ranked(self, weights: np.ndarray, until: np.ndarray, rank: np.ndarray) -> np.ndarray:
        """The value at a rank (b,), from 1 on, in each resample."""
        rows = np.arange(len(weights))
        run = (until < rank[:, None]).sum(axis=1).clip(max=until.shape[1] - 1)  # (b,)
        before = np.where(run > 0, until[rows, run - 1], 0)
        at = (run[:, None] * RUN + np.arange(RUN)).clip(max=len(self.values) - 1)  # (b, RUN)
        inside = before[:, None] + np.cumsum(weights[rows[:, None], self.clusters[at]], axis=1)
        step = (inside < rank[:, None]).sum(axis=1).clip(max=RUN - 1)
        return self.values[at[rows, step]]


def _of_no_spread(figure: Figure, value: float, count: float) -> Estimate:
    """The interval of what is the same in each resample, as none or all: Clopper and Pearson's, of `count`.

    So rare may be, at most, what was met in no cluster and moves the figure by all that it can be.
    """
    assert figure.whole is not None  # or what was never met might move it without end
    reach = figure.whole * (1 - ((1 - LEVEL) / 2) ** (1 / count))
    return Estimate(value, max(figure.least, value - reach), min(figure.whole, value + reach))


def _interval(value: float, drawn: np.ndarray, reach: float, is_biased: bool) -> Estimate:
    """The interval of a figure from its sorted resamples: percentiles at the normal quantiles -reach and reach."""
    bias = 0.0
    if is_biased:
        below = (np.searchsorted(drawn, value, "left") + np.searchsorted(drawn, value, "right")) / 2
        bias = NORMAL.inv_cdf((below + 0.5) / (len(drawn) + 1))
    low, high = (NORMAL.cdf(2 * bias + end) * (len(drawn) - 1) for end in (-reach, reach))
    return Estimate(value, float(drawn[math.floor(low)]), float(drawn[math.ceil(high)]))
