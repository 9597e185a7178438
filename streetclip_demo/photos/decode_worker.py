"""The program that decodes photos in a process of its own, so that it can be ended: see decode_workers.py.

It reads requests on standard input until that is closed, and answers each on standard output. Whatever has a length
comes as a block: eight bytes, big-endian, with the number of bytes that follow. A request: a block with the name,
which is answered with the block "ready", then one with the file. An answer: a block with a head in JSON, which has
"error", or "size", "notes" and the size of a "display" (or null); then the pixels of the photo in RGB, its digest (64
letters), and the pixels of the display.
"""

import contextlib
import json
import signal
import struct
import sys
from typing import IO

from streetclip_demo.errors import PhotoError
from streetclip_demo.photos.decoding import decode, digest_of, in_words

MEMORY_MB = 600  # that this program may take; a decoder that wants more is told that there is none
LONGEST_SECONDS = 20  # the system ends this program then, should nobody else


def main() -> None:
    """Answer requests until there are no more."""
    _keep_limits()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while (name := read_block(requests)) is not None:
        write_block(answers, b"ready")
        answers.flush()
        _limit_time(LONGEST_SECONDS)
        if (data := read_block(requests)) is None:
            return
        _answer(name.decode(), data, answers)
        answers.flush()
        _limit_time(0)


def read_block(stream: IO[bytes]) -> bytes | None:
    """Bytes after their number; None at the end of the stream."""
    head = stream.read(8)
    return stream.read(struct.unpack(">Q", head)[0]) if len(head) == 8 else None


def write_block(stream: IO[bytes], data: bytes) -> None:
    """Bytes after their number."""
    stream.write(struct.pack(">Q", len(data)))
    stream.write(data)


def _answer(name: str, data: bytes, answers: IO[bytes]) -> None:
    try:
        with in_words(name, data[:64]):
            decoded = decode(data, name)
            del data
            display = decoded.display
            head = {"size": decoded.size, "notes": decoded.notes, "display": display and display.size}
            bands = decoded.bands()
            first = next(bands).tobytes()  # what cannot be converted is told before the answer begins
    except PhotoError as error:
        write_block(answers, json.dumps({"error": str(error)}).encode())
        return
    write_block(answers, json.dumps(head).encode())
    digest = digest_of(decoded.size)
    digest.update(first)
    answers.write(first)
    for band in bands:
        pixels = band.tobytes()
        digest.update(pixels)
        answers.write(pixels)
    answers.write(digest.hexdigest().encode())
    if display:
        answers.write(display.tobytes())


def _keep_limits() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limits, macOS not all
        import resource

        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # Ctrl-C is for whoever asks; the end of the input ends this too
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MB << 20, MEMORY_MB << 20))


def _limit_time(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)  # its signal ends the process even inside a decoder


if __name__ == "__main__":
    main()
