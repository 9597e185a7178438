"""What a request's body may hold and how long it may take: looked at before anything of it is kept. Knows no JSON."""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Iterator

from streetclip_demo.page.frame.uploads import MOST_FILE_BYTES
from streetclip_demo.serve.refusal import Refusal, Refused

MEBIBYTE = 2**20
MOST_BYTES = {
    "upload": MOST_FILE_BYTES + MEBIBYTE,  # what multipart adds
    "call": 2 * MEBIBYTE,  # the longest list, 2,000 labels with every template, takes a tenth of it
}
MOST_ELSEWHERE = 1024  # a GET should have none
CALL_SECONDS = 60.0  # for a whole body
UPLOAD_SECONDS = 900.0  # 60 MB at 0.6 Mbit/s
SILENT_SECONDS = 30.0  # between two parts of an upload

MOST_ARRIVING = (
    64 * MEBIBYTE
)  # of all calls together, from their arrival until they are answered or in the queue

TOO_SLOW = Refusal(408, "The request took too long to arrive. Try again on a faster connection.")
NO_UPLOAD = Refusal(415, "An upload must be multipart/form-data with a boundary of 1 to 70 plain characters.")
MULTIPART = re.compile(
    rb"multipart/form-data\s*;\s*boundary=\"?[\w'()+,./:=? -]{1,70}\"?\s*", re.ASCII | re.IGNORECASE
)
NO_ROOM = Refusal(
    503, "Too many requests are arriving just now. Try again in a minute.", ((b"retry-after", b"60"),)
)
WRONG_LENGTH = Refusal(400, "Content-Length must be one number of bytes.")

Receive = Callable[[], Awaitable[dict]]


def too_large(most: int) -> Refusal:
    """The sentence on a body with more bytes than `most`."""
    return Refusal(413, f"A body may have {most:,} bytes here, and this one has more. Send less.")


def most_bytes(kind: str) -> int:
    """How many bytes a body may have on a route of this kind."""
    return MOST_BYTES.get(kind, MOST_ELSEWHERE)


def check_length(scope, kind: str) -> None:
    """Refuse what says beforehand that it is too large."""
    said = [value for name, value in scope["headers"] if name == b"content-length"]
    if len(said) > 1 or not all(re.fullmatch(rb"\d{1,18}", value) for value in said):
        raise Refused(WRONG_LENGTH)
    if said and int(said[0]) > most_bytes(kind):
        raise Refused(too_large(most_bytes(kind)))


def check_upload(scope) -> None:
    """Refuse what is no upload by its Content-Type."""
    if not MULTIPART.fullmatch(dict(scope["headers"]).get(b"content-type", b"")):
        raise Refused(NO_UPLOAD)


class Room:
    """The bytes that the bodies of all calls together may take. For one thread, the server's."""

    def __init__(self, most: int = MOST_ARRIVING):
        self._left = most

    @contextlib.contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """What one request takes its bytes with, refused where there is no room. They are given back at the end."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if size > self._left:
                raise Refused(NO_ROOM)
            self._left -= size
            taken += size

        try:
            yield take
        finally:
            self._left += taken


async def whole_body(
    receive: Receive, most: int, take: Callable[[int], None], seconds: float = CALL_SECONDS
) -> bytes:
    """The body, if it has at most `most` bytes, there is room, and it is there in time; refuses it otherwise."""
    try:
        return await asyncio.wait_for(_read(receive, most, take), seconds)
    except TimeoutError:
        raise Refused(TOO_SLOW) from None


async def _read(receive: Receive, most: int, take: Callable[[int], None]) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        take(len(part))
        body += part
        if len(body) > most:
            raise Refused(too_large(most))
        if not message.get("more_body"):
            return bytes(body)


class Gone(Exception):  # no error, and nobody is there to be told
    """The client left before its body was there."""


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that has been read, then whatever comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> dict:
        return waiting.pop() if waiting else await receive()

    return next_message


class Upload:
    """An upload's body on its way in, counted and timed. Once it is refused, the app below sends nothing more."""

    def __init__(self, receive: Receive, send, most: int, clock: Callable[[], float] = time.monotonic):
        self._receive, self._send, self._most, self._clock = receive, send, most, clock
        self._seen, self._is_over, self._is_refused = 0, False, False
        self._until = clock() + UPLOAD_SECONDS

    async def receive(self) -> dict:
        """The next part."""
        if self._is_over:
            return await self._receive()
        left = min(SILENT_SECONDS, self._until - self._clock())
        try:
            message = await asyncio.wait_for(self._receive(), max(left, 0.0))
        except TimeoutError:
            raise self._refused(TOO_SLOW) from None
        self._seen += len(message.get("body", b""))
        if self._seen > self._most:
            raise self._refused(too_large(self._most))
        self._is_over = not message.get("more_body")
        return message

    async def send(self, message: dict) -> None:
        """Let an answer through, but for what is said of an upload that has been refused."""
        if not self._is_refused:
            await self._send(message)

    def _refused(self, refusal: Refusal) -> Refused:
        self._is_refused = True
        return Refused(refusal)
