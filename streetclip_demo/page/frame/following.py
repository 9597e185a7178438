"""What follows an answer: the row that is chosen in its tree, and what is asked only while it is seen.

Both are known in the browser: nobody is asked for what is closed.
"""

import json
from collections.abc import Sequence

import gradio as gr

from streetclip_demo.errors import UserError
from streetclip_demo.page.frame.messages import QUICK
from streetclip_demo.words.language import text


def chosen_path(value: str) -> tuple[str, ...]:
    """The row that is chosen in the tree, as tree.js has it: a JSON list of names; "" for none."""
    if not value:
        return ()
    try:
        path = json.loads(value)
    except ValueError:
        path = None
    if not isinstance(path, list) or not all(isinstance(name, str) for name in path):
        raise UserError(text.DOES_NOT_FIT)
    return tuple(path)


def asked_while_seen(shown: Sequence[gr.HTML], part: str) -> gr.Textbox:
    """A hidden box that changes whenever one of `shown` does while the part with this elem_id can be seen."""
    asked = gr.Textbox("", visible="hidden", show_label=False, elem_id=f"{part}-asked")
    changes = [one.change for one in shown]
    gr.on(changes, None, asked, asked, js=f"streetclip.askedIfSeen('{part}')", **QUICK)
    return asked
