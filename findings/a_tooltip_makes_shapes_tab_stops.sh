#!/usr/bin/env bash
# Each shape of a Leaflet map that has a tooltip is a stop for the Tab key, though nothing gave it a tabindex.
#
# Expected: Leaflet 1.9 gives a tabindex to markers alone, as its page on accessibility says; of the shapes on a map, which are SVG paths
# without one, the Tab key knows nothing, whether they have a tooltip or not.
# Seen: Chromium takes every path with a tooltip for focusable, since Leaflet has it listen to "focus". A world map with tooltips on its countries has some 200
# stops between what comes before it and what comes after. tabindex="-1" on the paths takes them out again.
set -euo pipefail
chromium=$(command -v chromium-headless-shell || command -v chromium || command -v google-chrome) ||
    { echo "A Chromium is needed, as Debian's chromium-headless-shell." >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q XStatic-Leaflet==1.9.3.0 "setuptools<81" playwright==1.65.0
"$chromium" --version --no-sandbox
CHROMIUM=$chromium "$work/venv/bin/python" - <<'PY'
import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from xstatic.pkg import leaflet

SHAPES = 12
PAGE = """<!doctype html><button id="before">before</button><div id="map" style="height: 300px"></div><button id="after">after</button>"""
DRAW = """([count, tooltips, index]) => {
  const map = L.map('map', {zoomControl: false, attributionControl: false, keyboard: false}).setView([0, 0], 2);
  for (let n = 0; n < count; n++) {
    const shape = L.rectangle([[0, 9 * n], [8, 9 * n + 8]]).addTo(map);
    if (tooltips) shape.bindTooltip('shape ' + n);
    if (index !== null) shape.getElement().setAttribute('tabindex', index);
  }
  document.querySelector('#before').focus();
}"""


def stops(browser, tooltips, index=None):
    """How many shapes the Tab key comes to on its way from one button to the other."""
    page = browser.new_page()
    page.set_content(PAGE)
    for script in Path(leaflet.BASE_DIR).rglob("leaflet.js"):
        page.add_script_tag(content=script.read_text(encoding="utf-8"))
    page.evaluate(DRAW, [SHAPES, tooltips, index])
    count = 0
    for _ in range(SHAPES + 5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "after":
            break
        count += page.evaluate("document.activeElement.tagName") == "path"
    page.close()
    return count


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=["--no-sandbox", "--disable-gpu"])
    plain, told, taken_out = stops(browser, False), stops(browser, True), stops(browser, True, "-1")
    browser.close()
print(f"of {SHAPES} shapes the Tab key stops at {plain} without tooltips, {told} with them, {taken_out} with tabindex -1")
sys.exit(0 if (plain, told, taken_out) == (0, SHAPES, 0) else "This has changed.")
PY
