"""A Hugging Face hub on this machine, as far as a download speaks to it, for folders that tests make.

Start it with `with hub({"owner/name": folder}) as url:` and give the url as HF_ENDPOINT to a process.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

ERRORS = {"gated": (403, "GatedRepo"), "missing": (404, "RepoNotFound"), "busy": (503, "")}


def commit_of(folder: Path) -> str:
    """A commit hash for a folder: 40 hexadecimal digits."""
    return hashlib.sha1(str(folder).encode()).hexdigest()


class Hub(BaseHTTPRequestHandler):
    """Answers for `server.models`: hub id to a folder, or to a key of ERRORS."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        path = unquote(urlsplit(self.path).path).strip("/")
        self.server.asked.append(path)
        parts = path.removeprefix("api/models/").split("/")
        model = self.server.models.get("/".join(parts[:2]))
        if not path:
            self.send(200, b"hub", body)
        elif model is None or isinstance(model, str):
            status, code = ERRORS[model or "missing"]
            self.send(status, b"", body, {"X-Error-Code": code, "X-Error-Message": "refused"})
        elif path.startswith("api/"):
            self.send_json(self.describe("/".join(parts[:2]), model, parts[2:]), body)
        elif self.server.files == "gone":
            self.close_connection = True
        elif self.server.files:
            status, code = ERRORS[self.server.files]
            self.send(status, b"", body, {"X-Error-Code": code, "X-Error-Message": "refused"})
        else:
            self.send_file(model, parts[3], "/".join(parts[4:]), body)

    def describe(self, name: str, folder: Path, asked: list[str]) -> object:
        """What the API tells of a model: its files with sizes, their tree, or its discussions."""
        folder = self.at_revision(folder, "/".join(asked[1:]))
        sizes = {
            path.name: self.server.claimed.get(path.name, path.stat().st_size) for path in folder.iterdir()
        }
        sizes = {file: size for file, size in sizes.items() if (folder / file).is_file()}
        if asked[:1] == ["discussions"]:
            return {"discussions": self.server.discussions, "count": len(self.server.discussions), "start": 0}
        if asked[:1] == ["tree"]:
            return [
                {"type": "file", "path": file, "size": size, "oid": "0" * 40} for file, size in sizes.items()
            ]
        files = [{"rfilename": file, "size": size, "blobId": "0" * 40} for file, size in sizes.items()]
        return {"id": name, "modelId": name, "sha": commit_of(folder), "private": False, "siblings": files}

    def at_revision(self, folder: Path, revision: str) -> Path:
        other = self.server.revisions.get(revision)
        if other is None:
            other = next((f for f in self.server.revisions.values() if commit_of(f) == revision), folder)
        return other

    def send_file(self, folder: Path, revision: str, file: str, body: bool) -> None:
        folder = self.at_revision(folder, revision)
        data = (folder / file).read_bytes()
        headers = {"X-Repo-Commit": commit_of(folder), "ETag": f'"{hashlib.sha1(data).hexdigest()}"'}
        headers["Accept-Ranges"] = "bytes"
        begin = 0
        if wanted := self.headers.get("Range"):
            begin = int(wanted.removeprefix("bytes=").split("-")[0])
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        cut = self.server.cut_after if file.endswith(".safetensors") else None
        self.send(206 if wanted else 200, data[begin:], body, headers, cut=cut)

    def send_json(self, content: object, body: bool) -> None:
        self.send(200, json.dumps(content).encode(), body, {"Content-Type": "application/json"})

    def send(
        self, status: int, data: bytes, body: bool, headers: dict | None = None, cut: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data[:cut])
            if cut is not None:
                self.close_connection = True


@contextmanager
def hub(models: dict[str, Path | str], **settings: object) -> Iterator[ThreadingHTTPServer]:
    """Serve these models on a free port until the block ends; `server.url` is the endpoint.

    Settings: `cut_after` breaks each download of weights off after so many bytes; `claimed` gives files other sizes
    in the listing; `files` refuses them with a key of ERRORS or, "gone", without a word; `discussions` and
    `revisions` (name to folder) make pull requests.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.models, server.asked = models, []
    server.files = settings.get("files")
    server.cut_after, server.claimed = settings.get("cut_after"), settings.get("claimed", {})
    server.discussions, server.revisions = settings.get("discussions", []), settings.get("revisions", {})
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
