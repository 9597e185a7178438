"""Where a photo says that it was taken, and by whom: its EXIF data, which the app otherwise drops."""

import math
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from streetclip_demo.errors import PhotoError
from streetclip_demo.photos.decoding import DECODER_ERRORS, FORMATS, in_words, register_heif

GPS, ARTIST = 0x8825, 0x013B  # EXIF tags
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4  # tags among the GPS data


def taken_at(path: Path) -> tuple[tuple[float, float] | None, str]:
    """The position that a photo carries, and its artist.

    Returns
    -------
    point : tuple[float, float] or None
        (latitude, longitude) in degrees; None where there is none, or no possible one.
    artist : str
        "" where none is named.

    Raises
    ------
    PhotoError
        If the file is no picture.
    """
    register_heif()
    if path.exists() and not path.is_file():  # opening it might never end
        raise PhotoError(f"The file {path.name!r} is a pipe or a device, not a file. Name a file.")
    with in_words(f"The file {path.name!r}", b""), Image.open(path, formats=FORMATS) as image:
        exif = image.getexif()
        try:
            return _point(exif.get_ifd(GPS)), str(exif.get(ARTIST) or "").strip("\0 ")
        except DECODER_ERRORS:  # damaged metadata
            return None, ""


def _point(gps: dict) -> tuple[float, float] | None:
    if not {LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE} <= gps.keys():
        return None
    latitude = _degrees(gps[LATITUDE], gps[LATITUDE_REF] in ("S", b"S"))
    longitude = _degrees(gps[LONGITUDE], gps[LONGITUDE_REF] in ("W", b"W"))
    is_possible = abs(latitude) <= 90 and abs(longitude) <= 180  # NaN is not
    # Cameras without reception write zeros.
    return (latitude, longitude) if is_possible and (latitude or longitude) else None


def _degrees(parts: Iterable, is_negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return math.copysign(degrees + minutes / 60 + seconds / 3600, -1 if is_negative else 1)
