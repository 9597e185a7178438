"""What is read once behind the page."""

import threading

from streetclip_demo.serve.read_behind import ReadBehind


def joined(name):
    [thread.join(10) for thread in threading.enumerate() if thread.name == name]


def test_all_parts_are_read_once_in_their_order():
    reading, read = ReadBehind("reading"), []
    for _ in range(2):
        reading.begin([lambda: read.append(1), lambda: read.append(2)])
    joined("reading")
    assert read == [1, 2]


def test_while_somebody_asks_no_part_is_begun():
    reading, read, at_work, go_on = ReadBehind("reading"), [], threading.Event(), threading.Event()

    def first():
        at_work.set()
        assert go_on.wait(10)
        read.append("first")

    reading.begin([first, lambda: read.append("second")])
    assert at_work.wait(10)
    with reading.asking():
        go_on.set()
        reading.now(lambda: read.append("asked"))  # after the part at work, before the next one
    joined("reading")
    assert read == ["first", "asked", "second"]


def test_who_asked_in_vain_keeps_nobody_waiting():
    reading, read = ReadBehind("reading"), []
    try:
        with reading.asking():
            raise TimeoutError("gone")
    except TimeoutError:
        reading.begin([lambda: read.append(1)])
    joined("reading")
    assert read == [1]
