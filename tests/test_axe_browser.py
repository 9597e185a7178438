"""axe-core over every state of the page and of its maps: no violation that is ours."""

import json

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from test_guess_browser import guess, load_lesson, map_frame, open_lessons, type_place
from test_lessons import LABELS, PHOTO, recording

from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser

# Gradio's own markup, which a page cannot change: rule -> where.
GRADIOS = {
    "image-redundant-alt": "footer *",  # its button "Settings" has a picture called "Settings"
}
# axe asks these of the outermost document only; a map is a frame of it.
OF_THE_PAGE = ["landmark-one-main", "page-has-heading-one"]
# All rules in the light, and once more in the dark those of contrast, which alone can differ.
RUN = """
async ([place, gradios, skipped]) => {
  const isOurs = (rule, node) => !document.querySelector(node.target[0]).matches(gradios[rule] ?? '#none');
  // A colour that fades starts the fading of what inherits it, and Gradio fades what is being computed.
  const settle = async () => {
    const seen = new Set(); // one that is hidden never ends, and is awaited once
    const isNew = (motion) => !seen.has(motion) && motion.effect.getComputedTiming().endTime <= 1000;
    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    while (true) {
      const changes = document.getAnimations().filter(isNew);
      if (!changes.length && !document.querySelector('.pending')) return;
      changes.forEach((change) => seen.add(change));
      await Promise.race([Promise.allSettled(changes.map((change) => change.finished)), pause(1000)]);
      await pause(20);
    }
  };
  const violations = async (options) => {
    await settle();
    const {violations} = await axe.run(place, {iframes: false, resultTypes: ['violations'], ...options});
    return violations.flatMap(({id, nodes}) => nodes.filter((node) => isOurs(id, node)).map(
      (node) => `${id}: ${node.target[0]}: ${node.failureSummary}`));
  };
  const inTheDark = (isDark) => {
    document.body.classList.toggle('dark', isDark); // the page
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light'; // a map
  };
  const found = await violations({rules: Object.fromEntries(skipped.map((rule) => [rule, {enabled: false}]))});
  inTheDark(true);
  found.push(...await violations({runOnly: ['color-contrast']}));
  inTheDark(false);
  return found;
}
"""


def assert_clean(frame, place="html", skipped=()):
    """No violation in a page or a part of it."""
    if not frame.evaluate("'axe' in window"):
        frame.evaluate(AXE_SCRIPT)
    frame.wait_for_function("() => !document.querySelector('.pending')")
    assert frame.evaluate(RUN, [place, GRADIOS, list(skipped)]) == []


def assert_map_is_clean(page, place):
    """No violation in the map that is shown there."""
    holder = page.locator(f"{place} iframe:not([aria-busy])")
    holder.wait_for()
    assert_clean(holder.element_handle().content_frame(), skipped=OF_THE_PAGE)


def test_no_state_of_the_page_has_a_violation(practising, visit, tmp_path):
    visited = visit(practising.url, motion="reduce")
    page = visited.page
    page.locator("#tree .tree").wait_for()
    assert_map_is_clean(page, "#map")
    for fold in ("#fine-tuning", "#why-area", "#clue-area", "#share", "#export"):
        page.locator(f"{fold} > button").click()
    page.locator("#clue-readings .readings").wait_for()
    page.locator("#clue-readings summary").first.click()
    page.locator("#clue-readings .ties").first.wait_for()
    page.locator("#why-looked .brush").press("Space")
    page.locator("#why-without .changed").wait_for()
    page.locator("#share-link").wait_for()
    assert_clean(page)

    page.locator("#outline textarea").fill("Japan\nPeru @ 95, 0")
    page.locator("#update").click()
    page.locator("#label-check .problem").wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    assert_clean(page)
    page.set_viewport_size({"width": 1280, "height": 900})

    page.get_by_role("tab", name=text.STEPS_TAB).click()
    page.locator(".steps .dots button").nth(6).click()  # step 7, which draws its map
    assert_map_is_clean(page, "#steps")
    page.evaluate("document.querySelectorAll('section.step').forEach((step) => (step.hidden = false))")
    assert_clean(page, "#steps")

    assert_lesson_is_clean(visited, tmp_path)

    page.get_by_role("tab", name=text.DRAW_TAB).click()
    page.locator("#draw-answer .headline").wait_for()
    page.locator("#draw-gate summary").click()
    page.locator("#draw-readings-fold > button").click()
    page.locator("#draw-readings .readings").wait_for()
    assert_clean(page, "#draw")
    assert_map_is_clean(page, "#draw-map")

    assert_errors_are_walked_and_clean(page, tmp_path)


def assert_errors_are_walked_and_clean(page, folder):
    """The tab "Errors": a wrong file, then a right one, by keyboard."""
    page.get_by_role("tab", name=text.ERRORS_TAB).click()
    file = folder / "predictions.csv"
    file.write_text("id,latitude,longitude,pred_lat,pred_lon\na,95,0,0,0\n")
    page.locator("#errors-file input[type=file]").set_input_files(file)
    page.locator("#errors-problem", has_text="line 2: Latitude must be").wait_for()
    file.write_text(
        "id,latitude,longitude,pred_lat,pred_lon\na,35.7,139.7,34.7,135.5\n<b>b,-1.3,36.8,6.5,3.4\nc,1,1,,\n"
    )
    page.locator("#errors-file input[type=file]").set_input_files(file)
    page.locator(".walk ol button[aria-current]", has_text="<b>b").focus()
    page.keyboard.press("ArrowDown")
    page.locator(".walk .at", has_text="a: taken at 35.7").wait_for()
    world = page.frame_locator("#errors-map iframe:not([aria-busy])")
    world.locator(".error.at").wait_for(state="attached")
    assert world.locator(".spot.truth").count() == 1
    assert_clean(page, "#errors")
    assert_map_is_clean(page, "#errors-map")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def assert_lesson_is_clean(visited, folder):
    """A lesson of one question: asked, answered, summed up."""
    answer = {"place": "Paris", "latitude": 48.8566, "longitude": 2.3522}
    question = {"photo": PHOTO, "answer": answer, "explanation": "Its bins.", "recorded": recording()}
    common = {"question": "Where is this?", "credit": "A test", "labels": LABELS}
    path = folder / "lesson.json"
    path.write_text(json.dumps({"lesson": 1, "title": "One", **common, "questions": [question]}))

    page = open_lessons(visited)
    page.get_by_role("button", name=text.MAKE_LESSON).click()
    page.locator("#making-resume").wait_for()
    load_lesson(page, path)
    page.get_by_text(text.QUESTION_NUMBER.format(number=1, count=1)).wait_for()
    type_place(page, "Lima")
    assert_clean(page, "#tabs")
    assert_map_is_clean(page, "#lesson-map")
    guess(page)
    map_frame(page, text.ANSWER_MAP.format(place="Paris"))
    assert_clean(page, "#tabs")
    assert_map_is_clean(page, "#lesson-map")
    page.locator("#next-question").click()
    page.locator(".summary").wait_for()
    map_frame(page, text.SUMMARY_MAP)
    assert_clean(page, "#tabs")


def test_the_compact_view_has_no_violation(practising, visit):
    page = visit(f"{practising.url}?embed=1", motion="reduce").page
    page.locator("#photo img").wait_for()
    page.locator("#answer .headline").wait_for()
    assert_map_is_clean(page, "#map")
    assert_clean(page)
