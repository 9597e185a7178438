"""Exports in a real Chromium: each file is saved by the browser, says what it must, and nothing is left behind."""

import base64
import csv
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from test_world_map import answer

from streetclip_demo.locate.question import Question
from streetclip_demo.maps.world_map import map_frame, world_map
from streetclip_demo.report.html_file import ResultFile, result_html
from streetclip_demo.report.record import prediction_record
from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser


def open_exports(visited):
    page = visited.page
    page.locator("#tree .tree").wait_for()
    page.locator("#map iframe:not([aria-busy])").wait_for()
    page.locator("#export > button").click()
    page.locator("#export-json").wait_for()
    return page


def save(page, kind, folder):
    """Press a button; the file that the browser saves."""
    with page.expect_download() as waiting:
        page.locator(f"#export-{kind}").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    page.locator("#export-status [role=status]", has_text=path.name).wait_for()
    return path


def shades_near(path, wanted):
    """How many pixels have about this colour."""
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)  # (h, w, 3)
    return (np.abs(pixels - wanted).max(axis=-1) < 12).sum()


def test_every_file_is_saved_by_the_browser_and_nothing_is_left_on_the_server(practising, visit, tmp_path):
    visited = visit(practising.url, 1440, 1000)
    page = open_exports(visited)
    files = {kind: save(page, kind, tmp_path) for kind in text.EXPORT_KINDS}
    assert all(
        re.fullmatch(r"streetclip-norway-\d{4}-\d\d-\d\d(-map|-result)?\.\w+", p.name) for p in files.values()
    )

    record = json.loads(files["json"].read_text(encoding="utf-8"))
    assert record["guesses"][0]["path"][0] == "Norway"
    assert record["manifest"]["revision"]
    rows = list(csv.DictReader(io.StringIO(files["csv"].read_bytes().decode("utf-8-sig"))))
    assert files["csv"].read_bytes().startswith(b"\xef\xbb\xbf")
    assert sum(float(row["probability"]) for row in rows if row["is_leaf"] == "1") == pytest.approx(
        1, abs=1e-6
    )
    collection = json.loads(files["geojson"].read_text(encoding="utf-8"))
    assert collection["features"][0]["geometry"]["type"] == "Point"

    for kind, least in (("map", 800), ("result", 1600)):
        picture = Image.open(files[kind])
        assert picture.width >= least
        assert picture.convert("RGB").getcolors(200) is None, "a blank picture"  # None: more than 200
        assert min(picture.convert("L").crop(picture.getbbox()).getextrema()) < 60, "no ink"
    assert page.locator("#export-file textarea, #export-file input").first.input_value() == ""
    assert practising.files() == []
    assert visited.complaints == []
    visited.save("export-area")
    for kind in ("map", "result"):
        (visited.save("export-area").parent / f"export-{kind}.png").write_bytes(files[kind].read_bytes())


def assert_its_photo_has_no_metadata(path):
    (photo,) = re.findall(r"data:image/jpeg;base64,([\w+/=]+)", path.read_text(encoding="utf-8"))
    image = Image.open(io.BytesIO(base64.b64decode(photo)))
    assert not image.getexif()
    assert image.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_the_html_file_opens_from_disk_with_the_network_off(practising, visit, chromium, tmp_path):
    page = open_exports(visit(practising.url))
    assert b"data:image/jpeg" not in save(page, "html", tmp_path).read_bytes()
    page.get_by_label(text.EXPORT_WITH_PHOTO).check()
    path = save(page, "html", tmp_path)
    assert_its_photo_has_no_metadata(path)
    assert Image.open(save(page, "map", tmp_path)).width > 400
    assert Image.open(save(page, "result", tmp_path)).width == 1600
    assert practising.files() == []

    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    try:
        opened, problems, asked = context.new_page(), [], []
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.on("console", lambda said: said.type == "error" and problems.append(said.text))
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(path.as_uri())
        assert "Norway" in opened.locator("h1").inner_text()
        assert opened.locator("img").evaluate("image => image.naturalWidth") > 300
        opened.frame_locator(".map iframe").locator(".guess-disc").first.wait_for()
        assert opened.locator(".name", has_text="Norway").first.is_visible()
        assert "sha256" in opened.locator(".manifest").inner_text().lower()
        assert text.NOTICE_PLACES in opened.locator("footer").inner_text()
        picture = Image.open(io.BytesIO(opened.locator(".map").screenshot()))
        assert picture.convert("RGB").getcolors(50) is None, "a blank map"
        opened.screenshot(path=path.with_suffix(".png"), full_page=True)
        assert problems == []
        assert [url for url in asked if not url.startswith(("file:", "data:", "about:", "blob:"))] == []
    finally:
        context.close()


def test_the_mark_is_in_the_pictures(practising, visit, tmp_path, photos):
    page = visit(practising.url).page
    page.locator("#tree .tree").wait_for()
    page.locator("#photo input[type=file]").set_input_files(photos["rgb"])
    page.locator("#run-anyway").click()
    page.locator("#answer .mark").wait_for()
    page.frame_locator("#map iframe:not([aria-busy])").locator(".strip.mark").wait_for()
    page.locator("#export > button").click()
    page.locator("#export-map").wait_for()
    ground = (
        page.frame_locator("#map iframe:not([aria-busy])")
        .locator(".strip.mark")
        .evaluate("strip => getComputedStyle(strip).backgroundColor")
    )
    wanted = tuple(map(int, re.findall(r"\d+", ground)[:3]))
    assert shades_near(save(page, "map", tmp_path), wanted) > 5000
    ground = page.evaluate("getComputedStyle(document.querySelector('#answer .mark')).backgroundColor")
    wanted = tuple(map(int, re.findall(r"\d+", ground)[:3]))
    assert shades_near(save(page, "result", tmp_path), wanted) > 20000


def rows_seen(page, rows):
    return sum(row.is_visible() for row in page.locator(rows).all())


def assert_paper_breaks_what_is_printed(page):
    """Chromium cuts a flexible box or grid, and what is clipped, where the sheet ends."""
    around = page.evaluate(
        """() => {
          const found = [];
          for (let one = document.querySelector('#tree'); one; one = one.parentElement) {
            const {display, overflowY} = getComputedStyle(one);
            found.push(`${display} ${overflowY}`);
          }
          return found;
        }"""
    )
    assert set(around) == {"block visible"}


def test_the_page_prints_every_row_in_light_and_is_as_before_afterwards(practising, visit):
    visited = visit(practising.url, 1280, 900, "dark")
    page = visited.page
    page.locator("#tree .tree").wait_for()
    page.locator("#map iframe:not([aria-busy])").wait_for()
    rows = page.locator("#tree .tree .row").count()
    seen = rows_seen(page, "#tree .tree .row")
    assert seen < rows
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_function("!document.body.classList.contains('dark')")
    assert rows_seen(page, "#tree .tree .row") == rows
    page.wait_for_timeout(500)  # colours fade
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    frame = page.frames[1]
    assert frame.evaluate("getComputedStyle(document.querySelector('.land')).fill") == "rgb(247, 245, 239)"
    assert_paper_breaks_what_is_printed(page)
    pressed = "#label-side, #examples, #share, #export, #clue-area, footer, .tree .remove, [role=tab], #photo button"
    assert [one for one in page.locator(pressed).all() if one.is_visible()] == []
    visited.save("printed")
    page.emulate_media(media="screen", color_scheme="dark")
    page.wait_for_function("document.body.classList.contains('dark')")
    assert rows_seen(page, "#tree .tree .row") == seen


def test_with_forced_colours_bars_buttons_and_the_chosen_tab_can_be_seen(practising, visit):
    visited = visit(practising.url, 1280, 900)
    page = visited.page
    page.locator("#tree .tree").wait_for()
    page.emulate_media(forced_colors="active")
    page.wait_for_timeout(500)
    style = "(element) => getComputedStyle(element).backgroundColor"
    tabs = [tab for tab in page.get_by_role("tab").all() if tab.is_visible()]
    shades = {tab.get_attribute("aria-selected"): tab.evaluate(style) for tab in tabs}
    assert shades["true"] != shades["false"]
    bar = page.locator("#tree .tree .bar").first
    assert bar.locator("span").evaluate(style) != bar.evaluate(style)
    border = page.locator("#update").evaluate("(button) => getComputedStyle(button).borderTopWidth")
    assert border == "1px"
    visited.save("forced-colours")
    page.emulate_media(forced_colors="none")


def test_the_html_file_prints_every_row_in_light(visit, chromium, gazetteer, tmp_path):
    outline = "Japan\n  Nagasaki\n  Kyoto\nFrance\n  Paris\n  Lyon\n"
    prediction = answer(outline, gazetteer, {"Japan": 0.01})
    record = prediction_record(prediction, Question(outline))
    path = tmp_path / "result.html"
    frame = map_frame(world_map(prediction, gazetteer, theme="dark"), "Map")
    path.write_text(result_html(ResultFile(prediction, record, frame, theme="dark")), encoding="utf-8")
    page = visit(path.as_uri()).page
    assert not page.get_by_text("Lyon", exact=True).is_visible()
    page.emulate_media(media="print")
    assert rows_seen(page, "main .row") == 6
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 250, 247)"
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.bar > span')).printColorAdjust") == "exact"
    )
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # as browsers without ::details-content have it
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 1
