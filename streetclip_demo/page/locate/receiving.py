"""The listeners of the tab "Locate" through which a photo comes, and goes."""

from dataclasses import replace

import gradio as gr

from streetclip_demo.errors import PhotoError, UserError
from streetclip_demo.page.frame.given_back import give_back_memory
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import event_field
from streetclip_demo.page.frame.photo_input import preview, shown_photo
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.locate import answering, early, healing
from streetclip_demo.page.locate.asking import updates
from streetclip_demo.page.locate.examples import known_number
from streetclip_demo.page.locate.parts import LocateTab
from streetclip_demo.words.language import text


def make_receive(services: Services, tab: LocateTab, kept: Kept):
    """The listener that reads an upload. One that is no photo leaves the photo and its answer as they are."""

    def receive(upload, has, theme, request: gr.Request):
        visitor = kept.visitor(request)
        visitor.uploads += 1
        try:
            session, picture = early.received(services, upload)
        except UserError as error:
            yield as_before(visitor, has, theme, error)
            raise
        visitor.session, shown = session, preview(picture, session.photo)
        del picture  # it is not held while its preview waits to be sent
        give_back_memory()
        yield [
            shown,
            healing.written(visitor.session),
            *[gr.skip()] * 4,
            *["", ""],  # what counted of the photo before
            gr.update(visible=False),
        ]
        yield [gr.skip()] * (2 + len(tab.shown))  # as Gradio sends what a generator yields last once more

    def as_before(visitor: Visitor, has: str, theme: str, error: UserError) -> list:
        healing.is_lost(services, visitor, has)  # an example is taken up again
        photo = visitor.session.photo
        if photo is None:
            return [None, "", *updates(answering.nothing_to_locate(services, theme, error))]
        return [shown_photo(photo.uri), *[gr.skip()] * (1 + len(tab.shown))]

    return receive


def make_receive_again(services: Services, tab: LocateTab, kept: Kept):
    """The listener that reads a photo which the page has sent because the server no longer had it."""

    def receive_again(upload, has, theme, request: gr.Request):
        visitor = kept.visitor(request)
        if not healing.is_lost(services, visitor, has):  # another one was chosen meanwhile
            yield [gr.skip()] * (2 + len(tab.shown))
            return
        try:
            if not upload:
                raise PhotoError(text.PHOTO_LOST)
            session, _ = early.received(services, upload)
        except UserError as error:
            visitor.session = Session(gone=str(error))
            yield [None, "", *updates(answering.nothing_to_locate(services, theme, error))]
            raise  # so that nothing is located after it
        visitor.session = replace(session, anyway=healing.read(has).anyway)
        yield [gr.skip(), healing.written(visitor.session), *[gr.skip()] * len(tab.shown)]

    return receive_again


def make_choose(services: Services, kept: Kept):
    """The listener of the strip of examples."""

    def choose(request: gr.Request, event: gr.EventData):
        visitor = kept.visitor(request)
        visitor.uploads += 1
        number = known_number(services.example_count(), event_field(event, "index", int))
        photo = services.open_example(number)
        visitor.session = Session(photo)
        return shown_photo(photo.uri), healing.written(visitor.session, number), "", ""

    return choose


def make_clear(services: Services, kept: Kept):
    """The listener of the photo's cross."""

    def clear(theme, request: gr.Request):
        kept.visitor(request).session = Session()
        return ["", *updates(answering.nothing_to_locate(services, theme))]

    return clear


def make_run_anyway(kept: Kept):
    """The listener of the button that runs the practice model on a photograph."""

    def run_anyway(has, request: gr.Request):
        visitor = kept.visitor(request)
        visitor.session = visitor.session.run_anyway()
        return healing.asked_anyway(has)

    return run_anyway
