"""A class of 200 phones in one room: `python benchmarks/classroom.py`. Needs Chromium.

Starts the app (practice model, with a limit for each client), has a lecturer's page in a real Chromium open a room, and
200 phones on one address join it: page, map, photo, a stream each. They put their pins over 20 s, move them all
within 1 s, and hear the answer. Printed: how long each pin took from its sending until the lecturer's page said
its number, how long the answer took to the phones, requests a second, and the processor time of the server. Ends with
status 1 where a phone was refused or the lecturer's page was more than 1 s behind.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from browser import BROWSERS
from playwright.async_api import Page, async_playwright

ROOT = Path(__file__).resolve().parent.parent
PORT = 8767
ADDRESS = f"http://127.0.0.1:{PORT}/"
FIRST_SECONDS = 120
MOST_BEHIND_MS = 1000
# Keeps when the page has said which number of pins: [milliseconds since 1970, pins]
WATCH = """() => {
  window.said = [];
  const count = document.querySelector('#room .room-count');
  const note = () => said.push([Date.now(), Number(count.textContent.match(/\\d+/)?.[0] ?? 0)]);
  new MutationObserver(note).observe(count, {childList: true, characterData: true, subtree: true});
}"""


@dataclass
class Class:
    """All phones: what they asked, heard and were refused."""

    client: httpx.AsyncClient
    link: str
    phones: int
    refused: list[int] = field(default_factory=list)
    requests: int = 0
    received: int = 0  # bytes, of page, map and photo
    sent_at: list[float] = field(
        default_factory=list
    )  # of each phone's first pin, in milliseconds since 1970
    told_at: list[float] = field(default_factory=list)  # of each phone's answer

    async def ask(self, method: str, path: str, **more) -> httpx.Response:
        answer = await self.client.request(method, self.link + path, **more)
        self.requests += 1
        self.received += answer.num_bytes_downloaded
        if answer.status_code >= 400:
            self.refused.append(answer.status_code)
        return answer

    async def join(self) -> asyncio.Task:
        for path in ("", "/map", "/photo"):
            await self.ask("GET", path)
        return asyncio.create_task(self.listen())

    async def listen(self) -> None:
        self.requests += 1
        async with self.client.stream("GET", f"{self.link}/events") as events:
            if events.status_code != 200:
                self.refused.append(events.status_code)
            async for line in events.aiter_lines():
                if line.startswith("data: ") and "truth" in json.loads(line.removeprefix("data: ")):
                    self.told_at.append(time.time() * 1000)
                    return

    async def put(self, phone: int, after_seconds: float, is_first: bool) -> None:
        await asyncio.sleep(after_seconds)
        if is_first:
            self.sent_at.append(time.time() * 1000)
        where = {"latitude": random.uniform(-55, 70), "longitude": random.uniform(-180, 180)}
        await self.ask("POST", "/pin", json={"phone": f"simulated-phone-{phone:04}", "number": 0, **where})

    async def put_all(self, seconds: float, is_first: bool) -> None:
        puts = (self.put(phone, random.uniform(0, seconds), is_first) for phone in range(self.phones))
        await asyncio.gather(*puts)


@contextlib.contextmanager
def app():
    command = [sys.executable, "app.py", "--model", "practice", "--port", str(PORT), "--rate-limit", "10+10"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"HF_HUB_OFFLINE": "1"}, stdout=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def cpu_seconds(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


async def wait_until_ready() -> None:
    ends = time.monotonic() + FIRST_SECONDS
    async with httpx.AsyncClient() as client:
        while time.monotonic() < ends:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(f"{ADDRESS}readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.3)
    sys.exit(f"Nothing answers at {ADDRESS}.")


async def open_room(page: Page) -> str:
    page.set_default_timeout(FIRST_SECONDS * 1000)
    await page.goto(ADDRESS)
    await page.get_by_role("tab", name="Guess first").click()
    await page.locator("#lesson-question img").wait_for()
    await page.locator("#room-open").click()
    link = await page.locator("#room .link a").get_attribute("href")
    await page.evaluate(WATCH)
    assert link is not None
    return link


def delays(sent_at: list[float], said: list[list[float]]) -> list[float]:
    """Milliseconds from the n-th pin's sending until the page said n or more."""
    return [
        next(when for when, pins in said if pins >= number) - sent
        for number, sent in enumerate(sorted(sent_at), start=1)
    ]


def report(name: str, milliseconds: list[float]) -> None:
    print(f"{name}: median {statistics.median(milliseconds):.0f} ms, worst {max(milliseconds):.0f} ms")


class Timed:
    """Prints requests a second and the server's processor time of a part."""

    def __init__(self, name: str, pid: int, phones: Class):
        self.name, self.pid, self.phones = name, pid, phones

    def __enter__(self):
        self.before = time.monotonic(), cpu_seconds(self.pid), self.phones.requests
        return self

    def __exit__(self, *_):
        begun, cpu, requests = self.before
        wall = time.monotonic() - begun
        asked, used = self.phones.requests - requests, cpu_seconds(self.pid) - cpu
        print(
            f"{self.name}: {asked} requests in {wall:.1f} s, {asked / wall:.0f} a second; server {used:.2f} s of "
            f"processor time, {100 * used / wall:.0f} % of one core"
        )


async def play(pid: int, count: int) -> bool:
    await wait_until_ready()
    async with (
        async_playwright() as playwright,
        httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None)) as client,
    ):
        program = next(filter(None, map(shutil.which, BROWSERS)))
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = await browser.new_page()
        phones = Class(client, await open_room(page), count)
        with Timed("join", pid, phones):
            streams = await asyncio.gather(*(phones.join() for _ in range(count)))
            await page.get_by_text(f"phones here: {count}").wait_for()
        print(f"page, map and photo of a phone: {phones.received / count / 1000:.0f} KB on their way")
        with Timed("nobody does anything for 5 s", pid, phones):
            await asyncio.sleep(5)
        with Timed("a pin each over 20 s", pid, phones):
            await phones.put_all(20, is_first=True)
        await page.get_by_text(f"Pins: {count} ").wait_for()
        behind = delays(phones.sent_at, await page.evaluate("said"))
        with Timed("all pins moved within 1 s", pid, phones):
            await phones.put_all(1, is_first=False)
        pressed = time.time() * 1000
        with Timed("the answer", pid, phones):
            await page.locator("#room-reveal").click()
            await asyncio.gather(*streams)
        await browser.close()
    report("from a pin's sending until the lecturer's page said it", behind)
    report(
        "from the press of the button until a phone had the answer", [at - pressed for at in phones.told_at]
    )
    print(f"refused: {len(phones.refused)}")
    return not phones.refused and max(behind) <= MOST_BEHIND_MS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--phones", type=int, default=200)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    random.seed(18)
    with app() as pid:
        is_good = asyncio.run(play(pid, options.phones))
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
