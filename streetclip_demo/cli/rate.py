"""How far many photos are, with rate and time left, as one line of a terminal. Knows no photo."""

import time
from collections.abc import Callable
from typing import IO

from streetclip_demo.words.counts import counted

SHOWN_SECONDS = 0.2  # at least, between two looks of the line


class RateLine:
    """The line; nothing where the stream is no terminal.

    Parameters
    ----------
    stream : text file
    total : int
        Photos in all.
    done : int
        Those done before this run, which say nothing about its rate.
    now : callable
        Seconds of a clock.
    """

    def __init__(self, stream: IO[str], total: int, done: int = 0, now: Callable[[], float] = time.monotonic):
        self._stream, self._total, self._done, self._now = stream, total, done, now
        self._is_shown = stream.isatty()
        self._began = now()
        self._shown = float("-inf")

    def show(self, done: int, unread: int) -> None:
        """So many photos are done, and so many of them could not be read."""
        now = self._now()
        if not self._is_shown or (now - self._shown < SHOWN_SECONDS and done < self._total):
            return
        self._shown = now
        rate = (done - self._done) / max(now - self._began, 1e-9)
        photos = counted(self._total, "photo", "photos")
        told = [f"{done:,} of {photos}", f"{rate:,.{0 if rate >= 10 else 1}f} a second"]
        if rate > 0 and done < self._total:
            told.append(f"{duration((self._total - done) / rate)} left")
        if unread:
            told.append(f"{unread:,} not read")
        self._stream.write(f"\r{', '.join(told)}\x1b[K")
        self._stream.flush()

    def close(self) -> None:
        """Leave the line."""
        if self._is_shown and self._shown > float("-inf"):
            self._stream.write("\n")
            self._stream.flush()


def duration(seconds: float) -> str:
    """Seconds as people say them, in the two largest units."""
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    if minutes < 100:
        return f"{minutes} min"
    if hours < 48:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{hours // 24} days {hours % 24} h"
