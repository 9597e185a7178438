"""Answers that several visitors ask for: whoever asks the same of the same photo gets what was computed once.

They are kept as long as somebody has the photo, and no longer. Knows no components.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from weakref import WeakKeyDictionary

from streetclip_demo.page.locate.answering import Shown
from streetclip_demo.photos.kept_photo import KeptPhoto

MOST_OF_A_PHOTO = 8  # questions, the last ones


class SharedAnswers:
    """Answers by photo and question. Safe to use from several threads."""

    def __init__(self) -> None:
        self._by_photo: WeakKeyDictionary[KeptPhoto, OrderedDict[Hashable, Future[Shown]]] = (
            WeakKeyDictionary()
        )
        self._lock = threading.Lock()

    def answer(self, photo: KeptPhoto, asked: Hashable, compute: Callable[[], Shown]) -> Shown:
        """What was computed for this, or what `compute` gives now.

        Only answers are shared: what went wrong for another, who may have left, says nothing of who asks now.
        """
        future: Future[Shown] = Future()
        with self._lock:
            answers = self._by_photo.setdefault(photo, OrderedDict())
            known = answers.setdefault(asked, future)
            answers.move_to_end(asked)
            if len(answers) > MOST_OF_A_PHOTO:
                answers.popitem(last=False)
        if known is future:
            return self._computed(answers, asked, future, compute)
        if known.exception() is None and _is_answer(known.result()):  # which waits until it is there
            return known.result()
        return compute()

    def _computed(self, answers: OrderedDict, asked: Hashable, future: Future, compute: Callable) -> Shown:
        try:
            shown = compute()
        except BaseException as error:
            self._drop(answers, asked, future)
            future.set_exception(error.with_traceback(None))
            raise
        if not _is_answer(shown):
            self._drop(answers, asked, future)
        future.set_result(shown)
        return shown

    def _drop(self, answers: OrderedDict, asked: Hashable, future: Future) -> None:
        with self._lock:
            if answers.get(asked) is future:
                del answers[asked]


def _is_answer(shown: Shown) -> bool:
    """Whether this is what any other would get, too: an answer, or that the photo is none for this model."""
    return shown.prediction is not None or shown.offers_anyway
