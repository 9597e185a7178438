"""The one call to begin, from Python."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import streetclip_demo
from streetclip_demo.errors import (
    LabelError,
    ModelError,
    NeedsRealModel,
    PhotoError,
    QuestionError,
    TemplateError,
)
from streetclip_demo.places.gazetteer import Gazetteer

JAPAN = Path(__file__).resolve().parent.parent / "assets" / "examples" / "japan.png"
LABELS = "Japan\nFrance\nKenya"


def closed_file():
    file = io.BytesIO(b"a")
    file.close()
    return file


@pytest.fixture(scope="module")
def opened(gazetteer):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gazetteer, "load", lambda: gazetteer)
        yield streetclip_demo.open("practice")


def test_a_photo_may_be_a_path_bytes_a_file_or_a_picture(opened):
    picture = Image.open(JAPAN)
    sources = [str(JAPAN), JAPAN, JAPAN.read_bytes(), io.BytesIO(JAPAN.read_bytes()), picture]
    first, *others = [opened.locate(source, labels=LABELS, add_cities=False) for source in sources]
    assert first.guesses[0].path == ("Japan",)
    assert first.model == "Practice model (drawn streets)"
    assert others == [first] * 4


def test_photos_can_be_embedded_once_and_asked_again_and_again(opened):
    embedded = opened.embed(path for path in [JAPAN, JAPAN.with_name("france.png")])
    asked = [opened.answer(one, LABELS, add_cities=False) for one in embedded]
    assert [prediction.guesses[0].path for prediction in asked] == [("Japan",), ("France",)]
    assert asked[0] == opened.locate(JAPAN, LABELS, add_cities=False)


def test_settings_are_those_of_a_question_and_labels_those_that_the_page_begins_with(opened):
    prediction = opened.locate(JAPAN, add_cities=False, top_k=2, estimator="hedged", beam_width=3)
    assert (len(prediction.guesses), prediction.estimator, prediction.beam_width) == (2, "hedged", 3)
    assert len(prediction.roots) == len(opened.labels.splitlines()) > 3


@pytest.mark.parametrize(
    ("photo", "settings", "error", "said"),
    [
        (JAPAN, {"labels": "Japan", "beamwidth": 3}, QuestionError, "Did you mean 'beam_width'?"),
        (JAPAN, {"labels": "Japan", "quux": 3}, QuestionError, "There are: templates, "),
        (JAPAN, {"labels": "Japan", "top_k": 0}, QuestionError, "top_k must be"),
        (JAPAN, {"labels": ["Japan"]}, LabelError, "labels must be text"),
        (JAPAN, {"labels": ""}, LabelError, "label"),
        ("no-such.jpg", {}, PhotoError, "does not exist"),
        (b"no picture", {}, PhotoError, "photo"),
        (7, {}, PhotoError, "got int"),
        (np.zeros((4, 4, 3)), {}, PhotoError, r"PIL\.Image\.fromarray"),
        (None, {}, PhotoError, "got NoneType"),
        (Image.new("RGB", (50, 40)), {}, NeedsRealModel, "only seen drawings"),
        (io.StringIO("text"), {}, PhotoError, "open as text"),
        (closed_file(), {}, PhotoError, "closed file"),
        (JAPAN, {"labels": "Japan", "templates": "city: {town}"}, TemplateError, "no field"),
    ],
)
def test_what_is_wrong_is_a_sentence(opened, photo, settings, error, said):
    with pytest.raises(error, match=said):
        opened.locate(photo, **settings)


@pytest.mark.parametrize("photos", [str(JAPAN), JAPAN, JAPAN.read_bytes(), None, 7])
def test_one_photo_in_the_place_of_several_is_told(opened, photos):
    for ask in (opened.embed, opened.locate_together):
        with pytest.raises(PhotoError, match="Photos must be a list"):
            ask(photos)


@pytest.mark.parametrize("embedded", [JAPAN, None, []])
def test_only_what_embed_gives_is_answered(opened, embedded):
    with pytest.raises(QuestionError, match="what `embed` gives"):
        opened.answer(embedded, LABELS)


def test_the_same_picture_counts_once_among_several_of_one_place(opened):
    alone = opened.locate(JAPAN, LABELS)
    twice, parts = opened.locate_together([JAPAN, JAPAN.read_bytes()], LABELS)
    assert twice.roots == alone.roots
    assert parts.parts == ()
    assert any("counts once" in note for note in twice.notes)


def test_templates_may_be_text_as_on_the_page(opened):
    asked = [opened.locate(JAPAN, LABELS, templates=lines) for lines in ("", "country: {country}")]
    assert asked[0].roots == opened.locate(JAPAN, LABELS).roots != asked[1].roots


def test_a_model_that_cannot_be_had_is_never_replaced(gazetteer, monkeypatch, tmp_path):
    monkeypatch.setattr(Gazetteer, "load", lambda: gazetteer)
    with pytest.raises(ModelError, match="Did you mean 'streetclip'"):
        streetclip_demo.open("streetclp")
    with pytest.raises(ModelError, match=r"config\.json"):
        streetclip_demo.open(tmp_path)


def test_importing_the_package_imports_nothing():
    program = (
        "import sys; before = set(sys.modules); import streetclip_demo; print(set(sys.modules) - before)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=JAPAN.parents[2], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "{'streetclip_demo'}"
