"""The page's maps, each in one frame, in which one is drawn after the other, so that nothing flashes.

Folium is loaded for the first of them: without it the page is up sooner.
"""

import functools
from collections.abc import Sequence

import gradio as gr

from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.words.language import LANGUAGES, language, speaking, text


def map_view(gazetteer: Gazetteer, elem_id: str = "map", script: str = "") -> gr.HTML:
    """A component whose value is one of the drawings below; `script` runs beside its own."""

    def asked_stage(
        asked: object,
    ) -> dict[str, str]:  # called by the script, so with anything, and without a request
        theme, reader = (asked.get("theme"), asked.get("lang")) if isinstance(asked, dict) else ("", "")
        with speaking(reader if isinstance(reader, str) and reader in LANGUAGES else "en"):
            shown = stage(gazetteer, "dark" if theme == "dark" else "light", language())
            return {"title": text.MAP_EMPTY, "srcdoc": shown}

    return gr.HTML(
        "",
        html_template='<div class="map-frames"></div>',
        js_on_load=own_text(ASSETS / "map_view.js") + script,
        server_functions=[asked_stage],
        elem_id=elem_id,
        apply_default_css=False,
        show_label=False,
    )


@functools.lru_cache(maxsize=2 * len(LANGUAGES))
def stage(gazetteer: Gazetteer, theme: str, reader: str) -> str:
    """The document of a frame in which the drawings below are shown; before the first, the empty map.

    `reader` is the language that is spoken now, so that nobody gets another one's.
    """
    from streetclip_demo.maps.world_map import map_stage

    return map_stage(gazetteer, theme=theme)


def answer_drawing(prediction: Prediction, gazetteer: Gazetteer, theme: str) -> str:
    """The map of a prediction, as a value of `map_view`."""
    from streetclip_demo.maps.world_map import world_map

    return world_map(prediction, gazetteer, theme=theme).drawing(text.MAP)


def compared_drawing(predictions: Sequence[Prediction], gazetteer: Gazetteer, theme: str) -> str:
    """The one map of several models' predictions, as a value of `map_view`."""
    from streetclip_demo.maps.compared_map import compared_map

    page = compared_map(predictions, gazetteer, theme=theme)
    return page.drawing(page.title or text.MAP)


def empty_drawing(gazetteer: Gazetteer, theme: str) -> str:
    """The map before there is a prediction, as a value of `map_view`."""
    from streetclip_demo.maps.world_map import empty_map

    return empty_map(gazetteer, theme=theme).drawing(text.MAP_EMPTY)


def error_drawing(gazetteer: Gazetteer, theme: str) -> str:
    """The map on which a file's errors are walked, as a value of `map_view`."""
    from streetclip_demo.maps.error_map import error_map

    return error_map(gazetteer, text.ERRORS_MAP, theme=theme).drawing(text.ERRORS_MAP)


def answer_frame(prediction: Prediction, gazetteer: Gazetteer, theme: str) -> str:
    """The map of a prediction as HTML, complete in itself."""
    from streetclip_demo.maps.world_map import map_frame, world_map

    return map_frame(world_map(prediction, gazetteer, theme=theme), text.MAP)


def compared_frame(predictions: Sequence[Prediction], gazetteer: Gazetteer, theme: str) -> str:
    """The one map of several models' predictions as HTML, complete in itself."""
    from streetclip_demo.maps.compared_map import compared_map
    from streetclip_demo.maps.world_map import map_frame

    page = compared_map(predictions, gazetteer, theme=theme)
    return map_frame(page, page.title or text.MAP)
