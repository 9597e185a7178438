"""People see colours as LittleCMS makes them; the model sees the file's numbers, and CMYK by its profile."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from pictures import png_file, saved, street
from PIL import Image, ImageCms

from streetclip_demo.photos.colours import from_code_points, from_gamma
from streetclip_demo.photos.photo import open_photo, photo_from_image

GREEN_TO_RED, BLUE_TO_YELLOW = (-30, 50, -5, 0), (-35, -5, 60, 0)  # what each ink of a printer adds
LEVELS = 2  # mean difference that is allowed


def levels(image):
    return np.asarray(image.convert("RGB")).astype(int)


def fixed(*numbers):
    return b"".join(struct.pack(">i", round(65536 * number)) for number in numbers)


def matrix_profile(red, green, blue, gamma=2.2):
    """A small ICC profile (version 2) of a display: XYZ of its primaries, adapted to D50, and one gamma for all."""
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249),
        b"rXYZ": b"XYZ " + bytes(4) + fixed(*red),
        b"gXYZ": b"XYZ " + bytes(4) + fixed(*green),
        b"bXYZ": b"XYZ " + bytes(4) + fixed(*blue),
    }
    curve = b"curv" + bytes(4) + struct.pack(">I", 1) + struct.pack(">H", round(256 * gamma))
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content
    size = start + len(body)
    head = (
        struct.pack(">I", size)
        + bytes(4)
        + b"\x02\x10\0\0"
        + b"mntrRGB XYZ "
        + bytes(12)
        + b"acsp"
        + bytes(28)
    )
    return (head + fixed(0.9642, 1, 0.8249)).ljust(128, b"\0") + table + body


# XYZ of Display P3's and Adobe RGB's primaries, adapted to D50: the columns of their profiles
P3 = matrix_profile((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
ADOBE = matrix_profile((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def by_littlecms(image, profile):
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")


def vivid(width=150, height=100):
    """A street whose colours differ much between profiles."""
    picture = levels(street(width, height))
    return Image.fromarray(np.clip((picture - 128) * 1.6 + 128, 0, 255).astype(np.uint8))


def heic(image, profile):
    file = io.BytesIO()
    heif = pillow_heif.from_pillow(image)
    heif.info["icc_profile"] = profile
    heif.info["icc_profile_type"] = "prof"
    heif.save(file, quality=-1, chroma=444, matrix_coefficients=0)
    return file.getvalue()


CONTAINERS = {
    "JPEG": lambda image, profile: saved(image, "JPEG", quality=100, subsampling=0, icc_profile=profile),
    "PNG": lambda image, profile: saved(image, "PNG", icc_profile=profile),
    "WebP": lambda image, profile: saved(image, "WEBP", lossless=True, icc_profile=profile),
    "TIFF": lambda image, profile: saved(image, "TIFF", icc_profile=profile),
    "AVIF": lambda image, profile: saved(
        image, "AVIF", quality=100, subsampling="4:4:4", icc_profile=profile
    ),
    "HEIC": heic,
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("profile", [P3, ADOBE], ids=["Display P3", "Adobe RGB"])
def test_people_see_the_colours_that_a_profile_means_and_the_model_the_files_numbers(container, profile):
    photo = open_photo(CONTAINERS[container](vivid(), profile))
    expected = levels(by_littlecms(vivid(), profile))
    assert np.abs(expected - levels(vivid())).mean() > 2 * LEVELS, "the profile changes too little for a test"
    assert np.abs(levels(photo.shown) - expected).mean() <= LEVELS
    assert np.abs(levels(photo.image) - levels(vivid())).mean() <= LEVELS
    assert photo.shown.info == {}


def test_with_srgbs_own_profile_or_a_damaged_one_people_see_what_the_model_sees():
    for profile in (
        SRGB.tobytes(),
        b"no profile",
        P3[:200],
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
    ):
        photo = open_photo(saved(vivid(), "PNG", icc_profile=profile))
        assert photo.display is None
        assert photo.shown is photo.image


def test_what_is_shown_is_upright_and_small():
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = vivid(165, 50).resize((3_300, 1_000))
    photo = open_photo(saved(wide, "JPEG", quality=95, icc_profile=P3, exif=exif))
    assert photo.image.size == (1_000, 3_300)
    assert photo.shown.size == (485, 1_600)
    turned = by_littlecms(wide, P3).transpose(Image.Transpose.ROTATE_270)
    expected = levels(turned.resize(photo.shown.size, Image.Resampling.LANCZOS))
    assert np.abs(levels(photo.shown) - expected).mean() <= LEVELS


def test_transparency_lies_on_white_in_what_is_shown():
    picture = vivid()
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    photo = open_photo(saved(picture, "PNG", icc_profile=P3))
    assert photo.display is not None
    assert levels(photo.shown)[0].min() > 250  # see-through
    assert levels(photo.shown)[-1].min() < 150


def grey_profile(gamma):
    """A small ICC profile of grey with this gamma."""
    curve = b"curv" + bytes(4) + struct.pack(">I", 1) + struct.pack(">H", round(256 * gamma)) + bytes(2)
    white = b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249)
    text = b"text" + bytes(4) + b"none"
    desc = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(79)
    tags = {b"desc": desc, b"cprt": text, b"wtpt": white, b"kTRC": curve}
    table, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content
    head = struct.pack(">I", start + len(body)) + bytes(4) + b"\x02\x10\0\0" + b"mntrGRAYXYZ " + bytes(12)
    return (head + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)).ljust(128, b"\0") + table + body


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_is_shown_by_its_profile(mode):
    grey, profile = vivid().convert("L"), grey_profile(1.0)
    photo = open_photo(saved(grey.convert(mode), "PNG", icc_profile=profile))
    expected = levels(by_littlecms(grey.convert(mode).convert("L"), profile))
    assert np.abs(levels(photo.shown) - expected).mean() <= LEVELS


# CMYK


def cmyk_profile():
    """A small ICC profile of a printer: its table says that paper darkens by each ink, as no formula of Pillow's."""
    inks = np.stack(np.meshgrid(*[[0, 1]] * 4, indexing="ij"), axis=-1).reshape(-1, 4)  # (16, 4), black last
    lightness = 95 - inks @ (25, 30, 8, 60)
    lab = np.stack(
        [np.clip(lightness, 5, 100) * 2.55, 128 + inks @ GREEN_TO_RED, 128 + inks @ BLUE_TO_YELLOW]
    )
    grid = np.clip(lab.T, 0, 255).astype(np.uint8).tobytes()
    identity = bytes(range(256))
    matrix = fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table_tag = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + matrix + identity * 4 + grid + identity * 3
    text = b"text" + bytes(4) + b"none"
    desc = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(79)
    white = b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249)
    tags = {b"desc": desc, b"cprt": text, b"wtpt": white, b"A2B0": table_tag}
    table, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content
    head = struct.pack(">I", start + len(body)) + bytes(4) + b"\x02\x10\0\0" + b"prtrCMYKLab " + bytes(12)
    return (head + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)).ljust(128, b"\0") + table + body


@pytest.mark.parametrize(("kind", "options"), [("TIFF", {}), ("JPEG", {"quality": 100, "subsampling": 0})])
def test_cmyk_is_read_by_its_profile_by_people_and_by_the_model(kind, options):
    printed, profile = vivid().convert("CMYK"), cmyk_profile()
    photo = open_photo(saved(printed, kind, icc_profile=profile, **options))
    expected = levels(by_littlecms(printed, profile))
    assert np.abs(expected - levels(printed)).mean() > 4 * LEVELS
    assert np.abs(levels(photo.image) - expected).mean() <= LEVELS
    assert photo.shown is photo.image


def test_cmyk_without_a_profile_is_converted_as_pillow_does():
    printed = vivid().convert("CMYK")
    assert open_photo(saved(printed, "TIFF")).digest == photo_from_image(printed.convert("RGB")).digest


# Code points of video


def png_with_code_points(primaries, transfer):
    """A PNG with a chunk cICP."""
    picture = vivid()
    header = struct.pack(">IIBBBBB", *picture.size, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in np.asarray(picture))
    points = bytes((primaries, transfer, 0, 1))
    return png_file((b"IHDR", header), (b"cICP", points), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))


def with_srgbs_curve(profile):
    """The profile with sRGB's own curve as a table, not a gamma."""
    signal = np.arange(1024) / 1023
    light = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    table = b"curv" + bytes(4) + struct.pack(">I", 1024) + np.round(65535 * light).astype(">u2").tobytes()
    (count,) = struct.unpack_from(">I", profile, 128)
    changed = bytearray(profile)
    for entry in range(count):
        place = 132 + 12 * entry
        if changed[place + 1 : place + 4] == b"TRC":
            struct.pack_into(">II", changed, place + 4, len(profile), len(table))
    changed += table
    struct.pack_into(">I", changed, 0, len(changed))
    return bytes(changed)


def test_a_png_with_code_points_of_display_p3_is_shown_as_with_the_profile():
    photo = open_photo(png_with_code_points(12, 13))
    expected = levels(by_littlecms(vivid(), with_srgbs_curve(P3)))
    assert np.abs(levels(photo.shown) - expected).mean() <= LEVELS
    assert (levels(photo.image) == levels(vivid())).all()


@pytest.mark.parametrize(("primaries", "transfer"), [(1, 13), (1, 2), (2, 2), (99, 13), (12, 99)])
def test_code_points_of_srgb_and_unknown_ones_change_nothing(primaries, transfer):
    assert open_photo(png_with_code_points(primaries, transfer)).display is None


@pytest.mark.parametrize("transfer", [8, 16, 18], ids=["linear", "PQ", "HLG"])
def test_greys_of_wide_and_bright_pictures_stay_grey_and_in_order(transfer):
    ramp = Image.linear_gradient("L").rotate(90).convert("RGB")
    shown = levels(from_code_points(9, transfer)(ramp))[0]
    assert (shown.max(axis=1) - shown.min(axis=1)).max() <= 1
    assert (np.diff(shown[:, 0]) >= 0).all()
    assert (shown[0, 0], shown[-1, 0]) == (0, 255)


# What Chromium 156 draws, from PNG files with cICP, of the greys 0, 16, 32, ... 240
CHROMIUM = {
    1: [0, 4, 20, 37, 54, 70, 87, 104, 121, 138, 155, 172, 189, 205, 222, 239],
    4: [0, 7, 26, 44, 62, 79, 96, 113, 129, 145, 161, 177, 193, 209, 225, 240],
    5: [0, 1, 10, 24, 40, 56, 72, 89, 106, 124, 142, 161, 179, 198, 217, 237],
    8: [0, 71, 99, 120, 137, 152, 165, 177, 188, 198, 208, 216, 225, 233, 241, 248],
    16: [0, 1, 5, 15, 30, 48, 70, 98, 132, 175, 213, 237, 255, 255, 255, 255],
    18: [0, 3, 14, 29, 43, 57, 71, 85, 99, 115, 135, 160, 189, 212, 228, 243],
}


@pytest.mark.parametrize("primaries", [1, 9])
@pytest.mark.parametrize("transfer", CHROMIUM)
def test_greys_by_code_points_are_chromiums(primaries, transfer):
    ramp = Image.fromarray(np.arange(0, 256, 16, dtype=np.uint8)[None]).convert("RGB")
    shown = levels(from_code_points(primaries, transfer)(ramp))[0, :, 0]
    assert np.abs(shown - CHROMIUM[transfer]).max() <= 1


def test_video_in_an_avif_is_shown_as_srgb():
    avif = saved(vivid(), "AVIF", quality=100, subsampling="4:4:4")
    place = avif.index(b"colrnclx") + 8
    as_video = avif[:place] + struct.pack(">HH", 1, 1) + avif[place + 4 :]
    assert open_photo(as_video).display is None


# A PNG's own numbers


def png_with(*chunks):
    picture = vivid()
    header = struct.pack(">IIBBBBB", *picture.size, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in np.asarray(picture))
    return png_file((b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b""))


def gamma(value):
    return b"gAMA", struct.pack(">I", round(100_000 * value))


def chromaticities(*pairs):
    return b"cHRM", struct.pack(">8I", *(round(100_000 * number) for pair in pairs for number in pair))


OF_P3 = chromaticities((0.3127, 0.3290), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))


def test_a_png_of_plain_light_is_shown_as_light_and_the_model_sees_its_numbers():
    photo = open_photo(png_with(gamma(1)))
    assert np.abs(levels(photo.shown) - levels(from_code_points(1, 8)(vivid()))).max() <= 1
    assert (levels(photo.image) == levels(vivid())).all()


def test_a_png_that_says_display_p3_in_numbers_is_shown_as_with_the_profile():
    expected = levels(by_littlecms(vivid(), with_srgbs_curve(P3)))
    assert np.abs(levels(open_photo(png_with(gamma(0.45455), OF_P3)).shown) - expected).mean() <= LEVELS


def test_white_stays_white_whatever_its_numbers():
    warm = from_gamma(0.45455, ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)), (0.3457, 0.3585))
    greys = levels(warm(Image.linear_gradient("L").convert("RGB")))
    assert (greys.max(axis=2) - greys.min(axis=2)).max() <= 1


@pytest.mark.parametrize(
    "chunks",
    [
        [gamma(0.45455)],
        [gamma(1), (b"sRGB", b"\0")],
        [OF_P3],  # browsers heed it beside a gamma alone
        [gamma(0)],
        [gamma(0.45455), chromaticities(*[(0, 0)] * 4)],
        [gamma(0.45455), chromaticities(*[(0.3, 0.3)] * 4)],
    ],
    ids=["usual", "sRGB", "no gamma", "zero", "no colours", "one colour"],
)
def test_numbers_that_say_nothing_change_nothing(chunks):
    assert open_photo(png_with(*chunks)).display is None
