"""The shipped practice model, through transformers alone, and the figures that stand beside it."""

import hashlib
import json
import random

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from transformers import CLIPModel, CLIPProcessor

from streetclip_demo.places.templates import with_article
from streetclip_demo.practice.captions import clue_caption
from streetclip_demo.practice.facts import CLUES, COUNTRIES, PRACTICE_DIR, clues_of, random_clues
from streetclip_demo.practice.gate import load_gate
from streetclip_demo.practice.scene import draw_scene, scene_of

MODEL = PRACTICE_DIR / "model"
EXAMPLES = PRACTICE_DIR.parent / "examples"
MAIN_CLUES = ("side", "centre_line", "script", "vegetation")
UNSEEN = 3_000_000_000  # neither the training nor the gate has scenes from here


@pytest.fixture(scope="module")
def practice():
    torch.set_num_threads(1)
    return CLIPModel.from_pretrained(MODEL, dtype=torch.float32).eval(), CLIPProcessor.from_pretrained(MODEL)


def logits(practice, pictures, sentences):
    model, processor = practice
    inputs = processor(
        text=sentences, images=pictures, return_tensors="pt", padding=True, truncation=True, max_length=77
    )
    with torch.inference_mode():
        return model(**inputs).logits_per_image.numpy()


def all_countries():
    return [f"A Street View photo in {with_article(country.name)}." for country in COUNTRIES]


def test_the_checkpoint_is_small_and_float16():
    assert sum(path.stat().st_size for path in MODEL.iterdir()) < 25e6
    with safe_open(MODEL / "model.safetensors", "pt") as tensors:
        kinds = {tensors.get_tensor(name).dtype for name in tensors.keys()}  # noqa: SIM118
    assert kinds <= {torch.float16, torch.int64}


def test_the_text_is_pooled_at_its_end_token(practice):
    model, processor = practice
    end = processor.tokenizer.convert_tokens_to_ids("<|endoftext|>")
    assert model.config.text_config.eos_token_id == end != 2  # 2 would select a legacy way of pooling
    assert processor.tokenizer("a street").input_ids[-1] == end
    assert processor.tokenizer.model_max_length == model.config.text_config.max_position_embeddings == 77


def test_padding_does_not_change_a_caption(practice):
    picture = draw_scene(clues_of(COUNTRIES[0], random.Random(0)), UNSEEN, 160)
    alone = logits(practice, [picture], ["Japan"])[0, 0]
    padded = logits(
        practice, [picture], ["Japan", "A Street View photo close to the town of Nagoya in Japan."]
    )
    assert padded[0, 0] == pytest.approx(alone, abs=1e-3)


@pytest.mark.parametrize(
    "name", ["Côte d'Ivoire", "São Paulo", "Αθήνα", "東京", "Київ", "القاهرة", "Łódź 7", "ไทย"]
)
def test_any_name_can_be_encoded_and_read_back(practice, name):
    tokenizer = practice[1].tokenizer
    numbers = tokenizer(name).input_ids
    assert tokenizer.unk_token_id not in numbers[1:-1]
    decoded = tokenizer.decode(numbers, skip_special_tokens=True).strip()
    assert decoded.replace(" ", "") == name.lower().replace(" ", "")


def test_the_shipped_examples_are_located(practice):
    entries = json.loads((EXAMPLES / "manifest.json").read_text(encoding="utf-8"))
    pictures = [Image.open(EXAMPLES / entry["file"]).convert("RGB") for entry in entries]
    answers = logits(practice, pictures, all_countries()).argmax(1)
    assert [COUNTRIES[number].name for number in answers] == [entry["country"] for entry in entries]


def test_the_examples_are_what_their_manifest_says():
    entries = json.loads((EXAMPLES / "manifest.json").read_text(encoding="utf-8"))
    by_name = {country.name: country for country in COUNTRIES}
    assert len(entries) == 12
    assert {by_name[entry["country"]].continent for entry in entries} == {c.continent for c in COUNTRIES}
    assert {path.name for path in EXAMPLES.glob("*.png")} == {entry["file"] for entry in entries}
    for entry in entries:
        assert entry["iso"] == by_name[entry["country"]].iso
        with Image.open(EXAMPLES / entry["file"]) as image:
            head = f"{image.width}x{image.height}:".encode()
            assert image.mode == "RGB"
            assert image.width == 640
            assert hashlib.sha256(head + image.tobytes()).hexdigest() == entry["digest"]
    assert sum(path.stat().st_size for path in EXAMPLES.iterdir()) < 2e6


def test_an_example_can_be_drawn_again():
    entry = json.loads((EXAMPLES / "manifest.json").read_text(encoding="utf-8"))[0]
    again = np.asarray(draw_scene(entry["clues"], entry["seed"])).astype(int)
    with Image.open(EXAMPLES / entry["file"]) as image:
        assert np.abs(again - np.asarray(image)).mean() < 0.5  # another Pillow may round otherwise


def test_the_recorded_measurements_pass_the_gate():
    gate = load_gate()
    assert gate.passed
    assert gate.country_accuracy >= 0.88
    assert gate.country_scenes >= 1000
    assert tuple(gate.clues) == tuple(CLUES)
    for key in MAIN_CLUES:
        measure = gate.clues[key]
        assert measure.learnt
        assert measure.accuracy > measure.majority
        assert measure.mean_drop >= 0.15
    assert min(measure.scenes for measure in gate.clues.values()) >= 1000
    assert set(MAIN_CLUES) <= set(gate.learnt)


def test_a_new_measurement_agrees_with_the_recorded_accuracy(practice):
    rng = random.Random(1)
    chosen = [rng.randrange(len(COUNTRIES)) for _ in range(60)]
    pictures = [
        draw_scene(clues_of(COUNTRIES[number], rng), UNSEEN + row) for row, number in enumerate(chosen)
    ]
    accuracy = (logits(practice, pictures, all_countries()).argmax(1) == chosen).mean()
    recorded = load_gate().country_accuracy
    spread = (recorded * (1 - recorded) / 60) ** 0.5
    assert accuracy >= recorded - 4 * spread - 1 / 60


@pytest.mark.parametrize("key", MAIN_CLUES)
def test_a_new_measurement_agrees_on_the_main_clues(practice, key):
    rng, right, seeds = random.Random(key), 0, range(UNSEEN + 1000, UNSEEN + 1060)
    scenes = [(random_clues(rng), seed) for seed in seeds]
    scenes = [(clues, seed) for clues, seed in scenes if key in scene_of(clues, seed).visible]
    pictures = [draw_scene(clues, seed, 160) for clues, seed in scenes]
    values = CLUES[key].values
    named = logits(practice, pictures, [clue_caption(key, value) for value in values]).argmax(1)
    right = np.mean([values[number] == clues[key] for number, (clues, _) in zip(named, scenes, strict=True)])
    recorded = load_gate().clues[key].accuracy
    assert right >= recorded - 4 * (recorded * (1 - recorded) / len(scenes)) ** 0.5 - 0.02
