"""The foldable area "Export": the answer as files, which the visitor's browser makes. Writes nothing on the server."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import gradio as gr

from streetclip_demo.errors import UserError
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.explain.explained import reasons_of
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.maps import answer_frame, compared_frame
from streetclip_demo.page.frame.messages import QUEUED, QUICK
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session
from streetclip_demo.page.locate.beside import compared
from streetclip_demo.page.locate.compared_export import compared_picture, compared_record
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.deciding import deciding_level
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Node
from streetclip_demo.report.compared_file import ComparedFile, compared_html
from streetclip_demo.report.html_file import ResultFile, foot_lines, result_html
from streetclip_demo.report.reasons import reasons_html
from streetclip_demo.report.record import prediction_record
from streetclip_demo.report.sentences import details, headline
from streetclip_demo.report.text_files import TEXT_FILES
from streetclip_demo.words.language import text
from streetclip_demo.words.place_names import shown
from streetclip_demo.words.readable import percent, said

ROWS, CHILDREN = 8, 5  # of the tree, in a picture
HTML = "text/html;charset=utf-8"


@dataclass(frozen=True, eq=False)
class ExportArea:
    """The area's components."""

    buttons: dict[str, gr.Button]  # by kind
    with_photo: gr.Checkbox
    file: gr.Textbox  # unseen: the file on its way to the browser


# Callbacks


def make_export(services: Services, kept: Kept, kind: str):
    """The listener of one button: the file as JSON, for assets/export.js."""

    def export(has, theme, with_photo, request: gr.Request):
        session = kept.visitor(request).session
        if session.photo is None and has:
            raise UserError(text.ANSWER_LOST)
        if session.prediction is None:
            raise UserError(text.NOTHING_TO_EXPORT)
        return json.dumps(export_file(services.gazetteer, session, kind, theme, bool(with_photo)))

    return export


def export_file(gazetteer: Gazetteer, session: Session, kind: str, theme: str, with_photo: bool) -> dict:
    """A file for the browser to make: name, kind, and its text or what its picture shows."""
    shown, question, prediction = session.photo, session.question, session.prediction
    assert question is not None
    assert prediction is not None  # the listener has looked
    record = prediction_record(
        prediction, question, shown.digest if shown else None
    )  # a sentence has no photo
    photo = shown.uri if shown and with_photo and kind in ("html", "result") else ""
    side = compared(session, gazetteer)
    stem = file_stem(deciding_level(prediction.roots).nodes[0].candidate.name, record["manifest"]["date"])
    several = compared_record(session, side) if side else {}
    if kind in TEXT_FILES:
        made = TEXT_FILES[kind]
        content = made.compared(several) if side else made.text(record)
        return {"name": f"{stem}.{kind}", "kind": "text", "type": made.media_type, "text": content}
    if kind == "html":
        own = reasons_html(reasons_of(session), bool(photo), session.spoken)
        if side and session.beside:
            drawn = compared_frame(side.predictions, gazetteer, theme)
            theirs = [reasons_html(reasons_of(session, name), bool(photo)) for name in session.beside.chosen]
            content = compared_html(ComparedFile(side, several, drawn, photo, theme, (own, *theirs)))
        else:
            drawn = answer_frame(prediction, gazetteer, theme)
            content = result_html(ResultFile(prediction, record, drawn, photo, theme, own))
        return {"name": f"{stem}.html", "kind": "text", "type": HTML, "text": content}
    picture = compared_picture(side, several, photo) if side else _picture(prediction, record, photo)
    return {"name": f"{stem}-{kind}.png", "kind": kind, **picture}


def _picture(prediction: Prediction, record: dict, photo: str) -> dict:
    """What a picture of the result shows."""
    return {
        "headline": headline(prediction) + ".",
        "details": " ".join(details(prediction)),
        "mark": said(prediction.mark),
        "treeTitle": text.TREE,
        "rows": list(_rows(deciding_level(prediction.roots).nodes)),
        "foot": foot_lines(record),
        "photo": photo,
    }


def file_stem(place: str, date: str) -> str:
    """The beginning of a file's name, from letters, digits and hyphens that any system takes."""
    plain = unicodedata.normalize("NFKD", place).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].rstrip("-")
    return "-".join(filter(None, ("streetclip", name, date[:10])))


def _rows(nodes: Sequence[Node]) -> Iterator[dict]:
    """The likeliest labels, and what lies in the first, as a picture shows them."""
    for number, node in enumerate(nodes[:ROWS]):
        yield _row(node, 0)
        for child in node.children[:CHILDREN] if number == 0 else ():
            yield _row(child, 1)


def _row(node: Node, depth: int) -> dict:
    share = percent(node.probability)
    return {"depth": depth, "name": shown(node.candidate), "share": share, "part": float(node.probability)}


# Layout


def build_export_area() -> ExportArea:
    """Place the components; nothing listens yet."""
    with gr.Accordion(text.EXPORT, open=False, elem_id="export"):
        gr.HTML(
            filled("page/locate/export", "status"),
            js_on_load=own_text(ASSETS / "export.js"),
            elem_id="export-status",
            apply_default_css=False,
        )
        with gr.Row(elem_id="export-buttons"):
            buttons = {
                kind: gr.Button(label, size="md", elem_id=f"export-{kind}")
                for kind, label in text.EXPORT_KINDS.items()
            }
        with_photo = gr.Checkbox(
            False, label=text.EXPORT_WITH_PHOTO, elem_id="export-with-photo", container=False
        )
        file = gr.Textbox("", visible="hidden", show_label=False, elem_id="export-file")
    return ExportArea(buttons, with_photo, file)


# Wiring


def wire_export_area(
    services: Services, area: ExportArea, kept: Kept, has: gr.Textbox, theme: gr.Textbox
) -> None:
    """Each button asks for its file; the browser saves it."""
    for kind, button in area.buttons.items():
        button.click(
            make_export(services, kept, kind), [has, theme, area.with_photo], area.file, **QUEUED
        ).success(None, area.file, area.file, js="streetclip.save", **QUICK)
