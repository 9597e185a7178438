"""How far a run is, a line for each row, so that it can go on after any kind of stop. Knows no row."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from streetclip_demo.errors import UserError

TAIL_BYTES = 1 << 16  # in which the last line that fits is looked for
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # a module, or none


class Journal:
    """Lines of numbers: the marks of all files after each row. While it is open no other process can open it.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path):
        self._path = path
        try:
            self._file = open(path, "a+b", buffering=0)  # noqa: SIM115
        except OSError as problem:
            raise UserError(f"{path} cannot be written: {problem.strerror}. Name another folder.") from None
        if fcntl is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._file.close()
                raise UserError(
                    f"Another run is writing into {path.parent}. Wait for it, or name another folder."
                ) from None
            except OSError:
                pass  # the file system knows no locks

    def last(self, count: int, fits: Callable[[Sequence[int]], bool]) -> tuple[int, ...] | None:
        """The last line of so many numbers that fits; what comes after it is cut off. None where there is no line.

        A line that was not finished when the machine stopped, or whose rows never reached the disk, is none.
        """
        size = os.fstat(self._file.fileno()).st_size
        start = max(0, size - TAIL_BYTES)
        self._file.seek(start)
        lines = self._file.read(size - start).splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            size -= len(lines.pop())
        if start > 0:
            del lines[0]  # which began before
        for line in reversed(lines):
            marks = _numbers(line)
            if len(marks) == count and fits(marks):
                self._file.truncate(size)
                return marks
            size -= len(line)
        if lines:
            raise UserError(
                f"The files in {self._path.parent} are not those that its {self._path.name} tells of. Name another"
                " folder."
            )
        self._file.truncate(0)
        return None

    def clear(self) -> None:
        """No row is done."""
        self._file.truncate(0)

    def add(self, marks: Sequence[int]) -> None:
        """A row is done."""
        try:
            self._file.write(b" ".join(b"%d" % mark for mark in marks) + b"\n")
        except OSError as problem:
            raise UserError(f"{self._path} cannot be written: {problem.strerror}.") from None

    def close(self) -> None:
        """Another process may go on."""
        self._file.close()


def _numbers(line: bytes) -> tuple[int, ...]:
    parts = line.removesuffix(b"\n").split(b" ")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()
