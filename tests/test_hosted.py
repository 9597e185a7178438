"""The app as a host runs it, in a process of its own: what health, metrics and the log tell, and what they never do."""

import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image
from server_process import free_port

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = "203.0.113.77"  # of the visitor, as a trusted proxy says
MARKS = ("markedname", "markedlabel", "markedexif", "markedagent", "markedtemplate", "markedquery", ADDRESS)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Its process, its two addresses, and what it has written once it is over."""
    folder, port, metrics_port = tmp_path_factory.mktemp("hosted"), free_port(), free_port()
    written = folder / "written"
    with written.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "app.py", "--model", "practice", "--port", str(port), "--log-format", "json"]
            + ["--metrics-port", str(metrics_port), "--trusted-proxies", "127.0.0.1"]
            + ["--rate-limit", "12+1"],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | {"TMPDIR": str(folder)},
        )
    try:
        yield process, f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{metrics_port}/metrics", written
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def seen(app):
    """How /readyz changed while the model loaded."""
    process, url, _, written = app
    seen, deadline = [], time.monotonic() + 120
    while not seen or seen[-1][0] != 200:
        assert process.poll() is None, written.read_text()
        assert time.monotonic() < deadline
        try:
            answer = httpx.get(f"{url}readyz", timeout=5)
            seen.append((answer.status_code, answer.json()))
        except httpx.TransportError:  # it does not listen yet
            time.sleep(0.2)
    return seen


def marked_photo(damaged=False):
    made, exif = io.BytesIO(), Image.Exif()
    exif[270] = exif[315] = "markedexif"  # description, artist
    Image.new("RGB", (320, 240), (90, 120, 60)).save(made, "JPEG", exif=exif)
    return made.getvalue()[: 700 if damaged else None]


class Page:
    """The page's own protocol, as a browser speaks it."""

    def __init__(self, url):
        agent = {
            "user-agent": "markedagent",
            "x-forwarded-for": ADDRESS,
            "referer": f"{url}?labels=markedquery",
        }
        self._client = httpx.Client(base_url=url, headers=agent, timeout=60)
        self._config = self._client.get("config", params={"labels": "markedquery"}).json()
        self.ids = {one["props"].get("elem_id"): one["id"] for one in self._config["components"]}
        self._values = {one["id"]: one["props"].get("value") for one in self._config["components"]}

    def upload(self, damaged=False):
        files = {"files": ("markedname.jpg", marked_photo(damaged))}
        return self._client.post("gradio_api/upload", files=files).json()[0]

    def hears(self, name, event, **values):
        """What the listener of a component's event answers; values by the names of components."""
        (listener,) = [
            one for one in self._config["dependencies"] if [self.ids[name], event] in one["targets"]
        ]
        by_id = {self.ids[key.replace("_", "-")]: value for key, value in values.items()}
        data = [by_id.get(number, self._values[number]) for number in listener["inputs"]]
        body = {
            "data": data,
            "fn_index": listener["id"],
            "session_hash": "marked",
            "trigger_id": self.ids[name],
        }
        if listener["queue"] is False:
            return self._client.post("gradio_api/run/predict", json=body).raise_for_status().text
        self._client.post("gradio_api/queue/join", json=body).raise_for_status()
        return self._client.get("gradio_api/queue/data?session_hash=marked").text

    def shows(self, damaged=False):
        path = self.upload(damaged)
        file = {"path": path, "meta": {"_type": "gradio.FileData"}, "orig_name": "markedname.jpg"}
        return self.hears("photo", "upload", photo=file, theme="light")

    def asks(self, labels, templates="country: A markedtemplate street in {country}."):
        controls = {
            "outline": labels,
            "templates": templates,
            "estimator": "beam",
            "beam": 5,
            "add_cities": False,
        }
        return self.hears("update", "click", theme="light", **controls)

    def wrong(self):
        self._client.get("markedquery?markedquery")
        self._client.post("gradio_api/queue/join", json={"fn_index": 99999, "data": ["markedlabel"]})
        self._client.post("gradio_api/call/locate", json={"data": [{"path": "/markedname"}, *"abcdef"]})


@pytest.fixture(scope="module")
def asked(app, seen):
    """Everything that a visitor does, well and badly, with marks in all that is theirs."""
    page = Page(app[1])
    page.shows()
    page.hears("run-anyway", "click", photo_shown="")
    assert "markedlabel" in page.asks("markedlabel\nJapan")
    page.asks("markedlabel @ 900, 900")
    page.asks("Japan", templates="country: {markedtemplate}")
    page.shows(damaged=True)
    page.wrong()
    return page


def test_it_is_not_ready_until_there_is_a_model(seen):
    assert seen[-1][1]["model"] == "Practice model (drawn streets)"
    assert [one["reason"] for status, one in seen if status == 503] == ["loading"] * (len(seen) - 1)


def samples(text):
    """Name and labels to value."""
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_metrics_count_what_was_asked_and_hold_nothing_of_it(app, asked):
    text = httpx.get(app[2]).text
    found = samples(text)
    assert found['streetclip_requests_total{kind="upload",result="ok"}'] == 2
    assert found['streetclip_requests_total{kind="call",result="refused"}'] == 2
    assert found['streetclip_requests_total{kind="none",result="refused"}'] == 1
    assert found['streetclip_photos_total{result="ok"}'] == 1
    assert found['streetclip_photos_total{result="refused"}'] == 1
    assert found["streetclip_photo_seconds_count"] == 2
    assert found['streetclip_answers_total{kind="place",result="ok"}'] == 1
    assert (
        found['streetclip_answers_total{kind="place",result="refused"}'] == 1
    )  # whose label has no place on Earth
    assert found['streetclip_answer_seconds_count{kind="place"}'] == 2
    assert (found["streetclip_queue_length"], found["streetclip_rooms"]) == (0, 0)
    assert found['streetclip_captions_total{source="computed"}'] > 0
    assert found["process_resident_memory_bytes"] > 100e6
    (about,) = [name for name in found if name.startswith("streetclip_model_info")]
    assert 'state="ready"' in about
    assert [mark for mark in MARKS if mark in text] == []


def test_no_value_of_a_label_is_a_visitors(app, asked):
    labels = dict.fromkeys(re.findall(r'(\w+)="([^"]*)"', httpx.get(app[2]).text))
    values = {name: {value for key, value in labels if key == name} for name, _ in labels}
    asked_of_models = {"place", "sentence", "clues", "explanation", "sweep", "other model"}
    assert (
        values["kind"]
        <= {"page", "file", "stream", "call", "upload", "health", "class", "none"} | asked_of_models
    )
    assert values["result"] <= {"ok", "refused", "limited", "failed", "left"}
    assert values["source"] <= {"memory", "disk", "computed"}
    assert set(values) == {"kind", "result", "source", "le", "model", "revision", "state"}


def test_each_visitor_behind_the_proxy_has_an_allowance(app, asked):
    def uploads(count, address):
        files = [("files", ("a.png", b"x"))]
        answers = [
            httpx.post(f"{app[1]}gradio_api/upload", files=files, headers={"x-forwarded-for": address})
            for _ in range(count)
        ]
        return [answer.status_code for answer in answers]

    assert uploads(13, "203.0.113.5") == [200] * 12 + [429]
    assert uploads(1, "203.0.113.6, 203.0.113.5") == [429]  # what a client wrote itself comes first
    assert uploads(1, "203.0.113.6") == [200]
    assert samples(httpx.get(app[2]).text)['streetclip_requests_total{kind="upload",result="limited"}'] == 2


def test_the_log_is_json_and_says_nothing_of_a_visitor(app, asked):
    process, _, _, written = app
    process.terminate()
    assert process.wait(timeout=30) == 0
    text = written.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {"time", "level", "logger", "message"} <= set.intersection(*map(set, lines))
    assert [mark for mark in MARKS if mark in text] == []
    assert [one for one in lines if one.get("kind") == "upload" and one["status"] == 200]
    assert [one for one in lines if one.get("kind") == "none" and one["status"] == 404]
    assert [one for one in lines if one["level"] == "error"] == []
