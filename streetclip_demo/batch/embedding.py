"""Photos of a list, decoded and embedded while those before them are answered. Knows neither file nor model."""

import contextlib
import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

from streetclip_demo.errors import UserError
from streetclip_demo.photos.photo import Photo

Embed = Callable[[Sequence[Photo]], Sequence[Any]]  # what a model sees in each, in whatever form is wanted


class Seen(NamedTuple):
    """A photo with its embedding, or why there is none."""

    photo: Photo | None = None
    embedded: Any = None
    error: UserError | None = None


def seen_photos(
    paths: Iterable, open_photo: Callable[..., Photo], embed: Embed, at_once: int
) -> Generator[Seen, None, None]:
    """Photos in the order of their paths, embedded in batches; close the iterator if you leave it before its end.

    Memory holds a few photos: where one is embedded at a time, one is being decoded, one embedded, one answered.

    Parameters
    ----------
    paths : iterable of what `open_photo` takes
    open_photo, embed : callable
        They work in threads of their own.
    at_once : int
        Photos that are best embedded together. Half of them are a batch, and two batches are under way: while the
        device works on one, the other is prepared; where photos of several threads meet, they go on together.
    """
    batch, threads = max(1, at_once // 2), min(2, at_once)
    with (
        contextlib.closing(prefetched(open_photo, paths, at_once)) as opened,
        contextlib.closing(
            prefetched(lambda reading: _seen(embed, reading), _batches(opened, batch), threads)
        ) as seen,
    ):
        for future in seen:
            yield from future.result()


def prefetched(work: Callable, items: Iterable, threads: int) -> Generator[Future, None, None]:
    """Results of `work`, as futures in the items' order, while threads work on the next items.

    As many items are in advance as there are threads, whether done or not, so that memory stays bounded. Close the
    iterator if you leave it before its end.
    """
    pool = ThreadPoolExecutor(threads)
    results: deque[Future] = deque()
    try:
        for item in items:
            results.append(pool.submit(work, item))
            if len(results) > threads:
                yield results.popleft()
        while results:
            yield results.popleft()
    except BaseException:  # also where the iterator is closed: nobody wants the rest
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown(wait=False)  # what has been yielded may still be worked on


def _batches(items: Iterable, size: int) -> Iterator[list]:
    items = iter(items)
    while batch := list(itertools.islice(items, size)):
        yield batch


def _seen(embed: Embed, reading: Sequence[Future]) -> list[Seen]:
    """A batch of photos, embedded together; each by itself where that fails, so that one spoils no other."""
    opened = [_opened(future) for future in reading]
    photos = [one.photo for one in opened if one.photo is not None]
    try:
        embeddings = iter(embed(photos) if photos else ())
    except UserError as error:
        if len(opened) == 1:
            return [Seen(error=error)]
        return [one for future in reading for one in _seen(embed, [future])]
    return [Seen(one.photo, next(embeddings)) if one.photo is not None else one for one in opened]


def _opened(reading: Future) -> Seen:
    try:
        return Seen(reading.result())
    except UserError as error:
        return Seen(error=error)
