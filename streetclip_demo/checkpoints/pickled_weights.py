"""Pickled weights (`pytorch_model.bin`) as safetensors, made once by unpickling.py and kept in the cache folder."""

import json
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from safetensors import SafetensorError

from streetclip_demo.cache_folder import default_directory, made_whole
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.checkpoint import Checkpoint
from streetclip_demo.checkpoints.files import (
    INDEX,
    PICKLED,
    PICKLED_INDEX,
    SMALL,
    WEIGHTS,
    form_of,
    weight_names,
)
from streetclip_demo.checkpoints.loading import reading
from streetclip_demo.checkpoints.weight_files import is_sound
from streetclip_demo.errors import ModelError


def in_safetensors(card: ModelCard, checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint itself, or its conversion where its weights are pickled.

    Raise ModelError if a pickle asks for more than tensors or is damaged, or the conversion cannot be stored.
    """
    form = form_of(checkpoint.directory)
    if form not in (PICKLED, PICKLED_INDEX):
        return checkpoint
    folder = converted_folder(checkpoint)
    if not is_sound(folder):
        shutil.rmtree(folder, ignore_errors=True)
        names = reading(card, checkpoint.directory, lambda: weight_names(checkpoint.directory, form))
        try:
            with made_whole(folder) as temporary:
                _convert(card, checkpoint.directory, names, temporary)
        except (OSError, SafetensorError) as error:
            raise ModelError(_not_stored(card, folder, error)) from None
    return Checkpoint(folder, checkpoint.revision)


def converted_folder(checkpoint: Checkpoint) -> Path:
    """Where the conversion of a checkpoint lies, or would; another one for other files beside the same weights."""
    digest = sha256()
    for path in _small_files(checkpoint.directory):
        digest.update(f"{path.name}:".encode() + sha256(path.read_bytes()).digest())
    name = f"{checkpoint.revision.replace(':', '-')}-{digest.hexdigest()[:8]}-safetensors"
    return default_directory() / "weights" / name


def _convert(card: ModelCard, directory: Path, names: list[str], target: Path) -> None:
    from streetclip_demo.checkpoints.unpickling import save_unpickled  # brings torch

    for path in _small_files(directory):
        shutil.copyfile(path, target / path.name)
    weight_map: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        file = WEIGHTS if len(names) == 1 else f"model-{number:05d}-of-{len(names):05d}.safetensors"
        weight_map |= dict.fromkeys(save_unpickled(card, directory / name, target / file), file)
    if len(names) > 1:
        (target / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}), encoding="utf-8")


def _small_files(directory: Path) -> Iterator[Path]:
    return (directory / name for name in SMALL if (directory / name).is_file())


def _not_stored(card: ModelCard, folder: Path, error: BaseException) -> str:
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())
    size = f" ({card.size})" if card.size else ""
    return (
        f"{card.title}: its weights{size} are converted once, and could not be stored in {folder.parent} ({reason})."
        " Free some space, or set STREETCLIP_CACHE to a folder that can be written."
    )
