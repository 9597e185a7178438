"""What headline, tree and map are taken from: one ranking, whatever the tree."""

import csv
import io
from html import escape

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streetclip_demo.cli.printed import report
from streetclip_demo.locate.question import Question
from streetclip_demo.maps.world_map import _about, pins_of
from streetclip_demo.page.locate.tree import tree_html
from streetclip_demo.places.candidates import Candidate, Family, Outline
from streetclip_demo.posterior.deciding import deciding_level, discs, list_length, pin, second_pin
from streetclip_demo.posterior.estimators import ESTIMATORS
from streetclip_demo.posterior.geolocate import geolocate
from streetclip_demo.posterior.tree import leaves, walk
from streetclip_demo.report.geojson import places
from streetclip_demo.report.record import prediction_record
from streetclip_demo.report.sentences import headline
from streetclip_demo.report.table import table
from streetclip_demo.words.readable import percent

points = st.none() | st.tuples(
    st.integers(-90, 90).map(float),
    st.integers(-180, 180).map(float),
)


@st.composite
def trees(draw):
    """Labels three deep, some without a position, each with the cosine that its name gives it."""
    cosines: dict[str, float] = {}

    def candidate(depth: int) -> Candidate:
        name = f"place {len(cosines)}"
        cosines[name] = draw(st.floats(-0.3, 0.3, allow_nan=False) | st.sampled_from([0.1, 0.2]))
        count = draw(st.integers(0, 3)) if depth < 2 else 0
        children = tuple(candidate(depth + 1) for _ in range(count))
        return Candidate(name, ("country", "region", "city")[depth], None, draw(points), children)

    roots = tuple(candidate(0) for _ in range(draw(st.integers(1, 4))))
    return Outline(Family(roots)), cosines


def asked(tree, estimator="greedy", beam_width=5, top_k=10):
    outline, cosines = tree

    def embed(captions):
        """By the longest name in each: "place 1" is in "place 10" too."""
        names = [max((name for name in cosines if name in caption), key=len) for caption in captions]
        found = np.array([cosines[name] for name in names])
        return np.column_stack([found, np.sqrt(1 - found**2)])  # (n, 2)

    return geolocate(
        np.array([1.0, 0.0]),
        outline,
        embed,
        logit_scale=100,
        estimator=estimator,
        beam_width=beam_width,
        top_k=top_k,
    )


@settings(deadline=None, max_examples=60)
@given(trees(), st.sampled_from(ESTIMATORS), st.integers(1, 4))
def test_headline_first_row_of_the_tree_and_first_disc_are_one_place(tree, estimator, beam_width):
    prediction = asked(tree, estimator, beam_width)
    level = deciding_level(prediction.roots)
    first = next(discs(prediction))
    assert (first.rank, first.node) == (1, level.nodes[0])
    name, share = first.node.candidate.name, percent(first.node.probability)
    assert name in headline(prediction)
    assert share in headline(prediction) or len(level.nodes) == 1
    row = tree_html(prediction).partition('<div class="tree"')[2]
    named, _, shared = row.partition('<span class="share">')
    assert f">{name}" in named
    assert shared.startswith(f"{escape(share)}<")
    rows = list(report("a.jpg", prediction, 10))
    assert rows[rows.index("") + 1 + bool(level.above)].split("  ")[1] == name


@settings(deadline=None, max_examples=60)
@given(trees(), st.sampled_from(ESTIMATORS), st.integers(1, 4), st.integers(1, 12))
def test_ranks_follow_the_shown_shares_in_all_that_is_shown(tree, estimator, beam_width, top_k):
    prediction = asked(tree, estimator, beam_width, top_k)
    ranked = list(discs(prediction))
    shares = [disc.node.probability for disc in ranked]
    assert [disc.rank for disc in ranked] == list(range(1, len(ranked) + 1))
    assert shares == sorted(shares, reverse=True)
    everywhere = {disc.path: disc.rank for disc in ranked}
    on_map = [one for one in pins_of(prediction) if one.kind == "disc"]
    assert {one.path: one.rank for one in on_map} == {
        disc.path: disc.rank for disc in ranked if disc.node.candidate.point
    }
    assert all(_about(one)["share"] == percent(one.node.probability) for one in on_map)
    record = prediction_record(prediction, Question("Japan"))
    assert {tuple(disc["path"]): disc["map_rank"] for disc in record["discs"]} == everywhere
    rows = csv.DictReader(io.StringIO(table(record).decode("utf-8-sig")))
    assert {
        tuple(row["path"].split(" > ")): int(row["map_rank"]) for row in rows if row["map_rank"]
    } == everywhere
    layer = places(record)
    assert layer["discs"] == record["discs"]
    told = [feature["properties"] for feature in layer["features"]] + layer["not_on_map"]
    ranks = {tuple(one["path"]): one["map_rank"] for one in told if one["map_rank"]}
    leaf_paths = {path for path, _ in leaves(prediction.roots)}
    assert ranks == {path: rank for path, rank in everywhere.items() if path in leaf_paths}


@settings(deadline=None, max_examples=60)
@given(trees(), st.integers(1, 4))
def test_the_greedy_guess_is_the_best_place_inside_the_first_disc(tree, beam_width):
    prediction = asked(tree, "greedy", beam_width)
    first = next(discs(prediction))
    assert (prediction.guesses[0].path, prediction.guesses[0].node) == pin(prediction)
    assert pin(prediction) == (first.best or (first.path, first.node))
    assert pin(prediction)[0][: len(first.path)] == first.path
    assert second_pin(prediction) is None


@settings(deadline=None, max_examples=60)
@given(trees(), st.sampled_from(("beam", "hedged")), st.integers(1, 4))
def test_another_estimator_adds_a_pin_where_it_differs_and_moves_nothing(tree, estimator, beam_width):
    greedy, other = asked(tree, "greedy", beam_width), asked(tree, estimator, beam_width)
    assert list(walk(greedy.roots)) == list(walk(other.roots))
    assert headline(greedy) == headline(other)
    differs = other.guesses[0].path != greedy.guesses[0].path
    assert (second_pin(other) is not None) == differs
    marked = [one.path for one in pins_of(other) if one.kind == "second"]
    has_point = other.guesses[0].node.candidate.point is not None
    assert marked == ([other.guesses[0].path] if differs and has_point else [])
    assert [one for one in pins_of(other) if one.kind != "second"] == pins_of(greedy)


def test_the_first_level_with_several_labels_decides():
    states = tuple(Candidate(f"place {number}", "region", None, (40.0, -90.0)) for number in (1, 2))
    usa = Candidate("place 0", "country", None, (40.0, -98.0), states)
    tree = Outline(Family((usa,))), {"place 0": 0.1, "place 1": 0.1, "place 2": 0.11}
    level = deciding_level(asked(tree).roots)
    assert level.above == ("place 0",)
    assert [node.candidate.name for node in level.nodes] == ["place 2", "place 1"]
    assert list_length(asked(tree).roots) == 3


def test_a_label_without_a_position_ranks_but_has_no_disc():
    nowhere = Candidate("place 0", "label", None, None)
    there = Candidate("place 1", "city", None, (1.0, 2.0))
    tree = Outline(Family((nowhere, there))), {"place 0": 0.2, "place 1": 0.19}
    (only,) = pins_of(asked(tree))
    assert (only.rank, only.path) == (2, ("place 1",))


@pytest.mark.parametrize("has_point", [True, False])
def test_the_best_place_inside_waits_to_be_chosen_where_its_label_has_a_disc(has_point):
    point = (50.0, 10.0) if has_point else None
    inside = Candidate("place 2", "city", None, (1.0, 2.0))
    second = Candidate("place 1", "country", None, point, (inside,))
    tree = (
        Outline(Family((Candidate("place 0", "country", None, (0.0, 0.0)), second))),
        {"place 0": 0.2, "place 1": 0.19, "place 2": 0.1},
    )
    (best,) = [one for one in pins_of(asked(tree)) if one.kind == "inside"]
    assert best.path == ("place 1", "place 2")
    assert _about(best)["disc"] == (("place 1",) if has_point else None)
