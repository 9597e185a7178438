"""The whole page: head, tabs, foot, and the watch on the model that loads behind it."""

import os
import threading
from dataclasses import dataclass

import gradio as gr

from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, STYLES, own_text
from streetclip_demo.page.draw.tab import build_draw_tab, wire_draw_tab
from streetclip_demo.page.endpoint import publish_locate
from streetclip_demo.page.errors.tab import build_errors_tab, wire_errors_tab
from streetclip_demo.page.explain.why_area import make_given
from streetclip_demo.page.frame.address import (
    link_notes_html,
    missing_example,
    opened_controls,
    opened_with,
    other_model,
)
from streetclip_demo.page.frame.badge import badge_html, notices_html
from streetclip_demo.page.frame.forgetful import ForgetfulPage
from streetclip_demo.page.frame.given_back import give_back_memory
from streetclip_demo.page.frame.kept import Kept, Limits
from streetclip_demo.page.frame.living_pages import LivingPages
from streetclip_demo.page.frame.messages import QUICK
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.theme import page_theme
from streetclip_demo.page.frame.translated import translate
from streetclip_demo.page.frame.upload_routes import UploadRoutes
from streetclip_demo.page.frame.upload_sweep import sweeping
from streetclip_demo.page.frame.uploads import MOST_FILE_BYTES, UploadFolder
from streetclip_demo.page.guess.guess_page import build_guess_page, wire_guess_page
from streetclip_demo.page.locate import answering
from streetclip_demo.page.locate.parts import LocateTab
from streetclip_demo.page.locate.side_area import make_begin
from streetclip_demo.page.locate.tab import build_locate_tab, wire_locate_tab
from streetclip_demo.page.steps.tab import build_steps_tab, wire_steps_tab
from streetclip_demo.words.language import building, text

POLL_SECONDS = 1.0
MOST_WAITING = 200  # a lecture room
# Between two words on a place in the queue; Gradio's default tells all who wait of each answer
PLACE_SECONDS = 2.0
# Scripts that are there before anything is drawn
HEAD = (
    "address.js",
    "listeners.js",
    "whereabouts.js",
    "photo_name.js",
    "photo_sources.js",
    "gradio_words.js",
)


# Callbacks


def make_poll(services: Services):
    """The listener that looks after the model: its badge, and whether there is anything left to wait for."""

    def poll():
        state = services.model_state()
        return badge_html(state), state.title if state.ready else "", gr.Timer(active=not state.ready)

    return poll


def make_tell_model(services: Services, kept: Kept):
    """The listener that compares the model, when it is there, with the one that the link was made with."""

    def tell_model(request: gr.Request):
        address = kept.visitor(request).address
        told = (*missing_example(services, address), *other_model(address, services.model_state()))
        return link_notes_html((*address.problems, *told))

    return tell_model


def make_open(services: Services, kept: Kept):
    """The listener for a page that has just been opened, before its first answer."""

    def open_page(theme, query, request: gr.Request):
        visitor = kept.visitor(request)
        address = visitor.address = opened_with(services, query, visitor.address)
        tab = gr.Tabs(selected=f"{address.view}-tab") if address.view else gr.skip()
        opened = (theme, tab, link_notes_html(address.problems), *opened_controls(services, address))
        if services.model_state().ready and services.examples:
            return *opened, gr.skip(), gr.skip()  # the first example is answered in a moment
        shown = answering.opened(services, theme)
        return *opened, shown.answer, shown.map

    return open_page


# Layout and wiring


@dataclass(frozen=True, eq=False)
class Head:
    """What stands over the tabs."""

    badge: gr.HTML
    link_notes: gr.HTML
    model_is_ready: gr.Textbox  # unseen: the model's title, once it is there
    query: gr.Textbox  # unseen: the address's
    timer: gr.Timer  # looks after the model

    @property
    def watched(self) -> list:
        """Components that `make_poll` fills, in its order."""
        return [self.badge, self.model_is_ready, self.timer]


def _build_head(services: Services) -> Head:
    with gr.Row(elem_id="head"):
        gr.HTML(filled("page/layout", "title"), elem_id="title", apply_default_css=False)
        badge = gr.HTML(badge_html(services.model_state()), elem_id="model", apply_default_css=False)
    gr.HTML(filled("page/layout", "connection"), elem_id="connection", apply_default_css=False)
    model_is_ready = gr.Textbox("", visible="hidden", show_label=False, elem_id="model-is-ready")
    timer = gr.Timer(POLL_SECONDS, active=False)  # until the address has been read
    query = gr.Textbox("", visible="hidden", show_label=False, elem_id="query")
    link_notes = gr.HTML(elem_id="link-notes", apply_default_css=False)
    return Head(badge, link_notes, model_is_ready, query, timer)


def create_page(services: Services, limits: Limits | None = None) -> ForgetfulPage:
    """Build the page around functions; `launch_options` has what belongs to launch()."""
    os.environ["GRADIO_TEMP_DIR"] = str(services.uploads.path)  # asked for by each component that is made
    kept = Kept(limits)
    with (
        building(),
        ForgetfulPage(title=text.BROWSER_TITLE, analytics_enabled=False, fill_width=True) as page,
    ):
        page.kept, page.services = kept, services
        publish_locate(services)  # first, so that no private listener takes its name
        head = _build_head(services)
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(text.LOCATE_TAB, id="locate-tab", render_children=True):
                tab = build_locate_tab(services)
            steps = build_steps_tab()
            guess = build_guess_page(services)
            draw = build_draw_tab(services)
            errors = build_errors_tab(services)
        gr.HTML(notices_html(), elem_id="notices", apply_default_css=False)
        gr.HTML(filled("page/layout", "unexpected"), elem_id="unexpected", apply_default_css=False)

        _wire_opening(services, page, head, tab, tabs)
        wire_locate_tab(services, tab, kept, head.model_is_ready)
        wire_steps_tab(services, steps, tab, kept, tabs, tab.why.path)
        wire_guess_page(services, guess, kept, tab.theme)
        wire_draw_tab(services, draw, kept, tab.theme)
        wire_errors_tab(services, errors, tab.theme)
        page.unload(lambda: None)  # so that the browser holds a connection open, for living_pages.py to see
        translate(page)
        _keep_hidden_progress_on(head.timer, page)
    page.queue(
        max_size=MOST_WAITING,
        status_update_rate=PLACE_SECONDS,
        default_concurrency_limit=services.photos_at_once,
        api_open=False,
    )
    return page


def _wire_opening(services: Services, page: ForgetfulPage, head: Head, tab: LocateTab, tabs: gr.Tabs) -> None:
    """Read the address, then look after the model until it is there."""
    poll = make_poll(services)
    labels, tuning = tab.labels, tab.tuning
    controls = [
        labels.preset,
        labels.outline,
        labels.add_cities,
        tab.calibrated,
        tuning.templates,
        tuning.estimator,
        tuning.beam,
        tab.counted.way,
    ]
    opened = page.load(
        make_open(services, page.kept),
        [tab.theme, head.query],
        [tab.theme, tabs, head.link_notes, *controls, tab.answer, tab.map],
        js="streetclip.readPage",
        **QUICK,
    )
    opened.then(poll, None, head.watched, **QUICK)
    if tab.side:
        opened.then(make_begin(services, page.kept), None, tab.side.given, **QUICK)
        opened.then(make_given(services, page.kept), None, tab.why.model, **QUICK)
    head.timer.tick(poll, None, head.watched, **QUICK)
    tab.back.change(poll, None, head.watched, **QUICK)  # a server that was restarted loads its model anew
    head.model_is_ready.change(make_tell_model(services, page.kept), None, head.link_notes, **QUICK)


def _keep_hidden_progress_on(component: gr.Timer, page: gr.Blocks) -> None:
    """Let listeners that show no progress report it to one component that shows nothing.

    Otherwise Gradio's client tells each of their outputs at every step of every listener, and copies the properties
    of all that lies inside them: with the tabs among the outputs, of the whole page, many times while it opens.
    """
    for listener in page.fns.values():
        if listener.show_progress == "hidden":
            listener.show_progress_on = [component]


def launch_options(page: ForgetfulPage, uploads: UploadFolder) -> dict:
    """Keyword arguments for launch() that make it this page: theme, style, script, languages, uploads, limits."""
    return {
        "theme": page_theme(),
        "css_paths": [ASSETS / name for name in STYLES],
        "js": _asset("page.js"),
        "head": f'<style>{_asset("start.css")}</style><style media="print">{_asset("print.css")}</style>'
        + "".join(f"<script>{_asset(name)}</script>" for name in HEAD),
        "i18n": page.i18n_instance,
        "app_kwargs": {
            "routes": UploadRoutes(uploads, MOST_FILE_BYTES).routes(),
            "lifespan": sweeping(uploads, page),
            "middleware": [_watch_on_open_pages(page)],
        },
        "footer_links": ["api", "settings"],
        "max_file_size": MOST_FILE_BYTES,
        "show_error": False,
        "run_history": False,  # Gradio would keep photos and answers in the browser, or wherever it is told to
        "enable_monitoring": False,
        "mcp_server": False,
        "pwa": False,
        "ssr_mode": False,  # other servers would answer in front of this app's limits and headers
        "num_workers": 0,
    }


def _watch_on_open_pages(page: ForgetfulPage) -> tuple:
    def forget() -> bool:
        if page.kept.sweep():
            threading.Thread(target=give_back_memory, daemon=True).start()  # takes some milliseconds
        has_rooms = page.services.rooms.sweep() > 0
        return page.drop_unread() or len(page.kept) > 0 or has_rooms

    return LivingPages, (page.kept, forget), {}


def _asset(name: str) -> str:
    return own_text(ASSETS / name)
