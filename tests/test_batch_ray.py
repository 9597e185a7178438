"""What a Ray actor does with a block of rows, without Ray; benchmarks/ray_cluster.py runs it on a cluster."""

import itertools
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from streetclip_demo.__main__ import main
from streetclip_demo.batch import ray_engine
from streetclip_demo.batch.listing import Listed
from streetclip_demo.batch.outcome import Locating, outcomes
from streetclip_demo.batch.ray_engine import Answering, Work, _blocks, _outcome, _read
from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.errors import ModelError, UserError
from streetclip_demo.evaluate.scoring import Scoring
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.locate.question import Question
from streetclip_demo.photos.photo import open_photo

QUESTION = Question("Japan\nFrance", add_cities=False)
NAMES = ("a.png", "missing.jpg", "a.png", "broken.jpg", "grey.png", "")
ABOUTS = [json.dumps([country, "", 35.0, 139.0]) for country in ("JP", "JP", "FR", "JP", "", "FR")]
SCORING = Scoring((("centre", QUESTION), ("three", replace(QUESTION, labels="Japan\nPeru"))))


class Opening:
    """Decodes in this process."""

    def __init__(self, at_once):
        self.open_photo = open_photo


@pytest.fixture
def work(tiny_checkpoint, tiny_encoder, gazetteer, tmp_path, monkeypatch):
    """What an actor is told; it has the tiny checkpoint, and photos of several kinds in its folder."""
    Image.new("RGB", (40, 30), "teal").save(tmp_path / "a.png")
    Image.linear_gradient("L").save(tmp_path / "grey.png")
    (tmp_path / "broken.jpg").write_text("no picture")
    locator = ClipLocator(tiny_encoder, tiny_encoder.caption_embeddings, gazetteer)
    monkeypatch.setattr(ray_engine, "load_locator", lambda *_: locator)
    monkeypatch.setattr(ray_engine, "DecodeWorkers", Opening)
    monkeypatch.setattr(ray_engine, "prepare", lambda: None)
    monkeypatch.setattr(ray_engine, "_own_cpus", lambda: 1)
    monkeypatch.setattr(ray_engine.Gazetteer, "load", lambda: gazetteer)
    monkeypatch.chdir(tmp_path.parent)  # where an actor begins
    return Work(Wanted(model_card(tiny_checkpoint)), Locating(QUESTION), str(tmp_path))


def batches(size):
    """Blocks as Ray hands them over: arrays by column."""
    for block in _blocks([Listed(name, name) for name in NAMES], ABOUTS, size):
        yield {
            name: np.array(block[name].to_pylist(), dtype=None if name == "row" else object)
            for name in ("row", "path", "about")
        }


def given(work, size, read=lambda batch: batch):
    """What an actor gives for all blocks, with its row numbers."""
    actor = Answering(work)
    for batch in batches(size):
        for some in actor(read(batch)):
            yield from zip(some["row"], map(_outcome, some["told"]), strict=True)


@pytest.mark.parametrize("sends_photos", [False, True])
@pytest.mark.parametrize("size", [1, 4, 100])
def test_rows_and_reasons_are_those_of_this_machine_alone(work, size, sends_photos):
    read = (lambda batch: _read(batch, work.folder)) if sends_photos else (lambda batch: batch)
    rows, found = zip(*given(work, size, read), strict=True)
    os.chdir(work.folder)
    expected = list(outcomes(NAMES, open_photo, ray_engine.load_locator(), QUESTION))
    assert rows == tuple(range(len(NAMES)))
    assert list(found) == expected
    assert [bool(one.reason) for one in found] == [False, True, False, True, False, True]


@pytest.mark.parametrize("sends_photos", [False, True])
def test_scores_are_those_of_this_machine_alone(work, sends_photos):
    work = replace(work, task=SCORING)
    read = (lambda batch: _read(batch, work.folder)) if sends_photos else (lambda batch: batch)
    found = [told for _, told in given(work, 100, read)]
    os.chdir(work.folder)
    expected = list(SCORING.outcomes(NAMES, ABOUTS, open_photo, ray_engine.load_locator()))
    for one in (*found, *expected):
        one.made.get("settings", {}).pop("date", None)
    assert list(map(repr, found)) == list(map(repr, expected))  # NaN is not itself
    assert [len(one.scored) for one in found] == [2, 0, 2, 0, 2, 0]
    assert [one.scored[0].ceiling_km > 0 for one in found if one.scored] == [
        True,
        True,
        False,
    ]  # at sea: none


def test_many_rows_come_back_a_few_at_a_time(work, monkeypatch):
    monkeypatch.setattr(ray_engine, "ROWS_AT_ONCE", 4)
    sizes = [len(some["row"]) for batch in batches(100) for some in Answering(work)(batch)]
    assert sizes == [4, 2]


def test_a_model_that_cannot_be_had_is_told_where_it_was_asked_for(work, monkeypatch):
    def missing(*_):
        raise ModelError("There is no such model.")

    monkeypatch.setattr(ray_engine, "load_locator", missing)
    with pytest.raises(UserError, match=r"There is no such model\."):
        list(given(work, 100))


def test_what_fails_in_the_middle_leaves_the_rows_before_it(work, monkeypatch):
    locator = ray_engine.load_locator()
    answers = itertools.count()

    class Failing:
        at_once, embed, squares = locator.at_once, locator.embed, locator.squares
        card, revision, is_calibrated = locator.card, locator.revision, locator.is_calibrated

        def answer(self, *question):
            if next(answers) == 1:
                raise ModelError("Memory ran out.")
            return locator.answer(*question)

    monkeypatch.setattr(ray_engine, "load_locator", lambda *_: Failing())
    found = []
    with pytest.raises(UserError, match=r"Memory ran out\."):
        found.extend(given(work, 100))
    assert [row for row, _ in found] == [0, 1]


def test_blocks_keep_rows_in_order_and_names_that_are_no_text(tmp_path):
    name = os.fsdecode(b"\xff.jpg")
    first, second = _blocks([Listed(name, name)] * 3, "abc", 2)
    assert [*first["row"].to_pylist(), *second["row"].to_pylist()] == [0, 1, 2]
    assert first["path"].to_pylist() == [b"\xff.jpg"] * 2


def test_without_ray_one_sentence_says_how_to_get_it(work, tiny_checkpoint, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    (Path(work.folder) / "photos").mkdir()
    Image.new("RGB", (40, 30)).save(Path(work.folder) / "photos" / "a.png")
    monkeypatch.chdir(work.folder)
    command = ["locate", "photos", "--model", str(tiny_checkpoint), "--engine", "ray", "--out", "out"]
    assert main(command) == 2
    assert "pip install -r requirements-ray.txt" in capsys.readouterr().err.splitlines()[-1]


def test_what_ray_prints_of_lost_workers_is_not_among_the_answers(capsys):
    """Its thread prints on whatever standard output is by then, though log_to_driver is off."""
    context = SimpleNamespace(execution_options=SimpleNamespace())
    data = SimpleNamespace(DataContext=SimpleNamespace(get_current=lambda: context))
    errors = SimpleNamespace(RayError=RuntimeError)
    ray = SimpleNamespace(is_initialized=lambda: True, data=data, exceptions=errors)
    with ray_engine._connected(ray):
        print("(raylet) A worker died")
    assert capsys.readouterr() == ("", "(raylet) A worker died\n")
