"""Lessons: photos to guess the place of, as JSON files that are read and checked here. Knows no model and no page.

The format is documented in docs/lessons.md.
"""

import base64
import binascii
import difflib
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from streetclip_demo.errors import LabelError, LessonError, PhotoError
from streetclip_demo.own_files import ASSETS
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.places.candidates import parse_outline
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.teaching.fields import check_fields, date_of, number_of, parse_json, text_of, told, wrong

EXAMPLES = ASSETS / "examples"

VERSION = 1
MAX_LESSON_MB = 24
MAX_QUESTIONS = 50
MOST_KM = 20_016  # half the way round the globe
MAX_SHARES = 5  # of a recorded posterior
DEFAULTS = ("question", "credit", "labels")  # the lesson may give these for all its questions

LESSON_FIELDS = ("lesson", "title", "about", *DEFAULTS, "questions")
QUESTION_FIELDS = ("example", "photo", *DEFAULTS, "answer", "explanation", "recorded")
ANSWER_FIELDS = ("place", "latitude", "longitude")
PIN_FIELDS = (*ANSWER_FIELDS, "probability")
SHARE_FIELDS = ("place", "probability")
RECORDED_FIELDS = ("model", "revision", "date", "photo_sha256", "labels_sha256", "estimator", "mark", "pin")
RECORDED_FIELDS += ("half_mass_radius_km", "shares")

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
    estimator: str = "beam"
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
    questions = record["questions"]
    defaults = {key: record[key] for key in DEFAULTS if key in record}
    return Lesson(
        title=text_of(record, "title", name),
        about=text_of(record, "about", name, optional=True),
        questions=tuple(
            _question(defaults | entry, f"{name}, question {number}", gazetteer, examples)
            for number, entry in enumerate(questions, start=1)
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
    check_fields(record, LESSON_FIELDS, name)
    if record.get("lesson") != VERSION or record["lesson"] is True:
        raise wrong(name, "lesson", f"{VERSION}, the version of the format", told(record.get("lesson")))
    questions = record.get("questions")
    if not isinstance(questions, list) or not 1 <= len(questions) <= MAX_QUESTIONS:
        got = f"a list of {len(questions)}" if isinstance(questions, list) else told(questions)
        raise wrong(name, "questions", f"a list of 1 to {MAX_QUESTIONS} questions", got)
    for number, entry in enumerate(questions, start=1):
        check_fields(entry, QUESTION_FIELDS, f"{name}, question {number}")
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
    photo = _photo(entry, where, examples)
    labels = _labels(entry.get("labels"), where, gazetteer)
    return LessonQuestion(
        photo=photo,
        question=text_of(entry, "question", where),
        credit=text_of(entry, "credit", where),
        labels=labels,
        answer=_spot(entry, "answer", ANSWER_FIELDS, where),
        explanation=text_of(entry, "explanation", where, optional=True),
        recorded=_recorded(entry["recorded"], where, photo, labels) if "recorded" in entry else None,
    )


def _photo(entry: dict, where: str, examples: Path) -> bytes:
    if ("photo" in entry) == ("example" in entry):
        raise LessonError(f'{where}: expected either "photo" or "example"; give one of them.')
    if "example" in entry:
        return _example(entry["example"], where, examples)
    data = _data_uri(entry["photo"], where)
    try:
        open_photo(data)
    except PhotoError as error:
        raise LessonError(f"{where}, photo: {error}") from None
    return data


def _example(file, where: str, examples: Path) -> bytes:
    files = sorted(path.name for path in examples.glob("*.png"))
    if not isinstance(file, str) or file not in files:
        near = difflib.get_close_matches(str(file), files, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(files) or 'none'}."
        raise LessonError(f"{where}, example: there is no drawn street named {told(file)}.{hint}")
    content = _content(examples / file)
    try:
        open_photo(content)
    except PhotoError as error:
        raise LessonError(f"{where}, example: {error}") from None
    return content


def _data_uri(value, where: str) -> bytes:
    found = (
        re.match(r"data:image/[\w.+-]+;base64,", value, flags=re.ASCII) if isinstance(value, str) else None
    )
    if not found:
        raise LessonError(
            f"{where}, photo: expected the photo itself, as data:image/jpeg;base64,…, got {told(value)}. To put "
            "a photo file into the lesson, run `python -m streetclip_demo record` on it."
        )
    try:
        return base64.b64decode(value[found.end() :], validate=True)
    except binascii.Error:
        raise LessonError(f"{where}, photo: its base64 text is damaged; embed the photo again.") from None


def _labels(value, where: str, gazetteer: Gazetteer) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "\n".join(value)
    if not isinstance(value, str):
        raise wrong(where, "labels", "an outline: a text, or a list of its lines", told(value))
    try:
        parse_outline(value, gazetteer)
    except LabelError as error:
        raise LessonError(f"{where}, labels: {' '.join(str(error).split())}") from None
    return value


def _recorded(record, where: str, photo: bytes, labels: str) -> ModelAnswer:
    where = f"{where}, recorded"
    check_fields(record, RECORDED_FIELDS, where)
    if record.get("photo_sha256") != sha256(photo):
        raise LessonError(f"{where}, photo_sha256: it was recorded for another photo; {AGAIN}.")
    if record.get("labels_sha256") != sha256(labels.encode()):
        raise LessonError(f"{where}, labels_sha256: it was recorded for other labels; {AGAIN}.")
    pin, probability = None, 0.0
    if record.get("pin") is not None:
        pin = _spot(record, "pin", PIN_FIELDS, where)
        probability = number_of(record["pin"], "probability", 0, 1, f"{where}, pin")
    radius_km = None
    if record.get("half_mass_radius_km") is not None:
        radius_km = number_of(record, "half_mass_radius_km", 0, MOST_KM, where)
    return ModelAnswer(
        model=text_of(record, "model", where),
        revision=text_of(record, "revision", where),
        pin=pin,
        probability=probability,
        shares=tuple(_shares(record.get("shares"), where)),
        half_mass_radius_km=radius_km,
        estimator=text_of(record, "estimator", where),
        mark=text_of(record, "mark", where, optional=True),
        recorded_on=date_of(record, "date", where),
    )


def _shares(value, where: str) -> Iterator[tuple[str, float]]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_SHARES:
        raise wrong(where, "shares", f"a list of 1 to {MAX_SHARES} shares", told(value))
    for number, share in enumerate(value, start=1):
        inside = f"{where}, shares {number}"
        check_fields(share, SHARE_FIELDS, inside)
        yield text_of(share, "place", inside), number_of(share, "probability", 0, 1, inside)


def _spot(record: Mapping, key: str, fields: tuple[str, ...], where: str) -> Spot:
    value, where = record.get(key), f"{where}, {key}"
    check_fields(value, fields, where)
    latitude = number_of(value, "latitude", -90, 90, where)
    return Spot(text_of(value, "place", where), latitude, number_of(value, "longitude", -180, 180, where))


def sha256(content: bytes) -> str:
    """The hash by which a recorded answer knows its photo and labels."""
    return hashlib.sha256(content).hexdigest()
