"""What a visitor paints over, as a page's script reports it, and what became of the answer, as HTML."""

import json
from dataclasses import dataclass, replace

import numpy as np

from streetclip_demo.errors import UserError
from streetclip_demo.locate.reasons import Brushed
from streetclip_demo.locate.what_if import change, without_part
from streetclip_demo.markup import filled
from streetclip_demo.page.explain.explained import explained
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Visitor
from streetclip_demo.page.frame.strokes import CELLS
from streetclip_demo.photos.brush import FILLS
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.progress import Progress
from streetclip_demo.report.reasons import PICTURE_PX
from streetclip_demo.report.sentences import changed
from streetclip_demo.words.language import text


@dataclass(frozen=True, eq=False)
class Brush:
    """What is painted over."""

    mask: np.ndarray  # (CELLS, CELLS), bool
    fill: str
    answer: str  # on whose square: `Explained.name`


def brush_of(cells: str, fill: str, answer: str) -> Brush:
    """What a page reports; UserError where it is none."""
    if fill not in FILLS:
        raise UserError(text.DOES_NOT_FIT)
    return Brush(painted(cells), fill, answer)


def told_brush(told: str) -> Brush:
    """The same of a page's JSON."""
    try:
        fields = json.loads(told)
    except ValueError:
        fields = None
    values = (
        [fields.get(name) for name in ("cells", "fill", "answer")] if isinstance(fields, dict) else [None]
    )
    if not all(isinstance(value, str) for value in values):
        raise UserError(text.DOES_NOT_FIT)
    return brush_of(*values)


def painted(cells: str) -> np.ndarray:
    """The cells that were painted (rows, columns), bool, of a "0" or "1" for each, row by row."""
    if len(cells) != CELLS**2 or not set(cells) <= set("01"):
        raise UserError(text.DOES_NOT_FIT)
    return np.array([cell == "1" for cell in cells]).reshape(CELLS, CELLS)


def without_html(
    services: Services,
    visitor: Visitor,
    brush: Brush,
    model: str = "",
    progress: Progress | None = None,
) -> str:
    """What became of a visitor's answer without what is painted; nothing where nothing is, or for an earlier answer."""
    asked = explained(services, visitor.session, model)
    if asked is None:
        return filled("page/explain/explain", "said", text.ANSWER_LOST)
    if brush.answer != asked.name:
        return ""
    if not brush.mask.any():
        asked.note(visitor, lambda reasons: replace(reasons, brushed=None))
        return ""
    assert asked.photo.view is not None  # or there were nothing to explain
    photo = without_part(asked.photo, asked.photo.view, brush.mask, brush.fill)
    assert photo.view is not None
    brushed = Brushed(brush.mask, brush.fill, photo.view, asked.by.locate(photo, asked.question, progress))
    if not asked.is_shown_in(visitor.session):
        return ""
    asked.note(visitor, lambda reasons: replace(reasons, brushed=brushed))
    sentence = changed(change(asked.prediction, brushed.after), asked.prediction, brushed.after)
    return filled("page/explain/explain", "without", asked.name, sentence, data_uri(photo.view, PICTURE_PX))
