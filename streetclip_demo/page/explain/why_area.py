"""The foldable area "Why this answer?" under an answer. Costs nothing until it is opened."""

from dataclasses import dataclass

import gradio as gr

from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.explain.brushed import painted, without_html
from streetclip_demo.page.explain.looked import looked_html
from streetclip_demo.page.frame.asker import check_asker
from streetclip_demo.page.frame.following import asked_while_seen, chosen_path
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import event_field
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUICK
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.words.language import text


@dataclass(frozen=True, eq=False)
class WhyArea:
    """The area's components."""

    fold: gr.Accordion
    path: gr.Textbox  # unseen: the row that is chosen in the tree, which the browser fills in
    looked: gr.HTML
    without: gr.HTML


# Callbacks


def make_look(services: Services, kept: Kept):
    """The listener that draws where the model looked."""

    def look(path, request: gr.Request):
        check_asker()
        return looked_html(services, kept.visitor(request).session, chosen_path(path))

    return look


def make_without(services: Services, kept: Kept):
    """The listener that asks again without what is painted over."""

    def without(request: gr.Request, event: gr.EventData, progress=gr.Progress()):  # noqa: B008 - Gradio looks for it
        mask = painted(event_field(event, "cells", str))

        def report(done: int, total: int) -> None:
            check_asker()
            progress((done, total), desc=text.READING_CAPTIONS)

        session = kept.visitor(request).session
        return without_html(services, session, mask, event_field(event, "fill", str), report)

    return without


# Layout and wiring


def build_why_area() -> WhyArea:
    """Place it, closed."""
    with gr.Accordion(text.WHY, open=False, elem_id="why-area") as fold:
        path = gr.Textbox("", visible="hidden", show_label=False, elem_id="why-path")
        looked = gr.HTML(
            js_on_load=own_text(ASSETS / "explain.js"), elem_id="why-looked", apply_default_css=False
        )
        without = gr.HTML(
            elem_id="why-without",
            html_template='<div aria-live="polite">${value}</div>',
            apply_default_css=False,
        )
    return WhyArea(fold, path, looked, without)


def wire_why_area(services: Services, area: WhyArea, kept: Kept, tree: gr.HTML) -> None:
    """Draw when it is opened, and while it is open for each answer and each row that is chosen; ask for each stroke."""
    seen = asked_while_seen(tree, "why-looked")
    look = make_look(services, kept)
    for event in (area.fold.expand, seen.change, area.looked.select):
        event(
            look,
            area.path,
            area.looked,
            js="streetclip.chosenRow",
            trigger_mode="always_last",
            concurrency_id=MODEL_QUEUE,
            api_visibility="private",
        )
    tree.change(
        None, None, area.without, js="streetclip.nothing", **QUICK
    )  # it was said of the answer before
    area.looked.submit(
        make_without(services, kept),
        None,
        area.without,
        trigger_mode="always_last",
        concurrency_id=MODEL_QUEUE,
        api_visibility="private",
    )
