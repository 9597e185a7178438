"""The tab "Errors": a researcher's own file, evaluated as the command does it, and its errors on the map."""

from dataclasses import dataclass

import gradio as gr

from streetclip_demo.errors import UserError
from streetclip_demo.evaluate.walk import MEBIBYTE, MOST_BYTES, read_walk
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.errors.walk_html import walk_html
from streetclip_demo.page.frame.maps import error_drawing, map_view
from streetclip_demo.page.frame.messages import sentence_of
from streetclip_demo.page.frame.photo_input import take_upload
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.report.sentences import message_html
from streetclip_demo.words.language import text

YOUR_FILE = "Your file"  # in sentences of evaluate/, which speak English: words/forms has them


@dataclass(frozen=True, eq=False)
class ErrorsTab:
    """The tab's components."""

    file: gr.File
    problem: gr.HTML
    walk: gr.HTML
    map: gr.HTML


# Callbacks


def make_read(services: Services):
    """The listener that evaluates a file and forgets it; with preprocess=False, for Gradio would keep it."""

    def read(upload, theme):
        try:
            sent = take_upload(services.uploads, upload) or b""
            walk = read_walk(YOUR_FILE, sent, services.gazetteer)
        except UserError as error:
            problem = message_html(text.ERRORS_NOT_READ, sentence_of(error), "error")
            return None, problem, gr.skip(), gr.skip()
        return None, "", walk_html(walk), error_drawing(services.gazetteer, theme)

    return read


# Layout


def build_errors_tab(services: Services) -> ErrorsTab:
    """Place the components; nothing listens yet."""
    with gr.Tab(text.ERRORS_TAB, id="errors-tab", visible=services.takes_photos):
        gr.HTML(filled("page/errors/errors", "about"), elem_id="errors-about", apply_default_css=False)
        file = gr.File(
            label=text.ERRORS_FILE,
            file_types=[".csv", ".tsv", ".txt", ".json"],
            height=150,
            elem_id="errors-file",
        )
        too_large = text.ERRORS_TOO_LARGE.format(most=MOST_BYTES // MEBIBYTE)
        note = filled("page/errors/errors", "note", too_large, MOST_BYTES)
        gr.HTML(note, elem_id="errors-note", apply_default_css=False)
        problem = gr.HTML(elem_id="errors-problem", apply_default_css=False)
        with gr.Column(elem_id="errors"):
            script = own_text(ASSETS / "errors.js")
            walk = gr.HTML(elem_id="errors-walk", js_on_load=script, apply_default_css=False)
            the_map = map_view(services.gazetteer, elem_id="errors-map")
    return ErrorsTab(file, problem, walk, the_map)


# Wiring


def wire_errors_tab(services: Services, tab: ErrorsTab, theme: gr.Textbox) -> None:
    """Evaluate each file that is sent, one at a time: the largest takes seconds."""
    tab.file.upload(
        make_read(services),
        [tab.file, theme],
        [tab.file, tab.problem, tab.walk, tab.map],
        preprocess=False,
        api_visibility="private",
        concurrency_id="errors",
        concurrency_limit=1,
        show_progress="minimal",
        show_progress_on=tab.problem,
    )
