"""The names of a checkpoint's files, and which of them a folder has. Knows neither the hub nor what reads them."""

import json
from pathlib import Path
from typing import Any

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"  # of weights in several files
PICKLED = "pytorch_model.bin"
PICKLED_INDEX = "pytorch_model.bin.index.json"
FORMS = (WEIGHTS, INDEX, PICKLED, PICKLED_INDEX)  # the first that is there counts, as for transformers
CONFIG = "config.json"
PREPROCESSING = ("preprocessor_config.json", "processor_config.json")
TOKENIZER = ("tokenizer.json", "vocab.json")
SMALL = (CONFIG, *PREPROCESSING, *TOKENIZER, "merges.txt", "tokenizer_config.json", "special_tokens_map.json")
POINTER = b"version https://git-lfs.github.com/spec/"  # begins a file that git-lfs has not fetched yet


def form_of(directory: Path) -> str | None:
    """Which of FORMS a folder has its weights in; None where it has none."""
    return next((name for name in FORMS if (directory / name).is_file()), None)


def weight_names(directory: Path, form: str) -> list[str]:
    """Names of the files that hold a folder's weights, there or not.

    Raise ValueError if the index cannot be read.
    """
    if form in (WEIGHTS, PICKLED):
        return [form]
    names = set(index_of(directory / form).values())
    if not names or any(name != Path(name).name for name in names):
        raise ValueError(f"{form} names no files, or files elsewhere")
    return sorted(names)


def index_of(path: Path) -> dict[str, str]:
    """Name of each tensor and the file that holds it; ValueError if the index cannot be read."""
    try:
        index = read_json(path)["weight_map"]
    except (KeyError, TypeError):
        index = None
    if not isinstance(index, dict) or not all(isinstance(name, str) for name in index.values()):
        raise ValueError(f"{path.name} has no weight_map")
    return index


def is_pointer(path: Path) -> bool:
    """Whether a file only says where git-lfs would find it."""
    with open(path, "rb") as file:
        return file.read(len(POINTER)) == POINTER


def read_json(path: Path) -> Any:
    """What a JSON file holds; OSError, or ValueError whatever is wrong with it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
