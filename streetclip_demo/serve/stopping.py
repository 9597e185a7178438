"""An app that stops: takes nothing new, answers what it can, tells the rest. Knows no signals and no Gradio."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable

from streetclip_demo.serve.refusal import Refusal, Refused, in_readers_words
from streetclip_demo.serve.routes import Route, path_of

ANSWER_SECONDS = 4.0  # a container is killed 10 s after it was asked to stop
COLLECT_SECONDS = 0.5  # for who has asked and is about to read the answer
TELL_SECONDS = 0.3
LOOK_SECONDS = 0.05
ENDLESS = ("/heartbeat/", "/class/")  # streams for which nobody waits: a page that is open, a phone in a room
RETRY_AFTER = ((b"retry-after", b"10"),)


class Stop:
    """Whether the app stops, and how many requests it still answers. For the server's thread and the main one."""

    def __init__(self):
        self._lock = threading.Lock()
        self._answering = 0
        self.is_begun, self._is_over = False, False
        self._open: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def check(self, route: Route, scope) -> None:
        """Refuse what is new once the stop has begun."""
        if self.is_begun and not route.goes_on:
            raise Refused(Refusal(503, stopping_sentence(scope), RETRY_AFTER))

    def finish(self, seconds: float = ANSWER_SECONDS) -> None:
        """Take nothing new; return when all is answered or the time is up, after all others have been told."""
        self.is_begun = True
        begun = time.monotonic()
        while time.monotonic() < begun + (seconds if self._answering else min(COLLECT_SECONDS, seconds)):
            time.sleep(LOOK_SECONDS)
        self._is_over = True
        with self._lock:
            for event, loop in self._open.items():
                loop.call_soon_threadsafe(event.set)
        until = time.monotonic() + TELL_SECONDS
        while self._open and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)

    async def answer(self, route: Route, scope, send, run: Callable) -> None:
        """Let `run(send)` answer a request; an answer that goes on is ended with a sentence when the stop is over."""
        is_waited_for = not any(part in scope["path"] for part in ENDLESS)
        self._count(is_waited_for)
        try:
            if route.kind == "stream":
                await self._answer_stream(scope, send, run)
            elif route.kind == "upload":
                await self._take_upload(scope, send, run)
            else:
                await run(send)
        finally:
            self._count(-is_waited_for)

    async def _answer_stream(self, scope, send, run) -> None:
        stream = OpenAnswer(send)
        answering = asyncio.ensure_future(run(stream.send))
        if await self._is_done_before_the_end(answering, lambda: stream.end(last_words(scope))):
            await stream.close_after(answering)

    async def _take_upload(self, scope, send, run) -> None:
        taking = asyncio.ensure_future(run(send))
        if not await self._is_done_before_the_end(taking):
            raise Refused(Refusal(503, stopping_sentence(scope), RETRY_AFTER))
        taking.result()

    async def _is_done_before_the_end(
        self, work: asyncio.Future, tell: Callable[[], Awaitable[None]] | None = None
    ) -> bool:
        """Wait for work; false where the stop is over first: then `tell` is called, and the work given up."""
        over = asyncio.Event()
        with self._lock:
            self._open[over] = asyncio.get_running_loop()
        stopping = asyncio.ensure_future(over.wait())
        if self._is_over:
            over.set()
        try:
            await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
            is_done = work.done()
            if not is_done and tell is not None:
                await tell()
            return is_done
        finally:
            stopping.cancel()
            work.cancel()
            with self._lock:
                del self._open[over]

    def _count(self, change: int) -> None:
        with self._lock:
            self._answering += change


class OpenAnswer:
    """An answer that goes on until it is ended."""

    def __init__(self, send):
        self._send, self._is_started, self._is_ended = send, False, False

    async def send(self, message: dict) -> None:
        if not self._is_ended:
            self._is_started = self._is_started or message["type"] == "http.response.start"
            await self._send(message)

    async def close_after(self, answering: asyncio.Future) -> None:
        """Close the answer of a request that came to its end; Gradio ends some with a status after the first event."""
        try:
            answering.result()
        except RuntimeError as error:  # Starlette's, which has no way to send a status that late
            if not hasattr(error.__cause__, "status_code"):
                raise
            await self.end(b"")

    async def end(self, words: bytes) -> None:
        """Send the last words and close the answer."""
        self._is_ended = True
        if not self._is_started:
            headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send({"type": "http.response.body", "body": words})


def last_words(scope) -> bytes:
    """The event that ends a stream, in the form that Gradio's clients read there; nothing where they read none."""
    path, sentence = path_of(scope), stopping_sentence(scope)
    if path == "/gradio_api/queue/data":
        said = {"msg": "unexpected_error", "message": sentence, "success": False, "session_not_found": False}
        return f"data: {json.dumps(said)}\n\n".encode()
    if path.startswith("/gradio_api/call/"):
        return f"event: error\ndata: {json.dumps(sentence)}\n\n".encode()
    return b""


def stopping_sentence(scope) -> str:
    """That the app stops, in the reader's language."""
    return in_readers_words(scope, "STOPPING")
