"""Places as areas: points that stand for all of a country or region, so that belief in one is not belief in a point."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from streetclip_demo.places.candidates import Candidate
from streetclip_demo.places.gazetteer import Gazetteer, Place

ROWS, POINTS = 24, 96  # bands of equal area across an outline, and points in all of them


def area_of(candidate: Candidate, gazetteer: Gazetteer) -> np.ndarray | None:
    """Points (n, 2) that stand for a label; None for a city, a text, or a label whose position was typed."""
    place = candidate.place
    if place is None or candidate.level == "city" or candidate.point != (place.latitude, place.longitude):
        return None
    return place_points(place, gazetteer)


@lru_cache(maxsize=5000)
def place_points(place: Place, gazetteer: Gazetteer) -> np.ndarray:
    """Points that each stand for as much of a place.

    Parameters
    ----------
    place : Place
        A country or a region.
    gazetteer : Gazetteer

    Returns
    -------
    np.ndarray, shape (n, 2)
        (latitude, longitude) in degrees: of a country, points of equal area in its outline; of a region, its
        cities; the place's own point where it has none of these.
    """
    if place.level == "country":
        found = _outline_points(gazetteer, place.id)
    else:
        cities = gazetteer.cities(place.country, place.id)
        found = np.array([(city.latitude, city.longitude) for city in cities], dtype=float)
    return found if len(found) else np.array([(place.latitude, place.longitude)])


def _outline_points(gazetteer: Gazetteer, code: str) -> np.ndarray:
    features = gazetteer.outlines([code])["features"]
    geometry = features[0]["geometry"] if features else {"type": "Point"}
    if geometry["type"] == "Point":  # the smallest
        return np.empty((0, 2))
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return equal_area_points([np.asarray(ring, dtype=float) for polygon in polygons for ring in polygon])


def equal_area_points(rings: Sequence[np.ndarray], rows: int = ROWS, count: int = POINTS) -> np.ndarray:
    """Points of equal area inside rings, holes left out.

    In Lambert's cylindrical equal-area projection (x = longitude, y = sin latitude; Snyder, Map Projections: A Working
    Manual, USGS 1395, 1987, section 10) a strip's area is its height times its width. So bands of equal height are laid
    across the rings, and points set at equal steps of their width.

    Parameters
    ----------
    rings : sequence of np.ndarray, shape (m, 2)
        Closed, as (longitude, latitude) in degrees.
    rows, count : int

    Returns
    -------
    np.ndarray, shape (count, 2)
        (latitude, longitude) in degrees; (0, 2) where no band meets the inside.
    """
    starts = np.concatenate([ring[:-1] for ring in rings])
    ends = np.concatenate([ring[1:] for ring in rings])
    (x1, y1), (x2, y2) = _projected(starts), _projected(ends)
    edges = np.linspace(min(y1.min(), y2.min()), max(y1.max(), y2.max()), rows + 1)
    spans = []
    for y in (edges[:-1] + edges[1:]) / 2:
        crosses = (y1 > y) != (y2 > y)
        along = (y - y1[crosses]) / (y2[crosses] - y1[crosses])
        at = np.sort(x1[crosses] + along * (x2[crosses] - x1[crosses]))
        spans += [(y, west, east) for west, east in zip(at[::2], at[1::2], strict=True)]
    if not spans:
        return np.empty((0, 2))
    height, west, east = np.array(spans).T
    until = np.cumsum(east - west)
    steps = (np.arange(count) + 0.5) * until[-1] / count
    span = np.minimum(np.searchsorted(until, steps), len(until) - 1)
    longitude = east[span] - (until[span] - steps)
    return np.column_stack([np.degrees(np.arcsin(height[span])), longitude])


def _projected(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return points[:, 0], np.sin(np.radians(points[:, 1]))
