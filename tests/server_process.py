"""tests/walked_server.py, started and asked from a test.

Each server is forked from a process that has imported what takes seconds, and has done nothing else.
"""

import multiprocessing
import socket
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import walked_server

IMPORTED = [
    "torch",
    "geopandas",
    "folium",
    "gradio",
    "streetclip_demo.serve.start",
    "streetclip_demo.serve.compose",
]


@dataclass
class Process:
    """A page in a process of its own, which can be looked into, ended, and started again at the same address."""

    folder: str  # of its checkpoint, or "practice"
    temp: Path
    port: int
    grace_seconds: float = 20
    running: BaseProcess | None = None
    line: Connection | None = None
    url: str = ""

    def start(self, model_seconds: float = 0) -> "Process":
        """Serve; with a model that is there already, or only begins to load so many seconds later."""
        forks = multiprocessing.get_context("forkserver")
        forks.set_forkserver_preload(IMPORTED)
        self.line, theirs = forks.Pipe()
        asked = (theirs, self.port, self.folder, self.grace_seconds, self.temp, model_seconds)
        self.running = forks.Process(target=walked_server.main, args=asked, daemon=True)
        self.running.start()
        theirs.close()
        self.url = self.line.recv()
        return self

    def holders(self, marks: dict[str, bytes]) -> dict[str, list[str]]:
        """Which marks are in the process, and in what."""
        self.line.send(marks)
        return self.line.recv()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.running.kill()
        self.running.join()

    def stop(self) -> None:
        self.line.close()
        self.running.join(timeout=30)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
