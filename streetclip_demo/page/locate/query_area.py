"""The field "Or describe a place": a sentence in the photo's place, where the model reads sentences."""

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from streetclip_demo.errors import UserError
from streetclip_demo.locate.question import Question
from streetclip_demo.page.frame.address import MOST_QUERY
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.messages import MODEL_QUEUE
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.locate import answering
from streetclip_demo.page.locate.answering import Shown
from streetclip_demo.words.language import text


@dataclass(frozen=True, eq=False)
class QueryArea:
    """Its components."""

    sentence: gr.Textbox
    ask: gr.Button


def answer_sentence(services: Services, visitor: Visitor, sentence: str, theme: str) -> Shown:
    """What the page shows for a sentence; its photo, if it has one, is put away."""
    assert services.locate_query is not None  # or there is no area
    question = Question(services.presets[services.default_preset(services.model_state())])
    try:
        prediction = services.locate_query(sentence, question)
    except UserError as error:
        return answering.not_answered(error)
    visitor.session = Session(question=question, prediction=prediction, stands=True, sentence=sentence)
    return answering.shown_answer(services, question, prediction, theme)


def build_query_area() -> QueryArea:
    """Place it; nothing listens yet."""
    with gr.Accordion(text.QUERY, open=False, elem_id="query-area"):
        sentence = gr.Textbox(
            "", label=text.QUERY, info=text.QUERY_INFO, max_length=MOST_QUERY, elem_id="query-sentence"
        )
        ask = gr.Button(text.QUERY_ASK, size="md", elem_id="query-ask")
    return QueryArea(sentence, ask)


def wire_query_area(
    services: Services,
    area: QueryArea,
    kept: Kept,
    theme: gr.Textbox,
    shown: list,
    updates: Callable[[Shown], list],
    model_is_ready: gr.Textbox,
) -> None:
    """Answer at the button, the Enter key, or as the page's address asks when the model is there.

    `shown` are the photo, what is said of it, and the answer's parts.
    """

    def ask(sentence, theme, request: gr.Request):
        found = answer_sentence(services, kept.visitor(request), sentence, theme)
        is_answered = found.prediction is not None
        return [None if is_answered else gr.skip(), "" if is_answered else gr.skip(), *updates(found)]

    def begin(theme, request: gr.Request):
        visitor = kept.visitor(request)
        asked = visitor.address.query
        if not asked or visitor.uploads or visitor.session.prediction is not None:
            return [gr.skip()] * (1 + len(shown))
        return [asked, *ask(asked, theme, request)]

    model_is_ready.change(
        begin, theme, [area.sentence, *shown], concurrency_id=MODEL_QUEUE, api_visibility="private"
    )
    gr.on(
        [area.ask.click, area.sentence.submit],
        ask,
        [area.sentence, theme],
        shown,
        concurrency_id=MODEL_QUEUE,
        api_visibility="private",
    )
