"""Damaged pictures open or are told in a sentence; `python tests/picture_corpus.py` reads all 2,500."""

from picture_corpus import corpus, read_all

from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.photos.photo import open_photo

SOME = 330


def test_a_damaged_picture_opens_or_raises_a_photo_error_and_nothing_else():
    results, strays = read_all(open_photo, SOME)
    assert strays == []
    assert len(results) == 11
    assert all(counts.total() == SOME / 11 for counts in results.values())
    assert sum(counts["refused"] for counts in results.values()) > SOME / 3


def test_the_processes_say_the_same_and_none_of_them_ends():
    workers = DecodeWorkers(at_once=1)
    workers.warm_up()
    (process,) = {worker._process.pid for worker in workers._turns._free}
    here, _ = read_all(open_photo, SOME // 3)
    there, strays = read_all(workers.open_photo, SOME // 3)
    assert strays == []
    assert there == here
    assert {worker._process.pid for worker in workers._turns._free} == {process}
    workers.close()


def test_the_corpus_is_the_same_each_time():
    assert [data for _, data in corpus(22)] == [data for _, data in corpus(22)]
