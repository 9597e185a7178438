"""What phones and the lecturer's page ask of a class's room, below /class/CODE. Knows no Gradio.

A phone asks for its page, the map, the photo and one stream of events, and sends its pin. Nothing in its address is
secret; the lecturer's secret comes in a header.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.errors import RoomError
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.palette import tokens_style
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.serve.rate_limit import Buckets, Rate
from streetclip_demo.teaching.lessons import Lesson
from streetclip_demo.teaching.rooms import Room, Rooms
from streetclip_demo.teaching.told_phones import GRID, phone_map, told
from streetclip_demo.words.countries import country_in, country_names
from streetclip_demo.words.language import catalogue, text, wanted_language
from streetclip_demo.words.said import exactly_said_in

SECRET = "x-room-secret"
PHONE = re.compile(r"[A-Za-z0-9_-]{16,64}")
STATUS = {"ROOM_UNKNOWN": 404, "ROOM_CLOSED": 410, "ROOM_FULL": 409, "ROOM_TOO_LATE": 409, "ROOM_BUSY": 503}
NOT_KEPT = {"cache-control": "no-store"}
RATE = Rate(burst=3000, per_minute=6000)  # of one room: 200 phones that open it at once ask for 1000 things
MOST_STREAMS = 600  # of all rooms together; further phones ask now and then instead
LOOK_SECONDS = 0.3  # between two looks at a room, for each stream
ALIVE_SECONDS = 20.0  # a comment is sent at least so often, so that no proxy takes a stream for dead
PHONE_WORDS = (
    *("PHONE_HELP", "PHONE_SEND", "PHONE_SENT", "PHONE_SEA", "PHONE_NO_PIN", "PHONE_AWAY", "PHONE_CLASS"),
    *("PHONE_MODEL", "PHONE_WAIT", "PHONE_OFFLINE", "PIN_AT", "QUESTION_NUMBER", "IT_WAS"),
    *("UNDER_A_KILOMETRE", "ROOM_CLOSED", "THE_MODEL", "ROOM_RIGHT_SHARE", "RIGHT_COUNTRY", "OTHER_COUNTRY"),
)


class ClassRoutes:
    """The routes of all rooms.

    Parameters
    ----------
    rooms : Rooms
    gazetteer : Gazetteer
        Gives the map.
    """

    def __init__(self, rooms: Rooms, gazetteer: Gazetteer):
        self._rooms, self._gazetteer = rooms, gazetteer
        self._buckets = Buckets(RATE)
        self._streams: dict[str, int] = {}  # code -> phones that listen

    def routes(self) -> list[Route]:
        """For the app's router, before Gradio's own."""
        gets: dict[str, Callable] = {
            "": self.page,
            "/map": self.map,
            "/photo": self.photo,
            "/state": self.state,
            "/events": self.events,
            "/board": self.board,
        }
        found = [
            Route(f"/class/{{code}}{path}", self._in_words(answer), methods=["GET"])
            for path, answer in gets.items()
        ]
        return [
            *found,
            Route("/class/{code}/", self._in_words(self.page), methods=["GET"]),
            Route("/class/{code}/pin", self._in_words(self.pin), methods=["POST"]),
        ]

    # For phones

    async def page(self, request: Request) -> Response:
        """The phone's page; where there is no room, the same page with the sentence that says so."""
        try:
            room = self._room(request)
        except RoomError as error:
            problem, status = self._sentence(request, error.key), STATUS[error.key]
            return HTMLResponse(self._page(request, problem), status, headers=NOT_KEPT)
        return HTMLResponse(self._page(request, "", room.lesson), headers=NOT_KEPT)

    async def map(self, request: Request) -> Response:
        """The outlines; the same for every room of this version."""
        self._room(request)
        headers = {"cache-control": "public, max-age=86400"}
        return Response(self._map, media_type="application/json", headers=headers)

    async def photo(self, request: Request) -> Response:
        """The photo of the question that is shown."""
        return Response(self._room(request).photo, media_type="image/jpeg", headers=NOT_KEPT)

    async def state(self, request: Request) -> Response:
        """What the stream would say now, for a phone that has none."""
        return JSONResponse(told(self._room(request)), headers=NOT_KEPT)

    async def events(self, request: Request) -> Response:
        """The same as events: at once, and whenever it changes, until the room is over."""
        room = self._room(request)
        most = self._rooms.limits.most_phones
        if self._streams.get(room.code, 0) >= most or sum(self._streams.values()) >= MOST_STREAMS:
            raise RoomError(text.ROOM_BUSY, "ROOM_BUSY")
        return StreamingResponse(self._events(room), media_type="text/event-stream", headers=NOT_KEPT)

    async def pin(self, request: Request) -> Response:
        """A phone's pin: {phone, number, latitude, longitude}."""
        room = self._room(request)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return self._wrong_pin(request)
        try:
            said = json.loads(await request.body())
            phone, number = said["phone"], said["number"]
            point = _number(said["latitude"]), _number(said["longitude"])
            if not PHONE.fullmatch(phone) or abs(point[1]) > 180:
                return self._wrong_pin(request)
            self._rooms.put_pin(room.code, phone, number, point)
        except (ValueError, TypeError, LookupError):
            return self._wrong_pin(request)
        return Response(status_code=204)

    # For the lecturer

    async def board(self, request: Request) -> Response:
        """All pins and how many phones listen, for who holds the room's secret; or that it is over."""
        try:
            room = self._rooms.held(request.path_params["code"], request.headers.get(SECRET, ""))
        except RoomError as error:
            if error.key != "ROOM_CLOSED":
                raise
            return JSONResponse(
                {"isOver": True}, headers=NOT_KEPT
            )  # no error: its own page may just have closed it
        said = {
            "number": room.number,
            "isOpen": room.is_open,
            "pins": [[round(value, 3) for value in point] for point in room.pins.values()],
            "phones": self._streams.get(room.code, 0),
        }
        return JSONResponse(said, headers=NOT_KEPT)

    # Inside

    def _in_words(self, answer: Callable) -> Callable:
        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except RoomError as error:
                sentence = self._sentence(request, error.key)
                return JSONResponse({"error": sentence}, STATUS[error.key], headers=NOT_KEPT)

        return answered

    def _room(self, request: Request) -> Room:
        room = self._rooms.room(request.path_params["code"])
        if self._buckets.take(room.code):
            raise RoomError(text.ROOM_BUSY, "ROOM_BUSY")
        return room

    async def _events(self, room: Room) -> AsyncIterator[str]:
        self._streams[room.code] = self._streams.get(room.code, 0) + 1
        turn, silent = -1, 0.0
        try:
            while True:
                if room.turn != turn:
                    turn, silent = room.turn, 0.0
                    yield f"data: {json.dumps(told(room), ensure_ascii=False)}\n\n"
                elif silent >= ALIVE_SECONDS:
                    silent = 0.0
                    yield ": here\n\n"
                await asyncio.sleep(LOOK_SECONDS)
                silent += LOOK_SECONDS
                room = self._rooms.room(room.code)
        except RoomError:
            yield "event: over\ndata: {}\n\n"
        finally:
            self._streams[room.code] -= 1
            if not self._streams[room.code]:
                del self._streams[room.code]

    @cached_property
    def _map(self) -> str:
        outlines = {"grid": GRID, "countries": phone_map(self._gazetteer)}
        return json.dumps(outlines, separators=(",", ":"))

    def _page(self, request: Request, problem: str = "", lesson: Lesson | None = None) -> str:
        language = _language(request)
        words = catalogue(language)
        phone: dict[str, Any] = {key: words[key] for key in PHONE_WORDS}
        phone["said"] = _of_lesson(lesson, language) if lesson else {}
        style = tokens_style() + own_text(ASSETS / "class" / "class.css")
        script = own_text(ASSETS / "class" / "class.js")
        return filled("serve/phone", "page", language, words, json.dumps(phone), style, script, problem)

    def _sentence(self, request: Request, key: str) -> str:
        return catalogue(_language(request))[key]

    def _wrong_pin(self, request: Request) -> Response:
        return JSONResponse({"error": self._sentence(request, "ROOM_WRONG_PIN")}, 400)


def _language(request: Request) -> str:
    return wanted_language(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))


def _of_lesson(lesson: Lesson, language: str) -> dict[str, str]:
    """What a phone may have to say of a lesson, in its language: the sentences of ours, and countries' names."""
    own = {part for one in lesson.questions for part in (one.question, one.credit, one.explanation)}
    own |= {card.title for card in MODELS.values()}  # of which one answers
    found = {sentence: exactly_said_in(sentence, language) for sentence in own}
    if any(one.country for one in lesson.questions):
        found |= {name: country_in(name, language) for name in country_names("en").values()}
    return {english: local for english, local in found.items() if english != local}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return float(value)
