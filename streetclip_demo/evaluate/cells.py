"""Resamples of many single photos by how often each kind of photo is drawn, rather than each photo. numpy alone.

Photos that are alike in all that a figure counts, and near each other in error, are a cell. How many of a resample
lie in each cell is multinomial, so that hits and shares are drawn from their exact distribution. A median is the order
statistic of uniform numbers in its cell (a beta variate), which is exact too. Sums of kilometres or points are the
cells' means times those numbers, and a normal rest for what differs inside a cell; where that rest is more than a
hundredth of the variance, there are no cells and each photo is drawn.
"""

from dataclasses import dataclass

import numpy as np

LEAST_PHOTOS = 5_000
MOST_CELLS = 1_000
INTERVALS = (100, 50, 25)  # of error, as many as make no more cells than that
FEW = 4  # different values of a column that is counted, not measured
MOST_REST = 0.01  # of the variance of a column


@dataclass(frozen=True, eq=False)
class Cells:
    """n photos in k cells, which lie in intervals of rising values."""

    shares: np.ndarray  # (k,) of the photos
    means: np.ndarray  # (k, m) of the columns
    rest: np.ndarray  # (m, m): normal numbers times this are what differs inside the cells
    first_cell: np.ndarray  # (intervals,)
    first_photo: np.ndarray  # (intervals + 1,)
    values: np.ndarray  # (n,) in rising order

    def drawn(self, rng: np.random.Generator, resamples: int) -> tuple[np.ndarray, np.ndarray]:
        """Sums of the columns (resamples, m), and medians of the values (resamples,)."""
        counts = rng.multinomial(len(self.values), self.shares, size=resamples)  # (resamples, k)
        noise = rng.standard_normal((resamples, len(self.rest))) @ self.rest
        return counts @ self.means + noise, self._medians(rng, counts)

    def _medians(self, rng: np.random.Generator, counts: np.ndarray) -> np.ndarray:
        inside = np.add.reduceat(counts, self.first_cell, axis=1)  # (resamples, intervals)
        until = inside.cumsum(axis=1)
        n, rows = len(self.values), np.arange(len(counts))
        places, ranks = [], []
        for rank in ((n + 1) // 2, n // 2 + 1):
            at = (until < rank).sum(axis=1)
            places.append(at)
            ranks.append(rank - until[rows, at] + inside[rows, at])  # in its interval, from 1 on
        drawn = inside[rows, places[0]]
        low = rng.beta(ranks[0], drawn - ranks[0] + 1)
        if n % 2:
            return self._at(places[0], low)
        # The next one is the least of those that are left, in the same interval or in the next that has some.
        is_same = places[0] == places[1]
        left = np.where(is_same, drawn - ranks[0], inside[rows, places[1]])
        least = 1 - rng.random(len(counts)) ** (1 / left)
        high = np.where(is_same, low + (1 - low) * least, least)
        return (self._at(places[0], low) + self._at(places[1], high)) / 2

    def _at(self, interval: np.ndarray, share: np.ndarray) -> np.ndarray:
        first, end = self.first_photo[interval], self.first_photo[interval + 1]
        return self.values[np.minimum(first + (share * (end - first)).astype(int), end - 1)]


def cells_of(columns: np.ndarray, values: np.ndarray) -> Cells | None:
    """The cells of photos; None where there are too few photos for them, or too many kinds.

    Parameters
    ----------
    columns : np.ndarray, shape (n, m)
        What figures sum.
    values : np.ndarray, shape (n,)
        By which photos are near each other, and whose median is looked for; infinity may be among them, NaN may not.
    """
    if len(values) < LEAST_PHOTOS or np.isnan(values).any():
        return None
    order = np.argsort(values, kind="stable")
    columns, values = columns[order], values[order]
    counted = [column for column in columns.T if len(np.unique(column)) <= FEW]
    kinds = _numbered(np.column_stack(counted)) if counted else np.zeros(len(values), int)
    for intervals in INTERVALS:
        # All photos of one value lie in one interval.
        edges = np.unique(np.searchsorted(values, values[np.arange(intervals) * len(values) // intervals]))
        interval = np.searchsorted(edges, np.arange(len(values)), side="right") - 1
        cell = _numbered(np.column_stack([interval, kinds]))  # in the order of intervals
        if cell.max() < MOST_CELLS:
            return _cells(columns, values, cell, interval, edges)
    return None


def _cells(
    columns: np.ndarray, values: np.ndarray, cell: np.ndarray, interval: np.ndarray, edges: np.ndarray
) -> Cells | None:
    sizes = np.bincount(cell)
    means = np.column_stack([np.bincount(cell, column) for column in columns.T]) / sizes[:, None]
    inside = columns - means[cell]
    scatter = inside.T @ inside
    if (np.diag(scatter) > MOST_REST * columns.var(axis=0) * len(values) + 1e-9).any():
        return None
    cells = np.unique(np.column_stack([cell, interval]), axis=0)[:, 1]  # the interval of each cell
    first_cell = np.searchsorted(cells, np.arange(len(edges)))
    scale, turned = np.linalg.eigh(scatter)
    rest = np.sqrt(np.maximum(scale, 0))[:, None] * turned.T
    return Cells(sizes / len(values), means, rest, first_cell, np.append(edges, len(values)), values)


def _numbered(rows: np.ndarray) -> np.ndarray:
    """The number of each row's kind (n,), from 0 on, in rising order of the rows."""
    return np.unique(rows, axis=0, return_inverse=True)[1].ravel()
