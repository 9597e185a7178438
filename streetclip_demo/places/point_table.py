"""A table of points, as a file of comma-separated values: read, checked, cleaned, and said what was cleaned."""

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streetclip_demo.errors import GalleryError

LATITUDES, LONGITUDES = ("latitude", "lat"), ("longitude", "lon", "lng", "long")
MAX_POINTS = 1_000_000
MAX_BYTES = 200_000_000
MOST_LINES = 5  # named in one sentence
EXPECTED = (
    "a heading with the columns latitude and longitude (or LAT and LON), then a point a line in degrees"
)


@dataclass(frozen=True, eq=False)
class PointTable:
    """Points, each once.

    Attributes
    ----------
    points : np.ndarray, shape (n, 2)
        (latitude, longitude) in degrees, in the order of the file.
    counts : np.ndarray, shape (n,)
        In how many lines each stands.
    notes : tuple of str
        What was left out or put right.
    """

    points: np.ndarray
    counts: np.ndarray
    notes: tuple[str, ...] = ()


def read_points(path: Path) -> PointTable:
    """Read a CSV file of points.

    Parameters
    ----------
    path : Path
        With a heading that names the columns latitude and longitude (or LAT and LON, in any order and among others), or
        with nothing but two columns of numbers: latitude, longitude.

    Returns
    -------
    PointTable
        Lines without coordinates, or with some that cannot be, are left out; repeated points are one.

    Raises
    ------
    GalleryError
        Naming the lines, if it is no such table, or its columns seem to be swapped.
    """
    latitude, longitude, rows = _columns(path, _rows(path, _text(path)))
    numbers, lines, problems = [], [], []
    for line, row in rows:
        cells = [row[column].strip() if column < len(row) else "" for column in (latitude, longitude)]
        try:
            numbers.append([float(cell or "nan") for cell in cells])
        except ValueError:
            problems.append((line, ", ".join(cells)))
            continue
        lines.append(line)
    if problems:
        where = _listed(np.array([line for line, _ in problems]))
        raise GalleryError(
            f"{path}, {where}: no numbers with decimal points, as {problems[0][1][:40]!r}. Correct them."
        )
    if len(numbers) > MAX_POINTS:
        raise GalleryError(
            f"{path} has {len(numbers):,} points; at most {MAX_POINTS:,} can be a gallery. Take some out."
        )
    return _cleaned(path, np.array(numbers, dtype=float).reshape(-1, 2), np.array(lines, dtype=int))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise GalleryError(
                f"{path} is larger than {MAX_BYTES // 10**6} MB. A gallery needs two columns only."
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise GalleryError(f"{path} is no text in UTF-8. Save it as CSV in UTF-8.") from None
    except OSError as error:
        raise GalleryError(
            f"{path} cannot be read ({error.strerror}). Expected a CSV file: {EXPECTED}."
        ) from None


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines with their numbers, from 1; blank ones left out."""
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise GalleryError(f"{path}, line {reader.line_num}: {error}. Expected {EXPECTED}.") from None


def _columns(
    path: Path, rows: Iterator[tuple[int, list[str]]]
) -> tuple[int, int, Iterable[tuple[int, list[str]]]]:
    """Where latitude and longitude stand, and the lines below the heading."""
    first = next(rows, None)
    if first is None:
        raise GalleryError(f"{path} is empty. Expected {EXPECTED}.")
    names = [cell.strip().lower() for cell in first[1]]
    found = [[at for at, name in enumerate(names) if name in wanted] for wanted in (LATITUDES, LONGITUDES)]
    if all(len(columns) == 1 for columns in found):
        return found[0][0], found[1][0], rows
    if len(names) == 2 and all(map(_is_number, names)):
        return 0, 1, (line for part in ([first], rows) for line in part)
    raise GalleryError(f"{path}, line {first[0]}: expected {EXPECTED}, got {', '.join(first[1])[:80]!r}.")


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _cleaned(path: Path, points: np.ndarray, lines: np.ndarray) -> PointTable:
    notes = []
    is_given = np.isfinite(points).all(axis=1)  # (n,)
    if not is_given.all():
        notes.append(f"Left out: {_listed(lines[~is_given])} without coordinates.")
    points, lines = points[is_given], lines[is_given]
    eastern = (points[:, 1] > 180) & (points[:, 1] <= 360) & (np.abs(points[:, 0]) <= 90)
    _check_order(path, points, lines)
    if eastern.any():
        points = np.where(eastern[:, None], points - [0, 360], points)
        notes.append(f"Read as west: {_listed(lines[eastern])} with a longitude from 180 to 360.")
    is_on_globe = (np.abs(points) <= [90, 180]).all(axis=1)
    if not is_on_globe.all():
        notes.append(f"Left out: {_listed(lines[~is_on_globe])} with a point off the globe.")
    points, lines = points[is_on_globe], lines[is_on_globe]
    if not len(points):
        raise GalleryError(f"{path} holds no point. Expected {EXPECTED}.")
    _, first, counts = np.unique(points, axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    if len(first) < len(points):
        notes.append(f"Repeated points are one: {_listed(np.delete(lines, first))}.")
    return PointTable(points[first[order]], counts[order], tuple(notes))


def _check_order(path: Path, points: np.ndarray, lines: np.ndarray) -> None:
    """GalleryError where latitudes cannot be, and all points could be if the columns were swapped."""
    wrong = np.abs(points[:, 0]) > 90
    if wrong.any() and (np.abs(points) <= [180, 90]).all():
        first = points[wrong][0]
        raise GalleryError(
            f"{path}, {_listed(lines[wrong])}: latitude must be between -90 and 90 degrees, got {first[0]:g}; points"
            " are (latitude, longitude). Were they swapped? Exchange the columns' names."
        )


def _listed(lines: np.ndarray) -> str:
    if len(lines) == 1:
        return f"line {lines[0]}"
    more = ", ..." if len(lines) > MOST_LINES else ""
    return f"{len(lines):,} lines ({', '.join(str(line) for line in lines[:MOST_LINES])}{more})"
