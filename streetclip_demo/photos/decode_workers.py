"""Photos decoded in processes that can be ended: a limit of time for each, a limit of memory for all together.

Each process takes one photo at a time, and there are as many as may decode at once; who comes later waits in order.
They start when they are first needed and know neither the model nor the environment's secrets.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import IO, Any, BinaryIO

from PIL import Image

from streetclip_demo.errors import PhotoError
from streetclip_demo.own_files import ROOT
from streetclip_demo.photos.decode_worker import read_block, write_block
from streetclip_demo.photos.photo import Photo, read_source

if sys.platform != "win32":
    import fcntl


PROGRAM = (sys.executable, "-m", "streetclip_demo.photos.decode_worker")
AT_ONCE = 2  # with 600 MB each; see docs/operations.md
DECODING_SECONDS = 5.0
ROWS_BYTES = 1 << 20
# Of the environment only what starting Python may need: a decoder has no use for tokens
PASSED_ON = (
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "PYTHONHOME",
    "PYTHONPATH",
    "VIRTUAL_ENV",
)


class DecodeWorkers:
    """Decodes photos, `at_once` at a time. Its processes end with it.

    Parameters
    ----------
    at_once : int
        Photos decoded at once; each takes at most 600 MB.
    seconds : float
        For one photo, from when its turn has come.
    program : sequence of str
        The command that starts a process which does what decode_worker.py says.
    """

    def __init__(
        self,
        at_once: int = AT_ONCE,
        seconds: float = DECODING_SECONDS,
        program: Sequence[str] = PROGRAM,
    ):
        self._seconds = seconds
        workers = [_Worker(program) for _ in range(at_once)]
        self._turns = _Turns(workers)
        self._end = weakref.finalize(self, _end, workers)  # also when Python ends

    def open_photo(self, source: str | os.PathLike | bytes | BinaryIO | None) -> Photo:
        """As `photo.open_photo`, within the limits of time and memory."""
        data, name = read_source(source)
        worker = self._turns.take()
        try:
            return worker.open_photo(data, name, self._seconds)
        finally:
            self._turns.give_back(worker)

    def warm_up(self) -> None:
        """Start one process, so that the first photo need not wait for it."""
        worker = self._turns.take()
        worker.start()
        self._turns.give_back(worker)

    def close(self) -> None:
        """End the processes."""
        self._end()


class _Turns:
    """Things that are used by one at a time, in the order of asking."""

    def __init__(self, things: list):
        self._lock = threading.Lock()
        self._free = list(things)
        self._waiting: deque[Future] = deque()

    def take(self) -> Any:
        with self._lock:
            if self._free:
                return self._free.pop()
            turn: Future = Future()
            self._waiting.append(turn)
        return turn.result()

    def give_back(self, thing: Any) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set_result(thing)
            else:
                self._free.append(thing)


class _Worker:
    """One process, started when it is needed and again after it was ended."""

    def __init__(self, program: Sequence[str]):
        self._program = program
        self._process: subprocess.Popen | None = None

    def start(self) -> subprocess.Popen:
        if self._process is None:
            environment = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
            # What decoders complain of stays out of the log, where whoever sends a file could write otherwise.
            self._process = subprocess.Popen(
                self._program,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            _widen(_pipes(self._process)[1])
        return self._process

    def open_photo(self, data: bytes, name: str, seconds: float) -> Photo:
        process, is_late = self._listening(name), threading.Event()  # starting it is not decoding

        def end_late() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(seconds, end_late)
        timer.start()
        is_whole = False  # whether the answer was read to its end
        try:
            photo = _ask(process, data, timer.cancel)
            is_whole = True
            return photo
        except PhotoError:
            is_whole = True
            raise
        except (OSError, EOFError):  # the process is gone
            raise PhotoError(_took_too_long(name, seconds) if is_late.is_set() else _ended(name)) from None
        finally:
            timer.cancel()
            timer.join()
            if is_late.is_set() or not is_whole:
                self.end()

    def _listening(self, name: str) -> subprocess.Popen:
        """The process, once it has answered the name of a photo; another one where it has ended since the last.

        Nothing else tells in time: one that is killed may be seen to live for a while, with its pipes closed.
        """
        for _ in range(2):
            process = self.start()
            requests, answers = _pipes(process)
            with contextlib.suppress(OSError):  # nobody reads there
                write_block(requests, name.encode(errors="replace"))
                requests.flush()
                if read_block(answers) is not None:
                    return process
            self.end()
        raise PhotoError(_ended(name))

    def end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for stream in _pipes(process):
                with contextlib.suppress(OSError):  # what was not yet sent cannot be any more
                    stream.close()
            process.wait()


def _pipes(process: subprocess.Popen) -> tuple[IO[bytes], IO[bytes]]:
    """Where a process is asked, and where it answers."""
    assert process.stdin is not None  # it was started with both
    assert process.stdout is not None
    return process.stdin, process.stdout


def _widen(pipe: IO[bytes]) -> None:
    """Let more pixels wait in a pipe, where that can be set: both sides then take turns less often."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, ROWS_BYTES)


def _end(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.end()


def _ask(process: subprocess.Popen, data: bytes, on_decoded: Callable[[], None]) -> Photo:
    requests, answers = _pipes(process)
    write_block(requests, data)
    requests.flush()
    head = read_block(answers)
    if head is None:
        raise EOFError
    on_decoded()
    answer = json.loads(head)
    if "error" in answer:
        raise PhotoError(answer["error"])
    image = _read_rgb(answers, answer["size"])
    digest = _read(answers, 64).decode()
    display = answer["display"] and _read_rgb(answers, answer["display"])
    return Photo(image, digest, tuple(answer["notes"]), display)


def _read_rgb(stream: IO[bytes], size: Sequence[int]) -> Image.Image:
    """A picture whose pixels come row by row; some rows at a time are copied into it."""
    width, height = size
    image = Image.new("RGB", (width, height))
    rows = max(1, ROWS_BYTES // (3 * width))
    for top in range(0, height, rows):
        some = min(rows, height - top)
        pixels = _read(stream, 3 * width * some)
        image.paste(Image.frombytes("RGB", (width, some), pixels), (0, top))
    return image


def _read(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def _took_too_long(name: str, seconds: float) -> str:
    return (
        f"{name} takes more than {seconds:g} seconds to decode, and decoding was stopped."
        " Make it smaller, or save it as an ordinary JPEG first."
    )


def _ended(name: str) -> str:
    return (
        f"{name} is damaged, or needs more memory than one photo may take: decoding it ended without an answer."
        " Make it smaller, or save it as an ordinary JPEG first."
    )
