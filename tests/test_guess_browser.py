"""Guess first in a real Chromium: the click, the keyboard, a teacher's lesson, and what nobody may read too early."""

import json
import re
from pathlib import Path

import pytest
from test_lessons import LABELS, PHOTO, recording

from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ("Zyxville", "Qwertyburg", "because of the bins")
JAPAN = (36.1425, 138.4422)
# Keeps what the server streams to the page from now on.
HEAR = """() => {
  window.heard = [];
  const {read} = ReadableStreamDefaultReader.prototype;
  ReadableStreamDefaultReader.prototype.read = async function (...options) {
    const part = await read.apply(this, options);
    if (part.value) heard.push(typeof part.value === 'string' ? part.value : new TextDecoder().decode(part.value));
    return part;
  };
}"""


@pytest.fixture
def lesson_file(tmp_path):
    """A teacher's lesson: a photograph with a recorded answer, and the same one without."""
    answer = {"place": "Zyxville", "latitude": 48.8566, "longitude": 2.3522}
    pin = {"place": "Qwertyburg", "latitude": 45.76, "longitude": 4.84, "probability": 0.5}
    first = {
        "photo": PHOTO,
        "answer": answer,
        "explanation": "We know because of the bins.",
        "recorded": recording(pin=pin),
    }
    second = {"photo": PHOTO, "answer": answer}
    common = {"question": "Where is this?", "credit": "Drawn by a test", "labels": LABELS}
    path = tmp_path / "lesson-of-ada.json"
    path.write_text(
        json.dumps({"lesson": 1, "title": "Ada's lesson", **common, "questions": [first, second]})
    )
    return path


# Steps that people take


def open_lessons(visited):
    page = visited.page
    page.get_by_role("tab", name=text.GUESS_TAB).click()
    page.locator("#lesson-question img").wait_for()
    map_frame(page, text.GUESS_MAP).locator(".land").first.wait_for(state="attached")
    return page


def map_frame(page, title):
    """The map of this title, once it is the only one."""
    page.wait_for_function("document.querySelectorAll('#lesson-map iframe').length === 1")
    page.locator(f'#lesson-map iframe[title="{title}"]:not([aria-busy])').wait_for()
    return page.frame_locator("#lesson-map iframe")


def load_lesson(page, path):
    page.locator("#lesson-head input[type=file]").set_input_files(path)


def type_place(page, place):
    page.locator("#lesson-typed textarea").fill(place)
    page.locator("#lesson-typed textarea").press("Enter")
    page.locator("#lesson-pin", has_text="°").wait_for()


def guess(page):
    page.locator("#lesson-guess:enabled").click()
    page.locator("#lesson-result .card.model").get_by_text(
        re.compile("asked just now|Recorded|cannot locate")
    ).wait_for()
    page.locator("#next-question").wait_for()


def assert_nothing_is_kept(served):
    kept = [path for path in served.files() if "playwright" not in str(path)]  # but for the browser's own
    assert [path for path in kept if b"Zyxville" in path.read_bytes() or "ada" in path.name] == []


def inside(page, mark):
    """Wait until a mark lies inside the map."""
    for _ in range(40):
        spot, holder = mark.bounding_box(), page.locator("#lesson-map").bounding_box()
        if (
            20 < spot["x"] - holder["x"] < holder["width"] - 20
            and 20 < spot["y"] - holder["y"] < holder["height"] - 20
        ):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"{spot} lies outside {holder}")


def is_in_view(page, part, most_cut=0):
    box = page.locator(part).bounding_box()
    return box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"] + most_cut


def test_a_click_a_guess_both_scores_and_a_summary(practising, visit):
    visited = visit(practising.url, 1280, 720)
    page = open_lessons(visited)
    assert page.locator("#lesson-guess").is_disabled()
    assert is_in_view(page, "#lesson-guess")
    assert is_in_view(page, "#lesson-map", most_cut=20)
    map_frame(page, text.GUESS_MAP).locator(".folium-map").click(position={"x": 200, "y": 150})
    page.locator("#lesson-pin", has_text="Your pin:").wait_for()
    type_place(page, "48.85, 2.35")  # moves the pin on the map too
    page.locator("#lesson-pin", has_text="France, 48.9° N, 2.4° E").wait_for()
    guess(page)

    assert page.locator(".card.you .country").inner_text() == text.OTHER_COUNTRY
    assert page.locator(".card .away").count() == 0  # the answer is a country: right or wrong
    assert page.locator(".card.model .country.right").count() == 1
    frame = map_frame(page, text.ANSWER_MAP.format(place="Japan"))
    assert frame.locator("path.line.you").count() == 1
    assert frame.locator("path.line.model").count() == 1
    assert frame.locator(".spot-name").all_inner_texts()[0] == "Japan"
    visited.save("guess-first")
    page.wait_for_function("document.activeElement.id === 'next-question'")
    assert is_in_view(page, "#next-question")
    assert is_in_view(page, ".card.model")

    for _ in range(3):
        page.locator("#next-question").click()
        type_place(page, "Bangkok")
        guess(page)
    assert page.locator("#next-question").inner_text() == text.SEE_SUMMARY
    page.locator("#next-question").click()
    page.locator(".summary").wait_for()
    right = page.locator(".summary .accuracy tr", has_text=text.RIGHT_COUNTRY).locator("td")
    model = page.locator(".summary table").last.locator("td:last-child", has_text=text.RIGHT_COUNTRY)
    assert right.all_inner_texts()[1] == text.ACCURACY_OF.format(count=model.count(), asked=4)
    assert page.locator(".summary .accuracy tr").count() == 2  # no distances: the answers are countries
    assert page.locator(".summary table").last.locator("tbody tr").count() == 4
    assert is_in_view(page, "#next-question")
    marks = map_frame(page, text.SUMMARY_MAP).locator(".spot.truth .spot-name")
    marks.first.wait_for()
    assert marks.all_inner_texts() == ["1", "2", "3", "4"]
    page.locator("#next-question").click()  # start again
    page.get_by_text(text.QUESTION_NUMBER.format(number=1, count=4)).wait_for()
    assert visited.complaints == []


def test_the_keyboard_alone_is_enough(practising, visit):
    page = open_lessons(visit(practising.url))
    map_frame(page, text.GUESS_MAP).locator(".folium-map").focus()
    page.keyboard.press("ArrowUp")  # the pin appears in the middle of the map, about 11 degrees east
    page.locator("#lesson-pin", has_text=re.compile(r"\b1[01]\.\d° E")).wait_for()
    first = page.locator("#lesson-pin").inner_text()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.locator("#lesson-pin", has_text="° E").filter(has_not_text=first).wait_for()
    moved = page.locator("#lesson-pin").inner_text()
    page.keyboard.press("Shift+ArrowRight")  # a little further
    page.locator("#lesson-pin", has_text="° E").filter(has_not_text=moved).wait_for()
    page.locator("#lesson-guess:enabled").focus()
    page.keyboard.press("Enter")
    page.locator("#lesson-result .card.model .source").wait_for()
    page.wait_for_function("document.activeElement.id === 'next-question'")
    page.keyboard.press("Enter")
    page.get_by_text(text.QUESTION_NUMBER.format(number=2, count=4)).wait_for()


def test_a_teachers_lesson_keeps_its_secrets_until_the_guess(practising, visit, lesson_file):
    visited = visit(practising.url)
    page = open_lessons(visited)
    page.evaluate(HEAR)
    load_lesson(page, lesson_file)
    page.get_by_text(text.QUESTION_NUMBER.format(number=1, count=2)).wait_for()
    type_place(page, "Tokyo")
    readable = [page.content(), *(frame.content() for frame in page.frames)]
    heard = page.evaluate("heard.join('')")
    assert "Drawn by a test" in heard
    readable.append(heard)
    assert [secret for secret in SECRETS if any(secret in one for one in readable)] == []
    assert_nothing_is_kept(practising)

    guess(page)
    told = page.locator("#lesson-result").inner_text()
    assert [secret for secret in SECRETS if secret not in told] == []
    assert "Recorded with StreetCLIP, revision abc, 2026-11-21" in told
    page.locator("#next-question").click()
    type_place(page, "Paris")
    guess(page)
    assert text.MODEL_CANNOT in page.locator(".card.model").inner_text()
    assert "points" in page.locator(".card.you").inner_text()
    assert visited.complaints == []


def test_a_lesson_that_is_wrong_is_named_by_question_and_field(practising, visit, lesson_file):
    page = open_lessons(visit(practising.url))
    record = json.loads(lesson_file.read_text())
    record["questions"][1]["answer"]["latitude"] = 131
    lesson_file.write_text(json.dumps(record))
    load_lesson(page, lesson_file)
    problem = page.locator("#lesson-problem [role=alert]")
    problem.wait_for()
    assert "question 2, answer, latitude: expected a number from -90 to 90, got 131" in problem.inner_text()
    assert page.locator("#lesson-progress").inner_text() == text.QUESTION_NUMBER.format(
        number=1, count=4
    )  # still there
    assert_nothing_is_kept(practising)


def test_only_the_maps_own_clicks_are_heard(practising, visit):
    page = open_lessons(visit(practising.url))
    page.evaluate("postMessage({streetclip: 'placed', latitude: 10, longitude: 20}, '*')")  # not from the map
    tell = "(message) => parent.postMessage(message, '*')"
    document = page.locator("#lesson-map iframe").element_handle().content_frame()
    for nonsense in (
        None,
        "placed",
        {"streetclip": "placed"},
        {"streetclip": "placed", "latitude": 91, "longitude": 0},
    ):
        document.evaluate(tell, nonsense)
    document.evaluate(tell, {"streetclip": "placed", "latitude": "1", "longitude": 0})
    document.evaluate(tell, {"streetclip": "placed", "latitude": -41.3, "longitude": 174.8 - 360})  # wrapped
    page.locator("#lesson-pin", has_text="New Zealand, 41.3° S, 174.8° E").wait_for()
    said = page.locator("#lesson-pin").inner_text()
    assert "10.0° N" not in said


def keep_question(page, **words):
    for name, said in words.items():
        page.locator(f"#making-{name} textarea").fill(said)
    page.locator("#making-keep").click()


def saved_lesson(page, folder):
    with page.expect_download() as saving:
        page.locator("#making-save").click()
    path = folder / saving.value.suggested_filename
    saving.value.save_as(path)
    return path


def test_a_lesson_is_made_in_the_page_saved_and_opened_again(practising, visit, tmp_path):
    visited = visit(practising.url)
    page = open_lessons(visited)
    fold = page.get_by_role("button", name=text.MAKE_LESSON)
    arrow = fold.locator(".icon").evaluate("icon => icon.getBoundingClientRect().right")
    assert arrow <= fold.evaluate("button => button.getBoundingClientRect().right")  # not turned out of it
    fold.click()
    page.locator("#making-title textarea").fill("Our streets")
    page.locator("#making-keep").click()
    page.get_by_text(text.MAKE_NO_PIN).wait_for()  # nothing to keep yet
    streets = [ROOT / f"assets/examples/{name}.png" for name in ("norway", "kenya")]
    broken = tmp_path / "broken.png"
    broken.write_text("no picture")
    page.locator("#making-photos input[type=file]").set_input_files([*streets, broken])
    page.get_by_role("heading", name=text.MAKE_WHERE).wait_for()
    page.locator("#making-told .problem").wait_for()  # one of the three is no picture
    page.get_by_text(text.MAKE_WAITING.format(count=1)).wait_for()
    type_place(page, "48.85, 2.35")
    assert not page.locator("#lesson-guess").is_visible()
    first = page.locator("#lesson-question img").get_attribute("src")
    keep_question(page, place="Rue <X>", question="Where?", credit="By Ada")
    page.locator("ol.making li", has_text="Rue <X>").wait_for()
    page.wait_for_function("(src) => document.querySelector('#lesson-question img').src !== src", arg=first)
    page.locator("#lesson-pin", has_text=text.GUESS_MAP_HELP).wait_for()
    type_place(page, "Nairobi")
    keep_question(page, place="Nairobi")
    page.locator("ol.making li", has_text="Nairobi").wait_for()
    page.locator("ol.making li button[data-do=up]").click()
    page.locator("ol.making li:first-child", has_text="Nairobi").wait_for()
    path = saved_lesson(page, tmp_path)
    assert path.name == "our-streets.json"

    page.locator("ol.making li button[data-do=remove]").first.click()
    page.locator("ol.making li", has_text="Nairobi").wait_for(state="detached")
    page.locator("#making-file-row input[type=file]").set_input_files(path)
    page.locator("ol.making li:first-child", has_text="Nairobi").wait_for()
    page.locator("ol.making li button[data-do=edit]").last.click()
    page.wait_for_function("document.querySelector('#making-place textarea').value === 'Rue <X>'")
    page.locator("#lesson-pin", has_text="France, 48.9° N, 2.4° E").wait_for()
    map_frame(page, text.GUESS_MAP).locator(".spot.you").wait_for(
        state="attached"
    )  # its pin stands where it was put
    keep_question(page, place="Rue <Y>")
    page.locator("ol.making li", has_text="Rue <Y>").wait_for()
    page.get_by_label(text.MAKE_RECORD).check()
    path = saved_lesson(page, tmp_path)
    page.get_by_text(text.MAKE_NOT_RECORDED.format(number=1, reason=text.MODEL_CANNOT)).wait_for()

    load_lesson(page, path)
    page.get_by_role("heading", name="Where?").wait_for()
    type_place(page, "Nairobi")
    guess(page)
    page.locator("#next-question").click()
    type_place(page, "48.85, 2.35")
    guess(page)
    assert "Rue <Y>" in page.locator("#lesson-result").inner_text()
    assert page.locator(".card.you .away").inner_text() == f"{text.UNDER_A_KILOMETRE} away"
    page.locator("#next-question").click()
    page.locator(".summary").wait_for()
    near = page.locator(".summary .accuracy tr", has_text=text.ACCURACY_WITHIN.format(distance="25 km"))
    assert near.locator("td").all_inner_texts() == [text.ACCURACY_OF.format(count=2, asked=2), text.NO_ANSWER]
    assert visited.complaints == []


def test_the_tab_fits_its_window(practising, visit):
    visited = visit(practising.url, width=390, scheme="dark")
    page = open_lessons(visited)
    type_place(page, "Lima")
    guess(page)
    frame = map_frame(page, text.ANSWER_MAP.format(place="Japan"))
    for width in (330, 390, 1860, 1920):  # the map follows its frame
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(f"innerWidth === {width}")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        inside(page, frame.locator(".spot.truth"))
        inside(page, frame.locator(".spot.you"))
        visited.save(f"guess-first-{width}")
    assert visited.complaints == []
