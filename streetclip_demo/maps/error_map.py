"""A map of errors: great-circle lines from true places to answers, one marked. Knows no evaluation and no page."""

from folium.template import Template

from streetclip_demo.maps.lesson_map import icon_html
from streetclip_demo.maps.view import View
from streetclip_demo.maps.world_map import MapPage, basemap, finished, literal
from streetclip_demo.maps.written_once import WrittenOnce
from streetclip_demo.own_files import ASSETS, own_text


class _ErrorLines(WrittenOnce):
    """The lines, which the page that holds the map hands over and changes without a new map."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this.code }}
        errorMap({{ this._parent.get_name() }}, {{ this.icons }});
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()
        self._name = "Errors"
        self.icons = literal({"truth": icon_html("truth", ""), "model": icon_html("model", "")})
        self.code = own_text(ASSETS / "error_map.js")


def error_map(gazetteer, title: str, *, theme: str = "light") -> MapPage:
    """The world, on which errors appear as the page tells it; assets/error_map.js says how.

    Parameters
    ----------
    gazetteer : Gazetteer
    title : str
        What the map is called, for those who do not see it.
    theme : str
        "light" or "dark".

    Returns
    -------
    MapPage
    """
    style = own_text(ASSETS / "lesson_map.css") + own_text(ASSETS / "error_map.css")
    page = MapPage(theme, title, style)
    world = basemap(page, gazetteer, View())
    _ErrorLines().add_to(world)
    return finished(page, world, has_layers=False)
