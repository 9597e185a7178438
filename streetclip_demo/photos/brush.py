"""A part of a picture brushed out, to ask what the answer would be without it."""

import reprlib
from collections.abc import Sequence
from numbers import Real

import numpy as np
from PIL import Image, ImageFilter

from streetclip_demo.errors import QuestionError

FILLS = ("surroundings", "blur", "mean")
BLUR_SHARE = 0.06  # of the picture's side, the radius of "blur"
FIRST_RADIUS_PX, GROWTH = (
    2,
    2,
)  # of the surroundings that a hole is filled from, the next larger where these are none


Box = tuple[float, float, float, float]  # left, top, right, bottom, as shares of a picture's sides


def checked_box(sides: Sequence[float]) -> Box:
    """Four numbers as a box; QuestionError where they are none."""
    numbers = list(sides) if isinstance(sides, Sequence | np.ndarray) and not isinstance(sides, str) else []
    if len(numbers) == 4 and all(isinstance(side, Real) for side in numbers):
        left, top, right, bottom = map(float, numbers)
        if 0 <= left < right <= 1 and 0 <= top < bottom <= 1:
            return left, top, right, bottom
    raise QuestionError(
        "A box must be left, top, right, bottom, as shares of the square's sides from 0 to 1, left before right and"
        f" top before bottom; got {reprlib.repr(sides)}."
    )


def mask_of(boxes: Sequence[Box], side_px: int) -> np.ndarray:
    """What some boxes cover of a square picture (side, side), bool; of each at least one pixel."""
    mask = np.zeros((side_px, side_px), bool)
    for left, top, right, bottom in boxes:
        (x, y), (x_end, y_end) = (
            np.floor(np.multiply((left, top), side_px)).astype(int),
            np.ceil(np.multiply((right, bottom), side_px)).astype(int),
        )
        mask[y:y_end, x:x_end] = True
    return mask


def brushed_out(picture: Image.Image, mask: np.ndarray, fill: str = "surroundings") -> Image.Image:
    """A picture without a part of it.

    Parameters
    ----------
    picture : PIL.Image.Image
        RGB.
    mask : np.ndarray, shape (rows, columns), bool
        What is brushed out; of any size, spread over the picture.
    fill : {"surroundings", "blur", "mean"}
        What is put there: colours that go on from its edge, the part itself out of focus, or the whole picture's mean.

    Returns
    -------
    PIL.Image.Image
        RGB, every pixel outside of the mask as it was.
    """
    hole = np.asarray(Image.fromarray(np.asarray(mask, bool)).resize(picture.size, Image.Resampling.NEAREST))
    pixels = np.asarray(picture, np.uint8)
    if not hole.any():
        return picture.copy()
    filled = _FILLS[fill](picture, hole)  # (height, width, 3)
    return Image.fromarray(np.where(hole[..., None], filled, pixels))


def _from_surroundings(picture: Image.Image, hole: np.ndarray) -> np.ndarray:
    """For each pixel of the hole the mean of those around it that stay, from as near as there are any."""
    if hole.all():
        return _mean(picture, hole)
    stays = ~hole[..., None]
    pixels = np.asarray(picture, float)
    known = np.dstack([pixels * stays, stays])  # (height, width, 4), the last of them how many
    filled, left = pixels, hole.copy()
    radius = FIRST_RADIUS_PX
    while left.any():
        sums = _box_sums(known, radius)
        reached = left & (sums[..., 3] > 0)
        filled[reached] = sums[reached, :3] / sums[reached, 3:]
        left &= ~reached
        radius *= GROWTH
    return filled.round().astype(np.uint8)


def _box_sums(values: np.ndarray, radius: int) -> np.ndarray:
    """Sums of values (height, width, channels) over squares around each pixel, cut at the edges."""
    for axis in (0, 1):
        length = values.shape[axis]
        totals = np.insert(values.cumsum(axis), 0, 0, axis)
        at = np.arange(length)
        high, low = np.minimum(at + radius + 1, length), np.maximum(at - radius, 0)
        values = totals.take(high, axis) - totals.take(low, axis)
    return values


def _blur(picture: Image.Image, hole: np.ndarray) -> np.ndarray:
    radius = BLUR_SHARE * max(picture.size)
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)))


def _mean(picture: Image.Image, hole: np.ndarray) -> np.ndarray:
    pixels = np.asarray(picture)
    return np.broadcast_to(pixels.reshape(-1, 3).mean(0).round().astype(np.uint8), pixels.shape)


_FILLS = {"surroundings": _from_surroundings, "blur": _blur, "mean": _mean}
