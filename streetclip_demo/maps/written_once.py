"""Folium's elements, rendered once: Folium compiles what it has rendered as a template again, and renders that.

Of an answer's map that took two thirds of the time. Text is the same, letter by letter, unless it holds "{{" or "{%",
which Folium would run.
"""

import folium
from folium.plugins import HeatMap as FoliumHeatMap

PARTS = ("header", "html", "script")


class WrittenOnce(folium.MacroElement):
    """A MacroElement whose text goes into its figure as it is. Comes last among the bases of a class."""

    def render(self, **kwargs):
        """Write this element and those inside it into the figure; nothing is returned, as by Folium's own."""
        _write(self)


class _Written(folium.Element):
    """Text that has been rendered."""

    def __init__(self, text: str):
        super().__init__()
        self._text = text.removesuffix("\n")  # as Jinja does

    def render(self, **kwargs) -> str:
        return self._text


def _write(element: folium.Element) -> None:
    figure = element.get_root()
    for part in PARTS:
        macro = getattr(element._template.module, part, None)
        if macro is not None:
            getattr(figure, part).add_child(_Written(macro(element, {})), name=element.get_name())
    for child in list(element._children.values()):
        if type(child).render is folium.MacroElement.render:  # made by Folium itself
            _write(child)
        else:
            child.render()


class Map(folium.Map, WrittenOnce):
    """folium.Map."""


class FeatureGroup(folium.FeatureGroup, WrittenOnce):
    """folium.FeatureGroup."""


class HeatMap(FoliumHeatMap, WrittenOnce):
    """folium.plugins.HeatMap."""


class LayerControl(folium.LayerControl, WrittenOnce):
    """folium.LayerControl."""


class Marker(folium.Marker, WrittenOnce):  # type: ignore[misc]  # Folium's render takes no keywords there
    """folium.Marker."""


class PolyLine(folium.PolyLine, WrittenOnce):
    """folium.PolyLine."""


class TileLayer(folium.TileLayer, WrittenOnce):
    """folium.TileLayer."""
