"""Whether another precision or engine answers as float32 does. Asked once for each checkpoint, and remembered."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from streetclip_demo.cache_folder import default_directory
from streetclip_demo.errors import ModelError
from streetclip_demo.own_files import ASSETS

LEAST_COSINE = 0.9998  # of an embedding and its float32 twin
BEST = 5
TIE = 2e-3  # labels with cosines as close as that may change places
FIRST_SCENES = 4  # looked at before the first start; float32 takes seconds for each
SCENES = ASSETS / "examples"
CAPTIONS = tuple(
    f"A Street View photo {place}."
    for place in (
        *("in Japan", "in France", "in Chile", "in Kenya", "in India", "in the United States", "in Iceland"),
        *("in Brazil", "in Indonesia", "in Poland", "in South Africa", "in Mongolia", "from Paris"),
        *("from Nagasaki", "from São Paulo", "from Ulaanbaatar", "in the region of Bavaria in Germany"),
    )
)


@dataclass(frozen=True)
class Answers:
    """An encoder's embeddings of test images (images, d) and of CAPTIONS (captions, d)."""

    images: np.ndarray
    captions: np.ndarray


def answers(encoder: Any, images: list[Image.Image], on_part: Callable[[], object] = lambda: None) -> Answers:
    """What an encoder makes of images and of CAPTIONS; `on_part` is called after each image, and after the captions."""
    embeddings = []
    for image in images:
        embeddings.append(encoder.image_embeddings([image]))
        on_part()
    captions = encoder.caption_embeddings(CAPTIONS)
    on_part()
    return Answers(np.concatenate(embeddings), captions)


def checked(
    load_encoder: Callable[[], object],
    load_reference: Callable[[], object],
    record: Path,
    on_check: Callable[[int, int], object],
) -> Any:
    """Load an encoder whose answers are those of a reference; ModelError if they are not.

    Asked once: then `record` is written. Until it is known, `on_check` is called with (parts done, parts in all). The
    reference is loaded first and let go, so that the two are never in memory at the same time.
    """
    if record.is_file():
        return load_encoder()
    images = test_images()[:FIRST_SCENES]
    parts = 2 * (len(images) + 2)  # for either: loading, each image, the captions
    done = itertools.count()

    def step() -> None:
        on_check(next(done), parts)

    def loaded(load: Callable[[], Any]) -> Any:
        encoder = load()
        step()
        return encoder

    step()
    expected = answers(loaded(load_reference), images, step)
    encoder = loaded(load_encoder)
    found = compare(expected, answers(encoder, images, step))
    if found["least_cosine"] < LEAST_COSINE or found["changed_images"]:
        raise ModelError(
            f"{encoder.card.title}: {encoder.engine} in {encoder.dtype} answers otherwise than float32 (least cosine"
            f" {found['least_cosine']:.5f}, other best labels for {found['changed_images']} of {found['images']}"
            " images). Use --precision float32."
        )
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps(found), encoding="utf-8")
    except OSError:
        pass  # then it is asked again at the next start
    return encoder


def record_of(revision: str, engine: str, device: str, precision: str) -> Path:
    """Where it is written down that an engine was found faithful on a kind of device: as users' disks have it."""
    name = f"{revision.replace(':', '-')}-{engine}-{device}-{precision}.json"
    return default_directory() / "fidelity" / name


def test_images() -> list[Image.Image]:
    """The drawn streets that come with the app."""
    images = []
    for path in sorted(SCENES.glob("*.png")):
        with Image.open(path) as image:
            images.append(image.convert("RGB"))
    return images


def compare(expected: Answers, got: Answers) -> dict:
    """How far answers are from a reference's: the least cosine, and images whose best labels are others."""
    pairs = [(expected.images, got.images), (expected.captions, got.captions)]
    cosines = [answer.images @ answer.captions.T for answer in (expected, got)]  # (images, captions)
    return {
        "least_cosine": float(min(np.einsum("ij,ij->i", *pair).min() for pair in pairs)),
        "changed_images": sum(_changed(*rows) for rows in zip(*cosines, strict=True)),
        "images": len(expected.images),
    }


def _changed(expected: np.ndarray, got: np.ndarray) -> bool:
    """Whether the best labels are others, but for ties."""
    fifth = np.sort(expected)[-BEST]
    best = np.argsort(-got)[:BEST]
    return bool((expected[best] < fifth - TIE).any())
