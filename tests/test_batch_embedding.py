"""Photos decoded and embedded while those before them are answered."""

import threading
from types import SimpleNamespace

import pytest

from streetclip_demo.batch.embedding import prefetched, seen_photos
from streetclip_demo.errors import ModelError, PhotoError

PATIENCE = 30  # seconds after which a test that hangs fails


class Device:
    """Opens and embeds numbers in place of photos: notes what it is given, and fails as it is told."""

    def __init__(self, no_photos=(), no_embeddings=()):
        self.no_photos, self.no_embeddings = no_photos, no_embeddings
        self.opened, self.batches = [], []

    def open_photo(self, path):
        self.opened.append(path)
        if path in self.no_photos:
            raise PhotoError(f"{path} is no photo")
        return SimpleNamespace(number=path)

    def embed(self, photos):
        numbers = [photo.number for photo in photos]
        self.batches.append(numbers)
        if set(numbers) & set(self.no_embeddings):
            raise ModelError(f"{numbers} cannot be embedded")
        return [10 * number for number in numbers]


def told(seen):
    return [str(one.error) if one.error else (one.photo.number, one.embedded) for one in seen]


@pytest.mark.parametrize("at_once", [1, 2, 8, 16])
def test_each_photo_comes_in_its_order_with_its_own_embedding(at_once):
    device = Device()
    found = told(seen_photos(range(20), device.open_photo, device.embed, at_once))
    assert found == [(number, 10 * number) for number in range(20)]
    assert max(map(len, device.batches)) == max(1, at_once // 2)


@pytest.mark.parametrize("at_once", [1, 8])
def test_a_file_that_is_no_photo_is_told_in_its_place_and_spoils_no_batch(at_once):
    device = Device(no_photos=[2, 5])
    found = told(seen_photos(range(7), device.open_photo, device.embed, at_once))
    assert found == [(0, 0), (1, 10), "2 is no photo", (3, 30), (4, 40), "5 is no photo", (6, 60)]
    assert sorted(number for batch in device.batches for number in batch) == [0, 1, 3, 4, 6]


@pytest.mark.parametrize("at_once", [1, 8])
def test_a_photo_that_cannot_be_embedded_is_told_in_its_place_and_spoils_no_other(at_once):
    device = Device(no_photos=[0], no_embeddings=[2])
    found = told(seen_photos(range(5), device.open_photo, device.embed, at_once))
    assert found == ["0 is no photo", (1, 10), "[2] cannot be embedded", (3, 30), (4, 40)]


def test_where_no_photo_opens_nothing_is_embedded():
    device = Device(no_photos=range(4))
    assert len(told(seen_photos(range(4), device.open_photo, device.embed, 8))) == 4
    assert device.batches == []


@pytest.mark.parametrize(("at_once", "most"), [(1, 3), (16, 50)])
def test_a_few_photos_are_held_however_long_the_list_is(at_once, most):
    device, answered = Device(), 0
    for _ in seen_photos(range(200), device.open_photo, device.embed, at_once):
        answered += 1
        assert len(device.opened) < answered + most
    assert answered == 200


def test_leaving_a_list_early_ends_its_threads():
    before, device = set(threading.enumerate()), Device()
    seen = seen_photos(range(1000), device.open_photo, device.embed, 4)
    next(seen)
    seen.close()
    assert set(threading.enumerate()) <= before
    assert len(device.opened) < 20


# Prefetching


def test_results_come_in_order_and_errors_in_their_place():
    def work(number):
        if number == 3:
            raise ModelError("three")
        return number * number

    found = [str(future.exception() or future.result()) for future in prefetched(work, range(6), 2)]
    assert found == ["0", "1", "4", "three", "16", "25"]


def test_whoever_asks_for_the_next_before_a_result_is_there_gets_both():
    go_on = threading.Event()
    futures = list(prefetched(lambda number: go_on.wait(PATIENCE) and number, range(5), 2))
    go_on.set()
    assert [future.result(PATIENCE) for future in futures] == list(range(5))


@pytest.mark.parametrize("threads", [1, 4])
def test_no_more_is_read_ahead_than_there_are_threads(threads):
    begun, ended = [], 0
    for future in prefetched(begun.append, range(20), threads):
        future.result(PATIENCE)
        assert len(begun) <= ended + 1 + threads
        ended += 1
    assert sorted(begun) == list(range(20))
    assert ended == 20


def test_the_next_is_read_while_the_first_is_looked_at():
    begun = threading.Event()
    reading = prefetched(lambda number: begun.set() if number == 1 else None, range(3), 1)
    next(reading).result(PATIENCE)
    assert begun.wait(PATIENCE)
    reading.close()


def test_leaving_early_stops_the_threads():
    before, begun = set(threading.enumerate()), []
    reading = prefetched(begun.append, range(1000), 3)
    next(reading)
    reading.close()
    assert set(threading.enumerate()) <= before
    assert len(begun) <= 4
