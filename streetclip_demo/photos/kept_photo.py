"""What is kept of a photo while its page is open: what the model sees of it and a smaller picture, not the photo."""

import base64
from dataclasses import dataclass

from PIL import Image

from streetclip_demo.photos.photo import Photo, small_jpeg

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
    """

    digest: str
    notes: tuple[str, ...]
    size: tuple[int, int]
    jpeg: bytes
    view: Image.Image | None = None

    @property
    def uri(self) -> str:
        """The smaller picture as a data URI."""
        return "data:image/jpeg;base64," + base64.b64encode(self.jpeg).decode()


def keep(photo: Photo, view: Image.Image | None) -> KeptPhoto:
    """What is to be kept of a photo, with the square that the model sees if there is a model yet."""
    return KeptPhoto(photo.digest, photo.notes, photo.image.size, small_jpeg(photo.shown, KEPT_PX), view)
