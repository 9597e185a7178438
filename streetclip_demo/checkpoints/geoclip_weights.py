"""GeoCLIP's own weights as arrays by name: of the package's files, or of a release's folder."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.files import CONFIG, WEIGHTS, read_json
from streetclip_demo.checkpoints.geoclip_files import (
    GALLERY,
    LOCATION,
    MLP,
    REQUIREMENT,
    SCALE,
    package_files,
)
from streetclip_demo.checkpoints.geoclip_release import fetch_release
from streetclip_demo.checkpoints.loading import reading
from streetclip_demo.errors import ModelError
from streetclip_demo.progress import Progress

IMAGE_HALF = "openai/clip-vit-large-patch14"
RELEASE_TYPE, RELEASE_VERSION = "geoclip-geolocation", 1
LOCATION_PREFIX, MLP_PREFIX = "location_encoder.", "image_encoder.mlp."

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class GeoClipWeights:
    """All of GeoCLIP but for its image half.

    Attributes
    ----------
    mlp, location : mapping of str to np.ndarray
        The image head and the location encoder, float32, by the package's names.
    logit_scale : float
        The factor of cosines in the softmax, already exponentiated.
    gallery : Path
        A CSV file of points.
    image_half : str
        Hub id of the CLIPModel that it was trained with.
    revision : str
        Names these weights by their content.
    """

    mlp: Arrays
    location: Arrays
    logit_scale: float
    gallery: Path
    image_half: str
    revision: str

    @property
    def location_digest(self) -> str:
        """Names the location encoder by its content."""
        return _digest({LOCATION_PREFIX + name: array for name, array in self.location.items()})


def read_geoclip(card: ModelCard, progress: Progress | None = None) -> GeoClipWeights:
    """GeoCLIP's weights of a release's folder or hub id, else of the package; fetched where they are not here.

    Raise ModelError if they cannot be had, or are not a GeoCLIP's.
    """
    if card.is_directory:
        return reading_release(card, Path(card.source))
    if card.key != "geoclip":
        return reading_release(card, fetch_release(card, progress))
    folder = package_files(progress)
    weights = {f"{MLP_PREFIX}{name}": array for name, array in _pickled(card, folder / MLP).items()}
    weights |= {
        f"{LOCATION_PREFIX}{name}": array for name, array in _pickled(card, folder / LOCATION).items()
    }
    weights |= {"logit_scale": _pickled(card, folder / SCALE)[""]}
    return _parted(weights, folder / GALLERY, IMAGE_HALF, REQUIREMENT)


def reading_release(card: ModelCard, directory: Path) -> GeoClipWeights:
    """A release in the form of the package's `from_pretrained`: config.json, model.safetensors, a CSV file."""
    config = reading(card, directory, lambda: read_json(directory / CONFIG))
    if config.get("model_type") != RELEASE_TYPE or config.get("format_version") != RELEASE_VERSION:
        raise ModelError(
            f"{card.title}: expected a GeoCLIP release (model_type {RELEASE_TYPE!r}, format_version"
            f" {RELEASE_VERSION}) in {directory / CONFIG}, got {config.get('model_type')!r},"
            f" {config.get('format_version')!r}."
        )
    gallery, half = config.get("gallery_file"), config.get("backbone")
    if not isinstance(gallery, str) or gallery != Path(gallery).name or not (directory / gallery).is_file():
        raise ModelError(
            f"{card.title}: gallery_file in {directory / CONFIG} must name a CSV file beside it."
        )
    weights = reading(card, directory, lambda: _safetensors(directory / WEIGHTS))
    hub_id = half.get("repo_id") if isinstance(half, dict) else None
    return _parted(weights, directory / gallery, hub_id if isinstance(hub_id, str) else IMAGE_HALF, "")


def _safetensors(path: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return load_file(path)


def _pickled(card: ModelCard, path: Path) -> dict[str, np.ndarray]:
    from streetclip_demo.checkpoints.unpickling import unpickled_arrays  # brings torch

    return unpickled_arrays(card, path)


def _parted(weights: Arrays, gallery: Path, image_half: str, release: str) -> GeoClipWeights:
    mlp, location = _below(MLP_PREFIX, weights), _below(LOCATION_PREFIX, weights)
    _check(mlp, location, weights)
    revision = f"{release} sha256:{_digest(weights)[:12]}".strip()
    scale = math.exp(float(np.ravel(weights["logit_scale"])[0]))
    return GeoClipWeights(mlp, location, scale, gallery, image_half, revision)


def _below(prefix: str, weights: Arrays) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in weights.items() if name.startswith(prefix)}


def _check(mlp: Arrays, location: Arrays, weights: Arrays) -> None:
    """ModelError where a tensor is missing, has another shape than its neighbours, or holds no numbers."""
    problem = ""
    if set(mlp) != {"0.weight", "0.bias", "2.weight", "2.bias"}:
        problem = "the image head must have two layers"
    elif not location or "LocEnc0.capsule.0.b" not in location:
        problem = "there is no location encoder"
    elif np.size(weights.get("logit_scale", ())) != 1:
        problem = "there is no logit_scale"
    elif mlp["2.weight"].shape[0] != location["LocEnc0.head.0.weight"].shape[0]:
        problem = "image head and location encoder have other dimensions"
    elif not all(np.isfinite(array).all() for array in weights.values()):
        problem = "some weights are not numbers"
    if problem:
        raise ModelError(f"These weights are not GeoCLIP's: {problem}. Take the release's own files again.")


def _digest(weights: Arrays) -> str:
    digest = hashlib.sha256()
    for name in sorted(weights):
        array = np.ascontiguousarray(weights[name], np.float32)
        digest.update(f"{name}:{array.shape}:".encode() + array.tobytes())
    return digest.hexdigest()
