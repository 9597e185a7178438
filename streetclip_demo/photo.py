"""A file that a person gives us as an upright RGB picture without metadata. Knows no model."""

import base64
import codecs
import functools
import hashlib
import io
import os
import struct
import threading
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pillow_heif
from PIL import Image, UnidentifiedImageError

from streetclip_demo.errors import PhotoError

MAX_MEGAPIXELS = 120  # phones take up to 108; a decoded picture of that size is 360 MB
# Decoders that a street photo can need. Not EPS (it would start Ghostscript) and none of the rare formats.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF", "PPM")
EXPECTED = "Expected a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF picture"
ORIENTATION = 0x0112  # EXIF tag
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's decoders raise on damaged files, by trying many.
DECODER_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    RuntimeError,
    ArithmeticError,
)
DECODER_ERRORS += (AttributeError, struct.error, zlib.error)


@dataclass(frozen=True, eq=False)
class Photo:
    """An upright RGB picture, with a digest of its pixels and what the person should know of the file."""

    image: Image.Image
    digest: str
    notes: tuple[str, ...] = ()


def open_photo(source: str | os.PathLike | bytes | BinaryIO | None) -> Photo:
    """Read a picture: upright by its EXIF orientation, RGB, everything else in the file dropped.

    Parameters
    ----------
    source : path, bytes or binary file object
        A file object is read from its beginning and left open.

    Raises
    ------
    PhotoError
        If there is no picture, it is damaged or too large, or its format is not one that we read.
    """
    if source is None or source == "":
        raise PhotoError("No photo was given. Choose, paste or drop one first.")
    if isinstance(source, bytes | bytearray | memoryview):
        return _read(io.BytesIO(source), "The photo")
    if isinstance(source, str | os.PathLike):
        name = f"The file {Path(source).name!r}"
        try:
            with open(source, "rb") as file:
                return _read(file, name)
        except FileNotFoundError:
            raise PhotoError(f"{name} does not exist. Check its path: {os.fspath(source)}") from None
        except IsADirectoryError:
            raise PhotoError(f"{name} is a folder. {EXPECTED}.") from None
        except PermissionError:
            raise PhotoError(f"{name} may not be read: permission was denied.") from None
    return _read(source, "The photo")


def photo_from_image(image: Image.Image) -> Photo:
    """A Photo from a picture that is already open; it is made upright and RGB like a file's."""
    _check_size(image.size, "The picture")
    with _quiet:
        return _photo(image, ())


def data_uri(image: Image.Image, longest_px: int, quality: int = 85) -> str:
    """A picture as the text of a small JPEG; only its pixels are in it."""
    return "data:image/jpeg;base64," + base64.b64encode(small_jpeg(image, longest_px, quality)).decode()


def small_jpeg(image: Image.Image, longest_px: int, quality: int = 85) -> bytes:
    """A picture as a JPEG of at most so many pixels a side; only its pixels are in it."""
    small = image.copy()
    small.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    small.info = {}  # comments and profiles, which Pillow would write again
    buffer = io.BytesIO()
    small.convert("RGB").save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _read(file: BinaryIO, name: str) -> Photo:
    file.seek(0)
    head = file.read(64)
    file.seek(0)
    if not head:
        raise PhotoError(f"{name} is empty (0 bytes). {EXPECTED}; copy or download it again.")
    _register_heif()
    with _quiet:
        try:
            with Image.open(file, formats=FORMATS) as image:
                _check_size(image.size, name)
                notes = _notes(image)
                return _photo(image, notes)
        except Image.DecompressionBombError:  # Pillow refuses far larger ones itself, before we see the size
            raise PhotoError(_too_large(name, "far more")) from None
        except UnidentifiedImageError:
            raise PhotoError(_not_a_picture(name, head)) from None
        except MemoryError:
            raise PhotoError(f"{name} does not fit into memory. Make it smaller first.") from None
        except DECODER_ERRORS as error:
            raise PhotoError(
                f"{name} is damaged or incomplete: it begins like a picture but cannot be read to its end"
                f" ({_first_line(error)}). Copy or download it again."
            ) from None


@functools.cache
def _register_heif() -> None:
    pillow_heif.register_heif_opener()


class _Quiet:
    """Pillow warns of odd EXIF data and large pictures; a person cannot act on it.

    Silence is for the whole process, so that threads share it: the first one in begins it, the last one out ends it.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._inside = 0
        self._warnings = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._warnings = warnings.catch_warnings()
                self._warnings.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._warnings.__exit__(None, None, None)


_quiet = _Quiet()


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise PhotoError(_too_large(name, f"{width:,} x {height:,} pixels"))
    if width < 1 or height < 1:
        raise PhotoError(f"{name} has no pixels ({width} x {height}). {EXPECTED}.")


def _too_large(name: str, size: str) -> str:
    return (
        f"{name} is too large: at most {MAX_MEGAPIXELS} megapixels are read, and it has {size}."
        " Make it smaller first; the model sees a few hundred pixels a side."
    )


def _notes(image: Image.Image) -> tuple[str, ...]:
    if not getattr(image, "is_animated", False) or image.format == "MPO":
        return ()
    image.seek(0)
    if image.format in ("TIFF", "HEIF"):
        return ("The file holds several pictures; the first is used.",)
    return ("This is an animation; its first frame is used.",)


def _photo(image: Image.Image, notes: tuple[str, ...]) -> Photo:
    turn = UPRIGHT.get(_orientation(image))
    rgb = _to_rgb(image)
    if turn is not None:
        rgb = rgb.transpose(turn)
    clean = Image.new("RGB", rgb.size)
    clean.paste(rgb)  # pixels only: no EXIF, no position, no profile
    digest = hashlib.sha256(f"{clean.width}x{clean.height}:".encode())
    digest.update(clean.tobytes())
    return Photo(clean, digest.hexdigest(), notes)


def _orientation(image: Image.Image) -> int | None:
    try:
        return image.getexif().get(ORIENTATION)
    except DECODER_ERRORS:
        return None  # damaged metadata must not cost the photo


def _to_rgb(image: Image.Image) -> Image.Image:
    """RGB as transformers' CLIP processor makes it: transparency on white; deep greys scaled, not clipped."""
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if "A" in image.getbands() or "a" in image.getbands() or image.info.get("transparency") is not None:
        pixels = image.convert("RGBA")
        white = Image.new("RGBA", pixels.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, pixels).convert("RGB")
    return image.convert("RGB")


def _eight_bits(grey: np.ndarray) -> np.ndarray:
    """Grey values of 16 or 32 bits or floating point as 8 bits, by the range that they are stored in."""
    if grey.dtype == np.uint16:
        return (grey >> 8).astype(np.uint8)
    values = np.nan_to_num(grey.astype(np.float64))
    top = next((top for top in (1, 255, 65535) if values.max() <= top), values.max())
    if grey.dtype.kind != "f":
        top = max(top, 255)
    return np.clip(values * (255 / top), 0, 255).astype(np.uint8)


def _not_a_picture(name: str, head: bytes) -> str:
    starts = {
        b"\xff\xd8": "a JPEG that breaks off at once",
        b"\x89PNG": "a PNG that is damaged",
        b"%PDF": "a PDF document",
        b"%!PS": "a PostScript document",
        b"PK\x03\x04": "a ZIP archive or office document",
        b"\x1a\x45\xdf\xa3": "a video",
    }
    what = next((what for start, what in starts.items() if head.startswith(start)), None)
    if what is None and head[4:8] == b"ftyp":
        what = "a video or a kind of picture that we do not know"
    if what is None:
        what = "text" if _is_text(head) else "something else"
    return f"{name} is not a picture that can be read: its content is {what}. {EXPECTED}."


def _is_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # the head may end within a character
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\t\r\n\f\ufeff" for letter in text)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
