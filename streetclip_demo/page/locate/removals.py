"""Labels taken off the list with one click in the tree, and put back again."""

import gradio as gr

from streetclip_demo.errors import LabelError
from streetclip_demo.page.frame.listening import told
from streetclip_demo.page.frame.session import Removal, Visitor
from streetclip_demo.places.outline import remove_line
from streetclip_demo.words.language import text


def remove_label(labels: str, visitor: Visitor, event: gr.EventData) -> tuple[str, gr.Button]:
    """The listener of the tree's remove buttons: the list without that line, and one more step to undo."""
    if visitor.address.locked:
        raise LabelError(text.LABELS_LOCKED)
    question = visitor.session.question
    if question is None or question.labels != labels:  # the tree's line numbers are old
        raise LabelError(text.LIST_HAS_CHANGED)
    place, left = told(event, "place", str), remove_line(labels, told(event, "line", int))
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
