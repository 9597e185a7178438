"""Where many points lie: their countries by polygon, the regions of large ones, towns near by. Found once, and kept.

The gazetteer has no polygons of regions: a point is in the region of the town of its country that is nearest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from streetclip_demo.places.discs import on_sphere
from streetclip_demo.places.gazetteer import LARGE_COUNTRIES, Gazetteer, Place
from streetclip_demo.places.geo import EARTH_RADIUS_KM
from streetclip_demo.progress import Progress

SPOT_KM = 25  # a spot's points lie this near to its town, or to its own point
CHUNK = 20_000  # points asked at once
MOST_PAIRS = 4_000_000
FAR = "~"  # begins the name of a spot that is far from any town; behind all towns
NOWHERE = ""  # the country of a point on the open sea, the region or town of one that has none


@dataclass(frozen=True, eq=False)
class Whereabouts:
    """Points in order of country, region and spot, so that what each has together is one run of them.

    Attributes
    ----------
    order : np.ndarray, shape (n,)
        Numbers of the points.
    starts : np.ndarray, shape (spots,)
        Where in `order` each spot begins.
    countries, regions, towns : np.ndarray of str, shape (spots,)
        Codes and ids of the gazetteer for each spot; "" where there is none.
    places : np.ndarray, shape (spots, 2)
        The town's (latitude, longitude), or that of the spot's first point where no town is near.
    """

    order: np.ndarray
    starts: np.ndarray
    countries: np.ndarray
    regions: np.ndarray
    towns: np.ndarray
    places: np.ndarray


def find_whereabouts(
    points: np.ndarray, gazetteer: Gazetteer, progress: Progress | None = None
) -> Whereabouts:
    """Find out where points lie.

    Parameters
    ----------
    points : np.ndarray, shape (n, 2)
        (latitude, longitude) in degrees.
    gazetteer : Gazetteer
    progress : callable, optional
        Called as `progress(done, total)` with points.
    """
    countries = np.array(_countries(points, gazetteer, progress))  # (n,)
    regions, towns = _towns(points, countries, gazetteer)
    spots = np.array(towns, dtype=object)
    for members in _groups(countries, regions, spots == NOWHERE):
        for first, near in _covered(points, members):
            spots[near] = f"{FAR}{first:08d}"
    order = np.lexsort((spots.astype(str), regions, countries))
    ordered = [part[order] for part in (countries, regions, spots)]
    changes = np.any([part[1:] != part[:-1] for part in ordered], axis=0)
    starts = np.flatnonzero(np.append(True, changes))
    leaders = order[starts]
    places = _places(points, countries[leaders], spots[leaders], gazetteer)
    return Whereabouts(order, starts, countries[leaders], regions[leaders], towns[leaders], places)


def _places(points: np.ndarray, countries: np.ndarray, spots: np.ndarray, gazetteer: Gazetteer) -> np.ndarray:
    """The points (spots, 2) of towns, and of first points where no town is near."""
    cities = (city for code in sorted(set(countries.tolist()) - {NOWHERE}) for city in gazetteer.cities(code))
    towns = {city.id: (city.latitude, city.longitude) for city in cities}
    return np.array([points[int(spot[1:])] if spot[0] == FAR else towns[spot] for spot in spots])


def _countries(points: np.ndarray, gazetteer: Gazetteer, progress: Progress | None) -> list[str]:
    found: list[str] = []
    for start in range(0, len(points), CHUNK):
        found += [code or NOWHERE for code in gazetteer.countries_at(points[start : start + CHUNK])]
        if progress:
            progress(len(found), len(points))
    return found


def _towns(points: np.ndarray, countries: np.ndarray, gazetteer: Gazetteer) -> tuple[np.ndarray, np.ndarray]:
    """Region of each point, and the id of the town that is nearest, if it is near."""
    regions, towns = np.full((2, len(points)), NOWHERE, dtype="U16")
    for code in sorted(set(countries.tolist()) - {NOWHERE}):
        cities = gazetteer.cities(code)
        if not cities:
            continue
        members = np.flatnonzero(countries == code)
        nearest, distances_km = _nearest(points[members], cities)
        if code in LARGE_COUNTRIES:
            regions[members] = np.array([city.region or NOWHERE for city in cities])[nearest]
        near = distances_km <= SPOT_KM
        towns[members[near]] = np.array([city.id for city in cities])[nearest[near]]
    return regions, towns


def _nearest(points: np.ndarray, cities: tuple[Place, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Number of the nearest city for each point (n,), and how far it is in km (n,)."""
    at = on_sphere(points)
    cities_at = on_sphere(np.array([(city.latitude, city.longitude) for city in cities])).T
    rows = max(1, MOST_PAIRS // len(cities))
    nearest, cosines = [], []
    for start in range(0, len(at), rows):
        closeness = at[start : start + rows] @ cities_at
        nearest.append(closeness.argmax(axis=1))
        cosines.append(closeness.max(axis=1))
    return np.concatenate(nearest), EARTH_RADIUS_KM * np.arccos(np.clip(np.concatenate(cosines), -1, 1))


def _groups(countries: np.ndarray, regions: np.ndarray, chosen: np.ndarray) -> Iterator[np.ndarray]:
    """Numbers of the chosen points, those of one country and region together."""
    numbers = np.flatnonzero(chosen)
    keys = np.array([f"{countries[number]}/{regions[number]}" for number in numbers])
    order = np.argsort(keys, kind="stable")
    edges = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
    return iter(np.split(numbers[order], edges) if len(numbers) else ())


def _covered(points: np.ndarray, members: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """A point, and what lies within a spot's radius of it; then the next of what is left, and so on."""
    at, least = on_sphere(points[members]), np.cos(SPOT_KM / EARTH_RADIUS_KM)
    while len(members):
        near = at @ at[0] >= least
        near[0] = True
        yield int(members[0]), members[near]
        at, members = at[~near], members[~near]
