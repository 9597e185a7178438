"""The page's maps, as frames. Folium is loaded for the first of them: without it the page is up sooner."""

from streetclip_demo.gazetteer import Gazetteer
from streetclip_demo.geolocate import Prediction
from streetclip_demo.page.language import text


def answer_frame(prediction: Prediction, gazetteer: Gazetteer, theme: str) -> str:
    """The map of a prediction, in an <iframe>."""
    from streetclip_demo.world_map import map_frame, world_map

    return map_frame(world_map(prediction, gazetteer, theme=theme), text.MAP)


def empty_frame(gazetteer: Gazetteer, theme: str) -> str:
    """The map before there is a prediction, in an <iframe>."""
    from streetclip_demo.world_map import empty_map, map_frame

    return map_frame(empty_map(gazetteer, theme=theme), text.MAP_EMPTY)
