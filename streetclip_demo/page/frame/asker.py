"""Whether whoever asked is still there: work that nobody waits for ends before the model's next step."""

import gradio as gr
from gradio.context import LocalContext

from streetclip_demo.errors import NobodyWaits


def is_there() -> bool:
    """Whether the client of the listener that runs in this thread still waits. True outside of Gradio's queue.

    Gradio marks an event when the client's stream has ended: a closed tab, a program that hung up.
    """
    blocks, event_id = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    if blocks is None or event_id is None:
        return True
    event = blocks._queue.event_ids_to_events.get(event_id)
    return event is None or event.alive


def check_asker(*_: int) -> None:
    """NobodyWaits once the client is gone. A progress function, too: what it is called with does not matter."""
    if not is_there():
        raise NobodyWaits("The answer was no longer waited for.")


def is_repeated(request: gr.Request) -> bool:
    """Whether a page asks once more, as it got no answer, though the server may have given one."""
    return "streetclip-again" in request.headers  # see connection.js
