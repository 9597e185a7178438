"""The page in other people's pages and slides: the compact view, the lock, what an address says, the link to share."""

import contextlib
import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import httpx
import pytest
from browser import wait_for_answer

from streetclip_demo.checkpoints.cards import PRACTICE_TITLE
from streetclip_demo.errors import LabelError
from streetclip_demo.page.frame.address import Address
from streetclip_demo.page.frame.session import Visitor
from streetclip_demo.page.locate.labels import remove_label
from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent
LABELS = "Japan%0ALyonesse"  # of which one is on no map
OWN = r"Japan\nLyonesse"
# Smallest type among the elements that hold words and are seen, in px; 0 if nothing is.
SMALLEST_TYPE = """
() => Math.min(...[...document.querySelectorAll('body *')]
  .filter((one) => one.checkVisibility({opacityProperty: true, visibilityProperty: true}) && one.clientHeight > 1
    && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((one) => parseFloat(getComputedStyle(one).fontSize)))
"""
OVERFLOW = """
() => { const root = document.scrollingElement;
        return [root.scrollWidth - root.clientWidth, root.scrollHeight - root.clientHeight]; }
"""


@contextlib.contextmanager
def other_site(folder):
    """Another web server for a folder: another origin than the page's."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *said):
        pass


def assert_answered(frame, *words):
    """A view that shows a photo, an answer and a drawn map."""
    wait_for_answer(frame, *words)
    frame.locator("#photo img").wait_for()
    frame.frame_locator("#map iframe:not([aria-busy])").locator(".guess-disc").first.wait_for()


# The compact view


@pytest.mark.parametrize(("width", "height", "theme"), [(1280, 720, "light"), (1920, 1080, "dark")])
def test_the_compact_view_fills_a_slide(practising, visit, width, height, theme):
    visited = visit(f"{practising.url}?embed=1&example=japan&theme={theme}", width, height)
    page = visited.page
    assert_answered(page, "Japan")
    for hidden in (
        "#outline",
        "#examples",
        "#tree",
        "#notices",
        "#model",
        "#update",
        "#share",
        "#export",
        "footer",
    ):
        assert not page.locator(hidden).is_visible(), hidden
    assert page.locator("#answer .by").is_visible()  # a slide says which model answered
    assert PRACTICE_TITLE in page.locator("#answer .by").inner_text()
    assert page.locator("[role=tab]:visible").count() == 0
    assert page.evaluate(OVERFLOW) == [0, 0]
    assert page.evaluate(SMALLEST_TYPE) >= 20
    assert page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
    photo, world, answer = (page.locator(name).bounding_box() for name in ("#photo", "#map", "#answer"))
    assert photo["x"] + photo["width"] <= world["x"]
    assert world["height"] > 0.55 * height
    assert answer["y"] >= world["y"] + world["height"]
    assert answer["y"] + answer["height"] <= height
    page.locator("#map iframe:not([aria-busy])").wait_for()
    visited.save(f"embed-{width}-{theme}")
    for size in ((width, height), (800, 450)):
        page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        page.wait_for_function(f"innerWidth === {size[0]}")
        assert_credits_can_be_read(page)
    assert visited.complaints == []


# How far some parts of the page stay from the edges of the window, in px: left, top, right, bottom
MARGINS = """
(parts) => {
  const boxes = parts.map((part) => document.querySelector(part).getBoundingClientRect());
  const {clientWidth, clientHeight} = document.documentElement;
  return ['left', 'top'].map((edge) => Math.min(...boxes.map((box) => box[edge])))
    .concat(Math.min(...boxes.map((box) => clientWidth - box.right)))
    .concat(Math.min(...boxes.map((box) => clientHeight - box.bottom)));
}
"""


def assert_fits(page, *parts):
    assert page.evaluate(OVERFLOW) == [0, 0]
    page.wait_for_function(f"(parts) => Math.min(...({MARGINS})(parts)) >= 10", arg=parts)


def test_every_tab_fits_a_small_slide_with_margins(practising, visit):
    page = visit(f"{practising.url}?embed=1&view=steps", 960, 540).page
    page.locator(".step:visible").wait_for()
    for number in range(8):
        page.evaluate("(number) => document.querySelectorAll('.dots button')[number].click()", number)
        assert_fits(
            page, ".steps-bar", ".followed", ".step:not([hidden]) .idea", ".step:not([hidden]) .figure"
        )

    page.evaluate("document.querySelector('[data-tab-id=guess-tab]').click()")
    page.locator("#lesson-question img").wait_for()
    assert_fits(page, "#lesson-head", "#lesson-question", "#lesson-controls", "#lesson-map")
    page.locator("#lesson-typed textarea").fill("Lima")
    page.locator("#lesson-typed textarea").press("Enter")
    page.locator("#lesson-guess:enabled").click()
    page.locator(".card.model ul").wait_for()
    assert_fits(page, "#lesson-head", "#lesson-question", "#lesson-answer", "#next-question", "#lesson-map")

    page.evaluate("document.querySelector('[data-tab-id=draw-tab]').click()")
    page.locator("#draw-answer .headline").wait_for()
    assert_fits(page, "#drawing", "#draw-answer", "#draw-moved", "#draw-map", "#draw-start", "#draw-clues")
    page.locator("#drawing select[data-clue=script]").select_option("greek")
    page.locator("#draw-moved tbody tr").first.wait_for()
    assert_fits(page, "#drawing", "#draw-answer", "#draw-moved", "#draw-map", "#draw-start", "#draw-clues")

    page.evaluate("document.querySelector('[data-tab-id=errors-tab]').click()")
    rows = b"id,latitude,longitude,pred_lat,pred_lon\na,35.7,139.7,34.7,135.5\nb,1,1,2,2\n"
    file = {"name": "p.csv", "mimeType": "text/csv", "buffer": rows}
    page.locator("#errors-file input[type=file]").set_input_files(file)
    page.locator(".walk ol button").first.wait_for()
    assert_fits(page, "#errors-map", ".walk-errors")


def assert_credits_can_be_read(page):
    assert page.evaluate(OVERFLOW) == [0, 0]
    frame = page.locator("#map iframe:not([aria-busy])")
    scale = frame.evaluate("(frame) => frame.getBoundingClientRect().width / frame.offsetWidth")
    credits = page.frame_locator("#map iframe:not([aria-busy])").locator(".leaflet-control-attribution")
    assert "GeoNames" in credits.inner_text()
    assert scale * credits.evaluate("(credits) => parseFloat(getComputedStyle(credits).fontSize)") >= 12
    box, world = credits.bounding_box(), page.locator("#map").bounding_box()
    assert world["x"] <= box["x"]
    assert box["x"] + box["width"] <= world["x"] + world["width"] + 1
    assert box["y"] + box["height"] <= world["y"] + world["height"] + 1


@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts allow-same-origin"'])
def test_it_works_in_a_frame_on_another_origin(practising, visit, tmp_path, sandbox):
    query = f"?embed=1&amp;locked=1&amp;labels={LABELS}&amp;example=japan"
    frame = (
        f'<iframe src="{practising.url}{query}" {sandbox} title="Demo" width="1280" height="720"></iframe>'
    )
    (tmp_path / "index.html").write_text(f"<!DOCTYPE html><title>Slides</title>{frame}", encoding="utf-8")
    with other_site(tmp_path) as url:
        visited = visit(url, 1320, 800)
        inside = visited.page.frame_locator("iframe")
        assert_answered(inside, "Japan")
        assert inside.locator("html").evaluate(OVERFLOW) == [0, 0]
        assert visited.page.locator("iframe").bounding_box()["height"] >= 720
        assert [said for said in visited.complaints if "favicon" not in said and "404" not in said] == []


def test_reveal_js_shows_it_on_a_slide(practising, visit, tmp_path):
    npm = shutil.which("npm")
    if npm is None:
        missing = "no npm found: install Node.js"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    for name in ("package.json", "index.html"):
        shutil.copy(ROOT / "docs" / "slides" / name, tmp_path)
    subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--silent"], cwd=tmp_path, check=True, timeout=120
    )
    slides = tmp_path / "index.html"
    said = slides.read_text(encoding="utf-8")
    assert said.count("http://127.0.0.1:7860/") == 2
    slides.write_text(said.replace("http://127.0.0.1:7860/", practising.url), encoding="utf-8")
    with other_site(tmp_path) as url:
        visited = visit(url, 1280, 720)
        page = visited.page
        page.locator(".reveal.ready").wait_for()
        page.keyboard.press("ArrowRight")
        inside = page.frame_locator("section.present iframe")
        assert_answered(inside)
        box = page.locator("section.present iframe").bounding_box()
        assert (round(box["width"]), round(box["height"])) == (1280, 720)
        visited.save("slides")
        page.keyboard.press("ArrowRight")
        assert_bullets_stand_at_their_words(page)


def assert_bullets_stand_at_their_words(page):
    """In one block in the middle of the slide, where reset.css takes the bullets and reveal.js centres each line."""
    item = page.locator("section.present li").first
    item.wait_for()
    style, align = item.evaluate(
        "(one) => [getComputedStyle(one).listStyleType, getComputedStyle(one).textAlign]"
    )
    assert (style, align) == ("disc", "left")
    lefts = page.locator("section.present li").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().x)"
    )
    assert len(set(lefts)) == 1
    block, slide = page.locator("section.present ul").bounding_box(), page.viewport_size["width"]
    assert block["x"] + block["width"] / 2 == pytest.approx(slide / 2, abs=40)


# The lock


def replay(page_url, request, change):
    """Send a listener's request once more with other values; all that the server then says."""
    body = request.post_data_json
    body["data"] = [change(value) for value in body["data"]]
    answer = httpx.post(request.url, json=body, timeout=60)
    if "/queue/join" not in request.url:
        return answer.text
    said = []
    stream = f"{page_url}gradio_api/queue/data?session_hash={body['session_hash']}"
    with httpx.stream("GET", stream, timeout=60) as events:
        for line in events.iter_lines():
            said.append(line)
            if ("process_completed" in line and answer.json()["event_id"] in line) or "close_stream" in line:
                break
    return "\n".join(said)


def opened_and_asked(visited, url):
    """Open an address; the requests that opened the page and that asked for its answer."""
    page, requests = visited.page, []
    page.on("request", lambda request: request.method == "POST" and requests.append(request))
    page.goto(url)
    assert_answered(page, "Japan")
    opening = next(one for one in requests if "?embed=1" in (one.post_data or ""))
    queued = [one for one in requests if "/queue/join" in one.url]
    asking = [one for one in queued if OWN in (said := json.dumps(one.post_data_json)) and '"greedy"' in said]
    return opening, asking[-1]  # before it, the page reads the same controls when the model is there


def with_other_labels(estimator):
    """Changes the values of a listener that asks: other labels; another estimator, so that it is another question."""
    others = {"Japan\nLyonesse": "Atlantis\nAvalon", "greedy": estimator}
    return lambda value: others.get(value, value) if isinstance(value, str) else value


def test_a_locked_page_keeps_its_labels_whatever_is_sent(practising, visit):
    url = f"{practising.url}?embed=1&locked=1&labels={LABELS}&example=japan"
    opening, asking = opened_and_asked(visit("about:blank"), url)
    answer = replay(practising.url, asking, with_other_labels("beam"))
    assert "Lyonesse" in answer
    assert "Atlantis" not in answer
    # the page "opened" once more, without the lock, in the same session
    again = replay(
        practising.url,
        opening,
        lambda value: "?labels=Atlantis" if str(value).startswith("?embed") else value,
    )
    assert "Atlantis" not in again
    answer = replay(practising.url, asking, with_other_labels("hedged"))
    assert "Lyonesse" in answer
    assert "Atlantis" not in answer


def test_without_the_lock_the_same_request_does_change_the_labels(practising, visit):
    """So that the test above can fail."""
    _, asking = opened_and_asked(
        visit("about:blank"), f"{practising.url}?embed=1&labels={LABELS}&example=japan"
    )
    assert "Atlantis" in replay(practising.url, asking, with_other_labels("beam"))


def test_a_locked_page_has_no_way_to_other_labels(practising, visit):
    page = visit(f"{practising.url}?locked=1&labels={LABELS}").page
    page.locator("#tree .tree").wait_for()
    for hidden in ("#outline", "#preset", "#add-cities", "#update"):
        assert not page.locator(hidden).is_visible()
    assert page.locator("#tree .remove:visible").count() == 0
    assert page.locator("#outline textarea").input_value() == "Japan\nLyonesse"
    assert not page.locator("#outline textarea").is_editable()
    page.locator("#tree .remove").first.dispatch_event("click")
    page.locator(".toast-body", has_text=text.LABELS_LOCKED).wait_for()


def test_a_label_cannot_be_removed_on_a_locked_page():
    with pytest.raises(LabelError, match=text.LABELS_LOCKED):
        remove_label("Japan\nPeru", Visitor(address=Address(locked=True)), None)


# What an address says


def test_what_an_address_says_wrongly_is_told_and_the_rest_is_done(practising, visit):
    page = visit(f"{practising.url}?theme=neon&example=99&preset=africa&model=streetclip&__theme=light").page
    told = page.locator("#link-notes")
    told.get_by_text("“theme” must be one of light, dark").wait_for()
    told.get_by_text("examples 1 to").wait_for()
    told.get_by_text("This link was made with StreetCLIP").wait_for()
    page.locator("#tree .tree").wait_for()
    top = page.locator("#tabs").bounding_box()["y"]
    told.get_by_role("button", name=text.CLOSE_NOTE).click()
    told.locator("p").first.wait_for(state="detached")
    assert page.locator("#tabs").bounding_box()["y"] == top  # it lay over the page
    assert page.locator("#outline textarea").input_value().startswith("Algeria")


def test_an_address_opens_a_tab(practising, visit):
    page = visit(f"{practising.url}?view=guess").page
    page.locator("#lesson-picker").wait_for()


def test_no_likely_place_is_missing_from_a_slides_map(practising, visit):
    """In view, or a chip at the edge."""
    page = visit(f"{practising.url}?embed=1&example=3", 960, 540).page
    page.locator("#answer .headline", has_text="Greece").wait_for()
    map_frame = page.locator("#map iframe").element_handle().content_frame()
    map_frame.wait_for_selector(".guess.first .guess-name:not(.off)")
    shown = """() => {
      const discs = [...document.querySelectorAll('.guess:not(.inside)')].filter((guess) => {
        const {x, y} = guess.getBoundingClientRect();
        return x >= 0 && x <= innerWidth && y >= 0 && y <= innerHeight;
      });
      const chips = document.querySelectorAll('.chip-rank');
      return [...discs.map((one) => one.querySelector('.guess-disc')), ...chips].map((one) => Number(one.textContent));
    }"""
    assert set(map_frame.evaluate(shown)) == set(range(1, 11))
