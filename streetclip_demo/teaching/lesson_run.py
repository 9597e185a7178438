"""One person's way through a lesson: where they are, what they guessed, how they and the model scored. No HTML."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.geo import check_point, geoguessr_score, great_circle_km
from streetclip_demo.teaching.lessons import Lesson, LessonQuestion, ModelAnswer

MOST_POINTS = 5000

Point = tuple[float, float]  # latitude, longitude in degrees


@dataclass(frozen=True)
class Score:
    """How near a pin came to the true place; where that is a country, whether it stands in it."""

    point: Point
    distance_km: float | None  # None where the answer is a country, which has no one point
    points: int  # 0 to 5000
    is_right_country: bool


@dataclass(frozen=True)
class Round:
    """A question that the person has answered; the model's part may come later, or never."""

    you: Score
    answer: ModelAnswer | None = None
    model: Score | None = None  # None too where the answer has no pin
    problem: str = ""  # why there is no answer of the model
    others: tuple[tuple[ModelAnswer, Score | None], ...] = ()  # of other models, where they were recorded


@dataclass(frozen=True, eq=False)
class LessonRun:
    """A lesson being taken."""

    lesson: Lesson | None = None
    number: int = 0  # of the question that is shown, from 0; behind the last one when the lesson is over
    pin: Point | None = None  # not guessed yet
    rounds: tuple[Round, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.lesson is not None and self.number >= len(self.lesson.questions)

    @property
    def question(self) -> LessonQuestion | None:
        """The question that is shown; None before the lesson and after it."""
        return None if self.lesson is None or self.is_over else self.lesson.questions[self.number]

    @property
    def round(self) -> Round | None:
        """What came of the question that is shown; None while it is open."""
        return self.rounds[self.number] if self.number < len(self.rounds) else None

    @property
    def needs_model(self) -> bool:
        """Whether the person has guessed and the model has not been heard."""
        shown = self.round
        return shown is not None and shown.answer is None and not shown.problem

    def written(self) -> str:
        """What `read_run` reads as this run; "" without a lesson."""
        if self.lesson is None:
            return ""
        pins = [one.you.point for one in self.rounds]
        said = {"lesson": self.lesson.title, "number": self.number, "pins": pins, "pin": self.pin}
        return json.dumps(said)

    def with_pin(self, point: Point) -> "LessonRun":
        """The pin put down, or moved; not after the guess."""
        return self if self.question is None or self.round else replace(self, pin=point)

    def guessed(self, gazetteer: Gazetteer) -> "LessonRun":
        """The pin is the guess; a recorded answer of the model comes with it."""
        if self.pin is None or self.question is None or self.round:
            return self
        question, answer = self.question, self.question.recorded
        new = Round(
            score(self.pin, question, gazetteer),
            answer,
            _model_score(answer, question, gazetteer),
            others=tuple((one, _model_score(one, question, gazetteer)) for one in question.others),
        )
        return replace(self, rounds=(*self.rounds, new))

    def answered(self, answer: ModelAnswer | None, problem: str, gazetteer: Gazetteer) -> "LessonRun":
        """The model has been heard on the question that is shown, or there is a reason why not."""
        question = self.question
        if question is None or not self.needs_model:
            return self
        heard = replace(
            self.rounds[-1],
            answer=answer,
            model=_model_score(answer, question, gazetteer),
            problem=problem,
        )
        return replace(self, rounds=(*self.rounds[:-1], heard))

    def next(self) -> "LessonRun":
        """The next question, or the end."""
        return replace(self, number=self.number + 1, pin=None) if self.round else self


def read_run(told: str, lessons: Sequence[Lesson], gazetteer: Gazetteer) -> LessonRun:
    """A run that was written down, taken once more; without a lesson where there is none of that title.

    What a model said of earlier questions is not asked again.
    """
    try:
        said = json.loads(told)
        lesson = next(lesson for lesson in lessons if lesson.title == said["lesson"])
        pins = [check_point(*pin) for pin in said["pins"]][: len(lesson.questions)]
        run = LessonRun(lesson)
        for number, pin in enumerate(pins):
            run = run.with_pin(pin).guessed(gazetteer)
            run = run.next() if number < said["number"] else run
        return run if said["pin"] is None else run.with_pin(check_point(*said["pin"]))
    except (ValueError, TypeError, LookupError, StopIteration):  # anyone may have written it
        return LessonRun()


def score(point: Point, question: LessonQuestion, gazetteer: Gazetteer) -> Score:
    """Distance and points of a pin, and whether it stands in the right country.

    Where the answer is a country, all points or none: its label point is not where the photo was taken.

    Parameters
    ----------
    point : tuple of float
        (latitude, longitude) in degrees.
    question : LessonQuestion
    gazetteer : Gazetteer

    Returns
    -------
    Score
        With the distance in kilometres and 0 to 5000 points.
    """
    if question.country:
        is_right = gazetteer.country_at([point]) == [question.country]
        return Score(point, None, MOST_POINTS * is_right, is_right)
    distance_km = float(great_circle_km(point, question.answer.point))
    here, there = gazetteer.country_at([point, question.answer.point])
    points = round(float(geoguessr_score(distance_km)))
    return Score(point, distance_km, points, here is not None and here == there)


def _model_score(answer: ModelAnswer | None, question: LessonQuestion, gazetteer: Gazetteer) -> Score | None:
    if answer is None or answer.pin is None:
        return None
    return score(answer.pin.point, question, gazetteer)
