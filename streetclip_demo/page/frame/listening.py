"""Listeners that a client can call with anything: what does not fit the page is told to who sent it, and not logged."""

from typing import Literal, TypeVar

import gradio as gr
from gradio.context import LocalContext

from streetclip_demo.errors import UserError
from streetclip_demo.page.frame.messages import ErrorsInWords
from streetclip_demo.words.language import text

Kind = TypeVar("Kind")


class ListeningBlocks(gr.Blocks):
    """Blocks whose every error is a sentence.

    Gradio itself writes a traceback, with what was sent in it, for each value that a component cannot take.
    """

    async def preprocess_data(self, block_fn, inputs, state, explicit_call=False):
        """The values of a listener, as its components understand them."""
        with _ValuesThatFit():
            values = await super().preprocess_data(block_fn, inputs, state, explicit_call)
            return [_fitting(block, value) for block, value in zip(block_fn.inputs, values, strict=True)]

    async def process_api(self, block_fn, inputs, *settings, **named):  # as Gradio calls it
        """What a listener answers; an error of ours is logged without its values."""
        LocalContext.request.set(named.get("request"))  # the sentences are in the language of who asks
        with ErrorsInWords(block_fn.name):
            return await super().process_api(block_fn, inputs, *settings, **named)


class ThemeBox(gr.Textbox):
    """Where the browser says which theme it shows."""

    is_template = True  # for the browser it is a text box


# What the components that our listeners read give them; Gradio hands some values on as they came.
KINDS = {gr.Textbox: str, gr.Dropdown: str | None, gr.Checkbox: bool, gr.Slider: int | float}


def _fitting(block, value):
    """A value as our listeners expect it. A text that a client leaves out is an empty one."""
    if isinstance(block, ThemeBox):
        return "dark" if value == "dark" else "light"
    if isinstance(block, gr.Textbox) and value is None:
        return ""
    for component, kind in KINDS.items():
        if isinstance(block, component) and not isinstance(value, kind):
            raise TypeError
    return value


class _ValuesThatFit:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, frames) -> Literal[False]:
        if isinstance(error, gr.Error):
            error.print_exception = False
        elif isinstance(error, Exception):  # components raise whatever their libraries raise
            raise gr.Error(text.DOES_NOT_FIT, title=text.ERROR_TITLE, print_exception=False) from None
        return False


def chosen(value: str | None) -> str:
    """The value of a list from which the page always has one chosen."""
    if value is None:
        raise UserError(text.DOES_NOT_FIT)
    return value


def event_field(event: gr.EventData, name: str, kind: type[Kind]) -> Kind:
    """A field of what a script of the page reports with an event."""
    fields = event._data if isinstance(event._data, dict) else {}
    value = fields.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise UserError(text.DOES_NOT_FIT)
    return value
