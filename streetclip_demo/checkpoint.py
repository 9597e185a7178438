"""A checkpoint's files: found in a folder or the hub's local cache, or downloaded. Knows nothing of their use."""

import errno
import hashlib
import json
import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, ModelInfo, constants, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import filter_repo_objects, get_session
from huggingface_hub.utils import tqdm as hub_tqdm

from streetclip_demo.errors import ModelError
from streetclip_demo.models import ModelCard

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"  # of weights in several files
PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack")
PREPROCESSING = ("preprocessor_config.json", "processor_config.json")
TOKENIZER = ("tokenizer.json", "vocab.json")
PATTERNS = ["config.json", "model*.safetensors", INDEX, *PREPROCESSING, "merges.txt", "vocab.json"]
PATTERNS += ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]
CONVERTER = "SFconvertbot"  # the hub's account that offers safetensors of pickled weights as pull requests
REACHABLE_SECONDS = 1.5  # how long the hub may take to give any answer
ANSWER_SECONDS = 10
SAMPLE_BYTES = 1024  # hashed at either end of each tensor

Progress = Callable[[int, int], object]  # bytes done, bytes in all


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a whole checkpoint, and which revision of it that is."""

    directory: Path
    revision: str


def fetch(card: ModelCard, progress: Progress | None = None) -> Checkpoint:
    """Find the checkpoint on this machine, or download it where it is not.

    Raises
    ------
    ModelError
        If it is not here and cannot be downloaded, or its files are not whole.
    """
    if card.is_directory:
        directory = checkpoint_folder(Path(card.source))
        _check_files(card, directory)
        return Checkpoint(directory, folder_revision(directory))
    cached = _cached(card.source)
    if cached is None:
        cached = _download(card, progress)
        _check_files(card, cached)
    return Checkpoint(cached, cached.name)


def checkpoint_folder(directory: Path) -> Path:
    """The folder itself, or the snapshot inside it where it is a model's folder of the hub's cache."""
    snapshots = directory / "snapshots"
    if (directory / "config.json").exists() or not snapshots.is_dir():
        return directory
    main = directory / "refs" / "main"
    if main.is_file() and (snapshots / main.read_text().strip()).is_dir():
        return snapshots / main.read_text().strip()
    found = sorted(path for path in snapshots.iterdir() if path.is_dir())
    return found[-1] if found else directory


def folder_revision(directory: Path) -> str:
    """Name a folder's weights and configuration by content, reading little: "sha256:" and 12 digits.

    Hashed are config.json, each weights file's header and size, and both ends of each tensor in it. Training changes
    every tensor, so another model never has the same name.
    """
    digest = hashlib.sha256((directory / "config.json").read_bytes())
    for path in sorted(directory.glob("model*.safetensors")):
        with open(path, "rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = file.read(min(size, path.stat().st_size))
            digest.update(f"{path.name}:{path.stat().st_size}:".encode() + header)
            for start, end in _tensor_ends(header):
                file.seek(8 + size + start)
                digest.update(file.read(min(SAMPLE_BYTES, end - start)))
                file.seek(8 + size + max(start, end - SAMPLE_BYTES))
                digest.update(file.read(min(SAMPLE_BYTES, end - start)))
    return f"sha256:{digest.hexdigest()[:12]}"


def _tensor_ends(header: bytes) -> list[tuple[int, int]]:
    try:
        tensors = json.loads(header)
        return [tuple(about["data_offsets"]) for name, about in tensors.items() if name != "__metadata__"]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []  # not a safetensors file: said when it is loaded


# Is the folder whole?


def _check_files(card: ModelCard, directory: Path) -> None:
    broken = [path.name for path in directory.glob("*") if path.is_symlink() and not path.exists()]
    if broken:
        raise ModelError(
            f"{card.title}: {', '.join(sorted(broken)[:3])} in {directory} are links to files that are not there."
            " Copy the folder again with its links followed, for example with cp -rL."
        )
    _check_config(card, directory)
    if missing := _missing_weights(directory):
        if any((directory / name).exists() for name in PICKLED):
            raise ModelError(_only_pickled(card, str(directory)))
        raise ModelError(_missing(card, directory, missing))
    if not any((directory / name).exists() for name in PREPROCESSING):
        raise ModelError(_missing(card, directory, PREPROCESSING[0]))
    if not any((directory / name).exists() for name in TOKENIZER):
        raise ModelError(_missing(card, directory, "tokenizer.json (or vocab.json and merges.txt)"))
    if not (directory / TOKENIZER[0]).exists() and not (directory / "merges.txt").exists():
        raise ModelError(_missing(card, directory, "merges.txt"))


def _check_config(card: ModelCard, directory: Path) -> None:
    path = directory / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(_missing(card, directory, path.name)) from None
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{card.title}: {path} cannot be read as JSON ({error}). Copy or download the checkpoint again."
        ) from None
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind != "clip":
        raise ModelError(
            f"{card.title}: expected a CLIPModel checkpoint (model_type 'clip' in {path}), got {kind!r}."
            " Choose a CLIP checkpoint, such as geolocal/StreetCLIP."
        )


def _missing_weights(directory: Path) -> str:
    """Names of the weights' files that are not there, or ''."""
    if (directory / WEIGHTS).is_file():
        return ""
    try:
        files = set(json.loads((directory / INDEX).read_text(encoding="utf-8"))["weight_map"].values())
    except FileNotFoundError:
        return WEIGHTS
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"a readable {INDEX}"
    return ", ".join(sorted(name for name in files if not (directory / name).is_file()))


def _missing(card: ModelCard, directory: Path, name: str) -> str:
    return (
        f"{card.title}: {name} is missing in {directory}, which should hold a whole CLIPModel checkpoint"
        " (config.json, model.safetensors, tokenizer and preprocessor files). Copy or download it again."
    )


def _only_pickled(card: ModelCard, place: str) -> str:
    return (
        f"{card.title}: {place} has only pickled weights, which can run any code when they are opened; expected"
        f" {WEIGHTS}. Choose a revision with safetensors, or convert them with transformers'"
        " save_pretrained on a machine where you trust them."
    )


# The hub: its local cache, then the network, which must fail fast.


def _cached(hub_id: str) -> Path | None:
    """A whole snapshot in the hub's local cache: the one of `main` if it is whole, else the newest that is."""
    root = Path(constants.HF_HUB_CACHE) / f"models--{hub_id.replace('/', '--')}"
    if not (root / "snapshots").is_dir():
        return None
    others = sorted((root / "snapshots").iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    return next((folder for folder in [checkpoint_folder(root), *others] if _is_whole(folder)), None)


def _is_whole(directory: Path) -> bool:
    has_one = (("config.json",), PREPROCESSING, TOKENIZER)
    return not _missing_weights(directory) and all(
        any((directory / name).exists() for name in names) for names in has_one
    )


def _download(card: ModelCard, progress: Progress | None) -> Path:
    _check_reachable(card)
    try:
        info = HfApi().model_info(card.source, files_metadata=True, timeout=ANSWER_SECONDS)
        info = _with_safetensors(card, info)
        size = _size(info)
        _check_space(card, size)
        return Path(
            snapshot_download(
                card.source, revision=info.sha, allow_patterns=PATTERNS, tqdm_class=_reporting(progress, size)
            )
        )
    except GatedRepoError:
        raise ModelError(
            f"{card.title}: {card.source} is gated. Accept its terms on https://huggingface.co/{card.source}, then"
            " log in with `hf auth login`."
        ) from None
    except RepositoryNotFoundError:
        raise ModelError(
            f"{card.title}: the hub has no public model {card.source}. Check the name; for a private one, log in with"
            " `hf auth login`."
        ) from None
    except HfHubHTTPError as error:
        raise ModelError(
            f"{card.title} could not be downloaded: {_host()} answered {_status(error)}. Try again later."
            f" {_otherwise(card)}"
        ) from None
    except (HTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, TimeoutError) as error:
        raise ModelError(
            f"{card.title} could not be downloaded: the connection to {_host()} broke ({type(error).__name__})."
            f" Start again; what has arrived is kept. {_otherwise(card)}"
        ) from None
    except OSError as error:
        raise ModelError(_disk_trouble(card, error)) from None


def _check_reachable(card: ModelCard) -> None:
    """Ask the hub for anything, in a thread, since looking up a name knows no time limit."""
    if constants.HF_HUB_OFFLINE:
        raise ModelError(
            f"{card.title} is not on this machine and HF_HUB_OFFLINE forbids downloading it. Unset it."
            f" {_otherwise(card)}"
        )
    failure: list[str] = ["it gives no answer"]

    def ask() -> None:
        try:
            get_session().head(constants.ENDPOINT, timeout=REACHABLE_SECONDS)
            failure.clear()
        except (HTTPError, OSError) as error:
            said = re.sub(r"^\[Errno -?\d+\] ", "", str(error).strip()).rstrip(
                "."
            )  # a number tells people nothing
            failure[:] = [said or type(error).__name__]

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(REACHABLE_SECONDS)
    if failure:
        raise ModelError(
            f"{card.title} is not on this machine and {_host()} cannot be reached ({failure[0]}). {_otherwise(card)}"
        )


def _with_safetensors(card: ModelCard, info: ModelInfo) -> ModelInfo:
    """The model's main revision if it has safetensors, else the hub's own conversion of it, offered beside it."""
    names = {file.rfilename for file in info.siblings or ()}
    if WEIGHTS in names or INDEX in names:
        return info
    if not names.intersection(PICKLED):
        raise ModelError(f"{card.title}: {card.source} holds no {WEIGHTS}. Choose a CLIPModel checkpoint.")
    api = HfApi()
    offers = api.get_repo_discussions(card.source, author=CONVERTER, discussion_type="pull_request")
    for offer in offers:
        if offer.author == CONVERTER and offer.status in ("open", "draft"):
            offered = api.model_info(card.source, revision=offer.git_reference, files_metadata=True)
            if any(file.rfilename == WEIGHTS for file in offered.siblings or ()):
                return offered
    raise ModelError(_only_pickled(card, card.source))


def _size(info: ModelInfo) -> int:
    """Bytes of the files that are downloaded."""
    files = filter_repo_objects(info.siblings or (), allow_patterns=PATTERNS, key=lambda file: file.rfilename)
    return sum(file.size or 0 for file in files)


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


def _reporting(progress: Progress | None, total: int) -> type[hub_tqdm] | None:
    """The hub's progress bar that also tells `progress`; None is the hub's own."""
    if progress is None:
        return None
    reported = 0

    class Reporting(hub_tqdm):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)
            self.counts_bytes = options.get("unit") == "B"  # one other bar counts files
            self.done = 0  # a bar without a terminal keeps no count of its own

        def update(self, n: float | None = 1) -> bool | None:
            nonlocal reported
            self.done += n or 0
            if self.counts_bytes and self.done > reported:
                reported = self.done
                progress(min(int(reported), total), total)
            return super().update(n)

    return Reporting


def _host() -> str:
    return constants.ENDPOINT.split("://")[-1]


def _status(error: HfHubHTTPError) -> str:
    return f"with status {error.response.status_code}" if error.response is not None else "nothing"


def _otherwise(card: ModelCard) -> str:
    """The way to a checkpoint for a machine without network."""
    size = f" ({card.size})" if card.size else ""
    return (
        f"Connect to the network, or copy the checkpoint's folder{size} from a machine that has it and give it with"
        " --model FOLDER."
    )
