"""The label list under a person's hands, without the model: checked while they type; labels taken off and put back."""

import zlib
from dataclasses import dataclass

import gradio as gr

from streetclip_demo.errors import LabelError, TemplateError
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.frame.listening import event_field
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Removal, Visitor
from streetclip_demo.places.candidates import count_labels, parse_outline
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.outline import remove_line
from streetclip_demo.places.templates import parse_templates
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import grouped, said


@dataclass(frozen=True, eq=False)
class LabelArea:
    """The list's components."""

    preset: gr.Dropdown
    outline: gr.Textbox
    check: gr.HTML
    add_cities: gr.Checkbox
    update: gr.Button


def check_html(outline: str, gazetteer: Gazetteer) -> str:
    """How many labels there are, and what is to be said about single lines."""
    try:
        parsed = parse_outline(outline, gazetteer)
    except LabelError as error:
        return _problems(str(error))
    counted = counted_html(count_labels(parsed.roots))
    notes = parsed.notes  # at most 20 in all
    return counted + (filled("page/locate/labels", "notes", notes) if notes else "")


def counted_html(count: int) -> str:
    """How many labels there are."""
    counted = text.ONE_LABEL_COUNTED if count == 1 else text.LABELS_COUNTED.format(count=grouped(count))
    return filled("page/locate/labels", "counted", counted)


def check_templates_html(templates: str) -> str:
    """What is wrong with the templates; "" if nothing is."""
    try:
        parse_templates(templates)
    except TemplateError as error:
        return _problems(str(error))
    return ""


def applied_html(labels: str, templates: str) -> str:
    """Goes with an answer: what it was asked with, for assets/pending.js to tell whether the fields say so still."""
    sums = [zlib.crc32(field.encode("utf-8", "replace")) for field in (labels, templates)]
    return filled("page/locate/labels", "applied", *sums)


def not_applied_html(field: str) -> str:
    """The note beside a field, "labels" or "templates", that was edited since; not to be seen at first."""
    return filled("page/locate/labels", "not_applied", field)


def _problems(message: str) -> str:
    return filled("page/locate/labels", "problems", [line for line in message.splitlines() if line.strip()])


def remove_label(labels: str, visitor: Visitor, event: gr.EventData) -> tuple[str, gr.Button]:
    """The listener of the tree's remove buttons: the list without that line, and one more step to undo."""
    if visitor.address.locked:
        raise LabelError(text.LABELS_LOCKED)
    question = visitor.session.question
    if question is None or question.labels != labels:  # the tree's line numbers are old
        raise LabelError(text.LIST_HAS_CHANGED)
    place, left = event_field(event, "place", str), remove_line(labels, event_field(event, "line", int))
    visitor.removals = (*visitor.removals, Removal(place, labels, left))
    return left, undo_button(visitor)


def undo_removal(visitor: Visitor) -> tuple[str, gr.Button]:
    """The listener of the button "Undo": the list exactly as it was before the last removal."""
    if not visitor.removals:
        raise LabelError(text.UNDO_LOST)
    *before, last = visitor.removals
    visitor.removals = tuple(before)
    return last.labels, undo_button(visitor)


def forget_undone(labels: str, visitor: Visitor) -> gr.Button:
    """The button "Undo" for this list: none after an edit, which undoing would lose."""
    if visitor.removals and visitor.removals[-1].left != labels:
        visitor.removals = ()
    return undo_button(visitor)


def undo_button(visitor: Visitor) -> gr.Button:
    """The button "Undo", which is only there when something has been removed."""
    if not visitor.removals:
        return gr.Button(visible=False)
    return gr.Button(text.UNDO.format(place=visitor.removals[-1].name), visible=True)


def build_label_area(services: Services, first: str) -> LabelArea:
    """Place the components, with the list of that name; nothing listens yet."""
    with gr.Accordion(text.LABELS, open=True, elem_id="labels"):
        lists = [*((said(title), title) for title in services.presets), (text.OWN_LIST, "")]
        preset = gr.Dropdown(lists, value=first, label=text.PRESET, elem_id="preset")
        with gr.Column(elem_id="checked-outline", elem_classes="checked"):
            outline = gr.Textbox(
                services.presets[first],
                label=text.OUTLINE,
                info=text.OUTLINE_INFO,
                lines=10,
                max_lines=10,
                elem_id="outline",
            )
            gr.HTML(
                not_applied_html("labels"),
                js_on_load=own_text(ASSETS / "pending.js"),
                apply_default_css=False,
            )
            check = gr.HTML(  # a list of ours needs no check, which would take a while at the start
                counted_html(len(services.presets[first].splitlines())),
                elem_id="label-check",
                apply_default_css=False,
            )
        add_cities = gr.Checkbox(True, label=text.ADD_CITIES, elem_id="add-cities", container=False)
        update = gr.Button(text.UPDATE_KEYS, variant="primary", elem_id="update")
    return LabelArea(preset, outline, check, add_cities, update)
