"""The page in a process of its own, for tests that look into its memory, or that end it: see server_process.py."""

import threading
from multiprocessing.connection import Connection
from pathlib import Path

import conftest  # noqa: F401 - a quiet environment, and the way to the package
from memory_walk import found
from page_server import model_behind, serve

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.page.frame.kept import Limits
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.serve.compose import shipped_examples


def main(
    line: Connection, port: int, folder: str, grace_seconds: float, temp: Path, model_seconds: float
) -> None:
    """Serve the tiny checkpoint of a folder, or the practice model for "practice", until the line is closed.

    Its address comes first; marks, by name, are then answered with what holds them.
    """
    gazetteer = Gazetteer.load()
    model = model_behind(
        MODELS["practice"].source if folder == "practice" else Path(folder), gazetteer, shipped_examples()
    )
    if model_seconds:
        threading.Timer(model_seconds, model.start).start()
    else:
        model.start()
        model.get()
    limits = Limits(grace_seconds=grace_seconds)
    with serve(model, gazetteer, shipped_examples(), temp, port=port, limits=limits) as page:
        line.send(page.url)
        while True:
            try:
                marks = line.recv()
            except EOFError:
                return
            line.send(found(marks))
