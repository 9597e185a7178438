"""Why this answer, in the page: the map of a row, its opacity, and what is painted over by pointer and keyboard."""

import re

import pytest

from streetclip_demo.locate.opened import open_model
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import adds_cities
from streetclip_demo.locate.what_if import change, without_part
from streetclip_demo.own_files import ASSETS
from streetclip_demo.page.explain.brushed import CELLS
from streetclip_demo.photos.brush import mask_of
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.report.sentences import changed
from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser


def test_the_answer_is_explained_on_the_picture(practising, visit):
    visited = visit(practising.url)
    page = visited.page
    page.locator("#tree .name").first.wait_for()
    assert page.locator("#why-looked canvas").count() == 0  # nothing is computed until it is opened
    assert_the_clues_that_speak_for_the_chosen_row_stand_under_the_answer(page)
    page.locator("#why-area > button").click()
    page.locator("#why-looked .layer").wait_for()
    assert_the_map_follows_the_chosen_row(page)
    assert_the_slider_fades_the_map(page)
    assert_what_is_painted_is_answered_without(page, practising)
    assert_the_keyboard_paints_and_takes_back(page)
    assert_another_photo_begins_anew(page)
    assert visited.complaints == []


def assert_the_clues_that_speak_for_the_chosen_row_stand_under_the_answer(page):
    spoken = page.locator("#speaking .speaks")
    spoken.wait_for()
    norway = "What speaks for Norway: a dashed yellow centre line, conifer trees and yellow direction signs."
    assert spoken.inner_text() == norway
    rows = page.locator("#tree .tree > ul > li .name")
    canada = next(row for row in rows.all() if row.inner_text() == "Canada")
    canada.click()
    page.get_by_text("What speaks for Canada: a dashed yellow centre line").wait_for()
    page.locator("#clue-area > button").click()
    line = page.locator("#clue-readings details").nth(1)
    line.locator("summary").click()
    told = line.locator(".ties li").all_inner_texts()
    assert re.fullmatch(r"Canada: 19\.6 %; without this clue 10\.5 %", told[0])
    assert re.fullmatch(r"Norway: 66\.3 %; without this clue 38\.5 %", told[1])
    rows.first.click()
    page.get_by_text(norway).wait_for()


def layer(page):
    return page.locator("#why-looked .layer").get_attribute("src")


def assert_the_map_follows_the_chosen_row(page):
    first, sentence = layer(page), page.locator("#why-looked .about p").first
    assert re.search(r"regions raised Norway against its rivals.* \d+\.\d % ", sentence.inner_text())
    row = page.locator("#tree .tree > ul > li").nth(1)
    name = row.locator(".name").first.inner_text()
    row.locator(".name").first.click()
    page.get_by_text(f"Orange regions raised {name} against").wait_for()
    assert layer(page) != first
    page.locator("#tree .tree > ul > li").first.locator(".name").first.click()
    page.get_by_text("Orange regions raised Norway against").wait_for()
    assert layer(page) == first


def assert_the_slider_fades_the_map(page):
    slider = page.get_by_label(text.WHY_OPACITY)
    slider.press("Home")
    assert page.locator("#why-looked .layer").evaluate("one => one.style.opacity") == "0"
    slider.press("End")
    assert page.locator("#why-looked .layer").evaluate("one => one.style.opacity") == "1"


def assert_what_is_painted_is_answered_without(page, practising):
    page.get_by_label(text.WHAT_IF_SIZE).press("End")  # 8 of 32 cells
    box = page.locator("#why-looked .brush").bounding_box()
    at = [(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"]) for share in (0.5, 0.75)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1])
    page.mouse.up()
    told = page.locator("#why-without .changed")
    told.wait_for()
    assert told.inner_text() == expected(
        practising, [(0.375, 0.375, 0.625, 0.625), (0.625, 0.375, 0.875, 0.625)]
    )
    assert page.locator("#why-without img").get_attribute("src").startswith("data:image/jpeg")


def expected(practising, boxes):
    """What is to be said without some boxes, asked of the model itself."""
    locator = practising.model.get()
    photo = open_photo((ASSETS / "examples" / "norway.png").read_bytes())
    labels = open_model("practice").labels
    question = Question(labels, add_cities=adds_cities(True))
    before = locator.locate(photo, question)
    after = locator.locate(without_part(photo, locator.view(photo), mask_of(boxes, CELLS)), question)
    told = change(before, after)
    assert told.path == ("Norway",)
    assert told.share_after != told.share_before
    return changed(told, before, after)


def assert_the_keyboard_paints_and_takes_back(page):
    seen = page.locator("#why-without img").get_attribute("src")
    brush = page.locator("#why-looked .brush")
    for key in [*8 * ["ArrowRight", "ArrowUp"], "Space"]:  # to the sign
        brush.press(key)
    assert page.locator("#why-looked [role=status]").inner_text() == text.WHAT_IF_AT.format(right=81, down=31)
    is_shown = "seen => document.querySelector('#why-without img')?.src === seen"
    page.wait_for_function(is_shown.replace("===", "!=="), arg=seen)
    brush.press("Backspace")
    page.wait_for_function(is_shown, arg=seen)
    page.locator("#why-looked [name=undo]").click()
    page.locator("#why-without .changed").wait_for(state="detached")
    assert page.locator("#why-looked [name=undo]").is_disabled()
    assert page.evaluate("document.activeElement.className") == "brush"


def assert_another_photo_begins_anew(page):
    page.locator("#why-looked .brush").press("Space")
    page.locator("#why-without .changed").wait_for()
    seen = page.locator("#why-looked .seen").get_attribute("src")
    page.locator("#examples button").nth(2).click()
    page.wait_for_function(
        "seen => document.querySelector('#why-looked .seen').getAttribute('src') !== seen", arg=seen
    )
    page.locator("#why-without .changed").wait_for(state="detached")
    assert page.locator("#why-looked [name=undo]").is_disabled()
