"""On a ZeroGPU Space: app.py as a program, with tests/zero_gpu/spaces.py in place of the host and its package."""

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import gradio as gr
import httpx
import pytest
from asgi import run
from checkpoints import make_tiny_checkpoint
from safetensors import safe_open
from server_process import free_port
from test_serve_stop import is_up, until
from visitors import Site, Visitor

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.errors import GpuRefused, NobodyWaits, OutOfMemory
from streetclip_demo.locate.loading import Wanted, load_clip
from streetclip_demo.locate.question import Question
from streetclip_demo.page.frame.lent_gpu import refusals_in_words
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.report.record import prediction_record
from streetclip_demo.words.language import LANGUAGES, catalogue

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "assets" / "examples" / "japan.png"
LABELS = "Japan\nPeru\nFrance"
PIXELS = 3 * 56 * 56 * 4  # bytes of what the tiny checkpoint sees
STROKE = {"cells": "1" * 512 + "0" * 512, "fill": "mean"}  # the upper half, as explain.js sends it


class Space:
    """The app on a host of which the test says what it does next."""

    def __init__(self, folder, checkpoints):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        space = {  # which passes no options
            "STREETCLIP_MODEL": ",".join(map(str, checkpoints)),
            "GRADIO_SERVER_PORT": str(self.port),
            "SPACES_ZERO_GPU": "true",
            "PYTHONPATH": str(ROOT / "tests" / "zero_gpu"),
            "ZERO_GPU_FOLDER": str(folder),
            "GRADIO_SSR_MODE": "true",  # as Spaces set it; Node is there as well
            "STREETCLIP_CACHE": str(folder / "cache"),
        }
        with open(folder / "output", "w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [sys.executable, "app.py"],
                cwd=ROOT,
                env=os.environ | space,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_up(self):
        until(lambda: is_up(self.port) or self.process.poll() is not None, "the page")
        assert self.process.poll() is None, (self.folder / "output").read_text()

    def events(self, kind):
        lines = (self.folder / "log").read_text(encoding="utf-8").splitlines()
        return [event for event in map(json.loads, lines) if event["event"] == kind]

    def then(self, plan):
        """What the host does with the next call."""
        (self.folder / "next").write_text(plan, encoding="utf-8")

    def ask(self, labels=LABELS, language="en"):
        """Ask the public endpoint about EXAMPLE; the kind of the last event, and what came with it."""
        headers = {"accept-language": language, "x-ip-token": "of the visitor"}
        with EXAMPLE.open("rb") as file:
            path = httpx.post(f"{self.url}gradio_api/upload", files={"files": file}).json()[0]
        photo = {"path": path, "meta": {"_type": "gradio.FileData"}}
        data = [photo, labels, "", False, "beam", 5, True]
        asked = f"{self.url}gradio_api/call/locate"
        event = httpx.post(asked, json={"data": data}, headers=headers).json()["event_id"]
        lines = httpx.get(f"{asked}/{event}", headers=headers, timeout=60).text.strip().splitlines()
        return lines[-2].removeprefix("event: "), json.loads(lines[-1].removeprefix("data: "))

    def stop(self):
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=20)
        self.process.kill()


def shares(record):
    """Each label's probability."""
    return {node["name"]: node["probability"] for node in record["tree"]}


@pytest.fixture(scope="module")
def other_checkpoint(tmp_path_factory):
    return make_tiny_checkpoint(tmp_path_factory.mktemp("other") / "other-clip", seed=1)


@pytest.fixture(scope="module")
def space(tiny_checkpoint, other_checkpoint, tmp_path_factory):
    space = Space(tmp_path_factory.mktemp("space"), [tiny_checkpoint, other_checkpoint])
    try:
        space.wait_until_up()
        until(
            lambda: len(space.events("end of a call")) == 3,
            "the captions of the default list for both models, and of clues",
        )
        yield space
    finally:
        space.stop()


def test_the_host_takes_the_app_with_the_weights_of_all_models_before_the_launch(
    space, tiny_checkpoint, other_checkpoint
):
    (report,) = space.events("startup report")
    sizes = [*weight_bytes(tiny_checkpoint), *weight_bytes(other_checkpoint)]
    assert (report["tensors"], report["bytes"]) == (len(sizes), sum(sizes))


def weight_bytes(checkpoint):
    with safe_open(checkpoint / "model.safetensors", "np") as file:
        return [file.get_tensor(name).nbytes for name in file.keys() if name != "logit_scale"]  # noqa: SIM118


def test_the_captions_of_the_default_list_take_a_call_for_each_model_that_is_no_visitors(space):
    first = space.events("call")[:3]
    assert [call["token"] for call in first] == [None] * 3
    assert max(call["seconds"] for call in first) < 20


def test_a_photo_is_answered_as_without_a_gpu_by_small_calls_for_its_visitor(
    space, tiny_checkpoint, gazetteer
):
    before = len(space.events("call"))
    kind, answer = space.ask()
    assert kind == "complete"
    calls = space.events("call")[before:]
    assert {call["token"] for call in calls} == {"of the visitor"}
    assert len(calls) == 1, "the captions of countries are known from the default list"
    assert calls[0]["seconds"] <= 10
    assert PIXELS < calls[0]["bytes"] < PIXELS + 1000
    here = load_clip(Wanted(model_card(tiny_checkpoint), "cpu", "float32"), gazetteer)
    expected = here.locate(open_photo(EXAMPLE), Question(LABELS, add_cities=False))
    expected_shares = shares(prediction_record(expected, Question(LABELS)))
    assert shares(answer[0]) == pytest.approx(expected_shares, abs=1e-5)


def test_a_list_that_is_new_takes_one_more_call(space):
    before = len(space.events("call"))
    kind, _ = space.ask("\n".join(f"beside the lake {number}" for number in range(60)))
    assert kind == "complete"
    photo, captions = space.events("call")[before:]
    assert captions["seconds"] >= photo["seconds"]


def test_to_explain_brush_sweep_and_compare_takes_a_call_each(space, other_checkpoint):
    why = {"why-model": "", "why-path": "", "why-fill": "mean"}
    steps = {
        "explain": (("why-area", "expand"), why, None),
        "row": (("why-looked", "select"), why, None),
        "brush": (("why-looked", "submit"), why, None),
        "sweep": (("why-sweep", "click"), why, None),
        "compare": (("side-ready", "change"), {}, None),
    }

    async def visit():
        site = await Site.at(space.url)
        async with Visitor(site) as visitor:
            await visitor.open()
            counts = {"photo": -len(space.events("call"))}
            await visitor.send(EXAMPLE.read_bytes())
            counts["photo"] += len(space.events("call"))
            said = {}
            for name, (listener, controls, event) in steps.items():
                before = len(space.events("call"))
                chosen = controls or {"side-models": site.choices("side-models")}
                if name == "brush":  # on the square that was shown
                    (shown,) = re.findall(r"data-answer=\W+(\w+)", said["row"])
                    chosen = {"why-model": "", "why-brush": json.dumps(STROKE | {"answer": shown})}
                told, _ = await visitor.ask_in_turn(site.listener(*listener), chosen, event)
                counts[name] = len(space.events("call")) - before
                said[name] = json.dumps(told)
            return counts, said

    counts, said = run(visit())
    assert counts == {"photo": 1, "explain": 1, "row": 0, "brush": 1, "sweep": 1, "compare": 1}
    assert "data:image/png" in said["explain"]
    assert "Without this part" in said["brush"]
    assert other_checkpoint.name in said["compare"]


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ("quota", "GPU_QUOTA"),
        ("queue", "GPU_BUSY"),
        ("queue, not signed in", "GPU_BUSY"),
        ("full", "GPU_BUSY"),
        ("no host", "GPU_BUSY"),
        ("too long", "GPU_TOO_LONG"),
        ("abort", "GPU_ENDED"),
        ("out of time", "GPU_ENDED"),
    ],
)
def test_what_the_host_refuses_or_ends_is_one_sentence_and_the_next_try_works(space, plan, sentence):
    space.then(plan)
    kind, told = space.ask(language="de")
    assert kind == "error"
    assert catalogue("de")[sentence] in json.dumps(told, ensure_ascii=False)
    assert space.ask()[0] == "complete"


def test_the_page_is_written_by_this_app_though_the_host_wants_node_to(space):
    page = httpx.get(f"{space.url}?lang=de", headers={"accept-encoding": "gzip"})
    assert re.search(r'<html\s+lang="de"', page.text)
    assert page.headers["content-encoding"] == "gzip"
    assert "content-security-policy" in page.headers
    assert "SSR" not in (space.folder / "output").read_text(encoding="utf-8")


# In this process


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (gr.Error("anything", title="ZeroGPU something of a later version"), GpuRefused),
        (ConnectionError("the host is away"), GpuRefused),
        (RuntimeError("Connection closed by visitor while queueing"), NobodyWaits),
        (OutOfMemory("ours, from the other process"), OutOfMemory),
    ],
)
def test_whatever_the_hosts_package_raises_is_an_error_of_ours(raised, kind):
    with pytest.raises(kind), refusals_in_words():
        raise raised


def test_each_refusal_is_said_in_each_language():
    names = ("GPU_QUOTA", "GPU_BUSY", "GPU_ENDED", "GPU_TOO_LONG", "OUT_OF_MEMORY")
    for name in names:
        assert len({catalogue(language)[name] for language in LANGUAGES}) == len(LANGUAGES)


def test_elsewhere_the_hosts_package_is_not_asked_for():
    program = "import sys, streetclip_demo.serve.compose; print('spaces' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert answer.stdout.strip() == "False", answer.stderr
