"""Which of many points has most weight round it. Knows no place and no photo."""

import numpy as np

from streetclip_demo.places.geo import EARTH_RADIUS_KM, great_circle_km

MOST_PAIRS = 4_000_000  # compared at once: 32 MB


class Discs:
    """Points with all that lies within a radius of each, for one set of weights after another.

    Not a table of all pairs: a hundred thousand photos' places have thirty million within 25 km. The globe is cut into
    cubes with the radius as side, so that a disc lies within a cube and its neighbours; what these weigh together says
    which cubes need no look.

    Parameters
    ----------
    points : np.ndarray, shape (n, 2)
        (latitude, longitude) in degrees.
    radius_km : float
        At most some hundreds.
    """

    def __init__(self, points: np.ndarray, radius_km: float):
        self._points, self.radius_km = points, radius_km
        self._places = on_sphere(points)  # (n, 3)
        self._least = np.cos(radius_km / EARTH_RADIUS_KM)  # cosine of a point at the disc's edge
        side = 2 * np.sin(radius_km / EARTH_RADIUS_KM / 2)  # the chord
        cubes = np.floor((self._places + 1) / side).astype(np.int64)  # (n, 3)
        self._span = int(2 / side) + 3
        keys = _key(cubes, self._span)
        self._order = np.argsort(keys, kind="stable")
        self._keys, self._starts, self._cube_of = np.unique(
            keys[self._order], return_index=True, return_inverse=True
        )
        self._ends = np.append(self._starts[1:], len(points))
        self._neighbours = self._neighbouring(cubes[self._order[self._starts]])  # (cubes, 27)

    def _neighbouring(self, cubes: np.ndarray) -> np.ndarray:
        """Numbers of the cubes round each, itself among them; one more than there are cubes for none."""
        steps = np.array(np.meshgrid(*[(-1, 0, 1)] * 3)).reshape(3, -1).T  # (27, 3)
        wanted = _key(cubes[:, None] + steps, self._span)  # (cubes, 27)
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.where(self._keys[at] == wanted, at, len(self._keys))

    def densest(self, weights: np.ndarray) -> int:
        """The point with most weight within the radius; of several the one that itself weighs most.

        Parameters
        ----------
        weights : np.ndarray, shape (n,)
            Not negative.
        """
        ordered = weights[self._order]
        by_cube = np.append(np.add.reduceat(ordered, self._starts), 0.0)
        most = by_cube[self._neighbours].sum(axis=1)  # no disc in a cube has more
        best, mass, own = 0, -1.0, -1.0
        for cube in np.argsort(-most):
            if most[cube] < mass:
                break
            inside = slice(self._starts[cube], self._ends[cube])
            masses = self._masses(inside, self._neighbours[cube], ordered)
            for at in np.flatnonzero(masses >= masses.max() * (1 - 1e-12)):
                point = int(self._order[inside][at])
                if (masses[at], weights[point]) > (mass, own):
                    best, mass, own = point, float(masses[at]), float(weights[point])
        return best

    def within(self, point: int) -> np.ndarray:
        """Numbers of the points within the radius of one, itself among them."""
        cube = self._cube_of[np.flatnonzero(self._order == point)[0]]
        near = self._order[self._members(self._neighbours[cube])]
        return near[great_circle_km(self._points[point], self._points[near]) <= self.radius_km]

    def _masses(self, inside: slice, neighbours: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """What lies within the radius of each point of a cube, of weights in the cubes' order."""
        members = self._members(neighbours)
        centres, near = self._places[self._order[inside]], self._places[self._order[members]].T
        rows = max(1, MOST_PAIRS // len(members))
        blocks = range(0, len(centres), rows)
        return np.concatenate(
            [(centres[start : start + rows] @ near >= self._least) @ weights[members] for start in blocks]
        )

    def _members(self, cubes: np.ndarray) -> np.ndarray:
        """Positions, in the cubes' order, of the points in some cubes."""
        there = cubes[cubes < len(self._keys)]
        return np.concatenate([np.arange(self._starts[cube], self._ends[cube]) for cube in there])


def on_sphere(points: np.ndarray) -> np.ndarray:
    """Points (n, 2), as (latitude, longitude) in degrees, as unit vectors (n, 3)."""
    latitude, longitude = np.radians(points).T
    flat = np.cos(latitude)
    return np.column_stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)])


def _key(cubes: np.ndarray, span: int) -> np.ndarray:
    """One number for each cube (..., 3)."""
    x, y, z = np.moveaxis(cubes + 1, -1, 0)
    return (x * span + y) * span + z
