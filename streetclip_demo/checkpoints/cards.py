"""Which checkpoints there are and what may be said of them. Knows nothing about loading one."""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from streetclip_demo.checkpoints.files import read_json
from streetclip_demo.errors import ModelError
from streetclip_demo.own_files import ASSETS

PRACTICE_TITLE = "Practice model (drawn streets)"


@dataclass(frozen=True)
class ModelCard:
    """A checkpoint as it is named to people: where it comes from and what it is good for."""

    key: str
    title: str
    source: str  # a hub id "owner/name" or a directory
    licence: str
    locates_photographs: bool
    size: str = ""  # of the download, where it is known
    option: str = "--model"  # by which a folder with it is given
    kind: str = "clip"  # or "geoclip": `source` then names its image half, or a release
    photographs: tuple[str, ...] = ()  # files of its repository that come with it, to be shown as examples

    @property
    def name(self) -> str:
        """As `--model` and links call it; a folder by its title, never by its path."""
        return self.title if self.is_directory and self.key not in MODELS else self.key

    @property
    def is_directory(self) -> bool:
        return not is_hub_id(self.source)


MODELS: dict[str, ModelCard] = {
    "streetclip": ModelCard(
        key="streetclip",
        title="StreetCLIP",
        source="geolocal/StreetCLIP",
        licence="CC BY-NC 4.0",
        locates_photographs=True,
        size="1.7 GB",
        photographs=("nagasaki.jpg", "sanfrancisco.jpeg"),
    ),
    "clip": ModelCard(
        key="clip",
        title="CLIP ViT-L/14-336",
        source="openai/clip-vit-large-patch14-336",
        licence="MIT",
        locates_photographs=True,
        size="1.7 GB",
    ),
    "geoclip": ModelCard(
        key="geoclip",
        title="GeoCLIP",
        source="openai/clip-vit-large-patch14",
        licence="MIT",
        locates_photographs=True,
        size="1.7 GB",
        kind="geoclip",
    ),
    "practice": ModelCard(
        key="practice",
        title=PRACTICE_TITLE,
        source=str(ASSETS / "practice" / "model"),
        licence="MIT",
        locates_photographs=False,
        size="at most 25 MB",
    ),
}


def is_hub_id(name: str) -> bool:
    """Whether a name has the form owner/name of the Hugging Face hub."""
    return re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", name, flags=re.ASCII) is not None


def model_card(name: str | Path) -> ModelCard:
    """Return the card for a key of MODELS, a directory with a checkpoint, or a hub id "owner/name".

    Raise ModelError if the name is none of the three.
    """
    text = str(name).strip()
    if text in MODELS:
        return MODELS[text]
    directory = Path(text).expanduser()
    if text and directory.is_dir():
        return _directory_card(directory.resolve())
    for card in MODELS.values():
        if card.source.lower() == text.lower() and card.kind == "clip":
            return card
    if is_hub_id(text):
        return ModelCard(text, text, text, "see its page on the hub", True)
    raise ModelError(_unknown_name(text, directory))


def _directory_card(directory: Path) -> ModelCard:
    practice = MODELS["practice"]
    if directory == Path(practice.source).resolve():
        return practice
    if not _locates_photographs(directory):  # a copy of the practice model stays one
        return ModelCard("directory", PRACTICE_TITLE, str(directory), practice.licence, False, practice.size)
    kind = (
        "geoclip" if str((_config(directory) or {}).get("model_type", "")).startswith("geoclip") else "clip"
    )
    name, own = directory.name or str(directory), MODELS["streetclip"].photographs
    is_copy = all((directory / photograph).is_file() for photograph in own)
    photographs = own if is_copy else ()
    return ModelCard(
        "directory", name, str(directory), "see the folder", True, kind=kind, photographs=photographs
    )


def _locates_photographs(directory: Path) -> bool:
    """False for a copy of the practice model, and where config.json says `"locates_photographs": false`."""
    config = _config(directory)
    own = config == _config(Path(MODELS["practice"].source)) and config is not None
    return not own and (config or {}).get("locates_photographs", True) is not False


def _config(directory: Path) -> dict | None:
    try:
        config = read_json(directory / "config.json")
    except (OSError, ValueError):
        return None  # what is wrong with the folder is said when it is loaded
    return config if isinstance(config, dict) else None


def _unknown_name(text: str, directory: Path) -> str:
    expected = (
        f"Expected one of {', '.join(MODELS)}, a folder with a CLIPModel checkpoint, or a hub id owner/name"
    )
    if not text:
        return f"No model was named. {expected}."
    if directory.is_file():
        return f"{text!r} is a file, not a folder. {expected}; give the folder that holds config.json."
    near = difflib.get_close_matches(text.lower(), MODELS, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"No model named {text!r}, and no such folder. {expected}.{hint}"
