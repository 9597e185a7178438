"""The tab "Locate": photo and labels left; answer, map and tree right."""

import functools
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from streetclip_demo.errors import UserError
from streetclip_demo.page import answering
from streetclip_demo.page.address import Address
from streetclip_demo.page.answering import Shown
from streetclip_demo.page.asker import check_asker, while_there
from streetclip_demo.page.clue_area import ClueArea, build_clue_area, wire_clue_area
from streetclip_demo.page.examples import CHOOSE, open_example, strip_html
from streetclip_demo.page.export_area import ExportArea, build_export_area, wire_export_area
from streetclip_demo.page.labels import check_html, check_templates_html, counted_html
from streetclip_demo.page.language import language, text
from streetclip_demo.page.link import asked_labels, preset_of
from streetclip_demo.page.map_view import map_view
from streetclip_demo.page.messages import HEARD, QUICK, in_words
from streetclip_demo.page.photo_input import photo_input, preview, take_upload
from streetclip_demo.page.provided import Services
from streetclip_demo.page.removals import remove_label, still_undone, undo_button, undo_removal
from streetclip_demo.page.session import Session, Uploads
from streetclip_demo.page.share_area import ShareArea, build_share_area, wire_share_area
from streetclip_demo.photo import Photo, open_photo
from streetclip_demo.predictor import Question
from streetclip_demo.prompts import DEFAULT_TEMPLATES, format_templates, parse_templates

ASSETS = Path(__file__).resolve().parent.parent.parent / "assets"
SESSION_SECONDS = 60 * 60
MODEL_QUEUE = "model"  # listeners that use the model take turns, as many at once as Services.photos_at_once
ANSWER = '<div aria-live="polite">${value}</div>'  # read aloud whenever it changes
AS_IT_IS = {"preprocess": False, "postprocess": False}  # for listeners of the photo: see photo_input.py


@dataclass(frozen=True, eq=False)
class LocateTab:
    """The tab's components."""

    session: gr.State
    uploads: gr.State
    address: gr.State  # what the page's address asked for
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
    removals: gr.State  # tuple of Removal, the last one last
    undo: gr.Button
    tree: gr.HTML
    notes: gr.HTML
    clues: ClueArea
    share: ShareArea
    export: ExportArea

    @property
    def asked(self) -> set:
        """Components that a question is read from; a listener gets their values as one dict."""
        return {
            self.session,
            self.address,
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
        return [self.session, self.answer, self.map, self.tree, self.notes, self.run_anyway]


# Callbacks


def updates(shown: Shown) -> list:
    """A Shown as values for LocateTab.shown."""
    parts = (shown.answer, shown.map, shown.tree, shown.notes)
    kept = [gr.skip() if part is None else part for part in parts]
    return [shown.session, *kept, gr.Button(visible=shown.offers_anyway)]


def question_from(services: Services, tab: LocateTab, values: dict) -> Question:
    """The question that the controls ask; on a locked page not with other labels than the address's."""
    address = values[tab.address]
    return Question(
        labels=asked_labels(services, address, values[tab.outline]),
        templates=parse_templates(values[tab.templates]),
        add_cities=not services.model_state().is_practice if address.locked else values[tab.add_cities],
        beam_width=values[tab.beam],
        estimator=values[tab.estimator],
        anyway=values[tab.session].anyway,
    )


def make_locate(services: Services, tab: LocateTab):
    """The listener that answers; it does nothing where the answer stands there already.

    What is wrong stands in the answer's place, as an alert. It is not raised too: what is asked meanwhile waits in the
    browser until the listener is done, and Gradio forgets it if the listener fails.
    """

    def locate(values, progress=gr.Progress()):  # noqa: B008 - Gradio looks for it in the signature
        session = values[tab.session]
        if session.photo is not None and not services.model_state().ready:
            return updates(answering.waiting(services, session))
        try:
            check_asker()  # who waited in the queue may have left
            question = question_from(services, tab, values)
        except UserError as error:
            return updates(answering.not_answered(session, error))
        if session.knows(question):
            return [gr.skip()] * len(tab.shown)

        def report(done: int, total: int) -> None:
            progress((done, total), desc=text.READING_CAPTIONS)

        answered = answering.answer_photo(services, session, question, values[tab.theme], while_there(report))
        return updates(answered)

    return in_words(locate)


def make_receive(services: Services, tab: LocateTab):
    """The listener that reads an upload and deletes its file."""

    def receive(upload, session, theme, uploads):
        uploads.count += 1
        try:
            photo = open_photo(take_upload(upload))
        except UserError as error:
            shown = answering.nothing_to_locate(services, session.with_photo(None), theme, error)
            yield [None, *updates(shown)]
            raise
        yield [preview(photo.image), session.with_photo(photo), *[gr.skip()] * 4, gr.Button(visible=False)]
        yield [gr.skip()] * (1 + len(tab.shown))  # as Gradio sends what a generator yields last once more

    return in_words(receive)


def make_choose(services: Services):
    """The listener of the strip of examples."""

    def choose(session, uploads, event: gr.EventData):
        uploads.count += 1
        photo = open_example(services.examples[event.index])
        return preview(photo.image), session.with_photo(photo)

    return in_words(choose)


def make_start(services: Services, tab: LocateTab):
    """The listener for the moment when the model is there: its default labels, and a first example, answered.

    A photo that waited is not answered here but by `make_locate`, in its turn: `tab.waiting` calls it.
    """

    @functools.lru_cache(maxsize=16)  # every new visitor meets the same answer
    def first_answer(question: Question, theme: str, reader: str) -> tuple[Photo, Shown]:
        photo = open_example(services.examples[0])
        return photo, answering.answer_photo(services, Session(photo), question, theme)

    def start(values):
        session, uploads, address = values[tab.session], values[tab.uploads], values[tab.address]
        preset, labels = values[tab.preset], values[tab.outline]
        state = services.model_state()
        default = services.default_preset(state)
        # No drawing tells one town from another.
        add_cities = values[tab.add_cities] and not state.is_practice
        if not address.asks and labels == services.presets.get(preset):  # untouched
            preset, labels = default, services.presets[default]
        told = {tab.waiting: gr.skip()}
        settled = {tab.preset: preset, tab.outline: labels, tab.add_cities: add_cities}
        # Only what is other than it was: someone may be typing by now.
        told |= {control: value for control, value in settled.items() if value != values[control]}
        if session.photo is not None:  # received before the model was there
            return told | {tab.waiting: session.photo.digest}
        if not services.examples:
            shown = answering.opened(services, values[tab.theme])
            return told if uploads.count else told | {tab.answer: shown.answer, tab.map: shown.map}
        if address.asks:  # not the first answer that all others meet: in its turn, as any other
            photo = open_example(services.examples[address.example or 0])
            told |= {tab.photo: preview(photo.image), tab.session: session.with_photo(photo)}
            return told | {tab.waiting: photo.digest}
        photo, shown = first_answer(
            question_from(services, tab, values | {tab.outline: labels, tab.add_cities: add_cities}),
            values[tab.theme],
            language(),
        )
        if uploads.count:  # a photo came meanwhile, and its own answer follows
            return told
        return told | {tab.photo: preview(photo.image)} | dict(zip(tab.shown, updates(shown), strict=True))

    return in_words(start)


# Layout


def build_locate_tab(services: Services) -> LocateTab:
    """Place the components; nothing listens yet."""
    first = services.default_preset(services.model_state())
    session = gr.State(Session(), time_to_live=SESSION_SECONDS)
    uploads = gr.State(Uploads())
    address = gr.State(Address())
    theme = gr.Textbox("light", visible="hidden", show_label=False, elem_id="theme")
    waiting = gr.Textbox("", visible="hidden", show_label=False, elem_id="waiting")
    with gr.Row(elem_id="locate", equal_height=False):
        with gr.Column(elem_id="photo-side", min_width=280):
            photo, strip = _photo(services)
        with gr.Column(elem_id="result-side", min_width=280):
            answer = gr.HTML(html_template=ANSWER, elem_id="answer", apply_default_css=False)
            run_anyway = gr.Button(text.RUN_ANYWAY, visible=False, elem_id="run-anyway", size="md")
            the_map = map_view(services.gazetteer)
            with gr.Column(elem_id="tree-part"):
                removals = gr.State((), time_to_live=SESSION_SECONDS)
                undo = gr.Button(visible=False, size="sm", elem_id="undo")
                tree = gr.HTML(
                    js_on_load=(ASSETS / "tree.js").read_text(encoding="utf-8"),
                    elem_id="tree",
                    apply_default_css=False,
                )
            notes = gr.HTML(elem_id="notes", apply_default_css=False)
            clues = build_clue_area()
            share = build_share_area()
            export = build_export_area()
        with gr.Column(elem_id="label-side", min_width=280):
            labels = _labels(services, first)
    return LocateTab(
        session=session,
        uploads=uploads,
        address=address,
        theme=theme,
        waiting=waiting,
        photo=photo,
        strip=strip,
        answer=answer,
        run_anyway=run_anyway,
        map=the_map,
        removals=removals,
        undo=undo,
        tree=tree,
        notes=notes,
        clues=clues,
        share=share,
        export=export,
        **labels,
    )


def _photo(services: Services) -> tuple[gr.Image, gr.HTML]:
    photo = photo_input()
    strip = gr.HTML(
        strip_html(services.examples), js_on_load=CHOOSE, elem_id="examples", apply_default_css=False
    )
    return photo, strip


def _labels(services: Services, first: str) -> dict:
    with gr.Accordion(text.LABELS, open=True, elem_id="labels"):
        lists = [*((title, title) for title in services.presets), (text.OWN_LIST, "")]
        preset = gr.Dropdown(lists, value=first, label=text.PRESET, elem_id="preset")
        outline = gr.Textbox(
            services.presets[first],
            label=text.OUTLINE,
            info=text.OUTLINE_INFO,
            lines=10,
            max_lines=10,
            elem_id="outline",
        )
        label_check = gr.HTML(  # a list of ours needs no check, which would take a while at the start
            counted_html(len(services.presets[first].splitlines())),
            elem_id="label-check",
            apply_default_css=False,
        )
        add_cities = gr.Checkbox(True, label=text.ADD_CITIES, elem_id="add-cities", container=False)
        update = gr.Button(text.UPDATE, variant="primary", elem_id="update")
    with gr.Accordion(text.FINE_TUNING, open=False, elem_id="fine-tuning"):
        templates = gr.Textbox(
            format_templates(DEFAULT_TEMPLATES),
            label=text.TEMPLATES,
            info=text.TEMPLATES_INFO,
            lines=4,
            max_lines=8,
            elem_id="templates",
        )
        template_check = gr.HTML(elem_id="template-check", apply_default_css=False)
        estimator = gr.Dropdown(
            [(name, key) for key, name in text.ESTIMATOR_CHOICES.items()],
            value="beam",
            label=text.ESTIMATOR,
            elem_id="estimator",
        )
        beam = gr.Slider(1, 20, value=5, step=1, label=text.BEAM, info=text.BEAM_INFO, elem_id="beam")
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


def wire_locate_tab(services: Services, tab: LocateTab, model_is_ready: gr.Textbox) -> None:
    """Connect the components with each other and with the model behind the page."""
    locate = make_locate(services, tab)
    asking = {
        "inputs": tab.asked,
        "outputs": tab.shown,
        "show_progress_on": tab.answer,
        "concurrency_id": MODEL_QUEUE,
        "api_visibility": "private",
    }

    wire_clue_area(services, tab.clues, tab.session, tab.answer, concurrency_id=MODEL_QUEUE)
    removed = [tab.removals, tab.undo]

    def changed(outline, removals):
        removals = still_undone(outline, removals)
        checked = check_html(outline, services.gazetteer)
        return preset_of(services, outline), checked, removals, undo_button(removals)

    tab.photo.upload(
        make_receive(services, tab),
        [tab.photo, tab.session, tab.theme, tab.uploads],
        [tab.photo, *tab.shown],
        show_progress="hidden",
        api_visibility="private",
        **AS_IT_IS,
    ).success(locate, **asking)
    tab.photo.clear(
        lambda session, theme: updates(
            answering.nothing_to_locate(services, session.with_photo(None), theme)
        ),
        [tab.session, tab.theme],
        tab.shown,
        **QUICK,
    )
    tab.strip.click(
        make_choose(services), [tab.session, tab.uploads], [tab.photo, tab.session], **HEARD, **AS_IT_IS
    ).success(locate, **asking)
    tab.preset.input(
        lambda preset: services.presets[preset] if preset else gr.skip(), tab.preset, tab.outline, **QUICK
    ).success(locate, **asking)
    # Not "input", which is not told of what is pasted with the mouse or dropped.
    tab.outline.change(
        changed,
        [tab.outline, tab.removals],
        [tab.preset, tab.label_check, *removed],
        trigger_mode="always_last",
        **QUICK,
    )
    for removing in (
        tab.tree.click(
            in_words(remove_label),
            [tab.outline, tab.session, tab.address, tab.removals],
            [tab.outline, *removed],
            **HEARD,
        ),
        tab.undo.click(in_words(undo_removal), tab.removals, [tab.outline, *removed], **HEARD),
    ):
        removing.success(locate, **asking)
    tab.templates.input(
        check_templates_html, tab.templates, tab.template_check, trigger_mode="always_last", **QUICK
    )
    tab.run_anyway.click(lambda session: session.run_anyway(), tab.session, tab.session, **QUICK).success(
        locate, **asking
    )
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
        make_start(services, tab),
        {*tab.asked, tab.preset, tab.uploads},
        [tab.photo, tab.preset, tab.outline, tab.add_cities, tab.waiting, *tab.shown],
        **QUICK,
        **AS_IT_IS,
    )
    tab.waiting.change(locate, **asking)
    wire_share_area(services, tab.share, [tab.session, tab.address, tab.outline, tab.theme], tab.tree)
    wire_export_area(services, tab.export, tab.session, tab.theme)
