"""Turns go to whoever has waited longest."""

import threading
import time

import pytest

from streetclip_demo.engines.turns import Turns

WAIT_SECONDS = 10


def waiting(turns):
    return len(turns._gates)


def wait_until(is_so):
    end = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_turns_are_taken_in_the_order_of_asking():
    turns, order = Turns(), []

    def take(name):
        with turns:
            order.append(name)

    threads = [threading.Thread(target=take, args=(name,)) for name in "abc"]
    with turns:
        for count, thread in enumerate(threads, start=1):
            thread.start()
            wait_until(lambda count=count: waiting(turns) == count)
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert order == ["a", "b", "c"]


def test_who_works_in_many_steps_lets_another_in_between_two_of_them():
    turns, order, first = Turns(), [], threading.Event()

    def many_steps():
        for step in range(5):
            with turns:
                order.append(step)
                if step == 0:
                    first.set()
                    wait_until(lambda: waiting(turns) == 1)

    worker = threading.Thread(target=many_steps)
    worker.start()
    assert first.wait(WAIT_SECONDS)
    with turns:
        order.append("photo")
    worker.join(WAIT_SECONDS)
    assert order == [0, "photo", 1, 2, 3, 4]


def test_one_at_a_time():
    turns, inside, most = Turns(), [], []

    def work():
        for _ in range(50):
            with turns:
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert len(most) == 200
    assert max(most) == 1


def test_an_error_passes_the_turn_on():
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns:
        raise ZeroDivisionError
    with turns:
        pass
