"""Caption templates: the sentences that a label is put into before the text encoder reads it."""

import functools
import re
import reprlib
import string
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from streetclip_demo.errors import TemplateError

LEVELS = ("country", "region", "city", "label")
MAX_TEMPLATES = 80  # as many as CLIP's ImageNet ensemble has
MAX_TEMPLATE_CHARACTERS = 500
MAX_PROBLEMS = 20  # that a message lists
SURROGATE = re.compile(
    "[\ud800-\udfff]"
)  # halves of characters, as JSON may bring them: no encoding writes them
EXAMPLE = '"country: A Street View photo in {country}."'
# What a template of a level may name: its own name (twice, {country} has its article), then what it lies in.
FIELDS = {
    "country": ("country", "name"),
    "region": ("region", "name", "country"),
    "city": ("city", "name", "region", "country"),
    "label": ("name", "region", "country"),
}
# The names that had an article in StreetCLIP's pretraining captions (found in the authors' PIGEON code) ...
WITH_ARTICLE = {
    name.casefold()
    for name in (
        "Bahamas",
        "British Virgin Islands",
        "Cayman Islands",
        "Cocos Islands",
        "Comoros",
        "Cook Islands",
        "Falkland Islands",
        "Faroe Islands",
        "French Southern Territories",
        "Maldives",
        "Marshall Islands",
        "Netherlands",
        "Northern Mariana Islands",
        "Paracel Islands",
        "Philippines",
        "Pitcairn Islands",
        "Seychelles",
        "Solomon Islands",
        "Spratly Islands",
        "Turks and Caicos Islands",
        "United Arab Emirates",
        "United States",
    )
}
# ... and other spellings of the same countries.
WITH_ARTICLE |= {"usa", "us", "u.s.", "u.s.a.", "united states of america", "uae", "cocos (keeling) islands"}


@dataclass(frozen=True)
class Templates:
    """Caption templates by level; where a level has several, their embeddings are averaged."""

    country: tuple[str, ...] = ("A Street View photo in {country}.",)
    region: tuple[str, ...] = ("A Street View photo in the region of {region} in {country}.",)
    city: tuple[str, ...] = ("A Street View photo from {city}.",)
    label: tuple[str, ...] = ("A Street View photo in {name}.",)


DEFAULT_TEMPLATES = Templates()


def lone_surrogate(text: str) -> int | None:
    """Where a text has half a character, which cannot be written as UTF-8; None where it has none."""
    found = SURROGATE.search(text)
    return found.start() if found else None


def with_article(name: str) -> str:
    """Put "the" before the country names that had it in StreetCLIP's pretraining captions.

    >>> with_article("United States"), with_article("Japan")
    ('the United States', 'Japan')
    """
    return f"the {name}" if name.strip().casefold() in WITH_ARTICLE else name


def captions(templates: Templates, level: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Fill a level's templates with what is known of a label.

    Parameters
    ----------
    templates : Templates
    level : str
        "country", "region", "city" or "label".
    known : mapping of str to str
        The label's "name", and the names of the "country", "region" and "city" as far as they are known.
        "{country}" gets its article; "{name}" is the label as it was typed.

    Returns
    -------
    tuple of str
        One caption for each template whose fields are all known. Where there is none such (a city template
        that asks for a region, and a city without one), the caption of the default template of the level,
        or of "label": a caption never has a hole.

    Examples
    --------
    >>> captions(DEFAULT_TEMPLATES, "country", {"name": "Bahamas", "country": "Bahamas"})
    ('A Street View photo in the Bahamas.',)
    """
    known = {field: value for field, value in known.items() if value}
    chosen = (getattr(templates, level), getattr(DEFAULT_TEMPLATES, level), DEFAULT_TEMPLATES.label)
    for group in chosen:
        filled = tuple(_fill(template, known) for template in group if set(_fields(template)) <= set(known))
        if filled:
            return filled
    raise ValueError(f"A label needs a name, got {dict(known)}.")


def unfilled(templates: Templates, level: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """The level's templates that `captions` leaves out because a field of theirs is not known."""
    names = {field for field, value in known.items() if value}
    return tuple(template for template in getattr(templates, level) if not set(_fields(template)) <= names)


def parse_templates(text: str) -> Templates:
    """Read templates from lines like "country: A Street View photo in {country}.".

    Several lines for one level are an ensemble; a level without a line keeps the default; blank lines and
    lines that begin with "#" are left out.

    Raise TemplateError naming the first lines that cannot be used, and why.
    """
    if not isinstance(text, str):
        raise TemplateError(
            f"templates must be text, got {reprlib.repr(text)}. Write a line such as {EXAMPLE}."
        )
    found: dict[str, list[str]] = {level: [] for level in LEVELS}
    problems = []
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        line = line.strip().strip("\ufeff").strip()
        if not line or line.startswith("#"):
            continue
        level, colon, template = line.partition(":")
        level, template = level.strip().lower(), template.strip()
        problem = _problem(level, colon, template)
        if problem:
            problems.append(f"Line {number}: {problem}")
        elif template not in found[level]:
            found[level].append(template)
    count = sum(map(len, found.values()))
    if count > MAX_TEMPLATES:
        problems.append(f"There are {count} templates; at most {MAX_TEMPLATES} can be used.")
    if problems:
        more = len(problems) - MAX_PROBLEMS
        rest = [f"{more:,} more lines cannot be used either."] if more > 0 else []
        raise TemplateError("\n".join([*problems[:MAX_PROBLEMS], *rest]))
    return replace(DEFAULT_TEMPLATES, **{level: tuple(lines) for level, lines in found.items() if lines})


def format_templates(templates: Templates) -> str:
    """Write templates as the text that `parse_templates` reads."""
    levels = [field.name for field in fields(templates)]
    return "".join(f"{level}: {template}\n" for level in levels for template in getattr(templates, level))


def _problem(level: str, colon: str, template: str) -> str | None:
    """What is wrong with one line, or None."""
    example = f"for example {EXAMPLE}"
    if lone_surrogate(template) is not None:
        return "it holds half a character, which is no text; write the whole character."
    if not colon or level not in LEVELS:
        return f"expected a level ({', '.join(LEVELS)}), a colon and a template, {example}"
    if not template:
        return f"the template for {level} is empty; write {example}"
    if len(template) > MAX_TEMPLATE_CHARACTERS:
        return f"the template has {len(template):,} characters; at most {MAX_TEMPLATE_CHARACTERS} are read."
    try:
        names = _fields(template)
    except ValueError as error:
        return f"{error}. Write a field in single braces, {example}"
    there_are = ", ".join(f"{{{name}}}" for name in FIELDS[level])
    wrong = [name for name in names if name not in FIELDS[level]]
    if wrong:
        return f"a {level} template has no field {{{wrong[0]}}}; the fields there are: {there_are}."
    if not {level, "name"} & set(names):
        field = there_are.split(", ")[0]
        return f"the template names no {level}, so all labels would get one caption. Put {field} into it."
    return None


@functools.lru_cache(maxsize=4 * MAX_TEMPLATES)
def _parts(template: str) -> tuple[tuple[str, str | None], ...]:
    """Split a template into (text, field after it or None). ValueError where the braces are broken."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        raise ValueError("a brace is opened and not closed, or closed and not opened") from None
    for _, name, form, conversion in parts:
        if name is not None and (form or conversion or not name.isidentifier()):
            raise ValueError(f"{{{name or ''}}} is not the name of a field")
    return tuple((text, name) for text, name, _, _ in parts)


def _fields(template: str) -> list[str]:
    return [name for _, name in _parts(template) if name is not None]


def _fill(template: str, known: Mapping[str, str]) -> str:
    values = dict(known)
    if "country" in values:
        values["country"] = with_article(values["country"])
    return "".join(text + (values[name] if name is not None else "") for text, name in _parts(template))
