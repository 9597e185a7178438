"""Labels taken off the list with one click in the tree, and put back again."""

from dataclasses import dataclass

import gradio as gr

from streetclip_demo.errors import LabelError
from streetclip_demo.outline_text import remove_line
from streetclip_demo.page.address import Address
from streetclip_demo.page.language import text
from streetclip_demo.page.listening import told
from streetclip_demo.page.session import Session


@dataclass(frozen=True)
class Removal:
    """A label that was removed."""

    name: str
    labels: str  # the list as it was before
    left: str  # and after


def remove_label(
    labels: str, session: Session, address: Address, removals: tuple[Removal, ...], event: gr.EventData
) -> tuple[str, tuple[Removal, ...], gr.Button]:
    """The listener of the tree's remove buttons: the list without that line, and one more step to undo."""
    if address.locked:
        raise LabelError(text.LABELS_LOCKED)
    if session.question is None or session.question.labels != labels:  # the tree's line numbers are old
        raise LabelError(text.LIST_HAS_CHANGED)
    place, left = told(event, "place", str), remove_line(labels, told(event, "line", int))
    removals = (*removals, Removal(place, labels, left))
    return left, removals, undo_button(removals)


def undo_removal(removals: tuple[Removal, ...]) -> tuple[str, tuple[Removal, ...], gr.Button]:
    """The listener of the button "Undo": the list exactly as it was before the last removal."""
    if not removals:  # the button is not there then
        raise LabelError(text.DOES_NOT_FIT)
    return removals[-1].labels, removals[:-1], undo_button(removals[:-1])


def still_undone(labels: str, removals: tuple[Removal, ...]) -> tuple[Removal, ...]:
    """The removals that can be undone with this list: none after an edit, which undoing would lose."""
    return removals if removals and removals[-1].left == labels else ()


def undo_button(removals: tuple[Removal, ...]) -> gr.Button:
    """The button "Undo", which is only there when something has been removed."""
    if not removals:
        return gr.Button(visible=False)
    return gr.Button(text.UNDO.format(place=removals[-1].name), visible=True)
