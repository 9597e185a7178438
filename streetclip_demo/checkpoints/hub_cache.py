"""Where the hub's local cache keeps a model. Knows no network, and brings none of what asks it."""

import os
from pathlib import Path

from huggingface_hub import constants

PRELOADED = "~/.cache/huggingface/hub"  # where a Space's builder puts files, whatever HF_HOME says


def repository_folders(hub_id: str) -> list[Path]:
    """Where a model may be already: the cache, and on a Space what came with the app."""
    own = repository_folder(hub_id)
    return [own, Path(os.path.expanduser(PRELOADED), own.name)] if os.environ.get("SPACE_ID") else [own]


def repository_folder(hub_id: str) -> Path:
    """The folder of a model's blobs and snapshots."""
    return Path(constants.HF_HUB_CACHE) / f"models--{hub_id.replace('/', '--')}"


def hub_folder() -> Path:
    """The folder of all models."""
    return Path(constants.HF_HUB_CACHE)


def hub_address() -> str:
    """Where the hub is asked."""
    return constants.ENDPOINT


def is_offline() -> bool:
    """Whether it is not to be asked."""
    return constants.HF_HUB_OFFLINE
