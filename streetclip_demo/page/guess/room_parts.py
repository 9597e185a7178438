"""The components of a class's room, on the tab "Guess first". Nothing listens here."""

from dataclasses import dataclass

import gradio as gr

from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.words.language import text


@dataclass(frozen=True, eq=False)
class RoomParts:
    """What `room_area.py` fills."""

    open: gr.Button
    key: gr.Textbox  # unseen: code and secret of the room that this page holds
    address: gr.Textbox  # unseen: the page's own, which the browser fills in when it is asked for
    card: gr.HTML
    buttons: gr.Row
    reveal: gr.Button
    next: gr.Button
    close: gr.Button

    @property
    def shown(self) -> list:
        """What is filled at each step, in its order."""
        return [self.open, self.key, self.card, self.buttons, self.reveal, self.next]


def room_button() -> gr.Button:
    """The way into a room, beside the list of lessons."""
    return gr.Button(text.ROOM_OPEN, elem_id="room-open", size="md")


def build_room_parts(open_button: gr.Button) -> RoomParts:
    """Place the rest."""
    key = gr.Textbox("", visible="hidden", show_label=False, elem_id="room-key")
    address = gr.Textbox("", visible="hidden", show_label=False, elem_id="room-address")
    card = gr.HTML(
        js_on_load=own_text(ASSETS / "room.js"), elem_id="room", apply_default_css=False, show_label=False
    )
    with gr.Row(elem_id="room-buttons", visible=False) as buttons:
        reveal = gr.Button(text.ROOM_REVEAL, variant="primary", elem_id="room-reveal")
        following = gr.Button(text.NEXT_QUESTION, variant="primary", visible=False, elem_id="room-next")
        close = gr.Button(text.ROOM_CLOSE, elem_id="room-close")
    return RoomParts(open_button, key, address, card, buttons, reveal, following, close)
