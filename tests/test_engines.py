"""Precisions and engines: which is chosen, that each answers as float32 does, what is kept."""

import importlib.util
import shutil
import sys

import numpy as np
import pytest
import torch
from checkpoints import copy_checkpoint
from pictures import street
from safetensors.torch import load_file

from streetclip_demo.checkpoints.bfloat16_copy import copy_folder
from streetclip_demo.checkpoints.cards import MODELS, model_card
from streetclip_demo.engines import torch_engine
from streetclip_demo.errors import ModelError
from streetclip_demo.model import parity
from streetclip_demo.model.caption_cache import CaptionCache
from streetclip_demo.model.encoder import load_encoder

CPU = torch.device("cpu")
needs_openvino = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None, reason="OpenVINO, an optional requirement, is not installed"
)
ENGINES = [("torch", "bfloat16")] + [
    pytest.param("openvino", precision, marks=needs_openvino) for precision in ("float32", "bfloat16")
]


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "cache"))


def load(directory, **options):
    return load_encoder(model_card(directory), device="cpu", **options)


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({}, "float32"),
        ({"avx512_f": True, "avx512_bf16": False}, "float32"),
        ({"avx512_bf16": True}, "bfloat16"),
        ({"amx_bf16": True}, "bfloat16"),
    ],
)
def test_auto_takes_bfloat16_only_where_the_processor_has_it(monkeypatch, capabilities, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert torch_engine.choose_precision("auto", MODELS["streetclip"], CPU) == expected
    assert torch_engine.choose_precision("auto", MODELS["practice"], CPU) == "float32"
    assert torch_engine.choose_precision("float32", MODELS["streetclip"], CPU) == "float32"


@pytest.mark.parametrize(("supported", "expected"), [(True, "bfloat16"), (False, "float32")])
def test_auto_takes_bfloat16_on_a_gpu_that_has_it_itself(monkeypatch, supported, expected):
    def is_supported(including_emulation=True):
        return supported or including_emulation  # software can do it on any

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", is_supported)
    assert torch_engine.choose_precision("auto", MODELS["streetclip"], torch.device("cuda")) == expected


def test_mps_computes_in_float32():
    assert not torch_engine.has_bfloat16(torch.device("mps"))


@pytest.mark.parametrize("by_convolutions", [True, False])
def test_both_ways_to_multiply_give_the_same_float32(
    tiny_checkpoint, tiny_encoder, monkeypatch, by_convolutions
):
    monkeypatch.setattr(torch_engine, "takes_convolutions", lambda width, dtype: by_convolutions)
    other = load(tiny_checkpoint, precision="float32")
    layers = {type(layer).__name__ for layer in other._engine._images.modules()}
    assert ("PointwiseConvolution" in layers) is by_convolutions
    images, captions = [street(), street(90, 60, seed=2)], parity.CAPTIONS
    assert np.abs(other.image_embeddings(images) - tiny_encoder.image_embeddings(images)).max() < 1e-6
    assert np.abs(other.caption_embeddings(captions) - tiny_encoder.caption_embeddings(captions)).max() < 1e-6


@pytest.mark.parametrize(("engine", "precision"), ENGINES)
def test_an_engine_answers_as_float32_does(tiny_checkpoint, tiny_encoder, engine, precision):
    encoder = load(tiny_checkpoint, engine=engine, precision=precision)
    assert (encoder.engine, encoder.dtype) == (engine, precision)
    assert encoder.fingerprint != tiny_encoder.fingerprint
    assert encoder.logit_scale == tiny_encoder.logit_scale
    images = [*parity.test_images(), street(300, 70)]
    found = parity.compare(parity.answers(tiny_encoder, images), parity.answers(encoder, images))
    assert found["images"] == 13
    assert found["least_cosine"] >= (0.9998 if precision == "bfloat16" else 0.999999)
    assert found["changed_images"] == 0
    long = ["word " * 200, "", "日本"]  # each length is another shape
    cosines = (encoder.caption_embeddings(long) * tiny_encoder.caption_embeddings(long)).sum(axis=1)
    assert cosines.min() > 0.9995


def test_other_best_labels_are_found_but_ties_are_not():
    expected = np.array([0.30, 0.29, 0.28, 0.27, 0.26, 0.2595, 0.10])
    swapped, changed = expected.copy(), expected.copy()
    swapped[[4, 5]] = swapped[[5, 4]]
    changed[[4, 6]] = changed[[6, 4]]
    assert not parity._changed(expected, swapped)
    assert parity._changed(expected, changed)


def test_an_unfaithful_engine_is_not_offered(tiny_checkpoint, own_cache, monkeypatch, capsys):
    monkeypatch.setattr(parity, "LEAST_COSINE", 1.1)
    with pytest.raises(ModelError, match="answers otherwise than float32"):
        load(tiny_checkpoint, precision="bfloat16")
    monkeypatch.setattr(torch_engine, "has_bfloat16", lambda device: True)
    encoder = load(tiny_checkpoint)
    assert encoder.dtype == "float32"
    assert encoder.note.endswith("float32 is used instead.")  # and stands in each result: test_clip.py
    assert "float32 is used instead" in capsys.readouterr().err


def test_the_comparison_says_how_far_it_is_and_is_made_once(
    tiny_checkpoint, own_cache, tmp_path, monkeypatch
):
    announced = []
    load(tiny_checkpoint, precision="bfloat16", on_check=lambda *parts: announced.append(parts))
    parts = 2 * (parity.FIRST_SCENES + 2)
    assert announced == [(done, parts) for done in range(parts + 1)]
    (record,) = (tmp_path / "cache" / "fidelity").iterdir()
    assert record.name.endswith("-torch-cpu-bfloat16.json")  # says nothing of a GPU
    monkeypatch.setattr(parity, "compare", lambda *_: pytest.fail("compared again"))
    load(tiny_checkpoint, precision="bfloat16")


def test_the_copy_in_half_precision_is_kept_and_used(tiny_checkpoint, own_cache, tmp_path):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "tiny")
    first = load(directory, precision="bfloat16")
    path = copy_folder(first.revision) / "model.safetensors"
    weights = load_file(path)
    assert weights.pop("logit_scale").dtype == torch.float32  # with all its digits
    assert {tensor.dtype for tensor in weights.values() if tensor.is_floating_point()} == {torch.bfloat16}
    written = path.stat().st_mtime_ns
    again = load(directory, precision="bfloat16")
    assert path.stat().st_mtime_ns == written
    assert (again.image_embeddings([street()]) == first.image_embeddings([street()])).all()
    whole, nested = path.read_bytes(), b"[" * 100_000  # more deeply than any parser follows
    for damaged in (whole[:5000], len(nested).to_bytes(8, "little") + nested):  # never trusted, but made anew
        path.unlink()
        path.write_bytes(damaged)
        assert load(directory, precision="bfloat16").dtype == "bfloat16"
        assert path.read_bytes() == whole


def test_without_room_for_the_copy_it_works_all_the_same(tiny_checkpoint, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder can be made below a file")
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "file"))
    assert load(tiny_checkpoint, precision="bfloat16").dtype == "bfloat16"


def test_captions_that_are_kept_need_no_text_tower(tiny_checkpoint, own_cache):
    first = load(tiny_checkpoint, precision="float32")
    captions = CaptionCache(first.caption_embeddings, first.fingerprint, first.dimension)
    kept = captions(["A Street View photo in Peru."])
    assert first._engine._captions is not None
    again = load(tiny_checkpoint, precision="float32")
    captions = CaptionCache(again.caption_embeddings, again.fingerprint, again.dimension)
    assert np.abs(captions(["A Street View photo in Peru."]) - kept).max() == 0
    again.image_embeddings([street()])
    assert again._engine._captions is None


def test_an_unknown_engine_is_said(tiny_checkpoint):
    with pytest.raises(ModelError, match="torch or openvino, got 'abacus'"):
        load(tiny_checkpoint, engine="abacus")


def test_openvino_that_is_not_installed_is_said(tiny_checkpoint, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ModelError, match=r"pip install -r requirements-openvino\.txt"):
        load(tiny_checkpoint, engine="openvino")


@needs_openvino
def test_openvino_converts_once_and_sends_nothing(tiny_checkpoint, own_cache, tmp_path, monkeypatch):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "tiny")
    load(directory, engine="openvino", precision="float32")
    assert sys.modules["openvino_telemetry"] is None
    shutil.copy(directory / "config.json", tmp_path)
    monkeypatch.setattr(
        "streetclip_demo.engines.openvino_engine._convert", lambda *_: pytest.fail("converted again")
    )
    load(directory, engine="openvino", precision="float32")


@needs_openvino
def test_a_damaged_conversion_is_made_anew(tiny_checkpoint, own_cache, tmp_path):
    first = load(tiny_checkpoint, engine="openvino", precision="float32")
    (path,) = (tmp_path / "cache" / "openvino").glob("*/image.xml")
    path.unlink()
    path.write_text("<net" * 50_000)
    again = load(tiny_checkpoint, engine="openvino", precision="float32")
    assert np.abs(again.image_embeddings([street()]) - first.image_embeddings([street()])).max() == 0
