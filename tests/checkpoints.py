"""Checkpoints for tests: a tiny CLIPModel with every file that a real one has, and ways to break it."""

import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import torch  # noqa: E402
from make_random_checkpoint import make_checkpoint  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402


def make_tiny_checkpoint(directory: Path, seed: int = 0) -> Path:
    """A CLIPModel of 0.1 million parameters at 56 px with its own small byte-pair tokenizer."""
    return make_checkpoint(Path(directory), size="tiny", seed=seed)


def copy_checkpoint(source: Path, target: Path, *, without: tuple[str, ...] = (), **changes: object) -> Path:
    """A copy of a checkpoint, some files left out, some of config.json's entries changed."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*without))
    if changes:
        path = target / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return target


def write_weights(directory: Path, form: str) -> Path:
    """Replace a checkpoint's model.safetensors by the same weights in another form, as hubs have them."""
    weights = load_file(directory / "model.safetensors")
    (directory / "model.safetensors").unlink()
    names = sorted(weights)
    halves = [{name: weights[name] for name in part} for part in (names[::2], names[1::2])]
    if form == "bin":
        torch.save(weights, directory / "pytorch_model.bin")
    elif form == "bin of the older form":
        torch.save(weights, directory / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    else:
        end = {"sharded bin": "bin", "sharded safetensors": "safetensors"}[form]
        stem = {"bin": "pytorch_model", "safetensors": "model"}[end]
        files = [f"{stem}-{number:05d}-of-00002.{end}" for number in (1, 2)]
        for file, half in zip(files, halves, strict=True):
            (torch.save if end == "bin" else save_file)(half, directory / file)
        index = {
            "weight_map": {name: file for file, half in zip(files, halves, strict=True) for name in half}
        }
        (directory / f"{stem}.{end}.index.json").write_text(json.dumps({"metadata": {}, **index}))
    return directory
