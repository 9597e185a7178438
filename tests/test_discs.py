"""Which of many points has most weight round it: against all pairs, by geo.great_circle_km."""

import numpy as np
import pytest

from streetclip_demo.places.discs import Discs
from streetclip_demo.places.geo import great_circle_km


def brute_force(points, weights, radius_km):
    near = great_circle_km(points[:, None], points[None]) <= radius_km
    return near @ weights, near


@pytest.mark.parametrize("middle", [(48.9, 2.3), (0, 180), (89.9, 40), (-16.5, -179.95)])
def test_the_densest_point_is_that_of_all_pairs_also_at_pole_and_antimeridian(middle):
    random = np.random.default_rng(3)
    points = np.array(middle) + random.normal(size=(300, 2)) * [0.4, 0.6]
    points = np.column_stack([np.clip(points[:, 0], -90, 90), (points[:, 1] + 180) % 360 - 180])
    for sharpness in (0.1, 3):
        weights = np.exp(random.normal(size=300) * sharpness)
        discs = Discs(points, 25)
        masses, near = brute_force(points, weights, 25)
        found = discs.densest(weights)
        assert masses[found] == pytest.approx(masses.max())
        assert sorted(discs.within(found)) == np.flatnonzero(near[found]).tolist()


def test_of_points_with_the_same_disc_the_heaviest_is_the_densest():
    points = np.array([(10, 10), (10.01, 10), (10, 10.01), (50, 50)])
    assert Discs(points, 25).densest(np.array([0.1, 0.2, 0.15, 0.4])) == 1


def test_one_point_alone_is_the_densest():
    assert Discs(np.array([(1.0, 2.0)]), 25).densest(np.array([1.0])) == 0
