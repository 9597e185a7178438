"""Nobody waits for an answer that nobody waits for: a question ends with its asker's connection."""

import io
import json
import socket
import threading
import time
from urllib.parse import urlsplit

import httpx
import pytest
from page_server import model_behind, serve
from PIL import Image

from streetclip_demo.errors import NobodyWaits
from streetclip_demo.page.frame import asker

WAIT_SECONDS = 60
LABELS = 1500


class SlowEncoder:
    """Stands before an encoder: its captions take time, batch by batch, and are counted."""

    def __init__(self, encode, seconds):
        self._encode, self.seconds = encode, seconds
        self.captions = 0
        self.began = threading.Event()

    def __call__(self, captions, progress=None):
        for done in range(0, len(captions), 10):
            if progress is not None:
                progress(done, len(captions))
            self.began.set()
            self.captions += 10
            time.sleep(self.seconds)
        return self._encode(captions)


@pytest.fixture
def slow(tiny_checkpoint, gazetteer, tmp_path):
    """A page whose captions take long, what counts them, and a photo in its upload folder."""
    model = model_behind(tiny_checkpoint, gazetteer)
    model.start()
    model.get()
    encoder = SlowEncoder(model.get().encoder.caption_embeddings, 0.1)
    model.get()._embed_captions = encoder
    with serve(model, gazetteer, (), tmp_path) as page:
        yield page, encoder


def ask(page, labels):
    """Begin a question as plain HTTP does; return the address where its answer is streamed."""
    body = {"data": values(page, labels)}
    asked = httpx.post(f"{page.url}gradio_api/call/locate", json=body, timeout=60)
    return f"{page.url}gradio_api/call/locate/{asked.json()['event_id']}"


def join(page, labels, session):
    """Begin a question as a page does, whose session reads its answer."""
    listeners = httpx.get(f"{page.url}config").json()["dependencies"]
    locate = next(one["id"] for one in listeners if one["api_name"] == "locate")
    body = {"data": values(page, labels), "fn_index": locate, "session_hash": session}
    assert httpx.post(f"{page.url}gradio_api/queue/join", json=body, timeout=60).status_code == 200


def values(page, labels):
    """What the public endpoint is called with."""
    path = httpx.post(f"{page.url}gradio_api/upload", files={"files": drawn_photo()}).json()[0]
    return [
        {"path": path, "meta": {"_type": "gradio.FileData"}},
        labels,
        "",
        False,
        "beam",
        5,
        False,
        True,
        "",
        "",
        "auto",
    ]


def drawn_photo():
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), (90, 140, 60)).save(buffer, "PNG")
    return ("photo.png", buffer.getvalue(), "image/png")


def test_a_question_ends_when_its_asker_hangs_up(slow):
    page, encoder = slow
    encoder.seconds = 0.3  # 45 s in all: Gradio notices the end of a stream when it writes to it, every 15 s
    address = ask(page, "\n".join(f"label {number}" for number in range(LABELS)))
    with httpx.stream("GET", address, timeout=WAIT_SECONDS):
        assert encoder.began.wait(WAIT_SECONDS)
    counts = [encoder.captions]
    end = time.monotonic() + WAIT_SECONDS
    while len(counts) < 2 or counts[-1] != counts[-2]:  # until no more are computed
        assert time.monotonic() < end
        time.sleep(1)
        counts.append(encoder.captions)
    assert counts[-1] < LABELS


@pytest.mark.parametrize("is_closed", [False, True])
def test_an_answer_comes_on_the_newest_stream_though_an_older_one_is_still_held(slow, is_closed):
    """As where Wi-Fi breaks off: the server sees the end of a connection late, or never."""
    page, encoder = slow
    join(page, "\n".join(f"label {number}" for number in range(60)), "visitor")
    path = "gradio_api/queue/data?session_hash=visitor"
    where = urlsplit(page.url)
    with socket.create_connection((where.hostname, where.port), timeout=WAIT_SECONDS) as older:
        older.sendall(f"GET /{path} HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode())
        assert encoder.began.wait(WAIT_SECONDS)
        assert b"process_starts" in older.recv(65536)
        with httpx.stream("GET", f"{page.url}{path}", timeout=WAIT_SECONDS) as newer:
            if is_closed:
                older.close()
            lines = [json.loads(line[5:]) for line in newer.iter_lines() if line]
    assert [line["success"] for line in lines if line["msg"] == "process_completed"] == [True]
    assert lines[-1]["msg"] == "close_stream"


def test_another_is_answered_while_captions_are_read(slow):
    page, encoder = slow
    address = ask(page, "\n".join(f"label {number}" for number in range(LABELS)))
    stream = threading.Thread(target=lambda: httpx.get(address, timeout=WAIT_SECONDS))
    stream.start()
    assert encoder.began.wait(WAIT_SECONDS)
    assert "event: complete" in httpx.get(ask(page, "Japan\nPeru"), timeout=WAIT_SECONDS).text
    assert encoder.captions < LABELS  # the first is still at work
    encoder.seconds = 0
    stream.join(WAIT_SECONDS)


def test_outside_of_gradios_queue_someone_waits():
    assert asker.is_there()


def test_progress_ends_the_work_once_the_asker_is_gone(monkeypatch):
    asker.check_asker(1, 2)
    monkeypatch.setattr(asker, "is_there", lambda: False)
    with pytest.raises(NobodyWaits):
        asker.check_asker(2, 2)
