"""A model's fitted temperatures, kept beside it: a folder's in the folder, a downloaded model's in the cache folder."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streetclip_demo.cache_folder import default_directory
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.posterior.temperatures import PLAIN, Temperatures

NAME = "calibration.json"
# Visitors of the page read this: no path of the machine is in it.
DAMAGED = "The calibration kept for this model cannot be read; shares are not calibrated. Fit it again."
LEVELS = {"country": "countries", "region": "regions", "city": "cities", "label": "labels"}


@dataclass(frozen=True)
class Calibration:
    """What was fitted, and what is to be said of it; `note` where a file could not be used."""

    temperatures: Temperatures = PLAIN
    said: tuple[str, ...] = ()  # a sentence for each level
    note: str = ""


NONE = Calibration()


def calibration_path(card: ModelCard, revision: str) -> Path:
    """Where a model's calibration lies, or would."""
    if card.key == "directory":
        return Path(card.source) / NAME
    return default_directory() / "calibration" / f"{hashlib.sha256(revision.encode()).hexdigest()[:32]}.json"


def read_calibration(card: ModelCard, revision: str) -> Calibration:
    """What was fitted for these weights; a file that is damaged, or of other weights, is told and not used."""
    path = calibration_path(card, revision)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["revision"] != revision:
            return Calibration(note=_of_other_weights(str(record["revision"])))
        temperatures = Temperatures(
            **{level: float(value) for level, value in record["temperatures"].items()}
        )
        if not all(0.01 <= value <= 100 for value in vars(temperatures).values()):
            raise ValueError
        return Calibration(temperatures, _said(temperatures, record["fitted_on"]))
    except FileNotFoundError:
        return NONE
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return Calibration(note=DAMAGED)


def calibration_record(revision: str, temperatures: Temperatures, fitted_on: Mapping[str, Any]) -> dict:
    """What the file holds; `fitted_on` has "dataset", "photos" and "clusters" besides what else is known."""
    return {"revision": revision, "temperatures": dict(vars(temperatures)), "fitted_on": dict(fitted_on)}


def _of_other_weights(revision: str) -> str:
    return (
        f"The calibration kept for this model was fitted for other weights ({revision[:80]}); it is not used."
    )


def _said(temperatures: Temperatures, fitted_on: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"Shares of {LEVELS[level]} are calibrated: temperature {value:.2f}, fitted on {fitted_on['photos']:,} photos"
        f" of {fitted_on['dataset']}."
        for level, value in vars(temperatures).items()
        if value != 1
    )
