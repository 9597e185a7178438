"""The clue bench and "Ask about clues" in a real Chromium, on the shipped practice model."""

import pytest

from streetclip_demo.practice.facts import CLUES
from streetclip_demo.practice.gate import load_gate
from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser


def choose(page, clue, value):
    """Choose a value of a clue as a person does: by the list under its field."""
    page.locator(f"#clue-{clue} input").click()
    page.locator("ul[role=listbox] li", has_text=CLUES[clue].phrases[value]).first.click()


def test_a_drawn_street_is_located_at_once_and_a_swapped_clue_is_named_as_the_mover(practising, visit):
    visited = visit(practising.url)
    page = visited.page
    page.get_by_role("tab", name=text.DRAW_TAB).click()
    page.locator("#drawing img").wait_for()
    page.locator("#draw-answer .headline", has_text="Japan").wait_for()
    first = page.locator("#drawing img").get_attribute("src")
    choose(page, "side", "right")
    credit = page.locator("#draw-moved .credits li", has_text=CLUES["side"].phrases["right"])
    credit.wait_for()
    assert "moved" in credit.inner_text()
    assert page.locator("#drawing img").get_attribute("src") != first
    rows = page.locator("#draw-moved tbody tr")
    japan = rows.filter(has_text="Japan").locator("td")
    before, now = (float(japan.nth(i).inner_text().strip("<>% ")) for i in (0, 1))
    assert before > now
    page.locator("#draw-map iframe:not([aria-busy])").wait_for()
    visited.save("clue-bench")
    assert_the_gates_table_is_one_click_away(page)
    assert visited.complaints == []


def assert_the_gates_table_is_one_click_away(page):
    page.locator("#draw-gate summary").click()
    rows = page.locator("#draw-gate tbody tr")
    assert rows.count() == len(load_gate().clues)
    assert rows.first.is_visible()


def test_clues_are_asked_of_the_photo_in_the_answer(practising, visit):
    page = visit(practising.url).page
    page.locator("#tree .name").first.wait_for()
    page.locator("#clue-area > button").click()
    readings = page.locator("#clue-readings .readings > ul > li")
    readings.first.wait_for()
    assert readings.count() == len(load_gate().learnt)
    page.locator("#examples button").nth(2).click()
    page.locator("#clue-readings .readings").wait_for(state="detached")
