"""The record of a prediction: complete, JSON, and reproducible."""

import hashlib
import json
from datetime import datetime

import numpy as np
import pytest

from streetclip_demo.locate.question import Question
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.places.gazetteer import Place
from streetclip_demo.places.templates import DEFAULT_TEMPLATES
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.prediction import Guess, Prediction
from streetclip_demo.posterior.tree import Node
from streetclip_demo.report.geojson import places
from streetclip_demo.report.record import prediction_record
from streetclip_demo.report.table import COLUMNS, rows

LABELS = "Japan\n  Nagasaki\nfog\n"


def place(place_id, name, level, latitude, longitude):
    return Place(place_id, name, level, latitude, longitude, "JP", None, 1)


@pytest.fixture
def record():
    nagasaki = Candidate(
        "Nagasaki", "city", place("1856177", "Nagasaki", "city", 32.75, 129.88), (32.75, 129.88)
    )
    japan = Candidate(
        "Japan", "country", place("JP", "Japan", "country", 36.0, 138.0), (36.0, 138.0), (nagasaki,)
    )
    fog = Candidate("fog", "label", None, None)
    city = Node(nagasaki, ("A Street View photo from Nagasaki.",), 0.31, 31.0, 1.0, np.float32(0.75))
    country = Node(japan, ("A Street View photo in Japan.",), 0.3, 30.0, 0.75, 0.75, (city,))
    other = Node(fog, ("A Street View photo in fog.",), 0.28, 28.9, 0.25, 0.25)
    prediction = Prediction(
        roots=(country, other),
        guesses=(Guess(1, city, ("Japan", "Nagasaki")), Guess(2, other, ("fog",))),
        estimator="beam",
        half_mass_radius_km=np.float64(0.0),
        logit_scale=100.0,
        beam_width=5,
        templates=DEFAULT_TEMPLATES,
        manifest=Manifest(
            "Practice model (drawn streets)",
            "1f2e",
            mark="Not for photographs.",
            notes=("Line 3: 'fog' is no known place.",),
        ),
    )
    return prediction_record(prediction, Question(LABELS, add_cities=False), "ab" * 32)


def test_a_record_is_json_also_with_numpy_numbers(record):
    assert json.loads(json.dumps(record, allow_nan=False)) == record


def test_the_whole_tree_is_in_it(record):
    japan, fog = record["tree"]
    assert (japan["name"], japan["level"], japan["place_id"]) == ("Japan", "country", "JP")
    assert japan["children"][0]["name"] == "Nagasaki"
    assert japan["children"][0]["captions"] == ["A Street View photo from Nagasaki."]
    assert (japan["children"][0]["latitude"], japan["children"][0]["longitude"]) == (32.75, 129.88)
    assert fog["children"] == []
    assert japan["probability"] + fog["probability"] == 1


def test_a_label_without_a_place_has_no_position(record):
    fog = record["tree"][1]
    assert (fog["place_id"], fog["latitude"], fog["longitude"]) == (None, None, None)


def test_guesses_are_ranked_and_carry_their_path(record):
    assert [(guess["rank"], guess["path"]) for guess in record["guesses"]] == [
        (1, ["Japan", "Nagasaki"]),
        (2, ["fog"]),
    ]


def test_the_mark_and_the_notes_are_kept(record):
    assert record["mark"] == "Not for photographs."
    assert record["notes"] == ["Line 3: 'fog' is no known place."]


def test_the_manifest_is_enough_to_compute_it_again(record):
    manifest = record["manifest"]
    assert (manifest["model"], manifest["revision"]) == ("Practice model (drawn streets)", "1f2e")
    assert (manifest["estimator"], manifest["beam_width"], manifest["logit_scale"]) == ("beam", 5, 100.0)
    assert (manifest["labels"], manifest["add_cities"]) == (LABELS, False)
    assert manifest["labels_sha256"] == hashlib.sha256(b"Japan\n  Nagasaki\nfog\n").hexdigest()
    assert list(manifest["templates"]["country"]) == ["A Street View photo in {country}."]
    assert {"streetclip_demo", "python", "torch", "tokenizers", "numpy"} <= set(manifest["versions"])
    assert datetime.fromisoformat(manifest["date"]).tzinfo is not None


def test_of_the_photo_only_the_digest_of_its_pixels_is_kept(record):
    assert record["photo"] == {"pixels_sha256": "ab" * 32}


def test_two_leaves_of_one_path_have_a_rank_each():
    twins = [
        Candidate("San José", "city", place(number, "San José", "city", 9.0, -84.0), (9.0, -84.0))
        for number in "12"
    ]
    nodes = tuple(Node(twin, ("San José",), 0.3, 30.0, 0.5, 0.5) for twin in twins)
    prediction = Prediction(
        roots=nodes,
        guesses=tuple(Guess(rank, node, ("San José",)) for rank, node in enumerate(nodes, start=1)),
        estimator="beam",
        half_mass_radius_km=0.0,
        logit_scale=100.0,
        beam_width=5,
        templates=DEFAULT_TEMPLATES,
    )
    record = prediction_record(prediction, Question(LABELS))
    assert [node["rank"] for node in record["tree"]] == [1, 2]
    at = COLUMNS.index("rank")
    assert [row[at] for row in rows(record)] == [1, 2]
    assert [feature["properties"]["rank"] for feature in places(record)["features"]] == [1, 2]
