"""Something that is read once, behind the page; who needs it meanwhile waits for it and hears how far it is."""

import threading
from collections.abc import Callable

from streetclip_demo.progress import Progress

TOLD_SECONDS = 0.2  # between two words to those who wait


class ReadBehind:
    """Reads in a thread of its own, when it is first asked to.

    Parameters
    ----------
    name : str
        The thread's.
    """

    def __init__(self, name: str):
        self._name = name
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._how_far = (0, 1)

    def begin(self, read: Callable[[Progress], object]) -> None:
        """Read, if that was not begun before; `read` tells how far it is."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=read, args=[self._tell], name=self._name, daemon=True)
                self._thread.start()

    def wait(self, progress: Progress | None = None) -> None:
        """Return when nothing is being read; `progress` is told how far that is, and what it raises ends the wait."""
        while self._thread is not None and self._thread.is_alive():
            if progress is not None:
                progress(*self._how_far)
            self._thread.join(TOLD_SECONDS)

    def _tell(self, done: int, total: int) -> None:
        self._how_far = (done, total)
