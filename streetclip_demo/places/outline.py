"""The text of an outline as a tree of lines. Knows no place.

One label a line; an indented line lies in the one above it; ``Name @ 47.1, 8.2`` gives a position (latitude,
longitude); blank lines and lines that begin with "#" are left out. Bullets, numbers and quotes of a list are no part
of a label.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from streetclip_demo.errors import LabelError
from streetclip_demo.places import wrappings
from streetclip_demo.places.geo import check_point

MAX_LABELS = 2000
MAX_LABEL_CHARACTERS = 500
MAX_DEPTH = 8
TAB_COLUMNS = 4
LINE_END = r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]"
LINE_END_ELSEWHERE = re.compile(r"[\r\x0b\x0c\x85\u2028\u2029]")
MAX_PROBLEMS = 20  # listed in one message

# Invisible characters that come with pasted text and would only change the tokens: soft hyphen, zero-width
# space, word joiner, byte order mark, marks of direction. The joiners U+200C and U+200D shape Persian and
# Indic words, so they are only taken from the ends.
INVISIBLE = re.compile("[\xad\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")  # but for tabs and line ends; read as spaces
BULLET = re.compile(r"\A(?:[•‣◦▪▫●○■□·∙⁃➢➤✓✔☐☑]\s*|[-*+–—]\s+|(?=\[[ xX]?\]\s))(?:\[[ xX]?\]\s+)?(?=\S)")
# A number or letter of a list: "1. ", "(2) ", "3)", "4.Chile", "a. ", "b) ", "iv. "; "1.5 km" has none.
NUMBERING = re.compile(
    r"\A(?:\((?:\d{1,4}|[A-Za-z]|[ivx]{2,4}|[IVX]{2,4})\)|\d{1,4}[.)．）、]|[①-⑳]|(?:[A-Za-z]|[ivx]{2,4}|[IVX]{2,4})[.)])"
    r"(?:\s+|(?<=\d[.)])(?=[^\W\d_])|(?<=[)．）、①-⑳]))(?=\S)"
)
INITIAL = re.compile(
    r"[A-Z]+\.\s"
)  # of a list only if another line has the next one: "S. Korea" is no such line
QUOTES = {  # what may close each
    **{'"': '"', "'": "'", "“": "”“", "„": "“”", "‟": "”", "‘": "’‘", "‚": "‘’", "‛": "’", "`": "`´'"},
    **{"«": "»", "»": "«", "‹": "›", "›": "‹", "「": "」", "『": "』", "《": "》"},
}
JOINERS = "\u200c\u200d"
MINUS_SIGNS = dict.fromkeys(map(ord, "\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d"), "-")

NUMBER = r"([+-]?\s?(?:\d{1,6}(?:\.\d*)?|\.\d+))\s*°?"
LETTER = r"([NSEW]?)"
GAP = r"\s*[,;\s]\s*"
POSITIONS = (  # "47.1, 8.2" or "47.1 N, 8.2 E"; then "N 47.1, E 8.2". Groups: number, letter, number, letter.
    (re.compile(rf"{NUMBER}\s*{LETTER}{GAP}{NUMBER}\s*{LETTER}", re.IGNORECASE), (1, 2, 3, 4)),
    (re.compile(rf"{LETTER}\s*{NUMBER}{GAP}{LETTER}\s*{NUMBER}", re.IGNORECASE), (2, 1, 4, 3)),
)
EXAMPLE = 'write latitude, then longitude, in degrees with decimal points, for example "Zug @ 47.17, 8.52"'


@dataclass(slots=True)
class Line:
    """A label with the lines indented below it."""

    number: int  # 1-based
    name: str
    point: tuple[float, float] | None = None  # (latitude, longitude) in degrees
    children: list["Line"] = field(default_factory=list)
    typed: str = (
        ""  # the name with the bullet, number or quotes that were taken off; "" where there were none
    )
    is_numbered: bool = False  # whether a number was taken off, which may have been a part of the name
    level: str = ""  # "country", "region" or "city" where the line says so
    ways: tuple[str, ...] = ()  # other ways to read the name, where it is no place


def read_lines(text: str) -> list[Line]:
    """Read the text of an outline.

    Parameters
    ----------
    text : str
        As typed, with line ends of any system; tabs count to the next multiple of four columns. Invisible
        characters and spaces around a label do not count.

    Returns
    -------
    list of Line
        The outermost lines, in order.

    Raises
    ------
    LabelError
        With one sentence for each line that cannot be used.
    """
    # First, so that lines are numbered as they were typed.
    text = LINE_END_ELSEWHERE.sub("\n", text.replace("\r\n", "\n"))
    text = CONTROLS.sub(" ", INVISIBLE.sub("", text))
    written = text.split("\n")
    if len(written) > MAX_LABELS:  # before they are read, which takes seconds for a hundred thousand
        _check_count(sum(_has_label(_clean(line)) for line in written))
    numbered = enumerate(map(_label, written), start=1)
    lines = [(number, label) for number, label in numbered if label is not None]
    if not lines:
        raise LabelError("The list has no labels. Write one label a line, or choose a preset.")
    roots: list[Line] = []
    open_lists: list[tuple[int, list[Line]]] = []  # (indentation, the lines there), outermost first
    problems = []
    for number, label in lines:
        indentation, name, point, problem, typed, is_numbered, ways = label
        line = Line(number, name, point, [], typed, is_numbered, "", ways)
        if open_lists and open_lists[-1][0] == indentation:  # as in most lines
            open_lists[-1][1].append(line)
        else:
            problem = _hang(line, indentation, open_lists, roots) or problem
        if problem:
            problems.append(f"Line {number}: {problem}")
    if problems:
        raise LabelError(_listed(problems))
    return roots


def remove_line(text: str, number: int) -> str:
    """Take a label out of an outline, with all that is indented below it; keep the rest as it was typed.

    Parameters
    ----------
    text : str
        The text of an outline that `read_lines` can read.
    number : int
        The label's line, 1-based.

    Returns
    -------
    str
        The other labels, the comments and the blank lines, with their own line ends.

    Raises
    ------
    LabelError
        If the text is no outline, or has no label on that line.
    """
    line = next((line for line in _all_lines(read_lines(text)) if line.number == number), None)
    if line is None:
        raise LabelError(f"Line {number} of the list has no label. Update the list, then try again.")
    gone = {below.number for below in _all_lines([line])}
    typed = re.findall(rf".*?(?:{LINE_END})|.+\Z", text, flags=re.DOTALL)
    return "".join(kept for kept_number, kept in enumerate(typed, start=1) if kept_number not in gone)


def _all_lines(lines: Sequence[Line]) -> Iterator[Line]:
    for line in lines:
        yield line
        yield from _all_lines(line.children)


def _clean(text: str) -> str:
    """A label without the spaces around it, and single ones within."""
    return " ".join(text.split()).strip(JOINERS + " ")


def _hang(line: Line, indentation: int, open_lists: list[tuple], roots: list[Line]) -> str | None:
    """Hang a line below the one that it is indented under; return the problem if it fits nowhere."""
    if not open_lists:
        open_lists.append((indentation, roots))
    above = list(open_lists)
    while len(open_lists) > 1 and open_lists[-1][0] > indentation:
        open_lists.pop()
    columns, siblings = open_lists[-1]
    if indentation <= columns:
        siblings.append(line)
        if indentation < columns:
            return "it is indented less than the first line; begin all outermost labels at one column."
        return None
    children = siblings[-1].children
    misfit = bool(children)  # the line above is deeper, so this one is neither its sibling nor its parent's
    children.append(line)
    open_lists.append((indentation, children))
    if misfit:
        used = _listing([columns for columns, _ in above])
        return f"its indentation is {indentation} columns, and above it is {used}; use one of these."
    if len(open_lists) > MAX_DEPTH:
        return f"it is nested {len(open_lists)} deep; at most {MAX_DEPTH} levels can be scored."
    return None


def _listing(numbers: Sequence[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


def _listed(problems: Sequence[str]) -> str:
    more = len(problems) - MAX_PROBLEMS
    listed = [*problems[:MAX_PROBLEMS], *([f"And {more} more lines have problems."] if more > 0 else [])]
    return "\n".join(listed)


def _check_count(count: int) -> None:
    if count > MAX_LABELS:
        raise LabelError(
            f"The list has {count:,} labels; at most {MAX_LABELS:,} can be scored. Remove"
            f" {count - MAX_LABELS:,} of them; cities need no lines, the gazetteer can add them."
        )


class _Label(NamedTuple):
    """What a line says by itself, wherever it stands."""

    indentation: int  # columns
    name: str
    point: tuple[float, float] | None = None
    problem: str | None = None
    typed: str = ""
    is_numbered: bool = False
    ways: tuple[str, ...] = ()


def _label(line: str) -> _Label | None:
    """What a line says, None if it has no label. Most lines of an edited list have been read before."""
    return _remembered(line) if len(line) <= MAX_LABEL_CHARACTERS else _read(line)


def _has_label(text: str) -> bool:
    return bool(text) and not text.startswith("#") and not wrappings.is_no_label(text)


def _read(line: str) -> _Label | None:
    """Read "Name" or "Name @ latitude, longitude"."""
    text = _clean(line)
    if not _has_label(text):
        return None
    indentation = len(line[: len(line) - len(line.lstrip())].expandtabs(TAB_COLUMNS))
    plain = _unquoted(BULLET.sub("", text, count=1))
    name, at, position = plain.rpartition("@")
    typed = _clean(text.rpartition("@")[0]) if at else text
    name, is_numbered = _unmarked(_clean(name) if at else plain)
    label = _Label(indentation, name, ways=_ways(line, name, at))
    if name != typed:
        label = label._replace(typed=typed, is_numbered=is_numbered)
    if len(text) > MAX_LABEL_CHARACTERS:
        problem = f"the label has {len(text):,} characters; at most {MAX_LABEL_CHARACTERS} can be used."
        return label._replace(problem=problem)
    if not at:
        return label
    if not label.name:
        return label._replace(problem=f'there is no name before the "@"; {EXAMPLE}.')
    try:
        return label._replace(point=_point(position.strip()))
    except ValueError as error:
        return label._replace(problem=str(error))


def _ways(line: str, name: str, at: str) -> tuple[str, ...]:
    """Other ways to read a line; columns are parted by tabs, which a name has not."""
    if name.isalpha() or len(line) > MAX_LABEL_CHARACTERS:
        return ()
    if "\t" not in line.strip() or at:
        return wrappings.other_ways(name)
    return wrappings.other_ways(CONTROLS.sub(" ", line.strip()))


def _unmarked(name: str) -> tuple[str, bool]:
    """A name without bullets, numbers and quotes, as long as something is left; whether there was a number."""
    is_numbered = False
    if len(name) > MAX_LABEL_CHARACTERS:
        return name, is_numbered
    while True:
        left = NUMBERING.sub("", name, count=1)
        is_numbered |= left != name
        left = _clean(wrappings.unwrapped(_unquoted(BULLET.sub("", left, count=1)))).rstrip(",; ")
        if left in (name, ""):
            return name, is_numbered
        name = left


def _unquoted(name: str) -> str:
    """A name without quotes that enclose all of it, and the comma of a list behind them."""
    inner = name.rstrip(",; ")
    closing = QUOTES.get(inner[:1], "") if len(inner) > 2 else ""
    is_quoted = bool(closing) and inner[-1] in closing and not set(inner[1:-1]) & {inner[0], inner[-1]}
    return inner[1:-1].strip() if is_quoted and inner[1:-1].strip() else name


_remembered = functools.lru_cache(maxsize=2 * MAX_LABELS)(_read)


def _point(text: str) -> tuple[float, float]:
    """Read a position; ValueError says what is wrong with it."""
    plain = text.translate(MINUS_SIGNS).strip(" ()[]")
    matches = ((pattern.fullmatch(plain), groups) for pattern, groups in POSITIONS)
    found, groups = next((match for match in matches if match[0]), (None, ()))
    if found is None:
        raise ValueError(_no_position(text))
    first, letter, second, other = (found[group].upper() for group in groups)
    if letter in ("E", "W") or other in ("N", "S"):  # the letters say which is which
        first, letter, second, other = second, other, first, letter
    if letter in ("E", "W") or other in ("N", "S"):
        raise ValueError(f'the position "{text}" has the same coordinate twice; {EXAMPLE}.')
    try:
        return check_point(_signed(first, letter), _signed(second, other))
    except ValueError as error:
        raise ValueError(f'the position "{text}" cannot be: {error}') from None


def _signed(number: str, letter: str) -> float:
    value = float(number.replace(" ", ""))
    if letter and number.startswith("-"):
        raise ValueError(f"{number} has both a minus sign and the letter {letter}; leave one of them out.")
    return -value if letter in ("S", "W") else value


def _no_position(text: str) -> str:
    plain = text.translate(MINUS_SIGNS)
    shown = text if len(text) <= 60 else f"{text[:60]}..."
    if not text:
        problem = 'there is no position after the "@"'
    elif re.search(r"\d,\d+\D*[,;\s]\D*\d+,\d", plain):
        problem = f'the position "{shown}" has decimal commas'
    elif re.search(r"\d\s*['\u2032\u2019]|\d\s*°\s*\d", plain):
        problem = f'the position "{shown}" is in degrees and minutes'
    elif re.fullmatch(rf"{LETTER}\s*{NUMBER}\s*{LETTER},?", plain, re.IGNORECASE):
        problem = f'the position "{shown}" has one number, and needs two'
    else:
        problem = f'"{shown}" after the "@" is no position'
    return f"{problem}; {EXAMPLE}."
