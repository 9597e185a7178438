"""Signals that ask the process to end. Imports nothing that takes time."""

import os
import signal
from collections.abc import Callable


def on_signals(handler: Callable) -> None:
    """Have both signals heeded; also as process 1, for which they mean nothing by themselves."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def end_at_once_when_asked(clean_up: Callable[[], None] = lambda: None) -> None:
    """Until there is a page, there is nothing to finish: 0 for SIGTERM, 130 for Ctrl+C."""

    def end(number: int, frame: object) -> None:
        try:
            clean_up()
        finally:
            os._exit(0 if number == signal.SIGTERM else 128 + number)

    on_signals(end)
