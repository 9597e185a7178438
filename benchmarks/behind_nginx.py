"""Two replicas behind nginx under /demo/, in a real Chromium: `python benchmarks/behind_nginx.py`.

Needs nginx and Chromium. Starts docs/hosting/nginx.conf with two processes of the app (the practice model, a tiny one
beside it), walks the page through it (page, upload, map, an edited list, why this answer, the other model's, a page
that embeds it, rooms of a class), then kills the replica that serves the page, and prints what the visitor reads and
how long it takes until the other one has answered. Ends with status 1 where something is not as it should be.
"""

import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from browser import BROWSERS
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from make_random_checkpoint import make_checkpoint  # noqa: E402

STREET = ROOT / "assets" / "examples" / "mexico.png"
PORTS = (8761, 8762)
ADDRESS = "http://127.0.0.1:8080/demo/"
FIRST_SECONDS = 120
ROOMS = 4  # so that codes and visitors fall on different replicas


def replica(other: Path, port: int) -> subprocess.Popen:
    """One process of the app, with the practice model and another beside it."""
    command = [
        sys.executable,
        "app.py",
        "--model",
        f"practice,{other}",
        "--port",
        str(port),
        "--trusted-proxies",
        "127.0.0.1",
    ]
    environment = os.environ | {"GRADIO_ROOT_PATH": "/demo", "HF_HUB_OFFLINE": "1"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def wait_for(address: str) -> None:
    ends = time.monotonic() + FIRST_SECONDS
    while time.monotonic() < ends:
        with contextlib.suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(address):
            return
        time.sleep(0.2)
    sys.exit(f"Nothing answers at {address}.")


@contextlib.contextmanager
def hosted() -> Iterator[dict[int, subprocess.Popen]]:
    """nginx, and the replicas by port."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        config = ROOT / "docs" / "hosting" / "nginx.conf"
        front = subprocess.Popen([nginx, "-p", f"{folder}/", "-c", str(config), "-g", "daemon off;"])
        running.callback(front.wait)
        running.callback(front.terminate)
        start = functools.partial(replica, make_checkpoint(Path(folder, "other-model"), size="tiny"))
        replicas = {port: start(port) for port in PORTS}
        for process in replicas.values():
            running.callback(process.wait)
            running.callback(process.terminate)
        for port in PORTS:
            wait_for(f"http://127.0.0.1:{port}/")
        yield replicas


def top_label(page: Page) -> str:
    return page.locator("#tree .tree > ul > li").first.inner_text().split("\n")[0]


def walk(page: Page) -> None:
    """Page, upload, map, an edited list through the queue."""
    page.goto(ADDRESS)
    page.locator("#photo input[type=file]").set_input_files(STREET)
    page.locator("#answer .headline", has_text="Mexico").wait_for()
    page.frame_locator("#map iframe").locator("path.leaflet-interactive").first.wait_for()
    ask(page, "Japan\nMexico\nKenya")
    print("page, upload, map and an edited list: answered", top_label(page))


def ask(page: Page, labels: str) -> None:
    page.locator("#outline textarea").fill(labels)
    page.locator("#update").click()
    last = labels.split("\n")[-1]
    page.locator("#tree .tree", has_text=last).wait_for()


def explained_and_compared(page: Page) -> None:
    """Where the model looked, what it says without a part, and what another model says."""
    page.locator("#why-area > button").click()
    page.locator("#why-looked .layer").wait_for()
    page.locator("#side > button").click()
    page.locator("#side-models input").first.check()
    page.locator("#side-panel", has_text="other-model").wait_for()
    print("why this answer, and another model beside it: shown")
    page.locator("#side-models input").first.uncheck()
    page.locator("#why-area > button").click()


def serving(replicas: dict[int, subprocess.Popen]) -> int:
    """The port of the replica that holds most connections: the only visitor's."""
    connections = Path("/proc/net/tcp").read_text()
    return max(replicas, key=lambda port: connections.count(f"0100007F:{port:04X} 0100007F"))


def embedded(browser) -> None:
    """A page of another site that embeds it: another port is another origin."""
    body = f'<!doctype html><iframe src="{ADDRESS}?embed=1&example=1" width="960" height="540"></iframe>'.encode()

    class Slides(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slides) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{site.server_port}/")
        frame = page.frame_locator("iframe").first
        frame.locator("#answer .headline").wait_for()
        print("embedded in another site's page:", frame.locator("#answer .headline").inner_text())
        page.close()
        site.shutdown()


def class_room(browser) -> None:
    """A lecturer opens a room, a phone finds it whichever replica has it, and the pin arrives."""
    lecturer, phone = browser.new_context().new_page(), browser.new_context().new_page()
    lecturer.goto(ADDRESS)
    lecturer.get_by_role("tab", name="Guess first").click()
    lecturer.locator("#lesson-question img").wait_for()
    lecturer.locator("#room-open").click()
    link = lecturer.locator("#room .link a").get_attribute("href")
    phone.goto(link)
    phone.locator("#lands").wait_for(state="attached")
    phone.locator("#photo[src]").wait_for()
    phone.locator("#world").click()
    phone.locator("#send:enabled").click()
    lecturer.get_by_text("Pins: 1 · phones here: 1").wait_for()
    lecturer.locator("#room-reveal").click()
    phone.get_by_text("It was ").wait_for()
    lecturer.locator("#room-close").click()
    phone.get_by_text("This room is closed.").wait_for()
    print("a class's room:", link.removeprefix(ADDRESS), "opened, joined, answered and closed")
    lecturer.context.close()
    phone.context.close()


def main() -> None:
    program = next(filter(None, map(shutil.which, BROWSERS)))
    with hosted() as replicas, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_default_timeout(FIRST_SECONDS * 1000)
        walk(page)
        explained_and_compared(page)
        embedded(browser)
        for _ in range(ROOMS):
            class_room(browser)
        before = page.locator("#tree .tree").inner_text()
        replicas[serving(replicas)].kill()
        killed = time.monotonic()
        page.get_by_text("The server was restarted").wait_for()
        print(f"a replica killed: after {time.monotonic() - killed:.1f} s the page says:")
        print("  ", page.locator("#connection").inner_text())
        asked = time.monotonic()
        ask(page, "Japan\nMexico\nKenya\nNorway")
        print(f"the other replica has answered after {time.monotonic() - asked:.1f} s")
        print("  ", page.locator("#connection").inner_text() or "(no sentence)")
        ask(page, "Japan\nMexico\nKenya")
        page.wait_for_function("() => document.querySelectorAll('#tree .tree > ul > li').length === 3")
        after = page.locator("#tree .tree").inner_text()
        if after != before:
            sys.exit(f"The other replica answers otherwise:\n{before}\n{after}")
        page.wait_for_timeout(1000)
        browser.close()


if __name__ == "__main__":
    main()
