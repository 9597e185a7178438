"""Each figure against an independent computation: by hand, geopy, scikit-learn, or theory."""

import numpy as np
import pytest
from geopy.distance import geodesic
from geopy.distance import great_circle as geopy_great_circle
from PIL import Image
from test_clip import FakeEncoder

from streetclip_demo.evaluate.dataset import Dataset, Predicted, Sample
from streetclip_demo.evaluate.distances import PROTOCOLS
from streetclip_demo.evaluate.evaluation import Judged, evaluate, evaluation_record
from streetclip_demo.evaluate.figures import BINS, all_figures, reliability
from streetclip_demo.evaluate.outcomes import (
    Answer,
    outcomes_of_answers,
    outcomes_of_predictions,
)
from streetclip_demo.evaluate.published import PUBLISHED, likely_set, published_for
from streetclip_demo.evaluate.truth import Truth, truth_of
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.question import Question
from streetclip_demo.photos.photo import photo_from_image

SPHERE, ELLIPSOID = PROTOCOLS["sphere"], PROTOCOLS["wgs84"]
CODES = ("FR", "DE", "JP", "NA")


def truth(points, countries=None, continents=None, clusters=None, regions=None):
    count = len(points)
    return Truth(
        np.array(points, dtype=float),
        tuple(countries or [""] * count),
        tuple(regions or [""] * count),
        tuple(continents or [""] * count),
        np.arange(count) if clusters is None else np.array(clusters),
        {"photographer": count},
        count,
    )


def values(outcomes, what, protocol=SPHERE):
    return {one.key: one.figure.value() for one in all_figures(outcomes, what, protocol)}


def random_answers(rng, count):
    shares = rng.dirichlet(np.ones(len(CODES)) / 2, count)
    true = np.array([rng.choice(len(CODES), p=0.3 / len(CODES) + 0.7 * row) for row in shares])
    answers = [
        Answer(
            (0.0, 0.0),
            dict(sorted(zip(CODES, row, strict=True), key=lambda item: -item[1])),
            {},
        )
        for row in shares
    ]
    return shares, true, answers


# Distances


@pytest.mark.parametrize("protocol", [SPHERE, ELLIPSOID], ids=lambda one: one.name)
def test_distances_are_geopys(protocol):
    rng = np.random.default_rng(0)
    a = np.column_stack([rng.uniform(-90, 90, 60), rng.uniform(-180, 180, 60)])
    b = np.column_stack([rng.uniform(-90, 90, 60), rng.uniform(-180, 180, 60)])
    b[0] = np.nan
    found = protocol.distance_km(a, b)
    assert np.isnan(found[0])
    if protocol is ELLIPSOID:
        expected = [geodesic(*pair).km for pair in zip(a[1:], b[1:], strict=True)]
    else:
        expected = [geopy_great_circle(*pair, radius=6371.0).km for pair in zip(a[1:], b[1:], strict=True)]
    assert found[1:] == pytest.approx(expected, rel=1e-6)


def test_an_answer_at_a_threshold_is_within_it_by_the_older_protocol_only():
    error_km = np.array([24.9, 25.0, 25.1, np.inf])
    assert SPHERE.within(error_km, 25).tolist() == [True, True, False, False]
    assert ELLIPSOID.within(error_km, 25).tolist() == [True, False, False, False]


# Figures


def test_headline_figures_by_hand(gazetteer):
    """A degree of the equator is 6371 x pi / 180 = 111.19 km: errors 0, 11.1, 111.2, 1112, 11119.5 km; one missing."""
    points = [(0, lon) for lon in (0, 0.1, 1, 10, 100)]
    samples = [Sample(str(n), n, (0.0, 0.0)) for n in range(6)]
    predictions = {str(n): Predicted(n, point) for n, point in enumerate(points)}
    found = values(
        outcomes_of_predictions(samples, truth([(0, 0)] * 6), predictions, SPHERE, gazetteer),
        truth([(0, 0)] * 6),
    )
    sixth = 100 / 6
    expected = {
        "within_1_km": 1,
        "within_25_km": 2,
        "within_200_km": 3,
        "within_750_km": 3,
        "within_2500_km": 4,
    }
    assert {key: found[key] for key in expected} == pytest.approx(
        {key: n * sixth for key, n in expected.items()}
    )
    assert found["median_km"] == pytest.approx((111.195 + 1111.95) / 2, abs=0.01)
    assert found["mean_km"] == pytest.approx((0 + 11.1195 + 111.195 + 1111.95 + 11119.5) / 5, abs=0.1)
    # 5000 exp(-d / 1492.7), rounded for each: 5000, 4963, 4641, 2374, 3, and 0 for no answer
    assert found["score"] == pytest.approx((5000 + 4963 + 4641 + 2374 + 3 + 0) / 6)


def test_a_perfect_predictor_has_every_photo_right_and_a_constant_one_what_its_place_has(gazetteer):
    cities = {code: gazetteer.cities(code, limit=3) for code in ("FR", "JP", "NA", "BR")}
    places = [city for three in cities.values() for city in three]
    samples = tuple(Sample(str(n), n, (place.latitude, place.longitude)) for n, place in enumerate(places))
    what = truth_of(Dataset(None, samples, {}), gazetteer)
    own = {sample.id: Predicted(1, sample.point, probability=1.0) for sample in samples}
    perfect = values(outcomes_of_predictions(samples, what, own, SPHERE, gazetteer), what)
    assert {key: perfect[key] for key in perfect if "within" in key or "top1" in key} == {
        key: 100 for key in perfect if "within" in key or "top1" in key
    }
    assert (perfect["median_km"], perfect["mean_km"], perfect["score"], perfect["ece"]) == (0, 0, 5000, 0)
    constant = {sample.id: Predicted(1, samples[0].point, probability=1.0) for sample in samples}
    found = values(outcomes_of_predictions(samples, what, constant, SPHERE, gazetteer), what)
    assert found["country_top1"] == 25  # 3 of 12
    assert found["within_1_km"] == pytest.approx(100 / 12)
    assert found["ece"] == pytest.approx(0.75)  # sure, and right in a quarter


def test_accuracy_and_brier_score_are_scikit_learns(gazetteer):
    from sklearn.metrics import brier_score_loss, top_k_accuracy_score  # not in each of pytest's processes

    shares, true, answers = random_answers(np.random.default_rng(1), 300)
    what = truth([(0, 0)] * 300, [CODES[one] for one in true])
    found = values(outcomes_of_answers(answers, what, SPHERE, {}, gazetteer), what)
    assert found["country_top1"] == pytest.approx(100 * top_k_accuracy_score(true, shares, k=1))
    assert found["brier"] == pytest.approx(
        brier_score_loss(true, shares, labels=range(len(CODES)), scale_by_half=False)
    )
    assert found["country_top5"] == 100


def test_the_reliability_diagram_is_scikit_learns_and_the_calibration_error_follows_from_it(gazetteer):
    from sklearn.calibration import calibration_curve

    shares, true, answers = random_answers(np.random.default_rng(2), 400)
    what = truth([(0, 0)] * 400, [CODES[one] for one in true])
    outcomes = outcomes_of_answers(answers, what, SPHERE, {}, gazetteer)
    right, mean = calibration_curve(shares.argmax(1) == true, shares.max(1), n_bins=BINS)
    bins = reliability(outcomes)
    assert [one[0] for one in bins] == pytest.approx(mean)
    assert [one[1] for one in bins] == pytest.approx(right)
    by_hand = sum(abs(share - hit) * count for share, hit, count in bins) / 400
    assert values(outcomes, what)["ece"] == pytest.approx(by_hand)


def test_a_mean_over_continents_counts_each_continent_the_same(gazetteer):
    points = [(0, 0)] * 4
    what = truth(points, continents=["Europe", "Europe", "Europe", "Asia"])
    answers = [Answer(point, {}, {}) for point in ((0, 0), (0, 0), (0, 50), (0, 50))]
    found = values(outcomes_of_answers(answers, what, SPHERE, {}, gazetteer), what)
    assert found["within_1_km"] == 50
    assert found["mean_over_continents_within_1_km"] == pytest.approx((200 / 3 + 0) / 2)


def points_of(question, gazetteer):
    encoder = FakeEncoder()
    return ClipLocator(encoder, encoder.caption_embeddings, gazetteer).points(question)


def test_the_ceiling_is_the_nearest_candidate_in_the_right_country(gazetteer):
    question = Question("France\nJapan", add_cities=True, cities_per_country=1)
    points = points_of(question, gazetteer)
    assert {code: len(one) for code, one in points.items()} == {"FR": 1, "JP": 1}  # Paris, Tokyo
    what = truth([(48.86, 2.35), (45.76, 4.84), (-22.6, 17.1)], ["FR", "FR", "NA"])  # Paris, Lyon, Windhoek
    found = values(outcomes_of_answers([Answer((0, 0), {}, {})] * 3, what, SPHERE, points, gazetteer), what)
    ceiling = [found[f"ceiling_{km}_km"] for km in (1, 25, 200, 750, 2500)]
    assert ceiling == pytest.approx(
        [100 / 3, 100 / 3, 100 / 3, 200 / 3, 200 / 3]
    )  # Lyon is 390 km from Paris


def test_the_ceiling_of_a_tree_is_that_of_its_leaves(gazetteer):
    question = Question("France\n  Lyon\nJapan", add_cities=False)
    points = points_of(question, gazetteer)
    assert points["FR"] == pytest.approx(np.array([[45.75, 4.85]]), abs=0.05)
    assert len(points["JP"]) == 1


def test_a_label_that_is_no_place_counts_for_the_country_that_it_lies_in(gazetteer):
    encoder = FakeEncoder()
    locator = ClipLocator(encoder, encoder.caption_embeddings, gazetteer)
    photo = photo_from_image(Image.new("RGB", (8, 8), (200, 80, 40)))
    found = locator.locate(photo, Question("France\n  Lyon\n  a village\nJapan\nsnow", add_cities=False))
    whole = {node.candidate.name: node.probability for node in found.roots}
    assert Answer.of(found).countries == pytest.approx({"FR": whole["France"], "JP": whole["Japan"]})


def test_a_list_without_regions_is_in_the_region_of_its_pin_as_predictions_are(gazetteer):
    points = [(37.77, -122.42), (40.71, -74.01)]  # San Francisco, New York
    what = truth(points, ["US", "US"], regions=["US.CA", "US.NY"])
    answers = [Answer(points[0], {"US": 1.0}, {})] * 2
    assert values(outcomes_of_answers(answers, what, SPHERE, {}, gazetteer), what)["region_top1"] == 50
    elsewhere = {str(n): Predicted(2, points[0]) for n in range(2)}
    samples = [Sample(str(n), n + 2, points[n]) for n in range(2)]
    found = outcomes_of_predictions(samples, what, elsewhere, SPHERE, gazetteer)
    assert values(found, what)["region_top1"] == 50


def test_an_evaluation_says_what_it_counted_and_stands_in_json(gazetteer):
    samples = tuple(Sample(f"{n}.jpg", n + 2, (0.0, 6.6)) for n in range(6))
    what = truth([(0, 6.6)] * 6, clusters=range(6))
    outcomes = outcomes_of_answers(
        [Answer((0, 6.6), {}, {})] * 5 + [Answer(None, {}, {})], what, SPHERE, {}, gazetteer
    )
    from pathlib import Path

    judged = Judged(
        Path("im2gps3k.csv"),
        samples,
        what,
        outcomes,
        SPHERE,
        {"title": "x"},
        identical=[["0.jpg", "1.jpg"]],
        pixels_known=True,
    )
    found = evaluate(judged, 200)
    record = evaluation_record(found)
    assert record["dataset"]["photos"] == 6
    assert record["dataset"]["identical_pixels"] == [["0.jpg", "1.jpg"]]
    assert record["figures"]["within_1_km"]["value"] == pytest.approx(500 / 6)
    assert record["figures"]["within_1_km"]["low"] < 500 / 6 < record["figures"]["within_1_km"]["high"]
    assert any("1 photo has no answer: it counts as wrong" in note for note in record["notes"])
    assert any("2 photos have the same pixels" in note for note in record["notes"])
    assert {row["dataset"] for row in record["published"]} == {"Im2GPS3k"}
    assert "so few that they say little" in record["intervals"]["bootstrap_over"]


def test_published_rows_belong_to_a_set_by_its_name_or_its_size():
    assert likely_set(5, "im2gps3k_places365.csv") == "Im2GPS3k"
    assert likely_set(237, "x.csv") == "Im2GPS"
    assert likely_set(1000, "x.csv") == ""
    assert published_for("") == PUBLISHED
    streetclip = next(row for row in published_for("Im2GPS3k") if row.method == "StreetCLIP")
    assert streetclip.within == (None, 22.4, 37.4, 61.3, 80.4)  # arXiv 2302.00275, table 2
