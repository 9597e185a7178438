"""The tab "Step by step": how the answer to the current photo came about."""

from dataclasses import dataclass
from typing import Protocol

import gradio as gr

from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.explain.looked import looked_html
from streetclip_demo.page.frame.asker import check_asker
from streetclip_demo.page.frame.following import asked_while_seen
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import event_field
from streetclip_demo.page.frame.maps import answer_frame
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUEUED, QUICK
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session
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
    services: Services, steps: StepsTab, answer: AnswerOnPage, kept: Kept, tabs: gr.Tabs
) -> None:
    """Explain whatever the tab "Locate" shows: when the tab is opened, and when an answer comes while it is open."""

    def show(has, theme, request: gr.Request):
        return explain(services, kept.visitor(request).session, theme, is_shown=bool(has))

    def why(request: gr.Request):
        check_asker()
        visitor = kept.visitor(request)
        if visitor.session.reasons is None or visitor.session.reasons.looked is None:
            looked_html(services, visitor, ())
        return reasons_html(visitor.session.reasons, with_photo=True)

    def leave(event: gr.EventData):
        return gr.Tabs(selected=event_field(event, "go", str))

    steps.tab.select(show, [answer.has, answer.theme], steps.view, **QUEUED)
    asked = asked_while_seen(answer.tree, "steps")
    asked.change(show, [answer.has, answer.theme], steps.view, **QUICK)
    steps.view.select(
        why, None, steps.why, show_progress="hidden", concurrency_id=MODEL_QUEUE, api_visibility="private"
    )
    steps.view.click(leave, None, tabs, **QUICK)
