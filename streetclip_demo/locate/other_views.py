"""The squares that another model than the page's own sees of a photo that is kept. Safe to use from several threads."""

import io
import threading
from dataclasses import replace
from typing import overload
from weakref import WeakKeyDictionary

from PIL import Image

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.locate.locator import AnyPhoto, PageLocator
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.photos.views import cut_views

SMALLER = "{title} saw the smaller picture that is kept of the photo (at most 1,600 pixels a side)."


class OtherViews:
    """What other models see, as long as anybody has the photo, so that each embeds it once."""

    def __init__(self) -> None:
        self._made: WeakKeyDictionary[KeptPhoto, dict[ModelCard, KeptPhoto]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    @overload
    def of(self, photo: KeptPhoto, locator: PageLocator) -> KeptPhoto: ...
    @overload
    def of(self, photo: AnyPhoto, locator: PageLocator) -> AnyPhoto: ...
    def of(self, photo: AnyPhoto, locator: PageLocator) -> AnyPhoto:
        """A photo as a model is to be asked about it: as it is where the page's own sees a square of the same size.

        Otherwise cut from the smaller picture that is kept, and a note says so. Where none is, that square is all that
        there is: a part of it was brushed out.
        """
        if not isinstance(photo, KeptPhoto) or photo.view is None or not photo.jpeg:
            return photo
        with self._lock:
            made = self._made.setdefault(photo, {})
            if locator.card not in made:
                made[locator.card] = _seen_by(photo, locator)
            return made[locator.card]


def _seen_by(photo: KeptPhoto, locator: PageLocator) -> KeptPhoto:
    assert photo.view is not None
    with Image.open(io.BytesIO(photo.jpeg)) as picture:
        smaller = photo_from_image(picture)
    view = locator.view(smaller)
    if view.size == photo.view.size:
        return replace(photo, others={})
    views = cut_views(smaller.image, (), photo.way, locator.squares).views
    notes = (*photo.notes, SMALLER.format(title=locator.card.title))
    return replace(photo, view=view, views=views, notes=notes, others={})
