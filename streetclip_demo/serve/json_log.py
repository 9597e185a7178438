"""The log as one JSON object a line. It holds no value that a visitor has sent, and no address of one.

Of what this app and its server say, the words are kept; of what other libraries log, the place alone, for their words
may be made of a photo's metadata or of a label. What is printed past the log becomes lines of it too, tracebacks
without their words.
"""

import contextlib
import json
import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import IO, Any

from streetclip_demo.serve.hosting import Answered
from streetclip_demo.serve.log import Plain

OWN = ("streetclip_demo", "uvicorn.error")
REQUESTS = "streetclip_demo.requests"
LOGGED = ("page", "call", "upload", "none")  # kinds of requests that have a line of their own
TRACEBACK = re.compile(r"(Traceback \(most recent call last\)|Exception in thread |Exception ignored )")
QUIET_SECONDS = 1.0  # of silence, after which what is printed is no longer a traceback's


class OneObject(logging.Formatter):
    """A record as a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        is_own = record.name in OWN or record.name.startswith("streetclip_demo.")
        message = record.getMessage().strip() if is_own else f"at {record.pathname}:{record.lineno}"
        return written(record.levelname.lower(), record.name, message, **getattr(record, "fields", {}))


def written(level: str, logger: str, message: str, **fields: object) -> str:
    """One line, without its end."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": now, "level": level, "logger": logger, "message": message} | fields)


class Printed:
    """Takes the place of sys.stdout or sys.stderr: what is printed becomes lines of JSON."""

    def __init__(self, stream: IO[str], name: str, clock: Callable[[], float] = time.monotonic):
        self._stream, self._name, self._clock = stream, name, clock
        self._lock, self._rest, self._silent_until = threading.Lock(), "", 0.0

    def write(self, text: str) -> int:
        with self._lock:
            *lines, self._rest = (self._rest + text).split("\n")
            for line in filter(str.strip, lines):
                self._take(line)
        return len(text)

    def _take(self, line: str) -> None:
        is_traceback = TRACEBACK.match(line) is not None
        is_its_words = self._clock() < self._silent_until
        if is_traceback or is_its_words:
            self._silent_until = self._clock() + QUIET_SECONDS
        if is_its_words:
            return
        message = "a traceback, which is not kept" if is_traceback else line.strip()
        with contextlib.suppress(OSError):  # a log that cannot be written holds up no answer
            self._stream.write(written("error" if is_traceback else "info", self._name, message) + "\n")
            self._stream.flush()

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:  # fileno, isatty, encoding: the stream's own
        return getattr(self._stream, name)


def log_request(done: Answered) -> None:
    """A line for a request that a visitor has made, and nothing of what it said."""
    if done.kind in LOGGED:
        fields = {"kind": done.kind, "status": done.status, "seconds": round(done.seconds, 3)}
        logging.getLogger(REQUESTS).info("request", extra={"fields": fields})


def log_as_json() -> None:
    """From now on all that this process writes is lines of JSON: the log on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneObject())
    handler.addFilter(_Few())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a disk that is full shows in no traceback
    logging.getLogger(REQUESTS).setLevel(logging.INFO)
    sys.excepthook = _say_unforeseen
    threading.excepthook = lambda caught: _say_unforeseen(
        caught.exc_type, caught.exc_value, caught.exc_traceback
    )
    sys.stdout, sys.stderr = Printed(sys.stdout, "stdout"), Printed(sys.stderr, "stderr")


class _Few(Plain):
    """As Plain, which the lines of requests pass: there is one each, as the host has asked for."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.name == REQUESTS or super().filter(record)


def _say_unforeseen(kind, error, frames) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        places = [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(frames)]
        logging.getLogger("streetclip_demo").error("%s at\n  %s", kind.__name__, "\n  ".join(places))
