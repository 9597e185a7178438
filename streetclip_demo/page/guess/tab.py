"""The tab "Guess first": a photo, a pin on the map, and only then the answer and what the model said."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from streetclip_demo.errors import NeedsRealModel, UserError
from streetclip_demo.locate.question import Question
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.maps import map_view
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUEUED, QUICK, sentence_of
from streetclip_demo.page.frame.photo_input import take_upload
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Visitor
from streetclip_demo.page.guess import lesson_view
from streetclip_demo.page.guess.room_parts import RoomParts, build_room_parts, room_button
from streetclip_demo.page.guess.typed_place import typed_point
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.places.geo import check_point
from streetclip_demo.report.sentences import message_html
from streetclip_demo.teaching.lesson_run import LessonRun, read_run
from streetclip_demo.teaching.lessons import LessonQuestion, ModelAnswer, read_lesson
from streetclip_demo.teaching.recording import model_answer
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import exactly_said

ANNOUNCED = '<div aria-live="polite">${value}</div>'  # read aloud when it changes


@dataclass(frozen=True, eq=False)
class GuessTab:
    """The tab's components."""

    has: gr.Textbox  # unseen: where the page is in its lesson, as lesson_run.py writes it
    picker: gr.Dropdown
    upload: gr.UploadButton
    problem: gr.HTML
    progress: gr.HTML
    question: gr.HTML
    map: gr.HTML
    controls: gr.Column
    pin: gr.HTML
    typed: gr.Textbox
    put: gr.Button
    spot: gr.Textbox
    guess: gr.Button
    result: gr.HTML
    next: gr.Button
    room: RoomParts

    @property
    def shown(self) -> list:
        """What `updates` fills, in its order."""
        return [
            self.has,
            self.progress,
            self.question,
            self.map,
            self.pin,
            self.controls,
            self.guess,
            self.result,
            self.next,
        ]


# Callbacks


def updates(
    services: Services, run: LessonRun, theme: str, question: bool = False, draw: bool = True
) -> list:
    """Values for GuessTab.shown; `question` and `draw` say whether the photo and the map are sent again."""
    is_open = run.question is not None and run.round is None
    return [
        run.written(),
        lesson_view.progress_html(run),
        lesson_view.question_html(run) if question else gr.skip(),
        lesson_view.map_drawing(run, services.gazetteer, theme) if draw and run.lesson else gr.skip(),
        lesson_view.pin_html(run.pin, services.gazetteer),
        gr.Column(visible=is_open),
        gr.Button(interactive=run.pin is not None, visible=True),
        lesson_view.result_html(run, is_loading=not services.model_state().ready),
        gr.Button(_next_label(run), visible=run.lesson is not None and not is_open),
    ]


def _next_label(run: LessonRun) -> str:
    if run.is_over:
        return text.START_AGAIN
    is_last = run.lesson is not None and run.number + 1 == len(run.lesson.questions)
    return text.SEE_SUMMARY if is_last else text.NEXT_QUESTION


def run_of(services: Services, visitor: Visitor, told: str) -> LessonRun:
    """Where the visitor is; where the server has forgotten it, taken up again from what the page says."""
    if visitor.run.lesson is None and told:
        visitor.run = read_run(told, services.lessons(), services.gazetteer)
        if visitor.run.lesson is None:
            raise UserError(text.LESSON_LOST)
    return visitor.run


def make_open(services: Services, tab: GuessTab, kept: Kept):
    """The listener for the moment when the tab is first looked at: the first lesson begins."""

    def open_lessons(has, theme, request: gr.Request):
        visitor = kept.visitor(request)
        if has or visitor.run.lesson is not None:
            return [gr.skip()] * (len(tab.shown) + 1)
        lessons = services.lessons()
        titles = [lesson.title for lesson in lessons]
        visitor.run = LessonRun(lessons[0]) if lessons else visitor.run
        choices = gr.Dropdown(_titled(titles), value=titles[0] if titles else None)
        return [choices, *updates(services, visitor.run, theme, question=True)]

    return open_lessons


def _titled(titles: Sequence[str]) -> list[tuple[str, str]]:
    """Choices of lessons: as the reader calls them, and by their own titles."""
    return [(exactly_said(title), title) for title in titles]


def make_pick(services: Services, kept: Kept):
    """The listener of the list of lessons."""

    def pick(title, has, theme, request: gr.Request):
        visitor = kept.visitor(request)
        lessons = [lesson for lesson in services.lessons() if lesson.title == title]
        # The other one is a lesson that the person has loaded.
        visitor.run = LessonRun(lessons[0] if lessons else run_of(services, visitor, has).lesson)
        return ["", *updates(services, visitor.run, theme, question=True)]

    return pick


def make_load(services: Services, tab: GuessTab, kept: Kept):
    """The listener that reads a lesson's file and deletes it; with preprocess=False, for Gradio would keep it."""

    def load(upload, theme, request: gr.Request):
        try:
            sent = take_upload(services.uploads, upload) or b""
            lesson = read_lesson(sent, text.LESSON_FILE, services.gazetteer)
        except UserError as error:
            problem = message_html(text.LESSON_NOT_LOADED, sentence_of(error), "error")
            return [problem, gr.skip(), *[gr.skip()] * len(tab.shown)]
        titles = list(dict.fromkeys([lesson.title, *(shipped.title for shipped in services.lessons())]))
        picker = gr.Dropdown(_titled(titles), value=lesson.title)
        run = kept.visitor(request).run = LessonRun(lesson)
        return ["", picker, *updates(services, run, theme, question=True)]

    return load


def make_place(services: Services, kept: Kept):
    """The listener of a click on the map."""

    def place(has, request: gr.Request, event: gr.EventData):
        visitor = kept.visitor(request)
        run = run_of(services, visitor, has)
        with contextlib.suppress(TypeError, ValueError):  # no message of our own map
            latitude: Any = getattr(event, "latitude", None)
            longitude: Any = getattr(event, "longitude", None)
            run = run.with_pin(check_point(latitude, longitude))
        visitor.run = run
        return (
            run.written(),
            lesson_view.pin_html(run.pin, services.gazetteer),
            gr.Button(interactive=run.pin is not None),
        )

    return place


def make_type(services: Services, kept: Kept):
    """The listener of a typed place: the pin, what is said of it, the button, and the point for the map."""

    def put(has, typed, request: gr.Request):
        if not typed.strip():
            return [gr.skip()] * 4
        try:
            point = typed_point(typed, services.gazetteer)
        except UserError as error:
            problem = filled("page/guess/lesson", "problem", sentence_of(error))
            return gr.skip(), problem, gr.skip(), ""
        visitor = kept.visitor(request)
        run = visitor.run = run_of(services, visitor, has).with_pin(point)
        return (
            run.written(),
            lesson_view.pin_html(run.pin, services.gazetteer),
            gr.Button(interactive=True),
            f"{point[0]} {point[1]}",
        )

    return put


def make_guess(services: Services, kept: Kept):
    """The listener of the button: the person's own result, and the model's too where it was recorded."""

    def guess(has, theme, request: gr.Request):
        visitor = kept.visitor(request)
        run = visitor.run = run_of(services, visitor, has).guessed(services.gazetteer)
        is_soon = run.needs_model and services.model_state().ready  # then the map is drawn once, with both
        return updates(services, run, theme, draw=not is_soon)

    return guess


def make_ask(services: Services, tab: GuessTab, kept: Kept):
    """The listener that hears the model, after the guess."""

    def ask(has, theme, request: gr.Request):
        visitor = kept.visitor(request)
        run = run_of(services, visitor, has)
        if not run.needs_model:
            return [gr.skip()] * len(tab.shown)
        assert run.question is not None  # a run that needs the model has one
        answer, problem = asked_model(services, run.question)
        if visitor.run is not run:  # gone on meanwhile
            return [gr.skip()] * len(tab.shown)
        visitor.run = run.answered(answer, problem, services.gazetteer)
        return updates(services, visitor.run, theme)

    return ask


def asked_model(services: Services, question: LessonQuestion) -> tuple[ModelAnswer | None, str]:
    """What the model says of a question, or why it says nothing."""
    asked = Question(question.labels, add_cities=False)
    try:
        return model_answer(services.locate(open_photo(question.photo), asked, None)), ""
    except NeedsRealModel:
        return None, text.MODEL_CANNOT
    except UserError as error:
        return None, text.MODEL_FAILED.format(reason=sentence_of(error))


def make_next(services: Services, kept: Kept):
    """The listener of the button after the answer: the next question, the summary, or the lesson once more."""

    def go_on(has, theme, request: gr.Request):
        visitor = kept.visitor(request)
        run = run_of(services, visitor, has)
        run = visitor.run = LessonRun(run.lesson) if run.is_over else run.next()
        return ["", *updates(services, run, theme, question=True)]

    return go_on


# Layout


def build_guess_tab(services: Services) -> GuessTab:
    """Place the components; nothing listens yet, and no lesson is read."""
    has = gr.Textbox("", visible="hidden", show_label=False, elem_id="lesson-shown")
    with gr.Row(elem_id="lesson-head"):
        picker = gr.Dropdown([], label=text.LESSON, filterable=False, elem_id="lesson-picker")
        upload = gr.UploadButton(
            text.LOAD_LESSON,
            file_types=[".json"],
            elem_id="lesson-upload",
            size="md",
            visible=services.takes_photos,  # a lesson brings its photos
        )
        open_room = room_button()
        progress = gr.HTML(elem_id="lesson-progress", apply_default_css=False)
    problem = gr.HTML(elem_id="lesson-problem", apply_default_css=False)
    room = build_room_parts(open_room)
    with gr.Row(elem_id="lesson", equal_height=False):
        with gr.Column(elem_id="lesson-photo-side", min_width=280):
            question = gr.HTML(elem_id="lesson-question", apply_default_css=False)
        with gr.Column(elem_id="lesson-map-side", min_width=280):
            controls = _controls()
            with gr.Column(elem_id="lesson-answer"):
                result = gr.HTML(elem_id="lesson-result", html_template=ANNOUNCED, apply_default_css=False)
                go_on = gr.Button(
                    text.NEXT_QUESTION, variant="primary", visible=False, elem_id="next-question"
                )
            script = own_text(ASSETS / "guess.js")
            the_map = map_view(services.gazetteer, elem_id="lesson-map", script=script)
    return GuessTab(
        has=has,
        picker=picker,
        upload=upload,
        problem=problem,
        progress=progress,
        question=question,
        map=the_map,
        result=result,
        next=go_on,
        room=room,
        **controls,
    )


def _controls() -> dict:
    with gr.Column(elem_id="lesson-controls") as controls:
        pin = gr.HTML(elem_id="lesson-pin", html_template=ANNOUNCED, apply_default_css=False)
        with gr.Row(elem_id="lesson-typing"):
            typed = gr.Textbox(
                label=text.TYPE_A_PLACE, placeholder=text.TYPE_A_PLACE_EXAMPLE, elem_id="lesson-typed"
            )
            put = gr.Button(text.PUT_PIN, elem_id="lesson-put")
            guess = gr.Button(text.GUESS, variant="primary", interactive=False, elem_id="lesson-guess")
        spot = gr.Textbox("", visible="hidden", show_label=False, elem_id="lesson-spot")
    return {"controls": controls, "pin": pin, "typed": typed, "put": put, "guess": guess, "spot": spot}


# Wiring


def wire_guess_tab(services: Services, tab: GuessTab, kept: Kept, page: gr.Tab, theme: gr.Textbox):
    """Connect the components; the lesson begins when the tab is selected, by the listener that is returned."""
    begun = _wire_lessons(services, tab, kept, page, theme)
    _wire_round(services, tab, kept, theme)
    return begun


def _wire_lessons(services: Services, tab: GuessTab, kept: Kept, page: gr.Tab, theme: gr.Textbox):
    """A lesson begins: the first, one that is picked, or a person's own file."""
    begun = page.select(make_open(services, tab, kept), [tab.has, theme], [tab.picker, *tab.shown], **QUEUED)
    begun.then(
        lambda: services.gazetteer.country_at([(0, 0)]) and None,
        None,
        None,
        **QUICK,  # read before the first pin
    )
    # As it is: which lessons there are, only the visitor's own page knows.
    tab.picker.input(
        make_pick(services, kept),
        [tab.picker, tab.has, theme],
        [tab.problem, *tab.shown],
        preprocess=False,
        **QUEUED,
    )
    tab.upload.upload(
        make_load(services, tab, kept),
        [tab.upload, theme],
        [tab.problem, tab.picker, *tab.shown],
        preprocess=False,
        **QUEUED,
    )
    return begun


def _wire_round(services: Services, tab: GuessTab, kept: Kept, theme: gr.Textbox) -> None:
    """A pin, the guess, the model's answer, and the next question."""
    where: Sequence = [tab.has, theme]
    tab.map.click(make_place(services, kept), tab.has, [tab.has, tab.pin, tab.guess], **QUEUED)
    gr.on(
        [tab.put.click, tab.typed.submit],
        make_type(services, kept),
        [tab.has, tab.typed],
        [tab.has, tab.pin, tab.guess, tab.spot],
        **QUEUED,
    ).success(None, tab.spot, None, js="streetclip.tellMap", **QUICK)
    tab.guess.click(make_guess(services, kept), where, tab.shown, **QUEUED).success(
        None, None, None, js="streetclip.focusNext", **QUICK
    ).success(
        make_ask(services, tab, kept),
        where,
        tab.shown,
        concurrency_id=MODEL_QUEUE,
        api_visibility="private",
        show_progress="hidden",
    )
    tab.next.click(make_next(services, kept), where, [tab.typed, *tab.shown], **QUEUED).success(
        None, None, None, js="streetclip.focusQuestion", **QUICK
    )
