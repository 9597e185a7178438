"""The maps of a lesson: one to put a pin on, one that shows where the photo was taken. Knows no lesson and no page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import folium
import numpy as np

from streetclip_demo.maps.view import EMPTY_LATITUDE, MOST_LATITUDE, View, bounded, on_map, world_view
from streetclip_demo.maps.world_map import Call, MapPage, basemap, finished
from streetclip_demo.maps.written_once import FeatureGroup, Marker, PolyLine
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.places.geo import check_points

STEP_DEGREES = 1.5  # between points of a line
LEAST_REACH = 7  # degrees shown on each side: the outlines are too coarse for less
ANTIPODAL = 1e-7  # radians, half a metre
NEAR = 0.13  # of the view: markers nearer than this put their names on different sides


@dataclass(frozen=True)
class Mark:
    """A marker of the map that answers: `kind` is "truth", "you" or "model"; the name is plain text."""

    kind: str
    point: tuple[float, float]  # (latitude, longitude) in degrees
    name: str


def guess_map(gazetteer, title: str, pin_name: str, *, theme="light") -> MapPage:
    """A map on which a person puts one pin, by clicking or with the arrow keys.

    It tells the page that holds it {streetclip: "placed", latitude, longitude}, and takes
    {streetclip: "place", latitude, longitude} from it. Titles and names are for those who do not see the map.
    """
    page = _page(theme, title)
    world = basemap(page, gazetteer, View())
    told = {"pin": pin_name, "html": icon_html("you", "")}
    Call("lessonMap", told, "lesson_map.js").add_to(world)
    return finished(page, world, has_layers=False)


def class_map(marks: Sequence[Mark], gazetteer, title: str, *, theme="light") -> MapPage:
    """The world, on which the pins of a class appear as the page tells it: {streetclip: "pins", pins: [[55.7, 12.6]]}.

    `marks` are the true place and the model's, once they may be seen.
    """
    page = _page(theme, title)
    view = world_view([on_map(mark.point[0]) for mark in marks]) if marks else View()
    world = basemap(page, gazetteer, view)
    Call("classMap", file="class_map.js").add_to(world)
    layer = FeatureGroup()
    for mark, side in zip(marks, _sides(marks, view) if marks else (), strict=True):
        layer.add_child(_marker(mark, side, view))
    layer.add_to(world)
    return finished(page, world, has_layers=False)


def answer_map(marks: Sequence[Mark], gazetteer, title: str, *, theme="light") -> MapPage:
    """A map with the true place, which is the first mark, and great-circle lines from it to all others."""
    truth, *others = marks
    lines = {mark.kind: great_circle_line(truth.point, mark.point) for mark in others}
    view = _view(truth.point, list(lines.values()))
    page = _page(theme, title)
    world = basemap(page, gazetteer, view)
    for kind, line in lines.items():
        _line(line, kind).add_to(world)
    layer = FeatureGroup()  # Folium would ask for the default icon of a marker that is on the map at once
    for mark, side in zip(marks, _sides(marks, view), strict=True):
        layer.add_child(_marker(mark, side, view))
    layer.add_to(world)
    return finished(page, world, has_layers=False)


def summary_map(groups: Sequence[Sequence[Mark]], gazetteer, title: str, *, theme="light") -> MapPage:
    """A world map with the marks of several answers, the true place first in each; only true places are named."""
    pins = [on_map(mark.point[0]) for group in groups for mark in group]
    page, view = _page(theme, title), world_view(pins)
    world, layer = basemap(page, gazetteer, view), FeatureGroup()
    for truth, *others in groups:
        for mark in others:
            line = great_circle_line(truth.point, mark.point)
            for turn in (-360, 0, 360):  # a line that leaves the map on one side comes in on the other
                shifted = [[latitude, longitude + turn] for latitude, longitude in line]
                _line(shifted, mark.kind).add_to(world)
            layer.add_child(_marker(Mark(mark.kind, mark.point, ""), "", view))
        layer.add_child(_marker(truth, _sides([truth], view)[0], view))
    layer.add_to(world)
    return finished(page, world, has_layers=False)


def great_circle_line(start, end) -> list[list[float]]:
    """Points of the shortest way over the globe.

    Parameters
    ----------
    start, end : array_like, shape (2,)
        (latitude, longitude) in degrees.

    Returns
    -------
    list[list[float]]
        [latitude, longitude] in degrees, about 170 km apart, beginning with the longitude of `start` and
        with no jump at 180 degrees, so that longitudes may go beyond it. Latitudes end where the map does.
    """
    a, b = _on_sphere(start), _on_sphere(end)
    angle = math.atan2(np.linalg.norm(np.cross(a, b)), a @ b)  # radians
    if math.pi - angle < ANTIPODAL:  # every way is the shortest
        return great_circle_line(start, (end[0] - math.copysign(1e-4, end[0]), end[1]))
    share = np.linspace(0, 1, max(2, math.ceil(math.degrees(angle) / STEP_DEGREES) + 1))[:, None]  # (n, 1)
    if angle < ANTIPODAL:  # no way at all
        way = a + share * (b - a)
    else:
        way = (np.sin((1 - share) * angle) * a + np.sin(share * angle) * b) / math.sin(angle)  # (n, 3)
    latitudes = np.degrees(np.arctan2(way[:, 2], np.hypot(way[:, 0], way[:, 1])))
    longitudes = np.degrees(np.unwrap(np.arctan2(way[:, 1], way[:, 0])))
    longitudes += start[1] - longitudes[0]
    return np.column_stack([np.clip(latitudes, -85.05, 85.05), longitudes]).round(3).tolist()


def _on_sphere(point) -> np.ndarray:
    latitude, longitude = np.radians(check_points(point))
    return np.array(
        [
            math.cos(latitude) * math.cos(longitude),
            math.cos(latitude) * math.sin(longitude),
            math.sin(latitude),
        ]
    )


def _view(truth, lines) -> View:
    """All lines with room round them, the true place less than half a turn from every edge."""
    truth = [on_map(truth[0]), truth[1]]
    pins = [truth[0], *(line[-1][0] for line in lines)]
    points = np.array([truth, *(point for line in lines for point in line)])  # (n, 2)
    (south, west), (north, east) = points.min(axis=0), points.max(axis=0)
    tall, wide = max(0.12 * (north - south), LEAST_REACH), max(0.16 * (east - west), LEAST_REACH)
    if east - west + 2 * wide > 360:
        wide = max(0, (360 - (east - west)) / 2)
    return View(**bounded(south - tall, north + tall, pins), west=west - wide, east=east + wide)


def _sides(marks: Sequence[Mark], view: View) -> list[str]:
    """Where each mark's name stands: away from the true place, and not over another name."""
    spots = [_shares(mark.point, view) for mark in marks]
    sides = ["below" if marks[0].point[0] > EMPTY_LATITUDE else "above"]
    for mark, spot in list(zip(marks, spots, strict=True))[1:]:
        outward = "left" if spot[0] > 0.8 or 0.2 < spot[0] < spots[0][0] else "right"
        taken = {side for side, other in zip(sides, spots, strict=False) if _is_near(spot, other)}
        choices: tuple[str, ...] = (outward, "below", "left", "right")
        if mark.kind == "you" and "above" in taken:  # its head would stand in the true place's name
            choices = ("below", outward)
        sides.append(next(side for side in choices if side not in taken))
    return sides


def _is_near(spot, other) -> bool:
    return abs(spot[0] - other[0]) < 2 * NEAR and abs(spot[1] - other[1]) < NEAR


def _shares(point, view: View) -> tuple[float, float]:
    """Where in the view a point lies: 0 to 1 from the west, 0 to 1 from the south."""
    latitude, longitude = view.point(point)
    return (longitude - view.west) / (view.east - view.west), (latitude - view.south) / (
        view.north - view.south
    )


def _line(points, kind: str) -> folium.PolyLine:
    return PolyLine(points, class_name=f"line {kind}", weight=3, interactive=False)


def _moved(point) -> str:
    """The class that brings a mark into the map where that ends above or below it."""
    latitude = on_map(point[0])
    if abs(latitude) < MOST_LATITUDE - 1:
        return ""
    return " hung" if latitude > 0 else " raised"


def _marker(mark: Mark, side: str, view: View) -> folium.Marker:
    look = f"spot {mark.kind} {side}{_moved(mark.point)}"
    icon = folium.DivIcon(html=icon_html(mark.kind, mark.name), icon_size=(0, 0), class_name=look)
    order = {"you": 300, "truth": 200, "model": 100}[mark.kind]  # what lies on top
    return Marker(view.point(mark.point), icon=icon, z_index_offset=order, keyboard=False)


def icon_html(kind: str, name: str) -> str:
    shape = {
        "truth": '<path d="M12 2.5l2.9 6.1 6.6.9-4.8 4.6 1.2 6.6-5.9-3.2-5.9 3.2 1.2-6.6L2.5 9.5l6.6-.9z"/>',
        "you": '<path d="M12 23c-4-5.5-7-9-7-13a7 7 0 0 1 14 0c0 4-3 7.500-7 13z"/><circle cx="12" cy="10" r="2.600"/>',
        "model": '<rect x="5" y="5" width="14" height="14" rx="1.500" transform="rotate(45 12 12)"/>',
    }[kind]
    safe = escape(name).replace("{", "&#123;")  # Folium renders its own output once more as a Jinja template
    shown = f'<span class="spot-name" dir="auto">{safe}</span>' if name else ""
    return f'<svg viewBox="0 0 24 24" aria-hidden="true">{shape}</svg>{shown}'


def _page(theme: str, title: str) -> MapPage:
    return MapPage(theme, title, own_text(ASSETS / "lesson_map.css"))
