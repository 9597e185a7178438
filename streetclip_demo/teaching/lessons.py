"""Lessons: photos to guess the place of, as JSON files that are read and checked here. Knows no model and no page.

The format is documented in docs/lessons.md.
"""

import base64
import binascii
import difflib
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streetclip_demo.errors import LabelError, LessonError, PhotoError
from streetclip_demo.own_files import ASSETS
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.places.candidates import parse_outline
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.teaching.fields import (
    LessonFields,
    QuestionFields,
    RecordedFields,
    checked,
    parse_json,
    quoted,
    wrong,
)

EXAMPLES = ASSETS / "examples"

MAX_LESSON_MB = 24
COUNTRY_REACH_KM = 5000  # from a country's point: Kaliningrad is 5,000 km from Russia's
DEFAULTS = ("question", "credit", "labels")  # the lesson may give these for all its questions

AGAIN = "run `python -m streetclip_demo record` on this lesson again"


@dataclass(frozen=True)
class Spot:
    """A named point: latitude and longitude in degrees."""

    place: str
    latitude: float
    longitude: float

    @property
    def point(self) -> tuple[float, float]:
        return self.latitude, self.longitude


@dataclass(frozen=True)
class ModelAnswer:
    """What a model said of a photo: its pin, and the largest shares."""

    model: str
    revision: str
    pin: Spot | None  # None where the best label has no place
    probability: float  # of the pin's label
    shares: tuple[tuple[str, float], ...]  # the likeliest roots with their probability, most probable first
    half_mass_radius_km: float | None = None
    estimator: str = "greedy"
    mark: str = ""  # the caveat that came with the prediction
    recorded_on: str = ""  # YYYY-MM-DD; "" for an answer given just now


@dataclass(frozen=True, eq=False)
class LessonQuestion:
    """A photo, what is asked of it, and the answer."""

    photo: bytes  # a picture file
    question: str
    credit: str
    labels: str  # the text of an outline
    answer: Spot
    explanation: str = ""
    recorded: ModelAnswer | None = None
    others: tuple[ModelAnswer, ...] = ()  # of other models, recorded beside it
    country: str = (
        ""  # its code where the answer is a whole country: then a pin is right or wrong, and not near or far
    )


@dataclass(frozen=True, eq=False)
class Lesson:
    """Questions in their order."""

    title: str
    about: str
    questions: tuple[LessonQuestion, ...]


# Reading


def read_lesson(content: bytes, name: str, gazetteer: Gazetteer, examples: Path = EXAMPLES) -> Lesson:
    """Read and check a lesson.

    Parameters
    ----------
    content : bytes
        JSON in UTF-8; see docs/lessons.md.
    name : str
        What errors call the file.
    gazetteer : Gazetteer
    examples : Path
        The folder of the drawn streets that questions may name.

    Raises
    ------
    LessonError
        Naming file, question and field of the first thing that is wrong.
    """
    record = lesson_record(content, name)
    fields = checked(LessonFields, record, name)
    defaults = {key: record[key] for key in DEFAULTS if key in record}
    return Lesson(
        fields.title,
        fields.about,
        tuple(
            _question(defaults | entry, f"{name}, question {number}", gazetteer, examples)
            for number, entry in enumerate(record["questions"], start=1)
        ),
    )


def lesson_record(content: bytes, name: str) -> dict:
    """The JSON of a lesson as a dict whose "questions" are dicts; their fields are not checked yet."""
    if len(content) > MAX_LESSON_MB * 1_000_000:
        raise LessonError(
            f"{name} has {len(content) / 1e6:.0f} MB; a lesson may have {MAX_LESSON_MB} MB. "
            "Make its photos smaller, or make two lessons of it."
        )
    record = parse_json(content, name)
    for number, entry in enumerate(checked(LessonFields, record, name).questions, start=1):
        if not isinstance(entry, dict):
            checked(QuestionFields, entry, f"{name}, question {number}")
    return record


def shipped_lessons(
    gazetteer: Gazetteer,
    folder: Path = ASSETS / "lessons",
    on_problem: Callable[[LessonError], object] = lambda error: None,
) -> tuple[Lesson, ...]:
    """The lessons of a folder, by file name; one that cannot be used is told to `on_problem`, and hides no other."""
    lessons = []
    for path in sorted(folder.glob("*.json")):
        try:
            lessons.append(read_lesson(_content(path), path.name, gazetteer))
        except LessonError as error:
            on_problem(error)
    return tuple(lessons)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise LessonError(f"{path.name} cannot be read: {problem.strerror}.") from None


def _question(entry: dict, where: str, gazetteer: Gazetteer, examples: Path) -> LessonQuestion:
    fields = checked(QuestionFields, entry, where)
    photo = _photo(fields, where, examples)
    labels = _labels(fields.labels, where, gazetteer)
    answer = Spot(**dict(fields.answer))
    return LessonQuestion(
        photo=photo,
        question=fields.question,
        credit=fields.credit,
        labels=labels,
        answer=answer,
        explanation=fields.explanation,
        recorded=_recorded(fields.recorded, f"{where}, recorded", photo, labels) if fields.recorded else None,
        others=tuple(
            _recorded(one, f"{where}, others {number}", photo, labels)
            for number, one in enumerate(fields.others, start=1)
        ),
        country=_whole_country(answer, gazetteer),
    )


def _whole_country(answer: Spot, gazetteer: Gazetteer) -> str:
    """The code of the country that an answer names; "" for any other place, and for a region of that name: Georgia."""
    places = [
        *gazetteer.find(answer.place, level="country"),
        *gazetteer.find(answer.place, level="region"),
    ]
    if not places:
        return ""
    away_km = great_circle_km(answer.point, [(place.latitude, place.longitude) for place in places])
    nearest = places[int(away_km.argmin())]
    return nearest.id if nearest.level == "country" and away_km.min() < COUNTRY_REACH_KM else ""


def _photo(fields: QuestionFields, where: str, examples: Path) -> bytes:
    given = fields.model_fields_set
    if ("photo" in given) == ("example" in given):
        raise LessonError(f'{where}: expected either "photo" or "example"; give one of them.')
    if "example" in given:
        return _example(fields.example, where, examples)
    data = _data_uri(fields.photo, where)
    try:
        open_photo(data)
    except PhotoError as error:
        raise LessonError(f"{where}, photo: {error}") from None
    return data


def _example(file: object, where: str, examples: Path) -> bytes:
    files = sorted(path.name for path in examples.glob("*.png"))
    if not isinstance(file, str) or file not in files:
        near = difflib.get_close_matches(str(file), files, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(files) or 'none'}."
        raise LessonError(f"{where}, example: there is no drawn street named {quoted(file)}.{hint}")
    content = _content(examples / file)
    try:
        open_photo(content)
    except PhotoError as error:
        raise LessonError(f"{where}, example: {error}") from None
    return content


def _data_uri(value: Any, where: str) -> bytes:
    found = (
        re.match(r"data:image/[\w.+-]+;base64,", value, flags=re.ASCII) if isinstance(value, str) else None
    )
    if not found:
        raise LessonError(
            f"{where}, photo: expected the photo itself, as data:image/jpeg;base64,…, got {quoted(value)}. To put "
            "a photo file into the lesson, run `python -m streetclip_demo record` on it."
        )
    try:
        return base64.b64decode(value[found.end() :], validate=True)
    except binascii.Error:
        raise LessonError(f"{where}, photo: its base64 text is damaged; embed the photo again.") from None


def _labels(value: object, where: str, gazetteer: Gazetteer) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "\n".join(value)
    if not isinstance(value, str):
        raise wrong(where, "labels", "an outline: a text, or a list of its lines", quoted(value))
    try:
        parse_outline(value, gazetteer)
    except LabelError as error:
        raise LessonError(f"{where}, labels: {' '.join(str(error).split())}") from None
    return value


def _recorded(fields: RecordedFields, where: str, photo: bytes, labels: str) -> ModelAnswer:
    if fields.photo_sha256 != sha256(photo):
        raise LessonError(f"{where}, photo_sha256: it was recorded for another photo; {AGAIN}.")
    if fields.labels_sha256 != sha256(labels.encode()):
        raise LessonError(f"{where}, labels_sha256: it was recorded for other labels; {AGAIN}.")
    pin = fields.pin
    return ModelAnswer(
        model=fields.model,
        revision=fields.revision,
        pin=Spot(pin.place, pin.latitude, pin.longitude) if pin else None,
        probability=pin.probability if pin else 0.0,
        shares=tuple((share.place, share.probability) for share in fields.shares),
        half_mass_radius_km=fields.half_mass_radius_km,
        estimator=fields.estimator,
        mark=fields.mark,
        recorded_on=fields.date,
    )


def sha256(content: bytes) -> str:
    """The hash by which a recorded answer knows its photo and labels."""
    return hashlib.sha256(content).hexdigest()
