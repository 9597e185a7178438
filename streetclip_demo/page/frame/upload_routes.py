"""Uploads over HTTP, in place of Gradio's routes of the same addresses: in, how far, and what is here shown again."""

import asyncio
import errno
import json
import logging
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from streetclip_demo.errors import PhotoError
from streetclip_demo.page.frame.upload_form import UploadForm, WrongForm
from streetclip_demo.page.frame.uploads import Arriving, UploadFolder

MEBIBYTE = 2**20
BIT = 2**18  # bytes that are read at once
PICTURES = {  # that browsers show, none of which can hold a script; by the ends of their files' names
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".avif": "image/avif",
}
EXPECTED = (
    'Expected a form (multipart/form-data) with one file in its field "files". Send one file a request.'
)
TOO_LARGE = "The file is too large: at most {most} MB are taken. Make it smaller first."
NO_SPACE = "The file cannot be kept: there is no space left here just now. Please send it again in a minute."
NOT_WRITABLE = "The file cannot be kept: this server cannot write uploads just now. Tell whoever runs it."
NO_SUCH_FILE = "There is no such file here."
NO_SUCH_UPLOAD = "There is no such upload here."
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM)
WAIT_SECONDS, LOOK_SECONDS = 3.0, 0.1  # for an upload that is being asked about; between two looks at it
MOST_FOLLOWED = 256  # uploads whose progress is known, the newest
log = logging.getLogger("streetclip_demo.page")


class Refused(Exception):
    """An upload that is not taken: a status and a sentence."""


@dataclass
class Progress:
    """How far an upload is: its name, the bytes that nobody has been told of, and whether it is over."""

    name: str = ""
    untold: int = 0
    is_over: bool = False


class UploadRoutes:
    """What Gradio's clients ask for to send a file and to see it again.

    Parameters
    ----------
    uploads : UploadFolder
        Where files go, and the only place that any comes from.
    most_bytes : int
        Of one file.
    """

    def __init__(self, uploads: UploadFolder, most_bytes: int):
        self._uploads, self._most = uploads, most_bytes
        self._followed: dict[str, Progress] = {}

    def routes(self) -> list[Route]:
        """For the app's router, before Gradio's own."""
        return [
            Route("/gradio_api/upload", self.receive, methods=["POST"]),
            Route("/gradio_api/upload_progress", self.progress, methods=["GET"]),
            Route("/gradio_api/file={name:path}", self.show, methods=["GET"]),
            Route("/gradio_api/file/{name:path}", self.show, methods=["GET"]),
        ]

    async def receive(self, request: Request) -> Response:
        """Take one file; answers with the list of its one name."""
        progress = self._follow(request.query_params.get("upload_id"))
        try:
            return JSONResponse([await self._received(request, progress)])
        except Refused as refused:
            status, sentence = refused.args
            return PlainTextResponse(sentence, status)
        finally:
            progress.is_over = True

    async def progress(self, request: Request) -> Response:
        """How far an upload is, as events, until it is over."""
        upload_id = request.query_params.get("upload_id", "")
        for _ in range(int(WAIT_SECONDS / LOOK_SECONDS)):
            if upload_id in self._followed:
                return StreamingResponse(self._events(upload_id), media_type="text/event-stream")
            await asyncio.sleep(LOOK_SECONDS)
        return PlainTextResponse(NO_SUCH_UPLOAD, 404)

    async def show(self, request: Request) -> Response:
        """An upload that nobody has read yet. Any other name gets one and the same answer, unread."""
        name = request.path_params["name"]
        file = self._uploads.open(name)
        if file is None:
            return PlainTextResponse(NO_SUCH_FILE, 404)
        return StreamingResponse(
            _bits(file),
            media_type=PICTURES.get(PurePath(name).suffix, "application/octet-stream"),
            headers={
                "Content-Length": str(os.fstat(file.fileno()).st_size),
                "Content-Disposition": "attachment",
                "Cache-Control": "no-store",
            },
        )

    async def _received(self, request: Request, progress: Progress) -> str:
        try:
            form = UploadForm(request.headers.get("content-type", ""))
            self._check_size(int(request.headers.get("content-length") or 0))
            with self._uploads.receive() as arriving:
                await self._read(request, form, arriving, progress)
                return await run_in_threadpool(arriving.keep, _suffix(form.name or ""))
        except (WrongForm, ValueError):
            raise Refused(400, EXPECTED) from None
        except PhotoError as error:
            raise Refused(503, str(error)) from None
        except OSError as problem:
            log.error("An upload could not be kept: %s.", problem.strerror)
            raise Refused(507, NO_SPACE if problem.errno in FULL else NOT_WRITABLE) from None
        except ClientDisconnect:  # nobody hears this
            raise Refused(400, EXPECTED) from None

    async def _read(self, request: Request, form: UploadForm, arriving: Arriving, progress: Progress) -> None:
        body_bytes = file_bytes = 0
        async for body in request.stream():
            bit = form.feed(body)
            body_bytes, file_bytes = body_bytes + len(body), file_bytes + len(bit)
            self._check_size(body_bytes, file_bytes)
            if bit:
                progress.name = form.name or ""
                progress.untold += len(bit)
                await run_in_threadpool(arriving.write, bit)
        if form.name is None or not form.is_whole:
            raise WrongForm

    def _check_size(self, body_bytes: int, file_bytes: int = 0) -> None:
        if (
            file_bytes > self._most or body_bytes > self._most + MEBIBYTE
        ):  # which is for all that is not the file
            raise Refused(413, TOO_LARGE.format(most=self._most // MEBIBYTE))

    def _follow(self, upload_id: str | None) -> Progress:
        progress = Progress()
        if upload_id is not None:
            self._followed[upload_id[:100]] = progress
            while len(self._followed) > MOST_FOLLOWED:
                del self._followed[next(iter(self._followed))]
        return progress

    async def _events(self, upload_id: str) -> AsyncIterator[str]:
        progress = self._followed[upload_id]
        while not progress.is_over:
            if progress.untold:
                size, progress.untold = progress.untold, 0
                yield _event({"msg": "update", "orig_name": progress.name, "chunk_size": size})
            await asyncio.sleep(LOOK_SECONDS)
        self._followed.pop(upload_id, None)
        yield _event({"msg": "done"})


def _event(message: dict) -> str:
    return f"data: {json.dumps(message)}\n\n"


def _bits(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while bit := file.read(BIT):
            yield bit


def _suffix(name: str) -> str:
    """Of a file's own name only the end is kept, and that only where it is a picture's."""
    suffix = PurePath(name).suffix.lower()
    return suffix if suffix in PICTURES else ""
