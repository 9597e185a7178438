"""What is kept of a photo while its page is open: what the model sees of it and a smaller picture, not the photo."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image

from streetclip_demo.photos.photo import Photo, small_jpeg
from streetclip_demo.photos.views import CENTRE, View, Views

KEPT_PX = 1600  # longer side of the smaller picture


@dataclass(frozen=True, eq=False)
class KeptPhoto:
    """A photo without its picture.

    Attributes
    ----------
    digest, notes
        Those of the photo.
    size : (int, int)
        The photo's own width and height.
    jpeg : bytes
        The picture, at most 1,600 pixels a side; for people, never for the model.
    view : PIL.Image.Image or None
        The square that the model sees, cut from the whole photo. None where the photo came before the model.
    way : str
        What counts of it, of views.WAYS.
    views : tuple of View
        The squares that count, where those are several.
    others : mapping of str to KeptPhoto
        The same photo asked in other ways (of views.py), cut when it came.
    """

    digest: str
    notes: tuple[str, ...]
    size: tuple[int, int]
    jpeg: bytes
    view: Image.Image | None = None
    way: str = CENTRE
    views: tuple[View, ...] = ()
    others: Mapping[str, "KeptPhoto"] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """The smaller picture as a data URI."""
        return "data:image/jpeg;base64," + base64.b64encode(self.jpeg).decode()


def keep(photo: Photo, view: Image.Image | None, ways: Mapping[str, Views] | None = None) -> KeptPhoto:
    """What is to be kept of a photo, with the squares that the model sees if there is a model yet."""
    jpeg = small_jpeg(photo.shown, KEPT_PX)
    others = {
        way: KeptPhoto(photo.digest, seen.notes, photo.image.size, jpeg, view, way, seen.views)
        for way, seen in (ways or {}).items()
    }
    return KeptPhoto(photo.digest, photo.notes, photo.image.size, jpeg, view, others=others)
