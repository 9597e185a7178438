"""Rooms in which a class plays along: who may do what, for how long, and how many. Knows no web and no page.

A room is a value that is replaced at each step, so who reads one needs no lock. Nothing of it is written anywhere.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from streetclip_demo.errors import RoomError
from streetclip_demo.photos.photo import Photo, open_photo, small_jpeg
from streetclip_demo.places.geo import check_point
from streetclip_demo.teaching.class_outcome import Outcome
from streetclip_demo.teaching.lessons import Lesson, LessonQuestion
from streetclip_demo.words.language import text

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE_LETTERS = 6  # 9e8 codes
SECRET_BYTES = 16
PHOTO_SIZES = ((960, 80), (960, 65), (720, 65), (540, 60), (360, 50))  # longest side in pixels, quality
MOST_PHOTO_BYTES = 75_000  # to a phone; with page and map it has 150 KB at most
REMEMBERED_CLOSED = 200

Point = tuple[float, float]  # latitude, longitude in degrees
NO_PINS: Mapping[str, Point] = MappingProxyType({})


@dataclass(frozen=True)
class RoomLimits:
    """How many, how large, how long."""

    most_rooms: int = 40
    most_rooms_of_client: int = 8  # a school has several teachers behind one address
    most_phones: int = 300
    most_bytes: int = 256_000_000  # of the photos of all lessons that lie in rooms
    open_seconds: float = 2 * 3600
    idle_seconds: float = 15 * 60  # without a word from the lecturer's page


@dataclass(frozen=True, eq=False)
class Room:
    """A class at a question of a lesson."""

    code: str
    secret: str
    lesson: Lesson
    client: str  # the network address that opened it
    opened: float  # when, by the clock of `Rooms`
    number: int = 0  # of the question, from 0
    photo: bytes = b""  # of the question, as phones get it
    pins: Mapping[str, Point] = field(default_factory=lambda: NO_PINS)  # phone -> its pin
    is_open: bool = True  # takes pins
    outcome: Outcome | None = None  # once the answer is shown
    turn: int = 0  # goes up with every change but that of a pin

    @property
    def question(self) -> LessonQuestion:
        return self.lesson.questions[self.number]

    @property
    def is_last(self) -> bool:
        return self.number + 1 == len(self.lesson.questions)

    @property
    def size(self) -> int:
        """Bytes of its lesson's photos."""
        return sum(len(question.photo) for question in self.lesson.questions)


class Rooms:
    """All rooms of the app, by code. Safe to use from several threads."""

    def __init__(self, limits: RoomLimits | None = None, clock: Callable[[], float] = time.monotonic):
        self.limits = limits or RoomLimits()
        self._clock, self._lock = clock, threading.Lock()
        self._rooms: dict[str, Room] = {}
        self._heard: dict[str, float] = {}  # when the lecturer's page was heard last
        self._closed: OrderedDict[str, None] = OrderedDict()  # codes alone

    def __len__(self) -> int:
        return len(self._rooms)

    def sweep(self) -> int:
        """Forget the rooms whose time is over; how many are left. To be called now and then."""
        with self._lock:
            self._sweep()
            return len(self._rooms)

    # The lecturer

    def open(self, lesson: Lesson, number: int = 0, client: str = "") -> Room:
        """A new room at a question of a lesson.

        Raise RoomError where there are too many, of all or of this client, or the photos of all of them would be
        too large.
        """
        room = _at(Room("", secrets.token_urlsafe(SECRET_BYTES), lesson, client, self._clock()), number)
        with self._lock:
            self._sweep()
            self._check_space(room)
            room = replace(room, code=self._new_code())
            self._rooms[room.code] = room
            self._heard[room.code] = self._clock()
        return room

    def held(self, code: str, secret: str) -> Room:
        """The room, for who holds its secret; that says too that the lecturer is still there."""
        with self._lock:
            return self._held(code, secret)

    def reveal(self, code: str, secret: str, judge: Callable[[Room], Outcome]) -> Room:
        """The answer is shown: no pin is taken any more. `judge` makes the outcome of the pins, which takes a while."""
        with self._lock:
            room = self._held(code, secret)
            if room.outcome:
                return room
            closed = self._put(replace(room, is_open=False))
        outcome = judge(closed)
        with self._lock:
            room = self._held(code, secret)
            return self._put(replace(room, outcome=outcome)) if room.number == closed.number else room

    def heard_model(self, code: str, secret: str, number: int, outcome: Outcome) -> Room:
        """The model has answered, or there is a reason why not, for the question `number`."""
        with self._lock:
            room = self._held(code, secret)
            return self._put(replace(room, outcome=outcome)) if room.number == number else room

    def next(self, code: str, secret: str) -> Room:
        """The next question, once the answer of this one has been shown."""
        with self._lock:
            room = self._held(code, secret)
        if room.outcome is None or room.is_last:
            return room
        following = _at(
            replace(room, pins=NO_PINS, is_open=True, outcome=None), room.number + 1
        )  # takes some milliseconds
        with self._lock:
            now = self._held(code, secret)
            return self._put(following) if now.turn == room.turn else now

    def close(self, code: str, secret: str) -> None:
        """The room is over, and all of it forgotten but that its code was one."""
        with self._lock:
            self._forget(self._held(code, secret).code)

    # The phones

    def room(self, code: str) -> Room:
        """The room of a code, in letters of either case; RoomError where there is none or it is over."""
        with self._lock:
            return self._room(code)

    def put_pin(self, code: str, phone: str, number: int, point: Point) -> Room:
        """A phone's one pin on the question `number`; another takes the place of the first until the answer.

        Raise RoomError where the room is not there or full, or the answer has been shown. Raise ValueError if the
        point is not on the globe.
        """
        point = check_point(*point)
        with self._lock:
            room = self._room(code)
            if not room.is_open or room.number != number:
                raise RoomError(text.ROOM_TOO_LATE, "ROOM_TOO_LATE")
            if phone not in room.pins and len(room.pins) >= self.limits.most_phones:
                raise RoomError(text.ROOM_FULL, "ROOM_FULL")
            room = replace(room, pins=MappingProxyType({**room.pins, phone: point}))
            self._rooms[room.code] = room
            return room

    # With the lock held

    def _room(self, code: str) -> Room:
        self._sweep()
        room = self._rooms.get(code.upper())
        if room is None:
            key = "ROOM_CLOSED" if code.upper() in self._closed else "ROOM_UNKNOWN"
            raise RoomError(getattr(text, key), key)
        return room

    def _held(self, code: str, secret: str) -> Room:
        room = self._room(code)
        if not secrets.compare_digest(room.secret.encode(), secret.encode()):
            raise RoomError(text.ROOM_UNKNOWN, "ROOM_UNKNOWN")
        self._heard[room.code] = self._clock()
        return room

    def _put(self, room: Room) -> Room:
        room = replace(room, turn=room.turn + 1)
        self._rooms[room.code] = room
        return room

    def _check_space(self, new: Room) -> None:
        limits, rooms = self.limits, self._rooms.values()
        is_crowded = len(rooms) >= limits.most_rooms
        is_large = sum(room.size for room in rooms) + new.size > limits.most_bytes
        has_many = sum(room.client == new.client for room in rooms) >= limits.most_rooms_of_client
        if is_crowded or is_large or has_many:
            raise RoomError(text.ROOMS_FULL, "ROOMS_FULL")

    def _new_code(self) -> str:
        while True:
            code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS))
            if code not in self._rooms and code not in self._closed:
                return code

    def _sweep(self) -> None:
        now, limits = self._clock(), self.limits
        for room in list(self._rooms.values()):
            is_old = now - room.opened >= limits.open_seconds
            if is_old or now - self._heard[room.code] >= limits.idle_seconds:
                self._forget(room.code)

    def _forget(self, code: str) -> None:
        del self._rooms[code], self._heard[code]
        self._closed[code] = None
        while len(self._closed) > REMEMBERED_CLOSED:
            self._closed.popitem(last=False)


def _at(room: Room, number: int) -> Room:
    photo = phone_photo(open_photo(room.lesson.questions[number].photo))
    return replace(room, number=number, photo=photo)


def phone_photo(photo: Photo) -> bytes:
    """The photo as a JPEG that a phone gets soon: as large as MOST_PHOTO_BYTES allow, without metadata."""
    for longest_px, quality in PHOTO_SIZES:
        jpeg = small_jpeg(photo.shown, longest_px, quality)
        if len(jpeg) <= MOST_PHOTO_BYTES:
            return jpeg
    return jpeg
