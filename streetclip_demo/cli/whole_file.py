"""Text files: read as UTF-8; written whole or not at all, so that an older one stays until the new one is complete."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from streetclip_demo.errors import UserError


class WholeFile:
    """A text file that takes its place when it is closed.

    Until then it grows beside that place, under another name. What is no ordinary file (a pipe, /dev/stdout) is
    written as it is.

    Parameters
    ----------
    path : Path
        A link stays, and what it leads to is replaced, with its permissions.
    what : str
        What errors call the file: "CSV file".
    encoding : str
    """

    def __init__(self, path: Path, what: str, encoding: str = "utf-8"):
        self._path, self._what = path, what
        self._part: Path | None = None
        self._stream: IO[str] | None = None
        with self._told():
            target = Path(os.path.realpath(path))
            if not _is_written_in_place(path):
                self._part = target.with_name(f".streetclip-{secrets.token_hex(8)}.part")
            mode = "x" if self._part else "w"
            self._stream = open(self._part or path, mode, encoding=encoding, newline="")  # noqa: SIM115
            if self._part and target.exists():
                _take_after(self._part, target.stat())

    def write(self, text: str) -> None:
        """Add text."""
        with self._told():
            self._opened().write(text)

    def close(self) -> None:
        """The file is complete: on the disk, and in its place. No more than once; not after `give_up`."""
        if self._opened().closed:
            return
        with self._told():
            with self._opened() as stream:
                stream.flush()
                if self._part:
                    os.fsync(stream.fileno())
            if self._part:
                _put(self._part, Path(os.path.realpath(self._path)))

    def give_up(self) -> None:
        """Leave what was there before."""
        if self._stream:
            with contextlib.suppress(OSError):  # what is still to be written may not fit
                self._stream.close()
        if self._part:
            self._part.unlink(missing_ok=True)

    def _opened(self) -> IO[str]:
        assert self._stream is not None  # or there is no such object
        return self._stream

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            self.give_up()
            raise UserError(
                f"The {self._what} cannot be written to {self._path}: {problem.strerror}."
            ) from None


def read_text(path: str | Path, error: type[UserError]) -> str:
    """The text of a file; an error of the type that is given where there is none."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise error(f"{path} is not text in UTF-8. Save it as a text file in UTF-8.") from None
    except OSError as problem:
        raise error(f"{path} cannot be read: {problem.strerror}.") from None


def write_whole(path: Path, content: str, what: str) -> None:
    """Write a text file in UTF-8; or leave the older one as it is, and raise a UserError."""
    file = WholeFile(path, what)
    file.write(content)
    file.close()


def _is_written_in_place(path: Path) -> bool:
    """Whether no other file can take its place, or whoever has it open would not see that one."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(there.st_mode) or any(os.path.samestat(there, own) for own in _own_streams()):
        return True
    return not os.access(os.path.dirname(os.path.realpath(path)), os.W_OK)


def _own_streams() -> Iterator[os.stat_result]:
    """Where standard output and error go: "--csv /dev/stdout > FILE" names that file."""
    for stream in (sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # there may be none
            if stream is not None:
                yield os.fstat(stream.fileno())


def _take_after(part: Path, there: os.stat_result) -> None:
    with contextlib.suppress(PermissionError, AttributeError):  # only root may, and not on every system
        os.chown(part, there.st_uid, there.st_gid)
    part.chmod(stat.S_IMODE(there.st_mode))


def _put(part: Path, target: Path) -> None:
    try:
        part.replace(target)
    except OSError as problem:
        if problem.errno != errno.EBUSY:
            raise
        shutil.copyfile(part, target)  # a single file that is mounted into a container cannot be replaced
        part.unlink()
