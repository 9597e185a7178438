"""How long a start takes where nothing has been kept, phase by phase: python benchmarks/cold_start.py FOLDER.

FOLDER holds a checkpoint; scripts/make_random_checkpoint.py makes one of any size. As a Space has it, its weights
should be pickled: --pickle makes such a copy first. Each phase is what an app does that has just been started; the page
is up after the first. With --app the app itself is started, with folders that are empty, and asked as a visitor asks;
without FOLDER it has the practice model.
"""

import argparse
import contextlib
import importlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STREET = ROOT / "assets" / "examples" / "japan.png"
PICKLED = "pytorch_model.bin"
LONGEST_SECONDS = 900
LOOK_SECONDS = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="practice, with --app and none")
    parser.add_argument("--pickle", action="store_true", help="of a copy with pickled weights")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--app", action="store_true", help="start app.py, and ask it over HTTP")
    options = parser.parse_args()
    if options.folder is None and not options.app:
        parser.error("FOLDER is missing; only with --app it may be.")
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["STREETCLIP_CACHE"] = str(Path(temporary, "cache"))
        folder = _pickled(options.folder, Path(temporary, "pickled")) if options.pickle else options.folder
        found = app_phases(folder, options.precision) if options.app else phases(folder, options.precision)
        for name, (seconds, of_processors) in found:
            print(f"{name:40} {seconds:6.1f} s, of the processors {of_processors:6.1f} s", flush=True)


def phases(folder: Path, precision: str):
    """Names and seconds of what happens before the first answer."""
    start = _now()

    def passed() -> tuple[float, float]:
        nonlocal start
        before, start = start, _now()
        return start[0] - before[0], start[1] - before[1]

    from streetclip_demo.page.frame.stubs import write_no_stubs

    write_no_stubs()
    importlib.import_module("streetclip_demo.page.layout")
    from streetclip_demo.checkpoints.cards import model_card
    from streetclip_demo.locate.loading import Wanted, load_clip
    from streetclip_demo.locate.question import Question
    from streetclip_demo.locate.starting_lists import all_presets, default_preset
    from streetclip_demo.photos.photo import open_photo
    from streetclip_demo.places.gazetteer import Gazetteer

    gazetteer = Gazetteer.load()
    yield "imports of the page, gazetteer", passed()
    importlib.import_module("torch")

    yield "import of torch", passed()
    from streetclip_demo.checkpoints.checkpoint import fetch
    from streetclip_demo.checkpoints.pickled_weights import in_safetensors

    card = model_card(folder)
    in_safetensors(card, fetch(card))
    yield "pickled weights to safetensors", passed()
    locator = load_clip(Wanted(card, precision=precision), gazetteer)
    yield f"loading, comparison ({locator.encoder.dtype})", passed()
    labels = all_presets(gazetteer)[default_preset(is_practice=False)]
    photo = open_photo(STREET)
    locator.embed([photo])
    yield "a photo", passed()
    locator.locate(photo, Question(labels, add_cities=False))
    yield "captions of the countries", passed()
    locator.locate(photo, Question(labels))
    yield "captions of the cities of 5 countries", passed()
    locator.read_ahead(Question(labels))
    yield "captions of all other cities", passed()


def app_phases(folder: Path | None, precision: str) -> Iterator[tuple[str, tuple[float, float]]]:
    """Names and seconds of what somebody waits for who starts the app, opens its page and asks; each from the start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = str(folder.resolve()) if folder else "practice"
    command = [sys.executable, "app.py", "--model", model, "--precision", precision, "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    app = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)

    def passed() -> tuple[float, float]:
        return time.perf_counter() - began, _worked(app.pid)

    try:
        _until(app, lambda: _says(f"{address}/healthz"))
        yield "until the page is up", passed()
        _says(f"{address}/")
        yield "until it has been sent once", passed()
        _until(app, lambda: _says(f"{address}/readyz"))
        yield "until the model is there", passed()
        from gradio_client import Client, handle_file

        client = Client(address, verbose=False)
        before = passed()
        client.predict(photo=handle_file(STREET), add_cities=False, api_name="/locate")
        after = passed()
        yield "the first answer, countries", (after[0] - before[0], after[1] - before[1])
        client.predict(photo=handle_file(STREET), api_name="/locate")
        yield "the second, with cities", (passed()[0] - after[0], passed()[1] - after[1])
    finally:
        app.terminate()
        app.wait()


def _until(app: subprocess.Popen, is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < end and app.poll() is None:
        if is_so():
            return
        time.sleep(LOOK_SECONDS)
    sys.exit(f"The app did not come (exit status {app.poll()}).")


def _says(address: str) -> bool:
    """Whether it is there, and has no reason against it."""
    with (
        contextlib.suppress(urllib.error.URLError, ConnectionError),
        urllib.request.urlopen(address) as answer,
    ):
        return answer.status == 200
    return False


def _worked(process: int) -> float:
    """Seconds that processors have worked for a process and the children that it has or had."""
    children = Path(f"/proc/{process}/task").glob("*/children")
    family = [process, *(int(child) for file in children for child in file.read_text().split())]
    stats = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in family]
    return sum(sum(map(int, stat[11:15])) for stat in stats) / os.sysconf("SC_CLK_TCK")


def _now() -> tuple[float, float]:
    """The clock, and what all processors together have worked for this process: the second holds on a busy machine."""
    return time.perf_counter(), time.process_time()


def _pickled(folder: Path, target: Path) -> Path:
    import torch
    from safetensors.torch import load_file

    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("*.safetensors"))
    torch.save(load_file(folder / "model.safetensors"), target / PICKLED)
    return target


if __name__ == "__main__":
    main()
