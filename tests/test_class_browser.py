"""A class plays along in a real Chromium: a lecturer and two phones through a whole question."""

import re

import pytest
from geopy.distance import great_circle
from test_axe_browser import assert_clean

from streetclip_demo.words import text
from streetclip_demo.words.language import catalogue

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser

GERMAN = catalogue("de")
PHONE = {"has_touch": True, "is_mobile": True}
JAPAN = (36.1425, 138.4422)


def put_pin(page, x, y):
    """Tap a share of the map and send."""
    page.locator("#lands").wait_for(state="attached")
    box = page.locator("#world").bounding_box()
    page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.locator("#send:enabled").click()


WORLD_IN_PAGE = """() => {
  const {x, y, width, height} = document.querySelector('#world').getBoundingClientRect();
  return [x, y + scrollY, width, height];
}"""


def test_a_lecturer_and_two_phones_through_a_whole_question(practising, visit):
    lecturer = visit(practising.url)
    page = lecturer.page
    page.get_by_role("tab", name=text.GUESS_TAB).click()
    page.locator("#lesson-question img").wait_for()
    page.locator("#room-open").click()
    link = page.locator("#room .link a").get_attribute("href")
    assert re.fullmatch(re.escape(practising.url) + r"class/[A-Z2-9]{6}", link)
    assert page.locator("#room .loopback").is_visible()

    phones = [
        visit(link, width=390, height=844, scheme="dark", locale="de-DE", **PHONE),
        visit(link, width=390, height=844, locale="en-GB", **PHONE),
    ]
    first, second = (phone.page for phone in phones)
    asked = []
    second.wait_for_function("document.querySelector('#photo').naturalWidth > 0")
    second.on("request", lambda request: asked.append(request.url))
    second.reload()
    second.locator("#photo[src]").wait_for()
    assert first.locator("html").get_attribute("data-theme") == "dark"
    put_pin(first, 0.5, 0.5)
    first.locator("#told", has_text=GERMAN["PHONE_SENT"].partition("{")[0]).wait_for()
    before = second.evaluate(WORLD_IN_PAGE)
    put_pin(second, 0.4, 0.6)
    second.locator("#told", has_text=text.PHONE_SENT.partition(":")[0]).wait_for()
    assert len(asked) <= 5
    put_pin(second, 0.6, 0.4)  # moved: still one pin
    page.get_by_text(text.ROOM_COUNT.format(pins=2, phones=2)).wait_for()
    pins = page.frame_locator("#lesson-map iframe").locator(".classmate")
    pins.nth(1).wait_for(state="attached")
    assert pins.count() == 2
    assert "Japan" not in page.locator("#lesson-map-side").inner_text()

    page.locator("#room-reveal").click()
    page.locator("#lesson-result .card.model .source").wait_for()
    assert text.ROOM_RIGHT_SHARE.partition("}")[2] in page.locator("#lesson-result .card.you").inner_text()
    page.frame_locator("#lesson-map iframe").locator(".spot.truth .spot-name").wait_for()
    pins.nth(1).wait_for(state="attached")  # drawn again on the new map
    first.locator("#told", has_text=GERMAN["IT_WAS"].format(place="Japan")).wait_for()
    second.locator("#world .mark.truth").wait_for(state="attached")
    assert second.evaluate(WORLD_IN_PAGE) == before  # whatever is said above and below
    sent = second.evaluate("memory.pins[0]")
    away = great_circle(sent, JAPAN, radius=6371).km
    assert second.evaluate("distanceKm(memory.pins[0], state.truth.point)") == pytest.approx(away, rel=1e-6)
    lecturer.save("class-lecturer")
    phones[0].save("class-phone")

    assert_clean(page, "#tabs")
    assert_clean(second)

    page.reload()  # the room is still there
    page.get_by_role("tab", name=text.GUESS_TAB).click()
    page.locator("#room-next").click()
    first.get_by_text(GERMAN["QUESTION_NUMBER"].format(number=2, count=4)).wait_for()
    page.locator("#room-close").click()
    second.get_by_text(text.ROOM_CLOSED).wait_for()
    page.locator("#room-open").wait_for()
    assert page.evaluate("sessionStorage.getItem('streetclip-room')") is None
    assert [one.complaints for one in (lecturer, *phones)] == [[], [], []]
