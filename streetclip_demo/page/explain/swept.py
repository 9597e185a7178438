"""What each part of a photo does to its answer, as HTML that fills while it is computed."""

import functools
import time
from collections.abc import Iterator
from dataclasses import replace

from streetclip_demo.errors import UserError
from streetclip_demo.locate.reasons import Reasons
from streetclip_demo.locate.sweep import Sweep, Swept
from streetclip_demo.markup import filled
from streetclip_demo.page.explain.explained import Explained, explained
from streetclip_demo.page.frame.asker import check_asker
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Visitor
from streetclip_demo.photos.brush import FILLS
from streetclip_demo.report.reasons import cells
from streetclip_demo.report.sentences import swept_sentence
from streetclip_demo.words.language import text

SECONDS_BETWEEN = 0.5  # two pictures, at least


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
        if visitor.sweeping not in (mine, None):
            return  # another sweep goes on, or another model's answer is explained
        asked.note(visitor, functools.partial(_with_sweep, so_far))
        if visitor.sweeping is None:
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
    is_partial = so_far.done < so_far.steps
    return filled("page/explain/explain", "swept", asked.name, cells(so_far), told, how_far, is_partial)
