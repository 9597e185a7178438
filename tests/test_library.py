"""Models by key: loaded when they are asked for, a few in memory; the practice model stands in for a missing one."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from streetclip_demo.checkpoints.cards import MODELS, model_card
from streetclip_demo.errors import ModelError
from streetclip_demo.locate import room
from streetclip_demo.locate.library import Library
from streetclip_demo.locate.locator import Embedded
from streetclip_demo.locate.room import SPARE_BYTES, Room

PATIENCE = 30


class Gallery:
    """A Locator that has never heard of captions."""

    at_once = 4
    revision = "g1"
    is_calibrated = False

    def __init__(self, card):
        self.card = card

    def embed(self, photos):
        return [Embedded(np.ones(3), photo) for photo in photos]

    def answer(self, embedded, question, progress=None):
        return f"{self.card.key}: {question} of {embedded.digest}"

    def locate(self, photo, question, progress=None):
        return self.answer(self.embed([photo])[0], question, progress)


class Loader:
    """Loads galleries and writes down what was asked of it; what is missing cannot be had."""

    def __init__(self, *missing):
        self.missing, self.loaded = missing, []

    def __call__(self, card, asked, counting):
        self.loaded.append((card.key, asked.key))
        counting("download")(1, 2)
        if card.key in self.missing:
            raise ModelError(f"{card.title} is missing.")
        return Gallery(card)


def test_a_model_is_loaded_once_when_it_is_first_asked_for():
    load = Loader()
    library = Library(load)
    assert (load.loaded, library.state("clip").ready) == ([], False)
    first = library.get("clip")
    assert library.get("clip") is library.get(MODELS["clip"].source) is first
    assert load.loaded == [("clip", "clip")]
    assert first.locate("photo", "question") == "clip: question of photo"


def test_each_model_has_a_state_of_its_own():
    library = Library(Loader("streetclip"))
    library.get("clip")
    with pytest.raises(ModelError):
        library.get("streetclip")
    clip, streetclip = library.state("clip"), library.state("streetclip")
    assert (clip.ready, clip.title, clip.revision, clip.problem) == (True, "CLIP ViT-L/14-336", "g1", "")
    assert (streetclip.ready, streetclip.problem) == (False, "StreetCLIP is missing.")
    assert (streetclip.stage, streetclip.done) == ("download", 0.5)
    assert library.state("practice").stage == "weights"


def test_the_practice_model_stands_in_where_it_may_and_is_loaded_once():
    load, reasons = Loader("streetclip"), []
    library = Library(load, ["streetclip"], lambda reason: reasons.append(str(reason)))
    practice = library.get("streetclip")
    assert practice.card == MODELS["practice"]
    assert library.get("practice") is practice is library.get("streetclip")
    assert load.loaded == [("streetclip", "streetclip"), ("practice", "streetclip")]
    state = library.state("streetclip")
    assert (state.ready, state.is_practice, state.reason) == (True, True, "StreetCLIP is missing.")
    assert reasons == ["StreetCLIP is missing."]
    assert library.state("practice").reason == ""


def test_another_model_is_never_replaced_and_says_so_each_time():
    load = Loader("clip")
    library = Library(load, ["streetclip"])
    for _ in range(2):
        with pytest.raises(ModelError, match="is missing"):
            library.get("clip")
    assert load.loaded == [("clip", "clip")]


def test_where_the_practice_model_is_missing_too_there_is_none():
    library = Library(Loader("streetclip", "practice"), ["streetclip", "practice"])
    with pytest.raises(ModelError, match="Practice model"):
        library.get("streetclip")
    state = library.state("streetclip")
    assert (state.reason, state.problem[:8]) == ("StreetCLIP is missing.", "Practice")


def test_no_more_than_some_stay_in_memory_and_the_one_asked_for_last_is_among_them():
    load = Loader()
    library = Library(load, most=2)
    for key in ("streetclip", "clip", "streetclip", "practice"):
        library.get(key)
    assert [library.state(key).ready for key in ("streetclip", "clip", "practice")] == [True, False, True]
    library.get("streetclip")
    library.get("clip")  # again, in place of practice
    assert [key for key, _ in load.loaded] == ["streetclip", "clip", "practice", "clip"]
    assert not library.state("practice").ready


class Memory:
    """Memory of 10 bytes above what is spared, of which each model takes 4."""

    def __init__(self):
        self.library = None

    def resident(self):
        return 4.0 * len(self.library._loaded())  # asked while the library has its lock

    def available(self):
        return SPARE_BYTES + 10 - self.resident()


def test_a_model_makes_room_for_another_where_it_does_not_fit_and_somebody_is_told(monkeypatch):
    monkeypatch.setattr(room, "weights_bytes", lambda card: 4.0)
    memory, told = Memory(), []
    library = Library(
        Loader(),
        most=3,
        room=Room(memory.available, memory.resident),
        on_left=lambda left, coming: told.append((left.key, coming.key)),
    )
    memory.library = library
    for key in ("streetclip", "clip", "geoclip"):  # two have 8 of 10
        library.get(key)
    assert told == [("streetclip", "geoclip")]
    assert [library.state(key).ready for key in ("streetclip", "clip", "geoclip")] == [False, True, True]


def test_who_stays_never_goes_and_who_has_gone_says_for_which_model(monkeypatch):
    monkeypatch.setattr(room, "weights_bytes", lambda card: 4.0)
    memory = Memory()
    library = Library(Loader(), most=3, room=Room(memory.available, memory.resident), staying=["streetclip"])
    memory.library = library
    for key in ("streetclip", "clip", "geoclip"):
        library.get(key)
    assert [library.state(key).ready for key in ("streetclip", "clip", "geoclip")] == [True, False, True]
    assert library.state("clip").left_for == "GeoCLIP"
    library.get("clip")
    assert (library.state("clip").left_for, library.state("geoclip").left_for) == ("", "CLIP ViT-L/14-336")


def test_a_model_that_could_not_be_had_is_tried_again_when_it_is_started_anew():
    load, seen = Loader("clip"), threading.Event()
    library = Library(lambda *asked: (seen.set(), load(*asked))[1])
    with pytest.raises(ModelError):
        library.get("clip")
    load.missing = ()
    seen.clear()
    library.start("clip")
    assert seen.wait(PATIENCE)
    assert library.get("clip").card.key == "clip"
    assert library.state("clip").problem == ""


@pytest.mark.parametrize(("after", "needed"), [(0.2e9, 1.7e9), (2e9, 1.9e9)])
def test_what_a_model_needs_is_its_files_or_what_loading_took_if_that_was_more(after, needed):
    """Weights are read from their files at the first forward; a gallery is made while loading."""
    card = MODELS["clip"]
    resident = iter([0.1e9, after])
    space = Room(lambda: SPARE_BYTES + 1.8e9, lambda: next(resident))
    assert (space.needed(card), space.fits(card)) == (1.7e9, True)  # as its card says
    with space.measured(card):
        pass
    assert (space.needed(card), space.fits(card)) == (needed, needed < 1.8e9)


def test_a_folders_weights_are_counted_and_an_unknown_size_always_fits(tiny_checkpoint):
    card = model_card(tiny_checkpoint)
    assert room.weights_bytes(card) == (tiny_checkpoint / "model.safetensors").stat().st_size
    unknown = replace(card, source="owner/name", size="")
    assert Room(lambda: 0.0).fits(unknown)
    assert Room(lambda: None).fits(card)  # nor does this system tell
    assert not Room(lambda: 0.0).fits(card)


def test_this_system_tells_how_much_there_is():
    assert room.available_bytes() > 1e6
    assert room.resident_bytes() > 1e6


def test_who_asks_while_a_model_is_on_its_way_waits_for_it_and_for_no_other():
    begun, go_on, load = threading.Event(), threading.Event(), Loader()

    def slow(card, asked, counting):
        if card.key == "streetclip":
            begun.set()
            assert go_on.wait(PATIENCE)
        return load(card, asked, counting)

    library = Library(slow)
    library.start("streetclip")
    assert begun.wait(PATIENCE)
    assert library.get("practice").card.key == "practice"  # a drawing need not wait for a download
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(library.get, "streetclip") for _ in range(3)]
        assert not any(future.done() for future in waiting)
        go_on.set()
        assert len({id(future.result(PATIENCE)) for future in waiting}) == 1
    assert sorted(load.loaded) == [("practice", "practice"), ("streetclip", "streetclip")]


def test_what_nobody_has_foreseen_keeps_nobody_waiting():
    def fail(card, asked, counting):
        raise RuntimeError("of a library's own")

    library = Library(fail)
    with pytest.raises(RuntimeError):
        library.get("clip")
    with pytest.raises(ModelError, match=r"could not be loaded \(RuntimeError\)"):
        library.get("clip")
    assert library.state("clip").problem
