"""The area "Ask about clues" under an answer: the same photo scored against captions of clues."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

import gradio as gr
import numpy as np

from streetclip_demo.errors import NeedsRealModel
from streetclip_demo.page.clues.bench_html import Shares, gate_html, readings_html
from streetclip_demo.page.frame.asker import check_asker
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUICK
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session
from streetclip_demo.practice.facts import CLUES
from streetclip_demo.progress import Progress
from streetclip_demo.report.sentences import message_html
from streetclip_demo.teaching.clue_bench import clue_captions, flat
from streetclip_demo.words.language import text

Asked = TypeVar("Asked")  # a photo, of the kind that is asked for


@dataclass(frozen=True, eq=False)
class ClueArea:
    """A foldable area; it asks when it is opened."""

    fold: gr.Accordion
    view: gr.HTML


def clue_shares(
    ask: Callable[[Asked, Sequence[str], bool, Progress | None], np.ndarray],
    photo: Asked,
    clues: Collection[str],
    anyway: bool = False,
    progress: Progress | None = None,
) -> Shares:
    """For each clue, how the photo is shared among the captions of its values.

    All captions are asked for at once: a model reads them together in fewer batches than clue by clue.
    """
    captions = clue_captions(clues)
    together = ask(photo, flat(captions), anyway, progress).tolist()
    shares: dict[str, dict[str, float]] = {}
    for key, values in captions.items():
        mine, together = together[: len(values)], together[len(values) :]
        shares[key] = {value: share / sum(mine) for value, share in zip(values, mine, strict=True)}
    return shares


def clues_html(
    services: Services, session: Session, is_shown: bool = False, progress: Progress | None = None
) -> str:
    """What the model says of the clues in the session's photo, or why not; `is_shown`: the page shows one."""
    if session.photo is None:
        return message_html(text.ANSWER_LOST if is_shown else text.CLUES_NO_PHOTO)
    if session.photo.view is None:  # the answer comes first, for which the photo is read again
        return message_html(text.WAITING_FOR_MODEL)
    is_practice = services.model_state().is_practice
    clues = services.gate.learnt if is_practice else tuple(CLUES)
    try:
        shares = clue_shares(services.ask_captions, session.photo, clues, session.anyway, progress)
    except NeedsRealModel:
        return message_html(text.NEEDS_REAL_MODEL, text.NEEDS_REAL_MODEL_BODY)
    note = text.CLUES_GATED if is_practice else text.CLUES_NOT_MEASURED
    return readings_html(shares, note=note) + (gate_html(services.gate) if is_practice else "")


def build_clue_area() -> ClueArea:
    """Place it, closed."""
    with gr.Accordion(text.CLUES_ASK, open=False, elem_id="clue-area") as fold:
        view = gr.HTML(elem_id="clue-readings", apply_default_css=False)
    return ClueArea(fold, view)


def wire_clue_area(services: Services, area: ClueArea, kept: Kept, has: gr.Textbox, answer: gr.HTML) -> None:
    """Ask when it is opened; close it when there is another answer."""

    def ask(has, request: gr.Request, progress=gr.Progress()):  # noqa: B008 - Gradio looks for it in the signature
        def report(done: int, total: int) -> None:
            check_asker()
            progress((done, total), desc=text.READING_CLUES)

        return clues_html(services, kept.visitor(request).session, is_shown=bool(has), progress=report)

    area.fold.expand(ask, has, area.view, api_visibility="private", concurrency_id=MODEL_QUEUE)
    answer.change(None, None, [area.fold, area.view], js="streetclip.closedFold", **QUICK)
