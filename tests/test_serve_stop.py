"""The app when it is asked to end: nothing new is taken, what can be is answered, the rest is told, all is cleaned."""

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from asgi import scope_of
from forked import Forked
from page_server import model_behind, serve
from PIL import Image
from server_process import free_port

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.serve.compose import page_services
from streetclip_demo.serve.stopping import last_words
from streetclip_demo.words.language import catalogue

ROOT = Path(__file__).resolve().parent.parent
SOON = 120.0  # seconds; no test says how fast, only that it comes to an end


def until(happened, what, seconds=SOON):
    """Wait for a fact."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"waited for {what}"
        time.sleep(0.05)


def is_up(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/robots.txt").status_code == 200
    except httpx.TransportError:
        return False


def ask(url, photo):
    """Ask the public endpoint; the event's id."""
    with photo.open("rb") as file:
        uploaded = httpx.post(f"{url}gradio_api/upload", files={"files": file}).json()[0]
    data = [
        {"path": uploaded, "meta": {"_type": "gradio.FileData"}},
        "Japan\nPeru",
        "",
        True,
        "beam",
        5,
        True,
    ]
    return httpx.post(f"{url}gradio_api/call/locate", json={"data": data}).json()["event_id"]


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.new("RGB", (64, 64), (10, 90, 200)).save(path)
    return path


# In this process: a model that takes as long as it is told


class Slow:
    """In the model's place; answers when it is let."""

    def __init__(self, locate):
        self.locate, self.begun, self.may_end = locate, threading.Event(), threading.Event()

    def __call__(self, *asked):
        self.begun.set()
        self.may_end.wait(SOON)
        return self.locate(*asked)


@pytest.fixture
def slow(gazetteer, tmp_path):
    """A page whose answers wait, and its model."""
    model = model_behind(MODELS["practice"].source, gazetteer)
    model.start()
    model.get()
    services = page_services(model, gazetteer, ())
    locating = Slow(services.locate)
    with serve(model, gazetteer, (), tmp_path / "temp", services=replace(services, locate=locating)) as page:
        yield page, locating
        locating.may_end.set()


def reading(url, event, language="en"):
    """Reads an answer's stream in a thread; what came is in the list."""
    got = []

    def read():
        headers = {"accept-language": language}
        got.append(httpx.get(f"{url}gradio_api/call/locate/{event}", headers=headers, timeout=SOON).text)

    thread = threading.Thread(target=read)
    thread.start()
    return thread, got


def test_what_is_on_its_way_is_answered_and_nothing_new_is_taken(slow, photo):
    page, locating = slow
    thread, got = reading(page.url, ask(page.url, photo))
    locating.begun.wait(SOON)
    stopping = threading.Thread(target=page.stop.finish, args=[SOON])
    stopping.start()
    until(lambda: httpx.get(page.url).status_code == 503, "the page to be closed")
    refused = httpx.get(page.url, headers={"accept-language": "de"})
    assert refused.text == catalogue("de")["STOPPING"] + "\n"
    assert refused.headers["retry-after"] == "10"
    refused = httpx.post(f"{page.url}gradio_api/queue/join", json={})
    assert (refused.status_code, refused.json()["detail"]) == (503, catalogue("en")["STOPPING"])
    assert httpx.get(f"{page.url}static/img/logo.svg").status_code == 200  # what an open page still needs
    locating.may_end.set()
    for one in (thread, stopping):
        one.join(SOON)
    assert "event: complete" in got[0]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_takes_longer_is_told_in_its_language(slow, photo, language):
    page, locating = slow
    thread, got = reading(page.url, ask(page.url, photo), language)
    locating.begun.wait(SOON)
    until(lambda: page.stop._open, "the stream")
    page.stop.finish(0.2)
    thread.join(SOON)
    event, data = got[0].strip().split("\n")[-2:]
    assert event == "event: error"
    assert json.loads(data.removeprefix("data: ")) == catalogue(language)["STOPPING"]


def test_the_page_is_told_in_the_form_that_it_reads():
    scope = scope_of("/gradio_api/queue/data", headers=[(b"accept-language", b"fr")])
    said = json.loads(last_words(scope).removeprefix(b"data: "))
    assert (said["msg"], said["message"]) == ("unexpected_error", catalogue("fr")["STOPPING"])
    assert last_words(scope_of("/gradio_api/heartbeat/s")) == b""


# As a program


@pytest.fixture
def forked(tmp_path):
    """As `started`, for what begins after a program's imports; its standard error goes to the file "said"."""
    running = []

    def start(program, *arguments):
        with (tmp_path / "said").open("w") as errors:
            environment = os.environ | {"TMPDIR": str(tmp_path), "GRADIO_ANALYTICS_ENABLED": "False"}
            running.append(Forked(ROOT / program, list(map(str, arguments)), environment, errors.fileno()))
        return running[-1]

    yield start
    for program in running:
        program.kill()
        program.wait()


@pytest.fixture
def started(tmp_path):
    """Starts a program; ends it whatever happens."""
    running = []

    def start(*command):
        environment = os.environ | {"TMPDIR": str(tmp_path), "GRADIO_ANALYTICS_ENABLED": "False"}
        program = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.append(program)
        return program

    yield start
    for program in running:
        program.kill()
        program.wait()


def app(port):
    return [sys.executable, "app.py", "--model", "practice", "--port", str(port)]


def slow_page(port, seconds, mark):
    return [sys.executable, "tests/slow_page.py", str(port), str(seconds), str(mark)]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_the_page_is_up_leaves_no_folder(started, tmp_path, number):
    program = started(*app(free_port()))
    until(lambda: list(tmp_path.glob("streetclip-uploads-*")), "the folder")
    time.sleep(0.5)  # the page is being built, which takes seconds
    program.send_signal(number)
    program.communicate(timeout=SOON)
    assert not list(tmp_path.glob("streetclip-*"))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_app_with_success_also_while_its_model_loads(started, number):
    port = free_port()
    program = started(*app(port))
    until(lambda: is_up(port), "the page")
    program.send_signal(number)
    _, said = program.communicate(timeout=SOON)
    assert (program.returncode, said) == (0, "")


def test_a_signal_is_heeded_before_there_is_a_page(started):
    program = started(
        sys.executable,
        "-c",
        "import streetclip_demo.serve.signals as s, time\n"
        "s.end_at_once_when_asked(); print('ready', flush=True); time.sleep(60)",
    )
    assert program.stdout.readline() == "ready\n"
    program.terminate()
    assert (program.communicate(timeout=SOON)[1], program.returncode) == ("", 0)


def inside(program):
    """The process that `unshare` has forked."""
    children = Path(f"/proc/{program.pid}/task/{program.pid}/children")
    until(lambda: children.read_text().split(), "the forked process")
    return int(children.read_text().split()[0])


@pytest.mark.slow
def test_a_signal_is_heeded_as_process_1(started, tmp_path):
    """For which the kernel has no action of its own: without a handler, a container would be killed after a while."""
    as_first = ["unshare", "--pid", "--fork", "--kill-child"]
    if not shutil.which("unshare") or subprocess.run([*as_first, "true"], capture_output=True).returncode:
        pytest.skip("no leave to make a PID namespace here")
    port, mark = free_port(), tmp_path / "cleaned"
    program = started(*as_first, *slow_page(port, 0, mark))
    assert program.stdout.readline() == "up\n"
    child = inside(program)
    assert "NSpid:\t" + f"{child}\t1" in Path(f"/proc/{child}/status").read_text()
    os.kill(child, signal.SIGTERM)
    program.communicate(timeout=SOON)
    assert program.returncode == 0
    assert mark.exists()


@pytest.mark.slow
def test_one_that_computes_is_not_waited_for_and_the_clean_up_is_done(forked, tmp_path, photo):
    port, mark = free_port(), tmp_path / "cleaned"
    program = forked("tests/slow_page.py", port, 600, mark)
    assert program.stdout.readline() == "up\n"
    url = f"http://127.0.0.1:{port}/"
    thread, got = reading(url, ask(url, photo))
    until(mark.with_suffix(".asked").exists, "the model to be asked")
    program.terminate()
    program.wait(SOON)
    thread.join(SOON)
    assert program.returncode == 0
    assert mark.exists()
    assert "FileNotFoundError" not in (tmp_path / "said").read_text()
    assert catalogue("en")["STOPPING"] in got[0]


@pytest.mark.slow
def test_a_second_signal_ends_it_at_once(forked, tmp_path, photo):
    port, mark = free_port(), tmp_path / "cleaned"
    program = forked("tests/slow_page.py", port, 600, mark)
    assert program.stdout.readline() == "up\n"
    url = f"http://127.0.0.1:{port}/"
    reading(url, ask(url, photo))
    until(mark.with_suffix(".asked").exists, "the model to be asked")
    program.terminate()
    until(lambda: httpx.get(url).status_code == 503, "the stop to begin")
    program.terminate()
    program.wait(SOON)
    assert program.returncode == 128 + signal.SIGTERM
    assert not mark.exists()


@pytest.mark.slow
def test_when_files_run_out_the_log_stays_short_and_the_page_comes_back(forked, tmp_path):
    """asyncio would write two thousand tracebacks a second."""
    port = free_port()
    program = forked("tests/slow_page.py", port, 0, tmp_path / "cleaned")
    assert program.stdout.readline() == "up\n"
    has_open = len(os.listdir(f"/proc/{program.pid}/fd"))
    resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (has_open + 8, has_open + 8))
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    time.sleep(2.5)  # it tries again each second
    for connection in connections:
        connection.close()
    until(lambda: is_up(port), "the page to come back", 4 * SOON)  # asyncio has much to undo
    program.kill()
    program.wait(SOON)
    said = (tmp_path / "said").read_text()
    assert "out of system resource" in said
    assert len(said) < 20_000
