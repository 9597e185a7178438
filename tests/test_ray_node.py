"""A Ray node of this machine: what `locate`, `evaluate` and `ablate` write through it is what they write without."""

import json
import logging

import pytest
from PIL import Image

from streetclip_demo.__main__ import main
from streetclip_demo.own_files import ROOT

PHOTOS = 5


@pytest.fixture(scope="module")
def node():
    """Ray with one core; commands find it there."""
    ray = pytest.importorskip("ray", reason="Ray is optional: pip install -r requirements-ray.txt")
    environment = {"env_vars": {"PYTHONPATH": str(ROOT)}}
    ray.init(
        num_cpus=1,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        runtime_env=environment,
    )
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Photos with positions, one that is none, one that is missing; grey beside colour."""
    folder = tmp_path_factory.mktemp("photos")
    rows = ["img_id,author,latitude,longitude"]
    for number in range(PHOTOS):
        mode, colour = ("L", 40) if number == 2 else ("RGB", (200, 40 * number, 40))
        Image.new(mode, (90, 60), colour).save(folder / f"{number}.png")
        rows.append(f"{number}.png,p{number // 2},{35 + number},{139 - 20 * number}")
    (folder / "broken.png").write_text("no picture")
    rows += ["broken.png,q,1,1", "gone.png,q,1,1"]
    (folder / "set.csv").write_text("\n".join(rows))
    return folder


@pytest.fixture
def written(photos, tiny_checkpoint, tmp_path, monkeypatch, capsys):
    """What a command writes, through an engine."""
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "cache"))

    def written(engine, command, *arguments):
        common = ["--model", str(tiny_checkpoint), "--device", "cpu", "--engine", engine]
        status = main([command, str(photos), *common, *map(str, arguments)])
        return status, capsys.readouterr().out

    return written


def test_rows_are_the_same(node, written, tmp_path):
    for engine in ("torch", "ray"):
        status, _ = written(engine, "locate", "--no-cities", "--out", tmp_path / engine)
        assert status == 2  # one is no picture
    for name in ("answers.jsonl", "answers.csv", "unread.csv", "journal.txt", "list.jsonl"):
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "torch" / name).read_bytes()
    assert (tmp_path / "ray" / "answers.jsonl").read_bytes().count(b"\n") == PHOTOS


@pytest.mark.parametrize("sent", [(), ("--send-photos",)])
def test_an_evaluation_is_the_same(node, written, tmp_path, sent):
    options = ["--no-cities", "--resamples", 50, "--json"]
    _, here = written("torch", "evaluate", *options, "--csv", tmp_path / "here.csv")
    _, there = written("ray", "evaluate", *options, "--csv", tmp_path / "there.csv", *sent)
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    here, there = json.loads(here), json.loads(there)
    for record in (here, there):
        del record["date"], record["method"]["date"]
    assert there == here
    assert [one["id"] for one in here["dataset"]["left_out"]] == ["gone.png", "broken.png"]


def test_an_ablation_is_the_same(node, written):
    options = ["--only", "crop,beam,temperature", "--resamples", 50, "--json"]
    (_, here), (_, there) = (written(engine, "ablate", *options) for engine in ("torch", "ray"))
    assert there == here
    assert len(json.loads(here)["settings"]) == 12
