"""The folder for what is computed once and kept: caption embeddings, weights in half precision, converted models.

What takes long to write is a folder that is made under a temporary name and then renamed, so that one with its own name
is always whole. A process that was killed leaves the temporary one behind; the next start deletes it.
"""

import contextlib
import os
import shutil
import stat
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from streetclip_demo.errors import UserError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # a module, or none

NAME = "streetclip-demo"
KINDS = ("weights", "openvino", "geoclip", "gallery")  # folders in which folders are made
STALE_SECONDS = 24 * 3600  # after which an unfinished folder is nobody's, where no lock can tell


def default_directory() -> Path:
    """The folder for caches: STREETCLIP_CACHE, else the platform's place for them, else one among temporary files.

    Raise UserError if none of them can be had.
    """
    if chosen := os.environ.get("STREETCLIP_CACHE"):
        return Path(os.path.expanduser(chosen))
    base = platform_directory()
    if base is not None and can_be_had(base / NAME):
        return base / NAME
    return _temporary_directory()


def platform_directory() -> Path | None:
    """Where programs keep their caches; None where the user has no home, as a number without a name has none."""
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None


def can_be_had(folder: Path) -> bool:
    """Whether a folder is there, perhaps only to be read, or can be made."""
    if os.path.isdir(folder):  # unlike Path's, says no where it may not look
        return os.access(folder, os.R_OK | os.X_OK)
    above = next(parent for parent in folder.absolute().parents if os.path.exists(parent))
    return os.path.isdir(above) and os.access(above, os.W_OK | os.X_OK)


def _temporary_directory() -> Path:
    """A folder among temporary files that nobody else may write: what lies in it is trusted."""
    try:
        user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
        folder = Path(tempfile.gettempdir()) / f"{NAME}-{user}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        about = folder.lstat()
    except OSError as error:
        raise UserError(
            f"No folder for what is kept between starts can be made ({error.strerror})."
            " Set STREETCLIP_CACHE to a folder that can be written."
        ) from None
    is_ours = not hasattr(os, "getuid") or (about.st_uid == os.getuid() and not about.st_mode & 0o022)
    if not stat.S_ISDIR(about.st_mode) or not is_ours:
        raise UserError(
            f"{folder} should be a folder that only its owner may write, and is not."
            " Delete it, or set STREETCLIP_CACHE to a folder of your own."
        )
    return folder


@contextlib.contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """A new folder to write into, which becomes `folder` at the end of the block and goes if the block fails.

    Where another process was faster, its folder stays.
    """
    with _locked_folder(folder.parent) as temporary:
        try:
            yield temporary
            with contextlib.suppress(OSError):  # another process was faster
                os.replace(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def sweep_unfinished() -> None:
    """Delete the folders that processes have left which were killed while they made them."""
    with contextlib.suppress(OSError, UserError):
        for folder in _temporary_folders(default_directory()):
            with _lock(folder) as is_mine:
                # Only where no lock can tell: a clock that is set forward makes what is being written look old.
                if is_mine or (is_mine is None and time.time() - folder.stat().st_mtime > STALE_SECONDS):
                    shutil.rmtree(folder, ignore_errors=True)


def unfinished_folders(base: Path) -> list[Path]:
    """Those that the next sweep would delete."""
    left = []
    for folder in _temporary_folders(base):
        with contextlib.suppress(OSError), _lock(folder) as is_mine:
            if is_mine:
                left.append(folder)
    return left


def _temporary_folders(base: Path) -> list[Path]:
    return [path for kind in KINDS for path in (base / kind).glob(".*") if path.is_dir()]


@contextlib.contextmanager
def _locked_folder(parent: Path) -> Iterator[Path]:
    """A new folder, locked as long as its process lives, so that none other sweeps it."""
    temporary = parent / f".{uuid.uuid4().hex}"
    temporary.mkdir(parents=True)
    with _lock(temporary):
        temporary.mkdir(exist_ok=True)  # another process may have swept it before it was locked
        yield temporary


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[bool | None]:
    """Lock a folder; whether that was possible, None where no lock can tell."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        yield None
        return
    try:
        yield _is_locked(number)
    finally:
        os.close(number)


def _is_locked(number: int) -> bool | None:
    if fcntl is None:
        return None
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # another process has it
        return False
    except OSError:  # the file system knows no locks
        return None
    return True
