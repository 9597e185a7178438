"""The page in Chromium in other languages: what is built, what a listener answers, and no trace of a mark."""

import json
import re

import pytest

from streetclip_demo.words.language import BEGIN, FOLDER

LATIN, JAPANESE = re.compile("[A-Za-z]{3}"), re.compile("[ぁ-んァ-ン一-龯]")
NAMES = {"Leaflet", "Ctrl+Enter"}
# Text that is seen, and what those hear who do not see; not what the model reads, which is marked as English
WORDS = """() => {
  const seen = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement;
    if (holder.closest('script, style, template, textarea, [lang="en"]') || !holder.checkVisibility()) continue;
    seen.push(walker.currentNode.textContent.trim());
  }
  for (const name of ['aria-label', 'title', 'alt', 'placeholder'])
    for (const one of document.querySelectorAll(`[${name}]`))
      if (one.checkVisibility()) seen.push(one.getAttribute(name).trim());
  return seen;
}"""
SHOWN = {  # of a tab
    "STEPS_TAB": "document.querySelector('section.step')?.checkVisibility()",
    "GUESS_TAB": "document.querySelector('#lesson-question img')?.checkVisibility()",
    "DRAW_TAB": "document.querySelector('#draw-answer .headline')?.checkVisibility()",
}
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
    if lang == "ja":
        assert _left_over(page) == set()
        for tab in ("STEPS_TAB", "GUESS_TAB", "DRAW_TAB"):
            page.get_by_role("tab", name=said[tab]).click()
            page.wait_for_function(SHOWN[tab])
            assert _left_over(page) == set(), tab
    assert visited.complaints == []
    visited.save(f"language-{lang}")


def test_countries_to_draw_have_the_readers_names(practising, visit):
    page = visit(f"{practising.url}?lang=de&view=draw").page
    page.locator("#draw-answer .headline", has_text="Japan").wait_for()
    page.locator("#draw-country input").click()
    page.locator("ul[role=listbox] li", has_text="Brasilien").click()
    page.locator("#draw-answer .headline", has_text="Brasilien").wait_for()
    assert page.locator("#draw-country input").input_value() == "Brasilien"


def test_a_letters_marks_are_whole_in_a_list(practising, visit):
    """The field of a list cuts off what is higher than it."""
    page = visit(f"{practising.url}?lang=de").page
    field = page.locator("#label-side .wrap-inner input").first
    page.wait_for_function(
        "() => document.querySelector('#preset input')?.value === 'Länder des Übungsmodells'"
    )
    assert field.evaluate("field => field.clientHeight >= 2.1 * parseFloat(getComputedStyle(field).fontSize)")


def test_what_loads_fits_a_phone_and_a_label_leaves_the_files_sign_free(practising, visit):
    page = visit(f"{practising.url}?lang=de&view=errors", width=390, height=844).page
    page.locator("#errors-file svg").last.wait_for()
    page.locator("#model summary").wait_for()
    page.evaluate(
        """document.querySelector('#model .badge').outerHTML =
             '<div class="badge loading"><span>Übungsmodell (gezeichnete Straßen) wird geladen: 0 %</span></div>'"""
    )
    assert page.evaluate("document.querySelector('#model .badge').getBoundingClientRect().right") <= 390
    label, sign = page.locator("#errors-file label").first, page.locator("#errors-file .wrap svg").first
    assert label.bounding_box()["y"] + label.bounding_box()["height"] <= sign.bounding_box()["y"]


def _left_over(page) -> set[str]:
    """What page and maps show and name in letters of ours, and in no Japanese one."""
    frames = [frame for frame in page.frames if frame.evaluate("document.body.checkVisibility()")]
    told = {words for frame in frames for words in frame.evaluate(WORDS)}
    strange = {words for words in told if LATIN.search(words) and not JAPANESE.search(words)}
    return strange - NAMES


def _sentences(lang):
    if lang == "en":
        from streetclip_demo.words import text

        return vars(text)
    return json.loads((FOLDER / f"{lang}.json").read_text(encoding="utf-8"))
