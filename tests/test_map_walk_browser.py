"""The map of an answer as people go about it: chips, key, way back, fingers and keys. One page for all of them."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from test_world_map import LAND, LEAFLET_MAP, answer

from streetclip_demo.maps.world_map import map_frame, world_map

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser

# Pairs of what stands on the map that cover each other
COVERED = """() => {
  const names = '.guess-disc, .guess-name, .name, .chip, .leaflet-control, .leaflet-popup-content-wrapper';
  const all = [...document.querySelectorAll(names)]
    .filter((one) => one.checkVisibility({visibilityProperty: true}))
    .map((one) => [one.className + ' ' + one.textContent, one.getBoundingClientRect()])
    .filter(([, box]) => box.width && box.right > 0 && box.left < innerWidth)
    .filter(([, box]) => box.bottom > 0 && box.top < innerHeight);
  return all.flatMap(([name, a], i) => all.slice(i + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map(([other]) => name + ' / ' + other));
}"""


@pytest.fixture(scope="module")
def norway(gazetteer):
    """Norway first, with some belief on the other side of the globe."""
    likely = {"Norway": 0.05, "Sweden": 0.03, "Brazil": 0.02, "Japan": 0.017}
    return answer("Norway\nSweden\nBrazil\nJapan\nKenya\nNiger\n", gazetteer, likely, spread=0)


@pytest.fixture(scope="module")
def opened(chromium, norway, gazetteer):
    """The page and the map's frame in it, below which the page goes on."""
    context = chromium.new_context(viewport={"width": 820, "height": 520}, has_touch=True)
    page = context.new_page()
    style = "body {margin: 0; height: 3000px} iframe {border: 0; width: 100vw; height: 470px; display: block}"
    frame = map_frame(world_map(norway, gazetteer), "Map")
    page.set_content(f"<style>{style}</style>{frame}<button id=after>")
    page.frames[1].wait_for_selector(".chip")
    yield page
    context.close()


@pytest.fixture
def walk(opened):
    """The page with the answer in view, as it was at first."""
    opened.set_viewport_size({"width": 820, "height": 520})
    opened.evaluate("scrollTo(0, 0)")
    opened.frames[1].wait_for_function("() => !document.querySelector('.zooming')")
    opened.frames[1].evaluate(
        f"""() => {{
          const key = document.querySelector('.leaflet-control-layers.open .key-button');
          key?.click();
          document.activeElement.blur();
          {LEAFLET_MAP}.setMaxZoom(7);
          document.querySelector('.way-back button').click();
        }}"""
    )
    opened.wait_for_timeout(100)
    return opened


def frame(page):
    return page.frames[1]


def centre(page):
    return frame(page).evaluate(f"(({{lat, lng}}) => [lat, lng])({LEAFLET_MAP}.getCenter())")


def drawn(part):
    """The pixels of a part of the map: (h, w, 3)."""
    return np.asarray(Image.open(BytesIO(part.screenshot())).convert("RGB")).astype(int)


def chips(page):
    return frame(page).evaluate(
        "[...document.querySelectorAll('.chip')].map((one) => JSON.parse(one.dataset.path).at(-1))"
    )


def test_all_of_the_first_place_is_in_view(walk):
    box = frame(walk).locator("path.share[data-code=NO]").first.bounding_box()
    disc = frame(walk).locator(".guess.first .guess-disc").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 820
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 470
    assert 0.2 * 820 < disc["x"] + disc["width"] / 2 < 0.8 * 820
    assert 0.2 * 470 < disc["y"] + disc["height"] / 2 < 0.8 * 470


def test_what_lies_outside_is_a_chip_that_goes_there_and_there_is_a_way_back(walk):
    assert chips(walk) == ["Brazil", "Japan", "Kenya", "Niger"]
    back = frame(walk).get_by_role("button", name="Back to the answer")
    assert back.count() == 0
    before = centre(walk)
    chip = frame(walk).locator(".chip", has_text="Brazil")
    assert chip.inner_text().split("\n")[0] == "3"
    chip.click()
    frame(walk).locator("path.share[data-code=BR]").first.wait_for()
    frame(walk).wait_for_function(f"() => {LEAFLET_MAP}.getCenter().lat < 0")
    back.wait_for()
    walk.wait_for_timeout(400)  # the way there
    box = frame(walk).locator("path.share[data-code=BR]").first.bounding_box()
    assert 0 <= box["x"] < box["x"] + box["width"] <= 820
    assert "Norway" in chips(walk)
    back.click()
    assert centre(walk) == pytest.approx(before, abs=0.1)
    back.wait_for(state="hidden")


@pytest.mark.parametrize(("width", "height"), [(820, 520), (390, 844), (1100, 620)])
def test_nothing_on_the_map_covers_anything_else(walk, width, height):
    walk.set_viewport_size({"width": width, "height": height})
    walk.wait_for_timeout(250)
    assert frame(walk).evaluate(COVERED) == []
    assert frame(walk).locator(".guess.first .guess-name").is_visible()
    seen = """() => [...document.querySelectorAll('.guess:not(.inside) .guess-disc')].filter((disc) => {
      const {x, y} = disc.parentElement.getBoundingClientRect();
      return x >= 0 && x <= innerWidth && y >= 0 && y <= innerHeight;
    }).length"""
    assert frame(walk).evaluate(seen) + len(chips(walk)) == 6  # none is missing


@pytest.mark.parametrize("past", [-3, 3, 9])
def test_a_disc_at_the_edge_is_whole(walk, past):
    """Sweden's place, some pixels within the right edge or beyond it: a whole disc there, or a chip."""
    frame(walk).evaluate(
        f"""() => {{
          const disc = document.querySelectorAll('.guess:not(.inside)')[1].getBoundingClientRect();
          void {LEAFLET_MAP}.panBy([disc.x - innerWidth + {past}, 0], {{animate: false}});
        }}"""
    )
    walk.wait_for_timeout(250)
    cut = """() => [...document.querySelectorAll('.guess:not(.inside)')].filter((guess) => {
      const {x} = guess.getBoundingClientRect();
      const {left, right} = guess.querySelector('.guess-disc').getBoundingClientRect();
      return x >= 0 && x <= innerWidth && (left < 0 || right > innerWidth);
    }).map((guess) => guess.ariaLabel)"""
    assert frame(walk).evaluate(cut) == []
    assert ("Sweden" in chips(walk)) == (past < 0)


def test_no_chip_hides_a_first_place_that_is_small(walk):
    over_norway = """() => {
      const land = document.querySelector('path.share[data-code=NO]').getBoundingClientRect();
      return [...document.querySelectorAll('.chip')].map((chip) => chip.getBoundingClientRect()).filter((chip) =>
        chip.left < land.right && land.left < chip.right && chip.top < land.bottom && land.top < chip.bottom).length;
    }"""
    frame(walk).evaluate(
        f"void {LEAFLET_MAP}.setView([75, -40], 3, {{animate: false}})"
    )  # it is near the edge
    walk.wait_for_timeout(200)
    assert "Japan" in chips(walk)  # beyond it
    assert frame(walk).evaluate(over_norway) == 0


def test_the_key_opens_when_asked_and_is_never_over_a_name_a_disc_or_a_popup(walk):
    layers = frame(walk).locator(".leaflet-control-layers-list")
    key = frame(walk).get_by_role("button", name="Key")
    assert not layers.is_visible()
    key.click()
    assert layers.is_visible()
    assert key.get_attribute("aria-expanded") == "true"
    assert frame(walk).evaluate(COVERED) == []
    frame(walk).locator(".guess.first .guess-disc").click()
    frame(walk).locator(".leaflet-popup-content").wait_for()
    assert not layers.is_visible()
    walk.wait_for_timeout(400)  # the popup moves into view
    popup = [pair for pair in frame(walk).evaluate(COVERED) if "popup" in pair]
    assert not [pair for pair in popup if "leaflet-control" in pair or "chip" in pair]


def test_the_map_is_one_tab_stop_with_arrow_keys_from_place_to_place(walk):
    walk.locator("iframe").focus()
    walk.keyboard.press("Tab")
    focused = "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
    seen = []
    for _ in range(7):
        seen.append(frame(walk).evaluate(focused))
        walk.keyboard.press("ArrowRight")
    assert [label.split(",")[0] for label in seen[:6]] == [
        f"Guess {rank}: {name}"
        for rank, name in enumerate(("Norway", "Sweden", "Brazil", "Japan", "Kenya", "Niger"), 1)
    ]
    walk.keyboard.press("Home")
    assert frame(walk).evaluate(focused).startswith("Guess 1: Norway")
    disc = frame(walk).locator(".guess.first .guess-disc").bounding_box()
    assert 0 <= disc["x"] <= 800  # it was come to, not only focused
    walk.keyboard.press("Tab")  # which leaves the map
    assert walk.evaluate("document.activeElement.id") == "after"


def test_every_button_of_the_map_is_reached_by_arrow_keys(walk):
    frame(walk).locator(".key-button").click()
    walk.keyboard.press("Home")
    reached = set()
    for _ in range(20):
        walk.keyboard.press("ArrowDown")
        reached.add(
            frame(walk).evaluate(
                "[...document.querySelectorAll('.leaflet-control :is(a[href], button, input)')]"
                ".indexOf(document.activeElement)"
            )
        )
    there = frame(walk).locator(".leaflet-control :is(a[href], button, input):visible").count()
    assert len(reached - {-1}) == there == 8  # zoom in and out, the key and its layers, the way back


def test_the_places_are_a_list_for_those_who_hear_the_page(walk, norway):
    shown = frame(walk).locator(".places li").all_inner_texts()
    assert shown[0].startswith("Guess 1: Norway, country, ")
    assert len(shown) == len(norway.guesses)


def test_one_finger_scrolls_the_page_and_is_told_that_two_move_the_map(walk):
    before = centre(walk)
    frame(walk).evaluate(
        "() => { window.hinted = 0; new MutationObserver(() => { window.hinted +="
        " document.querySelector('.folium-map').classList.contains('hinting'); }).observe("
        "document.querySelector('.folium-map'), {attributes: true}); }"
    )
    browser = walk.context.new_cdp_session(walk)
    finger = [{"x": 500, "y": 400}]
    browser.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": finger})
    for y in range(390, 140, -10):
        finger = [{"x": 500, "y": y}]
        browser.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": finger})
    browser.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    walk.wait_for_function("scrollY > 100")
    assert centre(walk) == pytest.approx(before)
    assert frame(walk).evaluate("hinted") > 0
    browser.detach()


def test_two_fingers_move_the_map(walk):
    before = frame(walk).evaluate(f"{LEAFLET_MAP}.getZoom()")
    browser = walk.context.new_cdp_session(walk)
    pinch = {"x": 400, "y": 250, "scaleFactor": 2, "gestureSourceType": "touch"}
    browser.send("Input.synthesizePinchGesture", pinch)
    frame(walk).wait_for_function(f"zoom => {LEAFLET_MAP}.getZoom() > zoom + 0.3", arg=before)
    assert walk.evaluate("visualViewport.scale") == 1
    browser.detach()


@pytest.mark.parametrize("zoom", [7, 9.5, 18])
def test_land_never_becomes_sea(walk, zoom):
    frame(walk).evaluate(
        f"zoom => {{ {LEAFLET_MAP}.setMaxZoom(18); {LEAFLET_MAP}.setView([15.4, 18.7], zoom, {{animate: false}}); }}",
        zoom,
    )
    walk.wait_for_timeout(300)
    picture = drawn(walk.locator("iframe"))[100:370, 250:570]
    assert (np.abs(picture - LAND["light"]).max(axis=-1) <= 6).mean() > 0.5


def test_without_tiles_the_zoom_ends_where_outlines_have_no_more_to_show(walk):
    assert frame(walk).evaluate(f"{LEAFLET_MAP}.getMaxZoom()") == 7


def test_the_heat_of_a_likely_place_and_of_others_can_be_seen_at_world_scale(walk):
    frame(walk).evaluate(f"void {LEAFLET_MAP}.setView([20, 0], 1, {{animate: false}})")
    walk.wait_for_timeout(300)
    at = """([latitude, longitude]) => {
      const map = window[document.querySelector('.folium-map').id];
      const canvas = document.querySelector('canvas.leaflet-heatmap-layer');
      const {x, y} = map.latLngToContainerPoint([latitude, longitude]);
      return canvas.getContext('2d').getImageData(x, y, 1, 1).data[3] / 255;
    }"""
    norway, brazil = (62, 10), (-10, -55)  # 81 and 4 of 100
    assert frame(walk).evaluate(at, norway) > 0.6
    assert frame(walk).evaluate(at, brazil) > 0.12  # by the share alone 0.05


def test_antarctica_has_land(walk):
    anywhere = f"{LEAFLET_MAP}.setMinZoom(0).setMaxBounds(null)"
    frame(walk).evaluate(f"void {anywhere}.setView([-82, 90], 4, {{animate: false}})")
    walk.wait_for_timeout(300)
    picture = drawn(walk.locator("iframe"))[60:370, 250:570]
    assert (np.abs(picture - LAND["light"]).max(axis=-1) <= 6).mean() > 0.5
