"""What doctor looks at for a model: the folders where things are kept, its files, the hub, the clock."""

import contextlib
import email.utils
import os
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from streetclip_demo.cache_folder import default_directory, unfinished_folders
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.geoclip_files import REQUIREMENT, found_files
from streetclip_demo.checkpoints.hub_cache import hub_address, hub_folder, is_offline, repository_folder
from streetclip_demo.checkpoints.weight_files import is_sound
from streetclip_demo.cli.finding import Finding, gigabytes, problem, warning
from streetclip_demo.errors import UserError

NEEDED_BYTES = 4.5e9  # StreetCLIP as it is downloaded, as safetensors, and in half precision
WEIGHTS = ("*.safetensors", "*.bin")
HUB_SECONDS = 3
MOST_OFF_SECONDS = 300  # certificates and tokens forgive that much
RELEASED = datetime(2026, 1, 1).timestamp()  # no right clock shows less


def caches(*cards: ModelCard) -> Iterator[Finding]:
    """The folder for what is computed once, and the hub's."""
    what = "cache"
    try:
        folder = default_directory()
    except UserError as error:
        yield problem(what, str(error))
        return
    yield _folder(what, folder, "STREETCLIP_CACHE")
    if unfinished := unfinished_folders(folder):
        said = f"{len(unfinished)} unfinished folder(s) of processes that were ended too hard in {folder}."
        yield warning(what, said, "The next start of the page deletes them.")
    of_the_hub = [card for card in cards if not card.is_directory]
    if not of_the_hub:
        return
    yield _folder("the hub's cache", hub_folder(), "HF_HOME")
    missing = [card for card in of_the_hub if snapshot(card) is None]
    free, needed = shutil.disk_usage(_there(hub_folder())).free, len(missing) * NEEDED_BYTES
    if free < needed:
        titles = " and ".join(card.title for card in missing)
        said = f"{gigabytes(free)} free; fetching and converting {titles} takes {gigabytes(needed)}."
        yield warning("disk", said, "Free some space, or set HF_HOME and STREETCLIP_CACHE to another disk.")


def _folder(what: str, folder: Path, variable: str) -> Finding:
    """Whether a folder can be written, and how large it is. A read-only one serves, if all is in it already."""
    there = _there(folder)
    size = gigabytes(_size(folder)) if folder.is_dir() else "not there yet"
    do = f"Set {variable} to a folder that can be written."
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(65_536))
    except OSError as error:
        return warning(
            what, f"{folder} ({size}) cannot be written ({error.strerror}): nothing new is kept.", do
        )
    return Finding(what, "ok", f"{folder}, {size}; {gigabytes(shutil.disk_usage(there).free)} free.")


def _there(folder: Path) -> Path:
    """The folder, or the one above it that is there."""
    return next(one for one in (folder.absolute(), *folder.absolute().parents) if one.is_dir())


def _size(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                path = Path(parent, name)
                total += 0 if path.is_symlink() else path.stat().st_size
    return total


def files(card: ModelCard) -> Finding:
    """Whether the model is on this machine."""
    if card.is_directory:
        if is_sound(Path(card.source)) or _has_weights(Path(card.source)):
            return Finding("model", "ok", f"{card.title}: {card.source}.")
        return problem("model", f"{card.source} has no weights that are whole.", "Copy the folder anew.")
    folder = snapshot(card)
    if folder is not None:
        return Finding("model", "ok", f"{card.title} is on this machine: {folder}.")
    unfinished = list((repository_folder(card.source) / "blobs").glob("*.part"))
    said = f"{card.title} is not on this machine"
    said += f", but for {gigabytes(sum(map(_bytes, unfinished)))} of it." if unfinished else "."
    do = f"Run: python app.py --prefetch --model {card.key if card.key != card.title else card.source}"
    return warning("model", f"{said} Until it is, the page starts with the practice model.", do)


def package(card: ModelCard) -> Iterator[Finding]:
    """Whether GeoCLIP's weights and gallery are on this machine; of other models there is nothing to say."""
    if card.kind != "geoclip":
        return
    what, folder = "GeoCLIP's weights and gallery", found_files()
    if card.is_directory or card.key != "geoclip":
        pass  # they are in it, or in its own repository
    elif folder is not None:
        yield Finding(what, "ok", f"{folder}.")
    else:
        yield warning(
            what,
            "are not on this machine; the first start fetches them with pip (40 MB).",
            f"Run: pip install --no-deps {REQUIREMENT}, where pip reaches no index at the start.",
        )
    yield _gallery()


def _gallery() -> Finding:
    what = "GeoCLIP's gallery, encoded"
    with contextlib.suppress(UserError):
        folder = default_directory() / "gallery"
        if any(folder.glob("[!.]*")):
            return Finding(what, "ok", f"{folder}, {gigabytes(_size(folder))}.")
    return Finding(
        what, "ok", "not there yet: the first start takes a minute or two longer, and keeps 0.2 GB."
    )


def snapshot(card: ModelCard) -> Path | None:
    """The folder of a model in the hub's cache that has a configuration and weights; None where there is none."""
    found = (repository_folder(card.source) / "snapshots").glob("*/config.json")
    return next((one.parent for one in found if _has_weights(one.parent)), None)


def _has_weights(folder: Path) -> bool:
    return any(
        path.is_file() for pattern in WEIGHTS for path in folder.glob(pattern)
    )  # a broken link is none


def _bytes(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def hub_and_clock(*cards: ModelCard) -> Iterator[Finding]:
    """Whether the hub answers, and whether it shows the same time."""
    now, date = time.time(), None
    if is_offline():
        yield Finding("hub", "ok", "not asked: HF_HUB_OFFLINE is set.")
    else:
        answered, date = _hub_says()
        missing = [card.title for card in cards if not card.is_directory and snapshot(card) is None]
        if answered:
            yield Finding("hub", "ok", f"{hub_address()} answers.")
        elif missing:
            do = "Connect to the network, or copy the model's folder from elsewhere and start with --model FOLDER."
            said = f"{hub_address()} cannot be reached, and {' and '.join(missing)} is to come from there."
            yield warning("hub", said, do)
        else:
            yield Finding("hub", "ok", f"{hub_address()} cannot be reached, and is not needed.")
    yield _clock(now, date)


def _hub_says() -> tuple[bool, float | None]:
    """Whether the hub answers at all, and the time that it shows."""
    try:
        with urllib.request.urlopen(
            urllib.request.Request(hub_address(), method="HEAD"), timeout=HUB_SECONDS
        ) as answer:
            headers = answer.headers
    except urllib.error.HTTPError as error:  # it is there, whatever it says
        headers = error.headers
    except (OSError, ValueError):
        return False, None
    try:
        return True, email.utils.parsedate_to_datetime(headers["Date"]).timestamp()
    except (TypeError, ValueError):
        return True, None


def _clock(now: float, hubs: float | None) -> Finding:
    shown = datetime.fromtimestamp(now).astimezone()
    said = f"{shown:%Y-%m-%d %H:%M} {shown.tzname()}"
    if now < RELEASED or (hubs is not None and abs(now - hubs) > MOST_OFF_SECONDS):
        do = "Set it (timedatectl set-ntp true): with a wrong one no certificate of the hub is valid."
        return problem("clock", f"{said} is wrong.", do)
    return Finding("clock", "ok", f"{said}{'' if hubs is None else ', as the hub has it'}.")
