"""Windows brushed out one after the other: estimates against forwards, and which window matters most."""

import random

import numpy as np
import pytest

from streetclip_demo.locate.opened import open_model, photo_of
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.sweep import ASKED, sweep, windows
from streetclip_demo.locate.what_if import without_part
from streetclip_demo.photos.brush import mask_of
from streetclip_demo.practice.facts import clues_of, country_named
from streetclip_demo.practice.scene import draw_scene


@pytest.fixture(scope="module")
def street():
    """The practice model, a drawn street of Japan, a question, its answer."""
    locator = open_model("practice").locator
    photo = photo_of(draw_scene(clues_of(country_named("Japan"), random.Random(3)), 3, 160))
    locator.know(photo)
    question = Question("Japan\nFrance\nBrazil", add_cities=False)
    return locator, photo, question, locator.locate(photo, question)


def test_windows_cover_the_square_once():
    covered = sum(mask_of([box], 70).astype(int) for box in windows())
    assert (covered == 1).all()


def test_where_all_tokens_are_computed_anew_an_estimate_is_a_forward(street):
    locator, photo, *_ = street
    view, box = locator.view(photo), (0.0, 0.0, 1.0, 1.0)
    cut = locator.view(without_part(photo, view, mask_of([(0.2, 0.3, 0.6, 0.7)], 160)))
    (estimate,) = locator.encoder.window_embeddings(view, [cut], [box])
    np.testing.assert_allclose(estimate, locator.encoder.view_embeddings([cut])[0], atol=1e-5)


def test_estimates_go_with_what_forwards_say(street):
    estimated = sweep(*street, asked=1)
    whole = sweep(*street, asked=49)
    assert all(whole.is_asked)
    assert sum(estimated.is_asked) == 1
    assert np.corrcoef(estimated.fallen.ravel(), whole.fallen.ravel())[0, 1] > 0.8


def test_the_likeliest_windows_are_asked_about_and_one_of_them_is_named(street):
    told = []
    swept = sweep(*street, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, ASKED) for done in range(ASKED + 1)]
    assert swept.is_asked[swept.strongest]
    assert swept.strongest == sweep(*street, asked=49).strongest


def test_a_sweep_can_be_cancelled(street):
    class Enough(Exception):
        pass

    def stop(done, total):
        if done == 2:
            raise Enough

    with pytest.raises(Enough):
        sweep(*street, progress=stop)
