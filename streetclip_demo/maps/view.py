"""What a map shows first: the world, or an answer with all of its first place. Knows no prediction and no drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from streetclip_demo.places.gazetteer import Gazetteer, Place
from streetclip_demo.places.geo import EARTH_RADIUS_KM

Point = tuple[float, float]  # latitude, longitude in degrees

HALF_TURN = 180
LEAST_REACH = (
    9  # degrees shown on each side of the pin: the outlines, and most guesses, are too coarse for less
)
PIN_OFF_EDGE = 0.2  # of the view
MOST_LATITUDE = 85.05  # where the map ends: what lies nearer to a pole stands at its edge
EMPTY_LATITUDE = 80  # beyond it only what is asked about is shown, with this many degrees round it
POLAR_REACH = 3


@dataclass(frozen=True)
class Box:
    """A part of a place, in degrees; it may end beyond 180."""

    south: float
    north: float
    west: float
    east: float


@dataclass(frozen=True)
class View:
    """What the map shows first, and its frame: the 360 degrees of longitude round its middle.

    By default the inhabited world, cut in the Bering Strait.
    """

    south: float = -56
    north: float = 72
    west: float = -169
    east: float = 191
    polar: bool = False  # all of it is shown, though the map be wider than the world

    @property
    def middle(self) -> float:
        return (self.west + self.east) / 2

    def point(self, point: Point) -> list[float]:
        """[latitude, longitude] on the map: in the frame, and no nearer to a pole than it goes; to 10 m."""
        latitude, longitude = point
        return [round(on_map(latitude), 4), round(nearest_turn(longitude, self.middle), 4)]


def nearest_turn(longitude: float, middle: float) -> float:
    """The same longitude, less than half a turn from the middle."""
    return (longitude - middle + 180) % 360 - 180 + middle


def on_map(latitude: float) -> float:
    """The nearest latitude that the map has."""
    return min(max(latitude, -MOST_LATITUDE), MOST_LATITUDE)


def bounded(south: float, north: float, pins: Sequence[float]) -> dict[str, Any]:
    """A view's south and north without the emptiness round the poles, but with all pins in it.

    Parameters
    ----------
    south, north : float
        As wished, in degrees; also beyond the poles.
    pins : sequence of float
        Latitudes on the map.

    Returns
    -------
    dict
        "south", "north" and "polar" of a View.
    """
    lowest = min(-EMPTY_LATITUDE, min(pins) - POLAR_REACH)
    highest = max(EMPTY_LATITUDE, max(pins) + POLAR_REACH)
    polar = min(pins) < View.south or max(pins) > View.north
    return {"south": on_map(max(south, lowest)), "north": on_map(min(north, highest)), "polar": polar}


def world_view(pins: Sequence[float], longitudes: Sequence[float] = ()) -> View:
    """The inhabited world, and all pins (latitudes on the map) that lie beyond it.

    Labels on one side of the globe (by their longitudes) are in its middle, wherever that is: the Pacific is not cut
    for those who ask about Oceania.
    """
    world = View()
    south = min(world.south, *(latitude - POLAR_REACH for latitude in pins))
    north = max(world.north, *(latitude + POLAR_REACH for latitude in pins))
    west, east = shortest_arc(longitudes) if longitudes else (world.west, world.east)
    is_one_side = east - west < HALF_TURN
    middle = nearest_turn((west + east) / 2, world.middle) if is_one_side else world.middle
    return View(**bounded(south, north, pins), west=middle - HALF_TURN, east=middle + HALF_TURN)


def shortest_arc(longitudes: Sequence[float]) -> tuple[float, float]:
    """West and east of the shortest arc that has all of some longitudes; it may end beyond 180 degrees."""
    around = np.sort(np.mod(longitudes, 360))
    gaps = np.diff(around, append=around[0] + 360)
    widest = int(gaps.argmax())
    west, east = around[(widest + 1) % len(around)], around[widest]
    return float(west), float(east if east >= west else east + 360)


@dataclass(frozen=True)
class Circle:
    """A circle on the globe."""

    centre: Point
    radius_km: float


def answer_view(pin: Point, shown: Sequence[Point], circle: Circle, place: Sequence[Box]) -> View:
    """All that is shown, the circle and all of the first place, the pin off every edge; never a cut at 180 degrees.

    Parameters
    ----------
    pin : Point
    shown : sequence of Point
        What has to be in view besides.
    circle : Circle
    place : sequence of Box
        The first place's parts; none where its extent is not known.
    """
    latitude, longitude = on_map(circle.centre[0]), circle.centre[1]
    reach = max(LEAST_REACH, 1.1 * math.degrees(circle.radius_km / EARTH_RADIUS_KM))
    wide = min(reach / max(math.cos(math.radians(latitude)), 0.1), 90)
    parts = [moved_near(box, longitude) for box in place]
    latitudes = [on_map(y) for y, _ in (pin, *shown)]
    latitudes += [on_map(y) for part in parts for y in (part.south, part.north)]
    longitudes = [nearest_turn(x, longitude) for _, x in (pin, *shown)]
    longitudes += [x for part in parts for x in (part.west, part.east)]
    south, north = min(latitude - reach, *latitudes), max(latitude + reach, *latitudes)
    limits = bounded(south, north, latitudes)
    low, high = widened(_mercator(limits["south"]), _mercator(limits["north"]), _mercator(on_map(pin[0])))
    west, east = min(longitude - wide, *longitudes), max(longitude + wide, *longitudes)
    west, east = widened(west, east, nearest_turn(pin[1], longitude))
    if east - west > 2 * HALF_TURN:
        west, east = (west + east) / 2 - HALF_TURN, (west + east) / 2 + HALF_TURN
    whole = bool(parts) or limits["polar"]
    return View(on_map(_latitude(low)), on_map(_latitude(high)), west, east, polar=whole)


def widened(low: float, high: float, spot: float) -> tuple[float, float]:
    """An interval in which a spot lies no nearer to an end than a share of it."""
    ratio = PIN_OFF_EDGE / (1 - PIN_OFF_EDGE)
    low = min(low, spot - ratio * (high - spot))
    return low, max(high, spot + ratio * (spot - low))


def boxes(place: Place | None, gazetteer: Gazetteer) -> list[Box]:
    """The parts of a country's outline, or the cities of a region; none for other places."""
    if place is None or place.level == "city":
        return []
    if place.level == "region":
        cities = gazetteer.cities(place.country, place.id)
        return [Box(city.latitude, city.latitude, city.longitude, city.longitude) for city in cities]
    shape = gazetteer.outlines([place.id])["features"][0]["geometry"]
    if shape["type"] == "Point":
        return []
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    corners = [np.array(polygon[0]) for polygon in polygons]  # (n, 2) each, as (x, y)
    bounds = [(*ring.min(axis=0).tolist(), *ring.max(axis=0).tolist()) for ring in corners]
    return [Box(south, north, west, east) for west, south, east, north in bounds]


def moved_near(box: Box, longitude: float) -> Box:
    """The same box, turned as a whole so that its middle is less than half a turn from a longitude."""
    middle = (box.west + box.east) / 2
    turn = nearest_turn(middle, longitude) - middle
    return replace(box, west=box.west + turn, east=box.east + turn)


def _mercator(latitude: float) -> float:
    """How far north a latitude lies on the map, in degrees at the equator."""
    return math.degrees(math.asinh(math.tan(math.radians(latitude))))


def _latitude(mercator: float) -> float:
    return math.degrees(math.atan(math.sinh(math.radians(mercator))))
