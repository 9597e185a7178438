"""What doctor sees, each fault made on purpose, and what it says to do."""

import contextlib
import email.utils
import http.server
import json
import os
import shutil
import socket
import tempfile
import threading
import time

import pytest

from streetclip_demo.__main__ import main
from streetclip_demo.checkpoints.cards import MODELS, model_card
from streetclip_demo.cli import machine_checks, model_checks

PRACTICE, STREETCLIP = MODELS["practice"], MODELS["streetclip"]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """No hub, folders of its own; the environment is as it was afterwards."""
    before = dict(os.environ)
    os.environ["STREETCLIP_CACHE"] = str(tmp_path / "cache")
    monkeypatch.setattr(model_checks, "is_offline", lambda: True)
    monkeypatch.setattr(model_checks, "hub_folder", lambda: tmp_path / "hub")
    monkeypatch.setattr(model_checks, "repository_folder", lambda name: tmp_path / "hub" / name)
    yield
    os.environ.clear()
    os.environ.update(before)


def levels(found):
    return [one.level for one in found]


# The command


def test_a_machine_that_is_well_gets_a_line_each_and_0(capsys):
    assert main(["doctor", "--model", "practice"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith(("OK ", "warning ", " ")) for line in lines)
    named = " ".join(lines)
    assert [
        what for what in ("packages", "cache", "model", "GPU", "port", "clock") if f"{what}: " not in named
    ] == []


def test_a_problem_is_1_and_says_what_to_do(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["doctor", "--model", "practice", "--port", port, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    (problem,) = [one for one in said["findings"] if one["level"] == "problem"]
    assert said["ok"] is False
    assert (problem["what"], "--port" in problem["do"]) == ("port", True)


def test_settings_that_cannot_be_used_are_a_finding_and_end_nothing(capsys):
    os.environ["HF_ENDPOINT"] = "hub.example"
    assert main(["doctor", "--json"]) == 1
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    assert "HF_ENDPOINT" in found["settings"]["said"]
    assert found["port"]["level"] == "ok"


def test_a_model_that_there_is_not_is_a_problem(capsys):
    assert main(["doctor", "--model", "streetclop"]) == 1
    assert "PROBLEM  model: No model named 'streetclop'" in capsys.readouterr().out


def test_no_password_of_a_proxy_is_shown(capsys):
    os.environ["HTTPS_PROXY"] = "http://name:secret@proxy.example:3128"
    main(["doctor", "--model", "practice"])
    said = capsys.readouterr().out
    assert "proxy.example:3128" in said
    assert "secret" not in said


# Packages


@pytest.mark.parametrize(
    ("line", "level", "said"),
    [
        ("pytest>=1,<1000  # fits", "ok", "1 of 1"),
        ("pytest<2", "warning", "<2 is what the app is tested with"),
        ("no-such-package-of-ours>=1", "problem", "is missing"),
        ("pytest<2; python_version < '3'", "ok", "0 of 0"),
    ],
)
def test_packages_are_compared_with_what_is_required(tmp_path, line, level, said):
    (tmp_path / "requirements.txt").write_text(f"# a comment\n{line}\n")
    (found,) = machine_checks.packages(tmp_path)
    assert (found.level, said in found.said) == (level, True)
    assert ("pip install" in found.do) == (level != "ok")


# Folders


def test_a_temporary_folder_that_cannot_be_written_is_a_problem(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/proc")
    found = machine_checks.temporary_folder()
    assert (found.level, "TMPDIR" in found.do) == ("problem", True)


def test_little_space_is_a_warning(monkeypatch):
    space = machine_checks.shutil.disk_usage("/")._replace(free=10**8)
    monkeypatch.setattr(machine_checks.shutil, "disk_usage", lambda path: space)
    assert machine_checks.temporary_folder().level == "warning"
    assert [one.what for one in model_checks.caches(STREETCLIP) if one.level == "warning"] == ["disk"]
    assert "4.5 GB" in list(model_checks.caches(STREETCLIP))[-1].said


def test_a_cache_that_cannot_be_written_is_a_warning():
    os.environ["STREETCLIP_CACHE"] = "/proc/nothing"
    (found,) = model_checks.caches(PRACTICE)
    assert (found.level, "STREETCLIP_CACHE" in found.do) == ("warning", True)


def test_what_a_killed_process_has_left_is_told(tmp_path):
    assert levels(model_checks.caches(PRACTICE)) == ["ok"]
    (tmp_path / "cache" / "weights" / ".0123").mkdir(parents=True)
    (tmp_path / "cache" / "weights" / ".0123" / "part").write_bytes(bytes(10**8))
    found = list(model_checks.caches(PRACTICE))
    assert levels(found) == ["ok", "warning"]
    assert "0.1 GB" in found[0].said
    assert "1 unfinished" in found[1].said


# The model


def test_a_model_on_the_hub_is_here_only_with_its_weights(tmp_path):
    snapshot = tmp_path / "hub" / STREETCLIP.source / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (snapshot / "pytorch_model.bin").symlink_to(tmp_path / "missing")
    part = tmp_path / "hub" / STREETCLIP.source / "blobs" / "1.part"
    part.parent.mkdir()
    part.write_bytes(bytes(10**8))
    found = model_checks.files(STREETCLIP)
    assert (found.level, "0.1 GB of it" in found.said) == ("warning", True)
    assert found.do == "Run: python app.py --prefetch --model streetclip"
    (tmp_path / "missing").write_bytes(b"x")
    assert model_checks.files(STREETCLIP).level == "ok"


def test_a_folder_without_weights_is_a_problem(tiny_checkpoint, tmp_path):
    assert model_checks.files(model_card(tiny_checkpoint)).level == "ok"
    assert model_checks.files(model_card(tmp_path)).level == "problem"
    assert model_checks.files(PRACTICE).level == "ok"


def test_of_several_models_each_is_looked_at(capsys, monkeypatch):
    monkeypatch.setattr(machine_checks, "_memory_bytes", lambda: 3 * 10**9)
    monkeypatch.setattr(model_checks, "found_files", lambda: None)
    assert main(["doctor", "--model", "practice,clip,geoclip", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    models = [one["said"] for one in found if one["what"] == "model"]
    assert [said.partition(" is not")[0] for said in models[1:]] == [MODELS["clip"].title, "GeoCLIP"]
    assert models[0].startswith(PRACTICE.title)
    (memory,) = [one for one in found if one["what"] == "memory"]
    assert (memory["level"], "3 models together take up to 5.6 GB" in memory["said"]) == ("warning", True)


def test_the_disk_has_to_hold_all_that_are_missing(monkeypatch):
    free = shutil.disk_usage("/")._replace(free=5 * 10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: free)
    assert levels(model_checks.caches(STREETCLIP)) == ["ok", "ok"]
    assert "takes 9.0 GB" in list(model_checks.caches(STREETCLIP, MODELS["clip"]))[-1].said


def test_an_encoded_gallery_is_told(tmp_path):
    geoclip = MODELS["geoclip"]
    assert "not there yet" in list(model_checks.package(geoclip))[-1].said
    (tmp_path / "cache" / "gallery" / "0123").mkdir(parents=True)
    (tmp_path / "cache" / "gallery" / "0123" / "embeddings").write_bytes(bytes(2 * 10**8))
    assert list(model_checks.package(geoclip))[-1].said.endswith("0.2 GB.")
    assert list(model_checks.package(STREETCLIP)) == []


# The hub and the clock


@contextlib.contextmanager
def hub(monkeypatch, ahead=0.0):
    """A hub that answers, with a clock that is so many seconds ahead."""

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response_only(404)
            self.send_header("Date", email.utils.formatdate(time.time() + ahead, usegmt=True))
            self.end_headers()

    server = http.server.HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(model_checks, "is_offline", lambda: False)
    monkeypatch.setattr(model_checks, "hub_address", lambda: f"http://127.0.0.1:{server.server_port}")
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def test_a_hub_that_answers_shows_the_time(monkeypatch):
    with hub(monkeypatch):
        found = list(model_checks.hub_and_clock(STREETCLIP))
    assert levels(found) == ["ok", "ok"]
    assert "answers" in found[0].said


@pytest.mark.parametrize("ahead", [86_400, -86_400])
def test_a_clock_that_is_wrong_is_a_problem(monkeypatch, ahead):
    with hub(monkeypatch, ahead):
        found = list(model_checks.hub_and_clock(STREETCLIP))
    assert levels(found) == ["ok", "problem"]


def test_a_clock_that_was_never_set_is_seen_without_a_hub(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert levels(model_checks.hub_and_clock(STREETCLIP)) == ["ok", "problem"]


def test_a_hub_that_is_away_matters_where_the_model_is_to_come_from_there(monkeypatch):
    with hub(monkeypatch):
        address = model_checks.hub_address()
    monkeypatch.setattr(model_checks, "hub_address", lambda: address)  # where nobody listens any more
    assert next(iter(model_checks.hub_and_clock(STREETCLIP))).level == "warning"
    assert next(iter(model_checks.hub_and_clock(PRACTICE))).level == "ok"


# The GPU


@pytest.mark.parametrize(
    ("driver", "build", "level"),
    [
        ("#!/bin/sh\necho 'NVIDIA H200, 143771 MiB, 570.1'\n", "2.13.0+cu129", "ok"),
        ("#!/bin/sh\necho 'NVIDIA H200, 143771 MiB, 570.1'\n", "2.13.0+cpu", "warning"),
        ("#!/bin/sh\nexit 9\n", "2.13.0+cu129", "warning"),
        (None, "2.13.0+cpu", "ok"),
    ],
)
def test_a_gpu_needs_a_driver_and_a_build_for_it(monkeypatch, tmp_path, driver, build, level):
    if driver is not None:
        (tmp_path / "nvidia-smi").write_text(driver)
        (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(machine_checks.importlib.metadata, "version", lambda name: build)
    found = machine_checks.graphics()
    assert (found.level, build in found.said or driver == "#!/bin/sh\nexit 9\n") == (level, True)
