"""What the rooms below the page say, in the language of its reader. Knows the sentences' forms, nobody who says them.

Those rooms speak English: their words go to logs, terminals and records as well, are remembered and shared among
visitors, and come from other processes. The page looks them up here: as they stand, or by a form with holes in it,
"{name} is empty (0 bytes).". What has no form here stays English.
"""

import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from streetclip_demo.errors import DataError
from streetclip_demo.own_files import own_json
from streetclip_demo.words.countries import country_in, country_names
from streetclip_demo.words.numbers import STYLES, grouped

FORMS = Path(__file__).parent / "forms"
HOLE = re.compile(r"\{(\w+)\}")
SENTENCES = re.compile(r"(?<=[.?!]) (?=[A-Z`])")
COUNT = re.compile(r"\d{1,3}(,\d{3})+")
MOST_LETTERS = 600  # of one that is looked at: a form tries each place for its holes
KNOWN = "said"  # begins the name of a hole for what must have a form too
COUNTRY = "country"  # of one for a country's English name
TRIED = ("expected", "got", "rest")  # of those for what may have a form
SIZE = "size"  # of one for a number with a unit
LISTS = ("lines", "names")  # of those for several: "1, 2 and 5", "'US' is United States, and 6 more"
MORE = re.compile(r",? and (\d+) more\b")
LISTED = {  # how the last of several is joined to the others; and how many more there are
    "de": (" und ", " und {} weitere"),
    "fr": (" et ", " et {} de plus"),
    "es": (" y ", " y {} más"),
    "ja": ("、", "、ほか{}件"),
}


def said_in(english: str, language: str) -> str:
    """A sentence, or several of them or lines, in a language."""
    if language == "en" or not english:
        return english
    if "\n" in english:
        return "\n".join(said_in(line, language) for line in english.split("\n"))
    whole = _translated(english, language)
    if whole is not None:
        return whole
    gap = "" if language == "ja" else " "
    parts = SENTENCES.split(english)
    return gap.join(_translated(part, language) or part for part in parts) if len(parts) > 1 else english


def exactly_said_in(english: str, language: str) -> str:
    """The same for what people may have written themselves: only where it stands here letter by letter."""
    return english if language == "en" else _sentences(language).get(english, english)


def capital_said_in(english: str, language: str) -> str:
    """A sentence in a language, beginning with a capital letter."""
    words = said_in(english, language)
    return words[:1].upper() + words[1:]


def _translated(english: str, language: str) -> str | None:
    """One sentence, if it has a form."""
    if (found := _sentences(language).get(english)) is not None:
        return found
    if len(english) > MOST_LETTERS:
        return None
    for pattern, translation in _forms(language):
        match = pattern.fullmatch(english)
        parts = match and _parts(match.groupdict(), language)
        if parts:
            return translation.format(**parts)
    return None


def _parts(holes: Mapping[str, str], language: str) -> dict[str, str] | None:
    """What fills a form's holes; None if it does not fit them."""
    parts = {}
    for name, found in holes.items():
        part = _part(name, found, language)
        if part is None:
            return None
        parts[name] = part
    return parts


def _part(name: str, found: str, language: str) -> str | None:
    if name.startswith(KNOWN):
        return _translated(found, language)
    if name == COUNTRY:
        local = country_in(found, language)
        return local if local != found or found in country_names("en").values() else None
    if name in TRIED:
        return _translated(found, language) or found
    if name in LISTS:
        return _listed(found, language)
    if name == SIZE:
        return found.replace(".", STYLES[language].point)
    if COUNT.fullmatch(found):
        return grouped(int(found.replace(",", "")), language)
    return _sentences(language).get(found, found)


def _listed(found: str, language: str) -> str:
    joint, more = LISTED[language]
    found = MORE.sub(lambda match: more.format(match[1]), found)
    return found.replace(" and ", joint).replace(" or ", " / ").replace("' is ", "' = ")


@cache
def _sentences(language: str) -> Mapping[str, str]:
    try:
        return own_json(FORMS / f"{language}.json", _checked)
    except DataError as error:
        print(f"{error} Its readers get some sentences in English.", file=sys.stderr)
        return {}


def _checked(forms: dict[str, str]) -> dict[str, str]:
    """The forms, if each translation has the holes of the English one; ValueError if not."""
    for english, translation in forms.items():
        if sorted(HOLE.findall(english)) != sorted(HOLE.findall(translation)):
            raise ValueError(f"{english!r} and its translation differ in their holes")
    return forms


@cache
def _forms(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of the sentences with holes, with their translations."""
    with_holes = ((english, said) for english, said in _sentences(language).items() if HOLE.search(english))
    return tuple((_pattern(english), said) for english, said in with_holes)


def _pattern(english: str) -> re.Pattern[str]:
    parts = HOLE.split(english)  # text, hole, text, hole, ...
    made = (rf"(?P<{part}>.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts))
    return re.compile("".join(made))
