"""Ways to a photo in Chromium: chooser, drop, paste and camera take what the server reads; none loses the photo."""

import base64
import io

import numpy as np
import pillow_heif
import pytest
from page_server import model_behind, serve
from pictures import street
from PIL import Image

from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def locating(tiny_checkpoint, gazetteer, tmp_path_factory):
    """The page with a model for photographs: a tiny one, whose answers mean nothing."""
    model = model_behind(tiny_checkpoint, gazetteer)
    model.start()
    with serve(model, gazetteer, (), tmp_path_factory.mktemp("temp")) as page:
        model.get()
        yield page


@pytest.fixture(scope="module")
def opened(locating, open_visits):
    """The page; the clipboard may be read and written."""
    with open_visits() as visit:
        yield visit(locating.url, permissions=["camera", "clipboard-read", "clipboard-write"]).page


@pytest.fixture
def page(opened):
    """The same page for all, with another photo of 640 x 480, answered, and nothing said or refused any more."""
    opened.evaluate(REFUSE_NOTHING)
    if opened.evaluate(IS_AS_WIDE_AS, 640):
        give(opened, "before.jpg", encoded(street(320, 240), "JPEG"))
        wait_for_photo(opened, 320)
    give(opened, "photo.jpg", encoded(street(640, 480), "JPEG"))
    wait_for_photo(opened, 640)
    opened.wait_for_function(IS_ANSWERED)
    assert opened.locator("#photo-note").inner_text().strip() == ""
    return opened


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def heic(width):
    file = io.BytesIO()
    pillow_heif.from_pillow(street(width, 64)).save(file, quality=80)
    return file.getvalue()


# Names of files and what lies in them: 96 pixels wide, so that another photo can be told from the one before
FILES = {
    "IMG_0001.HEIC": heic(96),
    "photo.heif": heic(96),
    "DSC_1.mpo": encoded(
        street(96, 64), "MPO", save_all=True, append_images=[street(96, 64, seed=1)], quality=90
    ),
    "image.jfif": encoded(street(96, 64), "JPEG"),
    "scan.tiff": encoded(street(96, 64), "TIFF"),
    "photo.avif": encoded(street(96, 64), "AVIF"),
    "photo.ppm": encoded(street(96, 64), "PPM"),
}
DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name));
  const target = document.querySelector('#photo img') ?? document.querySelector('#photo .upload-container button')
    ?? document.querySelector('#photo .upload-container');
  target.dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: dropped}));
}"""
PASTE = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const pasted = new DataTransfer();
  pasted.items.add(new File([bytes], name));
  document.body.dispatchEvent(new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: pasted}));
}"""
# Gradio marks what is being computed, where the answer before it still stands.
IS_ANSWERED = "() => document.querySelector('#answer .headline') && !document.querySelector('.pending')"
IS_AS_WIDE_AS = "width => document.querySelector('#photo img')?.naturalWidth === width"
COPY_A_PICTURE = """async (width) => {
  const canvas = new OffscreenCanvas(width, 40);
  canvas.getContext('2d').fillRect(0, 0, 60, 20);
  await navigator.clipboard.write([new ClipboardItem({'image/png': await canvas.convertToBlob()})]);
}"""


REFUSE_THE_CAMERA = """() => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
}"""
REFUSE_THE_CLIPBOARD = """() => {
  navigator.clipboard.read = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
}"""

REFUSE_NOTHING = """() => {
  delete navigator.mediaDevices.getUserMedia;
  delete navigator.clipboard.read;
}"""


def give(page, name, content):
    page.locator("#photo input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": content})


def wait_for_photo(page, width):
    """Wait until the server's preview of a photo as wide as this is shown."""
    page.wait_for_function(IS_AS_WIDE_AS, arg=width)
    page.locator("#photo img[src^='data:image/jpeg']").wait_for()
    page.locator("#tree .tree").wait_for()


def said(page, sentence):
    page.locator("#photo-note", has_text=sentence).wait_for()


@pytest.mark.parametrize("name", FILES)
def test_what_the_server_reads_comes_through_the_file_chooser(page, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(FILES[name])
    with page.expect_file_chooser() as opening:
        page.get_by_label("Upload file").click()
    accepted = opening.value.element.get_attribute("accept").split(",")
    assert "image/*" in accepted
    assert path.suffix.lower() in accepted
    wait_for_photo(page, 640)  # it stays until another is there
    opening.value.set_files(path)
    wait_for_photo(page, 96)


def test_the_empty_box_opens_the_same_chooser(locating, visit, tmp_path):
    page = visit(locating.url).page
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(FILES["IMG_0001.HEIC"])
    with page.expect_file_chooser() as opening:
        page.locator("#photo").get_by_text("click to choose one").click()
    assert ".heic" in opening.value.element.get_attribute("accept")
    opening.value.set_files(path)
    wait_for_photo(page, 96)


@pytest.mark.parametrize("way", [DROP, PASTE], ids=["drop", "paste"])
@pytest.mark.parametrize("name", ["IMG_0001.HEIC", "DSC_1.mpo"])
def test_what_the_server_reads_can_be_dropped_and_pasted(page, way, name):
    page.evaluate(way, [name, base64.b64encode(FILES[name]).decode()])
    wait_for_photo(page, 96)


def test_a_heic_can_be_dropped_into_the_empty_box(locating, visit):
    page = visit(locating.url).page
    page.locator("#photo input[type=file]").wait_for(state="attached")
    page.evaluate(DROP, ["IMG_0001.HEIC", base64.b64encode(FILES["IMG_0001.HEIC"]).decode()])
    wait_for_photo(page, 96)


def test_what_is_no_photo_keeps_the_photo_with_its_answer_and_is_told(page):
    answer = page.locator("#answer").inner_text()
    page.evaluate(DROP, ["notes.txt", base64.b64encode(b"hello").decode()])
    said(page, text.FILE_OTHER)
    cut = base64.b64encode(FILES["scan.tiff"][:3000]).decode()
    for way in (DROP, PASTE):
        page.evaluate(way, ["cut.tiff", cut])
        page.locator(".toast-body", has_text="The photo is damaged or incomplete").wait_for()
        wait_for_photo(page, 640)
        page.locator(".toast-close").first.click()
        page.locator(".toast-body").wait_for(state="detached")
    page.evaluate(REFUSE_THE_CAMERA)
    page.get_by_label("Capture from camera").click()
    said(page, text.CAMERA_DENIED)
    wait_for_photo(page, 640)
    assert page.locator("#answer").inner_text() == answer


def test_pasting_without_a_picture_keeps_the_photo_and_says_so(page):
    page.evaluate("navigator.clipboard.writeText('a street in Nairobi')")
    page.get_by_label("Paste from clipboard").click()
    said(page, text.PASTE_NOTHING)
    wait_for_photo(page, 640)
    page.evaluate(COPY_A_PICTURE, 60)
    page.get_by_label("Paste from clipboard").click()
    wait_for_photo(page, 60)
    assert page.locator("#photo-note").inner_text().strip() == ""
    page.get_by_label("Paste from clipboard").click()  # a second time: the way back was not lost
    wait_for_photo(page, 60)


def test_ctrl_v_takes_a_picture_from_the_clipboard_and_leaves_text_to_the_fields(page):
    page.evaluate(COPY_A_PICTURE, 72)
    page.locator("#title").click()
    page.keyboard.press("Control+v")
    wait_for_photo(page, 72)
    page.evaluate("navigator.clipboard.writeText('Japan')")
    page.locator("#title").click()
    page.keyboard.press("Control+v")
    said(page, text.PASTE_NOTHING)
    field = page.locator("#outline textarea")
    field.fill("")
    field.press("Control+v")
    assert field.input_value() == "Japan"
    wait_for_photo(page, 72)


def test_where_the_clipboard_may_not_be_read_the_page_says_what_to_press(locating, visit):
    page = visit(locating.url).page
    give(page, "photo.jpg", encoded(street(640, 480), "JPEG"))
    wait_for_photo(page, 640)
    page.evaluate(REFUSE_THE_CLIPBOARD)
    page.get_by_label("Paste from clipboard").click()
    said(page, text.PASTE_DENIED)
    wait_for_photo(page, 640)


SEEN_BY_THE_CAMERA = """() => {
  const video = document.querySelector('#photo video');
  video.pause(); // what is captured next is this picture
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext('2d').drawImage(video, 0, 0);
  return canvas.convertToBlob({type: 'image/png'}).then(async (blob) => {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let letters = '';
    for (const byte of bytes) letters += String.fromCharCode(byte);
    return btoa(letters);
  });
}"""


def test_a_photo_from_the_camera_has_left_and_right_as_they_are(page):
    page.get_by_label("Capture from camera").click()
    page.locator("#photo").get_by_text("Click to Access Webcam").click()
    page.wait_for_function("() => document.querySelector('#photo video')?.currentTime > 0.5")
    assert page.locator("#photo video").evaluate("video => getComputedStyle(video).transform") == "none"
    for _ in range(100):  # until the test camera's clock shows something that is not the same in a mirror
        seen = Image.open(io.BytesIO(base64.b64decode(page.evaluate(SEEN_BY_THE_CAMERA))))
        mirrored = seen.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if difference(seen, mirrored) > 1:
            break
        page.evaluate("() => document.querySelector('#photo video').play()")
        page.wait_for_timeout(70)
    page.get_by_label("capture photo", exact=True).click()
    page.locator("#tree .tree").wait_for()
    uri = page.locator("#photo img[src^='data:image/jpeg']").get_attribute("src")
    shown = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert difference(seen, mirrored) > 1
    assert difference(shown, seen) < 0.75 * difference(shown, mirrored)


def difference(one, other):
    """Mean difference of two pictures' grey levels."""
    greys = [np.asarray(image.convert("L").resize((160, 120))).astype(int) for image in (one, other)]
    return np.abs(greys[0] - greys[1]).mean()
