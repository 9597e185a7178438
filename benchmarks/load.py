"""Many visitors at once, over HTTP: `python benchmarks/load.py`. Linux; needs Chromium and requirements-dev.txt.

    python benchmarks/load.py --visitors 64 --seconds 600 --before CHECKOUT

Starts the app, and with `--before` an older checkout too, in turns. All visitors open the page at once; then each
sends a photo, changes its list three times, and takes the next photo, without a pause. A quarter of the photos are the
drawn streets that all share, the others JPEGs of 1024 x 768 that the practice model is pressed to answer. Every
answer is compared, letter by letter, with what a lone visitor of a fresh process gets for that photo and list.
"""

import argparse
import asyncio
import bisect
import io
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import numpy as np
from memory import App
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))

from visitors import Answer, NotAnswered, Site, Visitor  # noqa: E402

EXAMPLES = sorted((ROOT / "assets" / "examples").glob("*.png"))
OWN_PHOTOS = 3  # of each visitor
SIZE = (1024, 768)
STEPS = ("sent", "pressed", "first", "second", "third")  # what is asked about one photo
LOOK_SECONDS = 2.0  # between two looks at memory
AT_WORK = 4  # questions that are answered at once, besides those in the queue
CHROMIUM = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/google-chrome")
Key = tuple[int, str]


@dataclass
class Run:
    """What happened in one run."""

    visitors: int
    seconds: float = 0
    openings: list[float] = field(default_factory=list)
    opening_cpu: float = 0
    answers: list[tuple[Key, Answer]] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)  # when each of them was there
    errors: list[str] = field(default_factory=list)
    cpu: float = 0
    resident: list[float] = field(default_factory=list)  # megabytes
    foreign: int = 0


def photo_file(number: int) -> bytes:
    """A drawn street, or another picture for each number beyond those."""
    return EXAMPLES[number].read_bytes() if number < len(EXAMPLES) else _jpeg(number)


def album(visitor: int) -> list[int]:
    """The numbers of a visitor's photos, in order: own ones, and a street that others have too."""
    first = len(EXAMPLES) + OWN_PHOTOS * visitor
    return [*range(first, first + OWN_PHOTOS), visitor % len(EXAMPLES)]


def _jpeg(seed: int) -> bytes:
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 255, (12, 16, 3), dtype=np.uint8))
    coarse.resize(SIZE, Image.Resampling.BICUBIC).save(file := io.BytesIO(), "JPEG", quality=85)
    return file.getvalue()


def lists(labels: str, number: int) -> list[str]:
    """Three shorter lists, of which each photo has its own."""
    lines = labels.splitlines()
    gone = [(3 * number + step) % len(lines) for step in (0, 13, 29)]
    return ["\n".join(line for at, line in enumerate(lines) if at not in gone[: n + 1]) for n in range(3)]


async def ask_all(visitor: Visitor, number: int, photo: bytes, labels: str, is_over: Callable[[], bool]):
    """All answers about one photo, with what each is the answer to."""
    visitor.controls["outline"] = labels
    yield (number, "sent"), await visitor.send(photo)
    if number >= len(EXAMPLES) and not is_over():
        yield (number, "pressed"), await visitor.insist()
    for name, some in zip(STEPS[2:], lists(labels, number), strict=True):
        if not is_over():
            yield (number, name), await visitor.ask(some)


# One run


async def visit(site: Site, visitor_number: int, run: Run, start: asyncio.Barrier, end: list[float]) -> None:
    """One visitor, from opening the page to the end of the run."""
    files = {number: photo_file(number) for number in album(visitor_number)}
    async with Visitor(site) as visitor:
        is_open = False
        while not is_open:
            try:
                run.openings.append((await visitor.open()).seconds)
                is_open = True
            except (NotAnswered, aiohttp.ClientError, TimeoutError) as error:
                run.errors.append(f"opening: {error!r}"[:300])
        labels = str(visitor.controls.get("outline", ""))
        await start.wait()
        for number in itertools.cycle(files):
            if time.monotonic() > end[0]:
                break
            try:
                asking = ask_all(visitor, number, files[number], labels, lambda: time.monotonic() > end[0])
                async for key, answer in asking:
                    run.answers.append((key, replace(answer, parts=(answer.digest,))))
                    run.ended.append(time.monotonic())
            except (NotAnswered, aiohttp.ClientError, TimeoutError) as error:
                run.errors.append(repr(error)[:300])
                await asyncio.sleep(1)


async def load(app: App, site: Site, visitors: int, seconds: float) -> Run:
    """Let so many visit at once, for so long after all have opened the page."""
    run, end = Run(visitors), [0.0]
    start = asyncio.Barrier(visitors + 1)
    before = cpu_seconds(app.process.pid)
    tasks = [asyncio.create_task(visit(site, i, run, start, end)) for i in range(visitors)]
    while start.n_waiting < visitors:
        await asyncio.sleep(0.05)
    print("opened", flush=True)
    run.opening_cpu = cpu_seconds(app.process.pid) - before
    began, before = time.monotonic(), cpu_seconds(app.process.pid)
    end[0] = began + seconds
    await start.wait()
    while not all(task.done() for task in tasks):
        run.resident.append(app.resident())
        await asyncio.wait(tasks, timeout=LOOK_SECONDS)
    run.seconds, run.cpu = time.monotonic() - began, cpu_seconds(app.process.pid) - before
    for task in tasks:
        task.result()
    return run


async def lone_answers(site: Site, wanted: set[Key]) -> dict[Key, str]:
    """What a lone visitor gets, in a process that nobody else has asked."""
    found: dict[Key, str] = {}
    async with Visitor(site) as visitor:
        await visitor.open()
        labels = str(visitor.controls["outline"])
        for number in sorted({number for number, _ in wanted}):
            async for key, answer in ask_all(visitor, number, photo_file(number), labels, lambda: False):
                found[key] = answer.digest
    return found


def measure(folder: Path, visitors: int, seconds: float, compare: bool = True) -> Run:
    """One run of a build, and its answers compared."""
    with tempfile.TemporaryDirectory() as cache:
        app = App(folder, cache)
        try:
            files = page_files(app.url)
            site = asyncio.run(Site.at(app.url, files))
            run = asyncio.run(load(app, site, visitors, seconds))
        finally:
            app.stop()
        if not compare:
            return run
        app = App(folder, cache)
        try:
            site = asyncio.run(Site.at(app.url))
            lone = asyncio.run(lone_answers(site, {key for key, _ in run.answers}))
        finally:
            app.stop()
    run.foreign = sum(lone[key] != answer.parts[0] for key, answer in run.answers)
    return run


def page_files(url: str) -> list[str]:
    """What a browser fetches with the page, asked of a real one."""
    program = next(path for path in CHROMIUM if Path(path).exists())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page, asked = browser.new_page(), []
        page.on("request", lambda request: asked.append(request.url.removeprefix(url)))
        page.goto(url)
        page.locator("#tree .tree").wait_for(state="attached", timeout=120_000)
        browser.close()
    return list(dict.fromkeys(path for path in asked if path.startswith(("/assets/", "/static/", "/theme"))))


def cpu_seconds(process: int) -> float:
    """CPU seconds of a process and the children that it has, so far."""
    children = Path(f"/proc/{process}/task").glob("*/children")
    family = [process, *(int(child) for file in children for child in file.read_text().split())]
    ticks = sum(sum(map(int, _stat(one)[11:13])) for one in family)
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(process: int) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


# What is said


def figures(run: Run) -> dict[str, float | str]:
    """A run in numbers."""
    waited = [answer.seconds for _, answer in run.answers]
    places = [answer.place for _, answer in run.answers]
    queued = [answer.queued for _, answer in run.answers]
    third = len(run.resident) // 3
    warm, late = run.resident[third : third + 5], run.resident[-5:]
    return {
        "answers a second": len(run.answers) / run.seconds,
        "answers": len(run.answers),
        "median, s": statistics.median(waited) if waited else 0,
        "95th percentile, s": _p95(waited),
        "in the queue, 95th percentile, s": _p95(queued),
        "that, over place x service time (at most 1.2)": _p95(queued) / _p95(_expected(run)),
        "highest place told": max(places, default=0),
        "page open, median, s": statistics.median(run.openings) if run.openings else 0,
        "page open, slowest, s": max(run.openings, default=0),
        "server's CPU ms for an answer": 1000 * run.cpu / max(len(run.answers), 1),
        "server's CPU ms for an opening": 1000 * run.opening_cpu / run.visitors,
        "errors": len(run.errors),
        "foreign answers": run.foreign,
        "resident, MB": statistics.median(late) if late else 0,
        "growth after a third of the time, %": 100 * (statistics.median(late) / statistics.median(warm) - 1),
    }


def _expected(run: Run) -> list[float]:
    """For each answer its place in the queue times the seconds that an answer took while it waited."""
    expected = []
    for ended, (_, answer) in zip(run.ended, run.answers, strict=True):
        meanwhile = bisect.bisect(run.ended, ended) - bisect.bisect(run.ended, ended - answer.queued)
        expected.append((answer.place + AT_WORK) * answer.queued / max(meanwhile, 1))
    return expected


def _p95(numbers: list) -> float:
    return sorted(numbers)[int(0.95 * len(numbers))] if numbers else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--before", type=Path, help="a checkout to compare with")
    parser.add_argument("--no-lone", action="store_true", help="compare no answers")
    parser.add_argument("--turns", type=int, default=1)
    options = parser.parse_args()
    builds = {"before": options.before} if options.before else {}
    builds["now"] = ROOT
    table: dict[str, list[dict]] = {name: [] for name in builds}
    for _ in range(options.turns):
        for name, folder in builds.items():
            run = measure(folder, options.visitors, options.seconds, not options.no_lone)
            table[name].append(figures(run))
            every = max(1, len(run.resident) // 10)
            print(
                name,
                json.dumps(table[name][-1], indent=1),
                run.resident[::every],
                *run.errors[:3],
                sep="\n",
                flush=True,
            )
    print("| " + " | ".join(["", *builds]) + " |")
    for row in table["now"][0]:
        means = [statistics.mean(turn[row] for turn in turns) for turns in table.values()]
        print("| " + " | ".join([row, *(f"{mean:,.2f}" for mean in means)]) + " |")


if __name__ == "__main__":
    main()
