"""Answers side by side: distance, shared belief, where they part; combined as a product of experts."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streetclip_demo.errors import QuestionError
from streetclip_demo.locate.compare import comparisons, overlap
from streetclip_demo.places.candidates import Candidate, Outline, parse_outline
from streetclip_demo.places.templates import Templates
from streetclip_demo.posterior.geolocate import geolocate
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.product import parts, product
from streetclip_demo.posterior.tree import walk

PLAIN = Templates(country=("{name}",), region=("{name}",), city=("{name}",), label=("{name}",))
EAST = np.array([1.0, 0.0])
LEAST = 1e-9


def believing(shares, outline, model="one", **asked):
    """A prediction with given shares among siblings, by name; the others of a list get almost nothing."""

    def embed(captions):
        cosines = [math.log(max(shares.get(caption, 0), LEAST)) / 100 for caption in captions]
        return np.array([[cosine, math.sqrt(1 - cosine**2)] for cosine in cosines])

    return geolocate(
        EAST,
        outline,
        embed,
        logit_scale=100.0,
        templates=PLAIN,
        manifest=lambda roots, guesses: Manifest(model=model, notes=(f"Of {model}.",)),
        **asked,
    )


def listed(text, gazetteer):
    return parse_outline(text, gazetteer)


def shares_of(prediction):
    return {node.candidate.name: node.probability for _, node in walk(prediction.roots)}


# Compared


def test_the_distance_of_the_pins_the_shared_mass_and_the_country_at_which_they_part(gazetteer):
    outline = listed("Japan\nFrance\nPeru", gazetteer)
    one = believing({"Japan": 0.7, "France": 0.2, "Peru": 0.1}, outline)
    other = believing({"Japan": 0.3, "France": 0.6, "Peru": 0.1}, outline, "other")
    (found,) = comparisons([one, other], gazetteer)
    assert found.models == ("one", "other")
    assert found.overlap == pytest.approx(0.3 + 0.2 + 0.1, abs=1e-6)
    assert 9_000 < found.distance_km < 10_500  # Japan's and France's label points
    assert (found.parting.level, found.parting.names, found.agreed) == ("country", ("Japan", "France"), "")
    assert found.parting.codes == ("JP", "FR")


def test_answers_may_part_at_the_region_though_the_tree_has_none(gazetteer):
    outline = listed("France\n  Paris\n  Lyon\nPeru", gazetteer)
    one = believing({"France": 0.9, "Peru": 0.1, "Paris": 0.8, "Lyon": 0.2}, outline)
    other = believing({"France": 0.9, "Peru": 0.1, "Paris": 0.2, "Lyon": 0.8}, outline)
    (found,) = comparisons([one, other], gazetteer)
    assert (found.agreed, found.parting.level) == ("country", "region")
    assert found.parting.names == ("Île-de-France", "Auvergne-Rhône-Alpes")
    assert found.distance_km == pytest.approx(392, abs=5)  # Paris to Lyon
    assert found.overlap == pytest.approx(1, abs=1e-6)  # country by country they believe the same


def test_answers_may_part_at_the_city(gazetteer):
    outline = listed("California\n  Los Angeles\n  San Diego\nTexas", gazetteer)
    one = believing({"California": 0.9, "Texas": 0.1, "Los Angeles": 0.9, "San Diego": 0.1}, outline)
    other = believing({"California": 0.9, "Texas": 0.1, "Los Angeles": 0.1, "San Diego": 0.9}, outline)
    (found,) = comparisons([one, other], gazetteer)
    assert (found.agreed, found.parting.level) == ("region", "city")
    assert found.parting.names == ("Los Angeles", "San Diego")


def test_the_same_answer_parts_nowhere_and_three_models_are_three_pairs(gazetteer):
    outline = listed("Japan\nFrance", gazetteer)
    same = [believing({"Japan": 0.6, "France": 0.4}, outline, name) for name in "abc"]
    found = comparisons(same, gazetteer)
    assert [one.models for one in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert {(one.parting, one.agreed, one.distance_km) for one in found} == {(None, "country", 0.0)}
    assert all(one.overlap == pytest.approx(1) for one in found)


def test_labels_in_no_country_are_compared_by_their_words_and_have_no_distance(gazetteer):
    outline = listed("fog\nsnow", gazetteer)
    one, other = believing({"fog": 0.9, "snow": 0.1}, outline), believing({"fog": 0.2, "snow": 0.8}, outline)
    (found,) = comparisons([one, other], gazetteer)
    assert (found.distance_km, found.parting.level) == (None, "label")
    assert found.parting.names == ("fog", "snow")
    assert found.overlap == pytest.approx(0.2 + 0.1, abs=1e-6)


def test_a_country_is_one_however_its_belief_is_divided(gazetteer):
    whole = believing({"France": 0.7, "Peru": 0.3}, listed("France\nPeru", gazetteer))
    cities = believing(
        {"Paris": 0.5, "Lyon": 0.2, "Lima": 0.3}, listed("Paris\nLyon\nLima", gazetteer), "other"
    )
    (found,) = comparisons([whole, cities], gazetteer)
    assert found.overlap == pytest.approx(1, abs=1e-6)
    assert (found.agreed, found.parting) == ("country", None)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=6), st.data())
def test_overlap_is_one_minus_half_the_l1_distance(first, data):
    second = data.draw(st.lists(st.floats(0.01, 1), min_size=len(first), max_size=len(first)))
    one, other = np.array(first) / sum(first), np.array(second) / sum(second)
    found = overlap(dict(enumerate(one)), dict(enumerate(other)))
    assert found == pytest.approx(1 - np.abs(one - other).sum() / 2, abs=1e-12)
    assert found == pytest.approx(overlap(dict(enumerate(other)), dict(enumerate(one))), abs=1e-12)


# Combined


@pytest.fixture(scope="module")
def three(gazetteer):
    outline = listed("Japan\nFrance\nPeru", gazetteer)
    return (
        believing({"Japan": 0.5, "France": 0.3, "Peru": 0.2}, outline),
        believing({"Japan": 0.2, "France": 0.2, "Peru": 0.6}, outline, "other"),
        believing({"Japan": 0.1, "France": 0.8, "Peru": 0.1}, outline, "third"),
    )


def test_half_and_half_is_the_geometric_mean_divided_by_its_sum(three):
    found = shares_of(product(three[:2], (1, 1)))
    # sqrt(0.10), sqrt(0.06), sqrt(0.12) are 0.31623, 0.24495, 0.34641; their sum is 0.90759
    assert found["Japan"] == pytest.approx(0.34843, abs=1e-5)
    assert found["France"] == pytest.approx(0.26989, abs=1e-5)
    assert found["Peru"] == pytest.approx(0.38168, abs=1e-5)


def test_three_models_by_weight(three):
    found = shares_of(product(three, (0.5, 0.25, 0.25)))
    # 0.5^.5 0.2^.25 0.1^.25 = 0.26591, 0.3^.5 0.2^.25 0.8^.25 = 0.34641, 0.2^.5 0.6^.25 0.1^.25 = 0.22134
    assert found["Japan"] == pytest.approx(0.26591 / 0.83366, abs=1e-4)
    assert found["France"] == pytest.approx(0.34641 / 0.83366, abs=1e-4)
    assert found["Peru"] == pytest.approx(0.22134 / 0.83366, abs=1e-4)


@pytest.mark.parametrize("number", range(3))
def test_a_model_with_all_of_the_weight_is_repeated_to_the_last_digit(three, number):
    weights = [float(at == number) for at in range(3)]
    found = product(three, weights)
    assert found.roots is three[number].roots
    assert (found.guesses, found.half_mass_radius_km) == (
        three[number].guesses,
        three[number].half_mass_radius_km,
    )


def test_the_manifest_names_the_models_with_their_weights(three):
    made = product(three, (2, 1, 1)).manifest
    assert made.model == "one 50% × other 25% × third 25%"
    assert made.notes == ("Of one.", "Of other.", "Of third.")


def test_where_only_one_model_has_looked_inside_it_decides_there(gazetteer):
    outline = listed("France\n  Paris\n  Lyon\nPeru\n  Lima\n  Cusco", gazetteer)
    cities = {"Paris": 0.7, "Lyon": 0.3, "Lima": 0.4, "Cusco": 0.6}
    one = believing({"France": 0.8, "Peru": 0.2} | cities, outline, beam_width=1)  # opens France
    other = believing({"France": 0.4, "Peru": 0.6} | cities, outline, "other", beam_width=1)  # opens Peru
    found = product([one, other], (1, 1))
    shares = shares_of(found)
    france = math.sqrt(0.32) / (math.sqrt(0.32) + math.sqrt(0.12))
    assert shares["France"] == pytest.approx(france, abs=1e-6)
    assert shares["Paris"] == pytest.approx(0.7 * france, abs=1e-6)
    assert shares["Cusco"] == pytest.approx(0.6 * (1 - france), abs=1e-6)
    assert found.guesses[0].path == ("France", "Paris")


def test_lists_that_differ_are_combined_over_what_they_share(gazetteer):
    one = believing({"Japan": 0.5, "France": 0.5}, listed("Japan\nFrance", gazetteer))
    other = believing({"France": 0.25, "Peru": 0.75}, listed("Peru\nFrance", gazetteer))
    assert shares_of(product([one, other], (1, 1))) == {"France": 1.0}


def test_models_without_a_label_in_common_cannot_be_combined(gazetteer):
    one = believing({"Japan": 1}, listed("Japan", gazetteer))
    other = believing({"Peru": 1}, listed("Peru", gazetteer))
    with pytest.raises(QuestionError, match="no label in common"):
        product([one, other], (1, 1))
    assert product([one, other], (1, 0)).roots is one.roots


def test_a_label_that_has_run_out_of_digits_still_counts(gazetteer):
    """0.0 in one model and certain in the other: logarithms know how far from nothing it is."""
    outline = listed("Japan\nFrance\nPeru", gazetteer)

    def at(cosines):
        vectors = {name: [cosine, math.sqrt(1 - cosine**2)] for name, cosine in cosines.items()}
        return geolocate(
            EAST,
            outline,
            lambda captions: np.array([vectors[caption] for caption in captions]),
            logit_scale=1000.0,
            templates=PLAIN,
        )

    one = at({"Japan": 0.9, "France": 0.1, "Peru": 0.0})
    other = at({"Japan": -0.1, "France": 0.9, "Peru": 0.0})
    assert shares_of(one)["France"] == 0.0 or shares_of(one)["France"] < 1e-300
    found = shares_of(product([one, other], (1, 1)))
    # logits add up to half of 800, 1000 and 0
    assert found["France"] == pytest.approx(1)


@pytest.mark.parametrize("weights", [(0, 0), (-1, 2), (math.nan, 1), (1,), (1, 1, 1)])
def test_weights_that_cannot_be_are_refused(three, weights):
    with pytest.raises(ValueError, match="eight"):
        product(three[:2], weights)


SHARES = st.lists(st.floats(1e-3, 1), min_size=4, max_size=4)


@settings(max_examples=40, deadline=None)
@given(SHARES, SHARES, st.floats(0, 1))
def test_any_product_is_a_posterior_and_lies_where_the_formula_says(first, second, weight):
    outline = Outline(OUTLINE)
    names = ("a", "b", "c", "d")
    one, other = (believing(dict(zip(names, shares, strict=True)), outline) for shares in (first, second))
    found = product([one, other], (weight, 1 - weight))
    a, b = shares_of(one), shares_of(other)
    for siblings, above in ((("a", "b"), 1.0), (("c", "d"), shares_of(found)["a"])):
        of = [{name: mine[name] / sum(mine[one] for one in siblings) for name in siblings} for mine in (a, b)]
        raw = {name: of[0][name] ** weight * of[1][name] ** (1 - weight) for name in siblings}
        for name in siblings:
            assert shares_of(found)[name] == pytest.approx(above * raw[name] / sum(raw.values()), abs=1e-9)
    assert sum(node.probability for node in found.roots) == pytest.approx(1, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(SHARES, SHARES, st.floats(0, 1))
def test_the_order_of_the_models_changes_nothing(first, second, weight):
    names = ("a", "b", "c", "d")
    both = [believing(dict(zip(names, shares, strict=True)), Outline(OUTLINE)) for shares in (first, second)]
    there = shares_of(product(both, (weight, 1 - weight)))
    back = shares_of(product(both[::-1], (1 - weight, weight)))
    assert all(there[name] == pytest.approx(back[name], abs=1e-12) for name in names)


def _label(name, *children):
    return Candidate(name, "label", None, None, tuple(children), country="there", region="there")


OUTLINE = (_label("a", _label("c"), _label("d")), _label("b"))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=3).filter(lambda weights: sum(weights) > 0))
def test_parts_sum_to_one_and_keep_their_ratio(weights):
    found = parts(weights)
    assert sum(found) == pytest.approx(1)
    for (a, x), (b, y) in itertools.combinations(zip(weights, found, strict=True), 2):
        assert a * y == pytest.approx(b * x, rel=1e-9, abs=1e-9)
