"""The log: no client writes a line of it, and nothing can fill a disk with it."""

import logging
import time
import traceback
import warnings
from collections.abc import Callable

# What uvicorn and asyncio say of a client's mistake, by how the message begins.
OF_CLIENTS = (
    "Invalid HTTP request received.",
    "Unsupported upgrade request.",
    "No supported WebSocket library detected.",
    "socket.send() raised exception.",
)
MOST_OF_A_KIND = 5
MOST_KINDS = 20
SPAN_SECONDS = 60.0
UPLOADS_READER = "python_multipart.multipart"  # has a word on every upload that it cannot read
LOGGERS = ("asyncio", "uvicorn.error", "streetclip_demo.page", UPLOADS_READER)


class Plain(logging.Filter):
    """Drops what clients cause; of the rest lets a few of each kind through a minute, with places and no values."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self._clock = clock
        self._seen: dict = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is written."""
        if record.name == UPLOADS_READER or str(record.msg).startswith(OF_CLIENTS):
            return False
        if not self._is_among_first((record.name, record.getMessage().strip().partition("\n")[0])):
            return False
        _leave_places(record)
        return True

    def _is_among_first(self, kind: tuple[str, str]) -> bool:
        now = self._clock()
        self._seen = {one: span for one, span in self._seen.items() if now - span[0] < SPAN_SECONDS}
        if kind not in self._seen and len(self._seen) == MOST_KINDS:
            return False
        begun, count = self._seen.get(kind, (now, 0))
        self._seen[kind] = (begun, count + 1)
        return count < MOST_OF_A_KIND


def _leave_places(record: logging.LogRecord) -> None:
    """Leave of an exception its kind, files, lines and functions: its words may be a visitor's."""
    if record.exc_info and record.exc_info[1] is not None:
        kind, _, frames = record.exc_info
        places = [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(frames)]
        first = record.getMessage().strip().splitlines()[:1]
        record.msg, record.args = "\n  ".join([*first, f"{kind.__name__} at", *places]), ()
        record.exc_info = record.exc_text = None


def keep_plain() -> None:
    """Have everything that answers requests write plainly."""
    # Gradio warns of values that it is to show, as of a label that looks like a script.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"gradio\.")
    plain = Plain()
    for logger in map(logging.getLogger, LOGGERS):
        if not any(isinstance(one, Plain) for one in logger.filters):
            logger.addFilter(plain)


def hand_over(name: str) -> None:
    """Have a library's logger write as all others do, if there is a way that all others write."""
    if logging.getLogger().handlers:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
