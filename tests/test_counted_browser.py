"""In a browser: the squares that count, a panorama, and a second photo of the same place, on one visit of the page."""

import io
import json

import pytest
from PIL import Image

from streetclip_demo.own_files import ASSETS

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser
EXAMPLES = ASSETS / "examples"
XMP = b'<rdf:Description GPano:ProjectionType="equirectangular"/>'


def side_by_side(*names):
    """Drawn streets in a row."""
    streets = [Image.open(EXAMPLES / f"{name}.png").convert("RGB") for name in names]
    row = Image.new("RGB", (sum(street.width for street in streets), streets[0].height))
    for number, street in enumerate(streets):
        row.paste(street, (number * street.width, 0))
    return row


def as_upload(image, name, **options):
    image.save(file := io.BytesIO(), "JPEG", quality=95, **options)
    return {"name": name, "mimeType": "image/jpeg", "buffer": file.getvalue()}


def choose_way(page, number):
    page.click("#way input")
    page.get_by_role("option").nth(number).click()


def listing(page, count):
    page.wait_for_function(f"document.querySelectorAll('#counted-panel li').length == {count}")


def add_photo(page, path):
    with page.expect_file_chooser() as chooser:
        page.click("#add-photo")
    chooser.value.set_files(path)


def test_squares_panorama_and_a_second_photo(practising, visit):
    page = visit(practising.url).page
    page.wait_for_selector("#tree li")
    listed = page.locator("#counted-panel li")
    assert listed.count() == 0
    wide = side_by_side("japan", "norway", "brazil")
    page.set_input_files("#photo input[type=file]", as_upload(wide, "wide.jpg"))
    page.locator("#run-anyway").wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    hint, button = (page.locator(one).bounding_box() for one in ("#answer .needs-model", "#run-anyway"))
    assert hint["y"] < button["y"] < button["y"] + button["height"] < hint["y"] + hint["height"]
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator("#run-anyway").click()
    page.locator("#counted-controls > button").click()
    choose_way(page, 2)
    listing(page, 3)
    assert [name.split()[-1] for name in listed.locator(".counted-name").all_inner_texts()] == [
        "Left",
        "Centre",
        "Right",
    ]
    for row, country in zip(listed.all(), ("Japan", "Norway", "Brazil"), strict=True):
        assert country in row.inner_text()
    # Each frame lies on its third of the photo, which is drawn as wide as its box.
    photo = page.locator("#photo img").bounding_box()
    for number, frame in enumerate(page.locator("#frames rect").all()):
        box = frame.bounding_box()
        assert box["x"] == pytest.approx(photo["x"] + number * photo["width"] / 3, abs=6)
        assert box["y"] == pytest.approx(photo["y"] + photo["height"] / 2 - photo["width"] / 6, abs=6)
        assert box["height"] == pytest.approx(photo["width"] / 3, abs=12)
    page.locator("#notes", has_text="left, centre and right squares").wait_for()

    second = EXAMPLES / "japan.png"
    add_photo(page, second)
    listing(page, 2)
    assert "Japan" in listed.nth(1).inner_text()
    assert "with the others" in listed.nth(1).inner_text()
    add_photo(page, second)
    page.locator(".toast-body", has_text="This photo is here already.").wait_for()
    listed.nth(1).get_by_role("button", name="Remove: Photo 2").click()
    listing(page, 3)

    choose_way(page, 0)
    listing(page, 0)
    assert page.locator("#frames rect").count() == 0
    around = side_by_side("japan", "norway")
    page.set_input_files("#photo input[type=file]", as_upload(around, "plain.jpg"))
    page.locator("#run-anyway").click()
    page.locator("#counted-panel", has_text="If it is a 360-degree panorama").wait_for()
    page.set_input_files("#photo input[type=file]", as_upload(around, "around.jpg", xmp=XMP))
    page.locator("#run-anyway").click()
    listing(page, 4)
    assert "Ahead" in listed.first.inner_text()
    page.locator("#notes", has_text="four views of it count").wait_for()
    assert practising.files() == []


def test_several_photos_are_asked_of_two_models_side_by_side(practising, visit, tmp_path):
    page = visit(practising.url).page
    page.wait_for_selector("#tree li")
    page.locator("#counted-controls > button").click()
    add_photo(page, EXAMPLES / "kenya.png")
    listing(page, 2)
    page.locator("#side > button").click()
    page.get_by_label("tiny-clip").check()
    page.locator(".side-tree.model-b h3", has_text="tiny-clip").wait_for()
    page.locator("#export > button").click()
    with page.expect_download() as waiting:
        page.locator("#export-json").click()
    waiting.value.save_as(tmp_path / "both.json")
    record = json.loads((tmp_path / "both.json").read_text(encoding="utf-8"))
    assert [len(one["photos"]) for one in record["models"]] == [2, 2]
    add_photo(page, EXAMPLES / "brazil.png")
    listing(page, 3)
    page.locator("#side .side-parts").wait_for()
    page.get_by_role("tab", name="Step by step").click()
    page.locator(".step .more", has_text="Several squares or photos count").wait_for()
