"""What the clue bench says: how the posterior moved, which clue moved it, what is read, what was measured; as HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from streetclip_demo.markup import filled
from streetclip_demo.practice.facts import CLUES, Clue
from streetclip_demo.practice.gate import Gate
from streetclip_demo.teaching.clue_bench import Credit, Move
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import grouped, percent, said

SEEN = 0.01  # a smaller move of the whole posterior is not told as one
Shares = Mapping[str, Mapping[str, float]]  # clue -> value -> probability


@dataclass(frozen=True)
class Reading:
    """One clue as it is read."""

    clue: Clue
    likeliest: Sequence[tuple[str, float]]  # values with their shares
    truth: str  # the value that was drawn; "" where that is not known
    ties: Sequence[str]  # what it does to the answer


def moved_html(moves: Sequence[Move], credits: Sequence[Credit], unread: Sequence[str]) -> str:
    """Labels before and after the last change, and which clue did it; `unread` are changed clues not to be named."""
    sentences = [_credit(credit) for credit in credits]
    if unread:
        sentences.append(text.BENCH_UNREAD.format(clues=text.COMMA.join(clue_name(key) for key in unread)))
    return filled("page/clues/bench", "moved", sentences, moves)


def first_html() -> str:
    """What to do on the bench, before the first change."""
    return filled("page/clues/bench", "first")


def readings_html(
    shares: Shares,
    truth: Mapping[str, str] | None = None,
    note: str = "",
    unread: Sequence[str] = (),
    ties: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> str:
    """What a model reads in a picture, clue by clue: the caption that fits best, and by how much.

    `truth` are the clues that were drawn, where they are known; `unread` those that follow in a moment; `ties` what
    each does to the answer, in sentences.
    """
    readings = [
        Reading(
            CLUES[key],
            sorted(values.items(), key=lambda item: -item[1])[:5],
            truth[key] if truth else "",
            ties.get(key, ()),
        )
        for key, values in shares.items()
    ]
    return filled("page/clues/bench", "readings", readings, note, [CLUES[key] for key in unread])


def gate_html(gate: Gate) -> str:
    """The measured table, one click away."""
    about = text.GATE_ABOUT.format(
        accuracy=percent(gate.country_accuracy), scenes=grouped(gate.country_scenes)
    )
    rows = [(clue_name(key), row) for key, row in gate.clues.items()]
    return filled("page/clues/bench", "gate", about, rows)


def clue_name(key: str) -> str:
    """A clue's plain name."""
    return said(CLUES[key].label)


def _credit(credit: Credit) -> str:
    clue = CLUES[credit.clue]
    words = {"before": said(clue.phrases[credit.before]), "after": said(clue.phrases[credit.after])}
    if credit.moved < SEEN:
        return text.BENCH_STILL.format(**words)
    return text.BENCH_CREDIT.format(share=percent(credit.moved), **words)
