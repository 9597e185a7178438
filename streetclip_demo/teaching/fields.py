"""The fields of a lesson's JSON, checked by pydantic; each error names the file, the question and the field."""

import difflib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, NoReturn, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from streetclip_demo.errors import LessonError

VERSION = 1
MAX_QUESTIONS = 50
MAX_SHARES = 5  # of a recorded posterior
MAX_OTHERS = 2  # models beside the first
MAX_LETTERS = 600  # of a text
MOST_KM = 20_016  # half the way round the globe


def _between(least: float, most: float) -> Any:
    return Field(ge=least, le=most, description=f"a number from {least:,g} to {most:,g}")


def _one_to(most: int, what: str) -> Any:
    return Field(min_length=1, max_length=most, description=f"a list of 1 to {most} {what}")


def _up_to(most: int, what: str) -> Any:
    return Field(max_length=most, description=f"a list of at most {most} {what}")


A_TEXT = Field(description="a text")
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_LETTERS), A_TEXT]
PerhapsText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_LETTERS), A_TEXT]
Latitude = Annotated[float, _between(-90, 90)]
Longitude = Annotated[float, _between(-180, 180)]
Probability = Annotated[float, _between(0, 1)]
Day = Annotated[
    str,
    AfterValidator(lambda text: date.fromisoformat(text).isoformat()),
    Field(description="a day such as 2026-11-21"),
]


class Fields(BaseModel):
    """An object of the lesson: no other fields than these, and nothing made into what it is not."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


ABSENT: Any = None  # a field that may be left out, and may not be null
Checked = TypeVar("Checked", bound=Fields)


class SpotFields(Fields):
    place: Text
    latitude: Latitude
    longitude: Longitude


class PinFields(SpotFields):
    probability: Probability


class ShareFields(Fields):
    place: Text
    probability: Probability


class RecordedFields(Fields):
    photo_sha256: Any = None
    labels_sha256: Any = None
    model: Text
    revision: Text
    date: Day
    estimator: Text
    mark: PerhapsText = ""
    pin: PinFields | None = None
    half_mass_radius_km: Annotated[float | None, _between(0, MOST_KM)] = None
    shares: Annotated[list[ShareFields], _one_to(MAX_SHARES, "shares")]


class QuestionFields(Fields):
    """A question with what the lesson gives for all; photo, example and labels are looked at by the reader."""

    example: Any = None
    photo: Any = None
    question: Text
    credit: Text
    labels: Any = None
    answer: SpotFields
    explanation: PerhapsText = ""
    recorded: RecordedFields = ABSENT
    others: Annotated[list[RecordedFields], _up_to(MAX_OTHERS, "answers of other models")] = []


class LessonFields(Fields):
    lesson: Annotated[int, Field(ge=VERSION, le=VERSION, description=f"{VERSION}, the version of the format")]
    questions: Annotated[list[Any], _one_to(MAX_QUESTIONS, "questions")]
    title: Text
    about: PerhapsText = ""
    question: Any = None
    credit: Any = None
    labels: Any = None


def checked(model: type[Checked], value: Any, where: str) -> Checked:
    """The fields of a value; LessonError for the first that is wrong, a field that does not exist before all others."""
    try:
        return model.model_validate(value)
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        error = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
        raise LessonError(_sentence(model, error, where)) from None


def parse_json(content: bytes, name: str) -> Any:
    """The value of a JSON file; no NaN, no infinity."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise LessonError(f"{name} is not text in UTF-8. Save it as a text file in UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise LessonError(f"{name} is not JSON: {error.msg} at {where}.") from None
    except (ValueError, RecursionError):
        raise LessonError(
            f"{name} is not JSON that can be read: a number is too large, or the nesting too deep."
        ) from None


def wrong(where: str, key: str, expected: str, got: str) -> LessonError:
    """The error of a field that holds something else than expected."""
    return LessonError(f"{where}, {key}: expected {expected}, got {got}.")


def quoted(value: object) -> str:
    """A value as an error shows it."""
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _sentence(model: type[Fields], error: Mapping[str, Any], where: str) -> str:
    """What is wrong, where, and what was expected; `error` is one of pydantic's."""
    path: list[Any] = ["", *error["loc"]]
    key = path[-1]
    for part in path[1:-1]:
        where += f" {part + 1}" if isinstance(part, int) else f", {part}"
        model = model if isinstance(part, int) else _inside(model, part)
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no field {quoted(key)}; {_hint(key, list(model.model_fields))}"
    if key:
        where += f" {key + 1}" if isinstance(key, int) else f", {key}"
    if error["type"] == "model_type":
        fields = (_inside(model, key) if isinstance(key, str) and key else model).model_fields
        return (
            f"{where}: expected an object with the fields {', '.join(fields)}, got {quoted(error['input'])}."
        )
    return f"{where}: expected {_expected(model, key, error)}, got {_got(error)}."


def _inside(model: type[Fields], key: str) -> type[Fields]:
    """The model of a field: itself, or that of its list's entries."""
    annotation = model.model_fields[key].annotation
    return next(kind for kind in (annotation, *get_args(annotation)) if hasattr(kind, "model_fields"))


def _expected(model: type[Fields], key: Any, error: Mapping[str, Any]) -> str:
    if error["type"] == "string_too_long":
        return f"at most {MAX_LETTERS} letters"
    return model.model_fields[key].description or "another value"


def _got(error: Mapping[str, Any]) -> str:
    value = error["input"]
    if error["type"] == "missing":
        return "nothing"
    if error["type"] == "string_too_long":
        return str(len(value))
    return f"a list of {len(value)}" if isinstance(value, list) else quoted(value)


def _hint(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}."


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
