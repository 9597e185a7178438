"""A class plays along: what the lecturer does with a room, in place of a guess of their own."""

import gradio as gr

from streetclip_demo.errors import RoomError, UserError
from streetclip_demo.markup import filled
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUEUED
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.guess import lesson_view, room_view
from streetclip_demo.page.guess.tab import GuessTab, asked_model, run_of, updates
from streetclip_demo.teaching.class_outcome import Outcome, class_outcome, with_model
from streetclip_demo.teaching.lesson_making import has_answers
from streetclip_demo.teaching.lesson_run import LessonRun
from streetclip_demo.teaching.rooms import Room
from streetclip_demo.words.language import text

MOST_ADDRESS = 300  # letters; with the code it fits a QR code that can be read from the last row


def shown(tab: GuessTab) -> list:
    """What every listener here fills, in its order."""
    return [*tab.room.shown, tab.picker, tab.upload, *tab.shown]


# Callbacks


def held(services: Services, key: str) -> Room:
    """The room that a page holds; RoomError where it is over."""
    code, _, secret = key.partition(" ")
    return services.rooms.held(code, secret)


def room_updates(services: Services, room: Room, address: str, theme: str, draw: bool = True) -> list:
    """Values for `shown` while a room is open; `draw` says whether card, photo and map are sent again."""
    run = LessonRun(room.lesson, room.number)
    is_loading = not services.model_state().ready
    return [
        gr.Button(visible=False),
        f"{room.code} {room.secret}",
        room_view.card_html(room, address) if draw else gr.skip(),
        gr.Row(visible=True),
        gr.Button(visible=room.outcome is None),
        gr.Button(visible=room.outcome is not None and not room.is_last),
        gr.Dropdown(visible=False),
        gr.UploadButton(visible=False),
        gr.skip(),
        lesson_view.progress_html(run),
        lesson_view.question_html(run) if draw else gr.skip(),
        room_view.map_drawing(room, services.gazetteer, theme),
        gr.skip(),
        gr.Column(visible=False),
        gr.skip(),
        room_view.result_html(room, is_loading),
        gr.Button(visible=False),
    ]


def own_updates(services: Services, run: LessonRun, theme: str, sentence: str = "") -> list:
    """Values for `shown` once the room is over: the lecturer's own way through the lesson, and why."""
    return [
        gr.Button(visible=True),
        "",
        filled("page/guess/room", "over", sentence),
        gr.Row(visible=False),
        gr.skip(),
        gr.skip(),
        gr.Dropdown(visible=True),
        gr.UploadButton(visible=services.takes_photos),
        *updates(services, run, theme, question=True),
    ]


def make_open(services: Services, kept: Kept):
    """The listener of the button that opens a room for the lesson, at the question that is shown."""

    def open_room(has, theme, address, request: gr.Request):
        if not address.startswith(("http://", "https://")) or len(address) > MOST_ADDRESS:
            raise UserError(text.DOES_NOT_FIT)
        run = run_of(services, kept.visitor(request), has)
        if run.lesson is None or not has_answers(run.lesson):
            raise UserError(text.NO_LESSON)
        client = request.client.host if request.client else ""
        room = services.rooms.open(run.lesson, 0 if run.is_over else run.number, client)
        return room_updates(services, room, address, theme)

    return open_room


def make_take_up(services: Services, tab: GuessTab):
    """The listener for the moment when the tab is first looked at: a page that was reloaded has its room again."""

    def take_up(key, theme, address):
        if not key:
            return [gr.skip()] * len(shown(tab))
        try:
            return room_updates(services, held(services, key), address, theme)
        except RoomError as error:
            over = filled("page/guess/room", "over", str(error))
            return [gr.skip(), "", over, *[gr.skip()] * (len(shown(tab)) - 3)]

    return take_up


def make_reveal(services: Services):
    """The listener that shows the answer, with the model's where it was recorded."""

    def judge(room: Room) -> Outcome:
        return class_outcome(list(room.pins.values()), room.question, services.gazetteer)

    def reveal(key, theme, address):
        held_room = held(services, key)
        room = services.rooms.reveal(held_room.code, held_room.secret, judge)
        return room_updates(services, room, address, theme, draw=False)

    return reveal


def make_ask(services: Services, tab: GuessTab):
    """The listener that hears the model, after the answer has been shown."""

    def ask(key, theme, address):
        room = held(services, key)
        if room.outcome is None or not room.outcome.needs_model:
            return [gr.skip()] * len(shown(tab))
        answer, problem = asked_model(services, room.question)
        outcome = with_model(room.outcome, answer, problem, room.question, services.gazetteer)
        heard = services.rooms.heard_model(room.code, room.secret, room.number, outcome)
        if heard.number != room.number:  # gone on meanwhile
            return [gr.skip()] * len(shown(tab))
        return room_updates(services, heard, address, theme, draw=False)

    return ask


def make_next(services: Services):
    """The listener of the button after the answer."""

    def go_on(key, theme, address):
        room = held(services, key)
        return room_updates(services, services.rooms.next(room.code, room.secret), address, theme)

    return go_on


def make_close(services: Services, kept: Kept):
    """The listener that ends a room; one that is over already says so."""

    def close(key, has, theme, request: gr.Request):
        sentence = ""
        try:
            room = held(services, key)
            services.rooms.close(room.code, room.secret)
        except RoomError as error:
            sentence = str(error)
        run = run_of(services, kept.visitor(request), has)
        return own_updates(services, run, theme, sentence)

    return close


# Wiring


def wire_room_area(services: Services, tab: GuessTab, kept: Kept, begun, theme: gr.Textbox) -> None:
    """Connect the components; `begun` is the listener that begins the first lesson."""
    room, filled_in = tab.room, shown(tab)
    step = [room.key, theme, room.address]
    begun.then(make_take_up(services, tab), step, filled_in, js="streetclip.withRoom", **QUEUED)
    room.open.click(
        make_open(services, kept),
        [tab.has, theme, room.address],
        filled_in,
        js="streetclip.withAddress",
        **QUEUED,
    )
    room.reveal.click(make_reveal(services), step, filled_in, js="streetclip.withAddress", **QUEUED).success(
        make_ask(services, tab),
        step,
        filled_in,
        js="streetclip.withAddress",
        concurrency_id=MODEL_QUEUE,
        api_visibility="private",
        show_progress="hidden",
    )
    room.next.click(make_next(services), step, filled_in, js="streetclip.withAddress", **QUEUED)
    gr.on(
        [room.close.click, room.card.click],
        make_close(services, kept),
        [room.key, tab.has, theme],
        filled_in,
        **QUEUED,
    )
