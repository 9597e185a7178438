"""tests/walked_server.py, started and asked from a test."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from forked import Forked

PROGRAM = Path(__file__).with_name("walked_server.py")


@dataclass
class Process:
    """A page in a process of its own, which can be looked into, ended, and started again at the same address."""

    folder: str  # of its checkpoint, or "practice"
    temp: Path
    port: int
    grace_seconds: float = 20
    running: Forked | None = None
    url: str = ""

    def start(self, with_model: bool = True) -> "Process":
        """Serve; with a model that is there already, or only begins to load when it is told to."""
        arguments = [str(self.port), self.folder, str(self.grace_seconds)]
        environment = os.environ | {"WALKED_TEMP": str(self.temp), "WALKED_LATE": "" if with_model else "1"}
        self.running = Forked(PROGRAM, arguments, environment)
        self.url = json.loads(self.running.stdout.readline())["url"]
        return self

    def holders(self, marks: dict[str, bytes]) -> dict[str, list[str]]:
        """Which marks are in the process, and in what."""
        return self._ask(json.dumps({name: mark.hex() for name, mark in marks.items()}))

    def resident_bytes(self) -> int:
        return self._ask("")

    def load_model(self) -> None:
        self._ask("load")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.running.kill()
        self.running.wait()

    def stop(self) -> None:
        self.running.stdin.close()
        self.running.wait(timeout=30)

    def _ask(self, line: str):
        self.running.stdin.write(line + "\n")
        self.running.stdin.flush()
        return json.loads(self.running.stdout.readline())


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
