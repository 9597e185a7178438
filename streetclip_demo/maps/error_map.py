"""A map of errors: great-circle lines from true places to answers, one marked. Knows no evaluation and no page."""

from streetclip_demo.maps.lesson_map import icon_html
from streetclip_demo.maps.view import View
from streetclip_demo.maps.world_map import Call, MapPage, basemap, finished
from streetclip_demo.own_files import ASSETS, own_text


def error_map(gazetteer, title: str, *, theme: str = "light") -> MapPage:
    """The world, on which errors appear as the page tells it; assets/error_map.js says how."""
    style = own_text(ASSETS / "lesson_map.css") + own_text(ASSETS / "error_map.css")
    page = MapPage(theme, title, style)
    world = basemap(page, gazetteer, View())
    icons = {kind: icon_html(kind, "") for kind in ("truth", "model")}
    Call("errorMap", icons, "error_map.js").add_to(world)
    return finished(page, world, has_layers=False)
