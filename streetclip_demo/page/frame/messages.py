"""The one place where errors become gr.Error, and where the unexpected is logged without photo data."""

import logging
import traceback
from typing import Any, Literal

import gradio as gr

from streetclip_demo.errors import OutOfMemory, UserError
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import said

# How quick listeners listen
QUICK: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}
# And those that may fail when someone asks: Gradio shows errors of unqueued ones to nobody. Not for what follows by
# itself: where two queued ones overlap, Gradio's client may close its stream too early and miss an answer
QUEUED = QUICK | {"queue": True, "concurrency_limit": None}
# Listeners that use the model take turns, as many at once as Services.photos_at_once
MODEL_QUEUE = "model"
log = logging.getLogger("streetclip_demo.page")


def sentence_of(error: UserError) -> str:
    """What a visitor reads of an error; where memory runs out, the error itself tells a host what to do."""
    return text.OUT_OF_MEMORY if isinstance(error, OutOfMemory) else said(str(error))


class ErrorsInWords:
    """Errors that leave this block are readable: a UserError as it stands, anything else as one plain sentence.

    The traceback of the unexpected goes to the log as file, line and function only. Neither its message nor
    any value is written, for they may hold a file's name or a person's labels.
    """

    def __init__(self, name: str):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, kind, error, frames) -> Literal[False]:
        if isinstance(error, UserError):
            raise gr.Error(sentence_of(error), title=text.ERROR_TITLE, print_exception=False) from None
        if isinstance(error, Exception) and not isinstance(error, gr.Error):
            places = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(frames)
            ]
            log.error("%s failed with %s at\n  %s", self.name, kind.__name__, "\n  ".join(places))
            raise gr.Error(text.UNEXPECTED, title=text.ERROR_TITLE, print_exception=False) from None
        return False
