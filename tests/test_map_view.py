"""What a map shows first."""

import math

import pytest

from streetclip_demo.maps.view import (
    MOST_LATITUDE,
    Circle,
    answer_view,
    boxes,
    moved_near,
    on_map,
    shortest_arc,
    widened,
    world_view,
)


def mercator(latitude):
    return math.asinh(math.tan(math.radians(latitude)))


def answered(place, gazetteer):
    """The view of an answer that is one place, and nothing else."""
    point = place.latitude, place.longitude
    return answer_view(point, [point], Circle(point, 0), boxes(place, gazetteer))


def test_all_of_a_country_is_in_view_and_its_pin_off_the_edge(gazetteer):
    for country in gazetteer.countries:
        view = answered(country, gazetteer)
        for part in boxes(country, gazetteer):
            box = moved_near(part, country.longitude)
            wide_as_the_world = view.east - view.west > 359
            assert view.south <= on_map(box.south) + 1e-6, country.name
            assert view.north >= on_map(box.north) - 1e-6, country.name
            assert wide_as_the_world or view.west <= box.west <= box.east <= view.east, country.name
        low, high, spot = (
            mercator(y)
            for y in (view.south, view.north, view.point((country.latitude, country.longitude))[0])
        )
        share = (spot - low) / (high - low)
        is_at_the_end = max(-view.south, view.north) > MOST_LATITUDE - 0.01  # the map has no more
        assert is_at_the_end or 0.199 < share < 0.801, country.name


def test_alaska_and_hawaii_are_in_the_united_states(gazetteer):
    view = answered(gazetteer.country("US"), gazetteer)
    assert view.west < -171
    assert view.south < 19
    assert view.north > 71


def test_both_sides_of_180_degrees_are_in_russia_and_fiji_which_stay_in_one_piece(gazetteer):
    russia = answered(gazetteer.country("RU"), gazetteer)
    assert russia.west < 28
    assert 190 < russia.east < 230
    fiji = answered(gazetteer.country("FJ"), gazetteer)
    assert fiji.east - fiji.west < 40


def test_all_cities_of_a_state_are_in_view(gazetteer):
    view = answered(gazetteer.region("US.TX"), gazetteer)
    el_paso, brownsville = (31.76, -106.49), (25.9, -97.5)
    for latitude, longitude in (el_paso, brownsville):
        assert view.south < latitude < view.north
        assert view.west < longitude < view.east


def test_antarctica_is_land_all_round(gazetteer):
    view = answered(gazetteer.country("AQ"), gazetteer)
    assert view.east - view.west == pytest.approx(360)
    assert view.south == pytest.approx(-MOST_LATITUDE)


def test_the_world_is_cut_on_the_other_side_of_what_was_asked_about(gazetteer):
    def middle(continent):
        asked = [one.longitude for one in gazetteer.countries if gazetteer.continent(one.id) == continent]
        view = world_view([0], asked)
        assert view.east - view.west == 360
        return view.middle

    assert 150 < middle("Oceania") < 190
    assert -10 < middle("Europe") < 40
    assert world_view([0], [one.longitude for one in gazetteer.countries]) == world_view([0])


@pytest.mark.parametrize(
    ("longitudes", "arc"),
    [([170, -170], (170, 190)), ([10, -10, 0], (350, 370)), ([5], (5, 5)), ([-100, -50, -80], (260, 310))],
)
def test_the_shortest_arc_may_cross_180_degrees(longitudes, arc):
    assert shortest_arc(longitudes) == arc


def test_what_lies_near_an_end_gets_room_there():
    assert widened(0, 100, 50) == (0, 100)
    assert widened(0, 100, 90) == (0, pytest.approx(112.5))
    assert widened(0, 100, 0) == (-25, 100)
