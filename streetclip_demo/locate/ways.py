"""A photo with the squares that count, by what a model sees; photos.views says which ways there are."""

from collections.abc import Mapping, Sequence
from typing import cast

from PIL import Image

from streetclip_demo.locate.locator import AnyPhoto, Embedded, Locator, PageLocator
from streetclip_demo.locate.question import Question
from streetclip_demo.photos.kept_photo import KeptPhoto, keep
from streetclip_demo.photos.panorama import could_be_panorama
from streetclip_demo.photos.photo import Photo
from streetclip_demo.photos.views import AROUND, CENTRE, THREE, Views, cut_views, settled
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.progress import Progress


def in_way(photo: AnyPhoto, way: str, locator: PageLocator) -> AnyPhoto:
    """A photo as it is to be asked; itself where the usual square counts.

    Parameters
    ----------
    photo : Photo or KeptPhoto
    way : str
        Of photos.views.WAYS.
    locator : PageLocator
        The model that is to be asked.

    Raises
    ------
    PhotoError
        If it is to be a panorama and cannot be one.
    """
    if isinstance(photo, KeptPhoto):
        return kept_in_way(photo, way)
    way = settled(way, photo.image.size, photo.notes)
    if way == CENTRE:
        return photo
    seen = cut_views(photo.image, photo.notes, way, locator.squares)
    view = _usual(photo, locator, {way: seen})
    return KeptPhoto(photo.digest, seen.notes, photo.image.size, b"", view, way, seen.views)


def kept_in_way(photo: KeptPhoto, way: str) -> KeptPhoto:
    """The same of a photo whose squares were cut when it came; always the same object for the same way."""
    return photo.others.get(settled(way, photo.size, photo.notes), photo)


def keep_all_ways(photo: Photo, locator: PageLocator) -> KeptPhoto:
    """What is to be kept of a photo, with the squares that count in each way in which it may be asked later."""
    ways = (THREE, AROUND) if could_be_panorama(photo.image.size) else (THREE,)
    seen = {way: cut_views(photo.image, photo.notes, way, locator.squares) for way in ways}
    return keep(photo, _usual(photo, locator, seen), seen)


def _usual(photo: Photo, locator: PageLocator, seen: Mapping[str, Views]) -> Image.Image:
    """The square in the middle; a large photo is not scaled once more where it is one of three."""
    three = seen[THREE].views if THREE in seen else ()
    return three[1].image if three else locator.view(photo)


class LocatorInWay:
    """A Locator that asks every photo in one way, as Locator has it."""

    def __init__(self, locator: Locator, way: str):
        self.card, self.revision, self.at_once = locator.card, locator.revision, locator.at_once
        self.is_calibrated = locator.is_calibrated
        self._locator, self._way = locator, way

    def embed(self, photos: Sequence[AnyPhoto]) -> Sequence[Embedded]:
        """What the model sees in photos; PhotoError where one is to be a panorama and cannot be one."""
        locator = cast(PageLocator, self._locator)
        return locator.embed([in_way(photo, self._way, locator) for photo in photos])

    def answer(self, embedded: Embedded, question: Question, progress: Progress | None = None) -> Prediction:
        """As the model does."""
        return self._locator.answer(embedded, question, progress)

    def locate(self, photo: AnyPhoto, question: Question, progress: Progress | None = None) -> Prediction:
        """Both, one after the other."""
        locator = cast(PageLocator, self._locator)
        return locator.locate(in_way(photo, self._way, locator), question, progress)
