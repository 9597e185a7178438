"""A lesson is made in the page: photos, their places on the map, and a file that the browser saves."""

import json
import re
from dataclasses import dataclass, replace
from datetime import date

import gradio as gr

from streetclip_demo.errors import LessonError, PhotoError, UserError
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import event_field
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUEUED, QUICK
from streetclip_demo.page.frame.photo_input import take_upload
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Visitor
from streetclip_demo.page.guess.tab import GuessTab, asked_model, updates
from streetclip_demo.teaching.lesson_making import Making, resumed
from streetclip_demo.teaching.lesson_run import LessonRun
from streetclip_demo.teaching.lessons import LessonQuestion, ModelAnswer, Spot, read_lesson
from streetclip_demo.words.language import text

SHOWN = ("has", "progress", "question", "map", "pin", "controls", "guess", "result", "next")  # of a GuessTab


@dataclass(frozen=True, eq=False)
class MakingArea:
    """The area's components."""

    resume: gr.UploadButton
    photos: gr.File
    place: gr.Textbox
    question: gr.Textbox
    credit: gr.Textbox
    explanation: gr.Textbox
    keep: gr.Button
    title: gr.Textbox
    record: gr.Checkbox
    save: gr.Button
    told: gr.HTML
    file: gr.Textbox  # unseen: the lesson on its way to the browser

    @property
    def words(self) -> list:
        """What is written of a question."""
        return [self.place, self.question, self.credit, self.explanation]


# Callbacks


def making_of(services: Services, visitor: Visitor) -> Making:
    """The lesson that the visitor makes, or a new one, whose labels are those that the page begins with."""
    if visitor.making is None:
        visitor.making = Making(services.presets[services.default_preset(services.model_state())])
    return visitor.making


def told_html(making: Making, problems: tuple[str, ...] = ()) -> str:
    """The questions so far, what went wrong, and what is to be done."""
    return filled("page/guess/making", "told", making, problems)


def shown_photo(services: Services, visitor: Visitor, theme: str) -> list:
    """Values for GuessTab.shown: the photo whose place is to be set, with its pin where it has one."""
    making = making_of(services, visitor)
    if not making.photo:
        return [gr.skip()] * len(SHOWN)
    visitor.run = LessonRun(making.asking(text.MAKE_WHERE))
    if making.edited is not None:
        visitor.run = visitor.run.with_pin(making.questions[making.edited].answer.point)
    values = updates(services, visitor.run, theme, question=True)
    values[SHOWN.index("guess")] = gr.Button(visible=False)
    return values


def make_photos(services: Services, kept: Kept):
    """The listener that takes photos, and shows the first without a place, with a map to put it on."""

    def take_photos(uploads, theme, request: gr.Request):
        visitor = kept.visitor(request)
        making, had_photo = making_of(services, visitor), bool(making_of(services, visitor).photo)
        problems = []
        for upload in uploads if isinstance(uploads, list) else [uploads]:
            try:
                making = making.with_photo(services.open_photo(take_upload(services.uploads, upload)))
            except (PhotoError, LessonError) as error:
                problems.append(str(error))
        visitor.making = making
        shown = [gr.skip()] * len(SHOWN) if had_photo else shown_photo(services, visitor, theme)
        return [None, told_html(making, tuple(dict.fromkeys(problems))), *shown]

    return take_photos


def make_keep(services: Services, kept: Kept):
    """The listener that keeps the photo with the place on the map as its answer, and shows the next one."""

    def keep(place, question, credit, explanation, theme, request: gr.Request):
        visitor = kept.visitor(request)
        making = making_of(services, visitor)
        if not making.photo or visitor.run.pin is None:
            raise UserError(text.MAKE_NO_PIN)
        if not (place.strip() and question.strip() and credit.strip()):
            raise UserError(text.MAKE_NO_WORDS)
        answer = Spot(place.strip(), *visitor.run.pin)
        visitor.making = making.kept(question.strip(), credit.strip(), answer, explanation.strip())
        return [told_html(visitor.making), "", "", *shown_photo(services, visitor, theme)]

    return keep


def make_change(services: Services, area: "MakingArea", kept: Kept):
    """The listener of the buttons beside a question: change it, put it earlier or later, take it out."""

    def change(theme, request: gr.Request, event: gr.EventData):
        visitor = kept.visitor(request)
        making = making_of(services, visitor)
        what, number = event_field(event, "what", str), event_field(event, "number", int)
        if not 0 <= number < len(making.questions):
            raise UserError(text.DOES_NOT_FIT)
        if what == "edit":
            visitor.making = making.editing(number)
            one = making.questions[number]
            words = [one.answer.place, one.question, one.credit, one.explanation]
            spot = f"{one.answer.latitude} {one.answer.longitude}"
            return [told_html(visitor.making), *words, spot, *shown_photo(services, visitor, theme)]
        changes = {
            "up": making.moved(number, -1),
            "down": making.moved(number, 1),
            "remove": making.without(number),
        }
        if what not in changes:
            raise UserError(text.DOES_NOT_FIT)
        visitor.making = changes[what]
        untouched = [gr.skip()] * (len(area.words) + 1 + len(SHOWN))
        return [told_html(visitor.making), *untouched]

    return change


def make_resume(services: Services, kept: Kept):
    """The listener that goes on with a lesson that was saved."""

    def resume(upload, request: gr.Request):
        sent = take_upload(services.uploads, upload) or b""
        making = resumed(read_lesson(sent, text.LESSON_FILE, services.gazetteer))
        kept.visitor(request).making = making
        return told_html(making), making.title

    return resume


def make_save(services: Services, kept: Kept):
    """The listener that writes the lesson, for the browser to save; with the model's answers where they are wanted."""

    def save(title, record, request: gr.Request):
        visitor = kept.visitor(request)
        making = making_of(services, visitor)
        if not making.questions or not title.strip():
            raise UserError(text.MAKE_EMPTY)
        making, problems = with_model(services, making) if record else (making, ())
        content = making.written(title.strip(), services.gazetteer)
        visitor.making = replace(making, title=title.strip())
        stem = re.sub(r"\W+", "-", title.strip().lower()).strip("-")[:60] or "lesson"
        file = {"name": f"{stem}.json", "type": "application/json", "text": content}
        return json.dumps(file), told_html(making, problems)

    return save


def with_model(services: Services, making: Making) -> tuple[Making, tuple[str, ...]]:
    """The model's answers recorded with the questions, and why there is none with some."""
    problems = []

    def ask(question: LessonQuestion) -> ModelAnswer | None:
        answer, problem = asked_model(services, question)
        if problem:
            number = making.questions.index(question) + 1
            problems.append(text.MAKE_NOT_RECORDED.format(number=number, reason=problem))
        return answer

    return making.with_answers(ask, date.today()), tuple(problems)


# Layout


def build_making_area(services: Services) -> MakingArea:
    """Place the components; nothing listens yet."""
    with gr.Accordion(text.MAKE_LESSON, open=False, elem_id="making", visible=services.takes_photos):
        first = told_html(Making(""))
        script = own_text(ASSETS / "making.js")
        told = gr.HTML(first, elem_id="making-told", js_on_load=script, apply_default_css=False)
        photos = gr.File(
            label=text.MAKE_PHOTO,
            file_count="multiple",
            file_types=["image"],
            elem_id="making-photos",
            height=150,
        )
        with gr.Row():
            place = gr.Textbox(label=text.MAKE_PLACE, elem_id="making-place")
            question = gr.Textbox(label=text.MAKE_QUESTION, elem_id="making-question")
        with gr.Row():
            credit = gr.Textbox(label=text.MAKE_CREDIT, elem_id="making-credit")
            explanation = gr.Textbox(label=text.MAKE_EXPLANATION, elem_id="making-explanation")
        keep = gr.Button(text.MAKE_KEEP, variant="primary", elem_id="making-keep")
        with gr.Row(elem_id="making-file-row"):
            title = gr.Textbox(label=text.MAKE_TITLE, elem_id="making-title")
            record = gr.Checkbox(False, label=text.MAKE_RECORD, elem_id="making-record", container=False)
            save = gr.Button(text.MAKE_SAVE, elem_id="making-save")
            resume = gr.UploadButton(
                text.MAKE_RESUME, file_types=[".json"], elem_id="making-resume", size="md"
            )
        file = gr.Textbox("", visible="hidden", show_label=False, elem_id="making-file")
    return MakingArea(
        resume, photos, place, question, credit, explanation, keep, title, record, save, told, file
    )


# Wiring


def wire_making_area(
    services: Services, area: MakingArea, tab: GuessTab, kept: Kept, theme: gr.Textbox
) -> None:
    """Connect the components."""
    area.photos.upload(
        make_photos(services, kept),
        [area.photos, theme],
        [area.photos, area.told, *tab.shown],
        preprocess=False,
        **QUEUED,
    )
    area.keep.click(
        make_keep(services, kept),
        [*area.words, theme],
        [area.told, area.place, area.explanation, *tab.shown],
        **QUEUED,
    )
    area.told.click(
        make_change(services, area, kept),
        theme,
        [area.told, *area.words, tab.spot, *tab.shown],
        **QUEUED,
    ).success(None, tab.spot, None, js="streetclip.tellMap", **QUICK)
    area.resume.upload(
        make_resume(services, kept), area.resume, [area.told, area.title], preprocess=False, **QUEUED
    )
    area.save.click(
        make_save(services, kept),
        [area.title, area.record],
        [area.file, area.told],
        concurrency_id=MODEL_QUEUE,
        api_visibility="private",
    ).success(None, area.file, area.file, js="streetclip.saveText", **QUICK)
