"""What a visitor paints over, as a page's script reports it, and what became of the answer, as HTML."""

import numpy as np

from streetclip_demo.errors import UserError
from streetclip_demo.locate.what_if import change, without_part
from streetclip_demo.markup import filled
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session
from streetclip_demo.photos.brush import FILLS
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.progress import Progress
from streetclip_demo.report.sentences import changed
from streetclip_demo.words.language import text

CELLS = 32  # a side of the grid that is painted on; assets/explain.js has it from the page
PICTURE_PX = 336


def painted(cells: str) -> np.ndarray:
    """The cells that were painted (rows, columns), bool, of a "0" or "1" for each, row by row."""
    if len(cells) != CELLS**2 or not set(cells) <= set("01"):
        raise UserError(text.DOES_NOT_FIT)
    return np.array([cell == "1" for cell in cells]).reshape(CELLS, CELLS)


def without_html(
    services: Services, session: Session, mask: np.ndarray, fill: str, progress: Progress | None = None
) -> str:
    """What became of a session's answer without what is painted; nothing where nothing is."""
    if fill not in FILLS:
        raise UserError(text.DOES_NOT_FIT)
    if session.photo is None or session.photo.view is None or session.prediction is None:
        return filled("page/explain/explain", "said", text.ANSWER_LOST)
    assert session.question is not None  # an answer has one
    if session.counts_several:
        return filled("page/explain/explain", "said", text.WHY_SEVERAL)
    if not mask.any():
        return ""
    brushed = without_part(session.photo, session.photo.view, mask, fill)
    assert brushed.view is not None
    after = services.locate(brushed, session.question, progress)
    sentence = changed(change(session.prediction, after), session.prediction, after)
    return filled("page/explain/explain", "without", sentence, data_uri(brushed.view, PICTURE_PX))
