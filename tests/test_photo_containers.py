"""One picture in every container that can hold it is one photo: the same digest, whatever the file."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from pictures import exif_with, grey16, levels, png16, png_file, saved, street
from PIL import Image

from streetclip_demo.photos.photo import open_photo

SIZE = (64, 48)


def pgm16(values):
    height, width = values.shape
    return b"P5\n%d %d\n65535\n" % (width, height) + values.astype(">u2").tobytes()


def white_is_zero(tiff):
    """The same TIFF file, little-endian, with its PhotometricInterpretation turned from 1 to 0."""
    black_is_zero = struct.pack("<HHIHH", 262, 3, 1, 1, 0)
    assert tiff.count(black_is_zero) == 1
    return tiff.replace(black_is_zero, struct.pack("<HHIHH", 262, 3, 1, 0, 0))


def png_with_transparency(values, depth, colour, transparent):
    """A PNG of grey (colour 0) or RGB (2) values of this depth, in which one is transparent."""
    height, width = values.shape[:2]
    kind = ">u2" if depth == 16 else "u1"
    rows = [row.astype(kind).tobytes() for row in values]
    if depth == 4:
        rows = [bytes(high << 4 | low for high, low in zip(row[::2], row[1::2], strict=True)) for row in rows]
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunk = np.atleast_1d(transparent).astype(">u2").tobytes()
    return png_file((b"IHDR", header), (b"tRNS", chunk), (b"IDAT", pixels), (b"IEND", b""))


def rgb_files():
    picture = street(*SIZE)
    deep = np.asarray(picture).astype(np.uint16) * 257
    return {
        "PNG": saved(picture, "PNG"),
        "PNG, 16 bits": png16(deep),
        "BMP": saved(picture, "BMP"),
        "PPM": saved(picture, "PPM"),
        "PPM, 16 bits": b"P6\n64 48\n65535\n" + deep.astype(">u2").tobytes(),
        "TIFF": saved(picture, "TIFF"),
        "TIFF, LZW": saved(picture, "TIFF", compression="tiff_lzw"),
        "TIFF, deflate": saved(picture, "TIFF", compression="tiff_adobe_deflate"),
        "WebP": saved(picture, "WEBP", lossless=True),
    }


def grey_files():
    grey = (grey16(*SIZE) >> 8).astype(np.uint8)
    deep = grey.astype(np.uint16) * 257
    negative = Image.fromarray(65535 - deep)
    return {
        "PNG": saved(Image.fromarray(grey), "PNG"),
        "PNG, 16 bits": png16(deep[..., None]),
        "BMP": saved(Image.fromarray(grey), "BMP"),
        "PGM": saved(Image.fromarray(grey), "PPM"),
        "PGM, 16 bits": pgm16(deep),
        "TIFF": saved(Image.fromarray(grey), "TIFF"),
        "TIFF, white is zero": white_is_zero(saved(Image.fromarray(255 - grey), "TIFF")),
        "TIFF, 16 bits": saved(Image.fromarray(deep), "TIFF"),
        "TIFF, 16 bits, LZW": saved(Image.fromarray(deep), "TIFF", compression="tiff_lzw"),
        "TIFF, 16 bits, big-endian": saved(Image.fromarray(deep.astype(">u2")), "TIFF"),
        "TIFF, 16 bits, white is zero": white_is_zero(saved(negative, "TIFF")),
        "TIFF, 16 bits, white is zero, LZW": white_is_zero(saved(negative, "TIFF", compression="tiff_lzw")),
        "WebP": saved(Image.fromarray(grey), "WEBP", lossless=True),
    }


def dark_grey_files():
    """No value is above 250 of 65535: the range is that of the file, not of the picture."""
    dark = grey16(*SIZE) // 262
    return {
        "PNG, 16 bits": png16(dark[..., None]),
        "PGM, 16 bits": pgm16(dark),
        "TIFF, 16 bits": saved(Image.fromarray(dark), "TIFF"),
    }


def files_with_a_transparent_grey():
    sixteen_greys = (grey16(*SIZE) >> 12).astype(int)
    with_alpha = Image.fromarray((sixteen_greys * 17).astype(np.uint8)).convert("LA")
    with_alpha.putalpha(Image.fromarray(np.where(sixteen_greys == 3, 0, 255).astype(np.uint8)))
    return {
        "PNG, 4 bits": png_with_transparency(sixteen_greys, 4, 0, 3),
        "PNG, 8 bits": png_with_transparency(sixteen_greys * 17, 8, 0, 51),
        "PNG, 16 bits": png_with_transparency(sixteen_greys * 4369, 16, 0, 3 * 4369),
        "PNG, grey and alpha": saved(with_alpha, "PNG"),
        "TIFF, grey and alpha": saved(with_alpha, "TIFF"),
        "WebP, grey and alpha": saved(with_alpha, "WEBP", lossless=True, exact=True),
    }


def files_with_a_transparent_colour():
    pixels = levels(street(*SIZE))
    colour = pixels[5, 7]
    return {
        "PNG, 8 bits": png_with_transparency(pixels, 8, 2, colour),
        "PNG, 16 bits": png_with_transparency(pixels * 257, 16, 2, colour * 257),
    }


@pytest.mark.parametrize(
    "files",
    [rgb_files, grey_files, dark_grey_files, files_with_a_transparent_grey, files_with_a_transparent_colour],
)
def test_one_picture_in_every_container_has_one_digest(files):
    opened = {name: open_photo(data) for name, data in files().items()}
    assert len({photo.digest for photo in opened.values()}) == 1, {
        name: levels(photo.image).mean() for name, photo in opened.items()
    }


def test_the_containers_hold_the_picture_that_they_should():
    assert (levels(open_photo(rgb_files()["PNG"]).image) == levels(street(*SIZE))).all()
    grey = levels(open_photo(grey_files()["PNG"]).image)[..., 0]
    assert (grey == grey16(*SIZE) >> 8).all()
    pixels = levels(open_photo(files_with_a_transparent_grey()["PNG, 8 bits"]).image)[..., 0]
    assert (pixels[grey16(*SIZE) >> 12 == 3] == 255).all()
    assert (pixels == 51).sum() == 0


def heic(image, **options):
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=95, **options)
    return file.getvalue()


def xmp_with(orientation):
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="{orientation}"/></x:xmpmeta>'
    )


CARRIERS = {
    "JPEG": lambda image, turn: saved(image, "JPEG", quality=95, exif=exif_with(turn)),
    "JPEG, XMP": lambda image, turn: saved(image, "JPEG", quality=95, xmp=xmp_with(turn).encode()),
    "PNG": lambda image, turn: saved(image, "PNG", exif=exif_with(turn)),
    "WebP": lambda image, turn: saved(image, "WEBP", lossless=True, exif=exif_with(turn)),
    "TIFF": lambda image, turn: saved(image, "TIFF", tiffinfo={274: turn}),
    "TIFF, LZW": lambda image, turn: saved(image, "TIFF", tiffinfo={274: turn}, compression="tiff_lzw"),
    "TIFF, JPEG": lambda image, turn: saved(
        image, "TIFF", tiffinfo={274: turn}, compression="jpeg", quality=95
    ),
    "HEIC": lambda image, turn: heic(image, exif=exif_with(turn).tobytes()),
    "AVIF": lambda image, turn: saved(image, "AVIF", quality=95, exif=exif_with(turn)),
}
CORNERS = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}  # of EXIF's own table


def four_corners():
    """Four colours, so that no turn looks like another."""
    picture = Image.new("RGB", (96, 64), (200, 200, 200))
    for box, colour in (((0, 0, 48, 32), (200, 20, 20)), ((48, 32, 96, 64), (20, 20, 200))):
        picture.paste(colour, box)
    return picture


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_upright_in_every_format_that_carries_one(carrier, orientation):
    image = open_photo(CARRIERS[carrier](four_corners(), orientation)).image
    assert image.size == ((96, 64) if orientation < 5 else (64, 96))
    width, height = image.size
    right, bottom = width - 10, height - 10
    corners = {"tl": (10, 10), "tr": (right, 10), "br": (right, bottom), "bl": (10, bottom)}
    red, _, blue = image.getpixel(corners[CORNERS[orientation]])
    assert red > 150 > 80 > blue, "the file's first corner is elsewhere"


def test_the_primary_picture_of_a_heic_is_used_and_said():
    first, second = street(96, 64), four_corners()
    file = io.BytesIO()
    pictures = pillow_heif.from_pillow(first)
    pictures.add_from_pillow(second)
    pictures.save(file, quality=95, primary_index=1)
    photo = open_photo(file.getvalue())
    assert np.abs(levels(photo.image) - levels(second)).mean() < 8
    assert photo.notes == ("The file holds several pictures; its main one is used.",)
