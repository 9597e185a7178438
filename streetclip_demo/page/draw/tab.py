"""The tab "Draw": a street drawn from chosen clues, located at once, and what the last change did."""

import random
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from streetclip_demo.errors import UserError
from streetclip_demo.locate.question import Question
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.clues.bench_html import first_html, gate_html, moved_html, readings_html
from streetclip_demo.page.clues.clue_area import clue_shares
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import chosen, event_field
from streetclip_demo.page.frame.maps import answer_drawing, map_view
from streetclip_demo.page.frame.messages import MODEL_QUEUE
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Bench, Visitor
from streetclip_demo.photos.photo import Photo, data_uri
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.practice.facts import CLUES
from streetclip_demo.practice.spots import clue_areas
from streetclip_demo.report.sentences import answer_html
from streetclip_demo.teaching.clue_bench import (
    Drawing,
    changed,
    country_names,
    credits,
    drawing_of,
    moves,
    shown_seed,
)
from streetclip_demo.words.language import text
from streetclip_demo.words.place_names import local_country
from streetclip_demo.words.readable import capital_said, said
from streetclip_demo.words.sorting import in_order

FIRST_COUNTRY = "Japan"
FIRST_SEED = 7


@dataclass(frozen=True, eq=False)
class DrawTab:
    """The tab's components."""

    tab: gr.Tab
    seed: gr.Textbox  # unseen: of the drawing that is shown
    picture: gr.HTML
    country: gr.Dropdown
    another: gr.Button
    clues: dict[str, gr.Dropdown]
    answer: gr.HTML
    moved: gr.HTML
    map: gr.HTML
    readings: gr.HTML

    @property
    def shown(self) -> list:
        """Components that `Shown.updates` fills, in its order."""
        return [self.seed, self.picture, self.answer, self.moved, self.map, self.readings]


# Callbacks


def show(services: Services, visitor: Visitor, drawing: Drawing, theme: str) -> list:
    """Draw, locate, and say what changed since the last drawing; values for DrawTab.shown."""
    question = Question(services.practice_labels, add_cities=False)

    def locate(photo: Photo) -> Prediction:
        return services.locate_drawing(photo, question)

    before, photo = visitor.bench, drawing.photo()
    prediction = locate(photo)
    readings = clue_shares(services.ask_drawing, photo, services.gate.learnt)
    visitor.bench = Bench(drawing, prediction)
    return [
        str(drawing.seed),
        picture_html(photo, drawing),
        answer_html(prediction),
        _moved(services, before, drawing, prediction, locate),
        answer_drawing(prediction, services.gazetteer, theme),
        readings_html(readings, drawing.clues, text.BENCH_READS),
    ]


def _moved(services, before, drawing, prediction, locate) -> str:
    if before.drawing is None or before.drawing.seed != drawing.seed:
        return first_html()
    learnt = services.gate.learnt
    unread = [key for key in changed(before.drawing, drawing) if key not in learnt]
    named = credits(before.drawing, drawing, prediction, locate, learnt)
    return moved_html(moves(before.prediction, prediction), named, unread)


def picture_html(photo: Photo, drawing: Drawing) -> str:
    """The drawing, described by its clues; those that it shows can be chosen where they are seen."""
    uri = data_uri(photo.image, photo.image.width, quality=90)
    phrases = [said(CLUES[key].phrases[value]) for key, value in drawing.clues.items()]
    areas = clue_areas(drawing.clues["side"], drawing.seed)
    things = [(CLUES[key], drawing.clues[key], area) for key, area in areas]
    alt = text.BENCH_ALT.format(clue=text.COMMA.join(phrases))
    return filled("page/draw/draw", "picture", uri, alt, things)


def seed_of(bench: Bench, told: str) -> int:
    """The seed of the drawing that the page shows; where the server has forgotten it, as the page says."""
    if bench.drawing is not None:
        return bench.drawing.seed
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 9 else shown_seed(FIRST_SEED)


def clues_of(tab: DrawTab, values: dict) -> dict[str, str]:
    """The clues that are chosen."""
    return {key: chosen(values[choice]) for key, choice in tab.clues.items()}


def make_draw(services: Services, tab: DrawTab, kept: Kept, theme: gr.Textbox):
    """The listener of the clues."""

    def draw(values, request: gr.Request):
        visitor = kept.visitor(request)
        drawing = Drawing(clues_of(tab, values), seed_of(visitor.bench, values[tab.seed]))
        if drawing == visitor.bench.drawing:  # a choice may be told twice
            return [gr.skip()] * len(tab.shown)
        return show(services, visitor, drawing, values[theme])

    return draw


def make_open(services: Services, tab: DrawTab, kept: Kept, theme: gr.Textbox):
    """The listener for the moment when the tab is looked at."""
    draw = make_draw(services, tab, kept, theme)

    def open_tab(values, request: gr.Request):
        return [gr.skip()] * len(tab.shown) if values[tab.seed] else draw(values, request)

    return open_tab


def make_choose_in_picture(services: Services, tab: DrawTab, kept: Kept, theme: gr.Textbox):
    """The listener of the choices over the picture, each where its clue is seen."""

    def choose_in_picture(values, request: gr.Request, event: gr.EventData):
        key, value = event_field(event, "clue", str), event_field(event, "value", str)
        if key not in CLUES or value not in CLUES[key].values:
            raise UserError(text.DOES_NOT_FIT)
        visitor, clues = kept.visitor(request), clues_of(tab, values) | {key: value}
        drawing = Drawing(clues, seed_of(visitor.bench, values[tab.seed]))
        return [*clues.values(), *show(services, visitor, drawing, values[theme])]

    return choose_in_picture


def make_another(services: Services, tab: DrawTab, kept: Kept, theme: gr.Textbox):
    """The listener of the button for another street with the same clues."""

    def another(values, request: gr.Request):
        drawing = Drawing(clues_of(tab, values), shown_seed(random.randrange(1_000_000)))
        return show(services, kept.visitor(request), drawing, values[theme])

    return another


def make_start_from(services: Services, kept: Kept):
    """The listener of the countries: the clues that are usual there."""

    def start_from(country, seed, theme, request: gr.Request):
        visitor = kept.visitor(request)
        drawing = drawing_of(chosen(country), seed_of(visitor.bench, seed))
        return [*drawing.clues.values(), *show(services, visitor, drawing, theme)]

    return start_from


def in_readers_order() -> dict:
    """The list of countries as its reader looks them up: the page is built once for all languages."""
    english = {local_country(name): name for name in country_names()}
    return gr.update(choices=[(name, english[name]) for name in in_order(english)])


# Layout


def build_draw_tab(services: Services) -> DrawTab:
    """Place the components; nothing listens yet."""
    with gr.Tab(text.DRAW_TAB, id="draw-tab") as tab:
        seed = gr.Textbox("", visible="hidden", show_label=False, elem_id="draw-seed")
        gr.HTML(filled("page/draw/draw", "about"), elem_id="draw-about", apply_default_css=False)
        with gr.Column(elem_id="draw"):
            with gr.Row(elem_id="draw-top", equal_height=False):
                with gr.Row(elem_id="draw-seen", equal_height=False):
                    script = own_text(ASSETS / "draw.js")
                    picture = gr.HTML(elem_id="drawing", js_on_load=script, apply_default_css=False)
                    with gr.Column(elem_id="draw-result", min_width=0):
                        answer = gr.HTML(elem_id="draw-answer", apply_default_css=False)
                        moved = gr.HTML(first_html(), elem_id="draw-moved", apply_default_css=False)
                the_map = map_view(services.gazetteer, elem_id="draw-map")
            with gr.Row(elem_id="draw-start"):
                country = gr.Dropdown(
                    [
                        (local_country(name), name) for name in country_names()
                    ],  # English; see in_readers_order
                    value=FIRST_COUNTRY,
                    label=text.BENCH_START,
                    elem_id="draw-country",
                )
                another = gr.Button(text.BENCH_ANOTHER, elem_id="draw-another", size="md")
            first = drawing_of(FIRST_COUNTRY, FIRST_SEED)
            with gr.Row(elem_id="draw-clues"):
                clues = {key: _choice(key, first) for key in CLUES}
            with gr.Accordion(text.BENCH_READINGS, open=False, elem_id="draw-readings-fold"):
                readings = gr.HTML(elem_id="draw-readings", apply_default_css=False)
            gr.HTML(gate_html(services.gate), elem_id="draw-gate", apply_default_css=False)
    return DrawTab(tab, seed, picture, country, another, clues, answer, moved, the_map, readings)


def _choice(key: str, first: Drawing) -> gr.Dropdown:
    choices = [(said(phrase), value) for value, phrase in CLUES[key].phrases.items()]
    return gr.Dropdown(
        choices,
        value=first.clues[key],
        label=capital_said(CLUES[key].label),
        elem_id=f"clue-{key}",
        min_width=180,
    )


# Wiring


def wire_draw_tab(services: Services, tab: DrawTab, kept: Kept, theme: gr.Textbox) -> None:
    """Draw when the tab is opened and whenever a clue changes."""
    asked: set[Block] = {tab.seed, theme, *tab.clues.values()}
    clues_and_shown = [*tab.clues.values(), *tab.shown]
    waiting: dict[str, Any] = {
        "show_progress": "minimal",
        "show_progress_on": tab.answer,
        "concurrency_id": MODEL_QUEUE,
        "api_visibility": "private",
        "trigger_mode": "always_last",
    }
    chosen_in_picture = make_choose_in_picture(services, tab, kept, theme)
    tab.tab.select(make_open(services, tab, kept, theme), asked, tab.shown, **waiting)
    choices = [choice.input for choice in tab.clues.values()]
    gr.on(choices, make_draw(services, tab, kept, theme), asked, tab.shown, **waiting)
    tab.picture.click(chosen_in_picture, asked, clues_and_shown, **waiting)
    tab.another.click(make_another(services, tab, kept, theme), asked, tab.shown, **waiting)
    start_from = make_start_from(services, kept)
    tab.country.input(start_from, [tab.country, tab.seed, theme], clues_and_shown, **waiting)
