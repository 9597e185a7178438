"""The app's own files: one that is missing or damaged is a sentence, not a traceback. Knows no content."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from streetclip_demo.errors import DataError

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"
# What the page and the maps are made with; most are read late, so all are looked at before the page is up.
STYLES = (  # of the page, in this order
    "tokens.css",
    "frame.css",
    "locate.css",
    "tree.css",
    "explain.css",
    "reasons.css",
    "side.css",
    "counted.css",
    "guess.css",
    "steps.css",
    "draw.css",
    "errors.css",
    "embed.css",
    "adapted.css",
)
LOOKS = (
    *STYLES,
    "start.css",
    "print.css",
    "map.css",
    "lesson_map.css",
    "error_map.css",
    "result_file.css",
    "evaluation.css",
    "class/class.css",
)
SCRIPTS = (
    "address.js",
    "class/class.js",
    "class_map.js",
    "connection.js",
    "counted.js",
    "draw.js",
    "error_map.js",
    "errors.js",
    "examples.js",
    "explain.js",
    "export.js",
    "gradio_words.js",
    "guess.js",
    "lesson_map.js",
    "listeners.js",
    "making.js",
    "map.js",
    "map_chips.js",
    "map_keys.js",
    "map_picture.js",
    "map_stage.js",
    "map_view.js",
    "page.js",
    "pending.js",
    "photo_name.js",
    "photo_sources.js",
    "room.js",
    "share.js",
    "side.js",
    "speaking.js",
    "steps.js",
    "steps_why.js",
    "swept.js",
    "tree.js",
    "whereabouts.js",
)


def check_looks_and_scripts() -> None:
    """Raise DataError where one of them cannot be read."""
    for name in (*LOOKS, *SCRIPTS):
        own_text(ASSETS / name)


def own_text(path: Path) -> str:
    """A script, a style or a table, whole: each of ours ends with a line end."""
    text = _read(path)
    if not text.endswith("\n"):
        raise damaged(path, "its end is missing")
    return text


def own_json(path: Path, wanted: Callable[[Any], T]) -> T:
    """What `wanted` makes of a JSON file's value; it may raise what Python does for a wrong type or a missing key."""
    try:
        return wanted(json.loads(_read(path)))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise damaged(path, f"{type(error).__name__}: {error}") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise damaged(path, "it is not text in UTF-8") from None
    except OSError as problem:
        raise damaged(path, problem.strerror or str(problem)) from None


def damaged(path: Path, why: str) -> DataError:
    """The error of a file of ours."""
    return DataError(
        f"The app's file {path.name} in {path.parent} cannot be used ({why}). Check the app out again."
    )
