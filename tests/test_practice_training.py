"""The training of the practice model: targets, captions and close-ups; not the training itself, which takes an hour."""

import random
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import train_practice_model as training
from measure_practice_model import TEST_SEED, country_scenes, is_learnt, labels_of
from practice_captions import TEMPLATES, country_caption

from streetclip_demo.practice.facts import CLUES, COUNTRIES, clues_of, country_named


@pytest.fixture(scope="module")
def trainer():
    options = SimpleNamespace(threads=1, batch=8, device="cpu", seed=0, learning_rate=1e-3)
    return training.Trainer(options, torch)


@pytest.fixture(scope="module")
def pool():
    scenes = [training.draw_training_scene(seed) for seed in range(24)]
    pool = training.ScenePool.__new__(training.ScenePool)  # without its drawing processes
    pool.pixels, pool.labels = (np.stack(column) for column in zip(*scenes, strict=True))
    return pool


def test_the_soft_target_of_a_country_s_scene_is_that_country():
    words = training.Vocabulary.build()
    for number, country in enumerate(COUNTRIES):
        labels = labels_of(clues_of(country, random.Random(0)), number)
        target = words.country_targets(labels[None])[0]
        assert target.sum() == pytest.approx(1)
        assert target.argmax() == number


def test_swapping_a_clue_moves_the_target_by_its_weight():
    words = training.Vocabulary.build()
    labels = np.stack([labels_of(clues_of(COUNTRIES[0], random.Random(0)), 0)])
    labels[:, 1] = 1
    before = words.country_targets(labels)[0]
    labels[0, 0, training.KEYS.index("script")] = CLUES["script"].values.index("thai")
    after = words.country_targets(labels)[0]
    thailand = [country.name for country in COUNTRIES].index("Thailand")
    gain = np.log(after[thailand] / before[thailand]) - np.log(after[0] / before[0])
    assert gain == pytest.approx(2 * training.BETA * CLUES["script"].weight, rel=1e-5)


def test_more_than_half_of_the_scenes_recombine_clues():
    known = [dict(country.clues) for country in COUNTRIES]
    scenes = [training.training_clues(seed) for seed in range(600)]
    real = sum(any(all(scene[key] in row[key] for key in CLUES) for row in known) for scene in scenes)
    assert real < 300


def test_training_never_sees_the_gate_s_seeds():
    assert TEST_SEED > 128 * 100_000
    assert min(seed for _, _, seed in country_scenes(1)) >= TEST_SEED


def test_combined_captions_fit_the_scene_that_they_are_taken_from():
    rng = random.Random(0)
    labels = np.stack([labels_of(training.training_clues(seed), seed) for seed in range(32)])
    texts, fits = training.pick_combinations(labels, 16, rng)
    assert len(texts) == 16
    assert fits.any(axis=0).all()
    assert 0.03 < fits.mean() < 0.9


def test_a_close_up_of_everything_is_the_whole_picture(trainer, pool):
    images = training.augment(pool.pixels[:2], torch, "cpu")
    window = training.CloseUp("script", (0, 10), (0, 10), 2)
    with torch.no_grad():
        assert torch.allclose(
            trainer.embed_window(images, window, 0), trainer.embed_images(images), atol=1e-6
        )


def test_one_step_of_training_moves_every_weight(trainer, pool):
    rng = np.random.default_rng(0)
    before = {name: weight.detach().clone() for name, weight in trainer.model.named_parameters()}
    pixels, labels, close_ups = pool.batch(np.arange(8), rng)
    losses = trainer.train_step(pixels, labels, close_ups[:2], progress=0.0)
    assert np.isfinite(losses).all()
    still = [name for name, weight in trainer.model.named_parameters() if torch.equal(weight, before[name])]
    assert not still


def test_a_clue_is_learnt_only_if_it_is_read_and_moves_the_answer():
    good = {"accuracy": 0.9, "majority": 0.3, "mean_drop": 0.1}
    assert is_learnt(good)
    assert not is_learnt({**good, "accuracy": 0.6})  # 43 % of the way from 0.3 to 1
    assert not is_learnt({**good, "majority": 0.85})
    assert not is_learnt({**good, "mean_drop": 0.01})


def test_templates_are_streetclips_and_enough():
    assert len(TEMPLATES) >= 12
    assert TEMPLATES[0] == "A Street View photo in {country}."
    of_states = country_caption(country_named("United States"))
    assert of_states == "A Street View photo in the United States."
    assert country_caption(country_named("Japan")) == "A Street View photo in Japan."
