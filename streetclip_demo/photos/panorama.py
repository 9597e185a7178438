"""Views out of a 360-degree panorama, as a camera would have taken them: the gnomonic projection. Knows no model.

An equirectangular panorama has longitude from left to right and latitude from top to bottom, both in even steps. A
camera that looks along the horizon sees what lies `right` and `up` of a point one unit ahead of it; straight lines stay
straight (Snyder, Map Projections: A Working Manual, 1987, pp. 164-168).
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

HEADINGS = (
    0,
    90,
    180,
    270,
)  # degrees to the right of the panorama's middle; 90 degrees each, they are all around
VIEW_PX = 672  # twice what StreetCLIP sees, to which it is scaled afterwards
TAG = re.compile(rb"GPano:(\w+)\s*(?:=\s*[\"']|>)\s*([^\"'<]*?)\s*[\"'<]")  # XMP's two ways to write one
MOST_XMP_BYTES = 1 << 16


def says_panorama(xmp: bytes) -> bool:
    """Whether a file's XMP packet says that it is a whole equirectangular panorama, in Google's GPano tags."""
    tags = dict(TAG.findall(xmp[:MOST_XMP_BYTES]))
    is_whole = all(
        tags.get(b"CroppedAreaImage%bPixels" % side) == tags.get(b"FullPano%bPixels" % side)
        for side in (b"Width", b"Height")
    )
    return tags.get(b"ProjectionType", b"").lower() == b"equirectangular" and is_whole


def could_be_panorama(size: tuple[int, int]) -> bool:
    """Whether a picture is twice as wide as high, but for a rounded pixel: 360 degrees by 180."""
    width, height = size
    return height > 1 and abs(width - 2 * height) <= 1


def perspective(
    image: Image.Image, headings: Sequence[float], side_px: int = VIEW_PX
) -> Iterator[Image.Image]:
    """Square views to the horizon, 90 degrees from side to side.

    Parameters
    ----------
    image : PIL.Image.Image
        A whole equirectangular panorama, RGB.
    headings : sequence of float
        Degrees to the right of its middle.
    side_px : int
        Of each view.
    """
    scale = round(np.pi * side_px) / image.width
    if scale < 1:  # or fine patterns would turn into coarse ones
        size = (round(np.pi * side_px), max(2, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    pixels = np.asarray(image, np.float32)  # (height, width, 3)
    longitudes, latitudes = directions(side_px)
    for heading in headings:
        yield Image.fromarray(_sampled(pixels, longitudes + np.radians(heading), latitudes))


def directions(side_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel of a view looks, in radians: longitudes (side,) from its heading, latitudes (side, side)."""
    across = (np.arange(side_px) + 0.5) / side_px * 2 - 1  # of pixels' middles, at one unit ahead
    right, up = across, -across[:, None]
    return np.arctan(right), np.arctan2(up, np.hypot(right, 1.0)[None, :])


def _sampled(pixels: np.ndarray, longitudes: np.ndarray, latitudes: np.ndarray) -> np.ndarray:
    """Pixels in some directions, between the four nearest; the left edge follows the right one."""
    height, width, _ = pixels.shape
    x = (longitudes / (2 * np.pi) + 0.5) * width - 0.5  # (side,)
    y = np.clip((0.5 - latitudes / np.pi) * height - 0.5, 0, height - 1)  # (side, side)
    left, upper = np.floor(x).astype(int), np.minimum(np.floor(y).astype(int), height - 2)
    part = (x - left).astype(np.float32)[None, :, None]
    lower_part = (y - upper).astype(np.float32)[..., None]
    columns = left % width, (left + 1) % width
    rows = [
        pixels[upper + down, columns[0]] * (1 - part) + pixels[upper + down, columns[1]] * part
        for down in (0, 1)
    ]
    return np.rint(rows[0] * (1 - lower_part) + rows[1] * lower_part).astype(np.uint8)
