"""Distances on the globe against geopy, by hand, and at the places where maps go wrong."""

import doctest

import numpy as np
import pytest
from geopy.distance import great_circle
from hypothesis import given
from hypothesis import strategies as st

from streetclip_demo.places import geo
from streetclip_demo.places.geo import (
    check_point,
    geoguessr_score,
    great_circle_km,
    half_mass_radius_km,
    mean_km,
)

points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
HALF_WAY_ROUND_KM = np.pi * 6371.0


@given(points, points)
def test_distances_are_those_of_geopy(start, end):
    expected_km = great_circle(start, end, radius=6371.0).km
    assert great_circle_km(start, end) == pytest.approx(expected_km, abs=1e-4)


@given(points, points)
def test_a_distance_is_the_same_both_ways_and_at_most_half_way_round(start, end):
    there = great_circle_km(start, end)
    assert there == great_circle_km(end, start)
    assert 0 <= there <= HALF_WAY_ROUND_KM + 1e-6


@given(points)
def test_a_point_is_no_distance_from_itself(point):
    assert great_circle_km(point, point) == 0


@given(
    st.lists(points, min_size=1, max_size=9), st.lists(points, min_size=1, max_size=9), st.floats(1e-9, 1e-3)
)
def test_mean_distances_are_those_of_single_ones_however_near(starts, ends, nudge):
    near = np.clip(np.array(starts[0]) + nudge, -90, 90)
    starts, ends = np.array(starts), np.array([*ends, starts[0], near])
    weights = np.arange(1.0, len(ends) + 1)
    single_km = great_circle_km(starts[:, None], ends[None])
    assert mean_km(starts, ends, weights) == pytest.approx(single_km @ weights / weights.sum(), abs=1e-4)
    far = (single_km > 1) & (single_km < 20_000)  # near and opposite points lose digits in either formula
    for row, column in np.argwhere(far)[:5]:
        one = mean_km(starts[[row]], ends[[column]], np.ones(1))
        assert one == pytest.approx(single_km[row, column], abs=1e-6)


def test_a_degree_of_the_equator_is_111_km():
    assert great_circle_km((0, 0), (0, 1)) == pytest.approx(HALF_WAY_ROUND_KM / 180)


def test_the_antimeridian_is_not_a_seam():
    assert great_circle_km((-17, 179.9), (-17, -179.9)) == pytest.approx(21.27, abs=0.01)
    assert great_circle_km((10, 180), (10, -180)) == pytest.approx(0, abs=1e-6)


def test_every_longitude_meets_at_the_pole():
    assert great_circle_km((90, 0), (90, 123)) == pytest.approx(0, abs=1e-6)
    assert great_circle_km((90, 0), (-90, 77)) == pytest.approx(HALF_WAY_ROUND_KM)


def test_antipodes_are_half_way_round():
    assert great_circle_km((40, -3), (-40, 177)) == pytest.approx(HALF_WAY_ROUND_KM)


def test_leading_axes_broadcast():
    starts = np.zeros((3, 1, 2))
    ends = np.array([[0, 1], [0, 2], [0, 3], [0, 4]])
    assert great_circle_km(starts, ends).shape == (3, 4)
    assert great_circle_km((0, 0), ends).shape == (4,)
    assert great_circle_km((0, 0), (1, 1)).shape == ()


def test_a_latitude_beyond_the_pole_is_refused_with_the_order_of_a_point():
    with pytest.raises(
        ValueError, match=r"Latitude must be between -90 and 90 degrees, got 131.0; .*latitude, lo"
    ):
        great_circle_km((131.0, 33.0), (0, 0))
    with pytest.raises(ValueError, match="nan"):
        great_circle_km((0, 0), (float("nan"), 0))


def test_what_is_no_pair_is_refused():
    with pytest.raises(ValueError, match=r"shape \(\.\.\., 2\), got \(3,\)"):
        great_circle_km((1, 2, 3), (0, 0))


def test_a_point_in_range_comes_back_as_numbers():
    assert check_point("47.1", -8) == (47.1, -8.0)
    assert check_point(-90, 180) == (-90, 180)


def test_a_swapped_point_is_refused_with_a_hint():
    with pytest.raises(
        ValueError, match=r"got 129.9; points are \(latitude, longitude\)\. Were they swapped\?"
    ):
        check_point(129.9, 32.7)


def test_a_point_that_is_wrong_both_ways_gets_no_hint():
    with pytest.raises(ValueError, match="Longitude must be between -180 and 180 degrees, got 200") as caught:
        check_point(10, 200)
    assert "swapped" not in str(caught.value)
    with pytest.raises(ValueError, match="Latitude"):
        check_point(float("nan"), 0)
    with pytest.raises(ValueError, match="Longitude"):
        check_point(0, float("inf"))


def test_half_of_the_mass_by_hand():
    where = [(0, 0), (0, 1), (0, 2), (0, 3)]
    assert half_mass_radius_km((0, 0), where, [0.5, 0.3, 0.1, 0.1]) == 0
    assert half_mass_radius_km((0, 0), where, [0.4, 0.1, 0.3, 0.2]) == pytest.approx(111.19, abs=0.01)
    assert half_mass_radius_km((0, 0), where, [1, 1, 1, 4]) == pytest.approx(333.58, abs=0.01)
    assert half_mass_radius_km((0, 0), where[::-1], [4, 1, 1, 1]) == pytest.approx(333.58, abs=0.01)


def test_ten_equal_shares_are_half_held_by_five():
    where = [(0, longitude) for longitude in range(10)]
    assert half_mass_radius_km((0, 0), where, [0.1] * 10) == pytest.approx(4 * 111.1949, abs=0.01)


@given(points, st.lists(st.tuples(points, st.floats(0.001, 1)), min_size=1, max_size=20))
def test_the_radius_holds_half_and_no_smaller_one_does(centre, weighted):
    where, weights = [point for point, _ in weighted], np.array([weight for _, weight in weighted])
    radius_km = half_mass_radius_km(centre, where, weights)
    distances_km = great_circle_km(centre, where)
    assert weights[distances_km <= radius_km].sum() >= weights.sum() / 2 * (1 - 1e-9)
    assert weights[distances_km < radius_km].sum() < weights.sum() / 2


@pytest.mark.parametrize("weights", [[], [0.0], [-1.0], [float("nan")]])
def test_weights_without_mass_are_refused(weights):
    with pytest.raises(ValueError, match="positive sum"):
        half_mass_radius_km((0, 0), np.zeros((len(weights), 2)), weights)


def test_the_score_of_the_game():
    assert geoguessr_score(0) == 5000
    assert geoguessr_score(1492.7) == pytest.approx(5000 / np.e)
    assert geoguessr_score([0, 20_000]) == pytest.approx([5000, 0.0075], abs=1e-3)


def test_the_examples_in_the_docstrings_are_true():
    assert doctest.testmod(geo).failed == 0
    assert doctest.testmod(geo).attempted >= 3
