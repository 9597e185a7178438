"""Measure what visitors leave in the app's memory: `python benchmarks/memory.py`. Linux; needs requirements-dev.txt.

Starts this build, and with `--before COMMIT` that one too, with the practice model; visits it over HTTP as
browsers do, and prints megabytes of resident memory: for each open page with a photo of 12 megapixels, for each of
them after it was closed, and how much `--answers N` answers of sixteen visitors add, after each has asked all of its
sixty questions once.
"""

import argparse
import contextlib
import io
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PAGES, VISITORS = 8, 16
WARM_ROUNDS, ROUNDS = 2, 2  # of opening so many pages, and closing them
QUESTIONS = 60  # 20 widths of the beam, 3 estimators
SIZE = (4000, 3000)
FORGOTTEN_SECONDS = 45  # after a page was closed
WARM_SECONDS = 20
PHOTO, STRIP, UPDATE, BEAM, ESTIMATOR = "photo", "examples", "update", "beam", "estimator"
MEGA = 1e6


class App:
    """A build of the app that is running."""

    def __init__(self, folder: Path, cache: str):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "app.py", "--model", "practice", "--port", str(port)],
            cwd=folder,
            env=os.environ
            | {"HF_HUB_OFFLINE": "1", "STREETCLIP_CACHE": cache, "STREETCLIP_RATE_LIMIT": "off"},
            stdout=subprocess.DEVNULL,
        )
        self._wait()
        config = httpx.get(f"{self.url}/config", timeout=60).json()
        self._parts = {part["id"]: part for part in config["components"]}
        self._listeners = config["dependencies"]

    def resident(self) -> float:
        """Megabytes of memory that the process has now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MEGA

    def listener(self, name: str, event: str) -> dict:
        """The listener of a part of the page, by the part's elem_id."""
        (part,) = (i for i, part in self._parts.items() if part["props"].get("elem_id") == name)
        return next(
            one for one in self._listeners if [part, event] in [list(target) for target in one["targets"]]
        )

    def values(self, listener: dict, **others) -> list:
        """What a page that was just opened sends to a listener; `others` by elem_id."""
        parts = [self._parts[i] for i in listener["inputs"]]
        return [others.get(part["props"].get("elem_id"), part["props"].get("value")) for part in parts]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _wait(self) -> None:
        while self.process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(self.url, timeout=60)
                time.sleep(WARM_SECONDS)  # the practice model is there
                return
            time.sleep(0.2)
        raise RuntimeError("The app did not start; run python app.py --model practice to see why.")


class Page:
    """One visitor's open page, as a browser talks to the server."""

    def __init__(self, app: App):
        self.app, self.session = app, secrets.token_hex(6)
        self._api = f"{app.url}/gradio_api"
        self._client = httpx.Client(timeout=120)
        self._is_open = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)
        self._heart.start()
        self._is_open.wait(30)

    def _beat(self) -> None:
        with (
            contextlib.suppress(httpx.HTTPError),
            self._client.stream("GET", f"{self._api}/heartbeat/{self.session}") as heartbeat,
        ):
            self._heartbeat = heartbeat
            for _ in heartbeat.iter_raw():
                self._is_open.set()

    def call(self, listener: dict, data: list, event: dict | None = None) -> str:
        """Call a listener through the queue; the last message about it."""
        body = {"fn_index": listener["id"], "data": data, "event_data": event, "session_hash": self.session}
        answer = self._client.post(f"{self._api}/queue/join", json=body).raise_for_status()
        event_id, last = answer.json()["event_id"], ""
        with self._client.stream(
            "GET", f"{self._api}/queue/data", params={"session_hash": self.session}
        ) as stream:
            for line in stream.iter_lines():
                last = line if event_id in line else last
                if '"close_stream"' in line:
                    break
        if '"success":true' not in last:
            raise RuntimeError(f"The app did not answer: {last[:300]}")
        return last

    def send(self, photo: bytes) -> None:
        """Choose a photo."""
        name = "photo-" + secrets.token_hex(8)
        sent = self._client.post(f"{self._api}/upload", files={"files": (name, photo)}).raise_for_status()
        file = {"path": sent.json()[0], "orig_name": "photo.jpg", "meta": {"_type": "gradio.FileData"}}
        listener = self.app.listener(PHOTO, "upload")
        self.call(listener, self.app.values(listener, photo=file))

    def choose(self, example: int) -> None:
        """Choose a drawn street."""
        listener = self.app.listener(STRIP, "click")
        self.call(listener, self.app.values(listener), {"index": example})

    def ask(self, number: int) -> None:
        """Ask a question that is another one for each number up to QUESTIONS."""
        listener = self.app.listener(UPDATE, "click")
        controls = {BEAM: 1 + number % 20, ESTIMATOR: ("beam", "greedy", "hedged")[number // 20 % 3]}
        self.call(listener, self.app.values(listener, **controls))

    def close(self) -> None:
        self._client.close()


def photo_file(seed: int) -> bytes:
    """A JPEG of 12 megapixels, for each seed another picture."""
    down, across = np.mgrid[0 : 255 : SIZE[1] * 1j, 0 : 255 : SIZE[0] * 1j].astype(np.uint8)
    levels = np.stack([down, across, np.full_like(down, 8 * seed % 256)], axis=-1)
    levels[::7, ::5] = np.random.default_rng(seed).integers(0, 255, 3)
    Image.fromarray(levels).save(file := io.BytesIO(), "JPEG", quality=90)
    return file.getvalue()


def held_by_photos(app: App) -> dict[str, float]:
    """Megabytes for each page with a photo: while it is open, and after it was closed."""
    rounds = [_open_and_close(app, range(i * PAGES, (i + 1) * PAGES)) for i in range(WARM_ROUNDS + ROUNDS)]
    (_, warm), *measured = rounds[WARM_ROUNDS - 1 :]  # what threads and the allocator need once is there
    before = [warm, *(closed for _, closed in measured)]
    opened = [while_open - closed for (while_open, _), closed in zip(measured, before, strict=False)]
    return {
        "open": sum(opened) / len(opened) / PAGES,
        "closed": (before[-1] - warm) / len(measured) / PAGES,
    }


def _open_and_close(app: App, seeds: range) -> tuple[float, float]:
    """Resident megabytes while a page with each photo is open, and after all have been closed."""
    pages = []
    for photo in map(photo_file, seeds):
        pages.append(Page(app))
        pages[-1].send(photo)
    time.sleep(5)
    while_open = app.resident()
    for page in pages:
        page.close()
    time.sleep(FORGOTTEN_SECONDS)
    return while_open, app.resident()


def grown_by_answers(app: App, answers: int) -> dict[str, float]:
    """Resident megabytes when every question was asked once, and after so many answers more."""
    pages = [Page(app) for _ in range(VISITORS)]
    for number, page in enumerate(pages):
        page.choose(number % 12)

    def ask_all(rounds: range) -> float:
        with ThreadPoolExecutor(VISITORS) as pool:
            list(pool.map(lambda page: [page.ask(number) for number in rounds], pages))
        time.sleep(3)
        return app.resident()

    warm = ask_all(range(QUESTIONS))
    end = ask_all(range(QUESTIONS, QUESTIONS + answers // VISITORS))
    for page in pages:
        page.close()
    grown = {"growth in %": 100 * (end / warm - 1), "KB an answer": 1e3 * (end - warm) / answers}
    return {"warm": warm, "end": end, **grown}


@contextlib.contextmanager
def build_of(commit: str) -> Iterator[Path]:
    """A commit's files in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        yield Path(folder)


def measure(folder: Path, answers: int) -> dict[str, dict[str, float]]:
    """All figures of a build."""
    figures = {}
    with tempfile.TemporaryDirectory() as cache:
        for name, task in (
            ("photos", held_by_photos),
            ("answers", lambda app: grown_by_answers(app, answers)),
        ):
            if name == "answers" and not answers:
                continue
            app = App(folder, cache)
            try:
                figures[name] = task(app)
            finally:
                app.stop()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", help="a commit to compare with")
    parser.add_argument("--answers", type=int, default=2000, help="how many; 0 for none")
    options = parser.parse_args()
    figures = {"now": measure(ROOT, options.answers)}
    if options.before:
        with build_of(options.before) as folder:
            figures["before"] = measure(folder, options.answers)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
