"""Seconds from a press on "Ask about clues" to the clues: `python benchmarks/clues.py --model FOLDER`.

FOLDER has a checkpoint of full size (scripts/make_random_checkpoint.py). Starts the app with a cache of its own, and
presses in a Chromium: right after the first answer of a machine that has kept nothing, in the next run, and where the
captions were read behind. What is read behind must be in nobody's way: so it prints, too, how long the answer about
another photo takes before and meanwhile.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
ANSWERED = "#tree .tree"
FEW_LABELS = "?labels=Japan%0ANorway%0APeru&cities=0"
MOST_MS = 900_000


@contextmanager
def app(options: argparse.Namespace, cache: str) -> Iterator[str]:
    """The app's address, while it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "app.py", "--model", options.model, "--engine", options.engine]
    command += ["--precision", options.precision, "--port", str(port)]
    running = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"STREETCLIP_CACHE": cache}, stdout=subprocess.DEVNULL
    )
    try:
        while True:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
    finally:
        running.terminate()
        running.wait()


def pressed(page: Page) -> tuple[float, float]:
    """Seconds from the press to the first clue and to all."""
    page.locator("#clue-area > button").click()
    began = time.perf_counter()
    page.locator("#clue-readings .readings details").first.wait_for()
    first = time.perf_counter() - began
    page.wait_for_function("!document.querySelector('#clue-readings .unread')")
    return first, time.perf_counter() - began


def another_photo(page: Page, number: int) -> float:
    """Seconds from the choice of an example to its answer."""
    before = page.locator("#answer").inner_html()
    began = time.perf_counter()
    page.locator(f"#examples button[data-example='{number}']").click()
    page.wait_for_function(
        "before => !document.querySelector('#answer .wrap:not(.hide)')"
        " && document.querySelector('#answer').innerHTML !== before",
        arg=before,
    )
    return time.perf_counter() - began


def opened(browser, url: str) -> Page:
    """The page, with its first answer."""
    page = browser.new_page()
    page.set_default_timeout(MOST_MS)
    page.goto(url + FEW_LABELS)
    page.locator(ANSWERED).wait_for(state="attached")
    return page


def say(situation: str, seconds: tuple[float, float]) -> None:
    """One row."""
    print(f"| {situation} | {seconds[0]:.2f} | {seconds[1]:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--engine", default="torch")
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as cache:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, BROWSERS))),
            args=["--no-sandbox", "--disable-gpu"],
        )
        print(f"load before: {os.getloadavg()[0]:.1f}\n\n| pressed | first clue, s | all, s |\n|---|---|---|")
        with app(options, cache) as url:
            page = opened(browser, url)
            say("right after the first answer, nothing kept", pressed(page))
            photos = [another_photo(page, number) for number in (3, 4, 5)]
            say("another photo, captions known", pressed(page))
        with app(options, cache) as url:
            say("in the next run", pressed(opened(browser, url)))
        with app(options, cache + "/empty") as url:
            page = opened(browser, url)
            meanwhile = another_photo(page, 3)
            time.sleep(60)
            say("another machine, a minute later", pressed(page))
        browser.close()
        print(f"\nload after: {os.getloadavg()[0]:.1f}; seconds to the answer about another photo: ", end="")
        print(", ".join(f"{one:.2f}" for one in photos), f"; while captions are read behind: {meanwhile:.2f}")


if __name__ == "__main__":
    main()
