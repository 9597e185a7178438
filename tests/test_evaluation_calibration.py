"""A temperature: found again where it is known, measured on other photographers, kept beside the model."""

import json
from pathlib import Path

import numpy as np
import pytest

from streetclip_demo.checkpoints.cards import MODELS, ModelCard
from streetclip_demo.errors import DatasetError
from streetclip_demo.evaluate.calibrating import Choices, fit_temperature, fitted, losses
from streetclip_demo.locate.calibration import calibration_path, calibration_record, read_calibration
from streetclip_demo.posterior.temperatures import PLAIN, Temperatures


def drawn(temperature, count=4000, labels=12, seed=0):
    """Logits, and true labels drawn from their softmax at a temperature."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (count, labels))
    shares = np.exp(logits / temperature)
    shares /= shares.sum(axis=1, keepdims=True)
    true = (shares.cumsum(axis=1) > rng.random((count, 1))).argmax(axis=1)
    return logits, true


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_a_temperature_is_found_again(temperature):
    assert fit_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.06)


def test_a_loss_is_minus_the_logarithm_of_the_true_share():
    logits = np.log([[1.0, 3.0]])
    assert losses(logits, np.array([1]), 1.0) == pytest.approx([-np.log(0.75)])
    assert losses(2 * logits, np.array([0]), 2.0) == pytest.approx([-np.log(0.25)])
    short = np.array([[0.0, 0.0, -np.inf]])  # a list of two beside one of three
    assert losses(short, np.array([0]), 0.3) == pytest.approx([np.log(2)])


def test_the_other_half_is_better_calibrated_and_shares_no_photographer():
    logits, true = drawn(2.0, 1200)
    clusters = np.repeat(np.arange(120), 10)
    choices = Choices.of([(row, logits[row], true[row]) for row in range(1200)])
    found = fitted("country", choices, clusters, 200)
    assert found.temperature == pytest.approx(2.0, rel=0.1)
    assert (found.photos, found.clusters, found.other_photos) == (600, 60, 600)
    assert found.error_after.high < found.error_before.low
    assert found.loss_after.value < found.loss_before.value


def test_too_few_photographers_are_told():
    logits, true = drawn(1.0, 100)
    choices = Choices.of([(row, logits[row], true[row]) for row in range(100)])
    with pytest.raises(DatasetError, match="each half needs 30 photos by 5 photographers"):
        fitted("country", choices, np.arange(100) % 4, 50)


def test_where_all_are_right_no_temperature_is_fitted():
    logits, _ = drawn(1.0, 200)
    choices = Choices.of([(row, logits[row], int(logits[row].argmax())) for row in range(200)])
    with pytest.raises(DatasetError, match="at the end of the range"):
        fitted("country", choices, np.arange(200) // 5, 50)


# Beside the model


def own_model(folder):
    return ModelCard("directory", "mine", str(folder), "MIT", True)


def test_a_folders_calibration_lies_in_it_and_is_read_for_its_weights_only(tmp_path):
    card = own_model(tmp_path)
    assert read_calibration(card, "r1").temperatures == PLAIN
    record = calibration_record("r1", Temperatures(country=1.7), {"dataset": "im2gps3k", "photos": 1500})
    (tmp_path / "calibration.json").write_text(json.dumps(record))
    found = read_calibration(card, "r1")
    assert found.temperatures == Temperatures(country=1.7)
    (said,) = found.said
    assert said == "Shares of countries are calibrated: temperature 1.70, fitted on 1,500 photos of im2gps3k."
    other = read_calibration(card, "r2")
    assert other.temperatures == PLAIN
    assert "was fitted for other weights (r1); it is not used" in other.note
    assert str(tmp_path) not in other.note  # visitors read it


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"revision": "r1", "temperatures": {"country": 0}, "fitted_on": {}}',
        '{"revision": "r1"',
    ],
)
def test_a_damaged_calibration_is_told_and_not_used(text, tmp_path):
    (tmp_path / "calibration.json").write_text(text)
    found = read_calibration(own_model(tmp_path), "r1")
    assert found.temperatures == PLAIN
    assert "shares are not calibrated. Fit it again." in found.note


def test_a_downloaded_models_calibration_lies_in_the_cache_folder(cache_directory):
    path = calibration_path(MODELS["streetclip"], "e3561ba")
    assert path.parent == Path(cache_directory) / "calibration"
    assert path != calibration_path(MODELS["streetclip"], "another")
