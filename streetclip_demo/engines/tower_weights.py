"""Towers with a checkpoint's weights. Knows no device."""

from pathlib import Path

import torch
from safetensors import safe_open

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.clip_config import ClipConfig, read_config
from streetclip_demo.checkpoints.loading import reading
from streetclip_demo.checkpoints.weight_files import weight_files
from streetclip_demo.engines.towers import CaptionTower, ImageTower, Tower
from streetclip_demo.errors import ModelError

Shapes = dict[str, list[int]]


def read_tower(card: ModelCard, directory: Path, kind: type[Tower], dtype: torch.dtype) -> Tower:
    """One half of a checkpoint's model; what the file has in this precision is mapped, and read when it is needed.

    Raise ModelError if the weights cannot be read, or those of either half lack a tensor or do not fit config.json.
    """
    config = reading(card, directory, lambda: read_config(directory))
    expected = reading(card, directory, lambda: weight_shapes(config))
    found = reading(card, directory, lambda: _found_shapes(directory, expected))
    _check_shapes(card, directory, expected, found)
    return reading(card, directory, lambda: _filled(directory, _empty(kind, config), dtype))


def weight_shapes(config: ClipConfig) -> Shapes:
    """Name and shape of each tensor of a CLIPModel."""
    towers = [_empty(kind, config) for kind in (ImageTower, CaptionTower)]
    tensors = (item for tower in towers for item in tower.state_dict().items())
    return {"logit_scale": []} | {name: list(tensor.shape) for name, tensor in tensors}


def _empty(kind: type[Tower], config: ClipConfig) -> Tower:
    with torch.device("meta"):  # takes no memory
        return kind(config)


def _found_shapes(directory: Path, expected: Shapes) -> Shapes:
    files = weight_files(directory)
    shapes: Shapes = {}
    for path in sorted(set(files.values())):
        with safe_open(path, "np") as file:
            held = expected.keys() & file.keys()
            shapes |= {name: list(file.get_slice(name).get_shape()) for name in held}
    return shapes


def _check_shapes(card: ModelCard, directory: Path, expected: Shapes, found: Shapes) -> None:
    if missing := expected.keys() - found.keys():
        raise ModelError(
            f"{card.title}: the weights in {directory} lack {len(missing)} of a CLIPModel's"
            f" tensors, such as {min(missing)}. Choose a whole checkpoint, or copy it again."
        )
    if others := [name for name in expected if found[name] != expected[name]]:
        name = min(others)
        shapes = (" x ".join(map(str, shapes[name])) for shapes in (found, expected))
        raise ModelError(
            f"{card.title}: the weights in {directory} do not fit its config.json: {name} is {next(shapes)}, and"
            f" {next(shapes)} was expected. They belong to different checkpoints; copy them together."
        )


def _filled(directory: Path, tower: Tower, dtype: torch.dtype) -> Tower:
    files, names = weight_files(directory), tower.state_dict().keys()
    weights: dict[str, torch.Tensor] = {}
    for path in {files[name] for name in names}:
        with safe_open(path, "pt") as file:
            held = names & set(file.keys())
            weights |= {name: file.get_tensor(name).to(dtype) for name in held}
    tower.load_state_dict(weights, assign=True)
    return tower.requires_grad_(False).eval()
