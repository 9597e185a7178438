"""CUDA graphs of the image tower: which are made and what they answer. On a CPU a recording stands for a graph."""

import contextlib
import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from pictures import street
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from streetclip_demo import cuda_graphs, trial
from streetclip_demo.cuda_graphs import GraphedTower, graphed, graphs_that_pay
from streetclip_demo.encoder import load_encoder
from streetclip_demo.fidelity import CAPTIONS
from streetclip_demo.models import model_card
from streetclip_demo.tower_weights import read_tower
from streetclip_demo.towers import ImageTower

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA: PyTorch finds no GPU here")
MOST = 4


class Recording(TorchDispatchMode):
    """What a CUDA graph does: the same operations each time, on the same memory, and nothing of Python between them."""

    def __init__(self, features, pixels):
        super().__init__()
        self.done, self.pixels, self.runs = [], pixels, 0
        with self:
            self.made = features(pixels)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        self.done.append((func, args, kwargs or {}, made))
        return made

    def __call__(self, pixels):
        self.runs += 1
        self.pixels.copy_(pixels)
        for func, args, kwargs, places in self.done:
            for place, made in zip(tree_leaves(places), tree_leaves(func(*args, **kwargs)), strict=True):
                if place.data_ptr() != made.data_ptr():
                    place.copy_(made)
        return self.made


@pytest.fixture(scope="module")
def tower(tiny_checkpoint):
    return read_tower(model_card(tiny_checkpoint), tiny_checkpoint, ImageTower, torch.float32)


@pytest.fixture(scope="module")
def pixels():
    return torch.randn(8, 3, 56, 56, generator=torch.Generator().manual_seed(0))


def paying(monkeypatch, *answers):
    """Let trials say one after the other whether the graph was faster."""
    said = iter(answers)
    monkeypatch.setattr(cuda_graphs, "is_faster", lambda graph, usual: next(said))


@torch.inference_mode()
def test_graphs_answer_as_the_tower_does(tower, pixels, monkeypatch):
    paying(monkeypatch, True, True, True, True)
    graphs = graphs_that_pay(tower.forward, torch.zeros(MOST, 3, 56, 56), Recording, lambda: None)
    assert list(graphs) == [1, 2, 3, 4]
    stand_in = GraphedTower(tower.forward, graphs)
    found = [stand_in(pixels[start : start + size]) for size in (1, 2, 3, 4) for start in range(3)]
    expected = [tower(pixels[start : start + size]) for size in (1, 2, 3, 4) for start in range(3)]
    for features, true in zip(found, expected, strict=True):  # after all runs: no answer was overwritten
        assert (features - true).abs().max() < 1e-6
    assert [graph.runs for graph in graphs.values()] == [3, 3, 3, 3]
    assert (expected[0] - expected[1]).abs().max() > 1e-3


def test_threads_do_not_mix_their_photos(tower, pixels, monkeypatch):
    def features(number):
        with torch.inference_mode():
            return stand_in(pixels[number % 8 : number % 8 + 1])

    paying(monkeypatch, True)
    with torch.inference_mode():
        graphs = graphs_that_pay(tower.forward, torch.zeros(1, 3, 56, 56), Recording, lambda: None)
        expected = [tower(one[None]) for one in pixels]
    stand_in = GraphedTower(tower.forward, graphs)
    with ThreadPoolExecutor(8) as pool:
        for number, found in enumerate(pool.map(features, range(64))):
            assert (found - expected[number % 8]).abs().max() < 1e-6


@torch.inference_mode()
def test_graphs_are_made_as_far_as_they_pay(tower, pixels, monkeypatch):
    recorded = []

    def record(features, batch):
        recorded.append(len(batch))
        return Recording(features, batch)

    paying(monkeypatch, True, True, False)
    graphs = graphs_that_pay(tower.forward, torch.zeros(MOST, 3, 56, 56), record, lambda: None)
    assert (list(graphs), recorded) == ([1, 2], [1, 2, 3])
    monkeypatch.setattr(graphs[2], "done", None)  # a graph that would fail if it ran
    stand_in = GraphedTower(tower.forward, graphs)
    assert (stand_in(pixels) - tower(pixels)).abs().max() < 1e-6
    with pytest.raises(TypeError):
        stand_in(pixels[:2])


def test_what_is_timed_is_finished_work(tower, pixels, monkeypatch):
    done = []

    def both(graph, usual):
        graph()
        usual()
        return False

    monkeypatch.setattr(cuda_graphs, "is_faster", both)
    graphs_that_pay(
        lambda batch: done.append("tower"),
        pixels,
        lambda features, batch: lambda batch: done.append("graph"),
        lambda: done.append("wait"),
    )
    assert done == ["graph", "wait", "tower", "wait"]


@pytest.fixture
def as_on_cuda(monkeypatch):
    """Let the parts of torch.cuda that `graphed` calls do without a GPU, and give what stands for the recording."""
    for name, stand_in in {
        "device": contextlib.nullcontext,
        "graph_pool_handle": lambda: "pool",
        "synchronize": lambda: None,
        "make_graphed_callables": lambda features, inputs, pool: Recording(features, *inputs),
    }.items():
        monkeypatch.setattr(torch.cuda, name, stand_in)
    monkeypatch.setattr(cuda_graphs, "_same_stream_afterwards", contextlib.nullcontext)


@torch.inference_mode()
def test_a_tower_gets_graphs_for_its_own_photos(tower, pixels, monkeypatch, as_on_cuda):
    paying(monkeypatch, True, False)
    stand_in = graphed(tower, MOST)
    assert list(stand_in.graphs) == [1]
    assert (stand_in(pixels[:1]) - tower(pixels[:1])).abs().max() < 1e-6
    assert stand_in.graphs[1].runs == 1


@torch.inference_mode()
def test_what_cannot_be_recorded_runs_without_graphs(tower, pixels, monkeypatch, as_on_cuda, capsys):
    def refuse(*_, **__):
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing\nCompile with ...")

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", refuse)
    stand_in = graphed(tower, MOST)
    assert torch.equal(stand_in(pixels[:1]), tower(pixels[:1]))
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "CUDA graphs are not used" in said
    assert "not permitted when stream is capturing)" in said


@pytest.mark.parametrize(("other", "expected"), [(0.9, True), (0.99, False), (1.2, False)])
def test_the_faster_way_is_found_on_a_busy_machine(monkeypatch, other, expected):
    """Each way is slowed down once, and takes its true time otherwise."""
    now = itertools.accumulate(
        part
        for usual, by_other in [(9, other), (1, other), (1, 9), (1, other), (1, other)]
        for part in (0, usual, 0, by_other)
    )
    monkeypatch.setattr(trial.time, "perf_counter", lambda: next(now))
    assert trial.is_faster(lambda: None, lambda: None) is expected


# With a GPU


@needs_cuda
def test_graphs_on_a_gpu_answer_as_the_tower_does(tiny_checkpoint, pixels, monkeypatch):
    monkeypatch.setattr(cuda_graphs, "is_faster", lambda graph, usual: True)
    on_gpu = read_tower(model_card(tiny_checkpoint), tiny_checkpoint, ImageTower, torch.float32).to("cuda")
    stand_in = graphed(on_gpu, MOST)
    assert list(stand_in.graphs) == [1, 2, 3, 4]
    with torch.inference_mode():
        placed = pixels.to("cuda")
        found = [stand_in(placed[start : start + size]) for size in (1, 2, 3, 4) for start in range(3)]
        expected = [on_gpu(placed[start : start + size]) for size in (1, 2, 3, 4) for start in range(3)]
    for features, true in zip(found, expected, strict=True):
        assert (features - true).abs().max() < 1e-5


@needs_cuda
@pytest.mark.parametrize(("precision", "least"), [("float32", 0.9999999), ("bfloat16", 0.9998)])
def test_a_gpu_answers_as_a_cpu_does(tiny_checkpoint, tiny_encoder, precision, least):
    images = [street(90 + 7 * seed, 60, seed=seed) for seed in range(20)]  # more than a batch
    on_gpu = load_encoder(model_card(tiny_checkpoint), device="cuda", precision=precision)
    for found, expected in (
        (on_gpu.image_embeddings(images), tiny_encoder.image_embeddings(images)),
        (on_gpu.caption_embeddings(CAPTIONS), tiny_encoder.caption_embeddings(CAPTIONS)),
    ):
        assert np.einsum("ij,ij->i", found, expected).min() >= least
