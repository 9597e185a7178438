"""In a browser: the squares that count, a panorama, and a second photo of the same place, on one visit of the page."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

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


def add_photo(page, path):
    with page.expect_file_chooser() as chooser:
        page.click("#add-photo")
    chooser.value.set_files(path)


def test_squares_panorama_and_a_second_photo(practising, visit):
    page = visit(practising.url).page
    expect(page.locator("#tree li").first).to_be_visible()
    listed = page.locator("#counted-panel li")
    assert listed.count() == 0
    wide = side_by_side("japan", "norway", "brazil")
    page.set_input_files("#photo input[type=file]", as_upload(wide, "wide.jpg"))
    page.locator("#run-anyway").click()
    page.locator("#counted-controls > button").click()
    choose_way(page, 2)
    expect(listed).to_have_count(3)
    assert [name.split()[-1] for name in listed.locator(".counted-name").all_inner_texts()] == [
        "Left",
        "Centre",
        "Right",
    ]
    for row, country in zip(listed.all(), ("Japan", "Norway", "Brazil"), strict=True):
        expect(row).to_contain_text(country)
    # Each frame lies on its third of the photo, which is drawn as wide as its box.
    photo = page.locator("#photo img").bounding_box()
    for number, frame in enumerate(page.locator("#frames rect").all()):
        box = frame.bounding_box()
        assert box["x"] == pytest.approx(photo["x"] + number * photo["width"] / 3, abs=6)
        assert box["y"] == pytest.approx(photo["y"] + photo["height"] / 2 - photo["width"] / 6, abs=6)
        assert box["height"] == pytest.approx(photo["width"] / 3, abs=12)
    expect(page.locator("#notes")).to_contain_text("left, centre and right squares")

    second = EXAMPLES / "japan.png"
    add_photo(page, second)
    expect(listed).to_have_count(2)
    expect(listed.nth(1)).to_contain_text("Japan")
    expect(listed.nth(1)).to_contain_text("with the others")
    add_photo(page, second)
    expect(page.locator("body")).to_contain_text("This photo is here already.")
    listed.nth(1).get_by_role("button", name="Remove: Photo 2").click()
    expect(listed).to_have_count(3)

    choose_way(page, 0)
    expect(listed).to_have_count(0)
    expect(page.locator("#frames rect")).to_have_count(0)
    around = side_by_side("japan", "norway")
    page.set_input_files("#photo input[type=file]", as_upload(around, "around.jpg", xmp=XMP))
    page.locator("#run-anyway").click()
    expect(listed).to_have_count(4)
    expect(listed.first).to_contain_text("Ahead")
    expect(page.locator("#notes")).to_contain_text("four views of it count")
    assert practising.files() == []
