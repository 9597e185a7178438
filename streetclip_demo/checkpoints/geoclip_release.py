"""A GeoCLIP release on the hub, in the form of the package's `from_pretrained`: told by its config.json, fetched."""

import contextlib
from dataclasses import replace
from pathlib import Path

from streetclip_demo.checkpoints.cards import MODELS, ModelCard
from streetclip_demo.checkpoints.checkpoint import checkpoint_folder
from streetclip_demo.checkpoints.files import CONFIG, WEIGHTS, read_json
from streetclip_demo.checkpoints.hub_cache import is_offline, repository_folders
from streetclip_demo.errors import ModelError
from streetclip_demo.progress import Progress


def told_kind(card: ModelCard) -> ModelCard:
    """The card of a hub id with the kind of model that its repository holds, by its config.json.

    That is on this machine after the first start; before, the hub is asked for this one file. Where it cannot be asked
    the card stays as it is: loading says why.
    """
    if card.is_directory or card in MODELS.values():
        return card
    folder = _kept(card.source)
    if folder is None and not is_offline():
        from streetclip_demo.checkpoints.hub_download import download_config  # brings an HTTP client

        with contextlib.suppress(ModelError):
            folder = download_config(card)
    return replace(card, kind="geoclip") if folder is not None and _is_release(folder) else card


def fetch_release(card: ModelCard, progress: Progress | None = None) -> Path:
    """The folder of a release by its hub id: weights and gallery, downloaded where they are not here.

    Raises
    ------
    ModelError
        If it is not here and cannot be downloaded.
    """
    folder = _kept(card.source)
    if folder is not None and (folder / WEIGHTS).is_file() and _gallery(folder).is_file():
        return folder
    from streetclip_demo.checkpoints.hub_download import download_files

    return download_files(card, lambda snapshot: (WEIGHTS, _gallery(snapshot).name), progress)


def _gallery(folder: Path) -> Path:
    """The file with the points, as config.json names it; a name that leads elsewhere is none."""
    named = read_json(folder / CONFIG).get("gallery_file")
    return folder / (Path(named).name if isinstance(named, str) and named else "gallery.csv")


def _kept(hub_id: str) -> Path | None:
    """The snapshot on this machine, as far as it has come."""
    folders = map(checkpoint_folder, repository_folders(hub_id))
    return next((folder for folder in folders if (folder / CONFIG).is_file()), None)


def _is_release(folder: Path) -> bool:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return str(read_json(folder / CONFIG).get("model_type", "")).startswith("geoclip")
    return False
