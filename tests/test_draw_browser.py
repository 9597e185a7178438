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
    assert_a_thing_in_the_picture_can_be_changed_by_mouse_and_keyboard(page)
    assert_what_changed_is_in_view_beside_the_last_clue(page)
    assert_no_value_is_cut_off(page)
    assert_the_gates_table_is_one_click_away(page)
    assert visited.complaints == []


def assert_a_thing_in_the_picture_can_be_changed_by_mouse_and_keyboard(page):
    shown = page.locator("#drawing select").evaluate_all("(lists) => lists.map((one) => one.dataset.clue)")
    assert {"script", "sign_colour", "centre_line", "edge_line", "roof", "plate"} <= set(shown)
    plate = page.locator("#drawing select[data-clue=plate]")
    phrases = list(CLUES["plate"].phrases.values())
    box = plate.bounding_box()
    under = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).dataset.clue",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
    )
    assert under == "plate"  # nothing lies above it
    before = phrases.index(page.locator("#clue-plate input").input_value())
    plate.focus()
    page.keyboard.press("ArrowUp" if before else "ArrowDown")
    after = phrases[before - 1 if before else 1]
    page.locator("#draw-moved .credits li", has_text=after).wait_for()
    assert page.locator("#clue-plate input").input_value() == after
    page.wait_for_function("document.activeElement.dataset.clue === 'plate'")  # in the drawing that came


def assert_what_changed_is_in_view_beside_the_last_clue(page):
    for width, height in ((1280, 720), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("scrollTo(0, 0)")
        page.locator("#clue-skyline").scroll_into_view_if_needed()
        clue = page.locator("#clue-skyline").bounding_box()
        for part in ("#drawing", "#draw-answer .headline", "#draw-moved .credits"):
            box = page.locator(part).bounding_box()
            assert box["y"] >= 0, (width, part)
            assert box["y"] + box["height"] <= clue["y"], (width, part)
    page.set_viewport_size({"width": 1280, "height": 900})


def assert_no_value_is_cut_off(page):
    for key, clue in CLUES.items():
        room, needed = page.locator(f"#clue-{key} input").evaluate(
            """(input, values) => {
              const {font, paddingLeft, paddingRight} = getComputedStyle(input);
              const pen = Object.assign(document.createElement('canvas').getContext('2d'), {font});
              const room = input.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
              return [room, Math.max(...values.map((value) => pen.measureText(value).width))];
            }""",
            list(clue.phrases.values()),
        )
        assert room >= needed, key


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
