"""The shapes of a report's pictures, in the units of their SVG. Knows no HTML."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.evaluate.distances import THRESHOLDS_KM
from streetclip_demo.evaluate.evaluation import Judged
from streetclip_demo.places.gazetteer import Gazetteer

CURVE_STEPS = 160
LEAST_KM, MOST_KM = 0.5, 20_015.0  # of the curve
WIDTH, HEIGHT = 640, 320
MOST_LINES = 1_500  # on the map
STEPS = 24  # of a great circle
MOST_COUNTRIES = 15  # of the table of confusions
LEAST_RING = 0.6  # degrees across: smaller islands are left out


@dataclass(frozen=True)
class Confusion:
    """How often each true country was answered with each: rows and columns are the countries with most photos."""

    countries: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]  # as many columns as countries, then all others
    photos: tuple[int, ...]


def error_curve(judged: Judged) -> tuple[str, list[tuple[float, float, str]]]:
    """Share of photos within each distance as the points of a line; and ticks (x, y, words) at the thresholds."""
    error_km = np.sort(judged.outcomes.error_km)
    distances = np.geomspace(LEAST_KM, MOST_KM, CURVE_STEPS)
    shares = np.searchsorted(error_km, distances, side="right") / len(error_km)
    line = _points(zip(map(_along, distances), HEIGHT * (1 - shares), strict=True))
    at = np.searchsorted(error_km, THRESHOLDS_KM, side="right") / len(error_km)
    ticks = [
        (_along(km), HEIGHT * (1 - share), f"{km:,} km") for km, share in zip(THRESHOLDS_KM, at, strict=True)
    ]
    return line, ticks


def outline_paths(gazetteer: Gazetteer) -> str:
    """All countries' outlines as one SVG path, in degrees: x is longitude, y is latitude downwards."""
    parts = []
    for feature in gazetteer.outlines()["features"]:
        geometry = feature["geometry"]
        if geometry["type"] == "Point":
            continue
        polygons = (
            geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        )
        for polygon in polygons:
            ring = np.round(np.asarray(polygon[0], dtype=float), 1)
            if np.ptp(ring, axis=0).max() >= LEAST_RING:
                parts.append("M" + " ".join(f"{x:g},{-y:g}" for x, y in _thinned(ring)) + "Z")
    return "".join(parts)


def error_lines(judged: Judged) -> list[str]:
    """From where photos were taken to where they were put, along great circles, as points of lines in degrees.

    Where there are too many photos, evenly many of all errors.
    """
    outcomes, truth = judged.outcomes, judged.truth
    answered = np.flatnonzero(np.isfinite(outcomes.error_km))
    order = answered[np.argsort(outcomes.error_km[answered])]
    if len(order) > MOST_LINES:
        order = order[np.linspace(0, len(order) - 1, MOST_LINES).astype(int)]
    return [
        _points((x, -y) for y, x in part)
        for row in order.tolist()
        for part in _without_seam(_great_circle(truth.points[row], outcomes.points[row]))
    ]


def confusion(judged: Judged) -> Confusion:
    """The countries with most photos against each other."""
    pairs = [
        (true, found)
        for true, found in zip(judged.truth.countries, judged.outcomes.countries, strict=True)
        if true
    ]
    counts = Counter(true for true, _ in pairs)
    countries = tuple(code for code, _ in counts.most_common(MOST_COUNTRIES))
    table = Counter(pairs)
    rows = []
    for true in countries:
        row = [table[true, found] for found in countries]
        rows.append((*row, counts[true] - sum(row)))
    return Confusion(countries, tuple(rows), tuple(counts[code] for code in countries))


def worst_and_best(judged: Judged, count: int) -> tuple[list[int], list[int]]:
    """Numbers of the photos with the largest and with the smallest errors; those without an answer are in neither."""
    error_km = judged.outcomes.error_km
    answered = np.flatnonzero(np.isfinite(error_km))
    order = answered[np.argsort(error_km[answered], kind="stable")].tolist()
    count = min(count, len(order) // 2)
    return order[::-1][:count], order[:count]


def _along(km: float) -> float:
    return float(WIDTH * np.log(max(km, LEAST_KM) / LEAST_KM) / np.log(MOST_KM / LEAST_KM))


def _points(pairs: Iterable[Sequence[float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)


def _thinned(ring: np.ndarray) -> np.ndarray:
    """Without points that fall together once they are rounded."""
    moved = np.any(ring[1:] != ring[:-1], axis=1)
    return ring[np.concatenate([[True], moved])]


def _great_circle(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Points (STEPS, 2) from one point to another, (latitude, longitude) in degrees."""
    a, b = _vector(start), _vector(end)
    angle = np.arccos(np.clip(a @ b, -1, 1))
    if angle < 0.02 or angle > 3.14:  # too short to bend, or any way is the shortest
        return np.array([start, end])
    share = np.linspace(0, 1, STEPS)[:, None]
    way = (np.sin((1 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)
    return np.degrees(np.column_stack([np.arcsin(way[:, 2].clip(-1, 1)), np.arctan2(way[:, 1], way[:, 0])]))


def _vector(point: np.ndarray) -> np.ndarray:
    latitude, longitude = np.radians(point)
    return np.array(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    )


def _without_seam(way: np.ndarray) -> list[np.ndarray]:
    """A line cut where it leaves the map at one side and comes in at the other."""
    jumps = np.flatnonzero(np.abs(np.diff(way[:, 1])) > 180) + 1
    return [part for part in np.split(way, jumps) if len(part) > 1]
