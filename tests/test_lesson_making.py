"""A lesson that is made in the page: what is saved can be opened again, and says what it must."""

import io
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image
from test_guess import LYON, TOKYO

from streetclip_demo.errors import LessonError
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.teaching import lesson_making
from streetclip_demo.teaching.fields import MAX_QUESTIONS
from streetclip_demo.teaching.lesson_making import Making, has_answers, resumed
from streetclip_demo.teaching.lessons import ModelAnswer, Spot, read_lesson


def photo(width=2400, height=1200):
    """A picture whose file says in its metadata where it was taken."""
    exif = Image.Exif()
    exif[0x010E] = "Zyxville"
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (90, 140, 60)).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


@pytest.fixture
def making():
    first = Making("France\nJapan").with_photo(open_photo(photo()))
    kept = first.kept("Where is <this>?", "By Ada", Spot("Lyon", *LYON), "The river.")
    return kept.with_photo(open_photo(photo(300, 200))).kept("And this?", "By Ada", Spot("Tokyo", *TOKYO), "")


def test_what_is_saved_can_be_opened_again(making, gazetteer):
    lesson = read_lesson(making.written("Two streets", gazetteer).encode(), "two.json", gazetteer)
    assert lesson.title == "Two streets"
    said = [(one.question, one.credit, one.answer, one.explanation, one.labels) for one in lesson.questions]
    assert said == [
        ("Where is <this>?", "By Ada", Spot("Lyon", *LYON), "The river.", "France\nJapan"),
        ("And this?", "By Ada", Spot("Tokyo", *TOKYO), "", "France\nJapan"),
    ]
    assert [one.photo for one in lesson.questions] == [one.photo for one in making.questions]


def test_photos_are_small_and_without_their_metadata(making):
    assert b"Zyxville" in photo()
    assert all(b"Zyxville" not in one.photo for one in making.questions)
    assert [Image.open(io.BytesIO(one.photo)).size for one in making.questions] == [(1600, 800), (300, 200)]


def test_a_photo_whose_place_is_being_set_is_no_lesson_to_take(making, gazetteer):
    assert not has_answers(making.with_photo(open_photo(photo())).asking("Where?"))
    assert has_answers(read_lesson(making.written("Two", gazetteer).encode(), "two.json", gazetteer))


def places(making):
    return [one.answer.place for one in making.questions]


def test_questions_are_taken_out_put_elsewhere_and_changed(making):
    assert places(making.without(0)) == ["Tokyo"]
    assert places(making.moved(1, -1)) == places(making.moved(0, 1)) == ["Tokyo", "Lyon"]
    assert (
        places(making.moved(0, -1)) == places(making.moved(1, 1)) == ["Lyon", "Tokyo"]
    )  # at the ends they stay
    edited = making.editing(0)
    assert edited.photo == making.questions[0].photo
    changed = edited.kept("Which town?", "By Bo", Spot("Nara", 34.7, 135.8), "")
    assert places(changed) == ["Nara", "Tokyo"]
    assert changed.questions[0].photo == making.questions[0].photo
    assert changed.photo == b""


def test_photos_dropped_at_once_are_asked_one_after_the_other(making):
    two = making.with_photo(open_photo(photo(30, 20))).with_photo(open_photo(photo(40, 20)))
    first, second = two.waiting
    assert two.photo == first
    assert two.editing(0).photo == making.questions[0].photo  # meanwhile a question is changed
    rest = two.kept("Where?", "By Ada", Spot("Nara", 34.7, 135.8), "")
    assert (rest.questions[-1].photo, rest.photo) == (first, second)


def test_a_saved_lesson_is_made_further_with_all_that_it_says(making, gazetteer):
    answer = ModelAnswer("M", "abc", Spot("Lyon", *LYON), 0.75, (("France", 0.75), ("Japan", 0.25)), 120.0)
    asked = []

    def ask(question):
        asked.append(question.answer.place)
        return answer if question.answer.place == "Lyon" else None

    with_model = making.with_answers(ask, date(2026, 11, 28))
    lesson = read_lesson(with_model.written("Two", gazetteer).encode(), "two.json", gazetteer)
    assert [one.recorded for one in lesson.questions] == [replace(answer, recorded_on="2026-11-28"), None]

    own = replace(lesson.questions[1], labels="Peru\nMali")
    going_on = resumed(replace(lesson, about="Look.", questions=(lesson.questions[0], own)))
    changed = going_on.editing(0).kept("Another question?", "By Ada", Spot("Lyon", *LYON), "")
    again = read_lesson(changed.written("Three", gazetteer).encode(), "three.json", gazetteer)
    assert (again.title, again.about, again.questions[1].labels) == ("Three", "Look.", "Peru\nMali")
    assert again.questions[0].question == "Another question?"
    assert again.questions[0].recorded == lesson.questions[0].recorded  # of the same photo and labels
    asked.clear()
    changed.with_answers(ask, date(2026, 11, 29))
    assert asked == ["Tokyo"]  # what is recorded is not asked again


def test_a_wrong_lesson_is_not_written(making, gazetteer):
    with pytest.raises(LessonError, match="title"):
        making.written("", gazetteer)
    long = making.with_photo(open_photo(photo())).kept("Where?", "By Ada", Spot("x" * 700, *LYON), "")
    with pytest.raises(LessonError, match="question 3, answer, place"):
        long.written("Two streets", gazetteer)


def test_a_lesson_has_room_for_so_many_questions_and_bytes(making, monkeypatch):
    full = Making("France", making.questions * (MAX_QUESTIONS // 2))
    with pytest.raises(LessonError, match="50 questions"):
        full.with_photo(open_photo(photo()))
    monkeypatch.setattr(lesson_making, "MOST_PHOTO_BYTES", sum(len(one.photo) for one in making.questions))
    with pytest.raises(LessonError, match="24 MB"):
        making.with_photo(open_photo(photo()))
