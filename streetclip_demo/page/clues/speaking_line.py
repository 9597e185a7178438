"""The line under an answer: the clues that speak for the row that is chosen in the tree.

It follows the answer by itself, and never keeps one waiting: what it needs of the photo is there, and while captions
are read it asks again later.
"""

from collections.abc import Sequence
from dataclasses import replace

import gradio as gr

from streetclip_demo.locate.reasons import Spoken
from streetclip_demo.locate.speaking import offered_clues, speaking_for
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.frame.following import chosen_path
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.messages import QUICK
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.posterior.deciding import deciding_label
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.report.sentences import spoken_parts
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import percent

LINE = '<div aria-live="polite">${value}</div>'


def speaking_html(services: Services, visitor: Visitor, path: Sequence[str]) -> str:
    """What speaks for the row that is chosen; nothing where nothing does, or where it would mean nothing.

    What is said is kept with the answer, for files, links and the steps to say the same.
    """
    session = visitor.session
    prediction = session.prediction
    if (
        session.photo is None
        or session.photo.view is None
        or session.more
        or prediction is None
        or not session.stands
    ):
        return ""
    if (
        prediction.belief or prediction.mark
    ):  # of points, and what a drawn street's model says of a photograph
        return ""
    told = _doubt_html(services, session, prediction)
    is_practice = services.model_state().is_practice
    read = services.read_clues(session.looked, prediction, offered_clues(services.gate, is_practice))
    if read is None:
        return told + filled("page/clues/bench", "speaking_later")
    label = deciding_label(prediction, path).candidate
    named = speaking_for(label.name, read)
    chosen = tuple(path) if label.name in path else ()  # else it was chosen in an earlier answer
    spoken = Spoken(prediction, label, chosen, named, is_practice)
    if visitor.session.prediction is prediction:
        visitor.session = replace(visitor.session, spoken=spoken)
    return told + (filled("page/clues/bench", "speaking", *spoken_parts(spoken)) if named else "")


def _doubt_html(services: Services, session: Session, prediction: Prediction) -> str:
    """A hint that the photo may be none of a street; a visitor may close it, which assets/speaking.js remembers."""
    assert session.photo is not None  # who asks has looked
    assert session.question is not None
    doubt = services.street_doubt(session.looked, prediction, session.question)
    if doubt is None:
        return ""
    kind = text.NOT_A_STREET_KINDS.get(doubt.kind, "")
    sentence = text.NOT_A_STREET.format(share=percent(doubt.false_alarms))
    return filled("page/clues/bench", "doubt", kind, sentence, session.photo.digest[:16])


def build_speaking_line() -> gr.HTML:
    """Place it, empty."""
    return gr.HTML(
        html_template=LINE,
        js_on_load=own_text(ASSETS / "speaking.js"),
        elem_id="speaking",
        apply_default_css=False,
    )


def wire_speaking_line(
    services: Services, line: gr.HTML, kept: Kept, path: gr.Textbox, tree: gr.HTML
) -> None:
    """Say it after each answer, and for each row that is chosen; `path` is a hidden box for that row."""

    def say(path, request: gr.Request):
        return speaking_html(services, kept.visitor(request), chosen_path(path))

    tree.change(None, None, line, js="streetclip.nothing", **QUICK)  # it was said of the answer before
    gr.on(
        [tree.change, line.select],
        say,
        path,
        line,
        js="streetclip.chosenRow",
        trigger_mode="always_last",
        **QUICK,
    )
