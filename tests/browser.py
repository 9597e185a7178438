"""A real Chromium for tests: other hosts blocked, and every complaint of a page kept.

Use: `pytest_plugins = ["browser"]` in a test file, then the fixture `visit`.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlparse

import pytest
from page_server import model_behind, serve

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.serve.compose import shipped_examples

ARTEFACTS = Path(__file__).resolve().parent.parent / "artefacts"
# The first is Chromium without windows: the same pages for half of the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--process-per-site",  # in which the next page finds what was compiled for the one before
    "--use-fake-device-for-media-stream",  # a camera that shows a test picture
    "--use-fake-ui-for-media-stream",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # no other host can be reached
]
# Gradio's photo asks for an upload's file, to show it until the preview is there; by then the app may have removed it.
UPLOAD = "/gradio_api/file="
HERE = (None, "", "127.0.0.1", "localhost")


@dataclass
class Visit:
    """A page in the browser, with what went wrong while it was open."""

    page: object  # playwright's Page
    complaints: list[str] = field(default_factory=list)

    def save(self, name: str) -> Path:
        """Keep a screenshot as an artefact of the test run."""
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path


def wait_for_answer(page, *words: str) -> None:
    """Wait until the answer's sentence holds these words."""
    for word in words:
        page.locator("#answer .headline", has_text=word).wait_for()


@pytest.fixture(scope="session")
def chromium():
    """A running browser; skips without one, except in CI."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install -r requirements-dev.txt")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        missing = "no Chromium found: install Debian's chromium-headless-shell, or Chromium, or Google Chrome"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def practising(gazetteer, tiny_checkpoint, other_checkpoint, tmp_path_factory):
    """The page as a fresh clone shows it: the shipped practice model, the shipped examples. One for all tests.

    Two small models can be chosen beside it.
    """
    others = (tiny_checkpoint, other_checkpoint)
    model = model_behind(MODELS["practice"].source, gazetteer, shipped_examples(), others)
    model.start()
    with serve(model, gazetteer, shipped_examples(), tmp_path_factory.mktemp("practising")) as page:
        model.get()
        yield page


@pytest.fixture(scope="session")
def shared_context(chromium):
    """For visits with no options of their own: what one has fetched and compiled, the next need not."""
    return chromium.new_context()


@pytest.fixture
def visit(open_visits) -> Iterator[Callable[..., Visit]]:
    """`visit(url, width=1280, height=900, scheme="light", motion=None)` opens a page; fails if it asks another host.

    Further options are those of a browser context, which the visit then has to itself.
    """
    with open_visits() as open_page:
        yield open_page


@pytest.fixture(scope="session")
def open_visits(chromium, shared_context) -> Callable[..., contextlib.AbstractContextManager]:
    """What opens pages as `visit` does, for as long as its caller says: for a page that several tests share."""

    @contextlib.contextmanager
    def visiting() -> Iterator[Callable[..., Visit]]:
        own, visits = [], []

        def open_page(
            url: str,
            width: int = 1280,
            height: int = 900,
            scheme: str = "light",
            motion: str | None = None,
            **options,
        ) -> Visit:
            context = shared_context
            if options:
                context = chromium.new_context(**options)
                own.append(context)
            elif not context.pages and url.startswith("http"):
                context.new_page().goto(urljoin(url, "/robots.txt"))  # it stays, and its process with it
            visited = Visit(context.new_page())
            visits.append(visited)
            visited.page.set_viewport_size({"width": width, "height": height})
            visited.page.emulate_media(color_scheme=scheme, reduced_motion=motion)
            visited.page.set_default_timeout(int(os.environ.get("BROWSER_TIMEOUT_MS", 30_000)))
            _listen(visited)
            visited.page.goto(url, wait_until="load")
            return visited

        yield open_page
        asked_elsewhere = [
            line for one in visits for line in one.complaints if line.startswith("asks another host")
        ]
        for closing in (*[visited.page for visited in visits], *own):
            closing.close()
        assert asked_elsewhere == []

    return visiting


def _listen(visited: Visit) -> None:
    """Keep requests to other hosts, console errors, failed requests and uncaught exceptions."""
    page, complaints = visited.page, visited.complaints

    def note_host(request):
        host = urlparse(request.url).hostname
        if host not in HERE:
            complaints.append(f"asks another host: {host}")

    def note_error(message):
        if message.type == "error" and UPLOAD not in message.location["url"]:
            complaints.append(f"console: {message.text}")

    def note_failure(answer):
        if answer.status >= 400 and not (answer.status == 404 and UPLOAD in answer.url):
            complaints.append(f"{answer.status}: {answer.url}")

    page.on("request", note_host)
    page.on("console", note_error)
    page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))
    page.on("response", note_failure)
