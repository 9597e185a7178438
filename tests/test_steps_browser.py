"""In a real Chromium: the steps turn like slides, tree and map follow each other, labels go and come back."""

import json
import math

import pytest

from streetclip_demo.words import text
from streetclip_demo.words.readable import percent

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser

COUNT_ANIMATIONS = """() => {
  window.moved = [];
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (frames, options) {
    if (this.closest('#tree .tree')) window.moved.push({frames, options});
    return animate.call(this, frames, options);
  };
}"""
MAP_IS_AT = """([latitude, longitude]) => {
  const name = Object.keys(window).find((key) => key.startsWith("map_"));
  const {lat, lng} = window[name].getCenter();
  const turn = (((lng - longitude) % 360) + 540) % 360 - 180;
  return Math.hypot(lat - latitude, turn) < 1;
}"""


MAP_HAS_CITIES = (
    """() => [...document.querySelectorAll('.guess')].some((icon) => icon.ariaLabel.includes(', city, '))"""
)


@pytest.fixture
def answered(practising, visit):
    """Opens the page, with its first example answered."""

    def open_page(width=1280, height=720, **options):
        visited = visit(practising.url, width, height, **options)
        visited.page.locator("#tree .tree").wait_for()
        if width < 640:
            visited.page.locator("#labels > button").click()
        visited.page.locator("#add-cities input").check()  # off for the practice model
        visited.page.locator("#tree .tree ul ul li.leaf").first.wait_for(state="attached")
        visited.page.locator("#map iframe").element_handle().content_frame().wait_for_function(
            MAP_HAS_CITIES, polling=100
        )
        return visited

    return open_page


# Step by step


def open_steps(page):
    page.get_by_role("tab", name=text.STEPS_TAB).click()
    page.locator(".step:visible").wait_for()


def title(page):
    return page.locator(".step:visible h2").inner_text()


def turn(page, key, expected):
    page.keyboard.press(key)
    page.locator(".step:visible h2", has_text=expected).wait_for()


def shares(page):
    return page.locator(".softmax td:nth-child(3) data").all_inner_texts()


def set_temperature(page, power_of_two):
    slider = page.locator("#temperature")
    slider.evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', {bubbles: true})); }",
        str(power_of_two),
    )


def test_the_steps_are_a_lecture_for_keyboard_and_projector(answered):
    visited = answered()
    page = visited.page
    open_steps(page)
    assert title(page) == text.STEP_CROP
    side = page.locator(".step:visible .crop img").evaluate("(picture) => picture.naturalWidth")
    assert text.STEP_CROP_AFTER.format(side=side) in page.locator(".step:visible").inner_text()

    page.get_by_role("button", name=text.STEPS_NEXT, exact=True).click()
    assert title(page) == text.STEP_CAPTIONS
    for key, expected in (("ArrowRight", text.STEP_COSINES), ("PageDown", text.STEP_LOGITS)):
        turn(page, key, expected)
    assert page.locator(".steps [role=status]").text_content() == text.STEPS_WHERE.format(
        number=4, count=8, title=text.STEP_LOGITS
    )
    assert page.locator(".dots [aria-current=step]").inner_text() == "4"

    turn(page, "ArrowRight", text.STEP_SOFTMAX)
    size = page.locator(".step:visible p").first.evaluate(
        "(line) => parseFloat(getComputedStyle(line).fontSize)"
    )
    assert size >= 20
    visited.save("step-by-step")

    turn(page, "ArrowRight", text.STEP_PARENTS)
    page.locator(".chooser select").select_option(index=1)
    second = page.locator(".chooser option").nth(1).inner_text()
    heading = page.locator(".parent:visible th", has_text=text.STEP_SHARE_OF.format(place=second))
    assert heading.count() == 1

    turn(page, "PageDown", text.STEP_MAP)
    page.frame_locator(".step-map iframe").locator("path.land").first.wait_for(state="attached")
    turn(page, "PageDown", text.STEP_WHY)
    assert_the_last_step_says_what_raised_the_answer(page)
    assert page.get_by_role("button", name=text.STEPS_NEXT, exact=True).is_disabled()
    turn(page, "ArrowLeft", text.STEP_MAP)
    turn(page, "ArrowLeft", text.STEP_PARENTS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    assert_temperature_redistributes_the_logits_that_were_computed(page)
    assert visited.complaints == []


def test_on_a_phone_no_name_stands_a_letter_a_line(practising, visit):
    page = visit(f"{practising.url}?lang=de&preset=US&example=12&view=steps&step=6", 390, 844).page
    table = page.locator(".step:visible table.parents")
    table.locator("th", has_text="Arkansas").wait_for()
    assert table.locator("tbody th").first.evaluate("name => name.clientHeight") < 60
    assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")


def test_an_answer_that_comes_while_the_steps_are_open_is_explained(practising, visit):
    page = visit(f"{practising.url}?view=steps").page
    page.locator(".step:visible").wait_for()  # the first example, answered after the tab was opened
    first = page.locator(".step .crop img").get_attribute("src")
    page.locator("#examples button").nth(3).dispatch_event("click")
    page.wait_for_function("(src) => document.querySelector('.step .crop img').src !== src", arg=first)
    page.locator(".steps .dots button").last.click()
    page.locator(".step:visible", has_text="Japan").wait_for()
    assert_photo_and_followed_label_are_on_every_screen(page)
    assert_inside_the_likeliest_places_is_never_empty(page)
    assert_tab_and_step_are_in_the_address(page)


def assert_photo_and_followed_label_are_on_every_screen(page):
    page.locator("#follow").select_option(index=1)
    name = page.locator("#follow option").nth(1).inner_text()
    for number in range(8):
        page.locator(".dots button").nth(number).click()
        photo = page.locator(".followed img").bounding_box()
        assert photo["width"] >= 64
        assert photo["y"] >= 0
        assert photo["y"] + photo["height"] <= page.viewport_size["height"]
        marked = page.locator(".step:visible tr.marked th").all_inner_texts()
        assert marked == [name] * (1 <= number <= 5)
        assert page.locator(".trail:visible > div:visible").count() == min(number, 6)
    page.locator(".dots button").nth(3).click()
    page.locator(".step:visible tr[data-label]").first.click()  # a row is another way to choose
    assert page.locator("#follow").input_value() == "0"


def assert_the_last_step_says_what_raised_the_answer(page):
    layer = page.locator(".step:visible .step-why .layer")
    layer.wait_for()
    assert layer.get_attribute("src").startswith("data:image/png")
    assert "regions raised" in page.locator(".step:visible .step-why figcaption").first.inner_text()
    assert page.locator(".step:visible .step-why .speaks").inner_text().startswith("What speaks for Norway: ")
    slider = page.locator(".step:visible [name=opacity]")
    slider.press("Home")
    slider.evaluate("one => one.blur()")  # or the arrow keys were its own
    assert layer.evaluate("one => one.style.opacity") == "0"


def assert_inside_the_likeliest_places_is_never_empty(page):
    page.locator(".dots button").nth(5).click()
    row = page.locator(".step:visible tbody tr").first
    assert row.locator("data").all_inner_texts()[1] == "100 %"
    page.get_by_role("button", name=text.STEP_ADD_CITIES).click()
    page.locator(".step:visible .chooser").wait_for()
    assert row.is_visible()


def assert_tab_and_step_are_in_the_address(page):
    assert page.url.endswith("?view=steps&step=6")
    page.get_by_role("tab", name=text.GUESS_TAB).click()
    page.wait_for_url("**/?view=guess")
    page.go_back()
    page.wait_for_url("**/?view=steps&step=6")
    assert title(page) == text.STEP_PARENTS
    page.get_by_role("tab", name=text.LOCATE_TAB).click()
    page.wait_for_url(lambda url: url.endswith("/"))
    page.go_back()
    page.reload()
    page.locator(".step:visible h2", has_text=text.STEP_PARENTS).wait_for()
    assert page.url.endswith("?view=steps&step=6")


def assert_temperature_redistributes_the_logits_that_were_computed(page):
    page.locator(".dots button").nth(4).click()
    logits = json.loads(page.locator(".softmax").get_attribute("data-logits"))
    true = shares(page)
    slider = page.locator("#temperature")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert title(page) == text.STEP_SOFTMAX  # the arrow moved the slider, not the page
    assert slider.get_attribute("aria-valuetext") == "1.19"
    for power in (-3, 2):
        set_temperature(page, power)
        weights = [math.exp((logit - max(logits)) / 2**power) for logit in logits]
        expected = [weight / sum(weights) for weight in weights]
        first, others = expected[: len(true) - 1], sum(expected[len(true) - 1 :])
        assert shares(page) == [percent(share) for share in (*first, others)]
        widths = page.locator(".softmax .bar > span").evaluate_all(
            "(bars) => bars.map((bar) => bar.style.width)"
        )
        assert float(widths[0].rstrip("%")) == pytest.approx(100 * first[0], abs=0.01)
    page.get_by_role("button", name=text.STEP_BACK_TO_TRUE).click()
    assert shares(page) == true
    assert page.locator(".temperature output").inner_text() == "1"


def test_without_a_photo_the_steps_show_the_way_to_one(answered):
    page = answered(390, 800).page
    open_steps(page)
    assert page.locator("#steps").evaluate("(steps) => steps.scrollWidth <= steps.clientWidth")
    page.get_by_role("tab", name=text.LOCATE_TAB).click()
    page.locator("#photo button[aria-label*=Clear], #photo button[aria-label*=Remove]").first.click()
    page.locator("#answer", has_text=text.WAITING_FOR_PHOTO).wait_for()
    page.get_by_role("tab", name=text.STEPS_TAB).click()
    page.get_by_text(text.STEPS_NO_PHOTO).wait_for()
    page.get_by_role("button", name=text.STEPS_CHOOSE_PHOTO).click()
    page.locator("#photo").wait_for()


# Tree and map


def map_frame(page):
    """The frame of the map that is shown, when it has been drawn."""
    page.frame_locator("#map iframe:not([aria-busy])").locator(".guess-disc").first.wait_for()
    return page.locator("#map iframe:not([aria-busy])").element_handle().content_frame()


def test_a_place_in_the_tree_moves_the_map_there_and_a_marker_opens_the_tree(answered):
    visited = answered(1280, 1000)
    page, frame = visited.page, map_frame(visited.page)
    assert_a_marker_opens_and_marks_its_place_in_the_tree(page, frame)
    country = page.locator("#tree .tree > ul > li[data-point]").nth(1)
    before = country.locator("details").first.evaluate("(fold) => fold.open")
    country.locator("summary").first.click()
    assert country.locator("details").first.evaluate("(fold) => fold.open") is not before
    assert country.get_attribute("aria-current") == "true"
    city = country.locator("ul > li.leaf button.name").last  # far down: it has no marker
    city_point = json.loads(city.locator("xpath=ancestor::li[1]").get_attribute("data-point"))
    for fold in country.locator("details:not([open])").all():
        fold.locator("summary").click()
    city.focus()
    page.keyboard.press("Enter")
    frame.get_by_text(city.inner_text(), exact=True).first.wait_for()
    frame.wait_for_function(MAP_IS_AT, arg=city_point)
    assert page.locator("#tree .tree [aria-current]").count() == 1
    assert visited.complaints == []


def assert_a_marker_opens_and_marks_its_place_in_the_tree(page, frame):
    page.locator("#tree .tree details").evaluate_all(
        "(folds) => folds.forEach((fold) => (fold.open = false))"
    )
    marker = frame.locator(".guess.first")
    path = json.loads(marker.get_attribute("data-path"))
    assert len(path) == 1  # the level that decides

    page.evaluate("(path) => postMessage({streetclip: 'chosen', path}, '*')", path)  # not from the map
    page.evaluate("() => new Promise((done) => setTimeout(done))")
    chosen = page.locator("#tree .tree li[aria-current] .row").first
    assert chosen.count() == 0

    marker.locator(".guess-disc").click()
    page.locator("#tree .tree li[aria-current] .row", has_text=path[-1]).first.wait_for()
    assert chosen.is_visible()


# Removing labels


def outline(page):
    return page.locator("#outline textarea").input_value()


def remove_button(page, name):
    return page.locator(f'#tree button.remove[aria-label="{text.REMOVE_LABEL.format(place=name)}"]')


def widths(page):
    bars = page.locator("#tree .tree > ul > li[data-path] > :is(details > summary, .row) .bar > span")
    return bars.evaluate_all("(bars) => bars.map((bar) => parseFloat(bar.style.width))")


def test_a_label_goes_with_one_click_and_comes_back(answered):
    visited = answered()
    page = visited.page
    labels = "# north\nNorway\n  Oslo\n  Bergen\nCanada  \n\nJapan"
    page.locator("#outline textarea").fill(labels)
    page.locator("#outline textarea").press("Control+Enter")
    remove_button(page, "Oslo").wait_for(state="attached")
    page.evaluate(COUNT_ANIMATIONS)

    remove_button(page, "Norway").click()
    remove_button(page, "Norway").wait_for(state="detached")
    assert outline(page) == "# north\nCanada  \n\nJapan"
    moved = page.evaluate("window.moved")
    assert {one["options"]["duration"] for one in moved} == {200}
    assert all(one["frames"][0]["width"] != one["frames"][1]["width"] for one in moved)
    assert page.locator("#tree button.remove").count() == 2

    page.emulate_media(reduced_motion="reduce")
    remove_button(page, "Japan").focus()
    page.keyboard.press("Enter")
    remove_button(page, "Japan").wait_for(state="detached")
    assert page.evaluate("window.moved.length") == len(moved)
    assert remove_button(page, "Canada").count() == 0  # the last label stays
    assert outline(page) == "# north\nCanada  \n\n"

    for left in ("# north\nCanada  \n\nJapan", labels):
        name = "Japan" if left != labels else "Norway"
        page.get_by_role("button", name=text.UNDO.format(place=name)).click()
        remove_button(page, name).wait_for(state="attached")
        assert outline(page) == left
    assert page.locator("#undo").count() == 0

    remove_button(page, "Japan").click()  # and typing ends what can be undone
    page.locator("#undo").wait_for()
    page.locator("#outline textarea").fill("Japan\nPeru")  # at once, as pasting with the mouse is
    page.locator("#undo").wait_for(state="detached")
    assert visited.complaints == []


def test_the_likeliest_of_one_level_stand_in_place_of_the_tree(answered):
    page = answered().page
    page.locator(".levels").get_by_text(text.LEVEL_TITLES["city"], exact=True).click()
    assert not page.locator("#tree .tree").is_visible()
    listed = page.locator("#tree .listed")
    values = listed.locator(".share").all_inner_texts()
    assert len(values) == 8
    assert values == sorted(values, key=lambda share: -float(share.strip("<> %")))
