"""Models side by side in a real Chromium: chosen, loaded while the page goes on, compared, weighed and shared."""

import json
import threading

import pytest
from test_axe_browser import assert_clean

from streetclip_demo.serve.compose import shipped_examples
from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser

PATIENCE = 60


def rows(page, place):
    """What stands in the rows of a tree."""
    return page.locator(f"{place} li").all_inner_texts()


def weigh(page, number, weight):
    """Move a slider, as its number field does."""
    field = page.locator("#side-weights input[type=number]").nth(number)
    field.fill(str(weight))
    field.press("Tab")


def together(page, *weights):
    """The rows of the combined answer with these weights."""
    for number, weight in enumerate(weights):
        weigh(page, number, weight)
    told = text.COMMA.join(f"({weight / sum(weights):.0%})".replace("%", " %") for weight in weights)
    page.locator("#side-together .side-told", has_text=told.split(text.COMMA)[0]).wait_for()
    page.locator("#side-together .side-told", has_text=told.split(text.COMMA)[-1]).wait_for()
    return rows(page, "#side-together")


def exported(page, folder, name):
    """What the export "Everything" holds."""
    if not page.locator("#export-json").is_visible():
        page.locator("#export > button").click()
    with page.expect_download() as waiting:
        page.locator("#export-json").click()
    waiting.value.save_as(folder / name)
    return json.loads((folder / name).read_text(encoding="utf-8"))


def without_dates(record):
    models = [one | {"manifest": one["manifest"] | {"date": ""}} for one in record["models"]]
    return record["comparisons"], models, record["combined"]["tree"], record["combined"]["weights"]


def test_a_second_model_is_loaded_while_the_page_answers_and_is_compared(
    practising, visit, tmp_path, monkeypatch
):
    library = practising.model.library
    for card in practising.model._others:  # which another test may have asked
        library.forget(card)
    load, go_on = library._load, threading.Event()

    def slowly(card, asked, counting):
        counting("weights")(1, 4)
        assert go_on.wait(PATIENCE)
        return load(card, asked, counting)

    monkeypatch.setattr(library, "_load", slowly)
    visited = visit(practising.url)
    page = visited.page
    page.locator("#tree .tree").wait_for()
    page.locator("#side > button").click()
    page.locator(".side-model.away", has_text="tiny-clip").wait_for()
    page.get_by_label("tiny-clip").check()
    page.locator(".side-model.loading", has_text="25 %").wait_for()
    kenya = [example.country for example in shipped_examples()].index("Kenya")
    page.locator(f"#examples button[data-example='{kenya}']").click()
    page.locator("#answer .headline", has_text="Kenya").wait_for()  # another question, meanwhile
    go_on.set()
    page.locator(".side-model.ready", has_text="tiny-clip").wait_for()
    page.locator(".side-tree.model-b h3", has_text="tiny-clip").wait_for()
    parts, trees = page.locator("#side .side-parts"), page.locator(".side-trees")
    assert parts.bounding_box()["y"] < trees.bounding_box()["y"]
    own, other = (page.locator(f".side-tree.model-{letter}").bounding_box() for letter in "ab")
    assert own["y"] == other["y"]
    assert own["x"] + own["width"] <= other["x"]
    the_map = page.frame_locator("#map iframe:not([aria-busy])")
    the_map.locator(".model-a, .model-b").first.wait_for(state="attached")
    layers = the_map.locator(".leaflet-control-layers-overlays label")
    assert [label.split("·")[0].strip() for label in layers.all_text_contents()][:2] == ["A", "B"]

    assert together(page, 1, 0) == rows(page, ".model-a")
    assert together(page, 0, 1) == rows(page, ".model-b")
    mixed = together(page, 0.25, 0.75)
    assert mixed not in (rows(page, ".model-a"), rows(page, ".model-b"))
    assert_clean(page, "#side")
    sent = exported(page, tmp_path, "sent.json")
    assert sent["combined"]["weights"] == [0.25, 0.75]

    page.locator("#share > button").click()
    page.wait_for_function(
        "document.querySelector('#share-link')?.value.includes('beside=tiny-clip&weights=0.25,0.75')"
    )
    link = page.locator("#share-link").input_value()
    page.set_viewport_size({"width": 390, "height": 844})
    own, other = (page.locator(f".side-tree.model-{letter}").bounding_box() for letter in "ab")
    assert own["x"] == other["x"]
    assert own["y"] + own["height"] <= other["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    visited.save("side-by-side-phone")

    opened = visit(link, locale="en-GB").page
    opened.locator("#side-together .side-tree").wait_for()
    assert without_dates(exported(opened, tmp_path, "received.json")) == without_dates(sent)
    assert rows(opened, "#side-together") == mixed
    opened.goto(f"{link}&embed=1&locked=1")
    opened.locator("#side-panel .model-b .side-answer").wait_for()
    assert opened.evaluate("document.documentElement.scrollHeight") <= 900
