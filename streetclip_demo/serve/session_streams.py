"""One reader of a session's stream of events: who asks for it anew goes on where the older one was. Knows no Gradio.

A connection may break off without a word: the page opens another stream, and the older one stands, for the server,
until the system gives it up after many minutes. Were both read from, what the older one takes would be lost, and its
end would end the questions for whose answers the newer one waits. So the app below answers one request, and is not
told that somebody else reads on.
"""

import asyncio
from urllib.parse import parse_qs

from streetclip_demo.serve.stopping import OpenAnswer

MOST_AHEAD = 8  # messages that the app sends before somebody has read them


class SessionStreams:
    """ASGI middleware for requests whose query has a `session_hash`: the newest of a session's reads what comes."""

    def __init__(self, app):
        self._app = app
        self._open: dict[str, _Stream] = {}

    async def __call__(self, scope, receive, send) -> None:
        (session,) = parse_qs(scope["query_string"].decode("latin-1"))["session_hash"]
        stream = self._open.get(session)
        if stream is None or not stream.is_open:
            stream = self._open[session] = _Stream(self._app, scope)
        try:
            await stream.read(receive, OpenAnswer(send))
        finally:
            if self._open.get(session) is stream and not stream.is_open:
                del self._open[session]


class _Stream:
    """What the app answers to one request, for whoever reads it."""

    def __init__(self, app, scope):
        self.is_open = True  # more is to come, and somebody is there
        self._start: dict | None = None
        self._messages: asyncio.Queue[dict | None] = (
            asyncio.Queue()
        )  # that nobody has read; None: there are no more
        self._on_its_way: dict | None = None  # taken from there, and perhaps not read
        self._has_room, self._is_left = asyncio.Event(), asyncio.Event()
        self._reading: asyncio.Future | None = None
        self._answering = asyncio.ensure_future(app(scope, self._receive, self._take))
        self._answering.add_done_callback(lambda _: self._messages.put_nowait(None))

    async def read(self, receive, answer: OpenAnswer) -> None:
        """Send all that comes from now on, until the app's end or until somebody else reads."""
        older, reading = self._reading, asyncio.ensure_future(self._pass_on(answer))
        self._reading = reading
        if older is not None:
            older.cancel()
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({reading, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if self._reading is not reading:
                await answer.end(b"")
                return
            self._leave()
            await self._answering
        finally:
            leaving.cancel()
            if self._reading is reading:
                self._leave()
                reading.cancel()
                self._answering.cancel()

    def _leave(self) -> None:
        self.is_open = False
        self._is_left.set()
        self._has_room.set()

    async def _pass_on(self, answer: OpenAnswer) -> None:
        if self._start is not None:
            await answer.send(self._start)
        while (message := await self._next()) is not None:
            if message["type"] == "http.response.start":
                self._start, self._on_its_way = message, None  # whoever comes later begins with it anyway
            await answer.send(message)
            self._on_its_way = None
            self._has_room.set()

    async def _next(self) -> dict | None:
        """The next message, or the one that an older reader was sent and may not have got."""
        if self._on_its_way is None:
            self._on_its_way = await self._messages.get()
        return self._on_its_way

    # What the app is given

    async def _receive(self) -> dict:
        await self._is_left.wait()
        return {"type": "http.disconnect"}

    async def _take(self, message: dict) -> None:
        if self._is_left.is_set():
            return
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.is_open = False  # before its reader knows, who might ask at once for the next stream
        self._messages.put_nowait(message)
        if self._messages.qsize() > MOST_AHEAD:
            self._has_room.clear()
            await self._has_room.wait()


async def _left(receive) -> None:
    """Return when whoever asked is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
