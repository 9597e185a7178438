"""Photos decoded in processes: the same photos, within limits of time and memory, and nothing is left behind."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pictures import png_bomb, street

from streetclip_demo.errors import PhotoError
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.photos.photo import open_photo

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc, where processes are seen, is Linux's")
ROOT = Path(__file__).resolve().parent.parent
SLOW = (sys.executable, "-m", "tests.slow_decoder")  # decodes as the bytes of the photo say


@pytest.fixture(scope="module")
def workers():
    workers = DecodeWorkers()
    yield workers
    workers.close()


@pytest.fixture
def slow():
    """One process, which is ended after two seconds."""
    workers = DecodeWorkers(at_once=1, seconds=2, program=SLOW)
    yield workers
    workers.close()


def children(parent=None):
    """Numbers of the processes that decode for this one, or for another."""
    return {pid for pid in _alive() if _parent(pid) == (parent or os.getpid()) and b"decode" in _command(pid)}


def _alive():
    """Numbers of all processes but those that have ended and wait for somebody to notice."""
    return {int(path.name) for path in Path("/proc").glob("[0-9]*") if _state(path.name) not in ("", "Z")}


def _stat(pid):
    with contextlib.suppress(OSError):
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return ["", "0"]


def _state(pid):
    return _stat(pid)[0]


def _parent(pid):
    return int(_stat(pid)[1])


def _command(pid):
    with contextlib.suppress(OSError):
        return (Path("/proc") / str(pid) / "cmdline").read_bytes()
    return b""


def wait_until(is_so):
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


def jpeg(seed=0):
    file = io.BytesIO()
    street(seed=seed).save(file, "JPEG")
    return file.getvalue()


def test_each_photo_is_the_same_as_without_a_process(workers, photos):
    for name, path in photos.items():
        here, there = open_photo(path), workers.open_photo(path)
        assert (there.digest, there.notes, there.display) == (here.digest, here.notes, here.display), name
        assert (np.asarray(there.image) == np.asarray(here.image)).all(), name


def test_notes_come_too(workers, photos):
    assert workers.open_photo(photos["animation"]).notes == open_photo(photos["animation"]).notes


@pytest.mark.parametrize(
    "source", [None, b"", b"text", b"\xff\xd8\xff", png_bomb(8_001), "missing.jpg", jpeg()[:900]]
)
def test_what_is_wrong_is_said_in_the_same_words(workers, source):
    with pytest.raises(PhotoError) as here:
        open_photo(source)
    with pytest.raises(PhotoError) as there:
        workers.open_photo(source)
    assert str(there.value) == str(here.value)
    assert workers.open_photo(jpeg()).image.size == (150, 100)


def test_a_photo_that_takes_too_long_is_told_and_the_next_one_is_read(slow):
    with pytest.raises(PhotoError, match="takes more than 2 seconds to decode"):
        slow.open_photo(b"sleep 60")
    assert slow.open_photo(jpeg()).digest == open_photo(jpeg()).digest


def test_waiting_for_a_turn_is_not_decoding(slow):
    with ThreadPoolExecutor(3) as threads:
        reading = [threads.submit(slow.open_photo, b"sleep 0.8") for _ in range(3)]
    assert all("slept well" in str(one.exception()) for one in reading)  # 2.4 s for all three


def test_photos_wait_for_their_turn_in_order():
    workers = DecodeWorkers(at_once=1, seconds=30, program=SLOW)
    done, threads = [], []

    def read(number):
        with pytest.raises(PhotoError):
            workers.open_photo(b"sleep 0.3" if number == 0 else b"text")
        done.append(number)

    for number in range(6):
        threads.append(threading.Thread(target=read, args=[number]))
        threads[-1].start()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    workers.close()
    assert done == list(range(6))


def test_no_more_decode_at_once_than_is_stated():
    workers = DecodeWorkers(at_once=2, seconds=30)
    before = children()
    with ThreadPoolExecutor(8) as threads:
        digests = set(threads.map(lambda _: workers.open_photo(jpeg()).digest, range(24)))
    assert digests == {open_photo(jpeg()).digest}
    assert len(children() - before) <= 2
    workers.close()
    assert children() == before


def test_a_process_that_ends_while_it_decodes_is_told_and_replaced(slow):
    with pytest.raises(PhotoError, match="decoding it ended without an answer"):
        slow.open_photo(b"end")
    assert slow.open_photo(jpeg()).image.size == (150, 100)


def test_a_process_that_is_ending_is_replaced_before_it_gets_a_photo(slow):
    with pytest.raises(PhotoError, match="the last one"):
        slow.open_photo(b"last")
    assert slow.open_photo(jpeg()).image.size == (150, 100)


def test_a_process_that_somebody_ended_meanwhile_is_replaced():
    before, workers = children(), DecodeWorkers(at_once=1)
    workers.open_photo(jpeg())
    (process,) = children() - before
    os.kill(process, signal.SIGKILL)  # and no wait until that is done
    assert workers.open_photo(jpeg()).image.size == (150, 100)
    workers.close()


def test_a_decoder_that_wants_more_memory_than_is_allowed_is_told_there_is_none():
    program = (
        "import resource; from streetclip_demo.photos import decode_worker; decode_worker._keep_limits();"
        "print(resource.getrlimit(resource.RLIMIT_DATA)[0] >> 20);"
        "bytearray(700 << 20)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout == "600\n"
    assert ran.stderr.endswith("MemoryError\n")


def test_no_secret_of_the_environment_is_passed_on(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    before, workers = children(), DecodeWorkers(at_once=1)
    workers.open_photo(jpeg())
    (process,) = children() - before
    environment = (Path("/proc") / str(process) / "environ").read_bytes()
    workers.close()
    assert b"PATH=" in environment
    assert b"hf_secret" not in environment


LEAVING = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits that it is ignored
from streetclip_demo.photos.decode_workers import DecodeWorkers
workers = DecodeWorkers()
workers.open_photo(open(sys.argv[1], "rb").read())
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_the_program_ends_no_process_is_left(photos, end):
    command = [sys.executable, "-c", LEAVING, str(photos["jpeg"])]
    asking = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert asking.stdout.readline() == "ready\n"
    decoding = children(asking.pid)
    assert len(decoding) == 1
    asking.send_signal(end)
    asking.communicate(timeout=30)
    wait_until(lambda: not decoding & _alive())


def test_a_process_imports_neither_the_model_nor_the_page(workers):
    program = "import sys, streetclip_demo.photos.decode_worker; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "gradio", "geopandas", "transformers"} & set(modules)
