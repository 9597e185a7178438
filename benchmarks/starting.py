"""From the start of a process to its first answer, beside an older version: three ratios.

    python scripts/make_random_checkpoint.py MODEL              # StreetCLIP's size, random weights
    git worktree add --detach BEFORE 49bfd76
    python benchmarks/starting.py --before BEFORE --model MODEL

prints CPU seconds of ``python -m streetclip_demo locate`` for one drawn street, with all that it starts: with
the practice model, and with MODEL by OpenVINO, which was converted before, with captions that are kept; and seconds
from ``python app.py`` until the practice model has answered through the public endpoint. The versions take turns, each
with caches of its own, and medians count. Linux and macOS only.
"""

import argparse
import contextlib
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gradio_client import Client, handle_file

ROOT = Path(__file__).resolve().parent.parent
STREET = ROOT / "assets" / "examples" / "japan.png"
LONGEST_SECONDS = 300
GOALS = {"practice": 0.50, "openvino": 0.70, "page": 0.70}


def cpu_seconds(folder: Path, cache: Path, *options: str) -> float:
    """CPU seconds of the command line in one checkout, with the processes that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "streetclip_demo", "locate", str(STREET), *options]
    environment = os.environ | {"STREETCLIP_CACHE": str(cache)}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def answer_seconds(folder: Path, cache: Path) -> float:
    """Seconds from starting a page until its practice model has answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "app.py", "--model", "practice", "--port", str(port)]
    environment = os.environ | {"STREETCLIP_CACHE": str(cache)}
    began = time.perf_counter()
    page = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(page, port)
        client = Client(f"http://127.0.0.1:{port}", verbose=False)
        client.predict(photo=handle_file(STREET), api_name="/locate")  # which waits for the model
        return time.perf_counter() - began
    finally:
        page.terminate()
        page.wait()


def _wait_for(page: subprocess.Popen, port: int) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < end and page.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.01)
    sys.exit(f"The page did not start (exit status {page.poll()}).")


def measure(before: Path, once: Callable[[Path, Path], float], caches: Path, repeats: int) -> list[float]:
    """Medians of the older version and of this one; a first run of each fills its caches and does not count."""
    versions = [(before, caches / "before"), (ROOT, caches / "now")]
    seconds = [[once(*version) for version in versions] for _ in range(repeats + 1)]
    return [statistics.median(column) for column in zip(*seconds[1:], strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, required=True, help="a checkout of the older version")
    parser.add_argument("--model", type=Path, help="a checkpoint of StreetCLIP's size; without it two ratios")
    parser.add_argument("--precision", default="auto", help="of the large checkpoint (auto)")
    parser.add_argument("--only", choices=GOALS)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    by_openvino = ("--engine", "openvino", "--precision", options.precision)
    kinds: dict[str, Callable[[Path, Path], float]] = {
        "practice": lambda *where: cpu_seconds(*where, "--model", "practice"),
        "openvino": lambda *where: cpu_seconds(*where, "--model", str(options.model.resolve()), *by_openvino),
        "page": answer_seconds,
    }
    if options.model is None:
        del kinds["openvino"]
    with tempfile.TemporaryDirectory() as folder:
        for name, once in kinds.items():
            if options.only in (None, name):
                before, now = measure(options.before, once, Path(folder), options.repeats)
                goal = GOALS[name]
                print(
                    f"{name}: {now:.2f} s / {before:.2f} s = {now / before:.2f}, goal <= {goal:.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
