"""Drawn streets: the facts behind them, the pictures and the captions."""

import itertools
import json
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageOps

from streetclip_demo.practice.captions import clue_caption, clues_caption
from streetclip_demo.practice.facts import (
    CLUES,
    COUNTRIES,
    PRACTICE_DIR,
    SOURCE_OVERRIDES,
    clues_of,
    country_named,
    difference,
    random_clues,
)
from streetclip_demo.practice.scene import HIDING, draw_scene, scene_of
from streetclip_demo.practice.spots import SIDE_PX, clue_areas

JAPAN = dict.fromkeys(CLUES) | clues_of(country_named("Japan"), random.Random(0))


def seed_where_all_is_visible(clues):
    return next(seed for seed in range(100) if len(scene_of(clues, seed).visible) == len(CLUES))


def pixels(clues, seed, width_px=160):
    return np.asarray(draw_scene(clues, seed, width_px)).astype(int)


def test_there_are_at_least_forty_countries_on_every_continent():
    continents = {"Africa", "Asia", "Europe", "North America", "Oceania", "South America"}
    assert len(COUNTRIES) >= 40
    assert {country.continent for country in COUNTRIES} == continents
    for continent in continents:
        assert sum(country.continent == continent for country in COUNTRIES) >= 3


def test_every_fact_is_an_allowed_value_with_a_source():
    for country, (key, clue) in itertools.product(COUNTRIES, CLUES.items()):
        assert country.clues[key], (country.name, key)
        assert set(country.clues[key]) <= set(clue.values), (country.name, key)
        assert SOURCE_OVERRIDES.get((country.iso, key), clue.source)


def test_country_names_are_on_the_list_of_the_world():
    world = (PRACTICE_DIR / "world_countries.txt").read_text(encoding="utf-8").splitlines()
    assert len(world) == 193
    assert {country.name for country in COUNTRIES} <= set(world)
    assert len({country.iso for country in COUNTRIES}) == len(COUNTRIES)


def test_every_two_countries_differ_in_what_can_be_seen():
    for one, other in itertools.combinations(COUNTRIES, 2):
        assert difference(one, other) >= 2.5, (one.name, other.name)


@pytest.mark.parametrize(
    ("name", "clue", "value"),
    [
        ("United Kingdom", "side", "left"),
        ("Thailand", "side", "left"),
        ("South Africa", "edge_line", "yellow"),
        ("United States", "centre_line", "yellow-double"),
        ("Sri Lanka", "script", "sinhala"),
        ("Iceland", "warning_sign", "yellow-triangle"),
        ("Georgia", "script", "georgian"),
    ],
)
def test_well_known_facts(name, clue, value):
    assert country_named(name).clues[clue] == (value,)


def test_a_seed_draws_the_same_picture_again():
    assert np.array_equal(pixels(JAPAN, 7), pixels(JAPAN, 7))
    assert not np.array_equal(pixels(JAPAN, 7), pixels(JAPAN, 8))


def test_the_picture_is_a_square_of_the_wanted_size():
    for width_px in (33, 160, 640):
        image = draw_scene(JAPAN, 1, width_px)
        assert (image.size, image.mode) == ((width_px, width_px), "RGB")


def test_another_size_shows_the_same_scene():
    small = draw_scene(JAPAN, 5, 80)
    reduced = draw_scene(JAPAN, 5, 320).reduce(4)
    difference_per_pixel = np.abs(np.asarray(small).astype(int) - np.asarray(reduced)).mean()
    assert difference_per_pixel < 8  # of 255; two different seeds differ by some 40


@pytest.mark.parametrize("key", CLUES)
def test_every_value_of_every_clue_changes_the_picture(key):
    seed = seed_where_all_is_visible(JAPAN)
    pictures = [pixels({**JAPAN, key: value}, seed) for value in CLUES[key].values]
    for one, other in itertools.combinations(pictures, 2):
        changed = np.abs(one - other).max(axis=-1) > 24
        assert changed.mean() > 0.0015, key  # at least 38 of 25,600 pixels


@pytest.mark.parametrize("group", HIDING)
def test_a_hidden_clue_cannot_be_seen(group):
    seed = next(seed for seed in range(1000) if scene_of(JAPAN, seed).hidden == set(group))
    for key in group:
        pictures = [pixels({**JAPAN, key: value}, seed) for value in CLUES[key].values]
        assert all(np.array_equal(pictures[0], picture) for picture in pictures[1:])


def test_driving_on_the_left_is_the_mirror_image_of_driving_on_the_right():
    clues = {**JAPAN, "plate": "white"}
    seed = next(seed for seed in range(1000) if {"script", "plate"} <= scene_of(clues, seed).hidden)
    left = draw_scene({**clues, "side": "left"}, seed, 160)
    right = ImageOps.mirror(draw_scene({**clues, "side": "right"}, seed, 160))
    far_apart = np.abs(np.asarray(left).astype(int) - np.asarray(right)).max(axis=-1) > 60
    assert far_apart.mean() < 0.02  # rounding, light and rain are not mirrored


def test_lettering_is_not_mirrored():
    seed = seed_where_all_is_visible(JAPAN)
    shape = {}
    for side in ("left", "right"):
        clues = {**JAPAN, "side": side, "script": "latin", "sign_colour": "white"}
        picture = draw_scene(clues, seed, 320).convert("L")
        half = picture.crop((0, 0, 160, 120) if side == "left" else (160, 0, 320, 120))
        shape[side] = np.asarray(half).astype(float)
    straight = np.abs(
        np.roll(shape["left"], _best_shift(shape["left"], shape["right"]), 1) - shape["right"]
    ).mean()
    mirrored = shape["left"][:, ::-1]
    turned = np.abs(np.roll(mirrored, _best_shift(mirrored, shape["right"]), 1) - shape["right"]).mean()
    assert straight < turned


def _best_shift(one, other):
    return min(range(-40, 41), key=lambda shift: np.abs(np.roll(one, shift, 1) - other).mean())


def test_swapping_a_clue_leaves_the_rest_of_the_scene():
    seed = seed_where_all_is_visible(JAPAN)
    changed = np.abs(pixels(JAPAN, seed) - pixels({**JAPAN, "script": "thai"}, seed)).max(axis=-1) > 8
    assert 0.005 < changed.mean() < 0.2
    rows = np.flatnonzero(changed.any(axis=1))
    assert rows.max() < 0.5 * 160  # only the sign, in the upper half


def test_random_clues_take_every_value():
    rng = random.Random(0)
    scenes = [random_clues(rng) for _ in range(400)]
    for key, clue in CLUES.items():
        assert {scene[key] for scene in scenes} == set(clue.values)


def test_lettering_exists_for_every_script_and_fills_its_height():
    words = json.loads((PRACTICE_DIR / "glyphs" / "words.json").read_text(encoding="utf-8"))
    assert set(words) == set(CLUES["script"].values)
    for script, entries in words.items():
        assert len(entries) >= 15, script
        assert all(entry["right"] > entry["left"] for entry in entries)
        assert (PRACTICE_DIR / "glyphs" / f"{script}.png").exists()


def test_no_lettering_gives_a_country_away():
    words = json.loads((PRACTICE_DIR / "glyphs" / "words.json").read_text(encoding="utf-8"))
    names = {name.casefold() for country in COUNTRIES for name in (country.name, *country.cities)}
    assert not {entry["word"].casefold() for entry in words["latin"]} & names


def test_captions_say_what_the_scene_shows():
    assert clue_caption("side", "left") == "A Street View photo with traffic driving on the left."
    said = clues_caption({"script": "thai", "soil": "red", "kerb": "none"}, "A road with {clue}.")
    assert said == "A road with signs in Thai script, red soil and no kerb."


def test_no_two_clue_values_have_the_same_caption():
    texts = [clue_caption(key, value) for key, clue in CLUES.items() for value in clue.values]
    assert len(set(texts)) == len(texts)


def test_drawing_needs_no_installed_font():
    source = Path(draw_scene.__code__.co_filename).read_text(encoding="utf-8")
    assert "ImageFont" not in source
    assert "truetype" not in source


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_clue_is_clicked_where_it_is_drawn(side):
    clues = JAPAN | {"side": side}
    seed = seed_where_all_is_visible(clues)
    areas = dict(clue_areas(side, seed))
    assert areas["script"].top + areas["script"].height == pytest.approx(areas["sign_colour"].top)
    for key, value in {"warning_sign": "white-triangle", "plate": "black", "roof": "red-tile"}.items():
        changed = np.argwhere((pixels(clues, seed) != pixels(clues | {key: value}, seed)).any(axis=2)) / 160
        area, margin = areas[key], 1 / SIDE_PX
        inside = (changed >= [area.top - margin, area.left - margin]).all(axis=1)
        inside &= (changed <= [area.top + area.height + margin, area.left + area.width + margin]).all(axis=1)
        assert inside.mean() > 0.6, key  # the others are on the house or the car that is farther away


def test_what_stands_beside_the_road_is_mirrored_with_it():
    left, right = (dict(clue_areas(side, 7))["warning_sign"] for side in ("left", "right"))
    assert right.left > 0.5 > left.left + left.width
    assert left.top == pytest.approx(right.top, abs=2 / SIDE_PX)
