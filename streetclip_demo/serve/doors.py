"""The doors of the app: each request passes them before Gradio sees it, each answer on its way out."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable

from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.frame.uploads import UploadFolder
from streetclip_demo.serve import bodies, headers
from streetclip_demo.serve.calls import asks_model, understood
from streetclip_demo.serve.health import answer_health, healthz, readyz
from streetclip_demo.serve.hosting import Answered, Hosting
from streetclip_demo.serve.html_language import HtmlLanguage
from streetclip_demo.serve.known import Known, known_of
from streetclip_demo.serve.rate_limit import RateLimit
from streetclip_demo.serve.refusal import Refusal, Refused, in_readers_words
from streetclip_demo.serve.remembered import Remembered
from streetclip_demo.serve.routes import Route, find_route, path_of
from streetclip_demo.serve.session_streams import SessionStreams
from streetclip_demo.serve.stopping import Stop

FIRST_SCRIPT = ASSETS / "connection.js"
# Events too are compressed: each is flushed by itself, and an answer for a list of the world has 28 KB instead of 212.
AS_THEY_ARE = tuple(set(DEFAULT_EXCLUDED_CONTENT_TYPES) - {"text/event-stream"})
COMPRESSION_LEVEL = 5  # 1 ms for such an answer
LARGE_CALL = 2**18  # bytes: more than the longest list takes; to look through it costs as much as an answer
WAITING = ("queue/join", "call/")  # calls that wait for their turn
FULL = ((b"retry-after", b"5"), (b"streetclip-full", b"yes"))  # connection.js then asks again
NO_PREFLIGHT = Refusal(405, "Scripts of other sites may use the public endpoint only.")


class Doors:
    """ASGI middleware round all of Gradio's own."""

    def __init__(self, app, known: Known, stop: Stop, hosting: Hosting | None = None):
        self._bare, self._app = app, Remembered(HtmlLanguage(app, own_text(FIRST_SCRIPT)))
        self._events = SessionStreams(app)
        self._known, self._stop, self._hosting = known, stop, hosting or Hosting()
        self._room, self._rates = bodies.Room(), RateLimit(self._hosting.rate)
        self._headers = headers.page_headers(self._hosting.ancestors)
        self._compressed = GZipMiddleware(
            self._answer, compresslevel=COMPRESSION_LEVEL, exclude_content_types=AS_THEY_ARE
        )

    async def __call__(self, scope, receive, send) -> None:
        """Answer a request, or refuse it with a sentence."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._compressed(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope, receive, send) -> None:
        route, status, begun = None, 0, time.monotonic()

        async def send_with_headers(message: dict) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                added = (*self._headers, *headers.for_other_sites(route))
                status = 422 if message["status"] == 500 and is_direct(scope) else message["status"]
                message = {**message, "status": status, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        try:
            if asked := headers.preflight_method(scope):
                route = find_route({**scope, "method": asked}, self._known)
                await _answer_preflight(route, send)
                return
            route = find_route(scope, self._known)
            self._stop.check(route, scope)
            if route.kind == "health":
                await answer_health(self._health(scope), send_with_headers, scope["method"] == "GET")
                return
            await self._let_in(route, headers.without_origin(scope), receive, send_with_headers)
        except Refused as refused:
            is_call = route is not None and route.kind == "call"
            await refused.refusal.answer(send_with_headers, as_json=is_call)
        except bodies.Gone:
            pass
        finally:
            done = Answered(route.kind if route else "none", status, time.monotonic() - begun)
            for observe in self._hosting.observers:
                observe(done)

    def _health(self, scope) -> tuple[int, dict]:
        if path_of(scope) == "/healthz":
            return healthz()
        return readyz(self._hosting.model_state(), self._stop.is_begun)

    async def _let_in(self, route: Route, scope, receive, send) -> None:
        bodies.check_length(scope, route.kind)
        most = bodies.most_bytes(route.kind)
        with self._room.share() as take:
            if route.kind == "upload":
                bodies.check_upload(scope)
                if not self._hosting.takes_photos:
                    raise Refused(Refusal(403, in_readers_words(scope, "EXAMPLES_ONLY")))
                self._rates.check(scope, is_costly=True)
                upload = bodies.Upload(receive, send, most)
                receive, send = upload.receive, upload.send
            elif (
                route.kind == "class"
            ):  # a class is one client to a network, so its room has a bound of its own
                body = await bodies.whole_body(receive, most, take)
                receive = bodies.replayed(body, receive)
            elif scope["method"] not in ("GET", "HEAD"):
                self._rates.check(scope, is_costly=False)
                body = await bodies.whole_body(receive, most, take)
                scope, receive = self._call(scope, receive, body)
            app = self._below(route)
            await self._stop.answer(route, scope, send, lambda sending: app(scope, receive, sending))

    def _below(self, route: Route) -> Callable:
        if "session_hash" in route.asked:
            return self._events
        return self._bare if route.kind == "class" else self._app

    def _call(self, scope, receive, body: bytes) -> tuple[dict, bodies.Receive]:
        content_type = dict(scope["headers"]).get(b"content-type", b"")
        name = path_of(scope).removeprefix("/gradio_api/")

        def let_in(called: dict) -> None:
            if name.startswith(WAITING) and self._known.is_full():
                raise Refused(Refusal(503, in_readers_words(scope, "QUEUE_FULL"), FULL))
            if len(body) > LARGE_CALL or asks_model(name, called, self._known):
                self._rates.check(scope, is_costly=True)

        body = understood(name, content_type, body, self._known, let_in)
        kept = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"transfer-encoding")]
        length = (b"content-length", str(len(body)).encode())
        return {**scope, "headers": [*kept, length]}, bodies.replayed(body, receive)


def is_direct(scope) -> bool:
    """Whether a listener is called whose error is a sentence, which Gradio sends as one of the server."""
    return path_of(scope) == "/gradio_api/run/predict"


async def _answer_preflight(route: Route, send) -> None:
    if not route.is_public:
        raise Refused(NO_PREFLIGHT)
    await send({"type": "http.response.start", "status": 204, "headers": list(headers.PREFLIGHT)})
    await send({"type": "http.response.body", "body": b""})


def lifespan_behind_doors(
    page, uploads: UploadFolder, stop: Stop, hosting: Hosting, inner: Callable
) -> Callable:
    """A lifespan for the page's app, round the one that it has, that puts the doors round the app as it starts.

    Middleware that an app is given lies inside Gradio's own, which answers any site with leave to read; so the
    doors go round the whole stack.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app) -> AsyncIterator[None]:
        inside = app.middleware_stack or app.build_middleware_stack()
        app.middleware_stack = Doors(inside, known_of(page, uploads.claim), stop, hosting)
        async with inner(app):
            yield

    return lifespan
