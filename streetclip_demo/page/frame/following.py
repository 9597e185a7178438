"""What follows the answer only while it is seen: decided in the browser, so that nobody is asked for what is closed."""

import gradio as gr

from streetclip_demo.page.frame.messages import QUICK


def asked_while_seen(shown: gr.HTML, part: str) -> gr.Textbox:
    """A hidden box that changes whenever `shown` does while the part of the page with this elem_id can be seen."""
    asked = gr.Textbox("", visible="hidden", show_label=False, elem_id=f"{part}-asked")
    shown.change(None, asked, asked, js=f"streetclip.askedIfSeen('{part}')", **QUICK)
    return asked
