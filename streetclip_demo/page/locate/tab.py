"""The tab "Locate": the answer over photo and map, which are equals; below them labels left, the tree right."""

import functools
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from gradio.blocks import Block

from streetclip_demo.errors import PhotoError, TemplateError, UserError
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import adds_cities
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.clues.clue_area import ClueArea, build_clue_area, wire_clue_area
from streetclip_demo.page.explain.why_area import WhyArea, build_why_area, wire_why_area
from streetclip_demo.page.frame.address import MOST_BEAM, asked_cities, asked_labels, labels_of, preset_of
from streetclip_demo.page.frame.asker import check_asker, is_repeated
from streetclip_demo.page.frame.given_back import give_back_memory
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import ThemeBox, event_field
from streetclip_demo.page.frame.maps import map_view
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUEUED, QUICK
from streetclip_demo.page.frame.photo_input import photo_input, photo_note, preview, shown_photo
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.locate import answering, early, healing
from streetclip_demo.page.locate.answering import Shown
from streetclip_demo.page.locate.examples import known_number, strip_html
from streetclip_demo.page.locate.export_area import ExportArea, build_export_area, wire_export_area
from streetclip_demo.page.locate.labels import (
    applied_html,
    check_html,
    check_templates_html,
    counted_html,
    forget_undone,
    not_applied_html,
    remove_label,
    undo_removal,
)
from streetclip_demo.page.locate.query_area import QueryArea, build_query_area, wire_query_area
from streetclip_demo.page.locate.share_area import ShareArea, build_share_area, wire_share_area
from streetclip_demo.page.locate.shared_answers import SharedAnswers
from streetclip_demo.page.locate.side_area import SideArea, build_side_area, wire_side_area
from streetclip_demo.places.templates import DEFAULT_TEMPLATES, format_templates, parse_templates
from streetclip_demo.words.language import language, text
from streetclip_demo.words.readable import said

ANSWER = '<div aria-live="polite">${value}</div>'  # read aloud whenever it changes
# For listeners of the photo: see photo_input.py; and of many values, each of which would pass a thread of its own
UNPROCESSED: dict[str, Any] = {"preprocess": False, "postprocess": False}


@dataclass(frozen=True, eq=False)
class LocateTab:
    """The tab's components."""

    has: gr.Textbox  # unseen: what the page shows, as healing.py writes it
    lost: gr.Textbox  # unseen: changes when the page is to send its photo again
    back: gr.Textbox  # unseen: changes when the connection to the server is there again
    theme: gr.Textbox  # unseen: "light" or "dark"
    waiting: gr.Textbox  # unseen: changes when the model is there and a photo waits
    photo: gr.Image
    strip: gr.HTML
    preset: gr.Dropdown
    outline: gr.Textbox
    label_check: gr.HTML
    add_cities: gr.Checkbox
    update: gr.Button
    templates: gr.Textbox
    template_check: gr.HTML
    estimator: gr.Dropdown
    beam: gr.Slider
    answer: gr.HTML
    run_anyway: gr.Button
    map: gr.HTML
    undo: gr.Button
    tree: gr.HTML
    notes: gr.HTML
    why: WhyArea
    side: SideArea | None  # where other models are offered
    clues: ClueArea
    query: QueryArea | None  # where the model reads sentences
    share: ShareArea
    export: ExportArea

    @property
    def asked(self) -> set:
        """Components that a question is read from; a listener gets their values as one dict."""
        return {
            self.has,
            self.theme,
            self.outline,
            self.add_cities,
            self.templates,
            self.estimator,
            self.beam,
        }

    @property
    def shown(self) -> list:
        """Components that `updates` fills, in its order."""
        return [self.answer, self.map, self.tree, self.notes, self.run_anyway]


# Callbacks


def updates(shown: Shown) -> list:
    """A Shown as values for LocateTab.shown."""
    parts = (shown.answer, shown.map, shown.tree, shown.notes)
    kept = [gr.skip() if part is None else part for part in parts]
    return [*kept, gr.update(visible=shown.offers_anyway)]


def with_applied(shown: Shown, labels: str, templates: str) -> Shown:
    """An answer that says what its fields held; what is no answer as it is."""
    if shown.prediction is None or shown.answer is None:
        return shown
    return replace(shown, answer=shown.answer + applied_html(labels, templates))


def question_from(services: Services, tab: LocateTab, values: dict, visitor: Visitor) -> Question:
    """The question that the controls ask; on a locked page not with other labels than the address's."""
    address = visitor.address
    return Question(
        labels=asked_labels(services, address, values[tab.outline]),
        templates=parse_templates(values[tab.templates]),
        add_cities=asked_cities(services, address, values[tab.add_cities]),
        beam_width=values[tab.beam],
        estimator=values[tab.estimator],
        anyway=visitor.session.anyway,
    )


def missing(services: Services, visitor: Visitor, theme: str) -> list:
    """What stands in the answer's place without the photo, and the loss's name where the page is to send it again."""
    if gone := visitor.session.gone:  # who asked before that was known is told the same
        return [*updates(answering.nothing_to_locate(services, theme, PhotoError(gone))), gr.skip()]
    return [*updates(answering.lost()), str(visitor.loss())]


def make_locate(services: Services, tab: LocateTab, kept: Kept, shared: SharedAnswers):
    """The listener that answers; it does nothing where the answer stands there already.

    What is wrong stands in the answer's place, as an alert. It is not raised too: what is asked meanwhile waits in the
    browser until the listener is done, and Gradio forgets it if the listener fails. Where the server has no photo
    although the page shows one, the page is asked to send it again, through `tab.lost`.
    """

    def locate(values, request: gr.Request, progress=gr.Progress()):  # noqa: B008 - Gradio looks for it in the signature
        visitor = kept.visitor(request)
        if early.waits(services, visitor, values[tab.has]):
            return [*updates(answering.waiting(services)), gr.skip()]
        early.see(services, visitor)
        if healing.is_lost(services, visitor, values[tab.has]):
            return missing(services, visitor, values[tab.theme])
        session = visitor.session
        try:
            check_asker()  # who waited in the queue may have left
            if not asked_labels(services, visitor.address, values[tab.outline]).strip():
                visitor.session = Session(session.photo, session.anyway)
                return [*updates(answering.emptied(services, values[tab.theme])), gr.skip()]
            question = question_from(services, tab, values, visitor)
        except TemplateError as error:
            visitor.answered(session, None, None)
            return [*updates(answering.beside_its_field(error, session)), gr.skip()]
        except UserError as error:
            visitor.answered(session, None, None)
            return [*updates(answering.not_answered(error)), gr.skip()]
        if session.knows(question) and not is_repeated(request):
            return [gr.skip()] * (len(tab.shown) + 1)

        def report(done: int, total: int) -> None:
            check_asker()
            progress((done, total), desc=text.READING_CAPTIONS)

        def compute() -> Shown:
            return answering.answer_photo(services, session, question, theme, report)

        theme = values[tab.theme]
        if session.photo is None:
            shown = compute()
        else:
            shown = shared.answer(session.photo, (question, theme, language()), compute)
        visitor.answered(session, shown.question, shown.prediction)
        return [*updates(with_applied(shown, values[tab.outline], values[tab.templates])), gr.skip()]

    return locate


def make_come_back(services: Services, kept: Kept):
    """The listener for a page whose connection is there again: asks for its photo, or its answer, if needed."""

    def come_back(has, request: gr.Request):
        visitor = kept.visitor(request)
        if early.waits(services, visitor, has):
            return gr.skip(), time.time_ns()  # which is said in the answer's place
        if healing.is_lost(services, visitor, has):
            return visitor.loss(), gr.skip()
        is_open = visitor.session.photo is not None and visitor.session.prediction is None
        return gr.skip(), time.time_ns() if is_open else gr.skip()

    return come_back


def make_receive(services: Services, tab: LocateTab, kept: Kept):
    """The listener that reads an upload. One that is no photo leaves the photo and its answer as they are."""

    def receive(upload, has, theme, request: gr.Request):
        visitor = kept.visitor(request)
        visitor.uploads += 1
        try:
            session, picture = early.received(services, upload)
        except UserError as error:
            yield as_before(visitor, has, theme, error)
            raise
        visitor.session, shown = session, preview(picture, session.photo)
        del picture  # it is not held while its preview waits to be sent
        give_back_memory()
        yield [
            shown,
            healing.written(visitor.session),
            *[gr.skip()] * 4,
            gr.update(visible=False),
        ]
        yield [gr.skip()] * (2 + len(tab.shown))  # as Gradio sends what a generator yields last once more

    def as_before(visitor: Visitor, has: str, theme: str, error: UserError) -> list:
        healing.is_lost(services, visitor, has)  # an example is taken up again
        photo = visitor.session.photo
        if photo is None:
            return [None, "", *updates(answering.nothing_to_locate(services, theme, error))]
        return [shown_photo(photo.uri), *[gr.skip()] * (1 + len(tab.shown))]

    return receive


def make_receive_again(services: Services, tab: LocateTab, kept: Kept):
    """The listener that reads a photo which the page has sent because the server no longer had it."""

    def receive_again(upload, has, theme, request: gr.Request):
        visitor = kept.visitor(request)
        if not healing.is_lost(services, visitor, has):  # another one was chosen meanwhile
            yield [gr.skip()] * (2 + len(tab.shown))
            return
        try:
            if not upload:
                raise PhotoError(text.PHOTO_LOST)
            session, _ = early.received(services, upload)
        except UserError as error:
            visitor.session = Session(gone=str(error))
            yield [None, "", *updates(answering.nothing_to_locate(services, theme, error))]
            raise  # so that nothing is located after it
        visitor.session = replace(session, anyway=healing.read(has).anyway)
        yield [gr.skip(), healing.written(visitor.session), *[gr.skip()] * len(tab.shown)]

    return receive_again


def make_choose(services: Services, kept: Kept):
    """The listener of the strip of examples."""

    def choose(request: gr.Request, event: gr.EventData):
        visitor = kept.visitor(request)
        visitor.uploads += 1
        number = known_number(services.example_count(), event_field(event, "index", int))
        photo = services.open_example(number)
        visitor.session = Session(photo)
        return shown_photo(photo.uri), healing.written(visitor.session, number)

    return choose


def make_start(services: Services, tab: LocateTab, kept: Kept):
    """The listener for the moment when the model is there: its default labels, and a first example, answered.

    A photo that waited is not answered here but by `make_locate`, in its turn: `tab.waiting` calls it.
    """

    @functools.lru_cache(maxsize=16)  # every new visitor meets the same answer
    def first_answer(question: Question, theme: str, reader: str) -> Shown:
        return answering.answer_photo(
            services, Session(services.open_example(services.first_example())), question, theme
        )

    turn = threading.Lock()  # this listener waits in no queue: what it asks the model is asked once

    def start(values, request: gr.Request):
        visitor = kept.visitor(request)
        address = visitor.address
        preset, labels = values[tab.preset], values[tab.outline]
        state = services.model_state()
        if not state.ready:  # after a restart it is awaited once more
            return {tab.waiting: gr.skip()}
        default = services.default_preset(state)
        add_cities = values[tab.add_cities]
        if address.cities is None:
            add_cities = add_cities and adds_cities(state.is_practice)
        if address.locked:
            labels = labels_of(services, address)
            preset, add_cities = (
                preset_of(services, labels),
                asked_cities(services, address, add_cities),
            )
        elif not address.has_list and labels == services.presets.get(preset):  # untouched
            preset, labels = default, services.presets[default]
        told: dict[Block, Any] = {tab.waiting: gr.skip()}
        if photographs := services.photographs():
            told[tab.strip] = strip_html(services.examples, photographs, language())
        settled: dict[Block, Any] = {tab.preset: preset, tab.outline: labels, tab.add_cities: add_cities}
        # Only what is other than it was: someone may be typing by now.
        told |= {control: value for control, value in settled.items() if value != values[control]}
        if address.query and not visitor.uploads:  # a sentence in the photo's place: see query_area.py
            return told
        # Before the model was there
        if visitor.session.photo is not None or healing.read(values[tab.has]).has_photo:
            return told | {tab.waiting: time.time_ns()}
        if not services.example_count():
            shown = answering.opened(services, values[tab.theme])
            return told if visitor.uploads else told | {tab.answer: shown.answer, tab.map: shown.map}
        settled_values = values | {tab.outline: labels, tab.add_cities: add_cities}
        question = question_from(services, tab, settled_values, visitor)
        is_first = question == Question(services.presets[default], add_cities=adds_cities(state.is_practice))
        if address.asks or not is_first:  # not the answer that all others meet: in its turn, as any other
            number = services.first_example() if address.example is None else address.example
            return told | example_shown(visitor, number) | {tab.waiting: time.time_ns()}
        with turn:
            shown = first_answer(question, values[tab.theme], language())
        if visitor.uploads:  # a photo came meanwhile, and its own answer follows
            return told
        told |= example_shown(visitor, services.first_example())
        visitor.answered(visitor.session, shown.question, shown.prediction)
        shown = with_applied(shown, labels, values[tab.templates])
        return told | dict(zip(tab.shown, updates(shown), strict=True))

    def example_shown(visitor: Visitor, number: int) -> dict:
        photo = services.open_example(number)
        visitor.session = Session(photo)
        return {tab.photo: shown_photo(photo.uri), tab.has: healing.written(visitor.session, number)}

    return start


# Layout


def build_locate_tab(services: Services) -> LocateTab:
    """Place the components; nothing listens yet."""
    first = services.default_preset(services.model_state())
    has = gr.Textbox("", visible="hidden", show_label=False, elem_id="photo-shown")
    lost = gr.Textbox("", visible="hidden", show_label=False, elem_id="photo-lost")
    back = gr.Textbox("", visible="hidden", show_label=False, elem_id="server-back")
    theme = ThemeBox("light", visible="hidden", show_label=False, elem_id="theme")
    waiting = gr.Textbox("", visible="hidden", show_label=False, elem_id="waiting")
    with gr.Row(elem_id="locate", equal_height=False):
        with gr.Column(elem_id="photo-side", min_width=280):
            photo, strip = _photo(services)
            query = build_query_area() if services.locate_query else None
        # The labels come before their results for those who go by the order: what is seen is placed by locate.css.
        with gr.Column(elem_id="label-side", min_width=280):
            labels = _labels(services, first)
        with gr.Column(elem_id="result-side", min_width=280):
            answer = gr.HTML(html_template=ANSWER, elem_id="answer", apply_default_css=False)
            run_anyway = gr.Button(text.RUN_ANYWAY, visible=False, elem_id="run-anyway", size="md")
            the_map = map_view(services.gazetteer)
            with gr.Column(elem_id="more-side", min_width=280):
                with gr.Column(elem_id="tree-part"):
                    undo = gr.Button(visible=False, size="sm", elem_id="undo")
                    tree = gr.HTML(
                        js_on_load=own_text(ASSETS / "tree.js"),
                        elem_id="tree",
                        apply_default_css=False,
                    )
                why = build_why_area()
                side = build_side_area(services) if services.others else None
                clues = build_clue_area()
                share = build_share_area()
                export = build_export_area()
                notes = gr.HTML(
                    elem_id="notes", apply_default_css=False
                )  # last: it moves nothing when it comes
    return LocateTab(
        has=has,
        lost=lost,
        back=back,
        theme=theme,
        waiting=waiting,
        photo=photo,
        strip=strip,
        answer=answer,
        run_anyway=run_anyway,
        map=the_map,
        undo=undo,
        tree=tree,
        notes=notes,
        why=why,
        side=side,
        clues=clues,
        query=query,
        share=share,
        export=export,
        **labels,
    )


def _photo(services: Services) -> tuple[gr.Image, gr.HTML]:
    photo = photo_input(services.takes_photos)
    photo_note(services.takes_photos)
    strip = gr.HTML(
        strip_html(services.examples),
        js_on_load=own_text(ASSETS / "examples.js"),
        elem_id="examples",
        apply_default_css=False,
    )
    return photo, strip


def _labels(services: Services, first: str) -> dict:
    with gr.Accordion(text.LABELS, open=True, elem_id="labels"):
        lists = [*((said(title), title) for title in services.presets), (text.OWN_LIST, "")]
        preset = gr.Dropdown(lists, value=first, label=text.PRESET, elem_id="preset")
        with gr.Column(elem_id="checked-outline", elem_classes="checked"):
            outline = gr.Textbox(
                services.presets[first],
                label=text.OUTLINE,
                info=text.OUTLINE_INFO,
                lines=10,
                max_lines=10,
                elem_id="outline",
            )
            gr.HTML(
                not_applied_html("labels"),
                js_on_load=own_text(ASSETS / "pending.js"),
                apply_default_css=False,
            )
            label_check = gr.HTML(  # a list of ours needs no check, which would take a while at the start
                counted_html(len(services.presets[first].splitlines())),
                elem_id="label-check",
                apply_default_css=False,
            )
        add_cities = gr.Checkbox(True, label=text.ADD_CITIES, elem_id="add-cities", container=False)
        update = gr.Button(text.UPDATE_KEYS, variant="primary", elem_id="update")
    with gr.Accordion(text.FINE_TUNING, open=False, elem_id="fine-tuning"):
        with gr.Column(elem_id="checked-templates", elem_classes="checked"):
            templates = gr.Textbox(
                format_templates(DEFAULT_TEMPLATES),
                label=text.TEMPLATES,
                info=text.TEMPLATES_INFO,
                lines=4,
                max_lines=8,
                elem_id="templates",
            )
            template_check = gr.HTML(elem_id="template-check", apply_default_css=False)
            gr.HTML(not_applied_html("templates"), apply_default_css=False)
        estimator = gr.Dropdown(
            [(name, key) for key, name in text.ESTIMATOR_CHOICES.items()],
            value="greedy",
            label=text.ESTIMATOR,
            elem_id="estimator",
        )
        beam = gr.Slider(1, MOST_BEAM, value=5, step=1, label=text.BEAM, info=text.BEAM_INFO, elem_id="beam")
    return {
        "preset": preset,
        "outline": outline,
        "label_check": label_check,
        "add_cities": add_cities,
        "update": update,
        "templates": templates,
        "template_check": template_check,
        "estimator": estimator,
        "beam": beam,
    }


# Wiring


def wire_locate_tab(services: Services, tab: LocateTab, kept: Kept, model_is_ready: gr.Textbox) -> None:
    """Connect the components with each other and with the model behind the page."""
    locate = make_locate(services, tab, kept, SharedAnswers())
    asking: dict[str, Any] = {
        "inputs": tab.asked,
        "outputs": [*tab.shown, tab.lost],
        "show_progress_on": tab.answer,
        "concurrency_id": MODEL_QUEUE,
        "api_visibility": "private",
        **UNPROCESSED,
    }
    received: dict[str, Any] = {
        "inputs": [tab.photo, tab.has, tab.theme],
        "outputs": [tab.photo, tab.has, *tab.shown],
        "show_progress": "hidden",
        "api_visibility": "private",
        **UNPROCESSED,
    }

    def clear(theme, request: gr.Request):
        kept.visitor(request).session = Session()
        return ["", *updates(answering.nothing_to_locate(services, theme))]

    def changed(outline, request: gr.Request):
        undo = forget_undone(outline, kept.visitor(request))
        return preset_of(services, outline), check_html(outline, services.gazetteer), undo

    def remove(outline, request: gr.Request, event: gr.EventData):
        return remove_label(outline, kept.visitor(request), event)

    def undo(request: gr.Request):
        return undo_removal(kept.visitor(request))

    def run_anyway(has, request: gr.Request):
        visitor = kept.visitor(request)
        visitor.session = visitor.session.run_anyway()
        return healing.asked_anyway(has)

    def question_of(values: dict, visitor: Visitor) -> Question:
        return question_from(services, tab, values, visitor)

    if tab.query:
        shown = [tab.photo, tab.has, *tab.shown]
        wire_query_area(services, tab.query, kept, tab.theme, shown, updates, model_is_ready)
    wire_why_area(services, tab.why, kept, tab.tree)
    if tab.side:
        wire_side_area(services, tab.side, kept, tab.theme, tab.tree, tab.map)
    wire_clue_area(services, tab.clues, kept, tab.has, tab.answer)
    tab.photo.upload(make_receive(services, tab, kept), **received).success(locate, **asking)
    tab.lost.change(
        make_receive_again(services, tab, kept), js="streetclip.withPhotoAgain", **received
    ).success(locate, **asking)
    tab.photo.clear(clear, tab.theme, [tab.has, *tab.shown], **QUICK)
    tab.strip.click(make_choose(services, kept), None, [tab.photo, tab.has], **QUEUED, **UNPROCESSED).success(
        locate, **asking
    )
    tab.preset.input(
        lambda preset: services.presets[preset] if preset else gr.skip(), tab.preset, tab.outline, **QUICK
    ).success(locate, **asking)
    # Here and for the templates not "input", which is not told of what is pasted with the mouse or dropped.
    tab.outline.change(
        changed,
        tab.outline,
        [tab.preset, tab.label_check, tab.undo],
        trigger_mode="always_last",
        **QUICK,
    )
    for removing in (
        tab.tree.click(remove, tab.outline, [tab.outline, tab.undo], **QUEUED),
        tab.undo.click(undo, None, [tab.outline, tab.undo], **QUEUED),
    ):
        removing.success(locate, **asking)
    tab.templates.change(
        check_templates_html, tab.templates, tab.template_check, trigger_mode="always_last", **QUICK
    )
    tab.run_anyway.click(run_anyway, tab.has, tab.has, **QUICK).success(locate, **asking)
    gr.on(
        [
            tab.update.click,
            tab.outline.blur,
            tab.templates.blur,
            tab.add_cities.input,
            tab.estimator.input,
            tab.beam.release,
        ],
        locate,
        trigger_mode="always_last",  # what is asked while an answer is on its way is asked after it
        **asking,
    )
    model_is_ready.change(
        make_start(services, tab, kept),
        {*tab.asked, tab.preset},
        [tab.photo, tab.strip, tab.has, tab.preset, tab.outline, tab.add_cities, tab.waiting, *tab.shown],
        **QUICK,
        **UNPROCESSED,
    )
    tab.waiting.change(locate, **asking)
    # Not "input": a text box of Gradio's reports that for keys that are pressed, not for what a script writes.
    tab.back.change(make_come_back(services, kept), tab.has, [tab.lost, tab.waiting], **QUICK)
    compared = (tab.side.panel, tab.side.together) if tab.side else ()
    wire_share_area(services, tab.share, kept, tab.asked, tab.theme, tab.tree, question_of, compared)
    wire_export_area(services, tab.export, kept, tab.has, tab.theme)
