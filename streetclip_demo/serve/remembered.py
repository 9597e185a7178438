"""The page and its files, which are the same for all: made by Gradio once, compressed once, then sent from memory."""

import asyncio
import gzip
import re
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import parse_qs
from weakref import WeakValueDictionary

from streetclip_demo.serve.routes import path_of
from streetclip_demo.words.language import wanted_language

FILES = re.compile(r"/(?:assets|static)/.+|(?:/gradio_api)?/theme\.css")
PAGES = ("/", "/config")
NAMED_BY_CONTENT = "/assets/"  # a file's name there changes with what is in it
FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
# A request with one of these asks for less than the whole.
PARTIAL = {b"range", b"if-range", b"if-none-match", b"if-modified-since"}
# What Gradio, and Starlette below it, tell the page's own address from. x-forwarded-for, another one for each client,
# is not among it.
ADDRESS = {
    b"host",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-forwarded-port",
    b"x-forwarded-prefix",
    b"x-gradio-server",
}
MOST_BYTES = 24 * 2**20  # of all that is remembered
MOST_OF_ONE = 2**20
LEVEL = 9  # of compression: it is done once

Key = tuple


@dataclass(frozen=True)
class _Whole:
    """An answer from its first header to its last byte."""

    start: dict
    body: bytes

    async def send(self, send) -> None:
        await send({**self.start, "headers": list(self.start["headers"])})
        await send({"type": "http.response.body", "body": self.body})


class Remembered:
    """ASGI middleware: sends again what the app below has sent for the same page or file, to whoever asks alike.

    An app whose page is another one at each visit must not be put below it.

    Parameters
    ----------
    app : ASGI app
    most_bytes : int
        Of all answers together; what was sent longest ago goes first.
    """

    def __init__(self, app, most_bytes: int = MOST_BYTES):
        self._app, self._most_bytes = app, most_bytes
        self._answers: OrderedDict[Key, _Whole] = OrderedDict()  # the last one that was sent comes last
        self._bytes = 0
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, scope, receive, send) -> None:
        key = _key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        # Whoever asks for what is being made waits for it.
        async with self._turns.setdefault(key, asyncio.Lock()):
            if key not in self._answers:
                answer = _finished(await self._made(scope, receive), scope)
                if answer.start["status"] == 200 and len(answer.body) <= MOST_OF_ONE:
                    self._keep(key, answer)
            else:
                answer = self._answers[key]
                self._answers.move_to_end(key)
        await answer.send(send)

    async def _made(self, scope, receive) -> _Whole:
        messages: list[dict] = []

        async def collect(message: dict) -> None:
            messages.append(message)

        await self._app(scope, receive, collect)
        start, *parts = messages
        return _Whole(start, b"".join(part.get("body", b"") for part in parts))

    def _keep(self, key: Key, answer: _Whole) -> None:
        self._answers[key] = answer
        self._bytes += len(answer.body)
        while self._bytes > self._most_bytes:
            _, oldest = self._answers.popitem(last=False)
            self._bytes -= len(oldest.body)


def _key(scope) -> Key | None:
    """All that the answer to a request depends on; None where it is none that is remembered."""
    headers = scope["headers"]
    if scope["type"] != "http" or scope["method"] != "GET" or any(name in PARTIAL for name, _ in headers):
        return None
    path = path_of(scope)
    accepted = b",".join(value for name, value in headers if name == b"accept-encoding")
    common = (path, b"br" in accepted, b"gzip" in accepted)
    if FILES.fullmatch(path):
        return common
    if path not in PAGES:
        return None
    address = tuple(pair for pair in headers if pair[0] in ADDRESS)
    place = (scope.get("scheme"), scope.get("server"), scope.get("root_path"), scope["path"])
    return *common, _reader(scope), *place, address


def _reader(scope) -> str:
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
    spoken = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    return wanted_language(asked, spoken)


def _finished(answer: _Whole, scope) -> _Whole:
    """The answer as it is to be sent: compressed where the client takes that, and told how long it holds."""
    headers = [pair for pair in answer.start["headers"] if pair[0] != b"content-length"]
    names = {name for name, _ in headers}
    body = answer.body
    is_text = dict(headers).get(b"content-type", b"").startswith((b"text/", b"application/json"))
    accepts = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
    if is_text and accepts and b"content-encoding" not in names:
        body = gzip.compress(body, LEVEL, mtime=0)
        headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
    if path_of(scope).startswith(NAMED_BY_CONTENT) and answer.start["status"] == 200:
        headers.append(FOR_EVER)
    headers.append((b"content-length", str(len(body)).encode()))
    return _Whole({**answer.start, "headers": headers}, body)
