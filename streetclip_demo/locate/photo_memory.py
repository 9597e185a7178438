"""What a model sees in photos, once for as long as a photo is held by anybody. Safe to use from several threads."""

import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from weakref import WeakKeyDictionary

import numpy as np
from PIL import Image

from streetclip_demo.locate.locator import AnyPhoto
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.photo import Photo

MOST_TOGETHER = 16  # photos in one call of the model

Crop = Callable[[Image.Image], Image.Image]  # the square that the model sees
SeeViews = Callable[[Sequence[Image.Image]], np.ndarray]  # squares -> (n, d)


class PhotoMemory:
    """Photos to arrays, by a model that sees squares."""

    def __init__(self, crop: Crop, see_views: SeeViews):
        self._crop, self._see_views = crop, see_views
        self._seen: WeakKeyDictionary[AnyPhoto, np.ndarray] = WeakKeyDictionary()  # (views, d) each
        self._coming: dict[AnyPhoto, Future[np.ndarray]] = {}  # that some thread computes now
        self._lock = threading.Lock()

    def view(self, photo: AnyPhoto) -> Image.Image:
        """The square of a photo that the model sees."""
        if isinstance(photo, Photo):
            return self._crop(photo.image)
        assert photo.view is not None  # the page sends anew what came before the model
        return photo.view

    def seen(self, photos: Sequence[AnyPhoto]) -> list[np.ndarray]:
        """What the model sees in photos, in their order, for each view that counts (views, d).

        Who asks for one that is under way waits for it.
        """
        with self._lock:
            known = {photo: self._seen[photo] for photo in photos if photo in self._seen}
            coming = {photo: self._coming[photo] for photo in photos if photo in self._coming}
            new = [photo for photo in dict.fromkeys(photos) if photo not in known and photo not in coming]
            self._coming |= {photo: Future() for photo in new}
        try:
            for start in range(0, len(new), MOST_TOGETHER):
                known |= self._see_now(new[start : start + MOST_TOGETHER])
        finally:
            self._settle(new, known)
        known |= {photo: array.result() for photo, array in coming.items()}
        return [known[photo] for photo in photos]

    def _see_now(self, photos: Sequence[AnyPhoto]) -> dict[AnyPhoto, np.ndarray]:
        """All views of some photos in one call of the model."""
        views = self._views(photos)
        rows = self._see_views([view for some in views for view in some])  # (n, d)
        ends = np.cumsum([len(some) for some in views])[:-1]
        made = dict(zip(photos, np.split(rows, ends), strict=True))
        with self._lock:
            self._seen.update(made)
        return made

    def _settle(self, photos: Sequence[AnyPhoto], made: Mapping[AnyPhoto, np.ndarray]) -> None:
        """Give what was seen to those who wait for it, or the error that is under way."""
        with self._lock:
            waited_for = {photo: self._coming.pop(photo) for photo in photos}
        for photo, array in waited_for.items():
            if photo in made:
                array.set_result(made[photo])
            else:
                array.set_exception(sys.exception() or KeyError(photo))

    def _views(self, photos: Sequence[AnyPhoto]) -> list[list[Image.Image]]:
        """What counts of photos; of several they are cut side by side."""
        if len(photos) == 1:
            return [self._counting(photos[0])]
        with ThreadPoolExecutor(min(len(photos), os.cpu_count() or 1)) as threads:
            return list(threads.map(self._counting, photos))

    def _counting(self, photo: AnyPhoto) -> list[Image.Image]:
        if isinstance(photo, KeptPhoto) and photo.views:
            return [view.image for view in photo.views]
        return [self.view(photo)]
