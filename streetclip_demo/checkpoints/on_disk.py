"""What a model keeps on this machine's disk: how much, and its removal. Never of a folder that somebody has named."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from streetclip_demo.cache_folder import default_directory
from streetclip_demo.checkpoints import geoclip_files
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.hub_cache import repository_folder
from streetclip_demo.errors import ModelError

COPIES = ("weights", "openvino")  # kinds in the cache folder that are named by the revision they were made of


def kept_folders(card: ModelCard) -> list[Path]:
    """The folders that hold a model of the hub: its files there, and what was made of them here; none of a folder."""
    if card.is_directory:
        return []
    repository = repository_folder(card.source)
    found = [repository]
    for commit in _names(repository / "snapshots"):
        found += [
            copy
            for kind in COPIES
            for copy in (default_directory() / kind).glob(f"{commit}-*")
            if copy.is_dir()
        ]
    if card.key == "geoclip":  # another release has all that is its own in its repository
        found += [geoclip_files.kept_folder(), default_directory() / "gallery"]
    return [folder for folder in found if folder.is_dir()]


def bytes_on_disk(card: ModelCard) -> int:
    """How much that is; of a folder that was named or came with the app, how much it holds."""
    return sum(map(_bytes, [Path(card.source)] if card.is_directory else kept_folders(card)))


def remove_from_disk(card: ModelCard) -> int:
    """Delete a model that came from the hub; how many bytes went.

    Raise ModelError if it is a folder of somebody's, is not there, or cannot be deleted.
    """
    if card.is_directory:
        raise ModelError(
            f"{card.title} is a folder, which this app only reads; nothing was removed: {card.source}"
        )
    folders = kept_folders(card)
    if not folders:
        raise ModelError(f"{card.title} is not on this machine, so there is nothing to remove.")
    size = sum(map(_bytes, folders))
    for folder in folders:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ModelError(f"{card.title}: {folder} could not be removed ({reason}).") from None
    return size


def _bytes(folder: Path) -> int:
    """Of the files in a folder, each once: snapshots of the hub are links."""
    return sum(map(_size, _files(folder)))


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        about = path.lstat()
        return 0 if path.is_symlink() else about.st_size
    return 0


def _names(folder: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return sorted(path.name for path in folder.iterdir())
    return []
