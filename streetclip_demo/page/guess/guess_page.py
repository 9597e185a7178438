"""The tab "Guess first" as a whole: its rounds, its rooms, and lessons in the making."""

from dataclasses import dataclass

import gradio as gr

from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.guess.making_area import MakingArea, build_making_area, wire_making_area
from streetclip_demo.page.guess.room_area import wire_room_area
from streetclip_demo.page.guess.tab import GuessTab, build_guess_tab, wire_guess_tab
from streetclip_demo.words.language import text


@dataclass(frozen=True, eq=False)
class GuessPage:
    """The tab and its parts."""

    page: gr.Tab
    tab: GuessTab
    making: MakingArea


def build_guess_page(services: Services) -> GuessPage:
    """Place the components; nothing listens yet."""
    with gr.Tab(text.GUESS_TAB, id="guess-tab", render_children=True) as page:
        return GuessPage(page, build_guess_tab(services), build_making_area(services))


def wire_guess_page(services: Services, built: GuessPage, kept: Kept, theme: gr.Textbox) -> None:
    """Connect the parts with each other; what the tab does when it is opened is known to its rooms."""
    begun = wire_guess_tab(services, built.tab, kept, built.page, theme)
    wire_room_area(services, built.tab, kept, begun, theme)
    wire_making_area(services, built.making, built.tab, kept, theme)
