"""Captions are encoded once and kept, in bounded space; damage costs time, never an answer."""

import hashlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from streetclip_demo.model import caption_cache
from streetclip_demo.model.caption_cache import CaptionCache, default_directory

ROOT = Path(__file__).resolve().parent.parent
DIMENSION = 16


def embed(captions):
    """Unit vectors that depend on the text alone; a ten-line stand-in for a model."""
    seeds = [int.from_bytes(hashlib.sha256(caption.encode()).digest()[:8]) for caption in captions]
    rows = [np.random.default_rng(seed).normal(size=DIMENSION) for seed in seeds]
    rows = np.array(rows, np.float32).reshape(-1, DIMENSION)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class Model:
    """Embeds captions and remembers which it was asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, captions, progress=None):
        self.asked += captions
        if progress is not None:
            progress(len(captions), len(captions))
        return embed(captions)


def new_cache(directory, model=None, fingerprint="model-1", dimension=DIMENSION, half=False):
    return CaptionCache(model or Model(), fingerprint, dimension, directory, half)


def test_each_caption_is_encoded_once(tmp_path):
    model = Model()
    cache = new_cache(tmp_path, model)
    first = cache(["a", "b", "a"])
    assert (first == embed(["a", "b", "a"])).all()
    assert first.dtype == np.float32
    assert (cache(["b", "c"]) == embed(["b", "c"])).all()
    assert model.asked == ["a", "b", "c"]


def test_the_next_process_finds_them_on_disk(tmp_path):
    new_cache(tmp_path)(["a", "b"])
    model = Model()
    assert (new_cache(tmp_path, model)(["b", "a"]) == embed(["b", "a"])).all()
    assert model.asked == []


def test_no_captions_give_no_rows(tmp_path):
    assert new_cache(tmp_path)([]).shape == (0, DIMENSION)


def test_captions_that_differ_at_all_are_different(tmp_path):
    captions = ["São Paulo", "Sao Paulo", "sao paulo", "São Paulo ", "Sa\u0303o Paulo", "", "\ud800"]
    model = Model()
    cache = CaptionCache(
        lambda texts, progress=None: embed([repr(text) for text in texts]), "m", DIMENSION, tmp_path
    )
    assert (cache(captions) == embed([repr(text) for text in captions])).all()
    assert model.asked == []


def test_the_texts_themselves_are_not_on_disk(tmp_path):
    cache = new_cache(tmp_path)
    cache(["a very private street"])
    assert b"private" not in cache.path.read_bytes()


def test_another_fingerprint_shares_nothing(tmp_path):
    new_cache(tmp_path)(["a"])
    model = Model()
    new_cache(tmp_path, model, fingerprint="model-2")(["a"])
    assert model.asked == ["a"]


def test_two_caches_see_what_the_other_wrote(tmp_path):
    models = Model(), Model()
    one, two = (new_cache(tmp_path, model) for model in models)
    one(["a"])
    two(["b"])
    one(["a", "b"])
    assert (models[0].asked, models[1].asked) == (["a"], ["b"])


def test_progress_covers_what_is_missing_and_chunks_are_kept(tmp_path):
    steps = []
    model = Model()
    cache = CaptionCache(model, "model-1", DIMENSION, tmp_path, chunk=10)
    cache([str(number) for number in range(5)])
    cache([str(number) for number in range(30)], progress=lambda done, total: steps.append((done, total)))
    assert steps == [(10, 25), (20, 25), (25, 25)]


def test_an_interrupted_run_keeps_what_it_has(tmp_path):
    captions = [str(number) for number in range(30)]

    def tires(texts, progress=None):
        if "20" in texts:
            raise KeyboardInterrupt
        return embed(texts)

    with pytest.raises(KeyboardInterrupt):
        CaptionCache(tires, "model-1", DIMENSION, tmp_path, chunk=10)(captions)
    model = Model()
    assert (new_cache(tmp_path, model)(captions) == embed(captions)).all()
    assert model.asked == captions[20:]


def test_halves_stay_what_they_were_at_first(tmp_path):
    captions = [str(number) for number in range(500)]
    first = new_cache(tmp_path, half=True)(captions)
    assert first.dtype == np.float32
    assert (
        0 < np.abs(first - embed(captions)).max() < 2**-11
    )  # half a unit in the last place of numbers below 1
    model = Model()
    assert (new_cache(tmp_path, model, half=True)(captions) == first).all()
    assert model.asked == []


def test_halves_and_floats_are_not_taken_for_one_another(tmp_path):
    new_cache(tmp_path)(["a"])
    new_cache(tmp_path, model := Model(), half=True)(["a"])
    assert model.asked == ["a"]


def test_halves_move_a_probability_by_some_ten_thousandth(tmp_path):
    # The size of StreetCLIP's embeddings and its scale; cosines as near to one another as its captions' are.
    rng = np.random.default_rng(0)
    image = rng.normal(size=768)
    image /= np.linalg.norm(image)
    rows = rng.normal(size=(2000, 768)) / np.sqrt(768) + 0.3 * image
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    cache = CaptionCache(lambda captions, progress=None: rows, "m", 768, tmp_path, half=True)
    logits = [100 * found.astype(float) @ image for found in (rows, cache(list(map(str, range(2000)))))]
    exact, halves = (np.exp(one - one.max()) / np.exp(one - one.max()).sum() for one in logits)
    assert exact.max() > 0.01
    assert 1e-7 < np.abs(halves - exact).max() < 2e-4


# Bounds


def kept(cache):
    """How many embeddings are on disk."""
    with sqlite3.connect(cache.path) as file:
        return file.execute("SELECT COUNT(*) FROM captions").fetchone()[0]


def test_what_was_put_in_first_goes_first_and_the_file_stays_small(tmp_path, monkeypatch):
    monkeypatch.setattr(caption_cache, "MOST_BYTES", 200_000)
    monkeypatch.setattr(caption_cache, "MOST_IN_MEMORY", 0)
    model, cache = Model(), None
    cache = new_cache(tmp_path, model)
    for start in range(0, 20_000, 100):
        cache([str(number) for number in range(start, start + 100)])
        assert cache.path.stat().st_size < 300_000
    assert 500 < kept(cache) < 4_000
    model.asked.clear()
    cache(["19999", "0"])
    assert model.asked == ["0"]


def test_memory_holds_what_was_used_last(tmp_path, monkeypatch):
    monkeypatch.setattr(caption_cache, "MOST_IN_MEMORY", 3)
    cache = new_cache(tmp_path)
    cache(["a", "b", "c"])
    cache(["a"])
    cache(["d"])
    assert len(cache._memory) == 3
    cache.path.unlink()  # from here on memory alone tells
    cache._file = None
    model = cache._encode = Model()
    cache(["a", "c", "d"])
    assert model.asked == []
    cache(["b"])
    assert model.asked == ["b"]


def test_more_captions_than_memory_holds_are_answered_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(caption_cache, "MOST_IN_MEMORY", 3)
    captions = [str(number) for number in range(1200)]  # and more than are asked of the file at once
    for model in (Model(), Model()):
        assert (new_cache(tmp_path, model)(captions) == embed(captions)).all()
    assert model.asked == []


# Damage


def spoil_value(path, change):
    with sqlite3.connect(path) as file:
        (value,) = file.execute("SELECT value FROM captions").fetchone()
        file.execute("UPDATE captions SET value = ?", (change(value),))


def flip_a_bit(value):
    changed = bytearray(value)
    changed[-1] ^= 1
    return bytes(changed)


def zeroed(path):
    data = bytearray(path.read_bytes())
    data[: len(data) // 2] = bytes(len(data) // 2)
    path.write_bytes(data)


def another_table(path):
    path.unlink()
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE captions (other INT)")


DAMAGE = {
    "a bit": lambda path: spoil_value(path, flip_a_bit),
    "a shorter value": lambda path: spoil_value(path, lambda value: value[:-4]),
    "text": lambda path: spoil_value(path, lambda value: "text"),
    "no file of SQLite's": lambda path: path.write_bytes(b"damaged" * 10_000),
    "empty": lambda path: path.write_bytes(b""),
    "cut short": lambda path: os.truncate(path, path.stat().st_size // 2),
    "half zeros": zeroed,
    "another table": another_table,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_foreign_file_is_rebuilt_never_trusted(tmp_path, damage):
    cache = new_cache(tmp_path)
    cache(["a"])
    cache._file.close()
    DAMAGE[damage](cache.path)
    model = Model()
    assert (new_cache(tmp_path, model)(["a"]) == embed(["a"])).all()
    assert model.asked == ["a"]
    again = new_cache(tmp_path, model)
    assert (again(["a"]) == embed(["a"])).all()
    assert model.asked == ["a"]
    assert again.note == ""


@pytest.mark.parametrize("damage", ["no file of SQLite's", "empty", "cut short"])
def test_a_file_that_is_damaged_while_it_is_open_costs_time_only(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(caption_cache, "MOST_IN_MEMORY", 0)
    captions = [str(number) for number in range(300)]
    cache = new_cache(tmp_path)
    cache(captions)
    DAMAGE[damage](cache.path)
    for _ in range(3):
        assert (cache(captions) == embed(captions)).all()
    assert cache.note == ""


def test_a_file_that_is_deleted_while_it_is_open_costs_nothing(tmp_path):
    cache = new_cache(tmp_path)
    cache(["a"])
    cache.path.unlink()
    assert (cache(["a", "b"]) == embed(["a", "b"])).all()
    assert cache._encode.asked == ["a", "b"]


def test_what_a_process_that_was_killed_has_half_written_is_undone(tmp_path):
    code = """
import os, sys
sys.path.insert(0, "tests")
from test_caption_cache import new_cache
from streetclip_demo.model import caption_cache
cache = new_cache(sys.argv[1])
cache([str(number) for number in range(500)])
caption_cache._drop_oldest = lambda *_: (cache._file.execute("PRAGMA cache_spill = 1"), os.kill(os.getpid(), 9))
cache([str(number) for number in range(500, 40_000)])
"""
    assert subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, check=False).returncode == -9
    model = Model()
    captions = [str(number) for number in range(600)]
    assert (new_cache(tmp_path, model)(captions) == embed(captions)).all()
    assert model.asked == captions[500:]


def test_folders_of_an_older_form_are_deleted_and_nothing_else(tmp_path):
    old = tmp_path / "captions" / ("0" * 32 + "-half")
    old.mkdir(parents=True)
    (old / "1-2.safetensors").write_bytes(b"old")
    (tmp_path / "openvino").mkdir()
    assert (new_cache(tmp_path)(["a"]) == embed(["a"])).all()
    assert not old.exists()
    assert (tmp_path / "openvino").exists()


def test_without_a_place_on_disk_it_works_and_says_so_once(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be")
    model = Model()
    cache = new_cache(blocked, model)
    assert cache.note == ""
    cache(["a"])
    cache(["a", "b"])
    assert model.asked == ["a", "b"]
    assert "cannot be kept in" in cache.note
    assert "STREETCLIP_CACHE" in cache.note


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a file's size this way")
def test_a_full_disk_loses_nothing_and_is_said(tmp_path):
    code = """
import resource, signal, sys
sys.path.insert(0, "tests")
from test_caption_cache import new_cache, embed
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
cache = new_cache(sys.argv[1])
cache(["a"])
size = cache.path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
many = [str(number) for number in range(5000)]
assert (cache(many) == embed(many)).all()
assert "cannot be kept" in cache.note
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    new_cache(tmp_path, model := Model())(["a"])
    assert model.asked == []  # what was there before still is


def test_a_file_that_may_only_be_read_is_read(tmp_path, monkeypatch):
    """As SQLite says it: permissions do not bind whoever runs as root."""
    new_cache(tmp_path)(["a"])
    connect = sqlite3.connect

    def read_only(path, *how, **options):
        return connect(f"file:{path}?mode=ro", *how, uri=True, **options)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    cache = new_cache(tmp_path, model := Model())
    assert (cache(["a", "b"]) == embed(["a", "b"])).all()
    assert (cache(["a", "b"]) == embed(["a", "b"])).all()
    assert model.asked == ["b"]
    assert "readonly" in cache.note


@pytest.mark.parametrize(
    "wrong", [np.ones((1, 3)), np.zeros((1, DIMENSION)), np.full((1, DIMENSION), np.nan)]
)
def test_what_is_no_unit_vector_is_not_kept(tmp_path, wrong):
    cache = CaptionCache(lambda captions, progress=None: wrong, "model-1", DIMENSION, tmp_path)
    with pytest.raises(ValueError, match="must be unit vectors"):
        cache(["a"])
    assert not cache.path.exists()


WORKER = """
import sys
sys.path.insert(0, "tests")
import numpy as np
from test_caption_cache import new_cache, embed
directory, number = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(number)
sys.stdin.readline()  # all start together
for _ in range(60):
    captions = [str(n) for n in rng.integers(0, 400, 12)]
    assert (new_cache(directory)(captions) == embed(captions)).all()
print("done")
"""


def started(tmp_path, count):
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return [subprocess.Popen([*command, str(number)], cwd=ROOT, **pipes) for number in range(count)]


def test_processes_that_write_at_once_damage_nothing(tmp_path):
    """Four processes read and write one file 240 times; another puts a damaged one in its place."""
    workers = started(tmp_path, 4)
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    path, damaged = new_cache(tmp_path).path, tmp_path / "damaged"
    while any(worker.poll() is None for worker in workers):
        if path.exists():
            damaged.write_bytes(b"damaged" * 1000)
            damaged.replace(path)
        time.sleep(0.3)
    for worker in workers:
        said, errors = worker.communicate(timeout=120)
        assert said == "done\n", errors
    captions = [str(number) for number in range(400)]
    assert (new_cache(tmp_path)(captions) == embed(captions)).all()
    new_cache(tmp_path, model := Model())(captions)
    assert model.asked == []


def test_nothing_is_lost_when_processes_write_at_once(tmp_path):
    workers = started(tmp_path, 4)
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    for worker in workers:
        said, errors = worker.communicate(timeout=120)
        assert said == "done\n", errors
    rngs = [np.random.default_rng(seed) for seed in range(4)]
    asked = {str(number) for rng in rngs for _ in range(60) for number in rng.integers(0, 400, 12)}
    new_cache(tmp_path, model := Model())(sorted(asked))
    assert model.asked == []


def test_threads_may_share_a_cache(tmp_path):
    cache = new_cache(tmp_path)
    failures = []

    def work(seed):
        rng = np.random.default_rng(seed)
        for _ in range(40):
            captions = [str(n) for n in rng.integers(0, 200, 9)]
            failures.append(not (cache(captions) == embed(captions)).all())

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [False] * 160


def test_all_cities_come_back_from_the_cache_without_being_encoded_again(tmp_path):
    """How fast, benchmarks/run.py measures."""
    count, dimension = 34_000, 768
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(count, dimension)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    captions = [f"A Street View photo from city number {number}." for number in range(count)]

    def encode(texts, progress=None):
        return rows[[int(text.split()[-1][:-1]) for text in texts]]

    CaptionCache(encode, "m", dimension, tmp_path)(captions)
    cache = CaptionCache(lambda *_, **__: pytest.fail("encoded again"), "m", dimension, tmp_path)
    for _ in range(2):  # from disk, from memory
        assert (cache(captions) == rows).all()


def test_the_platform_says_where_caches_go_unless_told(monkeypatch, tmp_path):
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path))
    assert default_directory() == tmp_path
    cache = CaptionCache(Model(), "m", DIMENSION)
    assert cache.folder == tmp_path / "captions"
    monkeypatch.delenv("STREETCLIP_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_directory() == tmp_path / "xdg" / "streetclip-demo"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_directory() == tmp_path / ".cache" / "streetclip-demo"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_directory() == tmp_path / "Library" / "Caches" / "streetclip-demo"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert default_directory() == tmp_path / "local" / "streetclip-demo"
