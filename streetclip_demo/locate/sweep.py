"""What each part of a photo does to its answer: windows brushed out one after the other.

All are estimated first (windows.py says how); those that seem to matter most are then asked about as the brush does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.locator import AnyPhoto, Embedded
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.what_if import Change, change, without_part
from streetclip_demo.photos.brush import Box, mask_of
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.progress import Progress

SIDE = 7  # windows in a row, and rows
ASKED = 14  # of the 49, as many as name the strongest of all in 95 of 100 drawn streets


@dataclass(frozen=True)
class Sweep:
    """What each window does.

    Attributes
    ----------
    boxes : tuple of (left, top, right, bottom)
        The windows, row by row, as shares of the sides of the square that the model sees.
    changes : tuple of Change
        What became of the answer without each.
    is_asked : tuple of bool
        Whether the model was asked about the window; else its change is an estimate.
    """

    boxes: tuple[Box, ...]
    changes: tuple[Change, ...]
    is_asked: tuple[bool, ...]

    @property
    def strongest(self) -> int:
        """The window, of those that the model was asked about, without which the share is the smallest."""
        asked = [number for number, is_asked in enumerate(self.is_asked) if is_asked]
        return min(asked, key=lambda number: self.changes[number].share_after)

    @property
    def fallen(self) -> np.ndarray:
        """By how much the share falls without each window, (rows, columns)."""
        fallen = [change.share_before - change.share_after for change in self.changes]
        return np.array(fallen).reshape(SIDE, SIDE)


def windows() -> tuple[Box, ...]:
    """The windows, row by row."""
    edges = [(number / SIDE, (number + 1) / SIDE) for number in range(SIDE)]
    return tuple((left, top, right, bottom) for top, bottom in edges for left, right in edges)


def sweep(
    locator: ClipLocator,
    photo: AnyPhoto,
    question: Question,
    before: Prediction,
    fill: str = "surroundings",
    progress: Progress | None = None,
    asked: int = ASKED,
) -> Sweep:
    """Brush one window after the other out of a photo.

    Parameters
    ----------
    locator : ClipLocator
    photo : Photo or KeptPhoto
    question : Question
    before : Prediction
        What `locate` answered to it.
    fill : {"surroundings", "blur", "mean"}
    progress : callable, optional
        Called with (windows asked about, of them in all); what it raises ends the work.
    asked : int
        Windows that the model is asked about; all 49 need no estimates.
    """
    boxes, view = windows(), locator.view(photo)
    cuts = [without_part(photo, view, mask_of([box], view.width), fill) for box in boxes]
    changes: list[Change | None] = [None] * len(boxes)
    order: Sequence[int] = range(len(boxes))
    if asked < len(boxes):
        estimates = locator.encoder.window_embeddings(view, [locator.view(cut) for cut in cuts], boxes)
        for number, embedding in enumerate(estimates):
            after = locator.answer(Embedded(embedding, photo.digest, photo.notes), question)
            changes[number] = change(before, after)
        order = sorted(order, key=lambda number: _share(changes[number]))[:asked]
    for done, number in enumerate(order):
        if progress is not None:
            progress(done, len(order))
        changes[number] = change(before, locator.locate(cuts[number], question))
    if progress is not None:
        progress(len(order), len(order))
    is_asked = tuple(number in order for number in range(len(boxes)))
    return Sweep(boxes, tuple(one for one in changes if one is not None), is_asked)


def _share(one: Change | None) -> float:
    return 0.0 if one is None else one.share_after
