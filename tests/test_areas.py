"""Countries and regions as areas."""

import numpy as np
import pytest

from streetclip_demo.places.areas import area_of, equal_area_points, place_points
from streetclip_demo.places.candidates import Candidate, Outline, parse_outline
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.posterior.geolocate import geolocate


def box(west, south, east, north):
    return np.array([(west, south), (east, south), (east, north), (west, north), (west, south)], dtype=float)


def located(outline, gazetteer, estimator="greedy"):
    """All labels equally likely."""
    if isinstance(outline, str):
        outline = parse_outline(outline, gazetteer)
    return geolocate(
        np.array([1.0, 0.0]),
        outline,
        lambda captions: np.tile([0.6, 0.8], (len(captions), 1)),
        logit_scale=100,
        estimator=estimator,
        area_of=lambda candidate: area_of(candidate, gazetteer),
    )


def test_half_of_the_points_of_a_hemisphere_lie_within_30_degrees_of_the_equator():
    """As half of a hemisphere's area does: sin 30° = 1/2."""
    points = equal_area_points([box(-180, 0, 180, 90)], rows=100, count=1000)
    assert len(points) == 1000
    assert np.mean(points[:, 0] < 30) == pytest.approx(0.5, abs=0.01)
    assert np.mean(points[:, 1] < 0) == pytest.approx(0.5, abs=0.01)


def test_a_hole_holds_no_point():
    points = equal_area_points([box(0, -10, 20, 10), box(5, -5, 15, 5)])
    in_hole = (np.abs(points[:, 0]) < 5) & (points[:, 1] > 5) & (points[:, 1] < 15)
    assert not in_hole.any()


@pytest.mark.parametrize("code", ["FR", "US", "RU", "FJ", "AQ", "CL", "ID", "NO", "NZ"])
def test_the_points_of_a_country_lie_in_it(gazetteer, code):
    points = place_points(gazetteer.country(code), gazetteer)
    here = gazetteer.country_at(points)
    assert here.count(code) >= 0.95 * len(points)  # the outline is simplified


def test_a_region_is_its_cities_and_the_smallest_country_is_its_point(gazetteer):
    texas = gazetteer.region("US.TX")
    houston = gazetteer.find("Houston, Texas")[0]
    assert (houston.latitude, houston.longitude) in map(tuple, place_points(texas, gazetteer))
    assert len(place_points(gazetteer.country("MC"), gazetteer)) == 1


def test_half_the_belief_in_a_country_is_not_within_a_kilometre_of_its_middle(gazetteer):
    """A disc of France's 551,500 km² (INSEE) has half of it within sqrt(551500 / 2 / pi) = 296 km."""
    prediction = located("France\nMonaco", gazetteer)
    assert 0.5 * 296 < prediction.half_mass_radius_km < 2.5 * 296
    (france,) = gazetteer.find("France", level="country")
    spread = great_circle_km((france.latitude, france.longitude), place_points(france, gazetteer))
    assert np.mean(spread < 296) > 0.3


def test_a_typed_position_is_a_point(gazetteer):
    prediction = located("France @ 45, 3\nMonaco @ 45, 3.001", gazetteer)
    assert prediction.half_mass_radius_km < 1


def test_the_expected_distance_counts_the_whole_country(gazetteer):
    """Russia's label point is nearer to none of three villages beside it than to its own far ends."""
    russia = parse_outline("Russia", gazetteer).roots[0]
    villages = tuple(Candidate(name, "city", None, (56.0 + i, 38.0)) for i, name in enumerate("abc"))
    best = located(Outline((russia, *villages)), gazetteer, "hedged").guesses[0]
    assert best.path == ("b",)
