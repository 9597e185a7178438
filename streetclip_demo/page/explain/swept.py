"""What each part of a photo does to its answer, as HTML that fills while it is computed."""

import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from streetclip_demo.errors import UserError
from streetclip_demo.locate.sweep import SIDE, Sweep, Swept, Window
from streetclip_demo.markup import filled
from streetclip_demo.page.explain.explained import Explained, explained
from streetclip_demo.page.frame.asker import check_asker
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.reasons import Reasons
from streetclip_demo.page.frame.session import Visitor
from streetclip_demo.photos.brush import FILLS
from streetclip_demo.report.sentences import STAYS_KM, swept_sentence
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import decimal, kilometres

SECONDS_BETWEEN = 0.5  # two pictures, at least


@dataclass(frozen=True)
class Cell:
    """A part, as the picture shows it."""

    points: str  # by which the share changes; "" as long as that is not known
    distance: str  # by which the pin moves; "" where it stays
    weight: float  # from -1 to 1: by how much the share falls (or rises) beside the largest change of all
    is_strongest: bool = False
    quarters: tuple["Cell", ...] = ()


def sweeps_html(services: Services, visitor: Visitor, fill: str, model: str = "") -> Iterator[str]:
    """The picture again and again, until all parts are done, the visitor stops it, asks something else or leaves."""
    if fill not in FILLS:
        raise UserError(text.DOES_NOT_FIT)
    asked = explained(services, visitor.session, model)
    if asked is None:
        yield filled("page/explain/explain", "said", text.ANSWER_LOST)
        return
    mine = visitor.sweeping = object()
    drawn = -SECONDS_BETWEEN
    for so_far in asked.by.sweep(Swept(asked.photo, asked.question, asked.prediction, fill)):
        check_asker()
        if not asked.is_shown_in(visitor.session):
            return  # the page shows another answer by now
        asked.note(visitor, functools.partial(_with_sweep, so_far))
        if visitor.sweeping is not mine:
            break
        if time.monotonic() - drawn >= SECONDS_BETWEEN:
            yield swept_html(asked, so_far, goes_on=True)
            drawn = time.monotonic()
    visitor.sweeping = None
    yield swept_html(asked, so_far)


def _with_sweep(so_far: Sweep, reasons: Reasons) -> Reasons:
    return replace(reasons, swept=so_far)


def swept_html(asked: Explained, so_far: Sweep, goes_on: bool = False) -> str:
    """A sweep as far as it has come."""
    told = swept_sentence(so_far, asked.prediction)
    how_far = (so_far.done, so_far.steps) if goes_on else None
    return filled("page/explain/explain", "swept", cells(so_far), told, how_far, so_far.done < so_far.steps)


def cells(so_far: Sweep) -> list[list[Cell]]:
    """Its parts row by row; the strongest, once it is known, with its quarters."""
    largest = max(abs(window.fallen) for window in (*so_far.windows, *so_far.quarters)) or 1.0
    quarters = tuple(_cell(quarter, largest) for quarter in so_far.quarters)
    found = [_cell(window, largest) for window in so_far.windows]
    if so_far.strongest is not None:
        strongest = found[so_far.strongest]
        found[so_far.strongest] = replace(strongest, is_strongest=True, quarters=quarters)
    return [found[row * SIDE : (row + 1) * SIDE] for row in range(SIDE)]


def _cell(window: Window, largest: float) -> Cell:
    if window.change is None:
        return Cell("", "", 0)
    points = decimal(-100 * window.fallen, 0).removeprefix("−0") or "0"
    signed = f"+{points}" if window.fallen < 0 and points != "0" else points
    moved = window.change.moved_km or 0
    distance = kilometres(moved) if moved >= STAYS_KM else ""
    return Cell(("" if window.is_asked else "~") + signed, distance, window.fallen / largest)
