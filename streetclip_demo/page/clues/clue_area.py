"""The area "Ask about clues" under an answer: the same photo scored against captions of clues."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import gradio as gr
import numpy as np

from streetclip_demo.errors import NeedsRealModel
from streetclip_demo.locate.speaking import offered_clues
from streetclip_demo.page.clues.bench_html import Shares, gate_html, readings_html
from streetclip_demo.page.frame.asker import check_asker
from streetclip_demo.page.frame.following import chosen_path
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUICK
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session
from streetclip_demo.posterior.deciding import deciding_label
from streetclip_demo.progress import Progress
from streetclip_demo.report.sentences import message_html, told_tie
from streetclip_demo.teaching.clue_bench import clue_captions, flat, in_parts
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
    """For each clue, how the photo is shared among the captions of its values."""
    captions = clue_captions(clues)
    together = ask(photo, flat(captions), anyway, progress).tolist()
    shares: dict[str, dict[str, float]] = {}
    for key, values in captions.items():
        mine, together = together[: len(values)], together[len(values) :]
        shares[key] = {value: share / sum(mine) for value, share in zip(values, mine, strict=True)}
    return shares


def told_ties(
    services: Services, session: Session, path: Sequence[str], clues: Sequence[str]
) -> dict[str, list[str]]:
    """What each clue does to the row that is chosen, to the answer and to what it raises most."""
    prediction = session.prediction
    if session.photo is None or session.more or prediction is None or prediction.belief or prediction.mark:
        return {}
    names = [deciding_label(prediction, one).candidate.name for one in (path, ())]
    return {
        one.clue: [told_tie(tie) for tie in one.ties_to(names)]
        for one in services.read_clues(session.looked, prediction, clues) or ()
    }


def clues_html(
    services: Services,
    session: Session,
    is_shown: bool = False,
    path: Sequence[str] = (),
    progress: Progress | None = None,
) -> Iterator[str]:
    """What the model says of the clues in the session's photo, as they are read; or why not.

    `is_shown`: the page shows a photo; `path`: the row that is chosen. What is still to be read has its rows already,
    so that nothing moves.
    """
    if session.photo is None:
        yield message_html(text.ANSWER_LOST if is_shown else text.CLUES_NO_PHOTO)
        return
    if session.photo.view is None:  # the answer comes first, for which the photo is read again
        yield message_html(text.WAITING_FOR_MODEL)
        return
    is_practice = services.model_state().is_practice
    clues = offered_clues(services.gate, is_practice)
    note = text.CLUES_GATED if is_practice else text.CLUES_NOT_MEASURED
    end = gate_html(services.gate) if is_practice else ""
    shares: dict[str, Mapping[str, float]] = {}
    ties: dict[str, list[str]] = {}
    if not is_practice:  # which reads them at once, if it does
        yield readings_html(shares, note=note, unread=clues)
    for part in in_parts(clues):
        try:
            shares |= clue_shares(services.ask_captions, session.looked, part, session.anyway, progress)
        except NeedsRealModel:
            yield message_html(text.NEEDS_REAL_MODEL, text.NEEDS_REAL_MODEL_BODY)
            return
        ties |= told_ties(services, session, path, part)
        yield readings_html(shares, note=note, unread=clues[len(shares) :], ties=ties) + end


def build_clue_area() -> ClueArea:
    """Place it, closed."""
    with gr.Accordion(text.CLUES_ASK, open=False, elem_id="clue-area") as fold:
        view = gr.HTML(elem_id="clue-readings", apply_default_css=False)
    return ClueArea(fold, view)


def wire_clue_area(
    services: Services, area: ClueArea, kept: Kept, has: gr.Textbox, path: gr.Textbox, answer: gr.HTML
) -> None:
    """Ask when it is opened; close it when there is another answer. `path` is a hidden box for the chosen row."""

    def ask(has, path, request: gr.Request):
        session = kept.visitor(request).session
        yield from clues_html(
            services, session, bool(has), chosen_path(path), lambda done, total: check_asker()
        )

    area.fold.expand(
        ask,
        [has, path],
        area.view,
        js="streetclip.withRow",
        show_progress="minimal",
        api_visibility="private",
        concurrency_id=MODEL_QUEUE,
    )
    answer.change(None, None, [area.fold, area.view], js="streetclip.closedFold", **QUICK)
