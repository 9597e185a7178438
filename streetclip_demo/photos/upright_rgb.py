"""A picture that Pillow has decoded as upright RGB, band by band: no second whole picture is made on the way."""

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

BAND_BYTES = 1 << 21
MOST_REDUCED = 16  # times that a preview is reduced while bands pass; the height of bands is a multiple
ORIENTATION = 0x0112  # EXIF tag
WHITE_IS_ZERO = 0  # of TIFF's tag 262, PhotometricInterpretation
PHOTOMETRIC, BITS = 262, 258  # TIFF tags
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ToRgb = Callable[[Image.Image], Image.Image]


def small_copy(parts: Iterator[Image.Image], size: tuple[int, int], longest_px: int) -> Image.Image:
    """A picture of this size that comes in bands, made small enough: simply to twice what is wanted, then well."""
    factor = 1
    while 2 * factor <= min(MOST_REDUCED, max(size) / longest_px / 2):
        factor *= 2
    small, top = Image.new("RGB", (-(-size[0] // factor), -(-size[1] // factor))), 0
    for part in parts:
        reduced = part.reduce(factor)
        small.paste(reduced, (0, top))
        top += reduced.height
    small.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    return small


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height of a picture once it is turned."""
    return size if orientation < 5 else (size[1], size[0])


def bands(image: Image.Image, orientation: int, to_rgb: ToRgb) -> Iterator[Image.Image]:
    """Bands of the upright picture, from top to bottom, each of its whole width and RGB.

    Parameters
    ----------
    image : Image
        Decoded, not turned yet.
    orientation : int
        By EXIF, 1 to 8.
    to_rgb : callable
        Makes a part of `image` RGB.
    """
    width, height = upright_size(image.size, orientation)
    rows = max(1, BAND_BYTES // (4 * width * MOST_REDUCED)) * MOST_REDUCED
    turn = UPRIGHT.get(orientation)
    for top in range(0, height, rows):
        part = to_rgb(image.crop(_box(image.size, orientation, top, min(top + rows, height))))
        yield part if turn is None else part.transpose(turn)


def _box(size: tuple[int, int], orientation: int, top: int, bottom: int) -> tuple[int, int, int, int]:
    """The part of a picture that becomes these rows of the upright one."""
    width, height = size
    if orientation in (3, 4):
        return 0, height - bottom, width, height - top
    if orientation in (5, 6):
        return top, 0, bottom, height
    if orientation in (7, 8):
        return width - bottom, 0, width - top, height
    return 0, top, width, bottom


def rgb_converter(image: Image.Image) -> ToRgb:
    """How parts of this picture become RGB, as transformers' CLIP processor makes it.

    Transparency lies on white; deep greys are scaled by the range that they are stored in, not clipped.
    """
    transparent = image.info.get("transparency")
    if image.mode.startswith(("I", "F")):
        return _deep_grey_converter(image, transparent)
    if transparent is not None or {"A", "a"} & set(image.getbands()):
        return _on_white
    return lambda part: part.convert("RGB")


def _on_white(part: Image.Image) -> Image.Image:
    pixels = part.convert("RGBA")
    white = Image.new("RGBA", pixels.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, pixels).convert("RGB")


def _deep_grey_converter(image: Image.Image, transparent: object) -> ToRgb:
    tags = getattr(image, "tag_v2", {})
    is_negative = tags.get(PHOTOMETRIC) == WHITE_IS_ZERO
    bits = _bits(image, tags.get(BITS, (16,))[0])
    top = 0.0 if bits else _top(image)  # of no use where the bits are known

    def to_rgb(part: Image.Image) -> Image.Image:
        values = np.asarray(part)
        grey = (values >> (bits - 8)).astype(np.uint8) if bits else _scaled(values, top)
        if is_negative:
            grey = 255 - grey
        if isinstance(transparent, int):
            grey[values == transparent] = 255
        return Image.fromarray(grey).convert("RGB")

    return to_rgb


def _bits(image: Image.Image, stored: int) -> int | None:
    """Bits of each value where the file says them; None for floating point, and for what is wider than 16."""
    if image.mode.startswith("I;16"):
        return stored if 8 < stored <= 16 else 16
    return 16 if image.format == "PPM" and image.mode == "I" else None  # Pillow has scaled them to 16


def _top(image: Image.Image) -> float:
    """The value that is white: the smallest that is usual and that no pixel exceeds."""
    height = max(1, BAND_BYTES // (8 * image.width))
    parts = (
        image.crop((0, y, image.width, min(y + height, image.height))) for y in range(0, image.height, height)
    )
    most = max(float(_finite(np.asarray(part)).max()) for part in parts)
    top = next((top for top in (1, 255, 65535) if most <= top), most)
    return top if image.mode == "F" else max(top, 255)


def _scaled(values: np.ndarray, top: float) -> np.ndarray:
    return np.clip(_finite(values) * (255 / top), 0, 255).astype(np.uint8)


def _finite(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(values.astype(np.float64))
