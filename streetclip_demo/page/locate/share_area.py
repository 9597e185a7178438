"""The foldable area "Share": a link to what is shown, and the code that puts it into slides and pages."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import gradio as gr

from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import adds_cities
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.explain.explained import reasons_of
from streetclip_demo.page.frame.address import Address, fits, preset_of, write_address
from streetclip_demo.page.frame.following import asked_while_seen
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.messages import QUICK
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.frame.strokes import rectangles
from streetclip_demo.photos.brush import FILLS
from streetclip_demo.photos.views import AUTO
from streetclip_demo.places.templates import format_templates
from streetclip_demo.words.language import text

QuestionOf = Callable[[dict, Visitor], Question]  # what the controls' values ask


@dataclass(frozen=True, eq=False)
class ShareArea:
    """The area's components."""

    fold: gr.Accordion
    locked: gr.Checkbox
    panel: gr.HTML


@dataclass(frozen=True, eq=False)
class Beside:
    """Components outside of the area that a link has something of, besides the question."""

    theme: gr.Textbox
    model: gr.Radio  # whose answer is explained
    followed: Sequence[gr.HTML]  # that show what else a link has: it changes with them


# Callbacks


def make_share(services: Services, kept: Kept, area: "ShareArea", beside: "Beside", question_of: QuestionOf):
    """The listener that writes the link to what is shown now: the question that was answered, if one was."""

    @functools.cache
    def digests(count: int) -> dict[str, int]:
        """By the digest of each of so many examples, its place in an address; photographs come with the model."""
        names = services.example_names()
        numbers = {place: services.example_called(name) for place, name in enumerate(names)}
        return {services.open_example(i).digest: place for place, i in numbers.items() if i is not None}

    def share(values, request: gr.Request):
        visitor = kept.visitor(request)
        session, address = visitor.session, visitor.address
        photo = None if session.more else session.photo
        example = digests(services.example_count()).get(photo.digest) if photo else None
        question = session.question or question_of(values, visitor)
        shared = with_others(shared_address(services, question, example), session)
        is_locked = values[area.locked] or address.locked
        shared = replace(shared, locked=is_locked, theme=values[beside.theme], lang=address.lang)
        shared = with_reasons(shared, session, values[beside.model])
        return panel_html(shared, _photo_left_out(session, example))

    return share


def shared_address(services: Services, question: Question, example: int | None) -> Address:
    """The address that asks this question: labels by the name of their list if they have one, the rest if unusual."""
    preset, state = preset_of(services, question.labels), services.model_state()
    usual = Question(question.labels, add_cities=adds_cities(state.is_practice))
    return Address(
        example=example,
        preset=preset,
        labels="" if preset else question.labels,
        model=state.title,
        templates="" if question.templates == usual.templates else format_templates(question.templates),
        estimator="" if question.estimator == usual.estimator else question.estimator,
        beam=None if question.beam_width == usual.beam_width else question.beam_width,
        cities=None if question.add_cities == usual.add_cities else question.add_cities,
        calibrated=None if question.temperatures == usual.temperatures else False,
    )


def with_others(address: Address, session: Session) -> Address:
    """The same with what counts of the photo, the models that are compared, their weights, and a sentence."""
    views = "" if session.way == AUTO else session.way
    address = replace(address, query=session.sentence, views=views)
    beside = session.beside
    if beside is None or beside.own is not session.prediction:
        return address
    is_usual = set(beside.weights) == {1.0}
    return replace(address, beside=beside.chosen, weights=() if is_usual else beside.weights)


def with_reasons(address: Address, session: Session, model: str = "") -> Address:
    """The same with what was asked about a model's answer; of an example alone, which a link can show.

    The row of which the page says what speaks for it is the one that is explained, or else is named by itself.
    """
    reasons, spoken = reasons_of(session, model), session.spoken
    if address.example is None:
        return address
    if reasons is None or not reasons.looked:
        return replace(address, row=spoken.path) if spoken else address
    brushed = reasons.brushed
    return replace(
        address,
        why=reasons.looked.path,
        whose=model,
        brush=rectangles(brushed.mask) if brushed else (),
        fill=brushed.fill if brushed and brushed.fill != FILLS[0] else "",
        sweep=reasons.swept is not None,
    )


def _photo_left_out(session: Session, example: int | None) -> str:
    """That the link is of another photo than the page shows; "" where it is of the same."""
    if session.more:
        return text.SHARE_SEVERAL
    return text.SHARE_NO_PHOTO if session.photo is not None and example is None else ""


def panel_html(address: Address, left_out: str) -> str:
    """The link and the code, each with a button, below what they are of."""
    if not fits(address):
        return filled("page/locate/share", "too_long")
    shown = text.SHARE_WITH_WHY if address.why else text.SHARE_INFO
    embedded = write_address(replace(address, embed=True))
    return filled("page/locate/share", "panel", left_out or shown, write_address(address), embedded)


# Layout and wiring


def build_share_area() -> ShareArea:
    """Place the components; nothing listens yet."""
    with gr.Accordion(text.SHARE, open=False, elem_id="share") as fold:
        panel = gr.HTML(
            js_on_load=own_text(ASSETS / "share.js"),
            elem_id="share-panel",
            apply_default_css=False,
        )
        locked = gr.Checkbox(False, label=text.SHARE_LOCKED, elem_id="share-locked", container=False)
    return ShareArea(fold, locked, panel)


def wire_share_area(
    services: Services,
    area: ShareArea,
    kept: Kept,
    asked: set,
    beside: Beside,
    question_of: QuestionOf,
) -> None:
    """The link follows what is shown."""
    seen = asked_while_seen(beside.followed, "share-panel")
    gr.on(
        [area.fold.expand, area.locked.input, seen.change],
        make_share(services, kept, area, beside, question_of),
        {*asked, beside.theme, beside.model, area.locked},
        area.panel,
        trigger_mode="always_last",
        **QUICK,
    )
