"""What is painted over a photo's square as a few rectangles, as a link carries it. Knows no component."""

import re
from collections.abc import Sequence

import numpy as np

CELLS = 32  # a side of the grid that is painted on; assets/explain.js has it from the page
MOST_RECTANGLES = 200  # in a link

Rectangle = tuple[int, int, int, int]  # first column and row, columns, rows


def rectangles(mask: np.ndarray) -> tuple[Rectangle, ...]:
    """Rectangles that cover what is painted (CELLS, CELLS), bool, and nothing else; none overlaps another."""
    open_ones: dict[tuple[int, int], int] = {}  # first column and columns -> first row
    found = []
    for row in range(CELLS + 1):
        runs = set(_runs(mask[row])) if row < CELLS else set()
        for run in [one for one in open_ones if one not in runs]:
            top = open_ones.pop(run)
            found.append((run[0], top, run[1], row - top))
        open_ones |= {run: row for run in runs if run not in open_ones}
    return tuple(sorted(found))


def _runs(cells: np.ndarray) -> list[tuple[int, int]]:
    """Where runs of painted cells begin, and how long they are."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], cells, [False]]).astype(int)))
    return [(int(start), int(end - start)) for start, end in edges.reshape(-1, 2)]


def mask_of(painted: Sequence[Rectangle]) -> np.ndarray:
    """What some rectangles cover (CELLS, CELLS), bool."""
    mask = np.zeros((CELLS, CELLS), bool)
    for column, row, columns, rows in painted:
        mask[row : row + rows, column : column + columns] = True
    return mask


def written(painted: Sequence[Rectangle]) -> str:
    """Rectangles as `read` reads them."""
    return ",".join(str(number) for rectangle in painted for number in rectangle)


def read(value: str) -> tuple[Rectangle, ...] | None:
    """Numbers between commas, four for each rectangle; None where they are none within the square."""
    if not re.fullmatch(r"\d{1,2}(,\d{1,2})*", value, re.ASCII):
        return None
    numbers = list(map(int, value.split(",")))
    if len(numbers) % 4 or len(numbers) > 4 * MOST_RECTANGLES:
        return None
    found = tuple(
        (numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]) for at in range(0, len(numbers), 4)
    )
    is_inside = all(
        columns and rows and column + columns <= CELLS and row + rows <= CELLS
        for column, row, columns, rows in found
    )
    return found if is_inside else None
