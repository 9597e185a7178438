"""A checkpoint's files from the hub into its local cache, where other programs find them too. Must fail fast.

Each file is asked for by its name, as transformers does, so that a mirror has to know nothing but files. They come over
HTTP into `<etag>.part`, which is taken up again after a break, and are linked from the snapshot once they are whole.
"""

import contextlib
import errno
import hashlib
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants, get_hf_file_metadata, get_token, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import WeakFileLock, build_hf_headers, get_session
from huggingface_hub.utils import tqdm as hub_tqdm

from streetclip_demo.checkpoint_files import (
    CONFIG,
    FORMS,
    INDEX,
    PICKLED_INDEX,
    SMALL,
    WEIGHTS,
    index_of,
)
from streetclip_demo.errors import ModelError
from streetclip_demo.models import ModelCard
from streetclip_demo.surroundings import proxy_for

CONNECT_SECONDS = 0.9  # for each address of the hub's name, of which there are often two
REACH_SECONDS = (
    1.9  # in which something must accept a connection; for its answer there is HF_HUB_ETAG_TIMEOUT
)
STALE_SECONDS = 24 * 3600  # after which nobody goes on with an unfinished file

Progress = Callable[[int, int], object]  # bytes done, bytes in all


@dataclass(frozen=True)
class RemoteFile:
    """A file of one commit, as the hub describes it."""

    name: str
    commit: str
    etag: str
    size: int  # 0 where it is not told


def repository_folder(hub_id: str) -> Path:
    """Where the hub's local cache keeps a model."""
    return Path(constants.HF_HUB_CACHE) / f"models--{hub_id.replace('/', '--')}"


def download(card: ModelCard, progress: Progress | None = None) -> Path:
    """Download what is missing of a checkpoint's main revision; return its snapshot in the local cache.

    Raises
    ------
    ModelError
        If it cannot be had, with the reason and what to do.
    """
    _check_reachable(card)
    with _told(card):
        config = _config(card)
        folder = _Folder(card.source, config.commit)
        weights = _weights(card, folder)
        others = (_ask(card, name, config.commit) for name in SMALL if name != CONFIG)
        folder.fetch(card, [config, *(file for file in others if file), *weights], progress)
        return folder.snapshot


# What there is


def _config(card: ModelCard) -> RemoteFile:
    try:
        config = _ask(card, CONFIG, "main")
    except HfHubHTTPError:
        raise
    except (HTTPError, TimeoutError) as error:
        seconds = constants.HF_HUB_ETAG_TIMEOUT
        is_silent = "timeout" in type(error).__name__.lower()
        raise _unreachable(card, f"no answer within {seconds} s" if is_silent else _said(error)) from None
    if config is None:
        raise ModelError(f"{card.title}: {card.source} holds no {CONFIG}. Choose a CLIPModel checkpoint.")
    return config


def _weights(card: ModelCard, folder: "_Folder") -> list[RemoteFile]:
    """The files that transformers would load: safetensors if there are any, else pickled ones."""
    found = next(filter(None, (_ask(card, form, folder.commit) for form in FORMS)), None)
    if found is None:
        raise ModelError(f"{card.title}: {card.source} holds no {WEIGHTS}. Choose a CLIPModel checkpoint.")
    if found.name not in (INDEX, PICKLED_INDEX):
        return [found]
    folder.fetch(card, [found], None)
    try:
        names = sorted(set(index_of(folder.snapshot / found.name).values()))
    except ValueError as error:
        raise ModelError(
            f"{card.title}: {card.source} is damaged: {error}. Choose another checkpoint."
        ) from None
    files = [_ask(card, name, folder.commit) for name in names if name == Path(name).name]
    if None in files or len(files) != len(names):
        raise ModelError(
            f"{card.title}: {card.source} lacks files that its {found.name} names. Choose another checkpoint."
        )
    return [found, *files]


def _ask(card: ModelCard, name: str, revision: str) -> RemoteFile | None:
    """What the hub says of a file; None if it has none of that name."""
    url = hf_hub_url(card.source, name, revision=revision)
    try:
        about = get_hf_file_metadata(url, timeout=constants.HF_HUB_ETAG_TIMEOUT)
    except (RepositoryNotFoundError, RevisionNotFoundError):
        raise
    except HfHubHTTPError as error:
        if error.response.status_code == 404:
            return None
        raise
    if not re.fullmatch(r"[0-9a-f]{40}", about.commit_hash or "") or not re.fullmatch(
        r"\w[\w.:+=-]*", about.etag or "", flags=re.ASCII
    ):
        raise ModelError(
            f"{card.title}: {_host()} answers, but not as a hub does (for {name} it names no commit or no version)."
            f" Correct HF_ENDPOINT. {otherwise(card)}"
        )
    return RemoteFile(name, about.commit_hash, about.etag, about.size or 0)


def _check_reachable(card: ModelCard) -> None:
    """See that something accepts a connection, in a thread, since looking up a name knows no time limit."""
    if constants.HF_HUB_OFFLINE:
        raise ModelError(
            f"{card.title} is not on this machine and HF_HUB_OFFLINE forbids downloading it. Unset it."
            f" {otherwise(card)}"
        )
    failure: list[str] = []
    settled = threading.Event()

    def trace(event: str, _: dict) -> None:
        if event == "connection.connect_tcp.complete":
            settled.set()

    def ask() -> None:
        try:
            # The library's client does not show how far it is; what it asks through is one of httpx.
            times = dict.fromkeys(("read", "write", "pool"), constants.HF_HUB_ETAG_TIMEOUT)
            extensions = {"trace": trace, "timeout": {"connect": CONNECT_SECONDS, **times}}
            session = get_session()
            session.send(session.build_request("HEAD", constants.ENDPOINT, extensions=extensions))
        except (HTTPError, OSError, ImportError, ValueError) as error:
            failure.append(_said(error))
        settled.set()

    threading.Thread(target=ask, daemon=True).start()
    if not settled.wait(REACH_SECONDS) or failure:
        raise _unreachable(card, next(iter(failure), "it gives no answer"))


# Files


class _Folder:
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
                    self._fetch_one(card, file, lambda size, name=file.name: report(have, name, size))
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
                if file.size and part.tell() > file.size:
                    part.truncate(0)
                http_get(
                    hf_hub_url(self.hub_id, file.name, revision=self.commit),
                    part,
                    resume_size=part.tell(),
                    headers=build_hf_headers() | {"Accept-Encoding": "identity"},
                    expected_size=file.size or None,
                    displayed_filename=file.name,
                    tqdm_class=_counting(lambda: report(part.tell())),
                )
            if not _is_as_named(self._part(file), file.etag):
                self._part(file).unlink()
                raise ModelError(
                    f"{card.title}: {file.name} arrived damaged from {_host()}. Start again. {otherwise(card)}"
                )
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


def _counting(report: Callable[[], object]) -> type[hub_tqdm]:
    """A progress bar that shows nothing and reports."""

    class Counting(hub_tqdm):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            report()

    return Counting


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


# What is said


@contextlib.contextmanager
def _told(card: ModelCard) -> Iterator[None]:
    """Turn what the hub's library raises into a sentence."""
    try:
        yield
    except HfHubHTTPError as error:
        raise ModelError(_refused(card, error)) from None
    except (HTTPError, OSError) as error:
        # The library's own errors have no number: a file that arrived shorter than it was announced.
        is_disk = (
            isinstance(error, OSError)
            and error.errno
            and not isinstance(error, (TimeoutError, ConnectionError))
        )
        raise ModelError(_disk_trouble(card, error) if is_disk else _broken(card, error)) from None


def _broken(card: ModelCard, error: BaseException) -> str:
    return (
        f"{card.title} could not be downloaded: the connection to {_host()} broke ({type(error).__name__})."
        f" Start again; what has arrived is kept. {otherwise(card)}"
    )


def _refused(card: ModelCard, error: HfHubHTTPError) -> str:
    status = error.response.status_code
    if isinstance(error, GatedRepoError):
        return (
            f"{card.title}: {card.source} is gated. Accept its terms on {constants.ENDPOINT}/{card.source}, then log"
            " in with `hf auth login`."
        )
    if isinstance(error, RepositoryNotFoundError):
        whose = "that your access token may read" if get_token() else "that is public"
        return (
            f"{card.title}: the hub has no model {card.source} {whose}. Check the name; for a private one, log in with"
            " `hf auth login`."
        )
    if status == 401 and get_token():
        return (
            f"{card.title}: {_host()} refused your access token (status 401); it is wrong or has expired. Unset"
            " HF_TOKEN or run `hf auth logout`, or make a new token in the settings of your account there and log in"
            " with `hf auth login`."
        )
    if status == 407:
        proxy = proxy_for(constants.ENDPOINT)
        return f"{card.title}: the proxy {proxy} asks for a name and a password. Put them into its address."
    return (
        f"{card.title} could not be downloaded: {_host()} answered with status {status}. Try again later."
        f" {otherwise(card)}"
    )


def _unreachable(card: ModelCard, reason: str) -> ModelError:
    proxy = proxy_for(constants.ENDPOINT)
    through = f" through the proxy {proxy}" if proxy else ""
    return ModelError(
        f"{card.title} is not on this machine and {_host()} cannot be reached{through} ({reason}). {otherwise(card)}"
    )


def _said(error: BaseException) -> str:
    said = re.sub(r"^\[Errno -?\d+\] ", "", str(error).strip()).rstrip(".")  # a number tells people nothing
    return said or type(error).__name__


def _disk_trouble(card: ModelCard, error: OSError) -> str:
    reason = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EACCES: "the folder may not be written",
        errno.EROFS: "the folder may not be written",
    }.get(error.errno, str(error) or type(error).__name__)
    return (
        f"{card.title} could not be stored in {constants.HF_HUB_CACHE}: {reason}."
        " Free some space, or set HF_HOME to a folder on another disk."
    )


def _host() -> str:
    return constants.ENDPOINT.split("://")[-1]


def otherwise(card: ModelCard) -> str:
    """The way to a checkpoint for a machine without network."""
    size = f" ({card.size})" if card.size else ""
    return (
        f"Connect to the network, or copy the checkpoint's folder{size} from a machine that has it and give it with"
        " --model FOLDER."
    )
