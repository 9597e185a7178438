"""In a real Chromium: what is kept of a photo goes with its page, and a lost server costs nothing that was typed."""

import base64
import time

import numpy as np
import pytest
from pictures import street
from PIL import Image
from server_process import Process, free_port

from streetclip_demo.photos.kept_photo import keep
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser

SECRET = b"Camera-of-Ada-Lovelace"
OWN_LABELS = "Japan\nPeru\nKenya\nFrance"
MINUTE = 60
KEPT = {"view", "preview", "embedding", "digest"}  # of a photo, as `marks_of` calls it


@pytest.fixture(scope="module")
def process(tiny_checkpoint, tmp_path_factory):
    """The page with a tiny model that locates photographs, in a process of its own."""
    process = Process(str(tiny_checkpoint), tmp_path_factory.mktemp("temp"), free_port(), grace_seconds=4)
    process.start()
    yield process
    process.kill()


@pytest.fixture
def server(process):
    """That page; who ends it starts it again, or the next test does."""
    if process.running.returncode is not None:
        process.start()
    return process


@pytest.fixture
def marked(tmp_path):
    """A photo of 1,800 x 1,200 pixels whose file says who made it."""
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()
    picture = street(1800, 1200, seed=5)
    path = tmp_path / "marked.png"
    picture.save(path, exif=exif, compress_level=1)
    return path


def drop(page, path):
    page.locator("#photo input[type=file]").set_input_files(path)


def uploads_of(page):
    """The uploads that a page sends from now on; the list grows."""
    sent = []
    page.on(
        "request", lambda request: request.url.partition("?")[0].endswith("/upload") and sent.append(request)
    )
    return sent


def headline(page):
    return page.locator("#answer .headline").inner_text()


def answered(page):
    page.locator("#tree .tree").wait_for()
    return page.locator("#tree .tree").inner_text()


def ask_own_labels(page):
    page.locator("#outline textarea").fill(OWN_LABELS)
    page.locator("#update").click()
    page.locator("#tree .tree", has_text="Kenya").wait_for()
    page.wait_for_function("() => document.querySelectorAll('#tree .tree > ul > li').length === 4")


def marks_of(path, encoder):
    """Byte sequences that only this photo has: in its file, its pixels, and what is kept of it."""
    photo = open_photo(path)
    kept = keep(photo, encoder.crop(photo.image))
    rows, view = np.asarray(photo.image), np.asarray(kept.view)
    middle = len(kept.jpeg) // 2 // 3 * 3
    return {
        "file": path.read_bytes()[200_000:200_064],
        "metadata": SECRET,
        "pixels": rows[700, 400:440].tobytes(),
        "view": view[view.shape[0] // 2, :30].tobytes(),
        "preview": kept.jpeg[middle : middle + 60],
        "preview as text": base64.b64encode(kept.jpeg[middle : middle + 60]),
        "embedding": encoder.image_embeddings([photo.image])[0].tobytes(),
        "digest": photo.digest.encode(),
    }


# Privacy


def test_of_a_photo_nothing_is_left_in_memory_or_on_disk_when_its_page_is_closed(
    server, visit, marked, tiny_encoder
):
    marks = marks_of(marked, tiny_encoder)
    page = visit(server.url, storage_state=None).page
    first = answered(page)
    drop(page, marked)
    page.wait_for_function("() => document.querySelector('#photo img')?.naturalWidth === 1280")
    page.wait_for_function("first => document.querySelector('#tree .tree')?.innerText !== first", arg=first)
    page.locator("#clue-area > button").click()
    page.locator("#clue-readings table, #clue-readings li, #clue-readings p").first.wait_for()
    page.get_by_role("tab", name=text.STEPS_TAB).click()
    page.locator("#steps .steps").wait_for()
    for tab in (text.GUESS_TAB, text.DRAW_TAB, text.LOCATE_TAB):
        page.get_by_role("tab", name=tab).click()
    page.locator("#export > button").click()
    page.locator("#export-with-photo input").check()
    with page.expect_download():
        page.locator("#export-html").click()

    # what is kept while the page is open, so that this walk can find; and nothing more, once the file is on its way
    ends = time.monotonic() + MINUTE
    while (open_now := server.holders(marks)).keys() != KEPT and time.monotonic() < ends:
        time.sleep(1)
    assert open_now.keys() == KEPT, open_now
    page.close()
    time.sleep(server.grace_seconds + 2)  # the first look when it is due, as each takes seconds
    ends = time.monotonic() + MINUTE
    while (left := server.holders(marks)) and time.monotonic() < ends:
        time.sleep(1)
    assert left == {}
    for path in server.temp.rglob("*"):
        assert not path.is_file() or not any(mark in path.read_bytes() for mark in marks.values()), path


# A server that has forgotten


def test_a_server_that_was_restarted_says_so_and_answers_for_the_same_photo(server, visit, marked):
    page = visit(server.url).page
    answered(page)
    drop(page, marked)
    page.wait_for_function("() => document.querySelector('#photo img')?.naturalWidth === 1280")
    page.locator("#fine-tuning > button").click()
    beam = page.locator("#beam input[type=number]")
    while beam.input_value() != "3":  # what is typed while the fold opens may be lost
        beam.fill("3")
        page.wait_for_timeout(300)
    ask_own_labels(page)
    before = answered(page)
    uploads = uploads_of(page)
    server.kill()
    page.locator("#connection", has_text=text.CONNECTION_LOST).wait_for()
    server.start()
    page.locator("#connection", has_text=text.SERVER_RESTARTED).wait_for()
    typed = OWN_LABELS + "\nSpain"
    page.locator("#outline textarea").fill(typed)
    page.locator("#outline textarea").blur()  # without a press of "Update"
    page.locator("#tree .tree", has_text="Spain").wait_for()
    assert page.locator("#outline textarea").input_value() == typed
    assert beam.input_value() == "3"
    assert page.locator("#photo img").evaluate("image => image.naturalWidth") == 1280
    ask_own_labels(page)
    assert answered(page) == before  # by the photo itself: of its preview the shares would differ
    page.get_by_role("tab", name=text.STEPS_TAB).click()
    page.locator("#steps").get_by_text("1,800 × 1,200").wait_for()
    assert len(uploads) == 1


def test_after_a_restart_the_photo_is_located_as_soon_as_the_model_has_loaded(server, visit, marked):
    page = visit(server.url).page
    answered(page)
    drop(page, marked)
    page.wait_for_function("() => document.querySelector('#photo img')?.naturalWidth === 1280")
    ask_own_labels(page)
    server.kill()
    page.locator("#connection", has_text=text.CONNECTION_LOST).wait_for()
    uploads = uploads_of(page)
    server.start(with_model=False)
    page.locator("#answer", has_text=text.WAITING_FOR_MODEL).wait_for()
    server.load_model()
    page.locator("#answer", has_text=text.WAITING_FOR_MODEL).wait_for(state="detached")
    page.locator("#answer :not(.state) > .headline").wait_for()  # an answer, which is no message
    assert len(uploads) == 1
    assert page.locator("#tree .tree > ul > li").count() == 4
    assert page.locator("#photo img").evaluate("image => image.naturalWidth") == 1280


def test_a_question_that_is_under_way_when_the_server_dies_is_answered_by_the_next(server, visit, marked):
    page = visit(server.url).page
    answered(page)
    server.kill()
    page.locator("#outline textarea").fill(OWN_LABELS)
    page.locator("#update").click()
    drop(page, marked)
    server.start()
    page.wait_for_function("() => document.querySelector('#photo img')?.naturalWidth === 1280")
    page.wait_for_function("() => document.querySelectorAll('#tree .tree > ul > li').length === 4")
    assert page.locator(".toast-body").count() == 0


def test_a_photo_that_the_page_no_longer_has_is_asked_for(server, visit, marked):
    page = visit(server.url).page
    answered(page)
    drop(page, marked)
    page.wait_for_function("() => document.querySelector('#photo img')?.naturalWidth === 1280")
    ask_own_labels(page)
    page.evaluate("() => { window.streetclip.sendAgain = async () => null }")
    server.kill()
    page.locator("#connection", has_text=text.CONNECTION_LOST).wait_for()
    server.start()
    page.locator("#answer", has_text=text.PHOTO_LOST).wait_for()
    assert page.locator("#photo img").count() == 0
    assert page.locator("#outline textarea").input_value() == OWN_LABELS


def test_a_connection_that_is_lost_for_seconds_costs_nothing(server, visit, marked):
    visited = visit(server.url, storage_state=None)
    page = visited.page
    answered(page)
    drop(page, marked)
    page.wait_for_function("() => document.querySelector('#photo img')?.naturalWidth === 1280")
    ask_own_labels(page)
    page.evaluate("() => { window.isTheSamePage = true }")
    page.locator("#outline textarea").fill("Chile\nNorway")
    sent = []
    page.on("request", lambda request: "/upload" in request.url and sent.append(request.url))
    page.context.set_offline(True)
    page.locator("#update").click()
    page.locator("#connection", has_text=text.CONNECTION_LOST).wait_for()
    page.context.set_offline(False)
    page.locator("#tree .tree", has_text="Chile").wait_for()
    assert page.evaluate("() => window.isTheSamePage")
    assert page.locator("#outline textarea").input_value() == "Chile\nNorway"


def test_a_lesson_goes_on_after_a_restart(server, visit):
    page = visit(f"{server.url}?view=guess").page
    page.locator("#lesson-question h2").wait_for()
    page.locator("#lesson-typed textarea, #lesson-typed input").fill("36.1, 138.4")
    page.locator("#lesson-put").click()
    page.locator("#lesson-guess").click()
    page.locator("#next-question").click()
    page.locator("#lesson-progress", has_text="2 of").wait_for()
    total = page.locator("#lesson-progress .total.you").inner_text()
    server.kill()
    page.locator("#connection", has_text=text.CONNECTION_LOST).wait_for()
    server.start()
    page.locator("#connection", has_text=text.SERVER_RESTARTED).wait_for()
    page.locator("#lesson-typed textarea, #lesson-typed input").fill("Athens, Greece")
    page.locator("#lesson-put").click()
    page.locator("#lesson-pin", has_text="Greece").wait_for()
    page.locator("#lesson-guess").click()
    page.locator("#lesson-result .card.you").wait_for()
    assert page.locator("#lesson-progress .total.you").inner_text() != total
