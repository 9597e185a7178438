"""What the clue bench says: how the posterior moved, which clue moved it, what is read, what was measured; as HTML."""

from collections.abc import Mapping, Sequence
from html import escape

from streetclip_demo.practice.facts import CLUES
from streetclip_demo.practice.gate import Gate
from streetclip_demo.teaching.clue_bench import Credit, Move
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import percent

SEEN = 0.01  # a smaller move of the whole posterior is not told as one
Shares = Mapping[str, Mapping[str, float]]  # clue -> value -> probability


def moved_html(moves: Sequence[Move], credits: Sequence[Credit], unread: Sequence[str]) -> str:
    """Labels before and after the last change, and which clue did it; `unread` are changed clues not to be named."""
    sentences = [_credit(credit) for credit in credits]
    if unread:
        sentences.append(text.BENCH_UNREAD.format(clues=text.COMMA.join(clue_name(key) for key in unread)))
    told = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    rows = "".join(_move(move) for move in moves)
    return (
        f'<section class="moved"><h2>{escape(text.BENCH_MOVED)}</h2><ul class="credits">{told}</ul>'
        f"<table><thead><tr><th>{escape(text.BENCH_COUNTRY)}</th><th>{escape(text.BENCH_BEFORE)}</th>"
        f"<th>{escape(text.BENCH_NOW)}</th><th></th></tr></thead><tbody>{rows}</tbody></table></section>"
    )


def first_html() -> str:
    """What to do on the bench, before the first change."""
    return f'<section class="moved"><h2>{escape(text.BENCH_MOVED)}</h2><p>{escape(text.BENCH_FIRST)}</p></section>'


def readings_html(shares: Shares, truth: Mapping[str, str] | None = None, note: str = "") -> str:
    """What a model reads in a picture, clue by clue: the caption that fits best, and by how much.

    `truth` are the clues that were drawn, where they are known.
    """
    rows = "".join(_reading(key, values, truth) for key, values in shares.items())
    about = f'<p class="about">{escape(note)}</p>' if note else ""
    return f'<section class="readings">{about}<ul>{rows}</ul></section>'


def gate_html(gate: Gate) -> str:
    """The measured table, one click away."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(clue_name(key))}</th><td>{percent(row.accuracy)}</td>"
        f"<td>{percent(row.majority)}</td><td>{row.mean_drop:.2f}</td>"
        f"<td>{escape(text.GATE_YES if row.learnt else text.GATE_NO)}</td></tr>"
        for key, row in gate.clues.items()
    )
    heads = "".join(f"<th scope='col'>{escape(head)}</th>" for head in text.GATE_HEADS)
    about = text.GATE_ABOUT.format(accuracy=percent(gate.country_accuracy), scenes=f"{gate.country_scenes:,}")
    return (
        f'<details class="gate"><summary>{escape(text.GATE)}</summary><p>{escape(about)}</p>'
        f'<div class="scroll" tabindex="0"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def clue_name(key: str) -> str:
    """A clue's plain name."""
    return CLUES[key].label


def _credit(credit: Credit) -> str:
    clue = CLUES[credit.clue]
    words = {"before": clue.phrases[credit.before], "after": clue.phrases[credit.after], "clue": clue.label}
    if credit.moved < SEEN:
        return text.BENCH_STILL.format(**words)
    return text.BENCH_CREDIT.format(share=percent(credit.moved), **words)


def _move(move: Move) -> str:
    bars = "".join(
        f'<span class="{kind}" style="width:{value:.2%}"></span>'
        for kind, value in (("old", move.before), ("new", move.after))
    )
    return (
        f"<tr><th scope='row'>{escape(move.name)}</th><td>{percent(move.before)}</td><td>{percent(move.after)}</td>"
        f"<td><span class='pair' aria-hidden='true'>{bars}</span></td></tr>"
    )


def _reading(key: str, values: Mapping[str, float], truth: Mapping[str, str] | None) -> str:
    best = max(values, key=lambda value: values[value])
    rest = sorted(values.items(), key=lambda item: -item[1])[:5]
    others = "".join(
        f"<li><span>{escape(CLUES[key].phrases[value])}</span><span class='share'>{percent(share)}</span>"
        f"<span class='bar' aria-hidden='true'><span style='width:{share:.2%}'></span></span></li>"
        for value, share in rest
    )
    verdict = ""
    if truth is not None:
        said = text.BENCH_RIGHT if truth[key] == best else text.BENCH_WRONG
        verdict = f" <span class='{'right' if truth[key] == best else 'wrong'}'>{escape(said)}</span>"
    return (
        f"<li><details><summary><span class='clue'>{escape(clue_name(key))}</span> "
        f"<span class='said'>{escape(CLUES[key].phrases[best])}</span> "
        f"<span class='share'>{percent(values[best])}</span>"
        f"{verdict}</summary><ul>{others}</ul></details></li>"
    )
