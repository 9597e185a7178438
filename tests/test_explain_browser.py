"""Why this answer, in the page: the map of a row, its opacity, and what is painted over by pointer and keyboard."""

import re
import threading
from urllib.parse import parse_qs, urlparse

import pytest

from streetclip_demo.locate.opened import open_model
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import adds_cities
from streetclip_demo.locate.street_check import StreetCheck, labels_hash
from streetclip_demo.locate.sweep import Swept, sweep, sweeping
from streetclip_demo.locate.what_if import change, without_part
from streetclip_demo.own_files import ASSETS
from streetclip_demo.page.explain import swept
from streetclip_demo.page.explain.looked import looked_html
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.frame.strokes import CELLS, read
from streetclip_demo.page.locate.export_area import export_file
from streetclip_demo.photos.brush import mask_of
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.report.sentences import changed, swept_sentence
from streetclip_demo.serve import compose
from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser


def test_the_answer_is_explained_on_the_picture(practising, visit, monkeypatch, tmp_path):
    gate = Gate()
    monkeypatch.setattr(compose, "sweeping", gate.sweeping)
    monkeypatch.setattr(swept, "SECONDS_BETWEEN", 0)
    visited = visit(practising.url)
    page = visited.page
    page.locator("#tree .name").first.wait_for()
    assert page.locator("#why-looked canvas").count() == 0  # nothing is computed until it is opened
    assert_the_clues_that_speak_for_the_chosen_row_stand_under_the_answer(page)
    page.locator("#why-area > button").click()
    page.locator("#why-looked .layer").wait_for()
    assert_the_map_follows_the_chosen_row(page)
    assert_the_slider_fades_the_map(page)
    assert_what_is_painted_is_answered_without(page, practising)
    assert_the_keyboard_paints_and_takes_back(page)
    assert_another_photo_begins_anew(page)
    gate.open(steps=3)
    assert_a_sweep_fills_while_others_are_answered_and_can_be_stopped(page)
    gate.open(steps=1000)
    assert_it_names_the_part_that_matters_most(page, practising)
    link, *shown = assert_the_link_has_all_of_it(page)
    assert visited.complaints == []
    gate.close()
    page.locator("#why-sweep").click()
    assert gate.is_waited_at.wait(30)
    page.goto("about:blank")
    assert gate.ends_before_its_end()
    visited.complaints.clear()  # Gradio's client complains that its stream has ended
    gate.open(steps=1000)
    page.goto(f"{link}&embed=1&locked=1")
    assert_a_locked_embed_shows_the_same(page, *shown)
    page.goto(exported(practising, tmp_path).as_uri())
    assert_the_file_fades_its_map(page)
    assert visited.complaints == []


def test_without_an_answer_there_is_nothing_to_explain(practising, visit, monkeypatch):
    page = visit(practising.url).page
    page.locator("#why-area").wait_for()
    assert_a_photo_that_may_be_none_of_a_street_is_doubted_until_the_hint_is_closed(
        page, practising, monkeypatch
    )
    page.locator("#photo button[aria-label*=Clear], #photo button[aria-label*=Remove]").first.click()
    page.locator("#why-area").wait_for(state="hidden")


class Gate:
    """Lets a sweep go on step by step."""

    def __init__(self):
        self.is_waited_at, self.has_ended = threading.Event(), threading.Event()
        self._steps, self._seen = threading.Semaphore(0), 0

    def open(self, steps):
        self._steps.release(steps)

    def close(self):
        while self._steps.acquire(blocking=False):
            pass
        self.is_waited_at.clear()
        self.has_ended.clear()

    def sweeping(self, locator, swept):
        self._seen = 0
        try:
            for so_far in sweeping(locator, swept):
                if not self._steps.acquire(blocking=False):
                    self.is_waited_at.set()
                    self._steps.acquire(timeout=60)
                yield so_far
                self._seen += 1
        finally:
            self.has_ended.set()

    def ends_before_its_end(self):
        """Whether the sweep of a page that was left ends, at one of the steps that it would still have."""
        for _ in range(40):
            self.open(steps=1)
            if self.has_ended.wait(0.5):
                return self._seen < 49
        return False


def assert_the_clues_that_speak_for_the_chosen_row_stand_under_the_answer(page):
    spoken = page.locator("#speaking .speaks")
    spoken.wait_for()
    norway = "What speaks for Norway: a dashed yellow centre line, conifer trees and yellow direction signs."
    assert spoken.inner_text() == norway
    rows = page.locator("#tree .tree > ul > li .name")
    canada = next(row for row in rows.all() if row.inner_text() == "Canada")
    canada.click()
    page.get_by_text("What speaks for Canada: a dashed yellow centre line").wait_for()
    page.locator("#clue-area > button").click()
    line = page.locator("#clue-readings details").nth(1)
    line.locator("summary").click()
    told = line.locator(".ties li").all_inner_texts()
    assert re.fullmatch(r"Canada: 19\.6 %; without this clue 10\.5 %", told[0])
    assert re.fullmatch(r"Norway: 66\.3 %; without this clue 38\.5 %", told[1])
    rows.first.click()
    page.get_by_text(norway).wait_for()


def assert_a_photo_that_may_be_none_of_a_street_is_doubted_until_the_hint_is_closed(
    page, practising, monkeypatch
):
    """As if it had been measured that any photo is doubted."""
    labels = open_model("practice").labels
    measured = StreetCheck(practising.model.get().revision, labels_hash(labels), (1.0, 1.0), -100.0, 0.02)
    monkeypatch.setattr(practising.model, "_checks", lambda card, revision: measured)
    page.locator("#examples button").nth(3).click()
    hint = page.locator("#speaking .doubt")
    hint.wait_for()
    assert "Of photos of streets, 2 % get this hint, too." in hint.inner_text()
    hint.get_by_role("button", name=text.CLOSE_NOTE).click()
    hint.wait_for(state="detached")
    page.locator("#tree .tree > ul > li .name").nth(1).click()
    page.wait_for_function("!document.querySelector('#speaking').innerText.includes('for Japan')")
    assert hint.count() == 0


def layer(page):
    return page.locator("#why-looked .layer").get_attribute("src")


def assert_the_map_follows_the_chosen_row(page):
    first, sentence = layer(page), page.locator("#why-looked .about p").first
    assert re.search(r"regions raised Norway against its rivals.* \d+\.\d % ", sentence.inner_text())
    row = page.locator("#tree .tree > ul > li").nth(1)
    name = row.locator(".name").first.inner_text()
    row.locator(".name").first.click()
    page.get_by_text(f"Orange regions raised {name} against").wait_for()
    assert layer(page) != first
    page.locator("#tree .tree > ul > li").first.locator(".name").first.click()
    page.get_by_text("Orange regions raised Norway against").wait_for()
    assert layer(page) == first


def assert_the_slider_fades_the_map(page):
    slider = page.get_by_label(text.WHY_OPACITY)
    slider.press("Home")
    assert page.locator("#why-looked .layer").evaluate("one => one.style.opacity") == "0"
    slider.press("End")
    assert page.locator("#why-looked .layer").evaluate("one => one.style.opacity") == "1"


def assert_what_is_painted_is_answered_without(page, practising):
    page.get_by_label(text.WHAT_IF_SIZE).press("End")  # 8 of 32 cells
    box = page.locator("#why-looked .brush").bounding_box()
    at = [(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"]) for share in (0.5, 0.75)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1])
    page.mouse.up()
    told = page.locator("#why-without .changed")
    told.wait_for()
    assert told.inner_text() == expected(
        practising, [(0.375, 0.375, 0.625, 0.625), (0.625, 0.375, 0.875, 0.625)]
    )
    assert page.locator("#why-without img").get_attribute("src").startswith("data:image/jpeg")


def expected(practising, boxes):
    """What is to be said without some boxes, asked of the model itself."""
    locator = practising.model.get()
    photo = open_photo((ASSETS / "examples" / "norway.png").read_bytes())
    labels = open_model("practice").labels
    question = Question(labels, add_cities=adds_cities(True))
    before = locator.locate(photo, question)
    after = locator.locate(without_part(photo, locator.view(photo), mask_of(boxes, CELLS)), question)
    told = change(before, after)
    assert told.path == ("Norway",)
    assert told.share_after != told.share_before
    return changed(told, before, after)


def assert_the_keyboard_paints_and_takes_back(page):
    seen = page.locator("#why-without img").get_attribute("src")
    brush = page.locator("#why-looked .brush")
    for key in [*8 * ["ArrowRight", "ArrowUp"], "Space"]:  # to the sign
        brush.press(key)
    assert page.locator("#why-looked [role=status]").inner_text() == text.WHAT_IF_AT.format(right=81, down=31)
    is_shown = "seen => document.querySelector('#why-without img')?.src === seen"
    page.wait_for_function(is_shown.replace("===", "!=="), arg=seen)
    brush.press("Backspace")
    page.wait_for_function(is_shown, arg=seen)
    for key in (
        "Space",
        "ArrowDown",
        "Space",
        "Backspace",
        "Backspace",
    ):  # while the first stroke is asked about
        brush.press(key)
    page.locator("#why-looked [name=undo]").click()
    page.locator("#why-without .changed").wait_for(state="detached")
    assert page.locator("#why-looked [name=undo]").is_disabled()
    assert page.evaluate("document.activeElement.className") == "brush"


def assert_another_photo_begins_anew(page):
    page.locator("#why-looked .brush").press("Space")
    page.locator("#why-without .changed").wait_for()
    seen = page.locator("#why-looked .seen").get_attribute("src")
    page.locator("#examples button").nth(2).click()
    page.wait_for_function(
        "seen => document.querySelector('#why-looked .seen').getAttribute('src') !== seen", arg=seen
    )
    page.locator("#why-without .changed").wait_for(state="detached")
    assert page.locator("#why-looked [name=undo]").is_disabled()


def known_cells(page):
    return page.locator("#why-swept td").filter(has_text=re.compile(r"\d")).count()


def assert_a_sweep_fills_while_others_are_answered_and_can_be_stopped(page):
    page.locator("#why-sweep").click()
    page.wait_for_function("document.querySelector('#why-swept progress')?.value === 3")
    assert known_cells(page) == 3
    assert page.locator("#why-swept .seen").get_attribute("src").startswith("data:image/jpeg")
    page.locator("#why-looked .brush").press("Space")
    page.locator("#why-without .changed").wait_for()  # which asks the model as any question does
    page.locator("#why-looked .brush").press("Backspace")
    assert page.locator("#why-swept progress").count() == 1
    with page.expect_response(re.compile("/run/predict")):
        page.locator("#why-stop").click()


def assert_it_names_the_part_that_matters_most(page, practising):
    page.get_by_text(text.SWEEP_STOPPED).wait_for()
    assert known_cells(page) == 4
    page.locator("#why-stop").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "why-sweep"
    page.locator("#why-sweep").press("Enter")
    page.locator("#why-swept .strongest .quarters span").nth(3).wait_for()
    page.locator("#why-stop").wait_for(state="hidden")
    assert known_cells(page) == 49
    assert page.locator("#why-swept .changed").inner_text() == expected_of_sweep(practising)


def expected_of_sweep(practising):
    """What is to be said of the third example, asked of the model itself."""
    locator = practising.model.get()
    photo = compose.example_opener(compose.shipped_examples, practising.model.keep)(2)
    question = Question(open_model("practice").labels, add_cities=adds_cities(True))
    before = locator.locate(photo, question)
    return swept_sentence(sweep(locator, Swept(photo, question, before)), before)


def assert_the_link_has_all_of_it(page):
    page.locator("#share > button").click()
    link = page.locator("#share-link")
    link.wait_for()
    assert_a_model_beside_is_explained_by_itself(page)
    page.get_by_label(text.WHAT_IF_FILL).select_option("mean")
    page.locator("#why-looked .brush").press("Space")
    page.locator("#why-without .changed").wait_for()
    page.locator("#why-sweep").click()
    page.locator("#why-swept .strongest .quarters").wait_for()
    page.locator("#why-stop").wait_for(state="hidden")
    page.wait_for_function(
        "['brush=', 'sweep='].every((one) => document.querySelector('#share-link').value.includes(one))"
    )
    query = parse_qs(urlparse(link.input_value()).query)
    assert query["example"] == ["3"]
    assert query["fill"] == ["mean"]
    assert query["sweep"] == ["1"]
    assert query["whose"] == ["tiny-clip"]
    assert read(query["brush"][0]) is not None
    assert page.get_by_text(text.SHARE_WITH_WHY).is_visible()
    return link.input_value(), query["why"][0], said_of_it(page)


def said_of_it(page):
    parts = "#why-without .changed", "#why-swept .changed", "#speaking .speaks"
    return [page.locator(part).inner_text() for part in parts]


def assert_a_model_beside_is_explained_by_itself(page):
    """What was brushed out and swept is of the model before; so is its map."""
    page.locator("#why-looked .brush").press("Space")
    page.locator("#why-without .changed").wait_for()
    own = page.locator("#why-looked .square").get_attribute("data-answer")
    page.locator("#side > button").click()
    page.get_by_label("tiny-clip").check()
    page.locator("#why-model label", has_text="tiny-clip").click()
    page.locator(f"#why-looked .square:not([data-answer='{own}'])").wait_for()
    for part in ("#why-without .changed", "#why-swept table"):
        page.locator(part).wait_for(state="detached")
    assert page.locator("#why-looked [name=undo]").is_disabled()


def assert_a_locked_embed_shows_the_same(page, row, said):
    page.locator("#why-looked .layer").wait_for()
    page.locator("#why-without .changed").wait_for()
    page.locator("#why-swept .changed").wait_for()
    assert said_of_it(page) == said
    assert page.locator("#speaking .speaks").is_visible()
    assert page.locator("#why-model input:checked").get_attribute("value") == "tiny-clip"
    assert f"raised {row}" in page.locator("#why-looked .about p").first.inner_text()
    page.locator("#why-swept .strongest .quarters").wait_for()
    assert page.locator("#photo").is_hidden()
    assert page.locator("#why-looked .square").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def exported(practising, folder):
    """The file of an answer whose reasons were asked."""
    photo = compose.example_opener(compose.shipped_examples, practising.model.keep)(2)
    question = Question(open_model("practice").labels, add_cities=adds_cities(True))
    prediction = practising.model.locate(photo, question)
    visitor, services = (
        Visitor(Session(photo, question=question, prediction=prediction)),
        practising.page.services,
    )
    looked_html(services, visitor, ())
    path = folder / "result.html"
    made = export_file(services.gazetteer, visitor.session, "html", "light", with_photo=True)
    path.write_text(made["text"], encoding="utf-8")
    return path


def assert_the_file_fades_its_map(page):
    slider = page.get_by_label(text.WHY_OPACITY)
    slider.press("Home")
    assert page.locator(".reasons .layer").evaluate("one => one.style.opacity") == "0"
