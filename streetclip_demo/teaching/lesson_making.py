"""A lesson while it is made: photos that have a place, in their order, and how the whole is written. Knows no page."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from streetclip_demo.errors import LessonError
from streetclip_demo.photos.photo import Photo, small_jpeg
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.teaching.fields import MAX_QUESTIONS, VERSION
from streetclip_demo.teaching.lessons import (
    MAX_LESSON_MB,
    Lesson,
    LessonQuestion,
    ModelAnswer,
    Spot,
    read_lesson,
)
from streetclip_demo.teaching.recording import EMBEDDED_PX, recorded

MOST_PHOTO_BYTES = MAX_LESSON_MB * 700_000  # of all photos: in base64 they take a third more
UNKNOWN = Spot("?", 0.0, 0.0)  # the answer of a photo whose place is still to be set
PNG_START = b"\x89PNG"


def has_answers(lesson: Lesson) -> bool:
    """Whether it is one to be taken, and not a photo whose place is being set."""
    return all(question.answer is not UNKNOWN for question in lesson.questions)


def resumed(lesson: Lesson) -> "Making":
    """A lesson that was saved, to be made further."""
    return Making(lesson.questions[0].labels, lesson.questions, title=lesson.title, about=lesson.about)


@dataclass(frozen=True, eq=False)
class Making:
    """The questions so far, and the photos whose place is to be set."""

    labels: str  # what the model may answer with, for new questions
    questions: tuple[LessonQuestion, ...] = ()
    waiting: tuple[bytes, ...] = ()  # photos without a place; the first is shown
    edited: int | None = None  # the question that is shown instead, to be changed
    title: str = ""
    about: str = ""

    @property
    def photo(self) -> bytes:
        """The photo that is shown; b"" where there is none."""
        if self.edited is not None:
            return self.questions[self.edited].photo
        return self.waiting[0] if self.waiting else b""

    def with_photo(self, photo: Photo) -> "Making":
        """One more photo whose place is to be set: upright, small enough, without its metadata."""
        if len(self.questions) + len(self.waiting) >= MAX_QUESTIONS:
            raise LessonError(
                f"A lesson may have {MAX_QUESTIONS} questions; save this one and begin another."
            )
        jpeg = small_jpeg(photo.shown, EMBEDDED_PX)
        photos = [*(one.photo for one in self.questions), *self.waiting, jpeg]
        if sum(map(len, photos)) > MOST_PHOTO_BYTES:
            raise LessonError(
                f"The photos of a lesson may have {MAX_LESSON_MB} MB; save this one and begin another."
            )
        return replace(self, waiting=(*self.waiting, jpeg))

    def kept(self, question: str, credit: str, answer: Spot, explanation: str) -> "Making":
        """The photo that is shown with its question and place; the next one is shown then.

        What is wrong with them is said when the lesson is written.
        """
        new = LessonQuestion(self.photo, question, credit, self.labels, answer, explanation)
        if self.edited is None:
            return replace(self, questions=(*self.questions, new), waiting=self.waiting[1:])
        before = self.questions[self.edited]  # with labels of its own, and a model's answer that still holds
        questions = list(self.questions)
        questions[self.edited] = replace(
            new, labels=before.labels, recorded=before.recorded, others=before.others
        )
        return replace(self, questions=tuple(questions), edited=None)

    def editing(self, number: int) -> "Making":
        """A question to be changed; from 0, as in what follows."""
        return replace(self, edited=number)

    def without(self, number: int) -> "Making":
        """A question taken out."""
        questions = (*self.questions[:number], *self.questions[number + 1 :])
        return replace(self, questions=questions, edited=None)

    def moved(self, number: int, by: int) -> "Making":
        """A question put earlier or later; at the ends it stays."""
        questions = list(self.questions)
        question = questions.pop(number)
        questions.insert(max(0, number + by), question)
        return replace(self, questions=tuple(questions), edited=None)

    def asking(self, title: str) -> Lesson:
        """A lesson of the photo alone, to be shown while its place is set."""
        return Lesson(title, "", (LessonQuestion(self.photo, title, "", self.labels, UNKNOWN),))

    def with_answers(self, ask: Callable[[LessonQuestion], ModelAnswer | None], day: date) -> "Making":
        """A model's answers recorded with the questions that have none; None where it gave none."""

        def answered(question: LessonQuestion) -> LessonQuestion:
            answer = question.recorded or ask(question)
            dated = answer and replace(answer, recorded_on=answer.recorded_on or day.isoformat())
            return replace(question, recorded=dated)

        return replace(self, questions=tuple(map(answered, self.questions)))

    def written(self, title: str, gazetteer: Gazetteer) -> str:
        """The lesson's JSON, which can be read again.

        Raise LessonError naming question and field of the first thing that is wrong.
        """
        record = {
            "lesson": VERSION,
            "title": title,
            **({"about": self.about} if self.about else {}),
            "labels": self.labels,
            "questions": [_entry(question, self.labels) for question in self.questions],
        }
        whole = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
        read_lesson(whole.encode(), title or "lesson", gazetteer)
        return whole


def _entry(question: LessonQuestion, labels: str) -> dict:
    """A question as an object of the lesson's JSON; `labels` are those of the lesson."""
    kind = "png" if question.photo.startswith(PNG_START) else "jpeg"
    point = {"latitude": round(question.answer.latitude, 5), "longitude": round(question.answer.longitude, 5)}
    entry: dict[str, Any] = {
        "photo": f"data:image/{kind};base64," + base64.b64encode(question.photo).decode(),
        "question": question.question,
        "credit": question.credit,
        "answer": {"place": question.answer.place, **point},
    }
    if question.labels != labels:
        entry["labels"] = question.labels
    if question.explanation:
        entry["explanation"] = question.explanation
    if question.recorded:
        day = date.fromisoformat(question.recorded.recorded_on)
        entry["recorded"] = recorded(question.recorded, question, day)
    if question.others:
        entry["others"] = [
            recorded(one, question, date.fromisoformat(one.recorded_on)) for one in question.others
        ]
    return entry
