#!/usr/bin/env bash
# A style sheet that is given to Gradio does not say there what it says elsewhere, where it has a comma inside of :has() or :is(), or @media.
#
# Expected: launch(css=...) adds the rules to the page. `#box:not(:has(ul, p)) {...}` leaves a box alone that holds a paragraph, and a rule
# for the footer works inside of @media as it does outside.
# Seen: the page adds each rule once more with the prefix ".gradio-container ... .contain", which it puts behind every comma, also one
# between parentheses: the copy asks for a paragraph below a second .contain, finds none, and the box is styled after all. Inside of
# @media there is only the copy, so that nothing outside of .contain (body, footer) can be reached: a style for paper never gets there.
# `:not(:has(ul)):not(:has(p))`, and a <style> or <link> in head=..., work as written.
set -euo pipefail
chromium=$(command -v chromium-headless-shell || command -v chromium || command -v google-chrome) ||
    { echo "A Chromium is needed, as Debian's chromium-headless-shell." >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q gradio==6.31.0 playwright==1.65.0
"$chromium" --version --no-sandbox
CHROMIUM=$chromium GRADIO_ANALYTICS_ENABLED=0 "$work/venv/bin/python" - <<'PY'
import os
import sys

import gradio as gr
from playwright.sync_api import sync_playwright

RULES = """
#one:not(:has(ul, p)) { --styled: yes; }
#two:not(:has(ul)):not(:has(p)) { --styled: yes; }
@media screen { footer { --styled: yes; } }
"""
STYLED = "selector => getComputedStyle(document.querySelector(selector)).getPropertyValue('--styled') === 'yes'"


def is_styled(as_head):
    """Whether each of the two boxes and the footer, in this order, is styled."""
    with gr.Blocks() as page_of_gradio:
        for name in ("one", "two"):
            gr.HTML("<p>a paragraph</p>", elem_id=name)
    given = {"head": f"<style>{RULES}</style>"} if as_head else {"css": RULES}
    _, address, _ = page_of_gradio.launch(prevent_thread_lock=True, quiet=True, **given)
    page = browser.new_page()
    page.goto(address)
    page.locator("#two p").wait_for()
    page.locator("footer").wait_for()
    found = [page.evaluate(STYLED, selector) for selector in ("#one", "#two", "footer")]
    page.close()
    page_of_gradio.close(verbose=False)
    return found


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=["--no-sandbox", "--disable-gpu"])
    as_css, as_head = is_styled(False), is_styled(True)
    browser.close()
for how, found in (("css=...", as_css), ("head=<style>", as_head)):
    print(f"{how}: styled are :not(:has(ul, p)) {found[0]}, :not(:has(ul)):not(:has(p)) {found[1]}, the footer in @media {found[2]}")
sys.exit(0 if (as_css, as_head) == ([True, False, False], [False, False, True]) else "This has changed.")
PY
