"""Whether a photo shows a street: what is measured, what is kept, and when the page says so."""

import json
import random
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from streetclip_demo.__main__ import main
from streetclip_demo.cache_folder import default_directory
from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.cli.streets import pictures_of
from streetclip_demo.errors import DatasetError, ModelError
from streetclip_demo.evaluate.streets import Share, area, fitted_weights, threshold_at, told
from streetclip_demo.locate.opened import open_model
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.street_check import (
    KINDS,
    Evidence,
    StreetCheck,
    check_path,
    evidence,
    labels_hash,
    read_check,
)
from streetclip_demo.page.clues.speaking_line import speaking_html
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.photos.kept_photo import keep
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.practice.facts import COUNTRIES, clues_of
from streetclip_demo.practice.gate import load_gate
from streetclip_demo.practice.scene import draw_scene
from streetclip_demo.serve.compose import PageModel
from streetclip_demo.words import text

LABELS = "Japan\nFrance\nBrazil\n"
STREETS, OTHERS = 24, 20


@pytest.fixture(autouse=True)
def read_once(monkeypatch, gazetteer):
    """The shipped gazetteer, as it was read for the first test."""
    monkeypatch.setattr(Gazetteer, "load", lambda: gazetteer)


@pytest.fixture(scope="module")
def practice():
    return open_model("practice").locator


def flat(number):
    """A picture of no street: one colour."""
    return Image.new("RGB", (160, 160), (10 * number % 255, 90, 255 - 7 * number % 255))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Drawn streets, and flat colours for maps."""
    made = tmp_path_factory.mktemp("kinds")
    for name in ("Streets", "map"):
        (made / name).mkdir()
    for number in range(STREETS):
        rng = random.Random(number)
        draw_scene(clues_of(COUNTRIES[number], rng), number, 160).save(made / "Streets" / f"{number}.png")
    for number in range(OTHERS):
        flat(number).save(made / "map" / f"{number}.png")
    (made / "map" / "broken.png").write_bytes(b"no picture")
    (made / "labels.txt").write_text(LABELS, encoding="utf-8")
    return made


def asked(folder, *more):
    labels = ["--labels", str(folder / "labels.txt"), "--model", "practice", "--anyway"]
    return ["streets", str(folder), "--false-alarms", "0.2", *labels, *more]


# What is computed


def test_the_area_counts_pairs_and_equal_ones_half():
    """By hand, of the pairs (other, street): 3>1, 3>2, 2>1 and 2=2: 3.5 of 4."""
    assert area(np.array([1.0, 2.0, 3.0, 2.0]), np.array([False, False, True, True])) == 3.5 / 4


def test_wilsons_interval():
    """Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    table = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for counts, interval in table.items():
        assert Share(*counts).interval == pytest.approx(interval, abs=1e-4)


def test_at_most_the_share_that_is_asked_for_is_above_the_threshold():
    scores = np.random.default_rng(0).permutation(np.arange(100.0))
    assert threshold_at(scores, 0.02) == 97
    assert (scores > threshold_at(scores, 0.029)).sum() == 2
    assert (scores > threshold_at(scores, 0.5)).sum() == 50


def pictures(count, apart, seed=0):
    """Features of streets and as many others: the first is `apart` standard deviations apart, the second noise."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(2 * count, 2))
    features[count:, 0] += apart
    return features, np.repeat(["street", "map"], count)


def test_what_tells_nothing_weighs_next_to_nothing():
    features, kinds = pictures(2000, 2)
    weights = fitted_weights(features, kinds == "map")
    assert weights[0] > 1
    assert abs(weights[1]) < 0.1 * weights[0]


def test_all_that_is_said_is_of_pictures_that_were_left_out():
    """Normal scores two deviations apart have an area of Phi(sqrt 2) = 0.9214; at 5 % alarms Phi(2 - 1.645) = 0.639."""
    measured = told(*pictures(3000, 2), "street", 0.05)
    assert measured.areas["captions"] == pytest.approx(0.9214, abs=0.01)
    assert measured.areas["entropy"] == pytest.approx(0.5, abs=0.02)
    assert measured.areas["both"] == pytest.approx(0.9214, abs=0.01)
    low, high = measured.false_alarms.interval
    assert low < 0.05 < high
    assert measured.found["map"].value == pytest.approx(0.639, abs=0.03)
    assert measured.roc[0.05] == pytest.approx(0.639, abs=0.03)


def test_nothing_is_found_where_nothing_tells_them_apart():
    measured = told(*pictures(400, 0), "street", 0.05)
    assert measured.areas["both"] == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize(("count", "alarms"), [(19, 0.2), (62, 0.02)])
def test_too_few_pictures_are_refused(count, alarms):
    with pytest.raises(DatasetError, match="Too few pictures"):
        told(*pictures(count, 2), "street", alarms)


def test_evidence_is_of_captions_and_of_the_spread():
    """A photo that is the third kind's caption itself, and a belief of one half, a quarter and a quarter."""
    rows = {caption: np.eye(len(KINDS))[at] for at, texts in enumerate(KINDS.values()) for caption in texts}
    locator = SimpleNamespace(
        read_captions=lambda captions: np.array([rows[one] for one in captions]),
        encoder=SimpleNamespace(logit_scale=2.0),
    )
    nodes = [SimpleNamespace(share=share, children=()) for share in (0.5, 0.25, 0.25)]
    found = evidence(locator, SimpleNamespace(embedding=np.eye(len(KINDS))[2]), SimpleNamespace(roots=nodes))
    assert found.kind == list(KINDS)[2]
    assert found.odds == pytest.approx(
        np.log(np.exp(2) + 4)
    )  # four other kinds and this one, against a street's
    assert found.entropy == pytest.approx(1.5 * np.log(2) / np.log(3))


# The command, the file, the page


def test_the_command_measures_a_folder_and_switches_the_hint_on(
    folder, practice, capsys, monkeypatch, tmp_path
):
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path))
    page = PageModel(
        SimpleNamespace(card=MODELS["practice"], replaceable=(), carry_out=None), Gazetteer.load()
    )
    monkeypatch.setattr(page, "get", lambda: practice)
    question = Question(LABELS, add_cities=False, anyway=True)
    photo = photo_from_image(flat(3))
    kept = keep(photo, practice.view(photo))
    prediction = practice.locate(kept, question)
    assert page.street_doubt(kept, prediction, question) is None  # off until it is measured
    assert main(asked(folder, "--json")) == 0
    out, complaint = capsys.readouterr()
    record = json.loads(out)
    assert "broken.png" in complaint
    assert (record["false_alarms"]["of"], record["found"]["map"]["of"]) == (STREETS, OTHERS)
    assert record["area_under_roc"]["both"] > 0.6  # it has never seen a picture of none
    page._checks = read_check  # as after a new start
    (found,) = practice.embed([kept])
    score = np.dot(record["weights"], evidence(practice, found, prediction).features)
    assert score > record["threshold"]
    doubt = page.street_doubt(kept, prediction, question)
    assert doubt is not None
    assert doubt.false_alarms == record["false_alarms"]["value"]
    other = Question("Japan\nFrance", add_cities=False)
    assert page.street_doubt(kept, prediction, other) is None  # of another list


def test_a_csv_file_names_kinds_as_folders_do(tmp_path):
    table = tmp_path / "kinds.csv"
    table.write_text("kind;file\nStreet;a/b.png\n map ; c.jpg\n", encoding="utf-8")
    assert list(pictures_of(table)) == [("street", tmp_path / "a/b.png"), ("map", tmp_path / "c.jpg")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-folder"], "does not exist"),
        (["{folder}/map"], "has no folders. Put a folder for each kind into it"),
        (["{folder}/labels.txt"], "there is no column 'file'"),
        (["{folder}", "--false-alarms", "0.001"], "Too few pictures"),
    ],
)
def test_what_cannot_be_measured_is_one_line(folder, capsys, arguments, said):
    labels = ["--labels", str(folder / "labels.txt"), "--model", "practice", "--anyway"]
    assert main(["streets", *(one.format(folder=folder) for one in arguments), *labels]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint


@pytest.mark.parametrize("share", ["0", "1", "two", "nan", "-0.1"])
def test_a_share_that_is_none_is_refused(capsys, share):
    with pytest.raises(SystemExit):
        main(["streets", "folder", "--false-alarms", share])
    assert "between 0 and 1" in capsys.readouterr().err


@pytest.mark.parametrize("kept", ["{", "[]", '{"revision": "other"}', '{"revision": "r", "weights": [1]}'])
def test_a_file_that_is_damaged_or_of_other_weights_is_told_and_not_used(tmp_path, monkeypatch, kept):
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path))
    path = check_path(MODELS["practice"], "r")
    assert path.is_relative_to(default_directory())
    path.parent.mkdir(parents=True)
    path.write_text(kept, encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be used"):
        read_check(MODELS["practice"], "r")


def test_the_page_says_what_it_looks_like_and_how_often_that_is_wrong(practice):
    check = StreetCheck("r", labels_hash(LABELS), (1.0, 0.0), 0.0, 0.02)
    photo = photo_from_image(flat(3))
    question = Question(LABELS, add_cities=False, anyway=True)
    practice.know(photo)  # as a drawing, whose answer has no mark
    kept = keep(photo, practice.view(photo))
    session = Session(kept, question=question, prediction=practice.locate(kept, question), stands=True)
    services = SimpleNamespace(
        read_clues=lambda *asked: (),
        gate=load_gate(),
        model_state=lambda: SimpleNamespace(is_practice=True),
        street_doubt=lambda photo, prediction, question: check.doubt(found),
    )
    found = Evidence(2.0, 0.9, "map")
    told = speaking_html(services, Visitor(session), ())
    assert text.NOT_A_STREET_KINDS["map"] in told
    assert "2 % get this hint" in told
    found = Evidence(-1.0, 0.9, "street")
    assert "doubt" not in speaking_html(services, Visitor(session), ())
