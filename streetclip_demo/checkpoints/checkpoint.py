"""A checkpoint's files: found in a folder or the hub's local cache, or downloaded. Knows nothing of their use."""

import hashlib
import json
import zipfile
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.files import (
    CONFIG,
    FORMS,
    PREPROCESSING,
    SMALL,
    TOKENIZER,
    WEIGHTS,
    form_of,
    is_pointer,
    read_json,
    weight_names,
)
from streetclip_demo.checkpoints.hub_cache import repository_folders
from streetclip_demo.errors import ModelError
from streetclip_demo.progress import Progress

UNREADABLE = ("tf_model.h5", "flax_model.msgpack")  # weights of other libraries
SAMPLE_BYTES = 1024  # hashed at either end of each tensor
LONGEST_HEADER = 100_000_000  # bytes; safetensors reads none that is longer


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a whole checkpoint, and which revision of it that is."""

    directory: Path
    revision: str


def fetch(card: ModelCard, progress: Progress | None = None) -> Checkpoint:
    """Find the checkpoint on this machine, or download it where it is not.

    Its weights may be pickled: `pickled_weights.in_safetensors` is for those.

    Raise ModelError if it is not here and cannot be downloaded, or its files are not whole.
    """
    if card.is_directory:
        directory = checkpoint_folder(Path(card.source))
        _check_files(card, directory)
        return Checkpoint(directory, folder_revision(directory))
    cached = _cached(card.source)
    if cached is None:
        # Here, since it brings an HTTP client, which most starts do without.
        from streetclip_demo.checkpoints.hub_download import download

        cached = download(card, progress)
        _check_files(card, cached)
    return Checkpoint(cached, cached.name)


def photographs(card: ModelCard) -> list[Path]:
    """The photographs of its repository that are on this machine with it; asks no network."""
    folder = checkpoint_folder(Path(card.source)) if card.is_directory else _cached(card.source)
    return [folder / name for name in card.photographs if (folder / name).is_file()] if folder else []


def checkpoint_folder(directory: Path) -> Path:
    """The folder itself, or the snapshot inside it where it is a model's folder of the hub's cache."""
    snapshots = directory / "snapshots"
    if (directory / CONFIG).exists() or not snapshots.is_dir():
        return directory
    main = directory / "refs" / "main"
    if main.is_file() and (snapshots / main.read_text().strip()).is_dir():
        return snapshots / main.read_text().strip()
    found = sorted(path for path in snapshots.iterdir() if path.is_dir())
    return next((path for path in reversed(found) if _is_whole(path)), found[-1] if found else directory)


def _cached(hub_id: str) -> Path | None:
    """A whole snapshot in the hub's local cache: the one of `main` if it is whole, else the newest that is."""
    return next(filter(None, map(_whole_snapshot, repository_folders(hub_id))), None)


def _whole_snapshot(root: Path) -> Path | None:
    try:
        others = sorted((root / "snapshots").iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        return next((folder for folder in [checkpoint_folder(root), *others] if _is_whole(folder)), None)
    except OSError:  # there is none, or none that may be read
        return None


def _is_whole(directory: Path) -> bool:
    has_one = ((CONFIG,), PREPROCESSING, TOKENIZER)
    return not _missing_weights(directory) and all(
        any((directory / name).exists() for name in names) for names in has_one
    )


# A folder's name by its content


def folder_revision(directory: Path) -> str:
    """Name a folder's weights and configuration by content, reading little: "sha256:" and 12 digits.

    Hashed are config.json, each weights file's directory and size, and both ends of each tensor in it. Training changes
    every tensor, so another model never has the same name.
    """
    digest = hashlib.sha256((directory / CONFIG).read_bytes())
    form = form_of(directory)
    for name in weight_names(directory, form) if form else ():
        path = directory / name
        with open(path, "rb") as file:
            directory_of = _header if name.endswith(".safetensors") else _pickled_header
            header, ends = directory_of(file, path.stat().st_size)
            digest.update(f"{name}:{path.stat().st_size}:".encode() + header)
            for start, end in ends:
                file.seek(start)
                digest.update(file.read(min(SAMPLE_BYTES, end - start)))
                file.seek(max(start, end - SAMPLE_BYTES))
                digest.update(file.read(min(SAMPLE_BYTES, end - start)))
    return f"sha256:{digest.hexdigest()[:12]}"


def _header(file: BufferedReader, size: int) -> tuple[bytes, list[tuple[int, int]]]:
    """What safetensors begin with, and where each tensor begins and ends."""
    length = int.from_bytes(file.read(8), "little")
    header = file.read(min(length, size, LONGEST_HEADER))
    try:
        tensors = json.loads(header)
        ends = [tuple(about["data_offsets"]) for name, about in tensors.items() if name != "__metadata__"]
        return header, [
            (8 + length + start, 8 + length + end) for start, end in ends if 0 <= start <= end <= size
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return header, []  # not a safetensors file: said when it is loaded


def _pickled_header(file: BufferedReader, size: int) -> tuple[bytes, list[tuple[int, int]]]:
    """What a pickled file's archive says of its members, with their checksums; the whole of an older file."""
    try:
        members = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return _sha256(file), []
    header = "".join(f"{member.filename}:{member.file_size}:{member.CRC};" for member in members)
    starts = sorted(member.header_offset for member in members)
    return header.encode(), list(zip(starts, [*starts[1:], size], strict=True))


def _sha256(file: BufferedReader) -> bytes:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").digest()


# Is the folder whole?


def _check_files(card: ModelCard, directory: Path) -> None:
    broken = [path.name for path in directory.glob("*") if path.is_symlink() and not path.exists()]
    if broken:
        raise ModelError(
            f"{card.title}: {', '.join(sorted(broken)[:3])} in {directory} are links to files that are not there."
            " Copy the folder again with its links followed, for example with cp -rL."
        )
    _check_fetched(card, directory)
    _check_config(card, directory)
    if missing := _missing_weights(directory):
        raise ModelError(_missing(card, directory, missing))
    if not any((directory / name).exists() for name in PREPROCESSING):
        raise ModelError(_missing(card, directory, PREPROCESSING[0]))
    if not any((directory / name).exists() for name in TOKENIZER):
        raise ModelError(_missing(card, directory, "tokenizer.json (or vocab.json and merges.txt)"))
    if not (directory / TOKENIZER[0]).exists() and not (directory / "merges.txt").exists():
        raise ModelError(_missing(card, directory, "merges.txt"))


def _check_fetched(card: ModelCard, directory: Path) -> None:
    """A folder that was cloned with git may hold pointers in place of its large files."""
    paths = [directory / name for name in (form_of(directory), *SMALL) if name]
    paths += directory.glob("*model-*-of-*")  # weights in several files
    wanted = [path.name for path in paths if path.is_file() and is_pointer(path)]
    if wanted:
        raise ModelError(
            f"{card.title}: {', '.join(wanted[:3])} in {directory} are pointers that git-lfs has not replaced by the"
            " files yet. Run `git lfs pull` in that folder."
        )


def _check_config(card: ModelCard, directory: Path) -> None:
    path = directory / "config.json"
    try:
        config = read_json(path)
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
    form = form_of(directory)
    if form is None:
        return WEIGHTS
    try:
        names = weight_names(directory, form)
    except (OSError, ValueError):
        return f"a readable {form}"
    return ", ".join(name for name in names if not (directory / name).is_file())


def _missing(card: ModelCard, directory: Path, name: str) -> str:
    others = [other for other in UNREADABLE if (directory / other).exists()]
    return (
        f"{card.title}: {name} is missing in {directory}, which should hold a whole CLIPModel checkpoint"
        f" (config.json, {' or '.join(FORMS[::2])}, tokenizer and preprocessor files). Copy or download it again."
        + (f" {others[0]} is for another library." if others and name == WEIGHTS else "")
    )
