"""A model's answers in a lesson: written by the command line, with what they rest on, and read again."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from huggingface_hub import constants
from pictures import exif_with, street
from PIL import Image

from streetclip_demo.__main__ import main
from streetclip_demo.checkpoints.cards import PRACTICE_TITLE, model_card
from streetclip_demo.errors import LessonError
from streetclip_demo.model.encoder import load_encoder
from streetclip_demo.page.guess.lesson_view import result_html
from streetclip_demo.teaching.lesson_making import Making
from streetclip_demo.teaching.lesson_run import LessonRun
from streetclip_demo.teaching.lessons import read_lesson, shipped_lessons

pytestmark = pytest.mark.usefixtures("read_once")

LESSONS = Path(__file__).resolve().parent.parent / "assets" / "lessons"
LABELS = "Japan\n  Kyoto\nFrance\n  Paris\nfog"


def lesson(**question):
    common = {"question": "Where is this?", "credit": "Drawn by a test", "labels": LABELS}
    answer = {"place": "Kyoto", "latitude": 35.01, "longitude": 135.77}
    return {"lesson": 1, "title": "A test", **common, "questions": [question | {"answer": answer}]}


@pytest.fixture
def write(tmp_path):
    """Write a lesson beside a photo that is turned and says where it was taken."""
    street(2000, 1000).save(tmp_path / "street.jpg", exif=exif_with(6, gps=True))

    def write(record):
        path = tmp_path / "my lesson.json"
        path.write_text(json.dumps(record), encoding="utf-8")
        return path

    return write


def test_answers_are_written_with_model_revision_date_and_hashes(write, tiny_checkpoint, gazetteer, capsys):
    path = write(lesson(photo="street.jpg"))
    assert main(["record", str(path), "--model", str(tiny_checkpoint)]) == 0
    said = capsys.readouterr().out
    (question,) = read_lesson(path.read_bytes(), path.name, gazetteer).questions  # hashes match
    card = model_card(tiny_checkpoint)
    answer = question.recorded
    assert (answer.model, answer.revision) == (card.title, load_encoder(card, device="cpu").revision)
    assert answer.recorded_on == datetime.now(UTC).date().isoformat()
    assert sum(share for _, share in answer.shares) == pytest.approx(1, abs=1e-5)
    assert {name for name, _ in answer.shares} == {"Japan", "France", "fog"}
    assert said.startswith(f"1. Kyoto: {card.title} says ")
    assert list(path.parent.glob("*.part")) == []


def test_a_lesson_is_recorded_with_several_models_and_played_with_all_of_them(
    write, tiny_checkpoint, gazetteer, capsys
):
    path = write(lesson(example="japan.png"))
    for _ in range(2):  # the second time in place of the first
        assert main(["record", str(path), "--model", f"practice,{tiny_checkpoint}"]) == 0
    title = model_card(tiny_checkpoint).title
    assert f"1. Kyoto: {title} says " in capsys.readouterr().out
    read = read_lesson(path.read_bytes(), path.name, gazetteer)
    (question,) = read.questions
    assert (question.recorded.model, [one.model for one in question.others]) == (PRACTICE_TITLE, [title])
    run = LessonRun(read).with_pin((0.0, 0.0)).guessed(gazetteer)
    ((answer, their),) = run.round.others
    assert (answer, their is None) == (question.others[0], question.others[0].pin is None)
    html = result_html(run)
    assert html.index(PRACTICE_TITLE) < html.index(title)
    assert html.count('class="card model"') == 2
    making = Making(LABELS, read.questions)
    assert (
        making.editing(0).kept("And where?", "A test", question.answer, "").questions[0].others
        == question.others
    )
    record = json.loads(path.read_text(encoding="utf-8"))
    record["questions"][0]["others"][0]["photo_sha256"] = "0"
    with pytest.raises(
        LessonError, match="question 1, others 1, photo_sha256: it was recorded for another photo"
    ):
        read_lesson(json.dumps(record).encode(), path.name, gazetteer)


def test_a_photo_file_is_put_into_the_lesson_upright_small_and_without_its_position(
    write, tiny_checkpoint, gazetteer
):
    path = write(lesson(photo="street.jpg"))
    assert main(["record", str(path), "--model", str(tiny_checkpoint)]) == 0
    (question,) = read_lesson(path.read_bytes(), path.name, gazetteer).questions
    embedded = path.parent / "embedded.jpg"
    embedded.write_bytes(question.photo)
    with Image.open(embedded) as image:
        assert image.size == (800, 1600)  # it lay on its side, 2000 wide
        assert dict(image.getexif()) == {}


def test_recording_again_replaces_the_answers(write, tiny_checkpoint, gazetteer):
    path = write(lesson(photo="street.jpg"))
    assert main(["record", str(path), "--model", str(tiny_checkpoint)]) == 0
    record = json.loads(path.read_text(encoding="utf-8"))
    record["labels"] = "Chile\nPeru"  # refused by the page now
    path.write_text(json.dumps(record), encoding="utf-8")
    assert main(["record", str(path), "--model", str(tiny_checkpoint)]) == 0
    (question,) = read_lesson(path.read_bytes(), path.name, gazetteer).questions
    assert {name for name, _ in question.recorded.shares} == {"Chile", "Peru"}


def test_the_practice_model_answers_for_drawn_streets_only(write, capsys, gazetteer):
    path = write(lesson(example="japan.png"))
    assert main(["record", str(path), "--model", "practice"]) == 0
    (question,) = read_lesson(path.read_bytes(), path.name, gazetteer).questions
    assert question.recorded.model == PRACTICE_TITLE
    assert question.recorded.shares[0][0] == "Japan"
    capsys.readouterr()
    path = write(lesson(photo="street.jpg"))
    before = path.read_bytes()
    assert main(["record", str(path), "--model", "practice"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("my lesson.json, question 1: the practice model has only seen drawings")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (
            lesson(photo="missing.jpg"),
            "my lesson.json, question 1, photo: The file 'missing.jpg' does not exist",
        ),
        (lesson(), 'my lesson.json, question 1: expected either "photo" or "example"'),
        ({"lesson": 1}, "my lesson.json, questions: expected a list"),
    ],
)
def test_a_mistake_is_told_before_any_model_is_loaded(write, capsys, record, said):
    path = write(record)
    assert main(["record", str(path), "--model", "nobody/no-such-checkpoint"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(said)
    assert error.count("\n") == 1


def test_no_other_model_stands_in_for_a_missing_one(write, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    path = write(lesson(example="japan.png"))
    assert main(["record", str(path), "--model", "nobody/no-such-checkpoint"]) == 2
    assert "nobody/no-such-checkpoint" in capsys.readouterr().err
    assert "recorded" not in path.read_text(encoding="utf-8")


def test_the_shipped_recording_is_what_the_shipped_model_says(tmp_path):
    (shipped,) = [path for path in LESSONS.glob("*.json") if '"recorded"' in path.read_text(encoding="utf-8")]
    again = tmp_path / shipped.name
    again.write_bytes(shipped.read_bytes())
    assert main(["record", str(again), "--model", "practice", "--precision", "float32"]) == 0
    questions = [json.loads(path.read_text(encoding="utf-8"))["questions"] for path in (shipped, again)]
    for old, new in zip(*([question["recorded"] for question in each] for each in questions), strict=True):
        stale = f"run: python -m streetclip_demo record assets/lessons/{shipped.name} --model practice"
        assert old["model"] == PRACTICE_TITLE
        for key in ("model", "revision", "photo_sha256", "labels_sha256"):
            assert old[key] == new[key], stale
        for was, now in zip(old["shares"], new["shares"], strict=True):
            assert was["probability"] == pytest.approx(now["probability"], abs=0.01), stale
    assert PRACTICE_TITLE.split(" (")[0].lower() in json.loads(shipped.read_text(encoding="utf-8"))["about"]


def test_the_shipped_recording_is_shown_with_no_model_and_called_recorded(gazetteer):
    (lesson,) = [one for one in shipped_lessons(gazetteer) if one.questions[0].recorded]
    run = LessonRun(lesson).with_pin((0.0, 0.0)).guessed(gazetteer)
    assert not run.needs_model
    assert f"Recorded with {PRACTICE_TITLE}" in result_html(run)


def test_a_lesson_that_is_not_there_is_an_error(tmp_path, capsys):
    assert main(["record", str(tmp_path / "none.json")]) == 2
    assert "none.json cannot be read" in capsys.readouterr().err
