"""Where the hub's local cache keeps a model. Knows no network, and brings none of what asks it."""

from pathlib import Path

from huggingface_hub import constants


def repository_folder(hub_id: str) -> Path:
    """The folder of a model's blobs and snapshots."""
    return Path(constants.HF_HUB_CACHE) / f"models--{hub_id.replace('/', '--')}"
