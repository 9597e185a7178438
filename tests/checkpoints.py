"""Checkpoints for tests: a tiny CLIPModel with every file that a real one has, and ways to break it."""

import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from make_random_checkpoint import make_checkpoint  # noqa: E402


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
