"""Sharing in a real Chromium: the link opens what was shared, and both texts can be copied."""

import re
from urllib.parse import parse_qs, urlparse

import pytest

from streetclip_demo.serve.compose import shipped_examples
from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser


def wait_for_answer(page, *words):
    for word in words:
        page.locator("#answer .headline", has_text=word).wait_for()


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
    page.locator("#answer", has_text="2 labels").wait_for()
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
