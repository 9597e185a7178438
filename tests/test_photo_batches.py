"""Photos of several threads in one batch: on a CPU, with the tiny checkpoint's own engine and real threads."""

import shutil
import threading
import time
import weakref
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from page_server import model_behind, serve
from pictures import street

from streetclip_demo import __main__ as command_line
from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.cli import locate as locate_command
from streetclip_demo.engines import photo_batches, torch_engine
from streetclip_demo.engines.photo_batches import IMAGE_BATCH, PHOTOS_A_RUN, PhotoBatches, _Request
from streetclip_demo.errors import ModelError, OutOfMemory
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.locate.photo_memory import MOST_TOGETHER
from streetclip_demo.model import encoder as encoder_module
from streetclip_demo.model.encoder import load_encoder
from streetclip_demo.page.frame.messages import MODEL_QUEUE
from streetclip_demo.page.layout import create_page
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.serve import compose
from streetclip_demo.serve.compose import PageModel, page_services

LONG = 10  # seconds that a batch, which is filled here, would wait for a thread that is slow to start
PATIENCE = 30  # seconds after which a test that hangs fails


class Counting:
    """A real engine that notes the size of each run, and fails as it is told."""

    def __init__(self, engine):
        self.engine = engine
        self.sizes = []
        self.fits = 1000  # photos that fit into the memory
        self.error = None  # raised once
        self.failed = None  # what the failed run had computed

    def to_device(self, pixels):
        return self.engine.to_device(pixels)

    def joined_features(self, parts):
        assert self.failed is None or self.failed() is None, "what failed still takes the memory"
        self.sizes.append(len(parts))
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        features = self.engine.joined_features(parts)
        if len(parts) > self.fits:
            self.failed = weakref.ref(features)
            raise OutOfMemory("too many")
        return features


@pytest.fixture
def engine(tiny_encoder):
    return Counting(tiny_encoder._engine)


@pytest.fixture
def encoder(tiny_checkpoint):
    return load_encoder(model_card(tiny_checkpoint), device="cpu", precision="float32")


@pytest.fixture(scope="module")
def images():
    return [street(90 + 7 * seed, 60, seed=seed) for seed in range(8)]


@pytest.fixture(scope="module")
def pixels(tiny_encoder, images):
    return tiny_encoder._preprocessing.pixels(
        [tiny_encoder.crop(image) for image in images]
    )  # (8, 3, side, side)


@pytest.fixture(scope="module")
def alone(tiny_encoder, pixels):
    """Features (8, d), each photo by itself."""
    return np.concatenate([tiny_encoder._engine.image_features(one[None]) for one in pixels])


def in_threads(work, items):
    """Each item in a thread of its own, all at once; results or errors in order."""
    gate = threading.Barrier(len(items))

    def run(item):
        gate.wait()
        try:
            return work(item)
        except ModelError as error:
            return error

    with ThreadPoolExecutor(len(items)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(run, item) for item in items]]


def test_photos_of_several_threads_are_embedded_together_and_each_gets_its_own(engine, pixels, alone):
    batches = PhotoBatches(engine, most=8, wait_seconds=LONG)
    found = in_threads(lambda row: batches(pixels[row : row + 1]), range(8))
    assert engine.sizes == [8]
    assert all(features.shape == (1, alone.shape[1]) for features in found)
    assert np.abs(np.concatenate(found) - alone).max() < 1e-5
    assert np.abs(alone[0] - alone[1]).max() > 1e-3  # another photo's row would be seen


def test_a_full_batch_does_not_wait(engine, pixels):
    batches = PhotoBatches(engine, most=4, wait_seconds=1000)
    features = in_threads(lambda row: batches(pixels[row : row + 1]), range(8))
    assert engine.sizes == [4, 4]
    assert len(features) == 8


def test_several_photos_of_one_thread_go_in_order(engine, pixels, alone):
    batches = PhotoBatches(engine, most=3, wait_seconds=0.02)
    assert np.abs(batches(pixels) - alone).max() < 1e-5
    assert engine.sizes == [3, 3, 3]


def test_a_photos_features_are_the_same_to_the_last_bit_in_any_company(engine, pixels):
    batches, rng = PhotoBatches(engine, wait_seconds=0.02), np.random.default_rng(0)
    by_itself = [batches(one[None])[0] for one in pixels]
    for count in (2, 3, 4, 5, 8):
        rows = rng.permutation(len(pixels))[:count]
        for row, features in zip(rows, batches(pixels[rows]), strict=True):
            assert (features == by_itself[row]).all()
    assert set(engine.sizes) == {PHOTOS_A_RUN}


def test_a_lone_photo_waits_only_as_long_as_it_is_told(engine, pixels):
    batches = PhotoBatches(engine)
    batches(pixels[:1])
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        engine.joined_features([engine.to_device(pixels[:1])])
        bare = time.perf_counter()
        batches(pixels[:1])
        seconds.append(time.perf_counter() - bare - (bare - start))
    assert set(engine.sizes[1::2]) == {1}  # the bare ones
    assert set(engine.sizes[::2]) == {4}
    assert min(seconds) < 0.02  # 4 ms, on a busy machine; it would be LONG if others were needed


def test_photos_that_came_while_the_engine_worked_are_taken_at_once_and_together(engine, pixels):
    started, go_on = threading.Event(), threading.Event()
    compute = engine.joined_features

    def slow(parts):
        started.set()
        assert go_on.wait(PATIENCE)
        return compute(parts)

    engine.joined_features = slow
    batches = PhotoBatches(engine, wait_seconds=0)
    with ThreadPoolExecutor(5) as pool:
        results = [pool.submit(batches, pixels[:1])]
        assert started.wait(PATIENCE)
        results += [pool.submit(batches, pixels[row : row + 1]) for row in range(1, 5)]
        while batches._waiting.qsize() < 4:
            time.sleep(0.001)
        go_on.set()
        assert [len(result.result(PATIENCE)) for result in results] == [1] * 5
    assert engine.sizes == [4, 4]


@pytest.mark.parametrize("error", [ModelError("broken"), RuntimeError("CUDA error"), SystemExit(3)])
def test_an_error_reaches_everyone_in_its_batch_and_the_next_photo_is_answered(engine, pixels, alone, error):
    batches = PhotoBatches(engine, most=3, wait_seconds=LONG)
    engine.error = error

    def ask(row):
        with pytest.raises(type(error), match=str(error)):
            batches(pixels[row : row + 1])

    assert in_threads(ask, range(3)) == [None] * 3
    assert np.abs(batches(pixels[:3]) - alone[:3]).max() < 1e-5
    assert engine.sizes == [3, 3]


def test_a_batch_that_does_not_fit_is_tried_in_halves(engine, pixels, alone):
    batches = PhotoBatches(engine, most=8, wait_seconds=LONG)
    engine.fits = 2
    found = in_threads(lambda row: batches(pixels[row : row + 1]), range(8))
    assert np.abs(np.concatenate(found) - alone).max() < 1e-5
    assert engine.sizes == [8, 4, 2, 2, 4, 2, 2]


def test_memory_that_does_not_suffice_for_one_photo_is_said_to_each(engine, pixels, alone):
    batches = PhotoBatches(engine, most=3, wait_seconds=LONG)
    engine.fits = 0
    found = in_threads(lambda row: batches(pixels[row : row + 1]), range(3))
    assert [type(error) for error in found] == [OutOfMemory] * 3
    engine.fits = 1000
    assert np.abs(batches(pixels[:3]) - alone[:3]).max() < 1e-5


def test_torch_that_runs_out_of_memory_says_so_and_lets_go_of_what_it_had(encoder, pixels, monkeypatch):
    torch_engine, kept = encoder._engine, []

    def fail(pixels):
        activations = pixels + 1
        kept.append(weakref.ref(activations))
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(torch_engine._images, "forward", fail)
    parts = [torch_engine.to_device(pixels[row : row + 1]) for row in range(2)]
    with pytest.raises(OutOfMemory, match="does not fit into the memory"):
        torch_engine.joined_features(parts)
    batches = PhotoBatches(torch_engine, most=2, wait_seconds=LONG)
    kept.clear()
    alive = []
    monkeypatch.setattr(
        torch_engine._images,
        "forward",
        lambda pixels: alive.append([one() for one in kept]) or fail(pixels),
    )
    with pytest.raises(OutOfMemory):
        batches(pixels[:2])
    assert alive[:2] == [[], [None]]  # the half finds the whole's memory free


def test_a_caller_that_went_away_keeps_nobody_waiting(engine, pixels, alone):
    batches = PhotoBatches(engine, most=2, wait_seconds=LONG)
    nobody = Future()
    batches._waiting.put(_Request(engine.to_device(pixels[:1]), nobody, time.monotonic()))
    assert np.abs(batches(pixels[1:2]) - alone[1:2]).max() < 1e-5
    assert nobody.done()


def test_the_thread_ends_and_the_model_is_freed_when_nobody_uses_it(tiny_encoder, pixels):
    before = set(threading.enumerate())
    engine = Counting(tiny_encoder._engine)
    batches = PhotoBatches(engine)
    batches(pixels[:1])
    (worker,) = set(threading.enumerate()) - before
    assert worker.daemon
    gone = weakref.ref(engine)
    del batches, engine
    worker.join(PATIENCE)
    assert not worker.is_alive()
    assert gone() is None


def test_who_brings_more_than_may_wait_waits(engine, pixels, alone, monkeypatch):
    monkeypatch.setattr(photo_batches, "MOST_WAITING", 2)
    waiting, compute = [], engine.joined_features
    engine.joined_features = lambda parts: time.sleep(0.02) or waiting.append(queued()) or compute(parts)
    batches = PhotoBatches(engine, most=1)
    queued = batches._waiting.qsize
    assert np.abs(batches(pixels) - alone).max() < 1e-5
    assert waiting == [2, 2, 2, 2, 2, 2, 1, 0]


# The encoder


@pytest.fixture
def wide(tiny_checkpoint, monkeypatch):
    """The tiny checkpoint as one that is wide enough for all cores."""
    monkeypatch.setattr(torch_engine, "LEAST_WIDTH", 1)
    monkeypatch.setattr(torch_engine, "takes_convolutions", lambda width, dtype: False)
    return load_encoder(model_card(tiny_checkpoint), device="cpu", precision="float32")


def test_a_cpu_has_no_batches(wide):
    assert wide.photos_at_once == 1
    assert not isinstance(wide._image_features, PhotoBatches)


def test_a_small_model_takes_two_photos_at_once_on_a_core_each(tiny_checkpoint, wide, pixels, monkeypatch):
    monkeypatch.setattr(torch_engine, "CORES", 2)
    monkeypatch.setattr(torch_engine, "LEAST_WIDTH", 512)
    small = load_encoder(model_card(tiny_checkpoint), device="cpu", precision="float32")
    assert small.photos_at_once == 2
    cores, both = [], threading.Barrier(2)
    for encoder, at_once in ((small, 2), (wide, 1), (small, 2)):
        see = encoder._engine._images.forward

        def watched(pixels, see=see, at_once=at_once):
            cores.append(torch.get_num_threads())
            if at_once == 2:
                both.wait(10)
            return see(pixels)

        with monkeypatch.context() as patch:
            patch.setattr(encoder._engine._images, "forward", watched)
            in_threads(
                lambda row, engine=encoder._engine: engine.image_features(pixels[row : row + 1]), range(2)
            )
    assert cores == [1, 1, 2, 2, 1, 1]


def test_an_encoder_on_a_gpu_answers_as_without_batches(tiny_encoder, images, monkeypatch):
    """The tiny checkpoint on the CPU, whose engine says that it is on a GPU."""
    monkeypatch.setattr(tiny_encoder._engine, "joins_photos", True)
    monkeypatch.setattr(tiny_encoder._engine, "photos_at_once", IMAGE_BATCH)
    monkeypatch.setattr(
        encoder_module, "PhotoBatches", lambda engine: PhotoBatches(Counting(engine), 8, LONG)
    )
    parts = (tiny_encoder._tokenizer, tiny_encoder._preprocessing, np.log(tiny_encoder.logit_scale))
    on_gpu = encoder_module.ClipEncoder(
        tiny_encoder.card, tiny_encoder.revision, tiny_encoder._engine, *parts
    )
    monkeypatch.undo()  # the engine is on the CPU after all
    assert on_gpu.photos_at_once == IMAGE_BATCH == compose.QUESTIONS_AT_ONCE_ON_GPU == MOST_TOGETHER
    found = in_threads(lambda image: on_gpu.image_embeddings([image]), images)
    expected = np.concatenate([tiny_encoder.image_embeddings([image]) for image in images])
    assert np.abs(np.concatenate(found) - expected).max() < 1e-5


def test_a_cpu_takes_one_photo_at_a_time(wide, pixels, monkeypatch):
    inside, most = [], []
    compute = wide._engine._images.forward

    def watched(pixels):
        inside.append(None)
        most.append(len(inside))
        time.sleep(0.01)
        features = compute(pixels)
        inside.pop()
        return features

    monkeypatch.setattr(wide._engine._images, "forward", watched)
    in_threads(lambda row: wide._engine.image_features(pixels[row : row + 1]), range(4))
    assert most == [1, 1, 1, 1]


def test_on_cuda_pixels_are_pinned_and_copied_while_the_thread_goes_on(encoder, pixels, monkeypatch):
    """A CPU stands for the GPU: what is asked of torch, in order."""
    move, asked = torch.Tensor.to, []

    def moved(tensor, to, **how):
        asked.append((to, how))
        return move(tensor, "cpu" if to == "cuda:0" else to, **how)

    monkeypatch.setattr(encoder._engine, "device", "cuda:0")
    monkeypatch.setattr(encoder._engine, "joins_photos", True)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: asked.append("pinned") or tensor)
    monkeypatch.setattr(torch.Tensor, "to", moved)
    placed = encoder._engine.to_device(pixels[:1])
    assert asked == ["pinned", ("cuda:0", {"non_blocking": True}), (torch.float32, {})]
    assert (placed.numpy() == pixels[:1]).all()


def test_nothing_is_placed_or_computed_out_of_turn(wide, pixels, monkeypatch):
    """On MPS two threads at once end the process: tensors are moved, and both towers run, by whose turn it is."""
    engine, seen = wide._engine, []
    move, see = torch.Tensor.to, engine._images.forward

    def moved(tensor, *to, **how):
        seen.append(("moved", engine._turn.locked()))
        return move(tensor, *to, **how)

    def computed(pixels):
        seen.append(("computed", engine._turn.locked()))
        return see(pixels)

    monkeypatch.setattr(torch.Tensor, "to", moved)
    monkeypatch.setattr(engine._images, "forward", computed)
    engine.image_features(pixels[:1])
    assert {what for what, _ in seen} == {"moved", "computed"}
    images = len(seen)
    wide.caption_embeddings(["Japan", "Peru"])  # loads its tower, too
    assert len(seen) > images
    assert all(in_turn for _, in_turn in seen)
    assert not engine._turn.locked()


# The command line and the page


def test_the_command_line_on_a_gpu_says_what_it_says_on_a_cpu(
    tiny_checkpoint, images, tmp_path, gazetteer, monkeypatch, capsys
):
    """The tiny checkpoint on the CPU, fed as a GPU is: by many threads, in batches."""
    monkeypatch.setattr(Gazetteer, "load", lambda: gazetteer)
    sizes, load = [], locate_command.load_locator

    def load_as_on_a_gpu(*asked):
        locator = load(*asked)
        engine = Counting(locator.encoder._engine)
        engine.sizes = sizes
        locator.at_once, locator.encoder._image_features = 8, PhotoBatches(engine, 6, LONG)
        return locator

    files = [tmp_path / f"{number}.png" for number in range(len(images))]
    for image, file in zip(images, files, strict=True):
        image.save(file)
    files[2].write_text("not a picture")
    files[5].unlink()
    labels = tmp_path / "labels.txt"
    labels.write_text("Japan\nFrance\nPeru\n", encoding="utf-8")
    arguments = ["locate", *map(str, files), "--labels", str(labels), "--model", str(tiny_checkpoint)]
    arguments += ["--no-cities", "--device", "cpu", "--precision", "float32"]
    assert command_line.main(arguments) == 2
    on_cpu = capsys.readouterr()
    monkeypatch.setattr(locate_command, "load_locator", load_as_on_a_gpu)
    assert command_line.main(arguments) == 2
    on_gpu = capsys.readouterr()
    assert on_gpu == on_cpu
    assert [line.split(": ")[0] for line in on_gpu.err.splitlines()] == [str(files[2]), str(files[5])]
    assert sizes == [6]


@pytest.mark.parametrize(
    ("device", "engine", "driver", "expected"),
    [
        ("auto", "torch", "/usr/bin/nvidia-smi", 16),
        ("auto", "torch", None, 4),
        ("cuda", "torch", None, 16),
        ("cpu", "torch", "/usr/bin/nvidia-smi", 4),
        ("auto", "openvino", "/usr/bin/nvidia-smi", 4),
    ],
)
def test_the_page_lets_a_batch_of_photos_in_where_a_gpu_is_and_else_some_that_take_turns(
    tiny_checkpoint, gazetteer, monkeypatch, device, engine, driver, expected
):
    monkeypatch.setattr(shutil, "which", lambda name: driver)
    model = PageModel(Wanted(model_card(tiny_checkpoint), device=device, engine=engine), gazetteer)
    page = create_page(page_services(model, gazetteer, ()))
    for listener in page.fns.values():
        page._queue.create_event_queue_for_fn(listener)
    turns = page._queue.event_queue_per_concurrency_id[MODEL_QUEUE]
    assert turns.concurrency_limit == expected


def test_visitors_who_ask_at_once_share_a_batch(tiny_checkpoint, images, tmp_path, gazetteer, monkeypatch):
    model = model_behind(tiny_checkpoint, gazetteer)
    monkeypatch.setattr(model, "photos_at_once", lambda: 8)
    with serve(model, gazetteer, (), tmp_path) as served:
        encoder = model.get().encoder
        engine = Counting(encoder._engine)
        encoder._image_features = PhotoBatches(engine, 8, LONG)
        files = [tmp_path / f"{number}.png" for number in range(len(images))]
        for image, file in zip(images, files, strict=True):
            image.save(file)
        client = Client(served.url, verbose=False)
        asked = {"labels": "Japan\nFrance\nPeru", "add_cities": False, "api_name": "/locate"}
        jobs = [client.submit(handle_file(file), **asked) for file in files]
        records = [job.result(PATIENCE) for job in jobs]
    assert [record["photo"]["pixels_sha256"] for record in records] == [open_photo(f).digest for f in files]
    assert engine.sizes == [8]
