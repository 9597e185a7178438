"""``models``: what each model keeps on this machine's disk; with ``--remove M``, that one less."""

import argparse
import json
import sys

from streetclip_demo.checkpoints.cards import MODELS, ModelCard, model_card
from streetclip_demo.checkpoints.on_disk import bytes_on_disk, kept_folders, remove_from_disk
from streetclip_demo.cli.finding import gigabytes
from streetclip_demo.cli.terminal import complain_plainly, plain
from streetclip_demo.errors import ModelError


def models(options: argparse.Namespace) -> int:
    """List them, or remove one after a question."""
    if options.remove is not None:
        return _remove(model_card(options.remove), options.yes)
    listed = [(card, bytes_on_disk(card)) for card in MODELS.values()]
    if options.json:
        print(json.dumps([_entry(card, size) for card, size in listed]))
    else:
        print("\n".join(f"{card.key:11} {card.title:32} {_kept(card, size)}" for card, size in listed))
    return 0


def _entry(card: ModelCard, size: int) -> dict:
    folders = [str(folder) for folder in kept_folders(card)]
    return {
        "model": card.key,
        "title": card.title,
        "bytes": size,
        "licence": card.licence,
        "folders": folders,
    }


def _kept(card: ModelCard, size: int) -> str:
    if card.is_directory:
        return f"{gigabytes(size)}, with the app"
    return f"{gigabytes(size)} on this machine" if size else f"not on this machine; {card.size} to fetch"


def _remove(card: ModelCard, is_sure: bool) -> int:
    folders = kept_folders(card)
    if folders and not is_sure:
        if not sys.stdin.isatty():
            raise ModelError("Nothing was removed: there is nobody to ask. Say --yes to remove it unasked.")
        listed = "\n".join(f"  {plain(str(folder))}" for folder in folders)
        asked = f"{listed}\nRemove {plain(card.title)} ({gigabytes(bytes_on_disk(card))}) from this machine? [y/N] "
        if input(asked).strip().lower() not in ("y", "yes"):
            return complain_plainly("Nothing was removed.")
    size = remove_from_disk(card)
    print(f"{plain(card.title)} was removed: {gigabytes(size)}. It is fetched again when it is asked for.")
    return 0
