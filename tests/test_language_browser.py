"""The page in Chromium in other languages: what is built, what a listener answers, and no trace of a mark."""

import json

import pytest

from streetclip_demo.words.language import BEGIN, FOLDER

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("lang", "query", "locale"),
    [("de", "?lang=de", "en-US"), ("ja", "", "ja-JP"), ("en", "?lang=en", "fr-FR")],
)
def test_the_page_speaks(practising, visit, lang, query, locale):
    visited = visit(f"{practising.url}{query}", locale=locale)
    page = visited.page
    said = _sentences(lang)
    answer = page.locator("#answer .headline")
    answer.wait_for()
    page.wait_for_function("title => document.title === title", arg=said["BROWSER_TITLE"])
    assert page.locator("html").get_attribute("lang") == lang
    assert page.locator("h1").first.inner_text() == said["TITLE"]
    tabs = set(page.get_by_role("tab").all_inner_texts())
    assert {said[name] for name in ("LOCATE_TAB", "STEPS_TAB", "GUESS_TAB", "DRAW_TAB")} <= tabs
    assert page.locator("#update").inner_text() == said["UPDATE_KEYS"]

    page.locator("#strip button, [data-example]").nth(1).click()
    page.wait_for_function(
        "start => document.querySelector('#answer .details')?.textContent.includes(start)",
        arg=said["SHARES"].split("{")[0] or said["SHARES"].split("}")[1],
    )
    assert page.locator(f'img[alt="{said["EXAMPLE_ALT"].format(number=2)}"]').count() == 1
    page.locator("#fine-tuning button").first.click()
    page.wait_for_function(
        "said => document.querySelector('#estimator input')?.value === said",
        arg=said["ESTIMATOR_CHOICES"]["greedy"],
    )
    body = page.locator("body").inner_html()
    assert "__i18n__" not in body
    assert BEGIN not in body
    assert visited.complaints == []
    visited.save(f"language-{lang}")


def _sentences(lang):
    if lang == "en":
        from streetclip_demo.words import text

        return vars(text)
    return json.loads((FOLDER / f"{lang}.json").read_text(encoding="utf-8"))
