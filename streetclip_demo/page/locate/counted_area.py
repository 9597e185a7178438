"""The foldable area "Whole picture, several photos": which squares of a photo count, and other photos of its place.

What counts is drawn over the photo and listed under it, with what each part says alone.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from streetclip_demo.errors import PhotoError, UserError
from streetclip_demo.locate.together import OnePlace, Part, Parts
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import event_field
from streetclip_demo.page.frame.messages import QUEUED
from streetclip_demo.page.frame.photo_input import take_upload
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import MOST_PHOTOS, Session, Visitor
from streetclip_demo.page.locate import healing
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.panorama import could_be_panorama
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.photos.views import AUTO, WAYS, checked_way
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.report.parts import part_names, parts_sentence, says
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import percent

THUMBNAIL_PX = 160
WAY_NAMES = ("auto", "centre", "three", "around")  # of WAYS, in text.py
MOST_ADDED = (
    200  # photos that are kept for all pages beside their first ones: some 1.4 MB each, panoramas 2.8
)


@dataclass(frozen=True, eq=False)
class CountedArea:
    """The area's components."""

    way: gr.Dropdown
    add: gr.UploadButton | None  # where photos are taken
    frames: gr.HTML  # over the photo
    panel: gr.HTML


# Callbacks


def with_way(visitor: Visitor, chosen: object) -> None:
    """The visitor's session with what the control says; another way is another question."""
    way = checked_way(chosen or AUTO)
    if visitor.session.way != way:
        visitor.session = visitor.session.otherwise(way, visitor.session.more)


def make_add(services: Services, kept: Kept):
    """The listener that takes another photo of the same place; its file is deleted at once."""

    def add(upload, has, request: gr.Request):
        visitor = kept.visitor(request)
        photo = _received(services, visitor, kept, upload)
        session = visitor.session
        visitor.session = session.otherwise(session.way, (*session.more, photo))
        return healing.counted(has, len(visitor.session.more))

    return add


def _received(services: Services, visitor: Visitor, kept: Kept, upload: object) -> KeptPhoto:
    """The photo that was sent; PhotoError where no other can be added, or this one stands there already."""
    data = take_upload(services.uploads, upload)
    session = visitor.session
    if session.photo is None or session.photo.view is None:
        raise PhotoError(text.ADD_NO_FIRST)
    if len(session.photos) >= MOST_PHOTOS:
        raise PhotoError(text.ADD_TOO_MANY.format(most=MOST_PHOTOS))
    if kept.added() >= MOST_ADDED:
        raise PhotoError(text.ADD_NO_ROOM)
    photo = services.keep(services.open_photo(data))
    if photo.digest in {one.digest for one in session.photos}:
        raise PhotoError(text.ADD_SAME)
    return photo


def make_remove(kept: Kept):
    """The listener of a cross beside one of the photos that were added."""

    def remove(has, request: gr.Request, event: gr.EventData):
        visitor = kept.visitor(request)
        number, more = event_field(event, "index", int), visitor.session.more
        if not 0 < number <= len(more):
            raise UserError(text.DOES_NOT_FIT)
        left = more[: number - 1] + more[number:]
        visitor.session = visitor.session.otherwise(visitor.session.way, left)
        return healing.counted(has, len(left))

    return remove


# What is shown


def counted_html(services: Services, session: Session, prediction: Prediction) -> tuple[str, str]:
    """Frames over the photo, and the list of what counts; no frames where it is one photo's usual square."""
    if session.photo is None or session.question is None:
        return "", ""
    if not prediction.manifest.seen:
        is_open = session.way == AUTO and could_be_panorama(session.photo.size)
        return "", filled("page/locate/counted", "panel", [], text.PANORAMA_HINT, False) if is_open else ""
    parts = services.parts(session.asked, session.question)
    names = part_names(prediction.manifest.seen)
    rows = list(_rows(session, parts, names))
    told = parts_sentence(parts, names)
    return _frames(session.looked), filled(
        "page/locate/counted", "panel", rows, told, len(session.photos) > 1
    )


def _rows(session: Session, parts: Parts, names: list[str]) -> Iterator[tuple[str, str, str, str, bool]]:
    """Picture, name, what it says alone, what it shares with the others, whether it is odd; of each part."""
    pictures = _pictures(session)
    for number, (part, name, picture) in enumerate(zip(parts.parts, names, pictures, strict=True)):
        yield (
            data_uri(picture, THUMBNAIL_PX, 70),
            name,
            says(part.prediction),
            _shared(part),
            number == parts.odd,
        )


def _shared(part: Part) -> str:
    return "" if part.agreement is None else text.PART_SHARES.format(share=percent(part.agreement))


def _pictures(session: Session) -> list[Image.Image]:
    """Of each photo, where they are several, else of each view."""
    if isinstance(session.asked, OnePlace):
        return [_small(photo) for photo in session.photos]
    return [view.image for view in session.looked.views]


def _small(photo: KeptPhoto) -> Image.Image:
    with Image.open(io.BytesIO(photo.jpeg)) as picture:
        picture.draft("RGB", (THUMBNAIL_PX, THUMBNAIL_PX))
        return picture.convert("RGB")


def _frames(photo: KeptPhoto) -> str:
    """The squares that count, over the photo as the page shows it; none for views out of a panorama."""
    width, height = photo.size
    boxes = [dict(view.where) for view in photo.views if "left" in dict(view.where)]
    if not boxes:
        return ""
    drawn = [
        (
            round(box["left"] * width),
            round(box["top"] * height),
            round((box["right"] - box["left"]) * width),
            round((box["bottom"] - box["top"]) * height),
        )
        for box in boxes
    ]
    return filled("page/locate/counted", "frames", (width, height), drawn, round(min(width, height) / 100))


# Layout and wiring


def build_counted_area(services: Services) -> CountedArea:
    """Place the components; nothing listens yet."""
    frames = gr.HTML(elem_id="frames", apply_default_css=False)
    with gr.Column(elem_id="counted"):
        with gr.Accordion(text.COUNTED, open=False, elem_id="counted-controls"), gr.Row():
            way = _way_choice()
            add = _add_button() if services.takes_photos else None
        panel = gr.HTML(
            js_on_load=own_text(ASSETS / "counted.js"),
            html_template='<div aria-live="polite">${value}</div>',
            elem_id="counted-panel",
            apply_default_css=False,
        )
    return CountedArea(way, add, frames, panel)


def _way_choice() -> gr.Dropdown:
    return gr.Dropdown(
        [(text.WAYS[name], way) for name, way in zip(WAY_NAMES, WAYS, strict=True)],
        value=AUTO,
        label=text.WAY,
        info=text.WAY_INFO,
        elem_id="way",
    )


def _add_button() -> gr.UploadButton:
    return gr.UploadButton(text.ADD_PHOTO, file_types=["image"], size="md", elem_id="add-photo")


def wire_counted_area(
    services: Services, area: CountedArea, kept: Kept, has: gr.Textbox, asking: dict
) -> None:
    """Ask again for each way that is chosen, and each photo that comes or goes."""
    unprocessed: dict[str, Any] = {"preprocess": False, "postprocess": False}
    area.way.input(trigger_mode="always_last", **asking)
    changing = [area.panel.click(make_remove(kept), has, has, **QUEUED)]
    if area.add is not None:
        adding = area.add.upload(make_add(services, kept), [area.add, has], has, **QUEUED, **unprocessed)
        changing.append(adding)
    for change in changing:
        change.success(**asking)
