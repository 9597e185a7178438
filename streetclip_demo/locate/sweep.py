"""What each part of a photo does to its answer: windows brushed out one after the other, coarse first.

All windows are estimated first (windows.py says how); those that seem to matter most are then asked about as the brush
does, and so are the quarters of the one that matters most.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.errors import QuestionError
from streetclip_demo.locate.locator import AnyPhoto, Embedded, PageLocator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.what_if import Change, change, without_part
from streetclip_demo.photos.brush import Box, mask_of
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.posterior.deciding import deciding_level
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.progress import Progress

SIDE = 7  # windows in a row, and rows
ASKED = 12  # of the 49, as many as hold the strongest of all in 97 % of drawn streets
QUARTERS = 4
ALL = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Window:
    """A part of a photo, and what becomes of the answer without it."""

    box: Box  # shares of the sides of the square that the model sees
    change: Change | None = None  # None: not known yet
    is_asked: bool = False  # the model was asked; else the change is an estimate

    @property
    def known(self) -> Change:
        """The change, of a sweep that is done."""
        assert self.change is not None
        return self.change

    @property
    def fallen(self) -> float:
        """By how much the share falls without it; 0 as long as that is not known."""
        return self.change.share_before - self.change.share_after if self.change else 0.0


@dataclass(frozen=True)
class Sweep:
    """What each window does, as far as it has come.

    Attributes
    ----------
    windows : tuple of Window
        Row by row.
    quarters : tuple of Window
        Of the strongest window, once all others are done; none where a GPU elsewhere computes.
    done, steps : int
        How far it is, of how many; equal at the end.
    """

    windows: tuple[Window, ...]
    quarters: tuple[Window, ...]
    done: int
    steps: int

    @property
    def strongest(self) -> int | None:
        """The window, of those that the model was asked about, without which the share is the smallest."""
        asked = [number for number, window in enumerate(self.windows) if window.is_asked]
        return max(asked, key=lambda number: self.windows[number].fallen) if asked else None

    @property
    def fallen(self) -> np.ndarray:
        """By how much the share falls without each window, (rows, columns)."""
        return np.array([window.fallen for window in self.windows]).reshape(SIDE, SIDE)


def windows() -> tuple[Box, ...]:
    """The windows, row by row."""
    edges = [(number / SIDE, (number + 1) / SIDE) for number in range(SIDE)]
    return tuple((left, top, right, bottom) for top, bottom in edges for left, right in edges)


def quarters(box: Box) -> tuple[Box, ...]:
    """The four parts of a box."""
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    return (left, top, x, y), (x, top, right, y), (left, y, x, bottom), (x, y, right, bottom)


@dataclass(frozen=True)
class Swept:
    """What is swept: a photo, what was asked about it and answered, and what a window is filled with."""

    photo: AnyPhoto
    question: Question
    before: Prediction
    fill: str = "surroundings"


def sweep(locator: PageLocator, swept: Swept, progress: Progress | None = None, asked: int = ASKED) -> Sweep:
    """Brush one window after the other out of a photo; `sweeping` to the end.

    Parameters
    ----------
    locator : PageLocator
    swept : Swept
    progress : callable, optional
        Called with (steps done, steps in all) after each; what it raises ends the work.
    asked : int
        Windows that the model is asked about; all 49 need no estimates.
    """
    for so_far in sweeping(locator, swept, asked):
        if progress is not None:
            progress(so_far.done, so_far.steps)
    return so_far


def sweeping(locator: PageLocator, swept: Swept, asked: int = ASKED) -> Iterator[Sweep]:
    """The sweep after each step; whoever has seen enough asks for no more.

    Where each call waits for a GPU elsewhere all windows are asked about, in one call, and no quarters.
    QuestionError where one label has everything whatever is brushed out.
    """
    if len(deciding_level(swept.before.roots).nodes) == 1:
        raise QuestionError(
            "The list has one label, which keeps everything whatever is brushed out. Add another."
        )
    found = [Window(box) for box in windows()]
    steps = len(found) if locator.encoder.is_far else asked + QUARTERS + (asked < len(found)) * len(found)
    for done, (number, window) in enumerate(_steps(locator, swept, found, asked), start=1):
        found[number : number + 1] = [window]
        yield Sweep(tuple(found[: SIDE**2]), tuple(found[SIDE**2 :]), done, steps)


def _steps(
    locator: PageLocator, swept: Swept, found: Sequence[Window], asked: int
) -> Iterator[tuple[int, Window]]:
    """Numbers of windows with what becomes of the answer without them; those after the last are the quarters.

    Each is in `found` when the next one is asked for.
    """
    boxes, view = [window.box for window in found], locator.view(swept.photo)
    count = len(boxes)

    def cut(box: Box) -> KeptPhoto:
        return without_part(swept.photo, view, mask_of([box], view.width), swept.fill)

    def told(embedded: Embedded) -> Change:
        return change(swept.before, locator.answer(embedded, swept.question))

    if locator.encoder.is_far:
        seen = locator.estimated(swept.photo, [cut(box) for box in boxes], [ALL] * count)
        yield from ((number, Window(boxes[number], told(one), True)) for number, one in enumerate(seen))
        return
    if asked < count:
        seen = locator.estimated(swept.photo, [cut(box) for box in boxes], boxes)
        yield from ((number, Window(boxes[number], told(one))) for number, one in enumerate(seen))
    likeliest = sorted(range(count), key=lambda number: -found[number].fallen)[:asked]
    for number in likeliest:
        yield number, Window(boxes[number], told(locator.embed([cut(boxes[number])])[0]), True)
    strongest = max(likeliest, key=lambda number: found[number].fallen)
    for number, box in enumerate(quarters(boxes[strongest])):
        yield count + number, Window(box, told(locator.embed([cut(box)])[0]), True)
