"""How a class did on a question, beside the model. No names, no HTML."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.teaching.lesson_run import Score, score
from streetclip_demo.teaching.lessons import LessonQuestion, ModelAnswer

Point = tuple[float, float]  # latitude, longitude in degrees


@dataclass(frozen=True)
class Outcome:
    """The spread of the class's pins round the true place, and the model's answer, which may come later."""

    pins: int
    # Half of the pins are at most so far from the true place; None without pins, and where it is a country
    median_km: float | None = None
    right_share: float | None = None  # of the pins, those in the true place's country; None without pins
    answer: ModelAnswer | None = None
    model: Score | None = None  # None too where the answer has no pin
    problem: str = ""  # why there is no answer of the model

    @property
    def needs_model(self) -> bool:
        """Whether the model has not been heard."""
        return self.answer is None and not self.problem


def class_outcome(pins: Collection[Point], question: LessonQuestion, gazetteer: Gazetteer) -> Outcome:
    """What came of the pins; a recorded answer of the model comes with it.

    Parameters
    ----------
    pins : collection of (latitude, longitude) in degrees
    question : LessonQuestion
    gazetteer : Gazetteer

    Returns
    -------
    Outcome
        The median in kilometres, the share from 0 to 1.
    """
    spread = Outcome(len(pins))
    if pins:
        points = np.array(list(pins))  # (n, 2)
        there, *here = gazetteer.country_at(np.vstack([question.answer.point, points]))
        there = question.country or there
        far = None if question.country else float(np.median(great_circle_km(points, question.answer.point)))
        spread = Outcome(len(pins), far, sum(code is not None and code == there for code in here) / len(here))
    return with_model(spread, question.recorded, "", question, gazetteer)


def with_model(
    outcome: Outcome,
    answer: ModelAnswer | None,
    problem: str,
    question: LessonQuestion,
    gazetteer: Gazetteer,
) -> Outcome:
    """The outcome with what the model said, or why it said nothing."""
    pin = answer.pin if answer else None
    model = score(pin.point, question, gazetteer) if pin else None
    return replace(outcome, answer=answer, problem=problem, model=model)
