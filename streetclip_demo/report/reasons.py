"""Why it was answered so, as HTML that needs nothing else: the map of a place, what was brushed out, the sweep.

The square is part of the photo: it is only there where the photo is wanted.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

from streetclip_demo.locate.reasons import Reasons, Spoken
from streetclip_demo.locate.sweep import SIDE, Sweep, Window
from streetclip_demo.locate.what_if import change
from streetclip_demo.markup import filled
from streetclip_demo.photos.overlay import overlay
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.posterior.attribution import Attribution
from streetclip_demo.report.sentences import STAYS_KM, changed, looked_at, spoken_parts, swept_sentence
from streetclip_demo.words.readable import decimal, kilometres

PICTURE_PX = 336


@dataclass(frozen=True)
class Cell:
    """A part, as the picture of a sweep shows it."""

    points: str  # by which the share changes; "" as long as that is not known
    distance: str  # by which the pin moves; "" where it stays
    weight: float  # from -1 to 1: by how much the share falls (or rises) beside the largest change of all
    is_strongest: bool = False
    quarters: tuple["Cell", ...] = ()


@dataclass(frozen=True)
class Told:
    """What was asked, as sentences and pictures; "" and empty where something was not."""

    speaks: tuple[str, str] = ("", "")  # which clues speak for a row, and what is not known of that
    looked: str = ""
    layer: str = ""
    brushed: str = ""
    swept: str = ""
    rows: Sequence[list[Cell]] = ()
    square: str = ""
    without: str = ""  # the square without what was brushed out


def reasons_html(reasons: Reasons | None, with_photo: bool, spoken: Spoken | None = None) -> str:
    """All that was asked, and what the page says speaks for a row; "" where there is nothing."""
    told = Told() if reasons is None else _told(reasons, with_photo)
    told = replace(told, speaks=spoken_parts(spoken))
    is_empty = not (told.speaks[0] or told.looked or told.brushed or told.rows)
    return "" if is_empty else filled("report/reasons", "reasons", told)


def _told(reasons: Reasons, with_photo: bool) -> Told:
    prediction, brushed, swept = reasons.prediction, reasons.brushed, reasons.swept
    told = Told(
        looked=looked_at(reasons.looked, prediction) if reasons.looked else "",
        layer=layer_uri(reasons.looked) if reasons.looked else "",
        brushed=changed(change(prediction, brushed.after), prediction, brushed.after) if brushed else "",
        swept=swept_sentence(swept, prediction) if swept else "",
        rows=cells(swept) if swept else (),
    )
    if not with_photo or reasons.photo.view is None:
        return told
    without = data_uri(brushed.view, PICTURE_PX) if brushed else ""
    return replace(told, square=data_uri(reasons.photo.view, PICTURE_PX), without=without)


def layer_uri(looked: Attribution) -> str:
    """What raised and lowered a place, as a data URI, to lie over the square."""
    buffer = io.BytesIO()
    overlay(looked.patches, PICTURE_PX).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def cells(so_far: Sweep) -> list[list[Cell]]:
    """A sweep's parts row by row; the strongest, once it is known, with its quarters."""
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
    points = decimal(-100 * window.fallen, 0)
    if points in ("0", "−0"):
        points = "0"
    elif window.fallen < 0:
        points = f"+{points}"
    moved = window.change.moved_km or 0
    distance = kilometres(moved) if moved >= STAYS_KM else ""
    return Cell(("" if window.is_asked else "~") + points, distance, window.fallen / largest)
