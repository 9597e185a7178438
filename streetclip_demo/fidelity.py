"""Whether another precision or engine answers as float32 does. Asked once for each checkpoint, and remembered."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from streetclip_demo.cache_folder import default_directory
from streetclip_demo.errors import ModelError

LEAST_COSINE = 0.9998  # of an embedding and its float32 twin
BEST = 5
TIE = 2e-3  # labels with cosines as close as that may change places
FIRST_SCENES = 4  # looked at before the first start; float32 takes seconds for each
SCENES = Path(__file__).resolve().parent.parent / "assets" / "examples"
CAPTIONS = tuple(
    f"A Street View photo {place}."
    for place in (
        *("in Japan", "in France", "in Chile", "in Kenya", "in India", "in the United States", "in Iceland"),
        *("in Brazil", "in Indonesia", "in Poland", "in South Africa", "in Mongolia", "from Paris"),
        *("from Nagasaki", "from São Paulo", "from Ulaanbaatar", "in the region of Bavaria in Germany"),
    )
)


def check_once(encoder, revision: str, load_reference: Callable[[], object]) -> None:
    """Compare an encoder with float32 by torch, unless that was done before; ModelError if it is not faithful."""
    if (encoder.engine, encoder.dtype) == ("torch", "float32"):
        return
    name = f"{revision.replace(':', '-')}-{encoder.engine}-{encoder.dtype}.json"
    path = default_directory() / "fidelity" / name
    if path.is_file():
        return
    found = compare(load_reference(), encoder, test_images()[:FIRST_SCENES])
    if found["least_cosine"] < LEAST_COSINE or found["changed_images"]:
        raise ModelError(
            f"{encoder.card.title}: {encoder.engine} in {encoder.dtype} answers otherwise than float32 (least cosine"
            f" {found['least_cosine']:.5f}, other best labels for {found['changed_images']} of {found['images']}"
            " images). Use --precision float32."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found), encoding="utf-8")
    except OSError:
        pass  # then it is asked again at the next start


def test_images() -> list[Image.Image]:
    """The drawn streets that come with the app."""
    images = []
    for path in sorted(SCENES.glob("*.png")):
        with Image.open(path) as image:
            images.append(image.convert("RGB"))
    return images


def compare(reference, encoder, images: list[Image.Image]) -> dict:
    """How far an encoder is from a reference: the least cosine, and images whose best labels are others."""
    pairs = [
        (reference.image_embeddings(images), encoder.image_embeddings(images)),
        (reference.caption_embeddings(CAPTIONS), encoder.caption_embeddings(CAPTIONS)),
    ]
    expected, got = (pairs[0][side] @ pairs[1][side].T for side in (0, 1))  # (images, captions)
    return {
        "least_cosine": float(min(np.einsum("ij,ij->i", *pair).min() for pair in pairs)),
        "changed_images": sum(_changed(*rows) for rows in zip(expected, got, strict=True)),
        "images": len(images),
    }


def _changed(expected: np.ndarray, got: np.ndarray) -> bool:
    """Whether the best labels are others, but for ties."""
    fifth = np.sort(expected)[-BEST]
    best = np.argsort(-got)[:BEST]
    return bool((expected[best] < fifth - TIE).any())
