"""A lesson while it is made: photos that have a place, in their order, and how the whole is written. Knows no page."""

import base64
import json
from dataclasses import dataclass, replace

from streetclip_demo.errors import LessonError
from streetclip_demo.photos.photo import Photo, small_jpeg
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.teaching.fields import MAX_QUESTIONS, VERSION
from streetclip_demo.teaching.lessons import MAX_LESSON_MB, Lesson, LessonQuestion, Spot, read_lesson
from streetclip_demo.teaching.recording import EMBEDDED_PX

MOST_PHOTO_BYTES = MAX_LESSON_MB * 700_000  # of all photos: in base64 they take a third more
UNKNOWN = Spot("?", 0.0, 0.0)  # the answer of a photo whose place is still to be set


def has_answers(lesson: Lesson) -> bool:
    """Whether it is one to be taken, and not a photo whose place is being set."""
    return all(question.answer is not UNKNOWN for question in lesson.questions)


@dataclass(frozen=True, eq=False)
class Making:
    """The questions so far, and the photo whose place is to be set."""

    labels: str  # what the model may answer with, for all questions
    questions: tuple[LessonQuestion, ...] = ()
    photo: bytes = b""

    def with_photo(self, photo: Photo) -> "Making":
        """A photo whose place is to be set: upright, small enough, without its metadata."""
        if len(self.questions) >= MAX_QUESTIONS:
            raise LessonError(
                f"A lesson may have {MAX_QUESTIONS} questions; save this one and begin another."
            )
        jpeg = small_jpeg(photo.shown, EMBEDDED_PX)
        if sum(len(one.photo) for one in self.questions) + len(jpeg) > MOST_PHOTO_BYTES:
            raise LessonError(
                f"The photos of a lesson may have {MAX_LESSON_MB} MB; save this one and begin another."
            )
        return replace(self, photo=jpeg)

    def kept(self, question: str, credit: str, answer: Spot, explanation: str) -> "Making":
        """The photo with its question and place; what is wrong with them is said when the lesson is written."""
        new = LessonQuestion(self.photo, question, credit, self.labels, answer, explanation)
        return replace(self, questions=(*self.questions, new), photo=b"")

    def without_last(self) -> "Making":
        """The last question taken out."""
        return replace(self, questions=self.questions[:-1])

    def asking(self, title: str) -> Lesson:
        """A lesson of the photo alone, to be shown while its place is set."""
        return Lesson(title, "", (LessonQuestion(self.photo, title, "", self.labels, UNKNOWN),))

    def written(self, title: str, gazetteer: Gazetteer) -> str:
        """The lesson's JSON, which can be read again.

        Raises
        ------
        LessonError
            Naming question and field of the first thing that is wrong.
        """
        record = {
            "lesson": VERSION,
            "title": title,
            "labels": self.labels,
            "questions": [_entry(question) for question in self.questions],
        }
        whole = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
        read_lesson(whole.encode(), title or "lesson", gazetteer)
        return whole


def _entry(question: LessonQuestion) -> dict:
    point = {"latitude": round(question.answer.latitude, 5), "longitude": round(question.answer.longitude, 5)}
    entry = {
        "photo": "data:image/jpeg;base64," + base64.b64encode(question.photo).decode(),
        "question": question.question,
        "credit": question.credit,
        "answer": {"place": question.answer.place, **point},
    }
    return entry | ({"explanation": question.explanation} if question.explanation else {})
