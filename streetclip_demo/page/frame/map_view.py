"""The map's place on the page: one frame, in which one map after the other is drawn, so that nothing flashes."""

import gradio as gr

from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.frame.maps import stage
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.words.language import text


def map_view(gazetteer: Gazetteer, elem_id: str = "map", script: str = "") -> gr.HTML:
    """A component whose value is one of page/frame/maps.py's drawings; `script` runs beside its own."""

    def asked_stage(theme: object) -> dict[str, str]:  # called by the script, so with anything
        return {"title": text.MAP_EMPTY, "srcdoc": stage(gazetteer, "dark" if theme == "dark" else "light")}

    return gr.HTML(
        "",
        html_template='<div class="map-frames"></div>',
        js_on_load=own_text(ASSETS / "map_view.js") + script,
        server_functions=[asked_stage],
        elem_id=elem_id,
        apply_default_css=False,
        show_label=False,
    )
