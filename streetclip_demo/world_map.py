"""A prediction as a Folium map that needs no network. Knows no model, no page and no photo."""


def percent(probability):
    """A probability as text: "61 %", "4.3 %", "< 0.1 %"."""
    if 0 < probability < 0.001:
        return "< 0.1 %"
    return f"{100 * probability:.1f}".removesuffix(".0") + " %"


def world_map(prediction, gazetteer, *, theme="light"):
    """A whole HTML document with the map of a prediction."""
    raise NotImplementedError


def empty_map(gazetteer, *, theme="light", message=""):
    """A whole HTML document with the basemap only, and a message over it."""
    raise NotImplementedError


def map_frame(document, title):
    """The element that shows a map's document in a page."""
    raise NotImplementedError
