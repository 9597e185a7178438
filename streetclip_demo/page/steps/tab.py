"""The tab "Step by step": how the answer to the current photo came about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import gradio as gr

from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.clues.speaking_line import speaking_html
from streetclip_demo.page.explain.explained import reasons_of
from streetclip_demo.page.explain.looked import looked_html
from streetclip_demo.page.frame.asker import check_asker
from streetclip_demo.page.frame.following import asked_while_seen, chosen_path
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import event_field
from streetclip_demo.page.frame.maps import answer_frame
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUEUED, QUICK
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.steps.steps import Explained, nothing_html, steps_html
from streetclip_demo.report.reasons import reasons_html
from streetclip_demo.words.language import text


@dataclass(frozen=True, eq=False)
class StepsTab:
    """The tab's components."""

    tab: gr.Tab
    view: gr.HTML
    why: gr.HTML  # unseen: what the last screen shows, which the browser puts there


# Callbacks


def explain(services: Services, session: Session, theme: str, is_shown: bool = False) -> str:
    """The steps for a visitor's answer, or why there are none; `is_shown`: the page shows a photo."""
    if session.photo is None and is_shown:
        return nothing_html(text.ANSWER_LOST)
    if session.photo is None:
        return nothing_html(text.STEPS_NO_PHOTO)
    if session.prediction is None:
        return nothing_html(text.STEPS_NO_ANSWER)
    if session.prediction.belief:
        return nothing_html(text.STEPS_POINTS.format(model=session.prediction.model))
    drawn = answer_frame(session.prediction, services.gazetteer, theme)
    return steps_html(Explained(session.photo, session.prediction, drawn))


def why_html(services: Services, visitor: Visitor, path: Sequence[str]) -> str:
    """What the last screen shows of the row that is chosen: what was asked of it, a map of it, its clues."""
    speaking_html(services, visitor, path)
    looked_html(services, visitor, path)
    session = visitor.session
    return reasons_html(reasons_of(session), True, session.spoken)


# Layout and wiring


def build_steps_tab() -> StepsTab:
    """Place the tab; nothing listens yet."""
    with gr.Tab(text.STEPS_TAB, id="steps-tab") as tab:
        view = gr.HTML(
            nothing_html(text.STEPS_NO_PHOTO),
            js_on_load=own_text(ASSETS / "steps.js"),
            elem_id="steps",
            apply_default_css=False,
        )
        why = gr.HTML(
            js_on_load=own_text(ASSETS / "steps_why.js"),
            visible="hidden",
            elem_id="steps-why",
            apply_default_css=False,
        )
    return StepsTab(tab, view, why)


class AnswerOnPage(Protocol):
    """The components by which another tab shows an answer."""

    @property
    def has(self) -> gr.Textbox: ...
    @property
    def theme(self) -> gr.Textbox: ...
    @property
    def tree(self) -> gr.HTML: ...


def wire_steps_tab(
    services: Services, steps: StepsTab, answer: AnswerOnPage, kept: Kept, tabs: gr.Tabs, path: gr.Textbox
) -> None:
    """Explain whatever the tab "Locate" shows: when the tab is opened, and when an answer comes while it is open.

    `path` is a hidden box for the row that is chosen there.
    """

    def show(has, theme, request: gr.Request):
        return explain(services, kept.visitor(request).session, theme, is_shown=bool(has))

    def why(path, request: gr.Request):
        check_asker()
        return why_html(services, kept.visitor(request), chosen_path(path))

    def leave(event: gr.EventData):
        return gr.Tabs(selected=event_field(event, "go", str))

    steps.tab.select(show, [answer.has, answer.theme], steps.view, **QUEUED)
    asked = asked_while_seen([answer.tree], "steps")
    asked.change(show, [answer.has, answer.theme], steps.view, **QUICK)
    steps.view.select(
        why,
        path,
        steps.why,
        js="streetclip.chosenRow",
        trigger_mode="always_last",  # or the reasons of an answer before might be the last ones
        show_progress="hidden",
        concurrency_id=MODEL_QUEUE,
        api_visibility="private",
    )
    steps.view.click(leave, None, tabs, **QUICK)
