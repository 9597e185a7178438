"""A lesson is made in the page: photos, their places on the map, and a file that the browser saves."""

import json
import re
from dataclasses import dataclass

import gradio as gr

from streetclip_demo.errors import UserError
from streetclip_demo.markup import filled
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.messages import QUEUED, QUICK
from streetclip_demo.page.frame.photo_input import take_upload
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Visitor
from streetclip_demo.page.guess.tab import GuessTab, updates
from streetclip_demo.teaching.lesson_making import Making
from streetclip_demo.teaching.lesson_run import LessonRun
from streetclip_demo.teaching.lessons import Spot
from streetclip_demo.words.language import text


@dataclass(frozen=True, eq=False)
class MakingArea:
    """The area's components."""

    photo: gr.UploadButton
    place: gr.Textbox
    question: gr.Textbox
    credit: gr.Textbox
    explanation: gr.Textbox
    keep: gr.Button
    title: gr.Textbox
    undo: gr.Button
    save: gr.Button
    told: gr.HTML
    file: gr.Textbox  # unseen: the lesson on its way to the browser


# Callbacks


def making_of(services: Services, visitor: Visitor) -> Making:
    """The lesson that the visitor makes, or a new one, whose labels are those that the page begins with."""
    if visitor.making is None:
        visitor.making = Making(services.presets[services.default_preset(services.model_state())])
    return visitor.making


def told_html(making: Making) -> str:
    """The places of the questions so far, and what is to be done."""
    places = [question.answer.place for question in making.questions]
    return filled("page/guess/making", "told", places, bool(making.photo))


def make_photo(services: Services, kept: Kept):
    """The listener that takes a photo and shows it, with a map to put its place on."""

    def take_photo(upload, theme, request: gr.Request):
        visitor = kept.visitor(request)
        photo = services.open_photo(take_upload(services.uploads, upload))
        making = visitor.making = making_of(services, visitor).with_photo(photo)
        visitor.run = LessonRun(making.asking(text.MAKE_WHERE))
        guess = gr.Button(visible=False)
        shown = updates(services, visitor.run, theme, question=True)
        return [told_html(making), *shown[:6], guess, *shown[7:]]

    return take_photo


def make_keep(services: Services, kept: Kept):
    """The listener that keeps the photo with the place on the map as its answer."""

    def keep(place, question, credit, explanation, request: gr.Request):
        visitor = kept.visitor(request)
        making = making_of(services, visitor)
        if not making.photo or visitor.run.pin is None:
            raise UserError(text.MAKE_NO_PIN)
        if not (place.strip() and question.strip() and credit.strip()):
            raise UserError(text.MAKE_NO_WORDS)
        answer = Spot(place.strip(), *visitor.run.pin)
        visitor.making = making.kept(question, credit, answer, explanation)
        return told_html(visitor.making), "", ""

    return keep


def make_undo(services: Services, kept: Kept):
    """The listener that takes the last question out."""

    def undo(request: gr.Request):
        visitor = kept.visitor(request)
        visitor.making = making_of(services, visitor).without_last()
        return told_html(visitor.making)

    return undo


def make_save(services: Services, kept: Kept):
    """The listener that writes the lesson, for the browser to save."""

    def save(title, request: gr.Request):
        making = making_of(services, kept.visitor(request))
        if not making.questions or not title.strip():
            raise UserError(text.MAKE_EMPTY)
        content = making.written(title.strip(), services.gazetteer)
        stem = re.sub(r"\W+", "-", title.strip().lower()).strip("-")[:60] or "lesson"
        file = {"name": f"{stem}.json", "type": "application/json", "text": content}
        return json.dumps(file)

    return save


# Layout


def build_making_area(services: Services) -> MakingArea:
    """Place the components; nothing listens yet."""
    with gr.Accordion(text.MAKE_LESSON, open=False, elem_id="making", visible=services.takes_photos):
        first = filled("page/guess/making", "told", [], False)
        told = gr.HTML(first, elem_id="making-told", apply_default_css=False)
        photo = gr.UploadButton(text.MAKE_PHOTO, file_types=["image"], elem_id="making-photo", size="md")
        with gr.Row():
            place = gr.Textbox(label=text.MAKE_PLACE, elem_id="making-place")
            question = gr.Textbox(label=text.MAKE_QUESTION, elem_id="making-question")
        with gr.Row():
            credit = gr.Textbox(label=text.MAKE_CREDIT, elem_id="making-credit")
            explanation = gr.Textbox(label=text.MAKE_EXPLANATION, elem_id="making-explanation")
        with gr.Row():
            keep = gr.Button(text.MAKE_KEEP, variant="primary", elem_id="making-keep")
            undo = gr.Button(text.MAKE_UNDO, elem_id="making-undo")
        with gr.Row():
            title = gr.Textbox(label=text.MAKE_TITLE, elem_id="making-title")
            save = gr.Button(text.MAKE_SAVE, elem_id="making-save")
        file = gr.Textbox("", visible="hidden", show_label=False, elem_id="making-file")
    return MakingArea(photo, place, question, credit, explanation, keep, title, undo, save, told, file)


# Wiring


def wire_making_area(
    services: Services, area: MakingArea, tab: GuessTab, kept: Kept, theme: gr.Textbox
) -> None:
    """Connect the components."""
    area.photo.upload(
        make_photo(services, kept), [area.photo, theme], [area.told, *tab.shown], preprocess=False, **QUEUED
    )
    words = [area.place, area.question, area.credit, area.explanation]
    area.keep.click(make_keep(services, kept), words, [area.told, area.place, area.explanation], **QUEUED)
    area.undo.click(make_undo(services, kept), None, area.told, **QUEUED)
    area.save.click(make_save(services, kept), area.title, area.file, **QUEUED).success(
        None, area.file, area.file, js="streetclip.saveText", **QUICK
    )
