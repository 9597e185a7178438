"""The page as its address asks for it: opened so, held to it where the address locks it."""

from html import escape
from typing import Any

import gradio as gr

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.locate.library import ModelState
from streetclip_demo.page.frame.address import Address, Known, read_address
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.words.language import text


def known(services: Services) -> Known:
    """What an address may name on this page."""
    return Known(tuple(services.presets), tuple(example.path.stem for example in services.examples))


def opened_with(services: Services, query: str, before: Address) -> Address:
    """The address of a page that has just been opened; one that is locked stays as it is."""
    return before if before.locked else read_address(query, known(services))


def labels_of(services: Services, address: Address) -> str:
    """The list of labels that an address asks for, or the model's own."""
    preset = address.preset or services.default_preset(services.model_state())
    return address.labels or services.presets[preset]


def asked_labels(services: Services, address: Address, typed: str) -> str:
    """The labels to ask with: on a locked page the address's, whatever the browser sends."""
    return labels_of(services, address) if address.locked else typed


def preset_of(services: Services, labels: str) -> str:
    """The name of the list that these labels are; "" for a person's own."""
    return next((title for title, listed in services.presets.items() if listed == labels), "")


def controls(services: Services, address: Address) -> tuple:
    """Updates for preset, outline and the switch for cities, on a page that has just been opened."""
    free = not address.locked
    has_own = bool(address.labels or address.preset)
    preset: dict[str, Any] = {"value": address.preset} if has_own else {}
    labels: dict[str, Any] = {"value": labels_of(services, address)} if has_own else {}
    return (
        gr.Dropdown(interactive=free, **preset),
        gr.Textbox(interactive=free, **labels),
        gr.Checkbox(interactive=free),
    )


def notes_html(problems: tuple[str, ...]) -> str:
    """What of an address could not be used; "" if all could."""
    lines = "".join(f"<p>{escape(problem)}</p>" for problem in problems)
    return f'<div class="link-notes" role="status">{lines}</div>' if lines else ""


def other_model(address: Address, state: ModelState) -> tuple[str, ...]:
    """One sentence where the link was made with another model than runs here."""
    card = MODELS.get(address.model.lower())
    wanted = card.title if card else address.model
    if not wanted or not state.ready or wanted.casefold() == state.title.casefold():
        return ()
    return (text.ADDRESS_OTHER_MODEL.format(wanted=wanted, title=state.title),)
