"""A checkpoint's weights in half precision, kept in the cache folder: they load mapped, at no more than their size.

Written under a temporary name, then renamed, and never changed, so that mapping them is safe.
"""

import contextlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from streetclip_demo.cache_folder import default_directory
from streetclip_demo.checkpoint import INDEX, WEIGHTS, Checkpoint
from streetclip_demo.loading import reading
from streetclip_demo.models import ModelCard


def copy_folder(revision: str) -> Path:
    """Where the copy of a revision lies, or would."""
    return default_directory() / "weights" / f"{revision.replace(':', '-')}-bfloat16"


def bfloat16_copy(card: ModelCard, checkpoint: Checkpoint) -> Path | None:
    """The folder of a checkpoint's copy, made now if it is not there; None where it cannot be kept."""
    folder = copy_folder(checkpoint.revision)
    if (folder / WEIGHTS).is_file():
        return folder
    weights = reading(card, checkpoint.directory, lambda: dict(_half_weights(checkpoint.directory)))
    temporary = folder.with_name(f".{uuid.uuid4().hex}")
    try:
        temporary.mkdir(parents=True)
        shutil.copy(checkpoint.directory / "config.json", temporary)
        save_file(weights, temporary / WEIGHTS, metadata={"format": "pt"})
        with contextlib.suppress(OSError):  # another process was faster
            os.replace(temporary, folder)
    except OSError:  # no space, or not allowed: then it is converted at each start
        pass
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder if (folder / WEIGHTS).is_file() else None


def _half_weights(directory: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Name and tensor, one after the other; what has no dimension (the scale of the logits) keeps its digits."""
    for path in _weight_files(directory):
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118, it is no dictionary
                tensor = file.get_tensor(name)
                is_weight = tensor.is_floating_point() and tensor.ndim > 0
                yield name, tensor.to(torch.bfloat16) if is_weight else tensor


def _weight_files(directory: Path) -> list[Path]:
    if (directory / WEIGHTS).is_file():
        return [directory / WEIGHTS]
    names = json.loads((directory / INDEX).read_text(encoding="utf-8"))["weight_map"].values()
    return [directory / name for name in sorted(set(names))]


def stored_logit_scale(directory: Path) -> float:
    """The logarithm of the factor of cosines, with all the digits that the file has."""
    for path in _weight_files(directory):
        with safe_open(path, "pt") as file:
            if "logit_scale" in file.keys():  # noqa: SIM118
                return float(file.get_tensor("logit_scale"))
    raise LookupError("logit_scale is not in the weights")
