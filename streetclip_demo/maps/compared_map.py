"""Predictions of several models on one photo as one Folium map: a layer, a colour and a letter for each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import folium

from streetclip_demo.maps.view import Circle, View, answer_view, on_map, world_view
from streetclip_demo.maps.world_map import (
    FIT_RADIUS_KM,
    MapPage,
    Pin,
    add_markers,
    basemap,
    finished,
    half_mass_circle,
    heat,
    key,
    pins_of,
    warm,
)
from streetclip_demo.maps.written_once import FeatureGroup
from streetclip_demo.palette import palette
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import leaves
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import said

DISCS = 3  # of each model


@dataclass(frozen=True)
class Look:
    """How a model is told from the others: never by its colour alone."""

    letter: str
    colour: str  # a name in tokens.css, and the class of what is drawn in it


LOOKS = (Look("A", "model-a"), Look("B", "model-b"), Look("C", "model-c"))


def compared_map(predictions: Sequence[Prediction], gazetteer: Gazetteer, *, theme: str = "light") -> MapPage:
    """Draw predictions: of each its heat, its likeliest discs, its best place and its half-mass circle, as one layer.

    As many as there are LOOKS.
    """
    looks = list(zip(predictions, LOOKS, strict=False))
    pins = [_pins(prediction, look) for prediction, look in looks]
    titles = text.COMMA.join(said(prediction.model) for prediction in predictions)
    page = MapPage(theme, text.MAP_COMPARED.format(models=titles))
    page.mark = " ".join(dict.fromkeys(said(one.mark) for one in predictions if one.mark))
    view = _view([(prediction, of) for (prediction, _), of in zip(looks, pins, strict=True) if of])
    world = basemap(page, gazetteer, view)
    for (prediction, look), of in zip(looks, pins, strict=True):
        _layer(prediction, look, of, view).add_to(world)
    if not any(pins):
        page.message = text.MAP_NO_POSITIONS
    page.places = [text.COMMA.join((pin.model, pin.names[-1])) for of in pins for pin in of if pin.is_shown]
    return finished(page, world)


def _pins(prediction: Prediction, look: Look) -> list[Pin]:
    """The likeliest discs and the best place in the first."""
    own = [pin for pin in pins_of(prediction) if pin.rank <= (DISCS if pin.kind == "disc" else 1)]
    title = said(prediction.model)
    return [replace(pin, model=title, letter=look.letter, look=look.colour) for pin in own]


def _layer(prediction: Prediction, look: Look, pins: Sequence[Pin], view: View) -> folium.FeatureGroup:
    layer = FeatureGroup(name=key(look.colour, f"{look.letter} · {_plain(said(prediction.model))}"))
    if any(node.candidate.point for _, node in leaves(prediction.roots)):
        colour = palette().light[look.colour]
        layer.add_child(heat(warm(prediction), view, look.colour, {0.2: colour, 1: colour}))
    circle = half_mass_circle(prediction, view, look.colour) if pins else None
    if circle:
        layer.add_child(circle)
    return add_markers(pins, view, layer)


def _plain(title: str) -> str:
    """A title as HTML: a folder may be called anything."""
    return title.replace("&", "&amp;").replace("<", "&lt;")


def _view(placed: Sequence[tuple[Prediction, Sequence[Pin]]]) -> View:
    """All first pins with the widest circle; the whole world where they lie far apart."""
    if not placed:
        return View()
    firsts = [pins[0].point for _, pins in placed]
    widest = max((prediction.half_mass_radius_km or 0 for prediction, _ in placed), default=0)
    apart = max(float(great_circle_km(firsts[0], other)) for other in firsts)
    if max(widest, apart) > FIT_RADIUS_KM:
        return world_view([on_map(latitude) for latitude, _ in firsts])
    return answer_view(firsts[0], firsts, Circle(firsts[0], widest), ())
