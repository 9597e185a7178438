"""Ask the label list about thousands of texts: names in many scripts, hostile text, outlines. Nothing may go wrong.

    python benchmarks/text_corpus.py [--cases 6000] [--seed 15]

Prints how many texts were read and how many refused, and the slowest. Ends with status 1 where anything but a
LabelError came out, or a text took longer than LIMIT_SECONDS of processor time.
"""

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from streetclip_demo.errors import LabelError
from streetclip_demo.places.candidates import format_outline, parse_outline
from streetclip_demo.places.gazetteer import Gazetteer

LIMIT_SECONDS = 5
SCRIPTS = (  # first and last character of blocks
    *(
        (0x41, 0x7A),
        (0xC0, 0x24F),
        (0x370, 0x3FF),
        (0x400, 0x4FF),
        (0x5D0, 0x5EA),
        (0x620, 0x64A),
        (0x900, 0x97F),
    ),
    *(
        (0xE00, 0xE5B),
        (0x10A0, 0x10FF),
        (0x1200, 0x137F),
        (0x3040, 0x30FF),
        (0x4E00, 0x9FFF),
        (0xAC00, 0xD7A3),
    ),
    *((0x300, 0x36F), (0x2000, 0x206F), (0xD800, 0xDFFF), (0xE000, 0xE0FF), (0x1F300, 0x1F6FF), (0, 0x1F)),
)
MARKS = (
    "- ",
    "* ",
    "1. ",
    "(2) ",
    "• ",
    "「",
    '"',
    "'",
    "[x] ",
    "#",
    "@",
    "＠",
    "=",
    "..",
    "{{ 7*7 }}",
    "<b>",
    "\\",
    "%s",
    "",
)
ENDS = ("\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\n\n")
INDENTS = ("", "", "", "  ", "\t", "    ", "\u3000", " ")
POSITIONS = (
    "",
    "",
    "",
    " @ 1, 2",
    " @ 91, 0",
    " @ -33.9, 151.2",
    "@",
    " @ x",
    " @ 48.8 N, 2.3 E",
    " @ 1e9, 1",
)


def names(gazetteer):
    """Names of all kinds: own, other and foreign ones, codes, and pairs with commas."""
    found = [key for row in gazetteer._country_rows.values() for key in row[7].split("|") if key]
    found += [country.id for country in gazetteer.countries] + [
        country.name for country in gazetteer.countries
    ]
    for country in gazetteer.countries:
        found += [city.name for city in gazetteer.cities(country.id, limit=30)]
    return found


def word(chance, known):
    """A name, or letters of one script, or of several."""
    kind = chance.random()
    if kind < 0.6:
        return chance.choice(known)
    if kind < 0.7:
        return ", ".join(chance.choices(known, k=chance.choice((2, 3, 60))))
    low, high = chance.choice(SCRIPTS)
    return "".join(chr(chance.randint(low, high)) for _ in range(chance.choice((1, 3, 8, 30, 30, 400))))


def text(chance, known):
    """One outline."""
    lines, indents = [], chance.choice(((0,), (0,), (0, 1), (0, 1, 1, 2, 9)))
    for _ in range(chance.choice((1, 1, 2, 3, 8, 40, 300))):
        line = chance.choice(INDENTS) * chance.choice(indents) + chance.choice(MARKS) * chance.choice(
            (0, 0, 1, 3)
        )
        lines.append(line + word(chance, known) + chance.choice(POSITIONS) + chance.choice(ENDS))
    return "".join(lines)


def hard_cases(known):
    """Texts that are long in one way."""
    yield "\n".join(f"{name} @ {index % 80}, {index % 170}" for index, name in enumerate(["San José"] * 2000))
    yield "\n".join(["San José", "Santa Maria", "Springfield", "Valencia"] * 500)
    yield "\n".join(known[:2000])
    yield ",".join(["Georgia"] * 70)
    yield ", ".join(["US", "Texas", "Paris"] * 30)
    yield "- " * 200 + "x"
    yield "(" * 400
    yield '"' * 499
    yield "1. " * 160 + "x"
    yield "@" * 500
    yield "a\u0300" * 240
    yield "\ufdfa" * 500
    yield "\n" * 200_000 + "x"
    yield "x" * 1_000_000
    yield "\n".join(f"Frence{index}" * 60 for index in range(1999))


def ask(content, gazetteer):
    """(what came out, processor seconds)."""
    started = time.process_time()
    try:
        outline = parse_outline(content, gazetteer)
        format_outline(outline.roots)
        outcome = "read" if len(outline.notes) <= 20 else "too many notes"
    except LabelError as error:
        outcome = "refused" if str(error).count("\n") <= 20 else "too many lines"
    except RecursionError:
        outcome = "RecursionError"
    return outcome, time.process_time() - started


def main():
    """Read the command line and ask."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=15)
    arguments = parser.parse_args()
    gazetteer, chance = Gazetteer.load(), random.Random(arguments.seed)
    known = names(gazetteer)
    parse_outline("Georgia @ 1, 1", gazetteer)  # the indexes are made at the first
    outcomes, slowest = Counter(), (0.0, "")
    for content in (*hard_cases(known), *(text(chance, known) for _ in range(arguments.cases))):
        outcome, seconds = ask(content, gazetteer)
        outcomes[outcome] += 1
        slowest = max(slowest, (seconds, content[:60]))
    print(f"{dict(outcomes)}; the slowest took {slowest[0]:.2f} s: {slowest[1]!r}")
    return set(outcomes) - {"read", "refused"} or slowest[0] > LIMIT_SECONDS


if __name__ == "__main__":
    sys.exit(bool(main()))
