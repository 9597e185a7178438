"""The page in a real Chromium, every other host blocked: what people see, and what must never happen to them."""

import io
import json
import re
from pathlib import Path

import pytest
from browser import wait_for_answer
from checkpoints import copy_checkpoint
from page_server import model_behind, serve
from pictures import png_bomb, street
from PIL import Image

from streetclip_demo.checkpoints.cards import PRACTICE_TITLE
from streetclip_demo.checkpoints.checkpoint import folder_revision
from streetclip_demo.locate.calibration import calibration_record
from streetclip_demo.posterior.temperatures import Temperatures
from streetclip_demo.serve.compose import shipped_examples
from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).resolve().parent.parent / "assets" / "examples"
SECRET = b"Camera-of-Ada-Lovelace"
SECRET_NAME = "home-of-ada"
CLEAR = re.compile("remove|clear", re.IGNORECASE)


@pytest.fixture(scope="module")
def locating(tiny_checkpoint, gazetteer, tmp_path_factory):
    """The page with a model for photographs: a tiny one, whose answers mean nothing."""
    model = model_behind(tiny_checkpoint, gazetteer)
    model.start()
    with serve(model, gazetteer, (), tmp_path_factory.mktemp("temp")) as page:
        model.get()
        yield page


@pytest.fixture
def photo(tmp_path):
    """A photograph that the app did not draw, whose file says whose it is."""
    path = tmp_path / f"{SECRET_NAME}.jpg"
    image = street(640, 480)
    exif = image.getexif()
    exif[0x010F] = SECRET.decode()
    image.save(path, exif=exif, comment=SECRET)
    return path


IS_SHOWN_AS_LARGE_AS = """([width, height]) => {
  const {naturalWidth, naturalHeight} = document.querySelector('#photo img');
  return naturalWidth === width && naturalHeight === height;
}"""
PARTS = [
    "#answer",
    "#photo",
    "#map",
    "#examples",
    "#labels",
    "#update",
    "#fine-tuning",
    "#tree",
    "#clue-area",
]
TOPS = """parts => parts.map((part) => {
  const {top} = document.querySelector(part).getBoundingClientRect();
  return `${part} ${Math.round(top + scrollY)}`;
})"""
THE_WIDEST_SHARE_FITS = """share => {
  const {height} = share.getBoundingClientRect();
  share.textContent = "> 99.9 %";
  return share.getBoundingClientRect().height === height && share.scrollWidth <= share.clientWidth;
}"""
THE_PAGES_TYPEFACE = """async () => {
  const name = '"IBM Plex Sans"';
  while (![...document.fonts].some(({family, status}) => family.includes('IBM Plex Sans') && status === 'loaded')) {
    await new Promise((done) => setTimeout(done, 50));
  }
  const {fontFamily} = getComputedStyle(document.querySelector('.guess-name'));
  if (!fontFamily.startsWith(name)) throw new Error(fontFamily);
}"""
COPY_A_PICTURE = """async () => {
  const canvas = new OffscreenCanvas(60, 40);
  canvas.getContext('2d').fillRect(0, 0, 60, 20);
  await navigator.clipboard.write([new ClipboardItem({'image/png': await canvas.convertToBlob()})]);
}"""


# Steps that people take


def headline(page):
    return page.locator("#answer .headline")


def drop(page, path):
    page.locator("#photo input[type=file]").set_input_files(path)


def wait_for_tree(page, *names):
    for name in names:
        page.locator("#tree .name", has_text=name).first.wait_for(state="attached")


def set_labels(page, labels):
    """Put a list in place of the one there, and ask with Ctrl+Enter."""
    field = page.locator("#outline textarea")
    page.wait_for_timeout(300)  # as people are slower than a script: see QUEUED in page/frame/messages.py
    # Not fill(), which takes minutes for 5,000 lines
    field.evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input')); }", labels
    )
    field.press("Control+Enter")


def map_frame(page):
    """The map that is shown, when it has been drawn."""
    page.locator("#map iframe:not([aria-busy])").wait_for()
    return page.frame_locator("#map iframe:not([aria-busy])")


def assert_map_is_drawn(page):
    """The basemap has the outlines of countries, and they are not all hidden."""
    frame = map_frame(page)
    frame.locator(".leaflet-container").wait_for()
    frame.locator(".leaflet-container path.land, .leaflet-container path.leaflet-interactive").first.wait_for(
        state="attached"
    )
    picture = Image.open(io.BytesIO(page.locator("#map").screenshot()))
    assert picture.convert("RGB").getcolors(50) is None, "a blank map"  # None: more than 50


def roots(page):
    """Names of the labels at the top of the tree, in order."""
    return page.locator(
        "#tree .tree > ul > li > details > summary > .name, #tree .tree > ul > li > .row > .name"
    )


def nothing_is_kept(served):
    files = served.files()
    return not [path for path in files if SECRET in path.read_bytes() or SECRET_NAME in str(path)]


# The whole main job


def test_a_drawn_street_gives_its_country_first_with_tree_and_map_and_no_network(practising, visit):
    scene = EXAMPLES / "japan.png"
    visited = visit(practising.url, 1440, 1000)
    page = visited.page
    wait_for_tree(page, "Norway")  # the first example, answered before anything was done
    assert not page.locator("#add-cities input").is_checked()  # no drawing tells one town from another
    drop(page, scene)
    wait_for_answer(page, "Japan")
    assert roots(page).first.inner_text() == "Japan"
    assert re.fullmatch(r"\d.*%", page.locator("#tree .share").first.inner_text())
    assert_map_is_drawn(page)
    assert map_frame(page).locator(".guess").count() > 0
    map_frame(page).locator("body").evaluate(THE_PAGES_TYPEFACE)
    visited.save("japan-laptop")
    assert visited.complaints == []
    assert practising.files() == []


def test_the_first_visit_meets_an_answer_and_the_models_name(practising, visit):
    page = visit(practising.url).page
    wait_for_answer(page, "Norway")
    assert PRACTICE_TITLE in page.locator("#model").inner_text()
    assert text.PURPOSE in page.locator("#title").inner_text()
    assert_what_answers_folds_behind_its_badge(page)
    photo, world, answer = (page.locator(name).bounding_box() for name in ("#photo", "#map", "#answer"))
    equal = ("y", "width", "height")
    assert [round(photo[key]) for key in equal] == [round(world[key]) for key in equal]
    assert answer["y"] + answer["height"] <= photo["y"]
    assert world["y"] + world["height"] < 900  # all of it is seen at once
    assert page.locator("#answer").get_attribute("aria-live") or page.locator("#answer [aria-live]").count()
    assert page.locator("#outline textarea").input_value().startswith("United Kingdom")
    labels_first = (
        "() => document.querySelector('#labels').compareDocumentPosition(document.querySelector('#answer'))"
    )
    assert page.evaluate(labels_first) & 4  # DOCUMENT_POSITION_FOLLOWING: they come before their results
    for notice in (text.NOTICE_SHARES, text.NOTICE_PRIVACY, text.NOTICE_PLACES, text.NOTICE_WORLDVIEW):
        assert notice in page.locator("#notices").inner_text()
    assert_bold_words_are_in_the_pages_own_type_letter_by_letter(page)


def assert_what_answers_folds_behind_its_badge(page):
    before = stands(page)
    assert "sha256" not in page.locator("#model").inner_text()
    page.locator("#model summary").click()
    told = page.locator("#model .about").inner_text()
    assert "sha256" in told
    assert text.NEEDS_REAL_MODEL_BODY in told
    assert stands(page) == before
    page.keyboard.press("Escape")
    page.locator("#model .about").wait_for(state="hidden")


def assert_bold_words_are_in_the_pages_own_type_letter_by_letter(page):
    devtools = page.context.new_cdp_session(page)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    for selector in ("#title h1", "#answer .headline", "#model strong", "#tree .share"):
        found = devtools.send("DOM.querySelector", {"nodeId": root, "selector": selector})
        fonts = devtools.send("CSS.getPlatformFontsForNode", {"nodeId": found["nodeId"]})["fonts"]
        assert {font["familyName"] for font in fonts} == {"IBM Plex Sans"}, selector


def stands(page):
    """Where the parts of the page stand, from above, in whole pixels."""
    return page.evaluate(TOPS, PARTS)


def test_an_example_is_chosen_with_the_keyboard_and_nothing_jumps(practising, visit):
    page = visit(practising.url).page
    wait_for_answer(page, "Norway")
    page.locator("#examples img").first.wait_for()
    before = stands(page)
    kenya = [example.country for example in shipped_examples()].index("Kenya")
    page.locator(f"#examples button[data-example='{kenya}']").focus()
    page.keyboard.press("Enter")
    wait_for_answer(page, "Kenya")
    assert page.locator("#photo img").get_attribute("src").startswith("data:image/jpeg")
    assert stands(page) == before

    second = page.locator("#answer .runner").first
    place = second.locator(".name").inner_text()
    second.click()
    map_frame(page).locator(".leaflet-popup-content", has_text=place).wait_for()
    assert page.locator("#tree [aria-current] .name").inner_text() == place

    page.locator("#tree .remove").nth(1).click()
    page.locator("#answer", has_text="44 labels").wait_for()
    page.locator("#undo").wait_for()
    assert stands(page) == before
    page.locator("#outline textarea").fill("Japan\nPeru @ 95, 0")
    page.locator("#label-check .problem").wait_for()
    assert stands(page) == before
    page.evaluate("document.querySelector('#photo-note p').textContent = 'No picture'")
    assert page.locator("#photo-note").is_visible()
    assert stands(page) == before


# The practice model and photographs


def test_the_practice_model_puts_no_pin_and_no_percentage_on_a_photograph(practising, visit, photo):
    visited = visit(practising.url)
    page = visited.page
    wait_for_answer(page, "Norway")
    drop(page, photo)
    wait_for_answer(page, text.NEEDS_REAL_MODEL)
    assert text.GET_REAL_MODEL_COMMAND not in page.locator("#answer").inner_text()
    page.locator("#answer summary").click()
    assert text.GET_REAL_MODEL_COMMAND in page.locator("#answer").inner_text()
    remove = page.locator("#photo .icon-button-wrapper")  # it stands on the photo, whatever its colours
    assert remove.evaluate("button => getComputedStyle(button).backgroundColor") == "rgb(255, 255, 255)"
    page.locator("#tree .tree").wait_for(state="detached")
    assert "%" not in page.locator("#result-side").inner_text()
    assert_map_is_drawn(page)
    assert map_frame(page).locator(".guess").count() == 0

    page.get_by_role("button", name=text.RUN_ANYWAY).click()
    page.locator("#tree .tree").wait_for()
    for part in ("#answer .mark", "#tree .mark"):
        assert PRACTICE_TITLE in page.locator(part).inner_text()
    assert PRACTICE_TITLE in map_frame(page).locator(".mark").first.inner_text()
    assert page.get_by_role("button", name=text.RUN_ANYWAY).count() == 0
    visited.save("practice-anyway")
    assert nothing_is_kept(practising)

    drop(page, photo)  # another upload starts afresh, unmarked and unanswered
    wait_for_answer(page, text.NEEDS_REAL_MODEL)


# Photos


def test_a_photo_is_shown_without_its_file_and_nothing_is_kept(locating, visit, photo):
    visited = visit(locating.url)
    page = visited.page
    names = []
    page.on("request", lambda request: names.append(request.post_data_buffer or b""))
    drop(page, photo)
    page.locator("#tree .tree").wait_for()
    shown = page.locator("#photo img")
    assert shown.get_attribute("src").startswith("data:image/jpeg")
    assert shown.evaluate("image => image.naturalWidth") == 640
    assert shown.get_attribute("alt")
    assert locating.files() == []
    assert not any(SECRET_NAME.encode() in sent for sent in names)
    assert visited.complaints == []

    page.locator("#photo").get_by_role("button", name=CLEAR).click()
    wait_for_answer(page, text.WAITING_FOR_PHOTO)
    assert page.locator("#photo img").count() == 0
    drop(page, photo)
    page.locator("#tree .tree").wait_for()


def test_the_camera_and_the_clipboard_are_photos_too(locating, visit, photo):
    page = visit(locating.url, permissions=["camera", "clipboard-read", "clipboard-write"]).page
    page.get_by_label("Capture from camera").click()
    page.locator("#photo").get_by_text("Click to Access Webcam").click()
    page.wait_for_function(
        "() => document.querySelector('#photo video')?.currentTime > 0.5"
    )  # a picture is there
    page.get_by_label("capture photo", exact=True).click()
    page.locator("#tree .tree").wait_for()
    assert page.locator("#photo img").get_attribute("src").startswith("data:image/jpeg")
    assert locating.files() == []

    page.locator("#photo").get_by_role("button", name=CLEAR).click()
    wait_for_answer(page, text.WAITING_FOR_PHOTO)
    page.evaluate(COPY_A_PICTURE)
    page.get_by_label("Paste from clipboard").click()
    page.locator("#tree .tree").wait_for()
    assert page.locator("#photo img").evaluate("image => image.naturalWidth") == 60
    assert locating.files() == []


def bad_photos(folder):
    """File names and contents that are no photo, or a strange one, with words of the answer to expect."""
    whole = io.BytesIO()
    street(800, 600).save(whole, "JPEG")
    return {
        "text.jpg": b"This is no picture.",
        "truncated.jpg": whole.getvalue()[:700],
        "empty.jpg": b"",
        "bomb.png": png_bomb(),
    }


def test_a_bad_photo_is_explained_and_the_page_goes_on(locating, visit, tmp_path, photo):
    visited = visit(locating.url)
    page = visited.page
    labels = "Japan\nPeru\nMali"
    page.locator("#outline textarea").fill(labels)
    page.locator("#label-check", has_text="3").wait_for()
    for name, content in bad_photos(tmp_path).items():
        path = tmp_path / name
        path.write_bytes(content)
        drop(page, path)
        alert = page.locator("#answer [role=alert]")
        alert.wait_for()
        told = alert.inner_text()
        assert len(told) > 40, name
        assert "Traceback" not in told
        assert page.locator("#outline textarea").input_value() == labels
        assert locating.files() == [], name
        drop(page, photo)  # the page is still usable
        page.locator("#answer [role=alert]").wait_for(state="detached")
        wait_for_tree(page, "Peru")
        page.locator("#photo").get_by_role("button", name=CLEAR).click()
        wait_for_answer(page, text.WAITING_FOR_PHOTO)


def test_unusual_photos_are_read_and_shown_upright(locating, visit, photos):
    page = visit(locating.url).page
    for kind, size in (("orientation6", [100, 150]), ("animation", [150, 100]), ("heic", [150, 100])):
        drop(page, photos[kind])
        page.locator("#tree .tree").wait_for()
        page.wait_for_function(IS_SHOWN_AS_LARGE_AS, arg=size)
        if kind == "animation":
            assert "first frame" in page.locator("#notes").inner_text()
        page.locator("#photo").get_by_role("button", name=CLEAR).click()
        wait_for_answer(page, text.WAITING_FOR_PHOTO)


def test_without_a_photo_the_page_asks_for_one(locating, visit):
    page = visit(locating.url).page
    wait_for_answer(page, text.WAITING_FOR_PHOTO)
    page.locator("#update").click()
    wait_for_answer(page, text.WAITING_FOR_PHOTO)
    assert_map_is_drawn(page)


# Labels


def test_editing_labels_answers_again_without_reading_the_photo_again(locating, visit, photo, monkeypatch):
    page = visit(locating.url).page
    drop(page, photo)
    page.locator("#tree .tree").wait_for()
    encoder = locating.model.get().encoder
    monkeypatch.setattr(
        encoder, "image_embeddings", lambda images: pytest.fail("the photo was encoded again")
    )
    set_labels(page, "Japan\nPeru")  # with Ctrl+Enter
    page.locator("#answer", has_text="2 labels").wait_for()
    page.locator("#outline textarea").fill("Japan\nPeru\nMali")
    page.locator("#add-cities input").focus()  # leaving the field is enough
    page.locator("#answer", has_text="3 labels").wait_for()
    page.locator("#outline textarea").fill("Japan\nPeru\nMali\nChile")
    page.locator("#update").click()
    page.locator("#answer", has_text="4 labels").wait_for()
    page.locator("#preset input").click()
    page.get_by_role("option", name="Climate zones").click()
    page.locator("#tree .level", has_text=text.LEVELS["label"]).first.wait_for()
    assert "climate" in page.locator("#outline textarea").input_value()


def test_hostile_labels_are_text_everywhere(locating, visit, photo):
    hostile = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>"]
    visited = visit(locating.url)
    page = visited.page
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    drop(page, photo)
    page.locator("#tree .tree").wait_for()
    set_labels(page, "\n".join(f"{name} @ {10 * i}, 20" for i, name in enumerate(hostile)))
    wait_for_tree(page, *hostile)
    assert page.locator("#tree img, #tree script, #answer img, #notes img, #label-check img").count() == 0
    frame = map_frame(page)
    frame.locator(".guess").nth(1).wait_for(state="attached")  # a point: it has no size of its own
    for i in range(2):
        frame.locator(".guess").nth(i).dispatch_event("click")
        popup = frame.locator(".leaflet-popup-content").last
        popup.wait_for()
        assert any(name in popup.inner_text() for name in hostile)
    assert frame.locator("img[src='x'], .leaflet-popup-content script").count() == 0
    visited.save("hostile-labels")
    assert dialogs == []
    assert visited.complaints == []


def test_label_lists_of_one_none_and_too_many(locating, visit, photo):
    page = visit(locating.url).page
    drop(page, photo)
    page.locator("#tree .tree").wait_for()
    set_labels(page, "Japan")
    page.locator("#tree .above", has_text="Japan").wait_for()  # its cities are compared
    page.locator("#add-cities input").uncheck()
    wait_for_answer(page, "Japan is the only label")
    set_labels(page, "")
    page.locator("#answer", has_text=text.EMPTY_LIST).wait_for()
    assert page.locator("#tree .tree").count() == 0
    assert page.frame_locator("#map iframe:not([aria-busy])").locator(".guess").count() == 0
    page.locator("#label-check .problem", has_text="no labels").wait_for()
    many = "\n".join(f"Label {i}" for i in range(5000))
    set_labels(page, many)
    page.locator("#answer [role=alert]", has_text="2,000").wait_for()
    assert page.locator("#outline textarea").input_value() == many  # nothing typed is lost
    set_labels(page, "Japan\nPeru @ 95, 0")
    page.locator("#label-check .problem", has_text="Line 2").wait_for()
    set_labels(page, "Japan\nPeru")
    page.locator("#answer", has_text="2 labels").wait_for()


def test_the_caption_of_each_label_is_shown_on_request(locating, visit, photo):
    page = visit(locating.url).page
    drop(page, photo)
    page.locator("#tree .tree").wait_for()
    assert page.locator("#tree .share").first.evaluate(THE_WIDEST_SHARE_FITS)
    caption = page.locator("#tree .caption").first
    assert not caption.is_visible()
    page.get_by_label(text.SHOW_CAPTIONS).check()
    assert "Street View photo" in caption.inner_text()


# What is sent


def test_photo_and_answer_are_sent_once_and_compressed(locating, visit, photo):
    page, encodings, received = visit(locating.url).page, {}, {}  # by request; received: characters

    def begin(answer):
        if "queue/data" in answer["response"]["url"]:
            encodings[answer["requestId"]] = answer["response"]["headers"].get("content-encoding")

    def receive(part):
        received[part["requestId"]] = received.get(part["requestId"], 0) + part["dataLength"]

    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.responseReceived", begin)
    network.on("Network.dataReceived", receive)
    drop(page, photo)
    page.locator("#tree .tree").wait_for()
    page.wait_for_timeout(1000)  # the protocol tells of what came a little later
    preview = page.locator("#photo img").evaluate("image => image.src.length")
    tree = page.locator("#tree .tree").evaluate("tree => tree.outerHTML.length")
    came = sum(received.get(stream, 0) for stream in encodings)  # on one stream, or on one after the other
    assert preview + tree < came < 2 * (preview + tree)  # the map is smaller than the tree
    assert set(encodings.values()) == {"gzip"}


# The model behind the page


def test_a_photo_dropped_while_the_model_loads_is_answered_when_it_is_there(
    calibrated_checkpoint, gazetteer, visit, photo, tmp_path
):
    model = model_behind(calibrated_checkpoint, gazetteer)
    with serve(model, gazetteer, (), tmp_path / "temp") as served:
        page = visit(served.url).page
        wait_for_answer(page, text.FIRST_LOADING)
        assert page.locator("#model .loading").count() == 1
        sent = []
        page.on(
            "request",
            lambda request: request.url.partition("?")[0].endswith("/upload") and sent.append(request),
        )
        drop(page, photo)
        wait_for_answer(page, text.WAITING_FOR_MODEL)
        model.start()
        page.locator("#tree .tree").wait_for()
        assert len(sent) == 1
        assert page.locator("#model .loading").count() == 0
        assert_calibration_can_be_switched_off(page)
        assert served.files() == []


@pytest.fixture
def calibrated_checkpoint(tiny_checkpoint, tmp_path):
    folder = copy_checkpoint(tiny_checkpoint, tmp_path / "calibrated")
    about = {"dataset": "im2gps3k", "photos": 1500}
    record = calibration_record(folder_revision(folder), Temperatures(country=40), about)
    (folder / "calibration.json").write_text(json.dumps(record))
    return folder


def assert_calibration_can_be_switched_off(page):
    """The switch is on; off it changes the shares, and the link says so."""
    switch, first = page.get_by_label(text.CALIBRATED), page.locator("#tree .tree .share").first
    assert switch.is_checked()
    page.locator("#answer", has_text="Calibrated shares among your 193 labels").wait_for()
    page.locator("#notes", has_text="Shares of countries are calibrated: temperature 40.00").wait_for()
    calibrated = first.inner_text()
    page.locator("#share > button").click()
    switch.uncheck()
    page.locator(
        "#answer:not(:has-text('Calibrated shares'))", has_text="Shares among your 193 labels"
    ).wait_for()
    assert first.inner_text() != calibrated
    page.wait_for_function("document.querySelector('#share-link')?.value.includes('calibrated=0')")


# Sizes and themes


@pytest.mark.parametrize(
    ("scheme", "sizes"), [("light", [(390, 844), (1024, 768)]), ("dark", [(768, 1024), (1920, 1080)])]
)
def test_the_page_fits_every_window(practising, visit, scheme, sizes):
    visited = visit(practising.url, *sizes[0], scheme)
    page = visited.page
    wait_for_answer(page, "Norway")
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(f"innerWidth === {width}")
        assert_map_is_drawn(page)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0
        assert page.locator("img:not([alt])").count() == 0
        visited.save(f"page-{width}-{scheme}")
