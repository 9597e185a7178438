"""The listeners of the tab "Locate" that answer what its controls ask."""

import time
from dataclasses import replace

import gradio as gr

from streetclip_demo.errors import PhotoError, TemplateError, UserError
from streetclip_demo.locate.question import Question, asked_temperatures
from streetclip_demo.page.frame.address import asked_cities, asked_labels
from streetclip_demo.page.frame.asker import check_asker, is_repeated
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Visitor
from streetclip_demo.page.locate import answering, early, healing
from streetclip_demo.page.locate.answering import Shown
from streetclip_demo.page.locate.counted_area import with_way
from streetclip_demo.page.locate.labels import applied_html
from streetclip_demo.page.locate.parts import LocateTab
from streetclip_demo.page.locate.shared_answers import SharedAnswers
from streetclip_demo.places.templates import parse_templates
from streetclip_demo.progress import Progress
from streetclip_demo.report.sentences import message_html
from streetclip_demo.words.language import language, text


def updates(shown: Shown) -> list:
    """A Shown as values for LocateTab.shown."""
    parts = (shown.answer, shown.map, shown.tree, shown.notes, shown.frames, shown.panel)
    kept = [gr.skip() if part is None else part for part in parts]
    return [*kept, gr.update(visible=shown.offers_anyway)]


def with_applied(shown: Shown, labels: str, templates: str) -> Shown:
    """An answer that says what its fields held; what is no answer as it is."""
    if shown.prediction is None or shown.answer is None:
        return shown
    return replace(shown, answer=shown.answer + applied_html(labels, templates))


def question_from(services: Services, tab: LocateTab, values: dict, visitor: Visitor) -> Question:
    """The question that the controls ask; on a locked page not with other labels than the address's."""
    address = visitor.address
    return Question(
        labels=asked_labels(services, address, values[tab.labels.outline]),
        templates=parse_templates(values[tab.tuning.templates]),
        add_cities=asked_cities(services, address, values[tab.labels.add_cities]),
        beam_width=values[tab.tuning.beam],
        estimator=values[tab.tuning.estimator],
        temperatures=asked_temperatures(values[tab.calibrated]),
        anyway=visitor.session.anyway,
    )


def missing(services: Services, visitor: Visitor, theme: str) -> list:
    """What stands in the answer's place without the photo, and the loss's name where the page is to send it again."""
    if gone := visitor.session.gone:  # who asked before that was known is told the same
        return [*updates(answering.nothing_to_locate(services, theme, PhotoError(gone))), gr.skip()]
    return [*updates(answering.lost()), str(visitor.loss())]


def question_asked(services: Services, tab: LocateTab, values: dict, visitor: Visitor) -> Question | Shown:
    """The question that the controls ask, or what the page shows because they ask none."""
    session = visitor.session
    try:
        check_asker()  # who waited in the queue may have left
        if not asked_labels(services, visitor.address, values[tab.labels.outline]).strip():
            visitor.session = replace(session, question=None, prediction=None, stands=False)
            return answering.emptied(services, values[tab.theme])
        return question_from(services, tab, values, visitor)
    except TemplateError as error:
        shown = answering.beside_its_field(error, session)
    except UserError as error:
        shown = answering.not_answered(error)
    visitor.answered(session, None, None)
    return shown


def reported_to(progress: gr.Progress) -> Progress:
    """What is told how far the captions are read; it stops the work where nobody waits for it any more."""

    def report(done: int, total: int) -> None:
        check_asker()
        progress((done, total), desc=text.READING_CAPTIONS)

    return report


def make_locate(services: Services, tab: LocateTab, kept: Kept, shared: SharedAnswers):
    """The listener that answers; it does nothing where the answer stands there already.

    What is wrong stands in the answer's place, as an alert. It is not raised too: what is asked meanwhile waits in the
    browser until the listener is done, and Gradio forgets it if the listener fails. Where the server has no photo
    although the page shows one, the page is asked to send it again, through `tab.lost`.
    """

    def locate(values, request: gr.Request, progress=gr.Progress()):  # noqa: B008 - Gradio looks for it in the signature
        visitor, theme = kept.visitor(request), values[tab.theme]
        if early.waits(services, visitor, values[tab.has]):
            return [*updates(answering.waiting(services)), gr.skip()]
        early.see(services, visitor)
        if healing.is_lost(services, visitor, values[tab.has]):
            return missing(services, visitor, theme)
        with_way(visitor, values[tab.counted.way])
        session, question = visitor.session, question_asked(services, tab, values, visitor)
        if isinstance(question, Shown):
            return [*updates(question), gr.skip()]
        if session.knows(question) and not is_repeated(request):
            return [gr.skip()] * (len(tab.shown) + 1)

        def compute() -> Shown:
            return answering.answer_photo(services, session, question, theme, reported_to(progress))

        if session.photo is None or session.more:
            shown = compute()
        else:
            shown = shared.answer(session.photo, (session.way, question, theme, language()), compute)
        visitor.answered(session, shown.question, shown.prediction)
        if healing.read(values[tab.has]).more > len(session.more):  # a server that was restarted
            shown = replace(shown, panel=message_html(text.ADDED_LOST) + (shown.panel or ""))
        return [
            *updates(with_applied(shown, values[tab.labels.outline], values[tab.tuning.templates])),
            gr.skip(),
        ]

    return locate


def make_come_back(services: Services, kept: Kept):
    """The listener for a page whose connection is there again: asks for its photo, or its answer, if needed."""

    def come_back(has, request: gr.Request):
        visitor = kept.visitor(request)
        if early.waits(services, visitor, has):
            return gr.skip(), time.time_ns()  # which is said in the answer's place
        if healing.is_lost(services, visitor, has):
            return visitor.loss(), gr.skip()
        is_open = visitor.session.photo is not None and visitor.session.prediction is None
        return gr.skip(), time.time_ns() if is_open else gr.skip()

    return come_back
