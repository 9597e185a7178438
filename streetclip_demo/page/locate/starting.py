"""The listener of the tab "Locate" for the moment when the model is there: its default labels, and a first answer."""

import functools
import threading
import time
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.blocks import Block

from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import adds_cities
from streetclip_demo.page.frame.address import asked_cities, example_of, labels_of, preset_of
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.photo_input import shown_photo
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.locate import answering, healing
from streetclip_demo.page.locate.answering import Shown
from streetclip_demo.page.locate.asking import question_from, updates, with_applied
from streetclip_demo.page.locate.examples import strip_html
from streetclip_demo.page.locate.parts import LocateTab
from streetclip_demo.words.language import language


def make_start(services: Services, tab: LocateTab, kept: Kept):
    """The listener; a photo that waited is answered by `make_locate`, in its turn: `tab.waiting` calls it."""
    first_answer = make_first_answer(services)

    def start(values, request: gr.Request):
        visitor = kept.visitor(request)
        told: dict[Block, Any] = {tab.waiting: gr.skip()}
        state = services.model_state()
        if not state.ready:  # after a restart it is awaited once more
            return told
        if state.is_calibrated:
            told[tab.calibrated] = gr.Checkbox(visible=True)
        settled = settled_controls(services, tab, values, visitor)
        # Only what is other than it was: someone may be typing by now.
        told |= {control: value for control, value in settled.items() if value != values[control]}
        if photographs := services.photographs():
            told[tab.strip] = strip_html(services.examples, photographs, language())
        if visitor.session.photo is not None or healing.read(values[tab.has]).has_photo:
            return told | {tab.waiting: time.time_ns()}  # it came before the model was there
        return told | first_shown(services, tab, values | settled, visitor, first_answer)

    return start


def make_first_answer(services: Services) -> Callable[[Question, str], Shown]:
    """What answers a question about the first example: every new visitor meets the same answer."""

    @functools.lru_cache(maxsize=16)
    def compute(question: Question, theme: str, reader: str) -> Shown:
        session = Session(services.open_example(services.first_example()))
        return answering.answer_photo(services, session, question, theme)

    turn = threading.Lock()  # `start` waits in no queue: what it asks the model is asked once

    def first_answer(question: Question, theme: str) -> Shown:
        with turn:
            return compute(question, theme, language())

    return first_answer


def settled_controls(services: Services, tab: LocateTab, values: dict, visitor: Visitor) -> dict[Block, Any]:
    """List, labels and cities as they are to stand: the model's own, unless the address or someone chose others."""
    state, address = services.model_state(), visitor.address
    preset, labels, add_cities = (
        values[tab.labels.preset],
        values[tab.labels.outline],
        values[tab.labels.add_cities],
    )
    if address.cities is None:
        add_cities = add_cities and adds_cities(state.is_practice)
    if address.locked:
        labels = labels_of(services, address)
        preset, add_cities = preset_of(services, labels), asked_cities(services, address, add_cities)
    elif not address.has_list and labels == services.presets.get(preset):  # untouched
        preset = services.default_preset(state)
        labels = services.presets[preset]
    return {tab.labels.preset: preset, tab.labels.outline: labels, tab.labels.add_cities: add_cities}


def first_shown(
    services: Services,
    tab: LocateTab,
    values: dict,
    visitor: Visitor,
    first_answer: Callable[[Question, str], Shown],
) -> dict[Block, Any]:
    """What a page that has no photo shows: an example with its answer, or how to begin."""
    address, theme = visitor.address, values[tab.theme]
    if address.query:  # which is answered in the photo's place: see query_area.py
        return {}
    if not services.example_count():
        shown = answering.opened(services, theme)
        return {} if visitor.uploads else {tab.answer: shown.answer, tab.map: shown.map}
    question = question_from(services, tab, values, visitor)
    if address.asks or not is_usual(
        services, question
    ):  # not what all others meet: in its turn, as any other
        wanted = example_of(services, address)
        number = services.first_example() if wanted is None else wanted
        return example_shown(services, tab, visitor, number) | {tab.waiting: time.time_ns()}
    shown = first_answer(question, theme)
    if visitor.uploads:  # a photo came meanwhile, and its own answer follows
        return {}
    told = example_shown(services, tab, visitor, services.first_example())
    visitor.answered(visitor.session, shown.question, shown.prediction)
    shown = with_applied(shown, values[tab.labels.outline], values[tab.tuning.templates])
    return told | dict(zip(tab.shown, updates(shown), strict=True))


def is_usual(services: Services, question: Question) -> bool:
    """Whether a page asks this that was opened without wishes."""
    state = services.model_state()
    labels = services.presets[services.default_preset(state)]
    return question == Question(labels, add_cities=adds_cities(state.is_practice))


def example_shown(services: Services, tab: LocateTab, visitor: Visitor, number: int) -> dict[Block, Any]:
    """An example in the photo's place, as the visitor's."""
    photo = services.open_example(number)
    visitor.session = Session(photo)
    return {tab.photo: shown_photo(photo.uri), tab.has: healing.written(visitor.session, number)}
