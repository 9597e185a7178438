"""Measure what a visitor's browser waits for: `python benchmarks/browser.py`. Needs Chromium and requirements-dev.txt.

Starts the app with the practice model, opens it in a fresh Chromium, and prints medians: requests and bytes of a first
visit, seconds until the first example is answered, milliseconds from a map's arrival in the page until it is shown.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 5
# What visitors have comes first.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
# In the page: when a map arrives there. In the map's frame: when it has been painted. Both as time since 1970.
WATCH = """
if (window === top) {
  window.arrived = [], window.maps = [];
  new MutationObserver(([{target}]) => {
    if (target.matches('#map iframe[aria-busy=true]')) window.arrived.push(Date.now());
  }).observe(document, {subtree: true, attributes: true, attributeFilter: ['aria-busy']});
  addEventListener('message', ({data}) => data?.painted && window.maps.push(data.painted - window.arrived.at(-1)));
} else {
  addEventListener('message', ({data}) => {
    if (data?.streetclip !== 'draw') return;
    requestAnimationFrame(() => setTimeout(() => parent.postMessage({painted: Date.now()}, '*')));
  });
}
"""


def start_app(port: int) -> subprocess.Popen:
    """The app on a port, when it answers and its model is warm."""
    command = [sys.executable, "app.py", "--model", "practice", "--port", str(port)]
    app = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"HF_HUB_OFFLINE": "1"}, stdout=subprocess.DEVNULL
    )
    while app.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60):
                time.sleep(15)  # the practice model is there
                return app
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError("The app did not start; run python app.py --model practice to see why.")


def visit(browser, url: str) -> dict[str, float]:
    """Open the page with an empty cache, choose five examples, and say how long everything took."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    received = []
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    began = time.perf_counter()
    page.goto(url)
    page.locator("#tree .tree").wait_for(state="attached")  # embedded it is not shown
    answered = time.perf_counter() - began
    page.wait_for_function("window.maps.length")
    requests, kilobytes = len(received), sum(received) / 1000
    if "embed" not in url:
        for number in range(1, 6):
            shown = page.evaluate("window.maps.length")
            page.locator(f"#examples button[data-example='{number}']").click()
            page.wait_for_function(f"window.maps.length > {shown}")
    maps = page.evaluate("window.maps")
    context.close()
    return {
        "requests": requests,
        "kilobytes": kilobytes,
        "seconds to the first answer": answered,
        "ms from a map's arrival to its showing": statistics.median(maps),
        "the slowest of these": max(maps),
    }


def main() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = next(filter(None, map(shutil.which, BROWSERS)))
    app = start_app(port)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-gpu"]
            )
            print(
                f"load before: {os.getloadavg()[0]:.1f}\n\n| a first visit | page | `?embed=1` |\n|---|---|---|"
            )
            found = {}
            for address in ("/", "/?embed=1"):
                visits = [visit(browser, f"http://127.0.0.1:{port}{address}") for _ in range(REPEATS)]
                found[address] = {name: statistics.median(one[name] for one in visits) for name in visits[0]}
            for name in found["/"]:
                print(f"| {name} | {found['/'][name]:.4g} | {found['/?embed=1'][name]:.4g} |")
            browser.close()
    finally:
        app.terminate()
        app.wait()


if __name__ == "__main__":
    main()
