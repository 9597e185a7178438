"""Something that is read once, behind the page, while nobody asks; who needs it sooner reads it with it."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Found = TypeVar("Found")
Read = Callable[[], object]  # one part of it, of a second or so


class ReadBehind:
    """Reads part by part in a thread of its own, when it is first asked to; it waits while somebody asks.

    Parameters
    ----------
    name : str
        The thread's.
    """

    def __init__(self, name: str):
        self._name = name
        self._changed = threading.Condition()
        self._asking = 0
        self._is_begun = False
        self._turn = threading.Lock()  # no part is read twice at once

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """While somebody waits for an answer, no further part is begun."""
        with self._changed:
            self._asking += 1
        try:
            yield
        finally:
            with self._changed:
                self._asking -= 1
                self._changed.notify_all()

    def begin(self, parts: Sequence[Read]) -> None:
        """Read the parts, if that was not begun before; returns at once."""
        with self._changed:
            if not self._is_begun:
                self._is_begun = True
                threading.Thread(target=self._read, args=[parts], name=self._name, daemon=True).start()

    def now(self, read: Callable[[], Found]) -> Found:
        """Read something for who waits for it; after the part that is being read, which may be the same."""
        with self._turn:
            return read()

    def _read(self, parts: Sequence[Read]) -> None:
        for read in parts:
            with self._changed:
                self._changed.wait_for(lambda: not self._asking)
            self.now(read)
