"""A CLIPModel's two halves as OpenVINO's files, by torch. Done once for each checkpoint."""

import functools
import warnings
from pathlib import Path
from types import ModuleType

import torch

from streetclip_demo.cache_folder import made_whole
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.loading import reading
from streetclip_demo.engines.caption_packing import pack
from streetclip_demo.engines.tower_weights import read_tower
from streetclip_demo.engines.towers import CaptionTower, ImageTower, Tower

Inputs = tuple[torch.Tensor, ...]


def convert(
    openvino: ModuleType, card: ModelCard, directory: Path, folder: Path, names: tuple[str, str]
) -> None:
    """Write a checkpoint's halves, images' and captions', into files of these names in a folder of their own.

    Raise ModelError if the checkpoint cannot be loaded, or not be converted.
    """
    with made_whole(folder) as temporary:
        kinds: tuple[type[Tower], ...] = (ImageTower, CaptionTower)
        for kind, name in zip(kinds, names, strict=True):
            half = read_tower(card, directory, kind, torch.float32)
            reading(card, directory, functools.partial(_write, openvino, half, temporary / name))


def _write(openvino: ModuleType, half: Tower, path: Path) -> None:
    inputs, shapes = _pixels(half) if isinstance(half, ImageTower) else _captions(half)
    with torch.inference_mode(), warnings.catch_warnings(action="ignore"):  # tracing warns of every condition
        made = openvino.convert_model(half, example_input=inputs, input=shapes)
        openvino.save_model(made, path, compress_to_fp16=False)


def _pixels(half: ImageTower) -> tuple[Inputs, list[list[int]]]:
    side = half.config.vision.image_size
    return (torch.zeros(1, 3, side, side),), [[1, 3, side, side]]


def _captions(half: CaptionTower) -> tuple[Inputs, list[list[int]]]:
    context = half.config.text.max_position_embeddings
    packed = next(pack([[0, 1, 2], [0, 1, 3], [0, 4]], context))
    return tuple(map(torch.from_numpy, packed.arrays)), [[-1] * array.ndim for array in packed.arrays]
