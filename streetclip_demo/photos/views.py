"""Which squares of a photo count: the one in the middle, three along its longer side, or four out of a panorama.

Knows no model: what cuts a square of the size that a model sees is given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from streetclip_demo.errors import PhotoError, QuestionError
from streetclip_demo.photos.decoding import PANORAMA
from streetclip_demo.photos.panorama import HEADINGS, could_be_panorama, perspective

AUTO, CENTRE, THREE, AROUND = WAYS = ("auto", "1", "3", "360")
ALONG = (
    0.0,
    0.5,
    1.0,
)  # where three squares begin, as shares of the way that one can go along the longer side
WIDE_NOTE = "The left, centre and right squares of the photo count, a third each."
TALL_NOTE = "The top, middle and bottom squares of the photo count, a third each."
SQUARE_NOTE = "The photo is a square, so that one view is all of it."
AROUND_NOTE = (
    "This is a 360-degree panorama; four views of it count, a quarter each: ahead, right, behind, left."
)
NO_PANORAMA = (
    "The photo is no whole 360-degree panorama: one is twice as wide as high, and it has {width:,} x {height:,} pixels."
    " Ask about its squares instead."
)

# An image and places along its longer side (0 to 1) to squares of the size that a model sees
Cut = Callable[[Image.Image, Sequence[float]], Sequence[Image.Image]]
Named = tuple[tuple[str, float], ...]


@dataclass(frozen=True, eq=False)
class View:
    """A square that a model sees of a photo.

    Attributes
    ----------
    image : PIL.Image.Image
    where : tuple of (str, float)
        "left", "top", "right" and "bottom" as shares of the photo's sides; or, out of a panorama, "heading", degrees
        to the right of its middle, and "field_of_view", degrees from side to side; it looks to the horizon.
    """

    image: Image.Image
    where: Named


@dataclass(frozen=True, eq=False)
class Views:
    """What counts of a photo, and the notes that go with it; no views where the usual square is all."""

    views: tuple[View, ...]
    notes: tuple[str, ...]


def checked_way(value: object) -> str:
    """One of WAYS, of what a person has written; QuestionError for anything else."""
    if str(value) not in WAYS or isinstance(value, bool):
        raise QuestionError(
            f"views must be auto, 1 (the square in the middle), 3 (left, centre and right) or 360 (a panorama), got"
            f" {value!r}."
        )
    return str(value)


def settled(way: str, size: tuple[int, int], notes: Sequence[str]) -> str:
    """What "auto" means for a photo: a panorama is one where its file says so, and nothing else is.

    Raise PhotoError if a photo is to be a panorama and cannot be one.
    """
    if way == AROUND and not could_be_panorama(size):
        raise PhotoError(NO_PANORAMA.format(width=size[0], height=size[1]))
    if way == AUTO:
        return AROUND if PANORAMA in notes and could_be_panorama(size) else CENTRE
    return way


def cut_views(image: Image.Image, notes: tuple[str, ...], way: str, cut: Cut) -> Views:
    """What counts of an upright RGB image in a way that is settled."""
    if way == CENTRE:
        return Views((), notes)
    width, height = image.size
    notes = tuple(note for note in notes if note != PANORAMA)  # it speaks of the middle alone
    if way == AROUND:
        return Views(_around(image, cut), (*notes, AROUND_NOTE))
    if width == height:
        return Views((), (*notes, SQUARE_NOTE))
    squares = zip(cut(image, ALONG), ALONG, strict=True)
    views = tuple(View(square, _box(image.size, place)) for square, place in squares)
    return Views(views, (*notes, WIDE_NOTE if width > height else TALL_NOTE))


def _box(size: tuple[int, int], place: float) -> Named:
    width, height = size
    side = min(size)
    left, top = ((width - side) * place, 0.0) if width > height else (0.0, (height - side) * place)
    edges = (left / width, top / height, (left + side) / width, (top + side) / height)
    return tuple(zip(("left", "top", "right", "bottom"), map(float, edges), strict=True))


def _around(image: Image.Image, cut: Cut) -> tuple[View, ...]:
    drawn = zip(perspective(image, HEADINGS), HEADINGS, strict=True)
    return tuple(
        View(cut(picture, (0.5,))[0], (("heading", float(heading)), ("field_of_view", 90.0)))
        for picture, heading in drawn
    )
