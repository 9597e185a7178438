"""Our pixels against those of transformers' CLIPImageProcessor in its PIL form, bit for bit."""

import json

import numpy as np
import pytest
from PIL import Image
from transformers import CLIPImageProcessorPil

from streetclip_demo.model.preprocessing import read_preprocessing

OLDER = {"size": 40, "crop_size": 32, "resample": 3}  # as on the hub
NEWER = {
    "size": {"shortest_edge": 32},
    "crop_size": {"height": 32, "width": 32},
    "resample": 2,
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.2, 0.3, 0.4],
    "rescale_factor": 0.004,
}


def write(folder, name, content):
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def noise(width, height, seed):
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(levels)


@pytest.mark.parametrize("settings", [OLDER, NEWER], ids=["older", "newer"])
def test_pixels_are_those_of_transformers(tmp_path, settings):
    write(tmp_path, "preprocessor_config.json", settings)
    expected, ours = CLIPImageProcessorPil.from_pretrained(tmp_path), read_preprocessing(tmp_path, 32)
    for seed, size in enumerate([(32, 32), (90, 61), (61, 90), (40, 500), (3, 5), (333, 500)]):
        image = noise(*size, seed)
        found = ours.pixels([ours.crop(image)])
        assert (found == expected(images=image, return_tensors="np")["pixel_values"]).all(), size


def test_a_processor_config_that_has_it_all_comes_first(tmp_path):
    write(tmp_path, "preprocessor_config.json", OLDER)
    write(tmp_path, "processor_config.json", {"processor_class": "CLIPProcessor"})
    assert read_preprocessing(tmp_path, 32).scaled_px == 40
    write(tmp_path, "processor_config.json", {"image_processor": NEWER})
    assert read_preprocessing(tmp_path, 32).scaled_px == 32
    assert CLIPImageProcessorPil.from_pretrained(tmp_path).size["shortest_edge"] == 32


@pytest.mark.parametrize(
    "change",
    [
        {"crop_size": 16},
        {"size": 24},
        {"do_resize": False},
        {"size": {"height": 32, "width": 32}},
        {"size": "large"},
    ],
)
def test_what_is_not_clips_is_none(tmp_path, change):
    write(tmp_path, "preprocessor_config.json", OLDER | change)
    assert read_preprocessing(tmp_path, 32) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image_mean": [0.5]}, "not those of red, green and blue"),
        ({"image_std": [0.2, 0, 0.2]}, "not those of red, green and blue"),
        ({"resample": 99}, "99 is not a valid Resampling"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path, change, said):
    write(tmp_path, "preprocessor_config.json", OLDER | change)
    with pytest.raises(ValueError, match=said):
        read_preprocessing(tmp_path, 32)
