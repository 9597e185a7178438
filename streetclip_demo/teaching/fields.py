"""Checks of the fields of a lesson's JSON: each error names the file, the question and the field."""

import difflib
import json
from collections.abc import Mapping
from datetime import date

from streetclip_demo.errors import LessonError

MAX_LETTERS = 600  # of a text


def parse_json(content: bytes, name: str):
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


def check_fields(value, known: tuple[str, ...], where: str) -> None:
    """Refuse what is no object, or has a field that is not known."""
    if not isinstance(value, dict):
        raise LessonError(
            f"{where}: expected an object with the fields {', '.join(known)}, got {told(value)}."
        )
    for key in value:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}."
            raise LessonError(f"{where}: there is no field {told(key)}; {hint}")


def text_of(record: Mapping, key: str, where: str, optional: bool = False) -> str:
    """A field that holds a text."""
    value = record.get(key, "" if optional else None)
    if not isinstance(value, str) or not (optional or value.strip()):
        raise wrong(where, key, "a text", told(value))
    if len(value) > MAX_LETTERS:
        raise wrong(where, key, f"at most {MAX_LETTERS} letters", f"{len(value)}")
    return value.strip()


def number_of(record: Mapping, key: str, least: float, most: float, where: str) -> float:
    """A field that holds a number within bounds."""
    value = record.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise wrong(where, key, f"a number from {least:,g} to {most:,g}", told(value))
    return float(value)


def date_of(record: Mapping, key: str, where: str) -> str:
    """A field that holds a day, as YYYY-MM-DD."""
    value = record.get(key)
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise wrong(where, key, "a day such as 2026-11-21", told(value)) from None


def wrong(where: str, key: str, expected: str, got: str) -> LessonError:
    """The error of a field that holds something else than expected."""
    return LessonError(f"{where}, {key}: expected {expected}, got {got}.")


def told(value) -> str:
    """A value as an error shows it."""
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _refuse(constant: str):
    raise ValueError(constant)
