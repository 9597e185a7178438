"""Tensors out of a pickle.

It can ask for any function to be called. Only one that asks for nothing but tensors is read.
"""

import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.loading import is_out_of_memory, no_memory
from streetclip_demo.errors import ModelError


def save_unpickled(card: ModelCard, source: Path, target: Path) -> list[str]:
    """Write the tensors of a pickled file as safetensors; return their names.

    Raise ModelError if the pickle asks for more than tensors, or is damaged.
    """
    tensors = _tensors(card, source)
    save_file(tensors, target, metadata={"format": "pt"})
    return list(tensors)


def unpickled_arrays(card: ModelCard, path: Path) -> dict[str, np.ndarray]:
    """The tensors of a small pickled file by their names, as float32; one without a name is called "".

    Raise ModelError if the pickle asks for more than tensors, or is damaged.
    """
    found = _loaded(card, path, mmap=False)
    tensors = found if isinstance(found, dict) else {"": found}
    return {
        name: tensor.detach().float().numpy()
        for name, tensor in tensors.items()
        if isinstance(tensor, torch.Tensor)
    }


def _tensors(card: ModelCard, path: Path) -> dict[str, torch.Tensor]:
    """Name to tensor; they stay in the file until they are looked at, where it has the newer form."""
    found = _loaded(card, path, mmap=zipfile.is_zipfile(path))
    tensors = found if isinstance(found, dict) else {}
    tensors = {name: tensor for name, tensor in tensors.items() if isinstance(tensor, torch.Tensor)}
    if not tensors:
        raise ModelError(f"{card.title}: {path} holds no weights by name. Choose a CLIPModel checkpoint.")
    return _apart(tensors)


def _loaded(card: ModelCard, path: Path, mmap: bool) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except pickle.UnpicklingError as error:
        raise ModelError(_refused(card, path, error)) from None
    except (RuntimeError, EOFError, LookupError, TypeError, ValueError, AttributeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise ModelError(no_memory(card, "CPU")) from None
        raise ModelError(f"{card.title}: {path} is damaged. Copy or download the checkpoint again.") from None


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
