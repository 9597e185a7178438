"""The maps of a lesson: lines that follow the globe, names that do not collide, and nothing that a name could do."""

import itertools
import json
import re

import pytest
from geopy.distance import great_circle
from test_world_map import show, told  # noqa: F401 - a fixture

from streetclip_demo.maps.lesson_map import Mark, answer_map, great_circle_line, guess_map, summary_map

pytest_plugins = ["browser"]

TOKYO, SAN_FRANCISCO, SUVA, APIA = (35.68, 139.69), (37.77, -122.42), (-18.14, 178.44), (-13.83, -171.77)


def length_km(line):
    steps = itertools.pairwise(line)
    return sum(great_circle(*[(y, (x + 180) % 360 - 180) for y, x in step], radius=6371).km for step in steps)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (TOKYO, SAN_FRANCISCO),
        (SUVA, APIA),
        ((48.86, 2.35), (48.8601, 2.3501)),
        ((60, 10), (60, -170)),  # over the pole
        ((10, 20), (-10, -160)),  # antipodes
        ((5, 5), (5, 5)),
    ],
)
def test_a_line_is_as_long_as_the_distance(start, end):
    line = great_circle_line(start, end)
    assert line[0] == [pytest.approx(start[0], abs=1e-3), pytest.approx(start[1], abs=1e-3)]
    assert line[-1][0] == pytest.approx(end[0], abs=1e-3)
    assert (line[-1][1] - end[1] + 180) % 360 - 180 == pytest.approx(0, abs=1e-3)
    if max(abs(y) for y, _ in line) < 85:
        assert length_km(line) == pytest.approx(great_circle(start, end, radius=6371).km, abs=0.5, rel=1e-3)


def test_the_antimeridian_is_not_a_seam():
    line = great_circle_line(TOKYO, SAN_FRANCISCO)
    assert all(0 < after[1] - before[1] < 5 for before, after in itertools.pairwise(line))
    assert line[-1][1] == pytest.approx(360 - 122.42, abs=1e-3)
    assert (
        max(y for y, _ in line) > 45
    )  # the great circle goes north of both, as a straight line on the map would not


def test_a_swapped_point_is_refused():
    with pytest.raises(ValueError, match="Latitude must be between"):
        great_circle_line((139.69, 35.68), TOKYO)


def polylines(document):
    return [json.loads(found) for found in re.findall(r"L\.polyline\(\s*(\[\[.*?\]\]),", document)]


def test_both_lines_begin_at_the_true_place(gazetteer):
    marks = [Mark("truth", SUVA, "Suva"), Mark("you", APIA, "You"), Mark("model", TOKYO, "The model")]
    document = answer_map(marks, gazetteer, "Answer").document()
    yours, its = polylines(document)
    assert yours == great_circle_line(SUVA, APIA)
    assert its == great_circle_line(SUVA, TOKYO)
    assert document.index("line you") < document.index("line model")
    assert document.count("spot-name") >= 3


def test_a_pin_on_the_true_place_is_drawn_too(gazetteer):
    marks = [Mark("truth", SUVA, "Suva"), Mark("you", SUVA, "You"), Mark("model", SUVA, "The model")]
    document = answer_map(marks, gazetteer, "Answer").document()
    sides = re.findall(r"spot (?:truth|you|model) (\w+)", document)
    assert len(set(sides)) == 3  # three names, three sides


def test_a_name_is_text_and_no_markup_and_no_template(gazetteer):
    evil = "</script><script>alert(1)</script>{{ 987654321*9 }}{% raise %}"
    marks = [Mark("truth", TOKYO, evil), Mark("you", SUVA, evil)]
    for page in (answer_map(marks, gazetteer, evil), summary_map([marks], gazetteer, evil)):
        document = page.document()
        assert "8888888889" not in document
        assert "<script>alert" not in document
    assert "8888888889" not in guess_map(gazetteer, evil, "Your pin").document()


def test_the_maps_are_small_and_offer_nothing_online(gazetteer):
    marks = [Mark("truth", TOKYO, "Tokyo"), Mark("you", SUVA, "You")]
    for page in (
        guess_map(gazetteer, "Map", "Pin"),
        answer_map(marks, gazetteer, "Answer", theme="dark"),
    ):
        document = page.document()
        assert len(document.encode()) < 600_000
        assert "openstreetmap.org/{z}" not in document  # not even the street layer is on offer


POLES = [(82.5, -62.35), (-90, 0), (90, 0), (-77.85, 166.67)]


@pytest.mark.parametrize("point", POLES)
def test_every_mark_is_in_view_and_south_is_south_of_north(gazetteer, point):
    marks = [Mark("truth", point, "Camp"), Mark("you", SUVA, "You")]
    for page in (
        answer_map(marks[:1], gazetteer, "x"),
        answer_map(marks, gazetteer, "x"),
        summary_map([marks], gazetteer, "x"),
    ):
        view = told(page.document(), "streetclip.land")
        assert -85.06 < view["south"] < view["north"] < 85.06
        assert view["south"] <= max(min(point[0], 85.05), -85.05) <= view["north"]


@pytest.mark.browser
@pytest.mark.parametrize("point", POLES)
def test_the_marks_near_a_pole_are_whole_on_the_map_with_their_names(show, gazetteer, point):  # noqa: F811
    marks = [Mark("truth", point, "Camp"), Mark("you", (60, 10), "You"), Mark("model", (-40, -70), "Model")]
    visited = show(answer_map(marks, gazetteer, "x"), 640, 400)
    boxes = [found.bounding_box() for found in visited.map.locator(".spot svg, .spot-name").all()]
    assert len(boxes) == 6
    for box in boxes:
        assert box["x"] >= 0
        assert box["y"] >= -1
        assert box["x"] + box["width"] <= 640
        assert box["y"] + box["height"] <= 400
