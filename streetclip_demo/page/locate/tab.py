"""The tab "Locate": the answer over photo and map, which are equals; below them labels left, the tree right.

Its listeners lie beside it: asking, receiving, starting, labels. An area has its own file, with `build_` and `wire_`.
"""

from typing import Any

import gradio as gr

from streetclip_demo.locate.question import Question
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.clues.clue_area import build_clue_area, wire_clue_area
from streetclip_demo.page.clues.speaking_line import build_speaking_line, wire_speaking_line
from streetclip_demo.page.explain.why_area import build_why_area, wire_why_area
from streetclip_demo.page.frame.address import preset_of
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import ThemeBox
from streetclip_demo.page.frame.maps import map_view
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUEUED, QUICK
from streetclip_demo.page.frame.photo_input import photo_input, photo_note
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Visitor
from streetclip_demo.page.locate.asking import make_come_back, make_locate, question_from, updates
from streetclip_demo.page.locate.counted_area import build_counted_area, wire_counted_area
from streetclip_demo.page.locate.examples import strip_html
from streetclip_demo.page.locate.export_area import build_export_area, wire_export_area
from streetclip_demo.page.locate.labels import (
    build_label_area,
    check_html,
    check_templates_html,
    forget_undone,
    remove_label,
    undo_removal,
)
from streetclip_demo.page.locate.parts import LocateTab
from streetclip_demo.page.locate.query_area import build_query_area, wire_query_area
from streetclip_demo.page.locate.receiving import (
    make_choose,
    make_clear,
    make_receive,
    make_receive_again,
    make_run_anyway,
)
from streetclip_demo.page.locate.share_area import Beside, build_share_area, wire_share_area
from streetclip_demo.page.locate.shared_answers import SharedAnswers
from streetclip_demo.page.locate.side_area import build_side_area, wire_side_area
from streetclip_demo.page.locate.starting import make_start
from streetclip_demo.page.locate.tuning_area import build_tuning_area
from streetclip_demo.words.language import text

ANSWER = '<div aria-live="polite">${value}</div>'  # read aloud whenever it changes
# For listeners of the photo: see photo_input.py; and of many values, each of which would pass a thread of its own
UNPROCESSED: dict[str, Any] = {"preprocess": False, "postprocess": False}


# Layout


def build_locate_tab(services: Services) -> LocateTab:
    """Place the components; nothing listens yet."""
    unseen = _unseen()
    with gr.Row(elem_id="locate", equal_height=False):
        with gr.Column(elem_id="photo-side", min_width=280):
            photo, strip = _photo(services)
            counted = build_counted_area(services)
            query = build_query_area() if services.locate_query else None
        # The labels come before their results for those who go by the order: what is seen is placed by locate.css.
        with gr.Column(elem_id="label-side", min_width=280):
            labels = build_label_area(services, services.default_preset(services.model_state()))
            tuning = build_tuning_area()
        with gr.Column(elem_id="result-side", min_width=280):
            results = _results(services)
    left: dict[str, Any] = {"photo": photo, "strip": strip, "counted": counted, "query": query}
    return LocateTab(labels=labels, tuning=tuning, **left, **unseen, **results)


def _unseen() -> dict[str, Any]:
    def box(elem_id: str) -> gr.Textbox:
        return gr.Textbox("", visible="hidden", show_label=False, elem_id=elem_id)

    return {
        "has": box("photo-shown"),
        "lost": box("photo-lost"),
        "back": box("server-back"),
        "theme": ThemeBox("light", visible="hidden", show_label=False, elem_id="theme"),
        "waiting": box("waiting"),
    }


def _photo(services: Services) -> tuple[gr.Image, gr.HTML]:
    photo = photo_input(services.takes_photos)
    photo_note(services.takes_photos)
    strip = gr.HTML(
        strip_html(services.examples),
        js_on_load=own_text(ASSETS / "examples.js"),
        elem_id="examples",
        apply_default_css=False,
    )
    return photo, strip


def _results(services: Services) -> dict[str, Any]:
    answer = gr.HTML(html_template=ANSWER, elem_id="answer", apply_default_css=False)
    speaking = build_speaking_line()
    run_anyway = gr.Button(text.RUN_ANYWAY, visible=False, elem_id="run-anyway", size="md")
    the_map = map_view(services.gazetteer)
    with gr.Column(elem_id="more-side", min_width=280):
        return {
            "answer": answer,
            "speaking": speaking,
            "run_anyway": run_anyway,
            "map": the_map,
            **_tree(),
            "why": build_why_area(services),
            "clues": build_clue_area(),
            "side": build_side_area(services) if services.others else None,
            "share": build_share_area(),
            "export": build_export_area(),
            # Last: it moves nothing when it comes
            "notes": gr.HTML(elem_id="notes", apply_default_css=False),
        }


def _tree() -> dict[str, Any]:
    with gr.Column(elem_id="tree-part"):
        undo = gr.Button(visible=False, size="sm", elem_id="undo")
        tree = gr.HTML(js_on_load=own_text(ASSETS / "tree.js"), elem_id="tree", apply_default_css=False)
        switch: dict[str, Any] = {"visible": False, "container": False, "elem_id": "calibrated"}
        calibrated = gr.Checkbox(True, label=text.CALIBRATED, info=text.CALIBRATED_INFO, **switch)
    return {"undo": undo, "tree": tree, "calibrated": calibrated}


# Wiring


def wire_locate_tab(services: Services, tab: LocateTab, kept: Kept, model_is_ready: gr.Textbox) -> None:
    """Connect the components with each other and with the model behind the page."""
    asking: dict[str, Any] = {
        "fn": make_locate(services, tab, kept, SharedAnswers()),
        "inputs": tab.asked,
        "outputs": [*tab.shown, tab.lost],
        "show_progress_on": tab.answer,
        "concurrency_id": MODEL_QUEUE,
        "api_visibility": "private",
        **UNPROCESSED,
    }
    _wire_areas(services, tab, kept, model_is_ready)
    _wire_photo(services, tab, kept, asking)
    wire_counted_area(services, tab.counted, kept, tab.has, asking)
    _wire_labels(services, tab, kept, asking)
    _wire_asking(tab, asking)
    _wire_model(services, tab, kept, asking, model_is_ready)


def _wire_areas(services: Services, tab: LocateTab, kept: Kept, model_is_ready: gr.Textbox) -> None:
    def question_of(values: dict, visitor: Visitor) -> Question:
        return question_from(services, tab, values, visitor)

    if tab.query:
        shown = [tab.photo, tab.has, *tab.shown]
        wire_query_area(services, tab.query, kept, tab.theme, shown, updates, model_is_ready)
    side = tab.side
    asked = wire_side_area(services, side, kept, tab.theme, tab.tree, tab.map) if side else None
    wire_why_area(services, tab.why, kept, tab.tree, asked)
    wire_speaking_line(services, tab.speaking, kept, tab.why.path, tab.tree)
    wire_clue_area(services, tab.clues, kept, tab.has, tab.why.path, tab.answer)
    compared = (side.panel, side.together) if side else ()
    explained = (tab.speaking, tab.why.looked, tab.why.without, tab.why.swept)
    beside = Beside(tab.theme, tab.why.model, (tab.tree, *explained, *compared))
    wire_share_area(services, tab.share, kept, tab.asked, beside, question_of)
    wire_export_area(services, tab.export, kept, tab.has, tab.theme)


def _wire_photo(services: Services, tab: LocateTab, kept: Kept, asking: dict[str, Any]) -> None:
    """A photo that comes in either way is located; one that goes leaves nothing."""
    received: dict[str, Any] = {
        "inputs": [tab.photo, tab.has, tab.theme],
        "outputs": [tab.photo, tab.has, *tab.shown],
        "show_progress": "hidden",
        "api_visibility": "private",
        **UNPROCESSED,
    }
    again = make_receive_again(services, tab, kept)
    chosen = [tab.photo, tab.has, tab.counted.frames, tab.counted.panel]
    for coming in (
        tab.photo.upload(make_receive(services, tab, kept), **received),
        tab.lost.change(again, js="streetclip.withPhotoAgain", **received),
        tab.strip.click(make_choose(services, kept), None, chosen, **QUEUED, **UNPROCESSED),
        tab.run_anyway.click(make_run_anyway(kept), tab.has, tab.has, **QUICK),
    ):
        coming.success(**asking)
    tab.photo.clear(make_clear(services, kept), tab.theme, [tab.has, *tab.shown], **QUICK)


def _wire_labels(services: Services, tab: LocateTab, kept: Kept, asking: dict[str, Any]) -> None:
    """A list that is chosen, or that loses a label through the tree, is asked at once; one that is typed is checked."""

    def choose(preset):
        return services.presets[preset] if preset else gr.skip()

    def changed(outline, request: gr.Request):
        undo = forget_undone(outline, kept.visitor(request))
        return preset_of(services, outline), check_html(outline, services.gazetteer), undo

    def remove(outline, request: gr.Request, event: gr.EventData):
        return remove_label(outline, kept.visitor(request), event)

    def undo(request: gr.Request):
        return undo_removal(kept.visitor(request))

    labels = tab.labels
    for edited in (
        labels.preset.input(choose, labels.preset, labels.outline, **QUICK),
        tab.tree.click(remove, labels.outline, [labels.outline, tab.undo], **QUEUED),
        tab.undo.click(undo, None, [labels.outline, tab.undo], **QUEUED),
    ):
        edited.success(**asking)
    # Here and for the templates not "input", which is not told of what is pasted with the mouse or dropped.
    typed = [labels.preset, labels.check, tab.undo]
    labels.outline.change(changed, labels.outline, typed, trigger_mode="always_last", **QUICK)


def _wire_asking(tab: LocateTab, asking: dict[str, Any]) -> None:
    """The controls themselves; what is asked while an answer is on its way is asked after it."""
    labels, tuning = tab.labels, tab.tuning
    fields = [labels.update.click, labels.outline.blur, tuning.templates.blur]
    chosen = [labels.add_cities.input, tab.calibrated.input, tuning.estimator.input, tuning.beam.release]
    gr.on([*fields, *chosen], trigger_mode="always_last", **asking)
    tuning.templates.change(
        check_templates_html, tuning.templates, tuning.template_check, trigger_mode="always_last", **QUICK
    )


def _wire_model(
    services: Services, tab: LocateTab, kept: Kept, asking: dict[str, Any], model_is_ready: gr.Textbox
) -> None:
    """What happens when the model is there, and when the server is there again."""
    labels = tab.labels
    settled = [labels.preset, labels.outline, labels.add_cities, tab.calibrated]
    model_is_ready.change(
        make_start(services, tab, kept),
        {*tab.asked, labels.preset},
        [tab.photo, tab.strip, tab.has, *settled, tab.waiting, *tab.shown],
        **QUICK,
        **UNPROCESSED,
    )
    tab.waiting.change(**asking)
    # Not "input": a text box of Gradio's reports that for keys that are pressed, not for what a script writes.
    tab.back.change(make_come_back(services, kept), tab.has, [tab.lost, tab.waiting], **QUICK)
