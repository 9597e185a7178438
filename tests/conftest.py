"""What tests share: a quiet environment, a tiny checkpoint, the gazetteer, photos in every mode."""

import os

# Before torch, gradio or tokenizers are imported: one thread each, and nothing sent anywhere.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ |= {"GRADIO_ANALYTICS_ENABLED": "0", "GRADIO_ANALYTICS_CACHE_FREQUENCY": "999999"}  # as in app.py

import gc
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from streetclip_demo.page.frame.stubs import write_no_stubs  # noqa: E402

write_no_stubs()  # as app.py; before Gradio is imported


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Without looking for garbage: what collecting makes and imports stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items):
    """Files that take long come first, or at the end one process would wait for the other's last."""
    is_long = {
        item.path for item in items if item.get_closest_marker("browser") or item.get_closest_marker("slow")
    }
    items.sort(key=lambda item: item.path not in is_long)
    if os.environ.get("CI"):  # browsers on two cores: what fails is tried once more, and the summary says so
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["AssertionError", "TimeoutError"]))


@pytest.fixture(scope="session", autouse=True)
def cache_directory(tmp_path_factory):
    """Caches of the tests, and of the programs that they start, go to a folder of their own."""
    directory = tmp_path_factory.mktemp("cache")
    before = os.environ.get("STREETCLIP_CACHE")
    os.environ["STREETCLIP_CACHE"] = str(directory)
    yield directory
    if before is None:
        del os.environ["STREETCLIP_CACHE"]
    else:
        os.environ["STREETCLIP_CACHE"] = before


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory):
    """A directory with a tiny CLIPModel checkpoint; copy it before changing it."""
    from checkpoints import make_tiny_checkpoint

    return make_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny-clip")


@pytest.fixture(scope="session")
def other_checkpoint(tmp_path_factory):
    """Another one, of other weights."""
    from checkpoints import make_tiny_checkpoint

    return make_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint") / "other-clip", seed=1)


@pytest.fixture(scope="session")
def tiny_encoder(tiny_checkpoint):
    """The tiny checkpoint, loaded on the CPU."""
    from streetclip_demo.checkpoints.cards import model_card
    from streetclip_demo.model.encoder import load_encoder

    return load_encoder(model_card(tiny_checkpoint), device="cpu", precision="float32")


@pytest.fixture(scope="session")
def gazetteer():
    """The shipped gazetteer."""
    from streetclip_demo.places.gazetteer import Gazetteer

    return Gazetteer.load()


@pytest.fixture
def read_once(monkeypatch, gazetteer):
    """For programs that are run in this process: the shipped gazetteer, as it was read for the first test."""
    from streetclip_demo.places.gazetteer import Gazetteer

    monkeypatch.setattr(Gazetteer, "load", lambda: gazetteer)


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    """A clock that stands."""
    return Clock()


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Name to path of generated pictures: each mode, rotation and file format that a photo can have."""
    from pictures import write_pictures

    return write_pictures(tmp_path_factory.mktemp("photos"))
