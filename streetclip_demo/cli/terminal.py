"""What a terminal shows besides answers: how far something is, one line for an error. Knows no model."""

import sys
import unicodedata

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.errors import UserError, complain
from streetclip_demo.progress import Counting, Progress
from streetclip_demo.words.text import STAGES


class Counter:
    """Progress as percentages on one line of a terminal; one line at the end where it is none."""

    def __init__(self, stream):
        self._stream = stream

    def show(self, what: str) -> Progress:
        """A progress function for one task."""

        def report(done: int, total: int) -> None:
            is_done = done >= total
            if is_done or self._stream.isatty():
                line = f"{what}: {done / max(total, 1):.0%}"
                print(
                    f"\r{line}" if self._stream.isatty() else line,
                    end="\n" if is_done else "",
                    file=self._stream,
                )
                self._stream.flush()

        return report


def on_terminal(card: ModelCard) -> Counting:
    """A stage of loading a model to what shows on standard error how far it is."""
    return lambda stage: Counter(sys.stderr).show(STAGES[stage].format(title=card.title))


def progress_on_terminal(what: str) -> Progress | None:
    """Progress on a terminal; none where standard error goes into a file."""
    return Counter(sys.stderr).show(what) if sys.stderr.isatty() else None


def complain_plainly(error: UserError | str) -> int:
    """One line on standard error that cannot steer a terminal, and the exit status that goes with it."""
    return complain(UserError(plain(" ".join(str(error).split()))))


def plain(text: str) -> str:
    """Text without the characters that could steer a terminal."""
    if text.isprintable():
        return text
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text)


def width(text: str) -> int:
    """Columns on a terminal: none for a combining mark, two for a wide letter."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def padded(text: str, columns: int) -> str:
    """Text in so many columns: cut off or filled up."""
    if width(text) > columns:
        while width(text) > columns - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (columns - width(text))
