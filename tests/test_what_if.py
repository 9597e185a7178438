"""A part of a photo brushed out: what is put there, and what it does to the answer."""

import random

import numpy as np
import pytest
from PIL import Image

from streetclip_demo.locate.opened import open_model, photo_of
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.what_if import change, without_part
from streetclip_demo.photos.brush import FILLS, brushed_out
from streetclip_demo.photos.overlay import laid_over, overlay
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.practice.facts import COUNTRIES, clues_of, country_named
from streetclip_demo.practice.scene import HIDING, draw_scene

COUNTRY_LIST = "\n".join(country.name for country in COUNTRIES)


@pytest.fixture
def picture():
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (40, 60, 3), np.uint8))


@pytest.fixture
def mask():
    """The upper right quarter, of half the picture's resolution."""
    mask = np.zeros((20, 30), bool)
    mask[:10, 15:] = True
    return mask


@pytest.mark.parametrize("fill", FILLS)
def test_only_what_is_brushed_out_changes(picture, mask, fill):
    before, after = np.asarray(picture), np.asarray(brushed_out(picture, mask, fill))
    hole = np.kron(mask, np.ones((2, 2))).astype(bool)
    assert (after[~hole] == before[~hole]).all()
    assert (after[hole] != before[hole]).mean() > 0.9


@pytest.mark.parametrize("fill", FILLS)
def test_an_empty_brush_leaves_the_picture(picture, fill):
    assert brushed_out(picture, np.zeros((3, 3), bool), fill).tobytes() == picture.tobytes()


@pytest.mark.parametrize("fill", FILLS)
def test_all_can_be_brushed_out(picture, fill):
    assert brushed_out(picture, np.ones((3, 3), bool), fill).size == picture.size


def test_a_hole_in_one_colour_is_filled_with_it(mask):
    picture = Image.new("RGB", (60, 40), (10, 200, 90))
    picture.paste((255, 0, 0), (30, 0, 60, 20))
    assert brushed_out(picture, mask).getcolors() == [(2400, (10, 200, 90))]


def test_the_mean_is_of_the_whole_picture(mask):
    picture = Image.new("RGB", (60, 40), (0, 0, 0))
    picture.paste((200, 100, 40), (30, 0, 60, 20))  # a quarter
    assert brushed_out(picture, mask, "mean").getpixel((59, 0)) == (50, 25, 10)


def test_the_overlay_shows_sign_and_size():
    layer = np.asarray(overlay(np.array([[2.0, 0.0], [0.0, -1.0]]), 100))
    red, _, blue, opacity = np.moveaxis(layer.astype(int), -1, 0)
    assert red[5, 5] > blue[5, 5]
    assert blue[95, 95] > red[95, 95]
    assert opacity[5, 5] == pytest.approx(2 * opacity[95, 95], rel=0.05)


def test_an_overlay_of_nothing_is_clear():
    assert overlay(np.zeros((3, 3)), 30).getextrema()[3] == (0, 0)


def test_opacity_fades_the_layer(picture):
    square = picture.resize((40, 40))
    layer = overlay(np.array([[1.0, -1.0]]), 40)
    assert laid_over(square, layer, 0).tobytes() == square.convert("L").convert("RGB").tobytes()
    assert laid_over(square, layer).tobytes() != laid_over(square, layer, 0.5).tobytes()


# ------------------------------------------------------------ on the answer


@pytest.fixture(scope="module")
def practice():
    return open_model("practice")


def _street(practice, clues, seed):
    photo = photo_of(draw_scene(clues, seed, 160))
    practice.locator.know(photo)
    return photo


def _with_and_without_sign(monkeypatch, clues, seed):
    """A street as drawn with its direction sign and without it, and where that is, as a mask."""
    pictures = []
    for chance in (0.0, 1.0):
        monkeypatch.setitem(HIDING, ("script", "sign_colour"), chance)
        pictures.append(draw_scene(clues, seed, 160))
    one, other = (np.asarray(picture, int) for picture in pictures)
    rows, columns = np.nonzero((np.abs(one - other) > 24).any(-1))
    mask = np.zeros((160, 160), bool)
    mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
    return [photo_of(picture) for picture in pictures], mask


def _without(practice, photo, question, mask):
    return practice.locator.locate(without_part(photo, practice.locator.view(photo), mask), question)


@pytest.mark.parametrize(
    "seed", [5, 23, 61, 74]
)  # on whose sign the answer rests: without it, 24 to 52 points less
def test_a_sign_brushed_out_changes_the_answer_as_a_drawing_without_it_does(practice, monkeypatch, seed):
    """In direction, and in size between half and four times: see docs/explanations.md."""
    country = COUNTRIES[seed % len(COUNTRIES)]
    clues, question = clues_of(country, random.Random(seed)), Question(COUNTRY_LIST, add_cities=False)
    (street, bare), mask = _with_and_without_sign(monkeypatch, clues, seed)
    for photo in (street, bare):
        practice.locator.know(photo)
    before = practice.locator.locate(street, question)
    brushed = change(before, _without(practice, street, question, mask))
    drawn = change(before, practice.locator.locate(bare, question))
    assert brushed.path == (country.name,)
    fallen = [one.share_before - one.share_after for one in (brushed, drawn)]
    assert fallen[1] > 0.2
    assert 0.5 < fallen[0] / fallen[1] < 4


def test_a_change_says_where_the_pin_went(practice):
    photo = _street(practice, clues_of(country_named("Japan"), random.Random(3)), 3)
    first = practice.locator.locate(photo, Question("Japan\nFrance", add_cities=False))
    second = practice.locator.locate(photo, Question("France", add_cities=False))
    changed = change(first, second)
    assert (changed.path, changed.first_after, changed.share_after) == (("Japan",), ("France",), 0)
    points = [prediction.roots[0].candidate.point for prediction in (first, second)]
    assert changed.moved_km == pytest.approx(great_circle_km(*points))


def test_nothing_brushed_out_changes_nothing(practice):
    photo = _street(practice, clues_of(country_named("Japan"), random.Random(3)), 3)
    question = Question("Japan\nFrance", add_cities=False)
    before = practice.locator.locate(photo, question)
    after = _without(practice, photo, question, np.zeros((5, 5), bool))
    assert after.roots == before.roots
    assert change(before, after).moved_km == 0
