"""The page as its address asks for it: opened so, held to it where the address locks it."""

from html import escape
from typing import Any

import gradio as gr

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.locate.library import ModelState
from streetclip_demo.locate.starting_lists import adds_cities
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


def asked_cities(services: Services, address: Address, chosen: bool) -> bool:
    """Whether cities are added: on a locked page as the address says, or as the model begins, whatever is sent."""
    if not address.locked:
        return chosen
    return adds_cities(services.model_state().is_practice) if address.cities is None else address.cities


def preset_of(services: Services, labels: str) -> str:
    """The name of the list that these labels are; "" for a person's own."""
    return next((title for title, listed in services.presets.items() if listed == labels), "")


def given(services: Services, address: Address) -> dict[str, Any]:
    """What an address puts into the controls; those that it says nothing of are left out."""
    said = {
        "preset": address.preset if address.has_list else None,
        "labels": labels_of(services, address) if address.has_list else None,
        "cities": address.cities,
        "templates": address.templates or None,
        "estimator": address.estimator or None,
        "beam": address.beam,
    }
    return {control: value for control, value in said.items() if value is not None}


def controls(services: Services, address: Address) -> tuple:
    """Updates for preset, labels, cities, templates, estimator and beam, on a page that has just been opened."""
    free: dict[str, Any] = {"interactive": not address.locked}
    said = given(services, address)

    def of(control: str) -> dict[str, Any]:
        return {"value": said[control]} if control in said else {}

    return (
        gr.Dropdown(**free, **of("preset")),
        gr.Textbox(**free, **of("labels")),
        gr.Checkbox(**free, **of("cities")),
        gr.Textbox(**of("templates")),
        gr.Dropdown(**of("estimator")),
        gr.Slider(**of("beam")),
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
