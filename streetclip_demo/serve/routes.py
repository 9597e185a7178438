"""The routes that the page, an embedded page and Gradio's clients use. All others are closed. Knows no bodies."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs

from streetclip_demo.serve.known import Known
from streetclip_demo.serve.refusal import Refusal, Refused

ID = r"[A-Za-z0-9_-]{1,64}"  # of a session, an event, an upload: Gradio's clients make them up
NAME = r"[\w-]{1,64}"
ROOM = r"/class/[A-Za-z0-9]{1,16}"  # of a class; most such codes are of none, which the room's own page says
FILE = r"(?:[\w@+-][\w.@+-]{0,120}/){0,6}[\w@+-][\w.@+-]{0,120}"  # of Gradio's own files
MOST_TARGET = 16_384  # bytes of path and query; an address of the page has at most 8,000 characters
MOST_HEADERS = 32_768  # bytes of all headers together

NOT_HERE = Refusal(404, "There is no such page here. The demo is at the root of this address.")
NO_SUCH_ENDPOINT = Refusal(
    404, 'There is no public endpoint of this name. The page\'s "Use via API" lists them.'
)
WRONG_ID = Refusal(
    400, "A session, event or upload is named by 1 to 64 of A-Z, a-z, 0-9, - and _, and must be given."
)
TOO_LONG = Refusal(
    414, "This address is too long: path and query may have 16,384 bytes. Shorten the list in it."
)
TOO_MANY_HEADERS = Refusal(
    431, "The headers of a request may have 32,768 bytes together; delete this site's cookies."
)


@dataclass(frozen=True)
class Route:
    """One door."""

    path: re.Pattern[str]
    methods: tuple[str, ...]
    kind: Literal["page", "file", "stream", "call", "upload", "health", "class"]
    is_public: bool = False  # scripts of other sites may read the answer
    asked: tuple[str, ...] = ()  # ids that the query must have

    @property
    def goes_on(self) -> bool:
        """Whether it is there for who is here already: it stays open while the app stops."""
        return self.kind in ("stream", "file", "health")


def _route(path: str, methods: str, kind, is_public: bool = False, asked: tuple[str, ...] = ()) -> Route:
    return Route(re.compile(path, re.ASCII), tuple(methods.split()), kind, is_public, asked)


ROUTES = (
    _route("/(healthz|readyz)", "GET HEAD", "health"),
    _route("/", "GET HEAD", "page"),
    _route("/config", "GET", "page", is_public=True),
    _route("/gradio_api/info", "GET", "page", is_public=True),
    _route("/gradio_api/(startup-events|app_id)", "GET", "page"),  # Gradio asks itself for the first
    _route(r"(/gradio_api)?/theme\.css|/favicon\.ico|/robots\.txt", "GET", "file"),
    _route(f"/(assets|static)/{FILE}", "GET", "file"),
    _route(
        r"/gradio_api/file=/[^\x00-\x1f\x7f]{1,1000}", "GET HEAD", "file"
    ),  # a path: addresses begin otherwise
    _route("/gradio_api/queue/data", "GET", "stream", asked=("session_hash",)),
    _route(f"/gradio_api/heartbeat/{ID}", "GET", "stream"),
    _route("/gradio_api/upload_progress", "GET", "stream", asked=("upload_id",)),
    _route(f"/gradio_api/call/(?:v2/)?(?P<endpoint>{NAME})/{ID}", "GET", "stream", is_public=True),
    _route(f"/gradio_api/call/(?:v2/)?(?P<endpoint>{NAME})", "POST", "call", is_public=True),
    _route("/gradio_api/(run/predict|queue/join|cancel|reset|component_server)", "POST", "call"),
    _route("/gradio_api/upload", "POST", "upload", is_public=True),
    _route(f"{ROOM}(/(map|photo|state|board))?", "GET", "class"),
    _route(f"{ROOM}/events", "GET", "stream"),
    _route(f"{ROOM}/pin", "POST", "class"),
)


def path_of(scope) -> str:
    """The path below whatever this app is mounted at, without a last slash."""
    root, path = scope.get("root_path", ""), scope["path"]
    if root and path.startswith(f"{root}/"):
        path = path[len(root) :]
    return path if path.endswith("//") else path.removesuffix("/") or "/"


def find_route(scope, known: Known) -> Route:
    """The route that a request takes.

    Raise Refused if there is none, or the request names something that is not there.
    """
    query = scope["query_string"]
    if len(scope.get("raw_path") or b"") + len(query) > MOST_TARGET:
        raise Refused(TOO_LONG)
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
        raise Refused(TOO_MANY_HEADERS)
    path = path_of(scope)
    route, match = _matching(path, scope["method"])
    endpoint = match.groupdict().get("endpoint")
    if endpoint is not None and endpoint not in known.endpoints:
        raise Refused(NO_SUCH_ENDPOINT)
    _check_query(route, parse_qs(query.decode("latin-1"), keep_blank_values=True))
    return route


def _matching(path: str, method: str) -> tuple[Route, re.Match[str]]:
    found = [(route, match) for route in ROUTES if (match := route.path.fullmatch(path))]
    for route, match in found:
        if method in route.methods:
            return route, match
    if not found:
        raise Refused(NOT_HERE)
    allowed = ", ".join(dict.fromkeys(method for route, _ in found for method in route.methods))
    raise Refused(Refusal(405, f"This address answers {allowed} only.", ((b"allow", allowed.encode()),)))


def _check_query(route: Route, query: dict[str, list[str]]) -> None:
    if route.kind == "page" and any([*query.get("page", ()), *query.get("deep_link", ())]):
        raise Refused(NOT_HERE)  # further pages, and links to stored states: this app has neither
    ids = [*route.asked, *[name for name in ("session_hash", "upload_id") if name in query]]
    if not all(len(query.get(name, [])) == 1 and re.fullmatch(ID, query[name][0]) for name in ids):
        raise Refused(WRONG_ID)
