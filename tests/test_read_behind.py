"""What is read once behind the page."""

import threading

import pytest

from streetclip_demo.serve.read_behind import ReadBehind


def test_who_needs_it_meanwhile_waits_and_hears_how_far_it_is():
    go_on, told, reading = threading.Event(), [], ReadBehind("reading")

    def read(progress):
        progress(3, 8)
        assert go_on.wait(10)

    def hear(done, total):
        told.append((done, total))
        if (done, total) == (3, 8):
            go_on.set()

    reading.wait(hear)  # nothing is being read
    assert told == []
    reading.begin(read)
    reading.wait(hear)
    assert told[-1] == (3, 8)


def test_it_is_read_once():
    reading, read = ReadBehind("reading"), []
    for _ in range(2):
        reading.begin(read.append)
    reading.wait()
    assert len(read) == 1


def test_who_has_left_does_not_wait():
    go_on, reading = threading.Event(), ReadBehind("reading")
    reading.begin(lambda progress: go_on.wait(10))

    def leave(done, total):
        raise TimeoutError("gone")

    with pytest.raises(TimeoutError):
        reading.wait(leave)
    go_on.set()
