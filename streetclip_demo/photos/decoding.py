"""A picture file as upright RGB: which formats are read, how large, and what is said of a file that is not.

Knows no model. What it needs at most is stated (MAX_MEGAPIXELS, PEAK_MB) and kept by `decode_worker`.
"""

import functools
import hashlib
import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from PIL import Image, ImageFile, JpegImagePlugin, TiffImagePlugin, UnidentifiedImageError

from streetclip_demo.errors import PhotoError
from streetclip_demo.photos.colours import D65, SRGB, VIDEO, from_code_points, from_gamma, from_profile
from streetclip_demo.photos.panorama import says_panorama
from streetclip_demo.photos.png_chunks import SIGNATURE, PngParts, png_parts
from streetclip_demo.photos.unread import EXPECTED, EXPORT, RAW, what_it_is
from streetclip_demo.photos.upright_rgb import (
    ORIENTATION,
    ToRgb,
    bands,
    rgb_converter,
    small_copy,
    upright_size,
)

MAX_MEGAPIXELS = 64  # 256 MB in Pillow, which takes four bytes a pixel
PEAK_MB = 520  # that decoding one picture may take, besides the program
# Bytes a pixel while a format is decoded, where they are more than Pillow's four: see docs/operations.md
PEAK_BYTES = {"WEBP": 16.2, "AVIF": 13.5, "HEIF": 8.1, "TIFF": 9.4}
# Decoders that a street photo can need. Not EPS (it would start Ghostscript) and none of the rare formats.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF", "PPM")
DISPLAY_PX = 1600  # longer side of the picture that is shown
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
# What is decoded past the end of a JPEG that lacks its end: if no pixel is missing, none of these shows
TAILS = (JPEG_END, b"\x55" * 64 + JPEG_END, b"\xaa" * 64 + JPEG_END)
REDUCED = {1: "the whole", 2: "half", 4: "a quarter", 8: "an eighth"}  # what libjpeg can decode at
REDUCED_NOTE = "The photo has {megapixels:,.0f} megapixels; it was read at {part} of its width and height."
ANIMATED = "This is an animation; its first frame is used."
STILL = "This is an animation with a still picture besides; that one is used."
PANORAMA = "This is a 360-degree panorama; of it the model sees the square in the middle."
SMALLER = "Make it smaller first; the model sees a few hundred pixels a side."
SUBFILE, DNG_VERSION, PHOTOMETRIC = 254, 50706, 262  # TIFF tags
CANON_RAW = b"CR"  # after a TIFF's header
YCBCR = 6  # a value of PhotometricInterpretation
OF_A_SENSOR = (32803, 34892)  # values of PhotometricInterpretation
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
    AttributeError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture that has been decoded, to be made upright RGB band by band."""

    image: Image.Image
    orientation: int
    to_rgb: ToRgb
    display: Image.Image | None  # small, sRGB; None where the RGB pixels are sRGB already
    notes: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""
        return upright_size(self.image.size, self.orientation)

    def bands(self) -> Iterator[Image.Image]:
        """The upright picture in RGB from top to bottom."""
        return bands(self.image, self.orientation, self.to_rgb)


@dataclass(frozen=True)
class in_words:
    """What decoders raise for a file with this beginning as a PhotoError that calls it `name`.

    A class, since on Python 3.12 to 3.14 a generator of `contextlib.contextmanager` would keep what failed, and with it
    the file, until a garbage collection.
    """

    name: str
    head: bytes

    def __enter__(self) -> None:
        quiet.__enter__()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        quiet.__exit__(kind, error, trace)
        if (said := self._said(error)) is not None:
            raise PhotoError(said) from None

    def _said(self, error: BaseException | None) -> str | None:
        if isinstance(error, UnidentifiedImageError):
            return _not_a_picture(self.name, self.head)
        if isinstance(error, MemoryError):
            return f"{self.name} needs more memory than one photo may take. {SMALLER}"
        if isinstance(error, DECODER_ERRORS):
            return (
                f"{self.name} is damaged or incomplete: it begins like a picture but cannot be read to its end"
                f" ({_first_line(error)}). Copy or download it again."
            )
        return None


def decode(data: bytes, name: str) -> Decoded:
    """Decode a picture file that is called `name` in what is said of it. To be used inside `in_words`."""
    if not data:
        raise PhotoError(f"{name} is empty (0 bytes). {EXPECTED}; copy or download it again.")
    register_heif()
    png = png_parts(data) if data.startswith(SIGNATURE) else None
    image, notes = _loaded(png.file if png else data, name)
    to_rgb, to_srgb = _colours(image, data, png)
    if png and png.is_animated:
        notes += (STILL if png.is_apart else ANIMATED,)
    if says_panorama(image.info.get("xmp", b"")):
        notes += (PANORAMA,)
    decoded = Decoded(image, _orientation(image), to_rgb, None, notes)
    if to_srgb is None:
        return decoded
    return replace(decoded, display=to_srgb(small_copy(decoded.bands(), decoded.size, DISPLAY_PX)))


def decoded_image(image: Image.Image, name: str) -> Decoded:
    """The same for a picture that is already open."""
    check_size(image.size, None, name)
    image.load()
    return Decoded(image, _orientation(image), rgb_converter(image), None, ())


def digest_of(size: tuple[int, int]) -> "hashlib._Hash":
    """The beginning of a digest of RGB pixels, to be fed with bands."""
    return hashlib.sha256(f"{size[0]}x{size[1]}:".encode())


def _loaded(data: bytes, name: str) -> tuple[Image.Image, tuple[str, ...]]:
    try:
        return _load(data, name)
    except OSError as error:
        if not data.startswith(JPEG_START) or "truncated" not in str(error):
            raise
        data = data.removesuffix(JPEG_END[:1])
        if len({_pixels_digest(data + tail, name) for tail in TAILS}) > 1:
            raise  # pixels are missing, not only the mark of the end
        return _load(data + JPEG_END, name)


def _pixels_digest(data: bytes, name: str) -> bytes:
    image, _ = _load(data, name)
    digest = hashlib.sha256()
    for band in bands(image, 1, lambda part: part):
        digest.update(band.tobytes())
    return digest.digest()


def _load(data: bytes, name: str) -> tuple[Image.Image, tuple[str, ...]]:
    """Pixels as they lie in the file, and what should be known of it."""
    opened = _open(io.BytesIO(data), name)
    _refuse_raw(opened, data, name)
    reduced = _reduce(opened, name) if isinstance(opened, JpegImagePlugin.JpegImageFile) else ()
    check_size(opened.size, opened.format, name)
    notes = _notes(opened) + reduced
    _prepare_ycbcr(opened)
    covered = opened.tile[0][1] if opened.format == "GIF" and opened.tile else None
    opened.load()  # before its orientation is read: some loaders turn the picture themselves
    is_part = covered and covered != (0, 0, *opened.size)
    image = _on_canvas(opened, covered) if covered and is_part else opened
    for holding in (
        "_fp",
        "_decoder",
    ):  # the file or whole decoded frames, which Pillow keeps for the next frame
        image.__dict__.pop(holding, None)
    return image, notes


def _open(file: io.BytesIO, name: str) -> ImageFile.ImageFile:
    try:
        return Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError:  # Pillow refuses far larger ones itself, before we see the size
        if not file.getbuffer()[:2] == JPEG_START:
            raise PhotoError(_too_large(name, "far more", MAX_MEGAPIXELS)) from None
        file.seek(0)
        return JpegImagePlugin.JpegImageFile(file)


def _reduce(image: JpegImagePlugin.JpegImageFile, name: str) -> tuple[str, ...]:
    """Have a JPEG that is too large decoded at a half, a quarter or an eighth of its size, and say so."""
    width, height = image.size
    scale = next((scale for scale in REDUCED if _fits(image, scale)), None)
    if scale is None:
        raise PhotoError(_too_large(name, f"{width:,} x {height:,} pixels", MAX_MEGAPIXELS))
    if scale == 1:
        return ()
    image.draft(image.mode, (width // scale, height // scale))
    return (REDUCED_NOTE.format(megapixels=width * height / 1e6, part=REDUCED[scale]),)


def _fits(image: JpegImagePlugin.JpegImageFile, scale: int) -> bool:
    return image.width * image.height <= MAX_MEGAPIXELS * 1e6 * scale**2 and _jpeg_mb(image, scale) <= PEAK_MB


def _jpeg_mb(image: JpegImagePlugin.JpegImageFile, scale: int) -> float:
    """Megabytes that decoding takes; a progressive JPEG's coefficients are held for the whole picture."""
    bytes_a_pixel = 4 / scale**2
    if "progressive" in image.info:
        parts = [(across, down) for _, across, down, _ in image.layer]
        whole = max(across for across, _ in parts) * max(down for _, down in parts)
        bytes_a_pixel += 2 * sum(across * down for across, down in parts) / whole
    return image.width * image.height * bytes_a_pixel / 1e6


def _refuse_raw(image: Image.Image, data: bytes, name: str) -> None:
    """No TIFF whose first picture is the thumbnail of another, or what a sensor saw."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    tags = image.tag_v2
    is_thumbnail = bool(tags.get(SUBFILE, 0) & 1) or data[8:10] == CANON_RAW
    if is_thumbnail or DNG_VERSION in tags or tags.get(PHOTOMETRIC) in OF_A_SENSOR:
        raise PhotoError(f"{name} is {RAW}")


def _prepare_ycbcr(image: Image.Image) -> None:
    """Have a TIFF with YCbCr that is not compressed read by libtiff: Pillow itself takes it for four bytes a pixel."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    if image.tag_v2.get(PHOTOMETRIC) == YCBCR and not image.use_load_libtiff:
        image.use_load_libtiff = True
        image.tile = [
            ImageFile._Tile("libtiff", (0, 0, *image.size), 0, ("RGBX", "raw", False, image.tag_v2.offset))
        ]


def _on_canvas(image: Image.Image, covered: tuple[int, int, int, int]) -> Image.Image:
    """A GIF whose first frame covers a part of it; the rest is transparent."""
    canvas = Image.new("RGBA", image.size)
    canvas.paste(image.crop(covered).convert("RGBA"), covered)
    canvas.info, canvas.format = image.info, image.format
    canvas.info.pop("transparency", None)
    return canvas


def _colours(image: Image.Image, data: bytes, png: PngParts | None) -> tuple[ToRgb, ToRgb | None]:
    """What makes parts RGB as the model sees them, and what makes those sRGB, where they are not."""
    profile = png.profile if png else image.info.get("icc_profile")
    if image.mode == "CMYK":
        return from_profile(profile, "CMYK") or rgb_converter(image), None
    points = _code_points(image, data, png)
    if points:
        to_srgb = from_code_points(*points)
    elif png and png.gamma:
        white, *primaries = png.chromaticities or (D65,)
        to_srgb = from_gamma(png.gamma, tuple(primaries) or None, white)
    else:
        to_srgb = _from_profile(profile, image.mode)
    return rgb_converter(image), to_srgb


def _from_profile(profile: bytes | None, mode: str) -> ToRgb | None:
    if mode not in ("1", "L", "LA", "La") and not mode.startswith("I"):
        return from_profile(profile, "RGB")
    convert = from_profile(profile, "L")
    return convert and (lambda part: convert(part.convert("L")))


def _code_points(image: Image.Image, data: bytes, png: PngParts | None) -> tuple[int, int] | None:
    """Primaries and transfer function by H.273. PNG's precede a profile; in HEIC and AVIF a profile precedes them."""
    if png:
        return png.coding_points
    if image.format not in ("HEIF", "AVIF") or image.info.get("icc_profile"):
        return None
    found = data.find(b"colrnclx", 0, 1 << 16)
    if found < 0:
        return None
    primaries, transfer = struct.unpack_from(">HH", data, found + 8)
    return primaries, SRGB if transfer in VIDEO else transfer  # as browsers show such photos


def _notes(image: Image.Image) -> tuple[str, ...]:
    if image.format == "MPO":
        return ()
    try:
        is_animated = getattr(image, "is_animated", False)
    except DECODER_ERRORS:  # what follows the first picture is damaged
        return ()
    if not is_animated:
        return ()
    if image.format == "HEIF":
        return ("The file holds several pictures; its main one is used.",)
    image.seek(0)
    return ("The file holds several pictures; the first is used.",) if image.format == "TIFF" else (ANIMATED,)


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(ORIENTATION)
    except DECODER_ERRORS:
        return 1  # damaged metadata must not cost the photo
    return next((value for value in range(1, 9) if value == found), 1)


# What is said


def check_size(size: tuple[int, int], format_name: str | None, name: str) -> None:
    """Refuse a picture with no pixels, or more than can be decoded in PEAK_MB."""
    width, height = size
    most = min(MAX_MEGAPIXELS, int(PEAK_MB / PEAK_BYTES.get(format_name or "", 4)))
    if width * height > most * 1_000_000:
        raise PhotoError(_too_large(name, f"{width:,} x {height:,} pixels", most))
    if width < 1 or height < 1:
        raise PhotoError(f"{name} has no pixels ({width} x {height}). {EXPECTED}.")


def _too_large(name: str, size: str, most: int) -> str:
    return (
        f"{name} is too large: of its format at most {most} megapixels are read, and it has {size}. {SMALLER}"
    )


def _not_a_picture(name: str, head: bytes) -> str:
    what = what_it_is(head)
    if what.endswith(EXPORT):
        return f"{name} is {what}"
    return f"{name} is not a picture that can be read: its content is {what}. {EXPECTED}."


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@functools.cache
def register_heif() -> None:
    """HEIC is read where pillow-heif is installed: see NOTICE for why one may leave it out."""
    with suppress(ImportError):
        import pillow_heif

        pillow_heif.register_heif_opener()


class _Quiet:
    """Pillow warns of odd EXIF data and large pictures; a person cannot act on it.

    Silence is for the whole process, so that threads share it: the first one in begins it, the last one out ends it.
    """

    def __init__(self) -> None:
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


quiet = _Quiet()
