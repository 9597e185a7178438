"""The page in a process of its own, for tests that look into its memory, or that end it.

`python tests/walked_server.py PORT FOLDER GRACE_SECONDS` serves the tiny checkpoint of a folder, or the practice model
for "practice". Each line of JSON on standard input, marks as hexadecimal digits by name, is answered with what holds
them; an empty line, with the resident memory in bytes; "load" loads the model, where WALKED_LATE has kept it.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import conftest  # noqa: F401 - a quiet environment, and the way to the package
from memory_walk import found
from page_server import model_behind, serve

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.page.frame.kept import Limits
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.serve.compose import PageModel, shipped_examples


def main(port: str, folder: str, grace_seconds: str) -> None:
    """Serve until standard input ends."""
    gazetteer = Gazetteer.load()
    model = model_behind(
        MODELS["practice"].source if folder == "practice" else Path(folder), gazetteer, shipped_examples()
    )
    if not os.environ.get("WALKED_LATE"):
        model.start()
        model.get()
    limits = Limits(grace_seconds=float(grace_seconds))
    temp = Path(os.environ.get("WALKED_TEMP") or tempfile.mkdtemp())
    with serve(model, gazetteer, shipped_examples(), temp, port=int(port), limits=limits) as page:
        print(json.dumps({"url": page.url}), flush=True)
        for line in sys.stdin:
            print(json.dumps(_answer(line.strip(), model)), flush=True)


def _answer(line: str, model: PageModel) -> object:
    if line == "load":
        return model.start()
    if not line:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return found({name: bytes.fromhex(mark) for name, mark in json.loads(line).items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
