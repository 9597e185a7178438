"""A prediction as a Folium map that needs no network: a whole document, or a drawing for a frame that is there already.

Knows no model, no page and no photo.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import folium
import numpy as np
from folium.map import Layer
from folium.template import Template
from folium.utilities import JsCode
from xstatic.pkg import leaflet
from xyzservices import TileProvider

from streetclip_demo.maps.view import Circle, View, answer_view, boxes, on_map, world_view
from streetclip_demo.maps.written_once import (
    FeatureGroup,
    HeatMap,
    LayerControl,
    Map,
    Marker,
    PolyLine,
    TileLayer,
    WrittenOnce,
)
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.palette import palette, tokens_style
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.geo import EARTH_RADIUS_KM
from streetclip_demo.posterior.belief import Belief
from streetclip_demo.posterior.countries import with_countries
from streetclip_demo.posterior.deciding import deciding_level, discs, second_pin
from streetclip_demo.posterior.deciding import pin as pin_at
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Node, leaves
from streetclip_demo.words.countries import country_names
from streetclip_demo.words.language import LANGUAGES, language, text
from streetclip_demo.words.place_names import isolated, joined, local_name, shown, shown_path
from streetclip_demo.words.readable import grouped, kilometres, percent, position, said

Point = tuple[float, float]  # latitude, longitude in degrees

THEMES = ("light", "dark")

TILES = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
TILE_CREDITS = (
    '© <a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noopener">OpenStreetMap</a>'
)
HEAT = {0.15: "heat-pale", 0.4: "heat-warm", 0.7: "heat-hot", 1: "heat-middle"}  # names in tokens.css

FIT_RATIO = 0.1  # discs at least this likely, relative to the best, are brought into view
FIT_RADIUS_KM = 5000  # round a wider circle the whole world is shown
MIN_COUNTRY_SHARE = 0.001  # a fainter country cannot be seen
MIN_HEAT_SCALE = 0.3  # with no leaf above this, the hottest place stays pale: nothing is likely
HEAT_CELL_DEGREES = 0.5  # of a hundred thousand points, those of one cell are one spot of heat
MIN_CELL_SCALE = 0.02  # with no cell above this, the hottest stays pale
MOST_CELLS, MIN_CELL_HEAT = 1500, 0.002  # what is fainter cannot be seen
MIN_NAMED_SHARE = 0.01  # of a disc that has its name beside it
NAMED_OFF_MAP = 3
EDGE = 190  # degrees from the frame's middle: heat of a place behind its edge shows inside it
OWN_SCRIPTS = ("map_chips.js", "map_keys.js", "map.js", "map_picture.js")
KINDS = ("disc", "second", "inside")  # of what stands on the map; an earlier one gets its place first


def world_map(prediction: Prediction, gazetteer: Gazetteer, *, theme: str = "light") -> "MapPage":
    """Draw a prediction: likely countries, heat of the whole leaf posterior, numbered discs, half-mass circle.

    The numbers are the ranks of the likeliest labels of the level that decides; each has the best place inside it as
    a smaller disc, which shows when the label is chosen or zoomed into. What the estimator found elsewhere is a second
    pin. The gazetteer gives the outlines, and the country of a typed position.
    """
    placed = [(path, node) for path, node in leaves(prediction.roots) if node.candidate.point]
    pins = pins_of(prediction)
    view = _view(pins, prediction, gazetteer)
    first = deciding_level(prediction.roots)
    place = joined(shown_path(prediction.roots, (*first.above, first.nodes[0].candidate.name)))
    page = MapPage(theme, text.MAP_TITLE.format(place=place) if pins else text.MAP_EMPTY)
    page.mark, page.note = said(prediction.mark), _off_map(prediction)
    if not placed:
        page.message = text.MAP_NO_POSITIONS
    world = basemap(page, gazetteer, view)
    if placed:
        _Shares(_country_shares(prediction, gazetteer)).add_to(world)
        title = text.MAP_HEAT_POINTS if prediction.belief else text.MAP_HEAT
        colours = {reach: palette().light[token] for reach, token in HEAT.items()}
        heat(warm(prediction), view, key("heat", title), colours).add_to(world)
    if pins:
        circle = half_mass_circle(prediction, view)
        if circle:
            FeatureGroup(name=key("circle", text.MAP_HALF)).add_child(circle).add_to(world)
        layer = FeatureGroup(name=key("guesses", text.MAP_LIKELIEST))
        add_markers(pins, view, layer).add_to(world)
        page.places = [_about(pin)["label"] for pin in pins if pin.kind != "inside" or pin.is_shown]
    return finished(page, world)


def empty_map(gazetteer: Gazetteer, *, theme: str = "light", message: str = "") -> "MapPage":
    """The basemap alone, with a message over it, as a MapPage."""
    page = MapPage(theme, text.MAP_EMPTY)
    page.message = message
    return finished(page, basemap(page, gazetteer, View()))


def map_frame(page: "MapPage", title: str) -> str:
    """The element that shows a MapPage's document. The class `map-frame` may set another size."""
    return filled("maps/frame", "frame", title, page.document())


def map_stage(gazetteer: Gazetteer, *, theme: str = "light") -> str:
    """The document of a sandboxed frame that shows maps when told (`MapPage.drawing`), or the empty one that it has."""
    page = empty_map(gazetteer, theme=theme)
    page.stage_script = _own("map_stage.js")
    return page.document()


# ---- what stands on the map, and what is in view


def _view(pins: Sequence["Pin"], prediction: Prediction, gazetteer: Gazetteer) -> View:
    """Show all of the first place, the pin, the circle round it, and the discs nearly as likely."""
    if not pins:
        return View()
    least = FIT_RATIO * max(pin.node.probability for pin in pins if pin.kind != "inside" or pin.is_shown)
    likely = [pin for pin in pins if pin.is_shown and (pin.kind == "second" or pin.node.probability >= least)]
    centre = prediction.guesses[0].node.candidate.point or pins[0].point
    shown = [centre, *(pin.point for pin in likely)]
    radius_km = prediction.half_mass_radius_km or 0
    if radius_km > FIT_RADIUS_KM:
        return world_view([on_map(latitude) for latitude, _ in shown], _labelled(prediction))
    first = deciding_level(prediction.roots).nodes[0].candidate.place
    middle = pin_at(prediction)[1].candidate.point or centre
    return answer_view(middle, shown, Circle(centre, radius_km), boxes(first, gazetteer))


def _labelled(prediction: Prediction) -> list[float]:
    """Longitudes of the labels of the level that decides."""
    nodes = deciding_level(prediction.roots).nodes
    return [node.candidate.point[1] for node in nodes if node.candidate.point]


@dataclass(frozen=True)
class Pin:
    """What stands on the map: a numbered disc, the best place inside one, or the second pin."""

    kind: str  # one of KINDS
    rank: int  # of the disc; 0 for the second pin
    path: tuple[str, ...]
    names: tuple[str, ...]  # the path as its reader calls it
    node: Node
    disc: tuple[str, ...] = ()  # path of the label that it is the best place in
    is_shown: bool = True  # also where nothing is chosen
    reason: str = ""  # why it is there, for the second pin
    model: str = ""  # whose it is, on a map of several; with that model's letter and class
    letter: str = ""
    look: str = ""

    @property
    def point(self) -> Point:
        point = self.node.candidate.point
        assert point is not None  # labels without one are not made pins
        return point


def pins_of(prediction: Prediction) -> list[Pin]:
    """All that stands on the map, by kind and rank; labels without a position have a rank and do not stand on it.

    The best place in a label that has no position itself is always shown: there is no disc to choose.
    """

    def placed_at(path: tuple[str, ...], node: Node) -> tuple[tuple[str, ...], tuple[str, ...], Node]:
        return path, shown_path(prediction.roots, path), node

    pins = []
    for disc in discs(prediction):
        has_disc = disc.node.candidate.point is not None
        if has_disc:
            pins.append(Pin("disc", disc.rank, *placed_at(disc.path, disc.node)))
        if disc.best:
            is_shown = disc.rank == 1 or not has_disc
            pins.append(Pin("inside", disc.rank, *placed_at(*disc.best), disc.path, is_shown))
    second = second_pin(prediction)
    if second:
        at = placed_at(second.path, second.node)
        reason = text.SECOND_PIN[prediction.estimator].format(place=joined(at[1]))
        pins.append(Pin("second", 0, *at, reason=reason))
    placed = (pin for pin in pins if pin.node.candidate.point)
    return sorted(placed, key=lambda pin: KINDS.index(pin.kind))


# ---- the parts of the map


class MapPage(folium.Figure):
    """The document round the map. Unlike Folium's own it has its libraries in it and may load nothing but tiles."""

    _template = Template(
        """<!DOCTYPE html>
<html lang="{{ this.language }}" data-theme="{{ this.theme }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';
 script-src 'unsafe-inline'; img-src data: https://tile.openstreetmap.org">
<title>{{ this.title|e }}</title>
<style>{{ this.libraries[0] }}</style>
<script type="application/json" id="outlines">{{ this.outlines }}</script>
<script>{{ this.libraries[1] }}
streetclip.outlines(JSON.parse(document.querySelector("#outlines").textContent));</script>
{{ this.parts["header"] }}
<style>{{ this.style }}</style>
</head>
<body>
{{ this.body() }}
{% if this.stage_script -%}
<script>const drawEmpty = () => { {{ this.parts["script"] }} };
{{ this.stage_script }}</script>
{%- else -%}
<script>{{ this.parts["script"] }}</script>
{%- endif %}
</body>
</html>
"""
    )
    _body = Template(
        """{% if this.own_style %}<style>{{ this.own_style }}</style>{% endif %}
{% if this.mark %}<p class="strip mark" role="note" dir="auto">{{ this.mark|e }}</p>{% endif %}
{{ this.parts["html"] }}
{% if this.message %}<p class="strip message" role="status" dir="auto">{{ this.message|e }}</p>{% endif %}
{% if this.note %}<p class="strip" role="note" dir="auto">{{ this.note|e }}</p>{% endif %}
{% if this.places %}<section class="places" aria-label="{{ this.words.MAP_PLACES|e }}">
<p>{{ this.words.MAP_KEYS|e }}</p>
<ol>{% for place in this.places %}<li dir="auto">{{ place|e }}</li>{% endfor %}</ol></section>{% endif %}
"""
    )

    def __init__(self, theme: str, title: str, own_style: str = ""):
        if theme not in THEMES:
            raise ValueError(f"A theme is one of {THEMES}, got {theme!r}.")
        super().__init__(title=title)
        self.theme, self.own_style = theme, own_style
        self.libraries, self.style = _libraries(), tokens_style() + _own("map.css")
        self.outlines = ""  # `basemap` has them
        self.mark = self.message = self.note = self.stage_script = ""
        self.places: list[str] = []  # what stands on the map, in words
        self.words, self.language = text, language()

    def document(self) -> str:
        """A whole HTML document, to be a file or for `map_frame`. It asks no other host unless its tiles are on."""
        return self._template.render(this=self)

    def drawing(self, name: str) -> str:
        """What a frame with `map_stage` needs to show this map under a name, as JSON; a tenth of the document.

        As text: an object Gradio's browser side would copy, and report as changed, whenever any property is.
        """
        parts = {"title": self.title or "", "theme": self.theme, "body": self.body()}
        return json.dumps(parts | {"script": self.parts["script"], "name": name})

    def body(self) -> str:
        """The document's body but for its scripts, as HTML."""
        return self._body.render(this=self)

    @cached_property
    def parts(self) -> dict[str, str]:
        """What Folium puts into header, html and script; rendered once, as it would add some of it again."""
        for child in self._children.values():
            child.render()
        parts = {name: getattr(self, name).render() for name in ("header", "html", "script")}
        # Folium forbids zooming with two fingers.
        return parts | {"header": parts["header"].replace(", maximum-scale=1.0, user-scalable=no", "")}


class Call(WrittenOnce):
    """A call of a function of ours with what it is added to, and what it is told; a file of assets may come first."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this.code }}
        {{ this.function }}({{ this._parent.get_name() }}{% if this.told %}, {{ this.told }}{% endif %});
        {% endmacro %}
        """
    )

    def __init__(self, function: str, told: Mapping[str, Any] | None = None, file: str = ""):
        super().__init__()
        self._name = "Call"
        self.function, self.code = function, _own(file) if file else ""
        self.told = "" if told is None else literal(told)


class _Shares(Layer, WrittenOnce):
    """The likely countries, in teal by their share."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = streetclip.shares({{ this.countries }});
        {% endmacro %}
        """
    )

    def __init__(self, countries: Sequence[Mapping[str, Any]]):
        super().__init__(name=key("share", text.MAP_SHARES), overlay=True)
        self._name = "Shares"
        self.countries = literal(countries)


def literal(value: Any) -> str:
    """A value as JavaScript that may stand in a script element.

    And in a Jinja template: Folium renders what it has rendered once more, so that a label with "{{" would be run.
    """
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")
    return re.sub(r"\{(?=[{%#])", r"\\u007b", written)  # JSON's own braces stand before " or }


def basemap(page: MapPage, gazetteer: Gazetteer, view: View) -> folium.Map:
    """A Folium map of all countries, in its page."""
    moves: Any = JsCode("!streetclip.isStill")  # Folium's types know only values
    world = Map(
        location=[(view.south + view.north) / 2, view.middle],
        tiles=None,
        zoom_start=2,
        max_zoom=7,  # as in map.js
        control_scale=True,
        scroll_wheel_zoom=False,
        zoom_snap=0,
        track_resize=False,  # map.js does, for a frame that is hidden too
        max_bounds_viscosity=1.0,
        zoom_animation=moves,
        fade_animation=moves,
        marker_zoom_animation=moves,
        inertia=moves,
    )
    world.default_js, world.default_css = [], []  # they stand in the page already
    world.add_to(page)
    page.outlines = _outlines(gazetteer, language())
    about = asdict(view) | {"title": page.title, "credits": text.MAP_CREDITS, "words": _buttons()}
    Call("streetclip.land", about).add_to(world)
    return world


def _buttons() -> dict[str, str]:
    return {"in": text.PHONE_IN, "out": text.PHONE_OUT, "close": text.MAP_CLOSE}


def warm(prediction: Prediction) -> list[tuple[Point, float]]:
    """Points and their heat from 0 to 1: of all leaves that have a position, or of all points that were compared."""
    if prediction.belief:
        return _warm_cells(prediction.belief)
    nodes = [node for _, node in leaves(prediction.roots) if node.candidate.point]
    scale = max(MIN_HEAT_SCALE, *(node.probability for node in nodes))
    return [(node.candidate.point, node.probability / scale) for node in nodes if node.candidate.point]


def _warm_cells(belief: Belief) -> list[tuple[Point, float]]:
    """Points of a cell as one, at the middle of what they have; the hottest cells only."""
    _, cells = np.unique(np.floor(belief.points / HEAT_CELL_DEGREES), axis=0, return_inverse=True)
    masses = np.bincount(cells, belief.probabilities)
    scale = max(MIN_CELL_SCALE, masses.max())
    hot = np.argsort(-masses, kind="stable")[:MOST_CELLS]
    hot = hot[masses[hot] >= MIN_CELL_HEAT * scale]
    middles = [np.bincount(cells, belief.probabilities * axis)[hot] / masses[hot] for axis in belief.points.T]
    return list(
        zip(
            zip(*(middle.tolist() for middle in middles), strict=True),
            (masses[hot] / scale).tolist(),
            strict=True,
        )
    )


def heat(
    spots: Sequence[tuple[Point, float]], view: View, name: str, colours: Mapping[float, str]
) -> HeatMap:
    """Heat, relative to the hottest point."""
    told = [(*view.point(point), round(share, 6)) for point, share in spots]
    points = [
        [latitude, longitude + turn, weight]
        for latitude, longitude, weight in told
        for turn in (0, *(turn for turn in (-360, 360) if abs(longitude + turn - view.middle) < EDGE))
    ]
    layer = HeatMap(points, name=name, min_opacity=0.001, radius=20, blur=22, gradient=dict(colours))
    layer.default_js = []
    return layer


def half_mass_circle(prediction: Prediction, view: View, look: str = "") -> PolyLine | None:
    """The dashed circle round the pin that holds half of the belief, as it lies on the globe; None without one."""
    centre, radius_km = prediction.guesses[0].node.candidate.point, prediction.half_mass_radius_km
    if centre is None or not radius_km:
        return None
    told = text.HALF_WITHIN_SECOND if second_pin(prediction) else text.HALF_WITHIN
    return PolyLine(
        _in_frame(_small_circle((centre[0], view.point(centre)[1]), radius_km), view),
        tooltip=folium.Tooltip(told.format(distance=kilometres(radius_km))),
        class_name=f"half {look}".strip(),
        weight=1.6,
        dash_array="6 6",
    )


def _in_frame(lines, view):
    """Lines with their copies a turn away, as far as they reach into the frame: one may cross its edge."""
    west, east = view.middle - 180, view.middle + 180
    turned = [[[y, x + turn] for y, x in line] for turn in (-360, 0, 360) for line in lines]
    seen = (line for line in turned if min(x for _, x in line) < east and max(x for _, x in line) > west)
    return list({json.dumps(line): line for line in seen}.values())


def _small_circle(centre, radius_km):
    """Points at one distance from a centre.

    Parameters
    ----------
    centre : sequence of float
        (latitude, longitude) in degrees.
    radius_km : float

    Returns
    -------
    list[list[list[float]]]
        Lines of [latitude, longitude] in degrees, with no jump at 180 degrees: one closed line, or, round a pole,
        three copies of an open one, a turn apart.
    """
    # a pole itself has no bearings: a metre beside it has
    latitude, longitude = np.radians((np.clip(centre[0], -90 + 1e-5, 90 - 1e-5), centre[1]))
    reach = radius_km / EARTH_RADIUS_KM  # radians
    bearings = np.radians(np.arange(0, 361, 2))
    sine = np.sin(latitude) * np.cos(reach) + np.cos(latitude) * np.sin(reach) * np.cos(bearings)  # (181,)
    latitudes = np.arcsin(np.clip(sine, -1, 1))
    east = np.sin(bearings) * np.sin(reach) * np.cos(latitude)
    longitudes = np.unwrap(longitude + np.arctan2(east, np.cos(reach) - np.sin(latitude) * sine))
    line = np.degrees(np.column_stack([latitudes, longitudes]))  # (181, 2)
    line[:, 0] = np.clip(line[:, 0], -85.05, 85.05)
    round_a_pole = abs(line[-1, 1] - line[0, 1]) > 180
    turns = (-360, 0, 360) if round_a_pole else (0,)
    return [(line + [0, turn]).round(3).tolist() for turn in turns]


def add_markers(pins: Sequence[Pin], view: View, layer: folium.FeatureGroup) -> folium.FeatureGroup:
    """A marker for each pin, in a layer; the layer."""
    named = next((pin for pin in pins if pin.rank == 1), None)
    for order, pin in enumerate(pins):
        is_named = pin is named or (pin.kind == "disc" and pin.node.probability >= MIN_NAMED_SHARE)
        name = '<span class="guess-name" dir="ltr"></span>' if is_named else ""
        number = f"{pin.letter}{pin.rank}" if pin.kind == "disc" else ""
        icon = folium.DivIcon(
            html=f'<span class="guess-lead"></span>{name}<span class="guess-disc">{number}</span>',
            icon_size=(0, 0),
            popup_anchor=(0, -8),
            class_name=_look(pin),
        )
        marker = Marker(view.point(pin.point), icon=icon, z_index_offset=-100 * order)
        layer.add_child(marker.add_child(Call("streetclip.guess", _about(pin))))
    return layer


def _look(pin: Pin) -> str:
    kind = {"disc": "first" if pin.rank == 1 else ""}.get(pin.kind, pin.kind)
    return " ".join(filter(None, ("guess", kind, pin.look)))


def _about(pin: Pin) -> dict[str, Any]:
    """What a popup says of a pin, as plain text; and what decides when it shows."""
    node, words = pin.node, text.MAP_POPUP
    share, place = percent(node.probability), joined(pin.names)
    level = {**text.LEVELS, "label": words["label"]}[node.candidate.level]
    rows = [(words["share"], share), (words["level"], level), (words["position"], position(pin.point))]
    rows += [(words["caption"], _captions(node))] if node.captions else []
    rows += [(words["why"], pin.reason)] if pin.reason else []
    called = text.MAP_PINS[pin.kind].format(rank=pin.rank, place=place)
    if pin.model:
        called = text.COMMA.join((pin.model, called))
        place = text.COMMA.join((pin.model, place))
    return {
        "rank": pin.rank if pin.kind == "disc" else 0,
        "name": isolated(pin.names[-1]),
        "share": share,
        "probability": round(node.probability, 5),
        "place": called if pin.kind == "second" else place,
        "label": text.MAP_PIN_SAID.format(pin=called, level=level, share=share),
        "rows": rows,
        "caption": words["caption"] if node.captions else "",  # of the row that is English in every language
        "read": text.READ_BY_MODEL,
        "path": pin.path,
        "disc": None if pin.is_shown else pin.disc,  # to be chosen before this one shows
    }


def _captions(node: Node) -> str:
    more = len(node.captions) - 1
    first = f"“{node.captions[0]}”"
    return text.MAP_MORE_CAPTIONS.format(caption=first, count=more) if more else first


def _online_tiles():
    return TileLayer(
        TileProvider(
            name="tiles", url=TILES, attribution=TILE_CREDITS
        ),  # else all known ones are looked through
        attr=TILE_CREDITS,
        name=key("tiles", text.MAP_STREETS),
        overlay=True,
        show=False,
        max_zoom=18,
        max_native_zoom=19,
        referrer_policy="strict-origin-when-cross-origin",  # OpenStreetMap answers no request without a referrer
        class_name="tiles",
    )


def finished(page: MapPage, world: folium.Map, has_layers: bool = True) -> MapPage:
    """The page of a map; has_layers adds the tiles and the layer control."""
    if has_layers:
        _online_tiles().add_to(world)
        LayerControl(collapsed=False).add_to(world)  # which our script makes a key that opens
        words = {"go": text.MAP_GO, "back": text.MAP_BACK, "key": text.MAP_KEY, "fingers": text.MAP_FINGERS}
        Call("streetclip.tools", words).add_to(world)
    for number, element in enumerate(_elements(page)):
        element._id = str(
            number
        )  # Folium's names are random; with these, the same answer is the same document
    return page


def _elements(element) -> Iterator[Any]:
    yield element
    for child in element._children.values():
        yield from _elements(child)


def key(kind: str, text: str) -> str:
    """A layer's name with a sample of it, so that the layer control is the map's legend too."""
    return f'<span class="key {kind}"></span>{text}'


# ---- what is said


def _country_shares(prediction: Prediction, gazetteer: Gazetteer) -> list[dict[str, Any]]:
    """Countries with their share, that of their leaves; most probable first.

    Beside a country that is a label stands that label's number, as in the tree: a city of it may be another label.
    """
    shares: dict[str, float] = defaultdict(float)
    listed: dict[str, float] = defaultdict(float)
    paths: dict[str, tuple[str, ...]] = {}
    for path, node, code in with_countries(prediction.roots, gazetteer):
        place = node.candidate.place
        if place and place.level == "country":
            paths.setdefault(place.country, path)
            listed[place.country] += node.probability
        if code and not node.children:
            shares[code] += node.probability
    named = {code: paths.get(code) or (gazetteer.country(code).name,) for code in shares}
    return [
        {
            "code": code,
            "name": isolated(local_name(named[code][-1], code)),
            "share": round(share, 5),
            "text": percent(listed.get(code, share)),
            "path": named[code],
        }
        for code, share in sorted(shares.items(), key=lambda item: -item[1])
        if share >= MIN_COUNTRY_SHARE
    ]


def _off_map(prediction: Prediction) -> str:
    """One line on the leaves that have no position, "" if all have one."""
    every = [node for _, node in leaves(prediction.roots)]
    off = [node for node in every if not node.candidate.point]
    if not off:
        return ""
    names = [shown(node.candidate) for node in off[:NAMED_OFF_MAP]] + ["…"] * (len(off) > NAMED_OFF_MAP)
    # all have all of it, though a sum of floats may fall short of 1
    share = percent(1 if len(off) == len(every) else sum(node.probability for node in off))
    sentence = text.MAP_ONE_OFF if len(off) == 1 else text.MAP_OFF
    return sentence.format(count=grouped(len(off)), share=share, names=text.COMMA.join(names))


# ---- what every map has in it, read once


@cache
def _libraries() -> tuple[str, str]:
    """Leaflet's style; Leaflet's, the heat layer's and our script: text that may stand in an HTML document."""
    leaflet_files, heat_file = (
        Path(leaflet.BASE_DIR),
        Path(folium.__file__).parent / "templates/leaflet_heat.min.js",
    )
    # its pictures are drawn anew in map.css, or not used: nothing may be asked for
    style = re.sub(
        r"url\(images/[^)]*\)", "none", (leaflet_files / "leaflet.css").read_text(encoding="utf-8")
    )
    scripts = [
        (leaflet_files / "leaflet.js").read_text(encoding="utf-8"),
        heat_file.read_text(encoding="utf-8"),
    ]
    script = re.sub(
        r"^//# sourceMappingURL=.*$",
        "",
        "\n".join([*scripts, *map(_own, OWN_SCRIPTS)]),
        flags=re.MULTILINE,
    )
    return style, script.replace("</script", r"<\/script")


@cache
def _own(name: str) -> str:
    """A script or a style without what is for its readers: lines that are a comment, and how far lines stand in."""
    text = own_text(ASSETS / name)
    return re.sub(r"^[ ]*(//.*\n)?", "", text, flags=re.MULTILINE) if name.endswith(".js") else text


@lru_cache(maxsize=len(LANGUAGES))
def _outlines(gazetteer: Gazetteer, reader: str) -> str:
    """All outlines as JSON, a third of the size of GeoJSON; with names in the language that `reader` speaks.

    [code, name, [x, y] of the name, shape] for each country; a shape is a list of polygons, which are lists of
    rings, which are a first point and then steps, in hundredths of a degree: [x, y, dx, dy, ...]. The smallest
    countries are a point [x, y].
    """
    shapes = []
    for feature in gazetteer.outlines(place.id for place in gazetteer.countries)["features"]:
        kind, coordinates = feature["geometry"]["type"], feature["geometry"]["coordinates"]
        if kind == "Point":
            shape = _steps([coordinates])
        else:
            polygons = coordinates if kind == "MultiPolygon" else [coordinates]
            shape = [[_steps(ring) for ring in polygon] for polygon in polygons]
        place = gazetteer.country(feature["properties"]["code"])
        name = country_names(reader)[place.id]
        shapes.append([place.id, name, [round(place.longitude, 2), round(place.latitude, 2)], shape])
    return literal(shapes)


def _steps(points):
    whole = np.rint(np.multiply(points, 100)).astype(int)  # (n, 2)
    steps = np.diff(whole, axis=0, prepend=[[0, 0]])
    moves = steps.any(axis=1)
    moves[0] = True
    return steps[moves].ravel().tolist()
