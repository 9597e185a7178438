"""What the files of a checkpoint's weights say of themselves. Knows no library that computes."""

import json
import struct
from pathlib import Path

from safetensors import SafetensorError, safe_open

from streetclip_demo.checkpoints.files import INDEX, WEIGHTS, form_of, index_of, weight_names

FORMATS = {"F64": "<d", "F32": "<f", "F16": "<e"}


def weight_files(directory: Path) -> dict[str, Path]:
    """Name of each tensor of a checkpoint, and the file that it is in."""
    if (directory / INDEX).is_file() and not (directory / WEIGHTS).is_file():
        return {name: directory / file for name, file in index_of(directory / INDEX).items()}
    with safe_open(directory / WEIGHTS, "np") as file:
        return dict.fromkeys(file.keys(), directory / WEIGHTS)


def is_sound(folder: Path) -> bool:
    """Whether a folder of ours has weights whose files are whole."""
    try:
        form = form_of(folder)
        for name in weight_names(folder, form) if form else ():
            with safe_open(folder / name, "np"):  # reads the header, which tells the file's size
                pass
    except (OSError, ValueError, SafetensorError):
        return False
    return form is not None


def is_untrained(directory: Path) -> bool:
    """Whether a CLIPModel's weights have learnt nothing: its last norm is 1 everywhere, as never after training."""
    name = "vision_model.post_layernorm.weight"
    with safe_open(weight_files(directory)[name], "pt") as file:  # numpy knows no bfloat16
        return bool((file.get_tensor(name) == 1).all())


def stored_logit_scale(directory: Path) -> float:
    """The logarithm of the factor of cosines, with all the digits that the file has."""
    with open(weight_files(directory)["logit_scale"], "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        about = json.loads(file.read(length))["logit_scale"]
        start, end = about["data_offsets"]
        file.seek(8 + length + start)
        return _number(about["dtype"], file.read(end - start))


def _number(dtype: str, data: bytes) -> float:
    if dtype == "BF16":  # the upper half of a float32
        dtype, data = "F32", b"\0\0" + data
    if dtype not in FORMATS:
        raise ValueError(f"logit_scale is of the kind {dtype}")
    return struct.unpack(FORMATS[dtype], data)[0]
