"""A model's folder in the hub's local cache, where other programs find its files too.

Files come over HTTP into `<etag>.part`, which is taken up again after a break, and are linked from the snapshot once
they are whole.
"""

import contextlib
import functools
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants, hf_hub_url
from huggingface_hub.utils import WeakFileLock
from huggingface_hub.utils import tqdm as hub_tqdm

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.hub_cache import repository_folder
from streetclip_demo.checkpoints.hub_transfer import receive
from streetclip_demo.errors import ModelError
from streetclip_demo.progress import Progress

STALE_SECONDS = 24 * 3600  # after which nobody goes on with an unfinished file


@dataclass(frozen=True)
class RemoteFile:
    """A file of one commit, as the hub describes it."""

    name: str
    commit: str
    etag: str
    size: int  # 0 where it is not told


class HubFolder:
    """A model's folder in the hub's local cache: blobs by their etag, and a snapshot of links to them."""

    def __init__(self, hub_id: str, commit: str) -> None:
        self.hub_id = hub_id
        self.commit = commit
        self._root = repository_folder(hub_id)
        self.snapshot = self._root / "snapshots" / commit

    def fetch(self, card: ModelCard, files: list[RemoteFile], progress: Progress | None) -> None:
        """Have these files whole, or raise ModelError."""
        total = sum(file.size for file in files)
        have = {file.name: self._present(file) for file in files}
        _check_space(card, total - sum(have.values()))
        with _reporting(card, total, sum(have.values()), progress) as report:
            for file in files:
                if not (self.snapshot / file.name).exists():
                    self._fetch_one(card, file, functools.partial(report, have, file.name))
                    self._link(file)
                report(have, file.name, file.size)
        main = self._root / "refs" / "main"
        main.parent.mkdir(parents=True, exist_ok=True)
        main.write_text(self.commit)
        self._sweep()

    def _present(self, file: RemoteFile) -> int:
        if (self.snapshot / file.name).exists() or self._blob(file).exists():
            return file.size
        with contextlib.suppress(OSError):
            return min(self._part(file).stat().st_size, file.size)
        return 0

    def _blob(self, file: RemoteFile) -> Path:
        return self._root / "blobs" / file.etag

    def _part(self, file: RemoteFile) -> Path:
        return self._root / "blobs" / f"{file.etag}.part"

    def _fetch_one(self, card: ModelCard, file: RemoteFile, report: Callable[[int], object]) -> None:
        lock = Path(constants.HF_HUB_CACHE) / ".locks" / self._root.name / f"{file.etag}.lock"
        for folder in (self._part(file).parent, lock.parent):
            folder.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(lock):  # the one that the hub's own library takes
            if self._blob(file).exists():
                return
            with open(self._part(file), "ab") as part:
                if part.tell() > file.size:  # of another file; or its size is not known
                    part.seek(0)
                    part.truncate()
                if not file.size or part.tell() < file.size:
                    url = hf_hub_url(self.hub_id, file.name, revision=self.commit)
                    receive(url, part, file.size, lambda: report(part.tell()))
            if not _is_as_named(self._part(file), file.etag):
                self._part(file).unlink()
                raise ModelError(f"{card.title}: {file.name} arrived damaged from the hub. Start again.")
            os.replace(self._part(file), self._blob(file))

    def _link(self, file: RemoteFile) -> None:
        link = self.snapshot / file.name
        link.parent.mkdir(parents=True, exist_ok=True)
        try:
            if link.is_symlink():  # to a blob that was deleted, and is here again
                link.unlink()
            link.symlink_to(Path("..", "..", "blobs", file.etag))
        except FileExistsError:  # another process was faster
            pass
        except OSError:  # Windows, for users who may not make links
            os.replace(self._blob(file), link)

    def _sweep(self) -> None:
        """Delete unfinished files that nobody goes on with: of older versions of the files, or of other programs."""
        for pattern in ("*.part", "*.incomplete"):
            for path in (self._root / "blobs").glob(pattern):
                with contextlib.suppress(OSError):
                    if time.time() - path.stat().st_mtime > STALE_SECONDS:
                        path.unlink()


def _is_as_named(path: Path, etag: str) -> bool:
    """Whether a file is what its etag says; that of a large file is its SHA-256."""
    if not re.fullmatch(r"[0-9a-f]{64}", etag):
        return True
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == etag


@contextlib.contextmanager
def _reporting(card: ModelCard, total: int, had: int, progress: Progress | None) -> Iterator[Callable]:
    """What is told how much of each file is here; shows a bar, from where an earlier run has stopped."""
    with hub_tqdm(total=total, initial=had, unit="B", unit_scale=True, desc=card.title) as bar:
        shown = had

        def report(have: dict[str, int], name: str, size: int) -> None:
            nonlocal shown
            have[name] = size
            done = min(sum(have.values()), total)
            bar.update(done - shown)
            shown = done
            if progress is not None:
                progress(done, total)

        yield report


def _check_space(card: ModelCard, needed: int) -> None:
    folder = Path(constants.HF_HUB_CACHE)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            f"{card.title} needs {needed / 1e9:.1f} GB on the disk and {free / 1e9:.1f} GB are free in"
            f" {constants.HF_HUB_CACHE}. Free some space, or set HF_HOME to a folder on another disk."
        )
