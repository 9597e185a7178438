"""A checkpoint's files from the hub: what there is, and what is said where it cannot be had. Must fail fast.

Each file is asked for by its name, as transformers does, so that a mirror has to know nothing but files.
"""

import contextlib
import errno
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from huggingface_hub import constants, get_hf_file_metadata, get_token, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import get_session

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.files import (
    CONFIG,
    FORMS,
    INDEX,
    PICKLED_INDEX,
    SMALL,
    WEIGHTS,
    index_of,
)
from streetclip_demo.checkpoints.hub_folder import HubFolder, RemoteFile
from streetclip_demo.errors import ModelError, UserError
from streetclip_demo.progress import Progress
from streetclip_demo.surroundings import check_proxies, proxy_for

CONNECT_SECONDS = 0.9  # for each address of the hub's name, of which there are often two
MOST_PHOTOGRAPH_BYTES = 10_000_000
REACH_SECONDS = 1.9  # in which something must accept a connection; to answer it has HF_HUB_ETAG_TIMEOUT


def download(card: ModelCard, progress: Progress | None = None) -> Path:
    """Download what is missing of a checkpoint's main revision; return its snapshot in the local cache.

    Raise ModelError if it cannot be had, with the reason and what to do.
    """
    _check_reachable(card)
    with _told(card):
        config = _config(card)
        folder = HubFolder(card.source, config.commit)
        weights = _weights(card, folder)
        others = (_ask(card, name, config.commit) for name in SMALL if name != CONFIG)
        folder.fetch(card, [config, *(file for file in others if file), *weights], progress)
        _fetch_photographs(card, folder)
        return folder.snapshot


def download_config(card: ModelCard) -> Path:
    """Download config.json alone, which tells what a repository holds; ModelError as `download`."""
    return download_files(card, lambda snapshot: ())


def download_files(
    card: ModelCard, names: Callable[[Path], Sequence[str]], progress: Progress | None = None
) -> Path:
    """Download config.json, then the files that `names` reads out of the snapshot with it; return the snapshot.

    Raises
    ------
    ModelError
        If one cannot be had, with the reason and what to do.
    """
    _check_reachable(card)
    with _told(card):
        config = _config(card)
        folder = HubFolder(card.source, config.commit)
        folder.fetch(card, [config], None)
        asked = {name: _ask(card, name, config.commit) for name in names(folder.snapshot)}
        for name, file in asked.items():
            if file is None:
                raise ModelError(f"{card.title}: {card.source} holds no {name}. Choose another repository.")
        folder.fetch(card, [config, *(file for file in asked.values() if file)], progress)
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


def _weights(card: ModelCard, folder: HubFolder) -> list[RemoteFile]:
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
    asked = [_ask(card, name, folder.commit) for name in names if name == Path(name).name]
    files = [file for file in asked if file is not None]
    if len(files) != len(names):
        raise ModelError(
            f"{card.title}: {card.source} lacks files that its {found.name} names. Choose another checkpoint."
        )
    return [found, *files]


def _fetch_photographs(card: ModelCard, folder: HubFolder) -> None:
    """What the page shows as examples; a mirror may lack it, and all else is here: the page does without."""
    with contextlib.suppress(HTTPError, OSError, ModelError):
        asked = [_ask(card, name, folder.commit) for name in card.photographs]
        files = [file for file in asked if file and file.size <= MOST_PHOTOGRAPH_BYTES]
        if files:
            folder.fetch(card, files, None)


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
    commit, version = about.commit_hash or "", about.etag or ""
    if not re.fullmatch(r"[0-9a-f]{40}", commit) or not re.fullmatch(
        r"\w[\w.:+=-]*", version, flags=re.ASCII
    ):
        raise ModelError(
            f"{card.title}: {_host()} answers, but not as a hub does (for {name} it names no commit or no version)."
            f" Correct HF_ENDPOINT. {otherwise(card)}"
        )
    return RemoteFile(name, commit, version, about.size or 0)


def _check_reachable(card: ModelCard) -> None:
    """See that something accepts a connection, in a thread, since looking up a name knows no time limit."""
    if constants.HF_HUB_OFFLINE:
        raise ModelError(
            f"{card.title} is not on this machine and HF_HUB_OFFLINE forbids downloading it. Unset it."
            f" {otherwise(card)}"
        )
    try:
        check_proxies()
    except UserError as error:
        raise ModelError(f"{card.title} is not on this machine. {error} {otherwise(card)}") from None
    failure: list[str] = []
    settled = threading.Event()

    def trace(event: str, _: dict) -> None:
        if event == "connection.connect_tcp.complete":
            settled.set()

    # Both in the words of httpx, of which the hub's client is one.
    patience = dict.fromkeys(("read", "write", "pool"), constants.HF_HUB_ETAG_TIMEOUT)
    extensions = {"trace": trace, "timeout": {"connect": CONNECT_SECONDS, **patience}}

    def ask() -> None:
        try:
            session.send(session.build_request("HEAD", constants.ENDPOINT, extensions=extensions))
        except (HTTPError, OSError, ValueError) as error:
            failure.append(_said(error))
        settled.set()

    try:
        session = get_session()  # takes a while by itself: it reads certificates
    except (ImportError, OSError, ValueError) as error:  # a proxy that it cannot speak to
        raise _unreachable(card, _said(error)) from None
    threading.Thread(target=ask, daemon=True).start()
    if not settled.wait(REACH_SECONDS) or failure:
        raise _unreachable(card, next(iter(failure), "it gives no answer"))


# What is said


@contextlib.contextmanager
def _told(card: ModelCard) -> Iterator[None]:
    """Turn what the hub's library raises into a sentence."""
    try:
        yield
    except HfHubHTTPError as error:
        raise ModelError(_refused(card, error)) from None
    except HTTPError as error:
        raise ModelError(_broken(card, error)) from None
    except OSError as error:
        # The library's own errors have no number: a file that arrived shorter than it was announced.
        is_disk = error.errno and not isinstance(error, (TimeoutError, ConnectionError))
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
    reasons: dict[int | None, str] = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EACCES: "the folder may not be written",
        errno.EROFS: "the folder may not be written",
    }
    reason = reasons.get(error.errno, str(error) or type(error).__name__)
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
        f" {card.option} FOLDER."
    )
