"""The same question about the same photo is answered once; nobody gets what went wrong for another."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from streetclip_demo.errors import NobodyWaits
from streetclip_demo.page.locate.answering import Shown
from streetclip_demo.page.locate.shared_answers import MOST_OF_A_PHOTO, SharedAnswers
from streetclip_demo.photos.kept_photo import KeptPhoto

ANSWER = Shown("Japan", prediction="a prediction")


def photo():
    return KeptPhoto("digest", (), (1, 1), b"")


class Counting:
    """Computes an answer, and counts how often."""

    def __init__(self, shown=ANSWER):
        self.shown, self.calls = shown, 0

    def __call__(self):
        self.calls += 1
        return self.shown


def test_a_question_is_computed_once_and_another_question_or_photo_by_itself():
    shared, compute, one = SharedAnswers(), Counting(), photo()
    for some, asked in ((one, "Q"), (one, "Q"), (one, "R"), (photo(), "Q")):
        assert shared.answer(some, asked, compute) is ANSWER
    assert compute.calls == 3


def test_who_asks_at_the_same_time_waits_for_the_one_computation():
    shared, one, begun, go_on = SharedAnswers(), photo(), threading.Event(), threading.Event()
    compute = Counting()

    def slowly():
        begun.set()
        assert go_on.wait(30)
        return compute()

    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(shared.answer, one, "Q", slowly)
        assert begun.wait(30)
        others = [threads.submit(shared.answer, one, "Q", compute) for _ in range(3)]
        go_on.set()
        assert all(future.result(30) is ANSWER for future in [first, *others])
    assert compute.calls == 1


def test_who_waits_for_one_that_leaves_computes_by_itself():
    shared, one, begun, go_on = SharedAnswers(), photo(), threading.Event(), threading.Event()

    def leave():
        begun.set()
        assert go_on.wait(30)
        raise NobodyWaits("gone")

    with ThreadPoolExecutor(2) as threads:
        left = threads.submit(shared.answer, one, "Q", leave)
        assert begun.wait(30)
        stayed = threads.submit(shared.answer, one, "Q", Counting())
        go_on.set()
        assert stayed.result(30) is ANSWER
        with pytest.raises(NobodyWaits):
            left.result(30)


def test_what_went_wrong_is_asked_anew():
    shared, wrong, one = SharedAnswers(), Counting(Shown("Out of memory")), photo()
    for _ in range(2):
        shared.answer(one, "Q", wrong)
    assert wrong.calls == 2


def test_that_a_photo_needs_another_model_is_known_once_it_was_found():
    shared, refused, one = SharedAnswers(), Counting(Shown("No drawing", offers_anyway=True)), photo()
    for _ in range(2):
        shared.answer(one, "Q", refused)
    assert refused.calls == 1


def test_of_a_photo_the_last_questions_are_known():
    shared, compute, one = SharedAnswers(), Counting(), photo()
    for asked in range(MOST_OF_A_PHOTO + 1):
        shared.answer(one, asked, compute)
    shared.answer(one, 0, compute)
    assert compute.calls == MOST_OF_A_PHOTO + 2


def test_answers_go_with_the_last_who_has_the_photo():
    shared, one = SharedAnswers(), photo()
    photo_is_here = weakref.ref(one)
    answer_is_here = weakref.ref(shared.answer(one, "Q", lambda: Shown("Japan", prediction="a prediction")))
    assert answer_is_here() is not None
    del one
    gc.collect()
    assert photo_is_here() is None
    assert answer_is_here() is None
