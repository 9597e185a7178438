"""How far an answer is from the truth: the older protocol's sphere, or the ellipsoid of newer evaluators."""

from dataclasses import dataclass

import numpy as np

from streetclip_demo.places.geo import check_points, great_circle_km

THRESHOLDS_KM = (1, 25, 200, 750, 2500)


@dataclass(frozen=True)
class Protocol:
    """A way to measure, and whether an answer exactly at a threshold is within it."""

    name: str
    said: str
    is_strict: bool

    def distance_km(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Distances in kilometres between points (n, 2); NaN where either is."""
        if self.name == "sphere":
            is_known = ~(np.isnan(start).any(axis=-1) | np.isnan(end).any(axis=-1))
            found = np.full(len(start), np.nan)
            found[is_known] = great_circle_km(start[is_known], end[is_known])
            return found
        return geodesic_km(start, end)

    def within(self, error_km: np.ndarray, threshold_km: float) -> np.ndarray:
        """Which errors (n,) are within a threshold; no answer is within none."""
        return error_km < threshold_km if self.is_strict else error_km <= threshold_km


PROTOCOLS = {
    "sphere": Protocol("sphere", "error <= threshold, haversine on a sphere of 6371 km", False),
    "wgs84": Protocol("wgs84", "error < threshold, geodesic on the WGS-84 ellipsoid", True),
}


def geodesic_km(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Length of the geodesic on the WGS-84 ellipsoid (Karney 2013, J. Geodesy 87, 43).

    Parameters
    ----------
    start, end : np.ndarray, shape (n, 2)
        Points as (latitude, longitude) in degrees; NaN where there is none.

    Returns
    -------
    np.ndarray, shape (n,)
        Kilometres; NaN where either point is.
    """
    from pyproj import Geod  # 0.2 s

    is_known = ~(np.isnan(start).any(axis=-1) | np.isnan(end).any(axis=-1))
    a, b = check_points(start[is_known]), check_points(end[is_known])
    found = np.full(len(start), np.nan)
    found[is_known] = Geod(ellps="WGS84").inv(a[:, 1], a[:, 0], b[:, 1], b[:, 0])[2] / 1000
    return found
