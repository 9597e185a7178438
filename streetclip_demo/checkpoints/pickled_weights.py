"""Pickled weights (`pytorch_model.bin`) as safetensors, made once and kept in the cache folder.

A pickle can ask for any function to be called. Only one that asks for nothing but tensors is read.
"""

import json
import pickle
import re
import shutil
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

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
from streetclip_demo.checkpoints.loading import is_out_of_memory, no_memory, reading
from streetclip_demo.errors import ModelError


def in_safetensors(card: ModelCard, checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint itself, or its conversion where its weights are pickled.

    Raises
    ------
    ModelError
        If a pickle asks for more than tensors or is damaged, or the conversion cannot be stored.
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


def is_sound(folder: Path) -> bool:
    """Whether a folder of ours has weights whose files are whole."""
    try:
        form = form_of(folder)
        for name in weight_names(folder, form) if form else ():
            with safe_open(folder / name, "pt"):  # reads the header, which tells the file's size
                pass
    except (OSError, ValueError, SafetensorError):
        return False
    return form is not None


def _convert(card: ModelCard, directory: Path, names: list[str], target: Path) -> None:
    for path in _small_files(directory):
        shutil.copyfile(path, target / path.name)
    weight_map: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        file = WEIGHTS if len(names) == 1 else f"model-{number:05d}-of-{len(names):05d}.safetensors"
        tensors = _tensors(card, directory / name)
        save_file(tensors, target / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(tensors, file)
        del tensors  # before the next file is mapped
    if len(names) > 1:
        (target / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}), encoding="utf-8")


def _small_files(directory: Path) -> Iterator[Path]:
    return (directory / name for name in SMALL if (directory / name).is_file())


def _tensors(card: ModelCard, path: Path) -> dict[str, torch.Tensor]:
    """Name to tensor; they stay in the file until they are looked at, where it has the newer form."""
    is_archive = zipfile.is_zipfile(path)
    try:
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=is_archive)
    except pickle.UnpicklingError as error:
        raise ModelError(_refused(card, path, error)) from None
    except (RuntimeError, EOFError, LookupError, TypeError, ValueError, AttributeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise ModelError(no_memory(card, "CPU")) from None
        raise ModelError(f"{card.title}: {path} is damaged. Copy or download the checkpoint again.") from None
    tensors = found if isinstance(found, dict) else {}
    tensors = {name: tensor for name, tensor in tensors.items() if isinstance(tensor, torch.Tensor)}
    if not tensors:
        raise ModelError(f"{card.title}: {path} holds no weights by name. Choose a CLIPModel checkpoint.")
    return _apart(tensors)


def _apart(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors, each in memory of its own and in order, as safetensors want them."""
    seen: set[int] = set()
    separate = {}
    for name, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr()
        is_own = place not in seen and tensor.is_contiguous()
        separate[name] = tensor if is_own else tensor.clone(memory_format=torch.contiguous_format)
        seen.add(place)
    return separate


def _refused(card: ModelCard, path: Path, error: pickle.UnpicklingError) -> str:
    asked = re.search(r"\bGLOBAL ([\w.]+)", str(error))
    what = f"asks for {asked[1]}" if asked else "is damaged, or asks for more than tensors"
    return (
        f"{card.title}: the pickled weights in {path} were refused: a pickle can run any code, and this one {what}."
        " Choose a checkpoint with safetensors from someone whom you trust."
    )


def _not_stored(card: ModelCard, folder: Path, error: BaseException) -> str:
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())
    size = f" ({card.size})" if card.size else ""
    return (
        f"{card.title}: its weights{size} are converted once, and could not be stored in {folder.parent} ({reason})."
        " Free some space, or set STREETCLIP_CACHE to a folder that can be written."
    )
