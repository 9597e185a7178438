import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from streetclip_demo import caption_cache
from streetclip_demo.caption_cache import CaptionCache, default_directory

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


def segments(cache):
    return sorted(cache.folder.glob("*.safetensors"))


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
    assert all(b"private" not in path.read_bytes() for path in segments(cache))


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


def test_progress_covers_what_is_missing_and_chunks_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(caption_cache, "CHUNK", 10)
    steps = []
    model = Model()
    cache = new_cache(tmp_path, model)
    cache([str(number) for number in range(5)])
    cache([str(number) for number in range(30)], progress=lambda done, total: steps.append((done, total)))
    assert steps == [(10, 25), (20, 25), (25, 25)]


def test_an_interrupted_run_keeps_what_it_has(tmp_path, monkeypatch):
    monkeypatch.setattr(caption_cache, "CHUNK", 10)
    captions = [str(number) for number in range(30)]

    def tires(texts, progress=None):
        if "20" in texts:
            raise KeyboardInterrupt
        return embed(texts)

    with pytest.raises(KeyboardInterrupt):
        CaptionCache(tires, "model-1", DIMENSION, tmp_path)(captions)
    model = Model()
    assert (new_cache(tmp_path, model)(captions) == embed(captions)).all()
    assert model.asked == captions[20:]


def test_many_segments_become_one(tmp_path):
    cache = new_cache(tmp_path)
    captions = [str(number) for number in range(60)]
    for caption in captions:
        cache([caption])
    assert len(segments(cache)) <= caption_cache.MERGE_ABOVE + 1
    model = Model()
    assert (new_cache(tmp_path, model)(captions) == embed(captions)).all()
    assert model.asked == []


def test_a_dead_process_leaves_nothing_for_ever(tmp_path):
    cache = new_cache(tmp_path)
    cache(["a"])
    old, new = cache.folder / ".old.safetensors", cache.folder / ".new.safetensors"
    old.write_bytes(b"half"), new.write_bytes(b"half")
    os.utime(old, (time.time() - 2e5,) * 2)
    for number in range(caption_cache.MERGE_ABOVE + 1):
        cache([str(number)])
    assert not old.exists()
    assert new.exists()  # perhaps another process is writing it


def rewritten(path, change=None, metadata=None):
    """Write a segment again with other tensors or metadata, everything else as it was."""
    with safe_open(path, "numpy") as file:
        about = file.metadata()
    tensors = load_file(path)
    if change:
        change(tensors)
    save_file(tensors, path, metadata=about | (metadata or {}))


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)


def scaled(tensors):
    tensors["embeddings"] = tensors["embeddings"] * 2


def one_nan(tensors):
    tensors["embeddings"][0, 0] = np.nan


def narrower(tensors):
    tensors["embeddings"] = tensors["embeddings"][:, :8].copy()


def fewer(tensors):
    tensors["digests"] = tensors["digests"][:1].copy()


def lone(tensors):
    del tensors["digests"]


def sound_checksum(tensors, spoil):
    spoil(tensors)
    return caption_cache._checksum(tensors["digests"], tensors["embeddings"])


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("not tensors" * 99),
    "truncated header": lambda path: path.write_bytes(path.read_bytes()[:40]),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "flipped bit": flip_a_bit,
    "another model's": lambda path: rewritten(path, metadata={"fingerprint": "model-2"}),
    "another format": lambda path: rewritten(path, metadata={"format": "something else"}),
    "not unit": lambda path: rewritten(path, scaled),
    "not finite": lambda path: rewritten(path, one_nan),
    "another dimension": lambda path: rewritten(path, narrower),
    "fewer digests": lambda path: rewritten(path, fewer),
    "no digests": lambda path: rewritten(path, lone),
    "no metadata": lambda path: save_file(load_file(path), path),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_foreign_file_is_rebuilt_never_trusted(tmp_path, damage):
    cache = new_cache(tmp_path)
    cache(["a", "b"])
    (path,) = segments(cache)
    DAMAGE[damage](path)
    model = Model()
    again = new_cache(tmp_path, model)
    assert (again(["a", "b"]) == embed(["a", "b"])).all()
    assert model.asked == ["a", "b"]
    assert not path.exists()
    model.asked.clear()
    assert (new_cache(tmp_path, model)(["a", "b"]) == embed(["a", "b"])).all()
    assert model.asked == []


@pytest.mark.parametrize("spoil", [scaled, one_nan])
def test_a_right_checksum_does_not_make_wrong_vectors_right(tmp_path, spoil):
    cache = new_cache(tmp_path)
    cache(["a"])
    (path,) = segments(cache)
    rewritten(path, spoil, {"sha256": sound_checksum(load_file(path), spoil)})
    model = Model()
    new_cache(tmp_path, model)(["a"])
    assert model.asked == ["a"]


@pytest.mark.parametrize("damage", ["empty", "text", "truncated"])
def test_a_file_that_is_changed_while_it_is_mapped_is_rebuilt(tmp_path, damage):
    cache = new_cache(tmp_path, model := Model())
    cache(["a", "b"])
    DAMAGE[damage](segments(cache)[0])
    assert (cache(["a", "b"]) == embed(["a", "b"])).all()
    assert model.asked == ["a", "b", "a", "b"]


def test_a_file_that_is_deleted_while_it_is_mapped_is_still_there_for_us(tmp_path):
    cache = new_cache(tmp_path, model := Model())
    cache(["a", "b"])
    segments(cache)[0].unlink()
    assert (cache(["b", "a"]) == embed(["b", "a"])).all()
    assert model.asked == ["a", "b"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists what is mapped this way")
def test_files_are_mapped_not_copied(tmp_path):
    for cache in (new_cache(tmp_path), new_cache(tmp_path)):  # what it wrote itself, and what it found
        cache(["a", "b"])
        assert str(segments(cache)[0]) in Path("/proc/self/maps").read_text()


# In half precision


def test_halves_take_half_the_space_and_stay_what_they_were_at_first(tmp_path):
    captions = [str(number) for number in range(500)]
    whole = new_cache(tmp_path)
    whole(captions)
    first = (cache := new_cache(tmp_path, half=True))(captions)
    assert first.dtype == np.float32
    assert (
        0 < np.abs(first - embed(captions)).max() < 2**-11
    )  # half a unit in the last place of numbers below 1
    model = Model()
    assert (new_cache(tmp_path, model, half=True)(captions) == first).all()
    assert model.asked == []
    digests = 16 * len(captions)
    sizes = [sum(path.stat().st_size for path in segments(c)) - digests for c in (whole, cache)]
    assert sizes[1] == pytest.approx(sizes[0] / 2, abs=1000)


def test_halves_stay_the_same_through_a_merge(tmp_path):
    cache = new_cache(tmp_path, half=True)
    captions = [str(number) for number in range(60)]
    first = np.concatenate([cache([caption]) for caption in captions])
    assert len(segments(cache)) <= caption_cache.MERGE_ABOVE + 1
    for again in (cache, new_cache(tmp_path, model := Model(), half=True)):
        assert (again(captions) == first).all()
    assert model.asked == []


def test_halves_and_floats_are_not_taken_for_one_another(tmp_path):
    whole, half = new_cache(tmp_path), new_cache(tmp_path, half=True)
    whole(["a"])
    half.folder.mkdir()
    shutil.copy(segments(whole)[0], half.folder)
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


# Damage that stays in its place


def test_a_damaged_file_costs_only_its_own_captions(tmp_path):
    cache = new_cache(tmp_path)
    cache(["a"])
    cache(["b"])
    segments(cache)[0].write_bytes(b"damaged")
    model = Model()
    new_cache(tmp_path, model)(["a", "b"])
    assert model.asked == ["a"]


def test_a_folder_named_like_a_segment_does_no_harm(tmp_path):
    cache = new_cache(tmp_path)
    (cache.folder / "folder.safetensors").mkdir(parents=True)
    assert (cache(["a"]) == embed(["a"])).all()


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
def test_a_full_disk_leaves_no_half_file(tmp_path):
    code = """
import resource, signal, sys
sys.path.insert(0, "tests")
from test_caption_cache import new_cache, embed
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
cache = new_cache(sys.argv[1])
assert (cache(["a", "b"]) == embed(["a", "b"])).all()
assert list(cache.folder.iterdir()) == []
sys.stdout.write(cache.note)
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, cwd=ROOT)
    assert "cannot be kept" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "wrong", [np.ones((1, 3)), np.zeros((1, DIMENSION)), np.full((1, DIMENSION), np.nan)]
)
def test_what_is_no_unit_vector_is_not_kept(tmp_path, wrong):
    cache = CaptionCache(lambda captions, progress=None: wrong, "model-1", DIMENSION, tmp_path)
    with pytest.raises(ValueError, match="must be unit vectors"):
        cache(["a"])
    assert segments(cache) == []


ROOT = Path(__file__).resolve().parent.parent
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


def test_processes_that_write_at_once_damage_nothing(tmp_path):
    """Six processes read, write and merge one folder 360 times; another damages and deletes its files."""
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([*command, str(number)], cwd=ROOT, **pipes) for number in range(6)]
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    cache = new_cache(tmp_path)
    rng = np.random.default_rng(0)
    while any(worker.poll() is None for worker in workers):
        for path in segments(cache)[:1]:
            if rng.random() < 0.5 and path.exists():
                damaged = (
                    tmp_path / "damaged"
                )  # put in its place: those that have it mapped keep what they see
                damaged.write_bytes(b"damaged")
                damaged.replace(path)
        time.sleep(0.03)
    for worker in workers:
        said, errors = worker.communicate(timeout=60)
        assert said == "done\n", errors
    captions = [str(number) for number in range(400)]
    model = Model()
    assert (new_cache(tmp_path, model)(captions) == embed(captions)).all()
    assert len(segments(cache)) <= 2 * caption_cache.MERGE_ABOVE
    new_cache(tmp_path, model := Model())(captions)
    assert model.asked == []


def test_nothing_is_lost_when_processes_merge_at_once(tmp_path):
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([*command, str(number)], cwd=ROOT, **pipes) for number in range(4)]
    for worker in workers:
        said, errors = worker.communicate("\n", timeout=120)
        assert said == "done\n", errors
    asked = {
        str(n)
        for seed in range(4)
        for rng in [np.random.default_rng(seed)]
        for _ in range(60)
        for n in rng.integers(0, 400, 12)
    }
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
    assert cache.folder == tmp_path / "captions" / "m"
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
