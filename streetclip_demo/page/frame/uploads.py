"""The folder of what visitors have sent and nobody has read yet: private, and gone when the app is. Knows no Gradio.

Each upload gets a name that cannot be guessed. Holding the name, letter by letter as it was given, is the only right
to the file; no other name is ever looked for on the disk.
"""

import atexit
import contextlib
import errno
import os
import secrets
import shutil
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import BinaryIO

from streetclip_demo.errors import DataError, PhotoError
from streetclip_demo.words.language import text

if sys.platform != "win32":
    import fcntl

PREFIX = "streetclip-uploads-"
MOST_BYTES = 2**30  # of all uploads together
MOST_FILE_BYTES = 60 * 2**20  # of one upload
MOST_UPLOADS = 1000
UNCLAIMED_SECONDS = 30  # from an upload, or from the last request that named it, to its end
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)  # each is of one system only
PLAIN_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
GONE = "The upload was gone before it could be read. Please send the photo again."
NOT_AN_UPLOAD = (
    "What the request names is not an upload of this app. Send the file itself first,"
    " then name what was answered."
)
NO_ROOM = "Too many uploads are waiting here just now. Please send the photo again in a minute."


class UploadFolder:
    """A fresh folder of this process under the system's temporary one.

    Parameters
    ----------
    parent : Path, optional
        Where it is made; by default where `tempfile` makes files. Leftovers of ours in there are removed.
    clock : callable
        Seconds, as `time.monotonic`.
    takes : bool
        Whether anything is taken. Where not, every way in and out raises a PhotoError that says so.

    Raises
    ------
    DataError
        If no folder can be made there.
    """

    def __init__(
        self,
        parent: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        takes: bool = True,
    ):
        self._takes = takes
        self._clock, self._lock, self._process = clock, threading.Lock(), os.getpid()
        self._handle: int | None
        self._until: dict[str, float] = {}  # name of a whole upload -> when it goes if nobody waits for it
        self._sizes: dict[Path, int] = {}  # folder of each upload, whole or not -> bytes
        try:
            parent = Path(parent or tempfile.gettempdir()).resolve()
            _remove_leftovers(parent)
            self.path, self._handle = _fresh_folder(parent)
        except OSError as problem:
            raise DataError(
                f"No folder for uploads can be made under {parent or 'the system temporary folder'}:"
                f" {problem.strerror}. Let TMPDIR name a folder that may be written."
            ) from None
        atexit.register(self.close)

    def receive(self) -> "Arriving":
        """A file that is about to come in; a context manager.

        Raise PhotoError if the app is ending, or there are too many, or none are taken.
        """
        self._check_takes()
        with self._lock:
            if self._handle is None or len(self._sizes) >= MOST_UPLOADS:
                raise PhotoError(NO_ROOM)
            self.path.mkdir(mode=0o700, exist_ok=True)  # some systems clear old temporary files
            folder = self.path / secrets.token_urlsafe(32)
            folder.mkdir(mode=0o700)
            self._sizes[folder] = 0
        return Arriving(self, folder)

    def claim(self, name: object) -> bool:
        """Whether this names an upload that is here; it stays for a while longer, for whoever asks next."""
        self._check_takes()
        with self._lock:
            if not isinstance(name, str) or name not in self._until:
                return False
            self._until[name] = self._clock() + UNCLAIMED_SECONDS
            return True

    def open(self, name: str) -> BinaryIO | None:
        """The file of an upload that is here, to be read; None for any other name."""
        with self._lock:
            is_here = name in self._until
        return _open(Path(name)) if is_here else None

    def read(self, name: object) -> bytes:
        """The bytes of an upload, whose file stays for now.

        Raise PhotoError if this is not the name of an upload that is here.
        """
        if not isinstance(name, str) or not self.claim(name):
            raise PhotoError(GONE if self._looks_ours(name) else NOT_AN_UPLOAD)
        return _bytes(Path(name))

    def take(self, name: object) -> bytes:
        """The bytes of an upload, whose file is gone afterwards.

        Raise PhotoError if this is not the name of an upload that is here: then nothing is read or removed.
        """
        self._check_takes()
        with self._lock:
            is_here = isinstance(name, str) and self._until.pop(name, None) is not None
        if not isinstance(name, str) or not is_here:
            raise PhotoError(GONE if self._looks_ours(name) else NOT_AN_UPLOAD)
        try:
            return _bytes(Path(name))
        finally:
            self._forget(Path(name).parent)

    def sweep(self, awaited: Collection[str] = ()) -> None:
        """Remove what nobody has asked for in time, and whatever else lies here; not what somebody is waiting for.

        Parameters
        ----------
        awaited : collection of str
            Names of uploads in requests that wait or run.
        """
        now = self._clock()
        with self._lock:
            late = [name for name, until in self._until.items() if until < now and name not in awaited]
            for name in late:
                del self._until[name]
                del self._sizes[Path(name).parent]
            # Within the lock, so that none of these can be new.
            unknown = [path for path in _entries(self.path) if path not in self._sizes]
        for path in unknown:
            _remove(path)

    def close(self) -> None:
        """Remove the folder with all that lies in it; may be called again. A child of this process removes nothing."""
        if os.getpid() != self._process:
            return
        with self._lock:
            handle, self._handle = self._handle, None
            self._until.clear()
        atexit.unregister(self.close)
        if handle is not None:
            _remove(self.path)
            os.close(handle)

    def _check_takes(self) -> None:
        if not self._takes:
            raise PhotoError(text.EXAMPLES_ONLY)

    def _looks_ours(self, name: object) -> bool:
        """Whether a name looks like one that was given: told by its letters alone, never by the disk."""
        return isinstance(name, str) and Path(name).parent.parent == self.path

    def _grow(self, folder: Path, size: int) -> None:
        with self._lock:
            if sum(self._sizes.values()) + size > MOST_BYTES:
                raise OSError(errno.ENOSPC, "the folder for uploads is full")
            self._sizes[folder] += size

    def _keep(self, path: Path) -> str:
        with self._lock:
            self._until[str(path)] = self._clock() + UNCLAIMED_SECONDS
        return str(path)

    def _forget(self, folder: Path) -> None:
        _remove(folder)
        with self._lock:
            self._sizes.pop(folder, None)


class Arriving:
    """A file on its way in. Unless it is kept, it is gone when the `with` block ends, however that ends."""

    def __init__(self, uploads: UploadFolder, folder: Path):
        self._uploads, self._folder = uploads, folder
        self._file: BinaryIO | None = None
        self._is_kept = False

    def __enter__(self) -> "Arriving":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full disk may show once more
                self._file.close()
        if not self._is_kept:
            self._uploads._forget(self._folder)

    def write(self, data: bytes) -> None:
        """Add to the file; OSError where there is no room."""
        self._uploads._grow(self._folder, len(data))
        self._opened().write(data)

    def keep(self, suffix: str = "") -> str:
        """Say that the file is whole; the name that is the right to it."""
        self._opened().close()  # an empty file is a file
        whole = (self._folder / "part").rename(self._folder / f"photo{suffix}")
        self._is_kept = True
        return self._uploads._keep(whole)

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = os.fdopen(os.open(self._folder / "part", NEW_FILE, 0o600), "wb")
        return self._file


def _bytes(path: Path) -> bytes:
    file = _open(path)
    if file is None:
        raise PhotoError(GONE)
    with file:
        return file.read()


def _open(path: Path) -> BinaryIO | None:
    """A plain file, to be read; None if it is gone, or has become a link or anything else."""
    try:
        file = os.fdopen(os.open(path, PLAIN_FILE), "rb")
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    return None


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _remove(path: Path) -> None:
    """Remove a folder with all in it, a file, or a link but never what it points to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _fresh_folder(parent: Path) -> tuple[Path, int]:
    """A folder of mode 700, locked before it has a name by which it could be taken for a leftover."""
    new = Path(tempfile.mkdtemp(prefix="streetclip-new-", dir=parent))
    handle = _locked(new)
    return new.rename(parent / f"{PREFIX}{secrets.token_urlsafe(8)}"), handle


def _locked(folder: Path) -> int:
    """A handle on a folder, locked as long as this process lives; on Windows, which has no such lock, on nothing."""
    if sys.platform == "win32":
        return os.open(os.devnull, os.O_RDONLY)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _remove_leftovers(parent: Path) -> None:
    """Remove folders of ours whose process was ended too hard to do it itself. None on Windows, for want of locks."""
    if sys.platform == "win32":
        return
    for path in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if path.lstat().st_uid == os.getuid():
                handle = _locked(path)  # refused while that process lives, and for what is no folder
                _remove(path)
                os.close(handle)
