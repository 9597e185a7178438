"""A PNG file with nothing but its pixels and what turns them, so that damage elsewhere does not cost the photo."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB = 0, 2  # kinds of colour in the header
KEPT = {b"tRNS", b"eXIf"}  # besides critical chunks, whose names begin with a capital
XMP = b"iTXt", b"XML:com.adobe.xmp\0\0"  # not compressed; it may say how the picture lies
MOST_XMP = 1 << 20
MOST_PROFILE = 1 << 24  # bytes of a colour profile; those of printers have one or two million


@dataclass(frozen=True)
class PngParts:
    """A PNG file taken apart."""

    file: bytes  # a PNG file of what the decoder needs
    profile: bytes | None = None  # ICC
    coding_points: tuple[int, int] | None = (
        None  # cICP: colour primaries and transfer function, by ITU-T H.273
    )
    gamma: float | None = None  # gAMA, where nothing better is said
    chromaticities: tuple[tuple[float, float], ...] = ()  # cHRM: of white, red, green and blue
    is_animated: bool = False
    is_apart: bool = False  # the picture is not one of the animation's


def png_parts(data: bytes) -> PngParts:
    """Take a PNG file apart, as browsers do: a chunk that holds no pixels is dropped if its checksum is wrong.

    What else is wrong is left for the decoder to find.

    Raise OSError if a chunk of pixels has a wrong checksum, or is cut off.
    """
    kept: list[bytes | memoryview] = [SIGNATURE]
    profile, points, gamma = None, None, None
    chromaticities: tuple[tuple[float, float], ...] = ()
    is_animated, is_srgb, is_frame = False, False, False
    seen: set[bytes] = set()
    for kind, whole in _chunks(data):
        seen.add(kind)
        content = whole[8:-4]
        is_critical = kind[:1].isupper()
        is_right = zlib.crc32(whole[4:-4]) == int.from_bytes(whole[-4:], "big")
        if (
            kind == b"IDAT" and not is_right
        ):  # of the others that are critical Pillow looks at the checksum itself
            raise OSError("wrong checksum of pixels")
        if not is_critical and not is_right:
            continue
        if is_critical or kind in KEPT or (kind == XMP[0] and _is_xmp(content)):
            kept.append(_transparent(whole, data[24:26]) if kind == b"tRNS" else whole)
        elif kind == b"iCCP":
            profile = _profile(content)
        elif kind == b"cICP" and len(content) == 4:
            points = content[0], content[1]
        elif kind == b"gAMA" and len(content) == 4:
            gamma = int.from_bytes(content, "big") / 100_000
        elif kind == b"cHRM" and len(content) == 32:
            numbers = [number / 100_000 for number in struct.unpack(">8I", content)]
            chromaticities = tuple(zip(numbers[::2], numbers[1::2], strict=True))
        elif kind == b"sRGB":
            is_srgb = True
        elif kind == b"acTL":
            is_animated = bytes(content[:4]) > b"\0\0\0\1"
        elif kind == b"fcTL" and b"IDAT" not in seen:
            is_frame = True
    if is_srgb or profile:
        gamma = None
    return PngParts(b"".join(kept), profile, points, gamma, chromaticities, is_animated, not is_frame)


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Kind and bytes, with length and checksum, of each chunk; the last one may be cut off."""
    view, start = memoryview(data), len(SIGNATURE)
    while start + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, start)
        yield kind, view[start : start + 12 + length]
        start += 12 + length


def _transparent(whole: memoryview, header: bytes) -> bytes | memoryview:
    """A chunk tRNS whose values are of the depth that Pillow gives the pixels, whatever theirs is in the file."""
    depth, colour = header
    values = np.frombuffer(whole[8:-4], ">u2") if len(whole) % 2 == 0 else np.empty(0, ">u2")
    if colour == RGB and depth == 16:
        values = values >> 8
    elif colour == GREY and 1 < depth < 8:
        values = values * (255 // (2**depth - 1))
    else:
        return whole
    changed = b"tRNS" + values.astype(">u2").tobytes()
    return whole[:4].tobytes() + changed + zlib.crc32(changed).to_bytes(4, "big")


def _is_xmp(content: memoryview) -> bool:
    return len(content) <= MOST_XMP and bytes(content[: len(XMP[1])]) == XMP[1]


def _profile(content: memoryview) -> bytes | None:
    """The ICC profile of an iCCP chunk: a name, two zero bytes, then the profile compressed."""
    _, _, packed = bytes(content).partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], MOST_PROFILE) or None
    except zlib.error:
        return None
