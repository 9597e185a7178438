"""The posterior: hand-worked cases, oracles in plain numpy, and properties on arbitrary trees."""

import math
import zlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streetclip_demo.cli.printed import report
from streetclip_demo.places.candidates import Candidate, Outline
from streetclip_demo.places.geo import great_circle_km, half_mass_radius_km
from streetclip_demo.places.templates import Templates, with_article
from streetclip_demo.posterior import tree as module
from streetclip_demo.posterior.estimators import ESTIMATORS
from streetclip_demo.posterior.geolocate import geolocate
from streetclip_demo.posterior.tree import leaves, probability_from

PLAIN = Templates(country=("{name}",), region=("{name}",), city=("{name}",), label=("{name}",))
EAST = np.array([1.0, 0.0])  # an image embedding; a caption's cosine with it is its first coordinate


def label(name, *children, level="label", point=None):
    return Candidate(name, level, None, point, tuple(children), country="there", region="there")


def at_cosine(cosine):
    return np.array([cosine, math.sqrt(1 - cosine**2)])


def embedder(cosines, calls=None):
    """Captions to unit vectors with the given cosines to EAST."""

    def embed(captions):
        if calls is not None:
            calls.append(list(captions))
        return np.array([at_cosine(cosines[caption]) for caption in captions], dtype=np.float32)

    return embed


def locate(roots, cosines, **settings):
    settings = {"logit_scale": 10.0, "templates": PLAIN} | settings
    return geolocate(EAST, Outline(tuple(roots)), embedder(cosines), **settings)


def names(prediction):
    return [guess.node.candidate.name for guess in prediction.guesses]


def all_nodes(nodes):
    for node in nodes:
        yield node
        yield from all_nodes(node.children)


# By hand


def test_three_labels_by_hand():
    # Cosines 0.3, 0.2 and 0.1 times 10 are the logits 3, 2 and 1; over e^3, as shares of 1 + e^-1 + e^-2:
    prediction = locate(map(label, "abc"), {"a": 0.3, "b": 0.2, "c": 0.1})
    assert [node.candidate.name for node in prediction.roots] == ["a", "b", "c"]
    expected = (0.66524096, 0.24472847, 0.09003057)
    assert [node.probability for node in prediction.roots] == pytest.approx(expected, abs=1e-6)
    assert [node.logit for node in prediction.roots] == pytest.approx([3, 2, 1], abs=1e-6)
    assert names(prediction) == ["a", "b", "c"]
    assert [guess.rank for guess in prediction.guesses] == [1, 2, 3]


def test_a_child_has_its_share_of_its_parents_probability():
    # Two roots at even odds; a's children have logits ln 3 and 0: three quarters and a quarter of a half.
    roots = [label("a", label("a1"), label("a2")), label("b")]
    cosines = {"a": 0.0, "b": 0.0, "a1": math.log(3) / 10, "a2": 0.0}
    prediction = locate(roots, cosines)
    found = {path: node.probability for path, node in leaves(prediction.roots)}
    assert found == pytest.approx({("a", "a1"): 0.375, ("a", "a2"): 0.125, ("b",): 0.5})
    assert prediction.roots[0].children[0].share == pytest.approx(0.75)


def test_one_label_has_all_the_probability():
    prediction = locate([label("only")], {"only": -0.9})
    assert prediction.roots[0].probability == 1
    assert names(prediction) == ["only"]


def test_a_country_with_regions_has_the_log_mean_exp_of_its_own_logit_and_theirs():
    country = label("c", label("r1", level="region"), label("r2", level="region"), level="country")
    cosines = {"c": 0.1, "r1": 0.3, "r2": 0.2, "other": 0.1}
    prediction = locate([country, label("other", level="country")], cosines)
    pooled = math.log((math.e**1 + math.e**3 + math.e**2) / 3)  # by hand 2.3090
    assert pooled == pytest.approx(2.3090, abs=1e-4)
    nodes = {node.candidate.name: node for node in all_nodes(prediction.roots)}
    assert nodes["c"].logit == pytest.approx(pooled, abs=1e-6)
    assert nodes["c"].cosine == pytest.approx(0.1)
    assert nodes["c"].share == pytest.approx(math.exp(pooled) / (math.exp(pooled) + math.e), abs=1e-6)
    assert nodes["r1"].logit == pytest.approx(3, abs=1e-6)
    assert nodes["r1"].share == pytest.approx(1 / (1 + math.exp(-1)), abs=1e-6)


def test_one_more_region_does_not_make_a_country_likelier_by_its_number():
    def share(count):
        regions = [label(f"r{index}", level="region") for index in range(count)]
        cosines = {"c": 0.2, "other": 0.2} | {f"r{index}": 0.2 for index in range(count)}
        prediction = locate([label("c", *regions, level="country"), label("other", level="country")], cosines)
        return next(node.probability for node in prediction.roots if node.candidate.name == "c")

    assert share(1) == pytest.approx(0.5)
    assert share(50) == pytest.approx(0.5)


def test_cities_below_a_country_are_not_pooled_into_it():
    country = label("c", label("town", level="city"), level="country")
    prediction = locate([country, label("d", level="country")], {"c": 0.1, "town": 0.9, "d": 0.1})
    assert prediction.roots[0].probability == pytest.approx(0.5)


def test_a_group_of_regions_that_is_no_country_is_not_pooled():
    group = label("the west", label("r1", level="region"))
    prediction = locate([group, label("d", level="country")], {"the west": 0.1, "r1": 0.9, "d": 0.1})
    assert prediction.roots[0].probability == pytest.approx(0.5)


def test_several_templates_are_the_renormalised_mean_of_their_embeddings():
    vectors = {"in x": [1, 0, 0], "at x": [0, 1, 0], "in y": [0, 0, 1], "at y": [0.6, 0, 0.8]}
    image = np.array([2.0, 1.0, 2.0]) / 3
    templates = Templates(label=("in {name}", "at {name}"))
    prediction = geolocate(
        image,
        Outline((label("x"), label("y"))),
        lambda captions: np.array([vectors[caption] for caption in captions], dtype=np.float32),
        logit_scale=1,
        templates=templates,
    )
    nodes = {node.candidate.name: node for node in prediction.roots}
    assert nodes["x"].cosine == pytest.approx((2 + 1) / 3 / math.sqrt(2), abs=1e-6)
    mean = np.array([0.3, 0, 0.9])
    assert nodes["y"].cosine == pytest.approx(mean @ image / np.linalg.norm(mean), abs=1e-6)
    assert nodes["x"].captions == ("in x", "at x")


# The beam


def test_only_the_beam_is_expanded():
    roots = [label(name, label(f"{name}1"), label(f"{name}2")) for name in "abcd"]
    cosines = {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1} | {f"{a}{n}": 0.1 for a in "abcd" for n in "12"}
    prediction = locate(roots, cosines, beam_width=2)
    assert [len(node.children) for node in prediction.roots] == [2, 2, 0, 0]
    assert len(leaves(prediction.roots)) == 6


def test_the_beam_has_its_width_at_every_depth():
    def tree(depth, name):
        return label(name, *(tree(depth - 1, f"{name}{digit}") for digit in range(3) if depth))

    rng = np.random.default_rng(3)
    roots = [tree(3, str(digit)) for digit in range(3)]
    found = {}
    prediction = geolocate(
        EAST,
        Outline(tuple(roots)),
        lambda captions: np.array([at_cosine(found.setdefault(c, rng.uniform(-1, 1))) for c in captions]),
        logit_scale=10,
        templates=PLAIN,
        beam_width=2,
    )
    for depth in (1, 2, 3):
        expanded = [n for n in all_nodes(prediction.roots) if n.children and len(n.candidate.name) == depth]
        assert len(expanded) == 2


def test_the_text_encoder_is_called_once_a_depth_and_never_twice_for_a_caption_in_one_call():
    calls = []
    roots = [label("a", label("same"), label("x")), label("b", label("same"))]
    cosines = {"a": 0.1, "b": 0.2, "same": 0.3, "x": 0.1}
    embed = embedder(cosines, calls)
    geolocate(EAST, Outline(tuple(roots)), embed, logit_scale=10, templates=PLAIN)
    assert calls == [["a", "b"], ["same", "x"]]


def test_the_gazetteer_gives_children_only_to_nodes_of_the_beam_that_have_none():
    asked = []

    def children_of(candidate):
        asked.append(candidate.name)
        return (label(f"{candidate.name} city"),) if candidate.level == "country" else ()

    roots = [
        label("a", label("own"), level="country"),
        label("b", level="country"),
        label("c", level="country"),
    ]
    cosines = {"a": 0.5, "b": 0.4, "c": 0.3, "own": 0.1, "b city": 0.1}
    prediction = locate(roots, cosines, beam_width=2, children_of=children_of)
    paths = {path for path, _ in leaves(prediction.roots)}
    assert paths == {("a", "own"), ("b", "b city"), ("c",)}
    assert "a" not in asked
    assert "c" not in asked


# Nodes


def test_only_nodes_that_are_looked_at_are_made(monkeypatch):
    made = []
    node = module.Node
    monkeypatch.setattr(module, "Node", lambda *values: made.append(values[0].name) or node(*values))
    rng = np.random.default_rng(0)
    cosines = {str(number): rng.uniform(-1, 1) for number in range(5000)}
    prediction = locate(map(label, cosines), cosines, top_k=3)
    assert len(made) == 3  # of the guesses
    best = sorted(cosines, key=lambda name: -cosines[name])[:20]
    assert [node.candidate.name for node in prediction.roots[:20]] == best
    assert sorted(made) == sorted(best)
    rest = probability_from(20, prediction.roots)
    assert "\n".join(report("x.jpg", prediction, 20)).count("(4980 more)") == 1
    assert sorted(made) == sorted(best)
    assert rest == pytest.approx(sum(node.probability for node in prediction.roots[20:]))
    assert len(made) == 5000


def test_siblings_are_a_sequence_of_nodes_that_stay_the_same():
    prediction = locate(map(label, "abc"), {"a": 0.1, "b": 0.3, "c": 0.2})
    roots = prediction.roots
    assert len(roots) == 3
    assert list(roots) == [roots[0], roots[1], roots[-1]] == list(roots[:])
    assert roots[0] is roots[0] is next(iter(roots)) is prediction.guesses[0].node
    assert roots == tuple(roots)
    assert tuple(roots) == roots
    assert roots != tuple(roots)[:2]
    with pytest.raises(IndexError):
        roots[3]


def test_labels_whose_probabilities_are_all_zero_go_by_their_logits_then_as_listed():
    cosines = {"d": -0.9, "a": 0.9, "c": -0.8, "b": 0.89, "e": -0.9}
    prediction = locate(map(label, "dacbe"), cosines, logit_scale=1e4)
    assert [node.candidate.name for node in prediction.roots] == list("abcde")
    assert [node.probability for node in prediction.roots[2:]] == [0, 0, 0]


def test_all_labels_are_the_lists_that_were_opened():
    roots = [label(name, label(f"{name}1")) for name in "abc"]
    cosines = {"a": 0.1, "b": 0.2, "c": 0.3, "a1": 0, "b1": 0, "c1": 0}
    prediction = locate(roots, cosines, beam_width=2)
    lists = [[one.name for one in labels.candidates] for labels in prediction.roots.all_labels()]
    assert lists == [["a", "b", "c"], ["c1"], ["b1"]]


# Estimators


def hierarchical_linear_probing(image, countries, vectors, scale):
    """The paper's two steps, on their own: the likeliest country, then the likeliest of its cities."""
    names = list(countries)
    country = names[
        int(np.argmax(scale * np.array([vectors[f"in {with_article(n)}"] for n in names]) @ image))
    ]
    cities = countries[country]
    return country, cities[int(np.argmax(scale * np.array([vectors[f"from {n}"] for n in cities]) @ image))]


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 5), st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_greedy_is_hierarchical_linear_probing_step_for_step(seed, n_countries, n_cities, beam_width):
    rng = np.random.default_rng(seed)
    named = ["United States", "Japan", "Philippines", "Kenya", "Peru", "Norway"][:n_countries]
    countries = {c: [f"{c} {i}" for i in range(rng.integers(1, n_cities + 1))] for c in named}
    captions = [f"in {with_article(c)}" for c in countries]
    captions += [f"from {name}" for cities in countries.values() for name in cities]
    vectors = {caption: v / np.linalg.norm(v) for caption in captions for v in [rng.normal(size=6)]}
    image = rng.normal(size=6)
    image /= np.linalg.norm(image)
    roots = tuple(
        label(country, *(label(name, level="city") for name in cities), level="country")
        for country, cities in countries.items()
    )
    prediction = geolocate(
        image,
        Outline(roots),
        lambda captions: np.array([vectors[caption] for caption in captions]),
        logit_scale=100,
        templates=Templates(country=("in {country}",), city=("from {city}",)),
        estimator="greedy",
        beam_width=beam_width,
    )
    assert prediction.guesses[0].path == hierarchical_linear_probing(image, countries, vectors, 100)


def test_greedy_keeps_to_its_path_when_likelier_nodes_fill_the_beam():
    # a is likeliest but splits into ten; b's two children are each likelier than any of them.
    roots = [label("a", *(label(f"a{i}", label(f"a{i}x")) for i in range(10)))]
    roots += [label("b", label("b1", label("b1x")), label("b2", label("b2x")))]
    below = [node for i in range(10) for node in (f"a{i}", f"a{i}x")] + ["b1", "b2", "b1x", "b2x"]
    cosines = dict.fromkeys(below, 0.0) | {"a": 0.01, "b": 0.0, "a7": 0.01}
    prediction = locate(roots, cosines, estimator="greedy", beam_width=2)
    assert prediction.guesses[0].path == ("a", "a7", "a7x")
    expanded = [n.candidate.name for n in all_nodes(prediction.roots) if n.children]
    assert sorted(expanded) == ["a", "a7", "b", "b1"]


def test_greedy_lists_the_best_roots_leaves_before_all_others():
    roots = [label("a", label("a1"), label("a2")), label("b", label("b1"))]
    cosines = {"a": 0.3, "b": 0.29, "a1": 0.2, "a2": 0.1, "b1": 0.9}
    assert names(locate(roots, cosines, estimator="greedy")) == ["a1", "a2", "b1"]


def test_beam_does_not_favour_a_country_with_few_cities():
    # Both countries look the same, and a1 is a little better than b1. By the chain rule b1 would win: it has
    # all of b's half, and a1 a fourth of a's.
    roots = [label("a", *map(label, ["a1", "a2", "a3", "a4"])), label("b", label("b1"))]
    cosines = {"a": 0.2, "b": 0.2, "a1": 0.21, "a2": 0.2, "a3": 0.2, "a4": 0.2, "b1": 0.2}
    prediction = locate(roots, cosines, estimator="beam")
    assert names(prediction)[0] == "a1"
    assert leaves(prediction.roots)[0][0] == ("b", "b1")


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_beam_ranks_leaves_by_the_sum_of_the_logits_on_their_path(seed):
    rng = np.random.default_rng(seed)
    roots = [label(f"{c}", *(label(f"{c}.{i}") for i in range(rng.integers(1, 5)))) for c in range(5)]
    cosines = {node.name: rng.uniform(-1, 1) for root in roots for node in (root, *root.children)}
    prediction = locate(roots, cosines, estimator="beam", beam_width=3, top_k=100)
    best = sorted(range(5), key=lambda c: -cosines[f"{c}"])
    inside = [f"{c}.{i}" for c in best[:3] for i in range(len(roots[c].children))]
    inside.sort(key=lambda name: -(cosines[name.split(".")[0]] + cosines[name]))
    assert names(prediction) == inside + [f"{c}" for c in best[3:]]


@pytest.mark.parametrize("cities", [-0.9, 0.9])
def test_a_country_without_cities_competes_in_the_beam_as_if_with_an_average_one(cities):
    # Captions of cities may all be nearer to photos than those of countries, or all farther: that must not decide.
    roots = [label("a", label("a1"), label("a2")), label("bare"), label("d", label("d1"))]
    below = dict.fromkeys(["a1", "a2", "d1"], cities)
    prediction = locate(roots, {"a": 0.3, "bare": 0.29, "d": 0.1} | below, estimator="beam")
    assert names(prediction) == ["a1", "a2", "bare", "d1"]


def cities_at(points):
    return [label(f"c{index}", level="city", point=point) for index, point in enumerate(points)]


def test_hedged_takes_the_middle_where_both_ends_are_likelier():
    # The city in the middle is the least likely one, and the nearest to all.
    roots = cities_at([(0, -40), (0, 0), (0, 40)])
    cosines = {"c0": 0.20, "c1": 0.19, "c2": 0.20}
    prediction = locate(roots, cosines, estimator="hedged")
    assert names(prediction)[0] == "c1"
    assert names(locate(roots, cosines, estimator="beam"))[0] in {"c0", "c2"}


@given(
    st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=12),
    st.integers(0, 10**6),
    st.floats(0.1, 100),
)
@settings(max_examples=60, deadline=None)
def test_hedged_is_the_least_expected_distance_by_brute_force(points, seed, scale):
    rng = np.random.default_rng(seed)
    roots = [*cities_at(points), label("nowhere")]
    cosines = {root.name: rng.uniform(-1, 1) for root in roots}
    prediction = locate(roots, cosines, estimator="hedged", logit_scale=scale, top_k=100)
    placed = {path[0]: node for path, node in leaves(prediction.roots) if node.candidate.point}

    def expected_km(name):
        here = placed[name].candidate.point
        return sum(n.probability * float(great_circle_km(here, n.candidate.point)) for n in placed.values())

    ranked = names(prediction)
    assert ranked[-1] == "nowhere"
    values = [expected_km(name) for name in ranked[:-1]]
    assert values[0] == pytest.approx(min(values), abs=0.01)
    assert all(before <= after + 0.01 for before, after in pairwise(values))


def test_hedged_computes_long_lists_in_blocks(monkeypatch):
    rng = np.random.default_rng(1)
    roots = cities_at([(rng.uniform(-90, 90), rng.uniform(-180, 180)) for _ in range(50)])
    cosines = {root.name: rng.uniform(-1, 1) for root in roots}
    whole = names(locate(roots, cosines, estimator="hedged"))
    monkeypatch.setattr("streetclip_demo.places.geo.MEAN_BLOCK", 120)
    assert names(locate(roots, cosines, estimator="hedged")) == whole


def test_hedged_without_any_point_goes_by_probability():
    prediction = locate([label("a"), label("b")], {"a": 0.1, "b": 0.2}, estimator="hedged")
    assert names(prediction) == ["b", "a"]
    assert prediction.half_mass_radius_km is None


def test_the_half_mass_circle_is_round_the_pin_and_counts_all_leaves_with_points():
    roots = [*cities_at([(0, 0), (0, 10), (0, 20)]), label("nowhere")]
    cosines = {"c0": 0.2, "c1": 0.15, "c2": 0.15, "nowhere": 0.1}
    prediction = locate(roots, cosines)
    weights = [
        n.probability
        for _, n in sorted(leaves(prediction.roots), key=lambda leaf: leaf[0])
        if n.candidate.point
    ]
    expected = half_mass_radius_km((0, 0), [(0, 0), (0, 10), (0, 20)], weights)
    assert prediction.half_mass_radius_km == pytest.approx(expected)
    assert prediction.half_mass_radius_km == pytest.approx(1111.95, abs=0.1)


def test_a_pin_without_a_point_has_no_circle():
    prediction = locate([label("nowhere"), *cities_at([(0, 0)])], {"nowhere": 0.9, "c0": 0.1})
    assert names(prediction)[0] == "nowhere"
    assert prediction.half_mass_radius_km is None


def test_top_k_counts_guesses_and_never_exceeds_the_leaves():
    cosines = {"a": 0.3, "b": 0.2, "c": 0.1}
    assert len(locate(map(label, "abc"), cosines, top_k=2).guesses) == 2
    assert len(locate(map(label, "abc"), cosines, top_k=50).guesses) == 3


# Arbitrary trees


@st.composite
def trees(draw, depth=2):
    """A node with up to three children, of fitting levels, some with points."""
    level = draw(st.sampled_from(["country", "region", "city", "label"]))
    point = draw(st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)))
    children = draw(st.lists(trees(depth - 1), max_size=3)) if depth else []
    return label(draw(st.sampled_from("abcdefghij")), *children, level=level, point=point)


class Vectors:
    """Unit vectors for any caption, the same each time; now and then one of two opposite ones."""

    def __init__(self, seed, dimension):
        self.seed = seed
        self.dimension = dimension

    def __call__(self, captions):
        return np.array([self.vector(caption) for caption in captions], dtype=np.float32)

    def vector(self, caption):
        rng = np.random.default_rng([self.seed, zlib.crc32(caption.encode())])
        vector = rng.normal(size=self.dimension)
        if rng.random() < 0.2:
            vector = np.eye(self.dimension)[0] * rng.choice([-1, 1])
        return vector / np.linalg.norm(vector)


questions = {
    "roots": st.lists(trees(), min_size=1, max_size=5).map(tuple),
    "seed": st.integers(0, 10**6),
    "dimension": st.sampled_from([2, 3, 16]),
    "scale": st.floats(0.01, 1000),
    "beam_width": st.integers(1, 12),
    "estimator": st.sampled_from(ESTIMATORS),
}


def predict(roots, seed, dimension, scale, beam_width, estimator, **more):
    vectors = Vectors(seed, dimension)
    return geolocate(
        vectors.vector("the image"),
        Outline(roots),
        vectors,
        logit_scale=scale,
        beam_width=beam_width,
        estimator=estimator,
        **more,
    )


@given(**questions)
@settings(max_examples=150, deadline=None)
def test_children_sum_to_their_parent_and_roots_to_one(**question):
    prediction = predict(**question)
    assert math.isclose(sum(node.probability for node in prediction.roots), 1, abs_tol=1e-6)
    for node in all_nodes(prediction.roots):
        assert 0 <= node.probability <= 1 + 1e-12
        if node.children:
            assert math.isclose(sum(c.probability for c in node.children), node.probability, abs_tol=1e-6)
            assert math.isclose(sum(c.share for c in node.children), 1, abs_tol=1e-6)
            ranked = [c.probability for c in node.children]
            assert ranked == sorted(ranked, reverse=True)


@given(**questions)
@settings(max_examples=100, deadline=None)
def test_the_leaf_posterior_sums_to_one_and_the_guesses_are_leaves(**question):
    prediction = predict(**question, top_k=5)
    posterior = leaves(prediction.roots)
    assert math.isclose(sum(node.probability for _, node in posterior), 1, abs_tol=1e-6)
    assert len(prediction.guesses) == min(5, len(posterior))
    known = {id(node): path for path, node in posterior}
    for guess in prediction.guesses:
        assert known[id(guess.node)] == guess.path
    radius = prediction.half_mass_radius_km
    assert radius is None or 0 <= radius <= 20_016


def greedy_logits(nodes):
    """An independent oracle: the logits of the leaves below some nodes, the best node's first, at each depth."""
    for node in sorted(nodes, key=lambda node: -node.logit):
        yield from greedy_logits(node.children) if node.children else [node.logit]


@given(**questions)
@settings(max_examples=100, deadline=None)
def test_greedy_goes_by_the_logits_at_each_depth(**question):
    prediction = predict(**question | {"estimator": "greedy"}, top_k=1000)
    expected = list(greedy_logits(prediction.roots))
    # Where two siblings are equally good, either may come first.
    assert sorted(expected) == sorted(guess.node.logit for guess in prediction.guesses)
    if len(set(expected)) == len(expected):
        assert expected == [guess.node.logit for guess in prediction.guesses]


@given(**questions)
@settings(max_examples=60, deadline=None)
def test_the_tree_is_the_same_for_every_estimator(**question):
    trees = [predict(**question | {"estimator": estimator}).roots for estimator in ESTIMATORS]
    assert trees[0] == trees[1] == trees[2]


def full_tree(candidates, image, vectors, scale, above=1.0):
    """An independent oracle: {path: probability} of all leaves, every node expanded. No regions pooled."""
    captions = [f"A Street View photo in {candidate.name}." for candidate in candidates]
    logits = scale * vectors(captions).astype(float) @ image
    weights = np.exp(logits - logits.max())
    found = []
    for candidate, share in zip(candidates, weights / weights.sum(), strict=True):
        below = (
            full_tree(candidate.children, image, vectors, scale, above * share)
            if candidate.children
            else None
        )
        found += below if below is not None else [(candidate.name, above * share)]
    return found


@st.composite
def label_trees(draw, depth=3):
    children = draw(st.lists(label_trees(depth - 1), max_size=3)) if depth else []
    return label(draw(st.sampled_from("abcdefghij")), *children)


@given(st.lists(label_trees(), min_size=1, max_size=4), st.integers(0, 10**6), st.floats(0.1, 100))
@settings(max_examples=80, deadline=None)
def test_a_beam_as_wide_as_the_list_is_the_full_tree(roots, seed, scale):
    vectors = Vectors(seed, 8)
    image = vectors.vector("the image")
    prediction = geolocate(image, Outline(tuple(roots)), vectors, logit_scale=scale, beam_width=1000)
    expected = sorted(full_tree(roots, image, vectors, scale))
    found = sorted((path[-1], node.probability) for path, node in leaves(prediction.roots))
    assert [name for name, _ in found] == [name for name, _ in expected]
    assert [p for _, p in found] == pytest.approx([p for _, p in expected], abs=1e-6)


@given(**questions, shuffling=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_labels_does_not_matter(shuffling, **question):
    roots = tuple(root._replace(name=f"root {index}") for index, root in enumerate(question["roots"]))
    shuffled = list(roots)
    shuffling.shuffle(shuffled)

    def probabilities(roots):
        prediction = predict(**question | {"roots": roots, "beam_width": 1000})
        return {node.candidate.name: node.probability for node in prediction.roots}

    assert probabilities(tuple(shuffled)) == pytest.approx(probabilities(roots), abs=1e-9)


def test_duplicate_labels_share_evenly():
    prediction = locate([label("a"), label("a"), label("b")], {"a": 0.2, "b": 0.2})
    assert [node.probability for node in prediction.roots] == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("scale", [1e-6, 100, 1e5])
def test_no_scale_overflows(scale):
    prediction = locate(map(label, "ab"), {"a": 1.0, "b": -1.0}, logit_scale=scale)
    probabilities = [node.probability for node in prediction.roots]
    assert all(map(math.isfinite, probabilities))
    assert sum(probabilities) == pytest.approx(1)
    assert names(prediction) == ["a", "b"]


def test_the_default_caption_stands_in_where_a_template_has_a_hole_and_a_note_says_so():
    templates = Templates(city=("{city}, {region}",))
    town = Candidate("Town", "city", None, None)
    seen = []

    def embed(captions):
        seen.extend(captions)
        return np.ones((len(captions), 2))

    prediction = geolocate(EAST, Outline((town,)), embed, logit_scale=1, templates=templates)
    assert seen == ["A Street View photo from Town."]
    assert len(prediction.notes) == 1
    assert "'Town'" in prediction.notes[0]


# Wrong input


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_a_zero_or_unfinite_embedding_is_refused(value):
    bad = np.full((1, 2), value)
    with pytest.raises(ValueError, match="caption embedding is zero or not finite"):
        geolocate(EAST, Outline((label("a"),)), lambda captions: bad, logit_scale=1)
    with pytest.raises(ValueError, match="image embedding is zero or not finite"):
        geolocate(bad[0], Outline((label("a"),)), embedder({}), logit_scale=1)


def test_templates_that_cancel_out_are_refused():
    vectors = {"x": [1, 0], "not x": [-1, 0]}
    with pytest.raises(ValueError, match="mean of a label's caption embeddings"):
        geolocate(
            EAST,
            Outline((label("x"),)),
            lambda captions: np.array([vectors[caption] for caption in captions]),
            logit_scale=1,
            templates=Templates(label=("{name}", "not {name}")),
        )


def test_embeddings_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"shape \(1, 2\), got \(1, 3\)"):
        geolocate(EAST, Outline((label("a"),)), lambda captions: np.ones((1, 3)), logit_scale=1)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"logit_scale": 0}, "logit_scale"),
        ({"logit_scale": math.nan}, "logit_scale"),
        ({"beam_width": 0}, "beam_width"),
        ({"top_k": 0}, "top_k"),
        ({"estimator": "best"}, "greedy, beam, hedged"),
    ],
)
def test_a_setting_out_of_range_is_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        locate([label("a")], {"a": 0.1}, **setting)


def test_no_labels_are_refused():
    with pytest.raises(ValueError, match="at least one label"):
        locate([], {})
