"""Pickled weights: converted once, and only where they ask for nothing but tensors."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from checkpoints import copy_checkpoint, write_weights
from safetensors.torch import load_file

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.checkpoints.checkpoint import WEIGHTS, fetch, folder_revision
from streetclip_demo.checkpoints.pickled_weights import in_safetensors
from streetclip_demo.errors import ModelError

ROOT = Path(__file__).resolve().parent.parent
PICKLE = "pytorch_model.bin"


@pytest.fixture
def pickled(tiny_checkpoint, tmp_path, monkeypatch):
    """A folder with pickled weights, and nothing converted yet."""
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "kept"))
    return write_weights(copy_checkpoint(tiny_checkpoint, tmp_path / "pickled"), "bin")


def converted(folder):
    card = model_card(folder)
    return in_safetensors(card, fetch(card))


def refusal(folder):
    with pytest.raises(ModelError) as error:
        converted(folder)
    return str(error.value)


def test_the_conversion_holds_the_same_tensors_and_the_other_files(pickled, tiny_checkpoint):
    made = converted(pickled)
    assert made.revision == folder_revision(pickled)
    expected, got = (load_file(folder / WEIGHTS) for folder in (tiny_checkpoint, made.directory))
    assert expected.keys() == got.keys()
    assert all(torch.equal(got[name], tensor) for name, tensor in expected.items())
    others = {path.name for path in tiny_checkpoint.iterdir()}
    assert {path.name for path in made.directory.iterdir()} == others


def test_it_is_made_once_and_again_where_it_was_damaged(pickled):
    path = converted(pickled).directory / WEIGHTS
    before = path.stat().st_mtime_ns
    assert converted(pickled).directory / WEIGHTS == path
    assert path.stat().st_mtime_ns == before
    whole = path.read_bytes()
    header = b"[" * 100_000  # nested more deeply than any parser follows
    for damaged in (whole[:-9], b"", len(header).to_bytes(8, "little") + header):
        path.unlink()
        path.write_bytes(damaged)
        assert (converted(pickled).directory / WEIGHTS).read_bytes() == whole


def test_other_weights_and_other_small_files_have_conversions_of_their_own(pickled):
    first = converted(pickled)
    settings = pickled / "tokenizer_config.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"model_max_length": 60}))
    second = converted(pickled)
    assert second.directory != first.directory
    assert second.revision == first.revision  # the weights are the same
    weights = torch.load(pickled / PICKLE, weights_only=True)
    weights["logit_scale"] += 1e-3
    torch.save(weights, pickled / PICKLE)
    assert converted(pickled).revision != first.revision


def test_tensors_that_share_memory_and_views_are_kept(pickled):
    weights = torch.load(pickled / PICKLE, weights_only=True)
    name = "text_projection.weight"
    weights[name], weights["same"] = weights[name].T.contiguous().T, weights["visual_projection.weight"]
    torch.save(weights, pickled / PICKLE)
    got = load_file(converted(pickled).directory / WEIGHTS)
    assert torch.equal(got[name], weights[name])
    assert torch.equal(got["same"], got["visual_projection.weight"])


class AsksForMore:
    """What a pickle may ask for: any call. These are harmless."""

    def __init__(self, call):
        self.call = call

    def __reduce__(self):
        return self.call, ()


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("call", [os.getcwd, print])
def test_a_pickle_that_would_call_anything_is_refused(pickled, capfd, call, is_new):
    torch.save({"w": AsksForMore(call)}, pickled / PICKLE, _use_new_zipfile_serialization=is_new)
    sentence = refusal(pickled)
    # With its module, or without where that is of Python's own built-in ones.
    assert re.search(rf"can run any code, and this one asks for (\w+\.)?{call.__name__}\.", sentence)
    assert capfd.readouterr().out == ""
    assert "safetensors" in sentence
    assert not list((pickled.parent / "kept" / "weights").iterdir())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is damaged"),
        (b"\x80\x02garbage", "damaged"),
        (b"PK\x03\x04 no archive", "damaged"),
    ],
)
def test_what_is_no_pickle_of_weights_is_said(pickled, content, said):
    (pickled / PICKLE).write_bytes(content)
    assert said in refusal(pickled)


@pytest.mark.parametrize("found", [[torch.ones(2)], {}, {"a": 1}])
def test_what_holds_no_tensors_by_name_is_said(pickled, found):
    torch.save(found, pickled / PICKLE)
    assert "holds no weights by name" in refusal(pickled)


def test_an_archive_that_was_cut_short_is_said(pickled):
    content = (pickled / PICKLE).read_bytes()
    (pickled / PICKLE).write_bytes(content[: len(content) // 2])
    assert "damaged" in refusal(pickled)


def test_a_clone_without_its_large_files_is_said(pickled):
    (pickled / PICKLE).write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1711981793\n"
    )
    assert f"{PICKLE} in {pickled} are pointers" in refusal(pickled)
    assert "git lfs pull" in refusal(pickled)


def test_a_cache_folder_that_cannot_be_written_is_said(pickled, monkeypatch):
    (pickled.parent / "file").write_text("")
    monkeypatch.setenv("STREETCLIP_CACHE", str(pickled.parent / "file"))
    assert "could not be stored in" in refusal(pickled)
    assert "STREETCLIP_CACHE" in refusal(pickled)


def test_no_more_than_the_weights_are_in_memory(pickled):
    """Peak, beyond what a process has that has imported all: at most 1.2 times the weights."""
    size = 300_000_000
    weights = {f"w{number}": torch.ones(size // 12) for number in range(3)}
    torch.save(weights, pickled / PICKLE)
    program = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from streetclip_demo.checkpoints.cards import model_card\n"
        "from streetclip_demo.checkpoints.checkpoint import Checkpoint\n"
        "from streetclip_demo.checkpoints.pickled_weights import in_safetensors\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\nbefore = peak()\n"
        "in_safetensors(model_card(sys.argv[1]), Checkpoint(Path(sys.argv[1]), 'r'))\nprint(peak() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(pickled)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    unit = 1 if sys.platform == "linux" else 1024
    assert int(done.stdout) / unit < 1.2 * size
