"""Our probabilities against the model card's own snippet, for the same checkpoint, picture and labels."""

import json

import numpy as np
import pytest
import torch
from checkpoints import copy_checkpoint
from pictures import grey16, street
from PIL import Image, ImageOps
from transformers import CLIPModel, CLIPProcessor

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.model.encoder import load_encoder
from streetclip_demo.photos.photo import open_photo, photo_from_image

LABELS = [
    "A Street View photo in Japan.",
    "A Street View photo in the United States.",
    "A Street View photo from São Paulo.",
    "tropical",
    "",
    "A Street View photo close to the town of Springfield in the region of Illinois in the United States.",
]


@pytest.fixture(scope="module")
def snippet(tiny_checkpoint):
    """The card's snippet; truncation is asked for, since without it a long caption is an error there."""
    model = CLIPModel.from_pretrained(tiny_checkpoint, dtype=torch.float32)
    processor = CLIPProcessor.from_pretrained(tiny_checkpoint)

    def probabilities(image, labels):
        inputs = processor(
            text=labels, images=image, return_tensors="pt", padding=True, truncation=True, max_length=77
        )
        with torch.no_grad():
            return model(**inputs).logits_per_image.softmax(dim=1).numpy()[0]

    return probabilities


def ours(encoder, image, labels):
    logits = encoder.logit_scale * encoder.image_embeddings([image]) @ encoder.caption_embeddings(labels).T
    powers = np.exp(logits[0] - logits[0].max())
    return powers / powers.sum()


def assert_same(got, expected):
    assert np.abs(got - expected).max() <= 1e-5
    assert np.abs(got - 1 / len(got)).max() > 0.05  # a flat answer would show nothing


@pytest.mark.parametrize(
    "size",
    [
        (56, 56),
        (150, 100),
        (100, 150),
        (336, 337),
        (57, 300),
        (1000, 60),
        (333, 500),
        (5, 7),
        (1, 1),
        (40, 3000),
    ],
)
def test_equal_to_the_snippet_at_any_aspect_ratio(tiny_encoder, snippet, size):
    image = street(*size)
    assert_same(ours(tiny_encoder, photo_from_image(image).image, LABELS), snippet(image, LABELS))


@pytest.mark.parametrize(
    "name",
    [
        "rgb",
        "rgba",
        "rgb_transparent",
        "grey",
        "grey_alpha",
        "grey_transparent",
        "palette",
        "palette_transparent",
    ]
    + [
        "palette_gif",
        "black_and_white",
        "cmyk",
        "ycbcr",
        "lab",
        "jpeg",
        "webp",
        "bmp",
        "wide",
        "tall",
        "rgb16",
    ],
)
def test_equal_to_the_snippet_in_every_mode(tiny_encoder, snippet, photos, name):
    with Image.open(photos[name]) as image:
        expected = snippet(image, LABELS)
    assert_same(ours(tiny_encoder, open_photo(photos[name]).image, LABELS), expected)


def test_sixteen_bits_equal_the_snippet_on_the_same_picture_in_eight(tiny_encoder, snippet, photos):
    # The snippet itself clips a 16-bit picture to white (Pillow's conversion), so it gets the upper eight bits.
    expected = snippet(Image.fromarray((grey16() >> 8).astype(np.uint8)), LABELS)
    got = ours(tiny_encoder, open_photo(photos["grey16"]).image, LABELS)
    assert_same(got, expected)
    with Image.open(photos["grey16"]) as image:
        assert np.abs(got - snippet(image, LABELS)).max() > 0.01


@pytest.mark.parametrize("orientation", [3, 5, 6, 8])
def test_orientation_is_applied_before_the_snippet(tiny_encoder, snippet, photos, orientation):
    with Image.open(photos[f"orientation{orientation}"]) as image:
        lying, upright = snippet(image, LABELS), snippet(ImageOps.exif_transpose(image), LABELS)
    got = ours(tiny_encoder, open_photo(photos[f"orientation{orientation}"]).image, LABELS)
    assert_same(got, upright)
    assert np.abs(got - lying).max() > 1e-4


def test_captions_over_77_tokens_are_cut_as_the_snippet_cuts_them(tiny_encoder, snippet):
    long = "A Street View photo in the United States, " + "with a long road, " * 20
    labels = [*LABELS, long, f"{long} at dusk", "word " * 75, "word " * 76]
    assert_same(ours(tiny_encoder, street(), labels), snippet(street(), labels))
    assert tiny_encoder.truncated(labels) == [long, f"{long} at dusk", "word " * 75, "word " * 76]
    embeddings = tiny_encoder.caption_embeddings([long, f"{long} at dusk"])
    assert (embeddings[0] == embeddings[1]).all()  # the end is not seen


def test_captions_of_all_kinds_equal_the_snippet(tiny_encoder, snippet):
    alike = [
        f"A Street View photo {word} {place}." for word in ("in", "from") for place in ("Japan", "Paris")
    ]
    labels = [
        *alike,
        alike[0],
        "",
        "Paris",
        "in the United States",
        "Paris <|endoftext|> Texas",
        "東京 é ẞ 🗺️",
    ]
    assert_same(ours(tiny_encoder, street(), labels), snippet(street(), labels))


def test_pixels_equal_the_processor_bit_for_bit(tiny_encoder, tiny_checkpoint):
    processor = CLIPProcessor.from_pretrained(tiny_checkpoint).image_processor
    rng = np.random.default_rng(3)
    for _ in range(60):
        width, height = rng.integers(1, 400, 2)
        image = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        expected = processor(images=image, return_tensors="np", do_rescale=False, do_normalize=False)
        crop = np.asarray(tiny_encoder.crop(image)).transpose(2, 0, 1)
        if max(width, height) <= 100 * min(width, height):
            assert (crop == expected["pixel_values"][0]).all()


def test_a_bfloat16_file_in_float32_equals_the_snippet_in_float32(tiny_checkpoint, tmp_path):
    half = copy_checkpoint(tiny_checkpoint, tmp_path / "half", without=("model.safetensors",))
    CLIPModel.from_pretrained(tiny_checkpoint).bfloat16().save_pretrained(half)
    assert json.loads((half / "config.json").read_text())["dtype"] == "bfloat16"
    encoder = load_encoder(model_card(half), device="cpu", precision="float32")
    assert encoder.dtype == "float32"
    model = CLIPModel.from_pretrained(half, dtype=torch.float32)
    processor = CLIPProcessor.from_pretrained(half)
    inputs = processor(text=LABELS, images=street(), return_tensors="pt", padding=True)
    with torch.no_grad():
        expected = model(**inputs).logits_per_image.softmax(dim=1).numpy()[0]
    assert_same(ours(encoder, street(), LABELS), expected)
