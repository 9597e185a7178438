"""Photos that several threads ask for at nearly the same time, as one batch for a GPU. Knows no torch and no photo.

A batch rounds by its shape, so that all have one: a photo's features are the same to the last bit in any company.
"""

import contextlib
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import NamedTuple, Protocol

import numpy as np

from streetclip_demo.errors import OutOfMemory

IMAGE_BATCH = 16  # photos that are prepared at once
PHOTOS_A_RUN = 4  # always, filled up where fewer wait: a lone photo has the GPU compute four
WAIT_SECONDS = 0.004  # that a photo waits for others
MOST_WAITING = 4 * IMAGE_BATCH  # photos that lie on the GPU; who brings more waits


class DeviceEngine(Protocol):
    """What can be fed in two steps, so that copying to a GPU is done by whoever brings a photo."""

    def to_device(self, pixels: np.ndarray) -> Sequence: ...  # (n, 3, side, side) -> the same, there

    def joined_features(self, parts: Sequence) -> np.ndarray: ...  # of shape (1, 3, side, side) -> (n, d)


class PhotoBatches:
    """Stands in for an engine's `image_features`: photos of several threads go through the engine together.

    One thread forms the batches and runs the engine. It waits for more photos until the first is `wait_seconds` old;
    so while the engine works on one batch, the next one gathers. It ends when this object is gone.

    Parameters
    ----------
    engine : DeviceEngine
    most : int
        Photos in each batch; where fewer wait, the last one stands in for the others.
    wait_seconds : float
    """

    def __init__(self, engine: DeviceEngine, most: int = PHOTOS_A_RUN, wait_seconds: float = WAIT_SECONDS):
        self._to_device = engine.to_device
        self._waiting: queue.Queue[_Request | None] = queue.Queue(MOST_WAITING)
        # It holds the engine but not this object: else a model that is no longer used would stay in memory.
        work = (self._waiting, engine.joined_features, most, wait_seconds)
        threading.Thread(target=_work, args=work, name="photo batches", daemon=True).start()
        weakref.finalize(self, self._waiting.put, None)

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (n, 3, side, side), float32, normalised, to features (n, dimension), float32."""
        placed = self._to_device(pixels)
        requests = [_Request(placed[row : row + 1], Future(), time.monotonic()) for row in range(len(pixels))]
        for request in requests:
            self._waiting.put(request)
        return np.stack([request.features.result() for request in requests])


class _Request(NamedTuple):
    pixels: Sequence  # (1, 3, side, side)
    features: Future  # of an array (d,)
    since: float


def _work(waiting: queue.Queue, compute: Callable, most: int, wait_seconds: float) -> None:
    while (first := waiting.get()) is not None:
        batch = [first, *_others(waiting, most - 1, first.since + wait_seconds)]
        _answer(batch, compute, most)
        del first, batch  # or they would stay on the GPU until the next photo comes


def _others(waiting: queue.Queue, most: int, until: float) -> Iterator["_Request"]:
    """What waits already, and what comes in time."""
    with contextlib.suppress(queue.Empty):
        for _ in range(most):
            request = waiting.get(timeout=max(0, until - time.monotonic()))
            if request is None:  # the end, after this batch
                waiting.put(None)
                return
            yield request


def _answer(batch: Sequence["_Request"], compute: Callable, size: int) -> None:
    """Give each request its row of a run of `size`, or the error; what does not fit into memory is tried in halves."""
    try:
        filled = [*batch, *[batch[-1]] * (size - len(batch))]
        rows = compute([request.pixels for request in filled])  # (size, d)
        for request, row in zip(batch, rows, strict=False):
            request.features.set_result(row)
        return
    except OutOfMemory as error:
        # A new one: the error itself holds what had been computed, and that fills the memory.
        told = OutOfMemory(*error.args)
    except BaseException as error:  # noqa: BLE001 - it is raised again in those who wait
        for request in batch:
            request.features.set_exception(error)
        return
    if size == 1:
        batch[0].features.set_exception(told)
        return
    half = (size + 1) // 2
    for some in filter(None, (batch[:half], batch[half:])):
        _answer(some, compute, half)
