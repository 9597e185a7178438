"""Sharing in a real Chromium: the link opens what was shared, and both texts can be copied."""

import json
import re
from urllib.parse import parse_qs, urlparse

import pytest
from browser import wait_for_answer

from streetclip_demo.serve.compose import shipped_examples
from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser


def shared(page):
    page.locator("#tree .tree").wait_for()
    page.locator("#share > button").click()
    page.locator("#share-link").wait_for()
    return page.locator("#share-link").input_value(), page.locator("#share-code").input_value()


def test_a_shared_link_opens_the_same_photo_and_labels(practising, visit):
    visited = visit(practising.url, permissions=["clipboard-read", "clipboard-write"])
    page = visited.page
    page.locator("#tree .tree").wait_for()
    kenya = [example.country for example in shipped_examples()].index("Kenya")
    page.locator(f"#examples button[data-example='{kenya}']").click()
    wait_for_answer(page, "Kenya")
    page.locator("#outline textarea").fill("Kenya\n  Nairobi\nJapan & more")
    page.locator("#outline textarea").press("Control+Enter")
    page.locator("#answer", has_text="3 labels").wait_for()
    link, code = shared(page)
    assert parse_qs(urlparse(link).query)["labels"] == ["Kenya\n  Nairobi\nJapan & more"]
    assert parse_qs(urlparse(link).query)["example"] == [str(kenya + 1)]
    page.get_by_role("button", name=text.SHARE_COPY_CODE).click()
    page.locator("#share-panel [role=status]", has_text=text.SHARE_COPIED).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == code
    assert re.match(r'<iframe src="[^"<>]+\?embed=1&amp;[^"<>]+" title="[^"<>]+" style=', code)
    page.get_by_label(text.SHARE_LOCKED).check()
    page.wait_for_function("document.querySelector('#share-link')?.value.includes('locked=1')")
    visited.save("share-area")

    again = visit(link).page
    wait_for_answer(again, "Kenya")
    assert again.locator("#outline textarea").input_value() == "Kenya\n  Nairobi\nJapan & more"


def answered(page, folder, name):
    """The record of the answer that a page shows."""
    page.locator("#tree .tree").wait_for()
    if not page.locator("#export-json").is_visible():
        page.locator("#export > button").click()
    with page.expect_download() as waiting:
        page.locator("#export-json").click()
    waiting.value.save_as(folder / name)
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_a_link_to_the_state_of_each_control_gives_the_whole_posterior_again(practising, visit, tmp_path):
    page = visit(f"{practising.url}?example=japan").page
    wait_for_answer(page, "Japan")
    first = answered(page, tmp_path, "first.json")
    page.locator("#fine-tuning > button").click()
    page.locator("#templates textarea").fill(
        "country: Is it {country}?\ncity: {city}\ncity: A street in {city}."
    )
    page.locator("#outline textarea").fill("Kenya\n  Nairobi\n  Mombasa\nJapan\nNorway\nFrance & more")
    page.locator("#outline textarea").press("Control+Enter")
    page.locator("#answer", has_text="6 labels").wait_for()
    page.locator("#add-cities input").check()
    page.locator("#beam input[type=number]").fill("2")
    page.locator("#beam input[type=number]").press("Tab")
    page.locator("#beam input[type=range]").dispatch_event("pointerup")
    page.locator("#estimator input").click()
    page.get_by_role("option", name=text.ESTIMATOR_CHOICES["hedged"]).click()
    page.locator("#tree .tree[data-asked='hedged 2']").wait_for()
    sent = answered(page, tmp_path, "sent.json")
    assert sent["tree"] != first["tree"]
    link, _ = shared(page)
    assert page.locator("#share-panel .loopback").is_visible()  # this server is on this computer

    opened = visit(link, locale="en-GB").page
    opened.locator("#tree .tree[data-asked='hedged 2']").wait_for()
    received = answered(opened, tmp_path, "received.json")
    assert received["tree"] == sent["tree"]
    assert received["guesses"] == sent["guesses"]
    assert received["manifest"] | {"date": ""} == sent["manifest"] | {"date": ""}


def test_a_locked_page_lists_the_labels_that_it_answers_over(practising, visit):
    page = visit(f"{practising.url}?example=3&locked=1", locale="en-GB").page
    page.locator("#tree .tree").wait_for()
    listed = len(page.locator("#outline textarea").input_value().split("\n")) - 1
    page.locator("#answer", has_text=f"your {listed} labels").wait_for()
    page.locator("#label-check", has_text=f"{listed} labels").wait_for(state="attached")


def test_without_a_clipboard_the_text_is_selected(practising, visit):
    visited = visit("about:blank")
    page = visited.page
    page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
    )  # as over plain HTTP
    page.goto(practising.url)
    link, _ = shared(page)
    page.get_by_role("button", name=text.SHARE_COPY_LINK).click()
    page.locator("#share-panel [role=status]", has_text="Ctrl+C").wait_for()
    assert (
        page.evaluate("const at = document.activeElement; at.value.slice(at.selectionStart, at.selectionEnd)")
        == link
    )
    assert link.startswith(practising.url)
