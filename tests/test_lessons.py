"""Lessons: the shipped ones, the documented format, and what is said of a file that is wrong."""

import base64
import copy
import io
import json
import re
from pathlib import Path

import pytest
from pictures import street

from streetclip_demo.errors import LessonError
from streetclip_demo.teaching.fields import (
    MAX_QUESTIONS,
    LessonFields,
    PinFields,
    QuestionFields,
    RecordedFields,
)
from streetclip_demo.teaching.lessons import (
    MAX_LESSON_MB,
    read_lesson,
    sha256,
    shipped_lessons,
)

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "assets" / "examples"


def data_uri(image=None, kind="JPEG"):
    buffer = io.BytesIO()
    (image or street()).save(buffer, kind)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(buffer.getvalue()).decode()


PHOTO = data_uri()
PHOTO_BYTES = base64.b64decode(PHOTO.partition(",")[2])
LABELS = "France\n  Paris\nJapan"


def lesson(**changes):
    """A lesson of two questions as a dict; changes go to the second."""
    first = {"photo": PHOTO, "answer": {"place": "Paris", "latitude": 48.86, "longitude": 2.35}}
    second = copy.deepcopy(first) | changes
    common = {"question": "Where is this?", "credit": "Drawn by a test", "labels": LABELS}
    return {"lesson": 1, "title": "A test", **common, "questions": [first, second]}


def recording(**changes):
    """A recorded answer for the lesson's photo and labels."""
    pin = {"place": "Paris, France", "latitude": 48.85, "longitude": 2.35, "probability": 0.5}
    hashes = {"photo_sha256": sha256(PHOTO_BYTES), "labels_sha256": sha256(LABELS.encode())}
    said = {"model": "StreetCLIP", "revision": "abc", "date": "2026-11-21", "estimator": "beam", "mark": ""}
    shares = [{"place": "France", "probability": 0.6}, {"place": "Japan", "probability": 0.4}]
    return {**said, **hashes, "pin": pin, "half_mass_radius_km": 12.5, "shares": shares} | changes


@pytest.fixture
def read(gazetteer):
    def read(record):
        content = record if isinstance(record, bytes) else json.dumps(record).encode()
        return read_lesson(content, "two.json", gazetteer)

    return read


@pytest.fixture
def refused(read):
    def refused(record):
        with pytest.raises(LessonError) as caught:
            read(record)
        message = str(caught.value)
        assert message.startswith("two.json"), message
        assert "\n" not in message
        assert len(message) < 400
        return message

    return refused


# What is right


def test_three_lessons_ship_and_their_answers_are_what_was_drawn(gazetteer):
    lessons = shipped_lessons(gazetteer)
    assert len(lessons) == 3
    assert len({one.title for one in lessons}) == 3
    scenes = json.loads((EXAMPLES / "manifest.json").read_text(encoding="utf-8"))
    drawn = {(EXAMPLES / scene["file"]).read_bytes(): scene["country"] for scene in scenes}
    for question in (question for one in lessons for question in one.questions):
        assert question.answer.place == drawn[question.photo]
        assert question.answer.place in question.labels.splitlines()
        assert question.explanation
        (code,) = gazetteer.country_at([question.answer.point])
        assert gazetteer.country(code).name == question.answer.place


def test_the_documented_example_is_a_lesson(gazetteer):
    text = (ROOT / "docs" / "lessons.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```json\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    read = read_lesson(example.encode(), "docs/lessons.md", gazetteer)
    assert [question.question for question in read.questions] == [
        "Which country was this street drawn for?",
        "And where might this be?",
    ]
    assert read.questions[1].labels.splitlines()[3] == "Harbour @ 37.94, 23.64"
    assert f"at most {MAX_LESSON_MB} MB, with 1 to {MAX_QUESTIONS} questions" in text


def test_every_field_is_documented():
    text = (ROOT / "docs" / "lessons.md").read_text(encoding="utf-8")
    fields = {
        field
        for kind in (LessonFields, QuestionFields, PinFields, RecordedFields)
        for field in kind.model_fields
    }
    assert {field for field in fields if f"`{field}`" not in text} == set()


def test_a_question_inherits_what_the_lesson_says_and_may_say_otherwise(read):
    read = read(lesson(question="And this?", labels=["Spain", "  Madrid"]))
    first, second = read.questions
    assert (first.question, first.labels) == ("Where is this?", LABELS)
    assert (second.question, second.labels) == ("And this?", "Spain\n  Madrid")
    assert first.answer.point == (48.86, 2.35)
    assert first.photo == PHOTO_BYTES
    assert first.recorded is None


def test_a_recorded_answer_is_read(read):
    answer = read(lesson(recorded=recording())).questions[1].recorded
    assert (answer.model, answer.revision, answer.recorded_on) == ("StreetCLIP", "abc", "2026-11-21")
    assert answer.pin.point == (48.85, 2.35)
    assert answer.shares == (("France", 0.6), ("Japan", 0.4))


def test_a_recorded_answer_may_have_no_pin(read):
    answer = read(lesson(recorded=recording(pin=None, half_mass_radius_km=None))).questions[1].recorded
    assert answer.pin is None
    assert answer.half_mass_radius_km is None


# What is wrong: file, question and field are named

WRONG = [
    ({"answer": {"place": "P", "latitude": 131, "longitude": 2}}, "question 2, answer, latitude: expected a number"),
    ({"answer": {"place": "P", "latitude": 1, "longitude": -181}}, "question 2, answer, longitude: expected a number"),
    ({"answer": {"place": "P", "latitude": True, "longitude": 2}}, "question 2, answer, latitude"),
    ({"answer": {"place": "P", "latitude": "48", "longitude": 2}}, 'from -90 to 90, got "48"'),
    ({"answer": {"place": "P", "latitude": 48}}, "answer, longitude: expected a number from -180 to 180, got nothing"),
    ({"answer": {"latitude": 48, "longitude": 2}}, "question 2, answer, place: expected a text, got nothing"),
    ({"answer": "Paris"}, "question 2, answer: expected an object"),
    ({"answer": {"place": "P", "latitude": 1, "longitude": 1, "lattitude": 1}}, "did you mean 'latitude'?"),
    ({"question": " "}, "question 2, question: expected a text"),
    ({"question": "x" * 601}, "question 2, question: expected at most 600 letters, got 601"),
    ({"credit": 5}, "question 2, credit: expected a text, got 5"),
    ({"labels": ""}, "question 2, labels: "),
    ({"labels": "Japan @ 136, 35"}, "question 2, labels: Line 1"),
    ({"labels": {"Japan": 1}}, "question 2, labels: expected an outline"),
    ({"example": "japan.png"}, 'question 2: expected either "photo" or "example"'),
    ({"photo": "street.jpg"}, "question 2, photo: expected the photo itself"),
    ({"photo": "data:image/png;base64,%%%"}, "question 2, photo: its base64 text is damaged"),
    ({"photo": "data:image/png;base64,aGVsbG8="}, "question 2, photo: The photo is not a picture"),
    ({"photo": "data:text/html;base64,aGVsbG8="}, "question 2, photo: expected the photo itself"),
    ({"photo": None}, "question 2, photo: expected the photo itself"),
    ({"hint": "x"}, 'question 2: there is no field "hint"; there are '),
    ({"recorded": recording(photo_sha256="0" * 64)}, "recorded, photo_sha256: it was recorded for another photo"),
    ({"recorded": recording(), "labels": "Spain"}, "recorded, labels_sha256: it was recorded for other labels"),
    ({"recorded": recording(date="today")}, "question 2, recorded, date: expected a day"),
    ({"recorded": recording(model="")}, "question 2, recorded, model: expected a text"),
    ({"recorded": recording(shares=[])}, "question 2, recorded, shares: expected a list of 1 to 5 shares"),
    ({"recorded": recording(shares=[{"place": "x", "probability": 2}])}, "shares 1, probability: expected a number"),
    ({"recorded": recording(half_mass_radius_km=-1)}, "recorded, half_mass_radius_km: expected a number from 0"),
    ({"recorded": None}, "question 2, recorded: expected an object"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), WRONG, ids=[said[:60] for _, said in WRONG])
def test_what_is_wrong_is_named(refused, changes, said):
    assert said in refused(lesson(**changes))


def test_an_example_that_is_not_there_is_named_with_the_nearest(refused):
    record = lesson()
    record["questions"][0] = {**record["questions"][0], "example": "japam.png"}
    del record["questions"][0]["photo"]
    assert (
        "question 1, example: there is no drawn street named \"japam.png\". Did you mean 'japan.png'?"
        in refused(record)
    )
    record["questions"][0]["example"] = "../practice/facts.csv"
    assert "question 1, example: there is no drawn street" in refused(record)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "two.json is not JSON: Expecting value at line 1, column 1"),
        (b'{"lesson": 1,\n "title": }', "two.json is not JSON: Expecting value at line 2, column 11"),
        (b"\xff\xfe\x00", "two.json is not text in UTF-8"),
        (b'{"lesson": NaN}', "two.json is not JSON that can be read"),
        (b"[" * 100_000, "two.json is not JSON that can be read"),
        (b"[]", "two.json: expected an object"),
        (b'{"lesson": 2, "questions": []}', "two.json, lesson: expected 1, the version of the format, got 2"),
        (b'{"lesson": true, "questions": []}', "two.json, lesson: expected 1"),
        (b'{"lesson": 1, "questions": []}', "questions: expected a list of 1 to 50 questions, got a list of 0"),
        (b'{"lesson": 1, "title": "x", "questions": [3]}', "two.json, question 1: expected an object"),
        (b'{"lesson": 1, "tilte": "x"}', "two.json: there is no field \"tilte\"; did you mean 'title'?"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_lesson_is_explained(refused, content, said):
    assert said in refused(content)


def test_too_large_a_file_is_refused_before_it_is_parsed(refused):
    assert "has 25 MB; a lesson may have 24 MB" in refused(b" " * 25_000_000)


def test_a_byte_order_mark_does_no_harm(read):
    assert read(b"\xef\xbb\xbf" + json.dumps(lesson()).encode()).title == "A test"


@pytest.mark.parametrize(
    ("place", "point", "code"),
    [
        ("Japan", (36.1, 138.4), "JP"),
        ("Georgia", (42.0, 43.5), "GE"),
        ("Georgia", (33.0, -83.5), ""),  # the state
        ("Paris", (48.86, 2.35), ""),
        ("Paris, France", (48.86, 2.35), ""),
        ("The bus stop", (0, 0), ""),
    ],
)
def test_an_answer_is_a_country_where_it_names_one_and_lies_in_it(read, place, point, code):
    answer = {"place": place, "latitude": point[0], "longitude": point[1]}
    assert read(lesson(answer=answer)).questions[1].country == code
