"""Programs of the tests, forked from a process that has imported what takes seconds, and has done nothing else.

For servers that a test ends or looks into: one answers after a third of the processor time that `python program.py`
takes. Not for a test of how a program starts, nor of what it has registered to be done at its end (`atexit`).
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from multiprocessing.reduction import DupFd
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FORKS = multiprocessing.get_context("forkserver")
# Found from the folder that the tests are run in; where one is not, it is imported after the fork.
FORKS.set_forkserver_preload(
    ["torch", "geopandas", "folium", "gradio", "gradio.http_server", "pytest"]
    + ["streetclip_demo.serve.start", "streetclip_demo.serve.compose", "streetclip_demo.locate.clip"]
    + ["streetclip_demo.model.encoder", "streetclip_demo.engines.torch_engine", "tests.frozen"]
)


class Forked:
    """What tests need of a subprocess.Popen: `python program arguments`, with pipes for its input and output."""

    def __init__(self, program: Path, arguments: list[str], environment: dict[str, str], stderr: int = 2):
        (their_in, our_in), (our_out, their_out) = os.pipe(), os.pipe()
        self.stdin, self.stdout = os.fdopen(our_in, "w"), os.fdopen(our_out)
        streams = _Streams(their_in, their_out, stderr)
        asked = (streams, str(program), arguments, environment)
        self._running = FORKS.Process(target=_run, args=asked, daemon=True)
        self._running.start()
        for end in (their_in, their_out):
            os.close(end)

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def returncode(self) -> int | None:
        return self._running.exitcode

    def kill(self) -> None:
        self._running.kill()

    def terminate(self) -> None:
        self._running.terminate()

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        self._running.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("a forked program", timeout)
        return self.returncode


class _Streams:
    """Descriptors that go to the forked process with the rest, as its standard ones."""

    def __init__(self, *descriptors: int):
        self.descriptors = descriptors

    def __getstate__(self):
        return [DupFd(one) for one in self.descriptors]

    def __setstate__(self, sent):
        self.descriptors = tuple(one.detach() for one in sent)

    def become_standard(self) -> None:
        for number, descriptor in enumerate(self.descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(number, mode, buffering=1, closefd=False) for number, mode in enumerate("rww")
        )


def _run(streams: _Streams, program: str, arguments: list[str], environment: dict[str, str]) -> None:
    """In the forked process, which has the signals and the environment of a new one from here on."""
    streams.become_standard()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = [program, *arguments]
    sys.path[0] = str(Path(program).parent)
    runpy.run_path(program, run_name="__main__")
