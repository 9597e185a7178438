"""The stream of answers in Chromium: what is asked while the server ends it is answered on the next one."""

import pytest

from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser

# The end of the stream reaches the page no sooner than it is let.
HOLD_THE_END = """
const ask = window.fetch;
window.fetch = async (what, options) => {
  const answer = await ask(what, options);
  if (!String(what.url ?? what).includes('/queue/data')) return answer;
  const held = new TransformStream({
    async transform(text, stream) {
      for (const part of text.split(/(?<=\\n\\n)/)) {
        if (part.includes('close_stream')) await new Promise((done) => { window.letItEnd = done; });
        stream.enqueue(part);
      }
    },
  });
  const body = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(held).pipeThrough(new TextEncoderStream());
  return new Response(body, {headers: answer.headers});
};
"""


def test_what_is_asked_before_the_page_reads_of_the_streams_end_is_answered(practising, visit):
    page = visit("about:blank").page
    page.add_init_script(HOLD_THE_END)
    page.goto(practising.url)
    page.locator("#tree .tree").wait_for()
    page.locator("#outline textarea").fill("Japan\nAtlantis")
    page.locator("#update").click()
    page.locator("#tree", has_text="Atlantis").wait_for()
    page.wait_for_function("window.letItEnd !== undefined")
    with page.expect_response("**/queue/join*"):
        page.get_by_role("tab", name=text.GUESS_TAB).click()
    page.wait_for_timeout(500)  # until the page has read that it was heard
    page.evaluate("letItEnd()")
    page.locator("#lesson-question img").wait_for()
