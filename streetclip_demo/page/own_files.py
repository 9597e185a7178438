"""Whatever a client puts into a call: a file may be named if it is an upload of this app, and nothing else may be.

Gradio looks for files anywhere in a listener's values, copies those of the server and fetches those of an address
before the listener is called. So calls are looked through before Gradio gets them.
"""

import json
from collections.abc import Iterator

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from streetclip_demo.errors import PhotoError
from streetclip_demo.page.uploads import NOT_AN_UPLOAD, UploadFolder

UPLOAD = "/gradio_api/upload"
IS_FILE = {"_type": "gradio.FileData"}  # what Gradio tells a file by


def check_files(value: object, uploads: UploadFolder) -> bool:
    """Make of each file that JSON names, at any depth, no more than the name of an upload; whether there are any.

    All else that a client says of a file is dropped, its address above all. What holds the data itself may stay.

    Raises
    ------
    PhotoError
        If a path is named that is no upload which is here, or an address alone.
    """
    found = list(_files(value))
    for named in found:
        path = named.get("path")
        if isinstance(path, str) and uploads.claim(path):
            named.clear()
            named.update(path=path, meta=dict(IS_FILE))
        elif path is not None or not named["url"].startswith("data:"):
            raise PhotoError(NOT_AN_UPLOAD)
    return bool(found)


def named_paths(value: object) -> Iterator[str]:
    """All paths of files that JSON names."""
    return (named["path"] for named in _files(value) if isinstance(named.get("path"), str))


def _files(value: object) -> Iterator[dict]:
    """All objects in JSON that Gradio might take for a file; without recursion, which a client could exhaust."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("path"), str) or isinstance(one.get("url"), str):
                yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


class OwnFilesOnly:
    """ASGI middleware: refuses a call that names any other file, before anything is read or fetched."""

    def __init__(self, app, uploads: UploadFolder):
        self._app, self._uploads = app, uploads

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD") or _is_upload(scope):
            await self._app(scope, receive, send)
            return
        try:
            body = checked_body(await Request(scope, receive).body(), self._uploads)
        except PhotoError as error:
            await JSONResponse({"detail": str(error), "error": str(error)}, 400)(scope, receive, send)
        except ClientDisconnect:
            return
        else:
            await self._app(scope, _replaying(body, receive), send)


def checked_body(body: bytes, uploads: UploadFolder) -> bytes:
    """A call's body as Gradio may get it: as it came where no file is named. What is no JSON is no call.

    Raises
    ------
    PhotoError
        As `check_files`.
    """
    try:
        value = json.loads(body)
    except ValueError:
        return body
    except RecursionError:
        raise PhotoError(NOT_AN_UPLOAD) from None
    return json.dumps(value).encode() if check_files(value, uploads) else body


def _is_upload(scope) -> bool:
    return scope["path"].removeprefix(scope.get("root_path", "")).rstrip("/") == UPLOAD


def _replaying(body: bytes, receive):
    """A `receive` that begins with a body that has been read."""
    first = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> dict:
        return first.pop() if first else await receive()

    return next_message
