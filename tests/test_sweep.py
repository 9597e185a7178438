"""Windows brushed out one after the other: estimates against forwards, and which window matters most."""

import random

import numpy as np
import pytest
from PIL import Image

from streetclip_demo.engines.far_engine import FarEngine
from streetclip_demo.engines.towers import ImageTower
from streetclip_demo.locate.opened import open_model, photo_of
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.sweep import ASKED, Swept, quarters, sweep, sweeping, windows
from streetclip_demo.locate.what_if import without_part
from streetclip_demo.photos.brush import mask_of
from streetclip_demo.practice.facts import clues_of, country_named
from streetclip_demo.practice.scene import draw_scene


@pytest.fixture(scope="module")
def street():
    """The practice model, a drawn street of Japan with a question and its answer."""
    locator = open_model("practice").locator
    photo = photo_of(draw_scene(clues_of(country_named("Japan"), random.Random(3)), 3, 160))
    locator.know(photo)
    question = Question("Japan\nFrance\nBrazil", add_cities=False)
    return locator, Swept(photo, question, locator.locate(photo, question))


def test_windows_cover_the_square_once():
    covered = sum(mask_of([box], 70).astype(int) for box in windows())
    assert (covered == 1).all()


def test_where_all_tokens_are_computed_anew_an_estimate_is_a_forward(street):
    locator, photo = street[0], street[1].photo
    view, box = locator.view(photo), (0.0, 0.0, 1.0, 1.0)
    cut = locator.view(without_part(photo, view, mask_of([(0.2, 0.3, 0.6, 0.7)], 160)))
    (estimate,) = locator.encoder.window_embeddings(view, [cut], [box])
    np.testing.assert_allclose(estimate, locator.encoder.view_embeddings([cut])[0], atol=1e-5)


def test_estimates_go_with_what_forwards_say(street):
    estimated = sweep(*street, asked=1)
    whole = sweep(*street, asked=49)
    assert all(window.is_asked for window in whole.windows)
    assert sum(window.is_asked for window in estimated.windows) == 1
    assert np.corrcoef(estimated.fallen.ravel(), whole.fallen.ravel())[0, 1] > 0.8


def test_the_likeliest_windows_are_asked_about_and_one_of_them_is_named(street):
    told = []
    swept = sweep(*street, progress=lambda done, total: told.append((done, total)))
    steps = 49 + ASKED + 4
    assert told == [(done, steps) for done in range(1, steps + 1)]
    assert swept.windows[swept.strongest].is_asked
    assert swept.strongest == sweep(*street, asked=49).strongest


def test_a_sweep_can_be_cancelled(street):
    class Enough(Exception):
        pass

    def stop(done, total):
        if done == 2:
            raise Enough

    with pytest.raises(Enough):
        sweep(*street, progress=stop)


def test_what_is_known_so_far_is_given_window_by_window_then_the_strongest_ones_quarters(street):
    *_, before_last, last = seen = list(sweeping(*street))
    assert [sum(window.change is not None for window in one.windows) for one in seen[:49]] == list(
        range(1, 50)
    )
    assert seen[48].strongest is None  # none was asked about yet
    assert (len(before_last.quarters), len(last.quarters)) == (3, 4)
    box = last.windows[last.strongest].box
    assert tuple(quarter.box for quarter in last.quarters) == quarters(box)
    assert (mask_of(quarters(box), 140) == mask_of([box], 140)).all()


def test_between_two_windows_others_have_their_turn(street):
    locator, swept = street
    windows_of_it = sweeping(locator, swept)
    next(windows_of_it)
    view = Image.new("RGB", locator.view(swept.photo).size)  # embedded, or this waited for ever
    assert locator.encoder.view_embeddings([view]).shape == (
        1,
        locator.encoder.dimension,
    )
    assert next(windows_of_it).done == 2


def test_elsewhere_all_windows_are_asked_about_in_one_call(street, monkeypatch):
    locator, swept = street
    here, calls = locator.encoder._engine, []

    def carry_out(compute):
        return lambda tower, runs: calls.append(tower) or compute(tower, runs)

    far = FarEngine(locator.card, lambda kind: here._images if kind is ImageTower else None, carry_out)
    monkeypatch.setattr(locator.encoder, "_engine", far)
    monkeypatch.setattr(locator.encoder, "is_far", True)
    *_, last = sweeping(locator, swept)
    assert calls == ["windows"]
    assert (last.done, last.steps, last.quarters) == (49, 49, ())
    monkeypatch.undo()
    whole = sweep(locator, swept, asked=49)
    np.testing.assert_allclose(last.fallen, whole.fallen, atol=1e-4)
