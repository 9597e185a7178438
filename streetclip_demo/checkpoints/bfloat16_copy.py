"""A checkpoint's weights in half precision, kept in the cache folder: they load mapped, at no more than their size.

Never changed once they are there, so that mapping them is safe.
"""

import math
import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from streetclip_demo.cache_folder import default_directory, made_whole
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.checkpoint import Checkpoint
from streetclip_demo.checkpoints.files import WEIGHTS
from streetclip_demo.checkpoints.loading import reading
from streetclip_demo.checkpoints.weight_files import is_sound, weight_files


def copy_folder(revision: str) -> Path:
    """Where the copy of a revision lies, or would."""
    return default_directory() / "weights" / f"{revision.replace(':', '-')}-bfloat16"


def bfloat16_copy(card: ModelCard, checkpoint: Checkpoint) -> Path | None:
    """The folder of a checkpoint's copy, made now if it is not there; None where it cannot be kept."""
    folder = copy_folder(checkpoint.revision)
    if is_sound(folder):
        return folder
    shutil.rmtree(folder, ignore_errors=True)  # damaged, or not there
    weights = reading(card, checkpoint.directory, lambda: _half_weights(checkpoint.directory))
    try:
        with made_whole(folder) as temporary:
            shutil.copy(checkpoint.directory / "config.json", temporary)
            save_file(weights, temporary / WEIGHTS, metadata={"format": "pt"})
    except (OSError, SafetensorError):  # no space, or not allowed: then it is converted at each start
        return None
    return folder if is_sound(folder) else None


def _half_weights(directory: Path) -> dict[str, torch.Tensor]:
    """Name to tensor; what has no dimension (the scale of the logits) keeps its digits.

    The tensors lie in one block, which goes back to the system whole, and the file is opened for each of them, so that
    what was read of it is given back too.
    """
    files, shapes = weight_files(directory), {}
    for name, path in files.items():
        with safe_open(path, "pt") as file:
            shapes[name] = file.get_slice(name).get_shape()
    block = torch.empty(sum(math.prod(shape) for shape in shapes.values()), dtype=torch.bfloat16)
    weights, end = {}, 0
    for name, shape in shapes.items():
        with safe_open(files[name], "pt") as file:
            tensor = file.get_tensor(name)
            if tensor.is_floating_point() and shape:
                start, end = end, end + tensor.numel()
                weights[name] = block[start:end].view(shape).copy_(tensor)
            else:
                weights[name] = tensor.clone()
    return weights
