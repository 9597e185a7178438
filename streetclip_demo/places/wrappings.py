"""What people and programs write around the names of a list: marks, counts, columns, parents, abbreviations.

Knows no place. Marks that are never a part of a name come off; what may be one is only another way to read the label,
for who can tell whether it is a place.
"""

import html
import re
from collections.abc import Iterator

TAG = re.compile(
    r"</?(?:a|b|br|code|div|em|h[1-6]|i|li|mark|ol|option|p|s|small|span|strong|t[dhr]|u|ul)(?:\s[^<>]*)?/?>",
    re.I,
)
ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,6}|#x[0-9A-Fa-f]{1,5});")
LINK = re.compile(r"\A!?\[([^\[\]]+)\]\([^()\s]*\)\Z")
EMPHASIS = re.compile(r"\A(\*{1,3}|_{1,3}|~~|`{1,3})(?=\S)(.+?)(?<=\S)\1\Z")
BRACKETS = {"(": ")", "[": "]", "{": "}"}
BRACKETS_ONLY = re.compile(r"[\[\]{}(),;]+")  # of JSON
RULE_ONLY = re.compile(r"[\s:|-]+")  # below the heading of a table

FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
SYMBOLS = r"[\s\U0001f000-\U0001faff\u2190-\u2bff\ufe0f\u200d]+"  # emoji, flags, arrows, stars
AROUND = re.compile(rf"\A{SYMBOLS}|{SYMBOLS}\Z")
CELLS = re.compile(r"\s*[\t|;]\s*")
COUNT = re.compile(r"\s*(?:[:=,;|]|\s[-–—])\s*\d[\d.,  ]*%?\Z|\s*\(\d[\d.,  ]*%?\)\Z")
IN_BRACKETS = re.compile(r"\A(.+?)\s*\(([^()]+)\)\Z")
REGION_BESIDE = re.compile(
    r"\A(?:(?:state|province|region)\s+of\s+(.+)|(.+?)\s+(?:state|province|region|territory))\Z", re.I
)
PARTED = re.compile(r"\A(.+?)(?:\s+[-–—]\s+|\s*[/|]\s*)(.+)\Z")
CODE_BEHIND = re.compile(r"\A(.*[^\s,])\s+([A-Z]{2,3})\Z")
DOTTED_BEHIND = re.compile(r"\A(.+),\s*((?:[A-Za-z]\.?\s?){2,3})\Z")
LEVELS = {
    **dict.fromkeys(["country", "nation", "land", "pays", "país", "republic"], "country"),
    **dict.fromkeys(
        ["state", "us state", "u.s. state", "usa state", "province", "region", "territory"], "region"
    ),
    **dict.fromkeys(["city", "town", "capital", "stadt", "ville", "ciudad"], "city"),
}
ABBREVIATIONS = {
    **{"n": ("North", "New", "Northern"), "s": ("South", "San", "Southern"), "e": ("East", "Eastern")},
    **{
        "w": ("West", "Western"),
        "c": ("Central",),
        "rep": ("Republic", "República", "République", "Republik"),
    },
    **{"dem": ("Democratic",), "is": ("Islands", "Isle", "Island"), "sta": ("Santa",), "sto": ("Santo",)},
    **{
        "gr": ("Great",),
        "pt": ("Port",),
        "terr": ("Territory",),
        "prov": ("Province",),
        "fed": ("Federated",),
    },
}
MOST_WAYS = 12


def unwrapped(name: str) -> str:
    """A name without tags, emphasis, a link or brackets that enclose all of it."""
    if "&" in name and ENTITY.search(name):
        name = html.unescape(name).replace("\xa0", " ")
    if "<" in name:
        name = TAG.sub("", name) or name
    if "|" in name and not re.search(r"[^|]\|[^|]", name):  # one cell of a table
        name = name.strip("| ") or name
    if link := LINK.match(name):
        name = link[1]
    if emphasis := EMPHASIS.match(name):
        name = emphasis[2]
    closing = BRACKETS.get(name[:1])
    if closing and name[-1] == closing and not set(name[1:-1]) & {name[0], closing}:
        name = name[1:-1]
    return name.strip()


def is_no_label(line: str) -> bool:
    """Whether a line only holds a list or table together: a bracket of JSON, the rule below a heading."""
    is_rule = "--" in line and "|" in line and RULE_ONLY.fullmatch(line)
    return bool(is_rule or BRACKETS_ONLY.fullmatch(line))


def without_symbols(name: str) -> str:
    """A name without the emoji around it; "" if there are none, or nothing else is left."""
    plain = AROUND.sub("", name) if not name.isascii() else name
    return "" if plain == name else plain


def level_meant(name: str) -> tuple[str, str]:
    """A name and its level, where it says so: Georgia (country), Washington State; else "" twice."""
    if beside := REGION_BESIDE.match(name):
        return beside[1] or beside[2], "region"
    found = IN_BRACKETS.match(name)
    level = LEVELS.get(found[2].casefold(), "") if found else ""
    return (found[1], level) if found and level else ("", "")


def other_ways(name: str) -> tuple[str, ...]:
    """Other ways to read a label that is no place: without a count, or its parent behind a comma, and in full words."""
    return tuple(dict.fromkeys(way for way in _ways(name) if way and way != name))[:MOST_WAYS]


def flag_code(name: str) -> str:
    """The code that a flag alone is written with; "" for all else."""
    if not FLAG.fullmatch(name):
        return ""
    return "".join(chr(ord(letter) - ord("\U0001f1e6") + ord("A")) for letter in name)


def _ways(name: str) -> Iterator[str]:
    yield " | ".join(name.split("\t"))
    yield flag_code(name)
    yield without_symbols(name)
    cells = [cell.strip("\"' ") for cell in CELLS.split(name.strip("| \t;"))]
    if len(cells) > 1:
        yield ", ".join(cells[:2])
        yield cells[0]
    yield COUNT.sub("", name)
    for pattern in (IN_BRACKETS, PARTED, CODE_BEHIND):
        if found := pattern.match(name):
            yield f"{found[1]}, {found[2]}"
    if found := DOTTED_BEHIND.match(name):
        yield f"{found[1]}, {re.sub(r'[. ]', '', found[2]).upper()}"
    yield from _in_full(name)
    yield from _parent_behind(name)


def _parent_behind(name: str) -> Iterator[str]:
    """A name whose last words are its parent's, with a comma before them: Paris Texas. Small letters are text."""
    words = name.split()
    for index in range(len(words) - 1, 0, -1):
        if words[0][0].isupper() and words[index][0].isupper() and "," not in name:
            yield f"{' '.join(words[:index])}, {' '.join(words[index:])}"


def _in_full(name: str) -> Iterator[str]:
    """A name with its abbreviations written out, in each way that they may be meant."""
    ways = [""]
    for word in name.split():
        full = ABBREVIATIONS.get(word.rstrip(".").casefold(), ()) if word[-1] == "." or len(word) == 1 else ()
        ways = [f"{way} {one}" for way in ways for one in full or (word,)][:MOST_WAYS]
    yield from (way.strip() for way in ways)


def listed(name: str) -> tuple[str, ...]:
    """The parts of a label that may be several: between commas, slashes, bars or "and"; () if it is one."""
    parts = re.split(r"\s*[,;/|\t]\s*(?:and\s+|&\s*)?|\s+(?:and|&|und|et|y)\s+", name.strip("[]{}()| "))
    parts = [COUNT.sub("", part).strip("\"'` ") for part in parts]
    return tuple(parts) if len(parts) > 1 and all(parts) else ()
