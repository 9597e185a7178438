"""A Hugging Face hub on this machine, as far as a download speaks to it, for folders that tests make.

Start it with `with hub({"owner/name": folder}) as server:` and give `server.url` as HF_ENDPOINT to a process. As the
hub does, it answers for large files with a redirect to another host (here: the same port of another name), names their
SHA-256, and leads to Xet for those that speak it; small files it redirects within itself.
"""

import hashlib
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

ERRORS = {
    "gated": (403, {"X-Error-Code": "GatedRepo"}),
    "missing": (401, {"X-Error-Code": "RepoNotFound"}),  # as for a private one: nobody learns which exist
    "absent": (404, {"X-Error-Code": "EntryNotFound"}),
    "refused": (401, {"X-Error-Message": "Invalid credentials in Authorization header"}),
    "busy": (503, {}),
    "proxy": (407, {"Proxy-Authenticate": "Basic"}),
}
LARGE = (".bin", ".safetensors", ".h5", ".msgpack")
CHUNK = 1 << 16


@dataclass
class Settings:
    """What a hub does otherwise than to answer at once with all that is there."""

    cut_after: int | None = None  # breaks each download of weights off after so many bytes
    resets: bool = False  # and that without a goodbye
    seconds_a_chunk: float = 0  # between two chunks of 64 KB of weights
    delay: float = 0  # seconds before the first two answers
    claimed: dict[str, int] = field(default_factory=dict)  # other sizes than files have
    files: str = ""  # refuses small files with a key of ERRORS or, "gone", without a word
    token: str = ""  # asked for; another one is refused
    is_plain: bool = False  # a mirror that has nothing but files, and says nothing of what it lacks
    api_status: int = 0  # with which the API is refused; 0 answers
    redirects: bool = True  # to other addresses, as the hub itself does
    damages: bool = False  # sends other bytes than it has announced
    ignores_ranges: bool = False
    discussions: list[dict] = field(default_factory=list)
    revisions: dict[str, Path] = field(default_factory=dict)  # besides main: "refs/pr/1" and a folder


def commit_of(folder: Path) -> str:
    """A commit hash for a folder: 40 hexadecimal digits."""
    return hashlib.sha1(str(folder).encode()).hexdigest()


def pull_request(number: int, author: str, status: str, repository: str) -> dict:
    """A pull request as the hub lists it."""
    return {
        "num": number, "title": "Adding `safetensors` variant of this model", "author": {"name": author},
        "status": status, "isPullRequest": True, "repo": {"name": repository, "type": "model"},
        "createdAt": "2023-03-01T00:00:00.000Z",
    }  # fmt: skip


class Hub(BaseHTTPRequestHandler):
    """Answers for `server.models`: hub id to a folder, or to a key of ERRORS."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer()

    def answer(self) -> None:
        settings = self.server.settings
        path = unquote(urlsplit(self.path).path).strip("/")
        self.server.asked.append(path)
        self.server.requests.append((self.command, path, dict(self.headers)))
        time.sleep(settings.delay if len(self.server.asked) <= 2 else 0)
        if not path:
            self.send(200, b"hub")
        elif path.startswith("xet/"):
            self.send(503, b"")
        elif path.startswith(("cdn/", "api/resolve-cache/models/")):
            owner, name, commit, *rest = path.split("models/")[-1].removeprefix("cdn/").split("/")
            self.send_file(f"{owner}/{name}", commit, "/".join(rest))
        elif refusal := self.refusal(path):
            status, headers = ERRORS[refusal]
            self.send(status, b"", headers)
        elif path.startswith("api/"):
            self.describe(path.removeprefix("api/models/"))
        elif settings.files == "gone":
            self.close_connection = True
        elif settings.files:
            self.send(ERRORS[settings.files][0], b"", ERRORS[settings.files][1])
        else:
            self.resolve(path)

    def refusal(self, path: str) -> str:
        """A key of ERRORS, or ""."""
        given, token = self.headers.get("Authorization"), self.server.settings.token
        if given and given != f"Bearer {token}":
            return "refused"
        model = self.server.models.get("/".join(path.removeprefix("api/models/").split("/")[:2]), "missing")
        return model if isinstance(model, str) else "missing" if token and not given else ""

    # The API, which transformers asks for a conversion

    def describe(self, path: str) -> None:
        settings = self.server.settings
        owner, name, *asked = path.split("/")
        folder = self.at(f"{owner}/{name}", "/".join(asked[1:]) or "main")
        if settings.api_status:
            self.send(settings.api_status, b"")
        elif asked[:1] == ["tree"]:  # of folders, of which no model here has any
            self.send(404, b"", {"X-Error-Code": "EntryNotFound"})
        elif folder is None:
            self.send(404, b"", {"X-Error-Code": "RevisionNotFound"})
        elif asked[:1] == ["discussions"]:
            count = len(settings.discussions)
            self.send_json({"discussions": settings.discussions, "count": count, "start": 0})
        elif asked[:1] == ["commits"]:
            date = {"date": "2023-03-01T00:00:00.000Z", "title": "", "message": "", "authors": []}
            folders = dict.fromkeys([folder, self.at(f"{owner}/{name}", "main")])
            self.send_json([{"id": commit_of(each)} | date for each in folders])
        else:
            files = [{"rfilename": path.name} for path in folder.iterdir() if path.is_file()]
            self.send_json({"id": f"{owner}/{name}", "sha": commit_of(folder), "siblings": files})

    # Files

    def at(self, model: str, revision: str) -> Path | None:
        """The folder of a branch, a pull request or a commit."""
        folders = {"main": self.server.models[model], **self.server.settings.revisions}
        return {**folders, **{commit_of(folder): folder for folder in folders.values()}}.get(revision)

    def resolve(self, path: str) -> None:
        owner, name, _, *rest = path.split("/")
        at = 3 if rest[0] == "refs" else 1
        folder, file = self.at(f"{owner}/{name}", "/".join(rest[:at])), "/".join(rest[at:])
        if folder is None or not (folder / file).is_file():
            status, headers = ERRORS["absent"]
            self.send(status, b"", {} if self.server.settings.is_plain else headers)
            return
        if not self.server.settings.redirects:
            self.send_file(f"{owner}/{name}", commit_of(folder), file)
            return
        size = self.server.settings.claimed.get(file, (folder / file).stat().st_size)
        headers = {"X-Repo-Commit": commit_of(folder), "X-Linked-Size": str(size)}
        where = f"{owner}/{name}/{commit_of(folder)}/{file}"
        if file.endswith(LARGE):
            xet = f"{self.server.url}/xet/token"
            headers |= {"X-Linked-ETag": self.etag(folder / file), "X-Xet-Hash": "0" * 64}
            headers |= {"Link": f'<{xet}>; rel="xet-auth", <{xet}>; rel="xet-reconstruction-info"'}
            self.send(302, b"", headers | {"Location": f"{self.server.cdn}/cdn/{where}"})
        else:
            headers |= {"ETag": self.etag(folder / file)}
            self.send(307, b"", headers | {"Location": f"/api/resolve-cache/models/{where}"})

    def etag(self, path: Path) -> str:
        kind = hashlib.sha256 if path.name.endswith(LARGE) else hashlib.sha1
        return f'"{kind(path.read_bytes()).hexdigest()}"'

    def send_file(self, model: str, commit: str, file: str) -> None:
        settings = self.server.settings
        path = self.at(model, commit) / file
        data = path.read_bytes()
        headers = {"X-Repo-Commit": commit, "ETag": self.etag(path), "Accept-Ranges": "bytes"}
        if settings.damages and file.endswith(LARGE):
            data = bytes(len(data))
        begin, wanted = 0, self.headers.get("Range")
        if wanted and not settings.ignores_ranges:
            begin = int(wanted.removeprefix("bytes=").split("-")[0])
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        self.send(206 if begin else 200, data[begin:], headers, is_weights=file.endswith(LARGE))

    def send_json(self, content: object) -> None:
        self.send(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def send(self, status: int, data: bytes, headers: dict | None = None, is_weights: bool = False) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "HEAD":
            return
        cut = self.server.settings.cut_after if is_weights else None
        try:
            for start in range(0, len(data[:cut]), CHUNK):
                self.wfile.write(data[start : min(start + CHUNK, cut or len(data))])
                time.sleep(self.server.settings.seconds_a_chunk if is_weights else 0)
        except (BrokenPipeError, ConnectionResetError):  # the one who asked has gone
            self.close_connection = True
        self.close_connection = self.close_connection or cut is not None
        if cut is not None and self.server.settings.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())


@contextmanager
def hub(models: dict[str, Path | str], **settings: object) -> Iterator[ThreadingHTTPServer]:
    """Serve these models on a free port until the block ends; `server.url` is the endpoint.

    `server.asked` lists the paths that were asked for, `server.requests` method, path and headers of each; `settings`
    are those of `Settings`.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.models, server.asked, server.requests = models, [], []
    server.settings = Settings(**settings)
    server.url, server.cdn = (f"http://{name}:{server.server_port}" for name in ("127.0.0.1", "localhost"))
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
