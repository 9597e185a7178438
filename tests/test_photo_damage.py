"""Damage outside the pixels opens, damaged pixels do not; what is not read is named with what to do instead."""

import contextlib
import gc
import io
import struct
import weakref
import zlib

import numpy as np
import pillow_heif
import pytest
from pictures import exif_with, levels, png_bomb, png_file, saved, street
from PIL import Image, ImageCms

from streetclip_demo.errors import PhotoError
from streetclip_demo.photos import decoding
from streetclip_demo.photos.decoding import MAX_MEGAPIXELS, in_words
from streetclip_demo.photos.photo import open_photo

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def chunks(png):
    """Kind and content of each chunk of a PNG file."""
    start = 8
    while start < len(png):
        length, kind = struct.unpack_from(">I4s", png, start)
        yield kind, png[start + 8 : start + 8 + length]
        start += 12 + length


def with_chunk(kind, content, *, checksum_is_right=True):
    """A PNG of the street with one more chunk before its pixels."""
    header, *rest = chunks(saved(street(), "PNG"))
    png = png_file(header, (kind, content), *rest)
    if checksum_is_right:
        return png
    wrong = png.index(kind) + 4 + len(content)
    return png[:wrong] + bytes(4) + png[wrong + 4 :]


NOISE = np.random.default_rng(0).bytes(2_000_000)


@pytest.mark.parametrize(
    ("kind", "content", "checksum_is_right"),
    [
        (b"tEXt", b"Comment\0" + b"a" * 2_000_000, True),
        (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(70_000_000)), True),
        (b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(NOISE), True),
        (b"iCCP", b"large\0\0" + zlib.compress(SRGB + NOISE), True),
        (b"iCCP", b"no profile\0\0" + zlib.compress(NOISE), True),
        (b"iCCP", b"not compressed\0\0" + NOISE[:100], True),
        (b"iCCP", b"", True),
        (b"tEXt", b"Comment\0hello", False),
        (b"eXIf", exif_with(6).tobytes(), False),
        (b"gAMA", b"", True),
        (b"pHYs", b"\1", True),
        (b"tIME", b"", False),
        (b"acTL", b"\0", True),
        (b"fcTL", bytes(26), True),
    ],
)
def test_a_png_with_a_large_or_damaged_chunk_that_holds_no_pixels_opens(kind, content, checksum_is_right):
    photo = open_photo(with_chunk(kind, content, checksum_is_right=checksum_is_right))
    assert (levels(photo.image) == levels(street())).all()


def test_a_png_with_a_wrong_checksum_in_its_pixels_or_palette_is_refused():
    for png, kind in (
        (saved(street(), "PNG"), b"IDAT"),
        (saved(street().quantize(8), "PNG"), b"PLTE"),
        (saved(street(), "PNG"), b"IHDR"),
    ):
        start = png.index(kind)
        (length,) = struct.unpack_from(">I", png, start - 4)
        end = start + 4 + length
        with pytest.raises(PhotoError):
            open_photo(png[:end] + bytes(4) + png[end + 4 :])


def test_a_png_without_its_end_opens():
    png = saved(street(), "PNG")
    assert (levels(open_photo(png[:-12]).image) == levels(street())).all()


def noisy(width=400, height=300):
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8))


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}, {"optimize": True}]
)
@pytest.mark.parametrize("picture", [street(), noisy()])
def test_a_jpeg_without_its_last_two_bytes_opens_and_one_that_lacks_pixels_does_not(picture, options):
    jpeg = saved(picture, "JPEG", quality=90, **options)
    assert jpeg.endswith(b"\xff\xd9")
    assert open_photo(jpeg[:-2]).digest == open_photo(jpeg[:-1]).digest == open_photo(jpeg).digest
    for part in (0.5, 0.8, 0.95):
        with pytest.raises(PhotoError):
            open_photo(jpeg[: int(part * len(jpeg))])
    with pytest.raises(PhotoError):
        open_photo(jpeg[:-8])


def test_a_motion_photo_is_its_picture():
    jpeg = saved(street(), "JPEG", quality=90)
    video = b"\0\0\0\x18ftypmp42" + bytes(12) + NOISE[:50_000]
    assert open_photo(jpeg + video).digest == open_photo(jpeg).digest


def test_a_jpeg_with_a_gain_map_behind_it_is_its_picture():
    main, gain = street(), street(seed=1).convert("L").resize((75, 50))
    both = saved(main, "MPO", save_all=True, append_images=[gain], quality=90)
    photo = open_photo(both)
    assert np.abs(levels(photo.image) - levels(main)).mean() < 8
    assert photo.notes == ()


def test_a_panorama_says_that_the_model_sees_its_middle():
    xmp = b'<x:xmpmeta><rdf:Description GPano:ProjectionType="equirectangular"/></x:xmpmeta>'
    photo = open_photo(saved(street(300, 150), "JPEG", xmp=xmp))
    assert photo.image.size == (300, 150)
    assert photo.notes == ("This is a 360-degree panorama; of it the model sees the square in the middle.",)


def test_an_animated_png_says_that_its_first_frame_is_used():
    frames = [street(seed=seed) for seed in range(2)]
    photo = open_photo(saved(frames[0], "PNG", save_all=True, append_images=frames[1:]))
    assert photo.notes == ("This is an animation; its first frame is used.",)
    assert (levels(photo.image) == levels(frames[0])).all()


def test_an_animated_png_with_a_still_picture_besides_gives_that_and_says_so():
    frames = [street(seed=seed) for seed in range(3)]
    photo = open_photo(saved(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True))
    assert photo.notes == ("This is an animation with a still picture besides; that one is used.",)
    assert (levels(photo.image) == levels(frames[0])).all()


def test_what_a_gifs_first_frame_leaves_free_is_white():
    picture = street().quantize(64)
    gif = bytearray(saved(picture, "GIF"))
    width, height = picture.size
    frame = gif.index(b"\x2c\0\0\0\0" + struct.pack("<HH", width, height))
    gif[frame + 1 : frame + 5] = struct.pack("<HH", 10, 5)
    gif[6:10] = struct.pack("<HH", width + 30, height + 20)
    shown = levels(open_photo(bytes(gif)).image)
    assert (shown[5 : 5 + height, 10 : 10 + width] == levels(picture.convert("RGB"))).all()
    assert shown.sum() - shown[5 : 5 + height, 10 : 10 + width].sum() == 255 * 3 * (
        180 * 120 - width * height
    )


@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}], ids=["plain", "LZW"])
def test_a_tiff_of_ycbcr_is_read(options):
    photo = open_photo(saved(street().convert("YCbCr"), "TIFF", **options))
    assert np.abs(levels(photo.image) - levels(street())).mean() < 1.5


# What is not read


def dng(is_thumbnail=True):
    """A TIFF as cameras write raw files: a thumbnail first, with the tag that says DNG."""
    tags = {50706: b"\1\4\0\0"} | ({254: 1} if is_thumbnail else {})
    return saved(street(96, 64), "TIFF", tiffinfo=tags)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (dng(), "a camera's raw file"),
        (dng(is_thumbnail=False), "a camera's raw file"),
        (saved(street(96, 64), "TIFF", tiffinfo={254: 1}), "a camera's raw file"),
        (b"\0\0\0\x18ftypcrx " + bytes(60), "a camera's raw file"),
        (b"FUJIFILMCCD-RAW 0201" + bytes(60), "a camera's raw file"),
        (b"IIRO\x08\0\0\0" + bytes(60), "a camera's raw file"),
        (b"IIU\0\x18\0\0\0" + bytes(60), "a camera's raw file"),
        (b"II*\0\x08\0\0\0\0\0" + bytes(60), "a kind of TIFF"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(60), "a JPEG XL picture"),
        (b"\xff\x0a" + bytes(60), "a JPEG XL picture"),
        (saved(street(), "JPEG2000"), "a JPEG 2000 picture"),
    ],
)
def test_what_is_not_read_is_named_with_what_to_export_instead(data, what):
    with pytest.raises(PhotoError, match=what) as error:
        open_photo(data)
    assert "as JPEG" in str(error.value)


def test_without_pillow_heif_a_heic_is_named(monkeypatch):
    file = io.BytesIO()
    pillow_heif.from_pillow(street()).save(file)
    monkeypatch.setattr(decoding, "FORMATS", [name for name in decoding.FORMATS if name != "HEIF"])
    with pytest.raises(PhotoError, match=r"for want of pillow-heif\. Export it as JPEG"):
        open_photo(file.getvalue())


# What is too large


def large_jpeg(width, height, **options):
    return saved(Image.new("L", (width, height), 90), "JPEG", **options)


@pytest.mark.parametrize(
    ("size", "options", "read_at", "part"),
    [
        ((16_320, 12_240), {}, (8_160, 6_120), "half"),  # what phones of 200 megapixels make
        ((9_001, 8_001), {}, (4_501, 4_001), "half"),
        ((9_001, 8_001), {"progressive": True}, (4_501, 4_001), "half"),
        ((32_000, 9_000), {}, (8_000, 2_250), "a quarter"),
    ],
)
def test_a_jpeg_beyond_the_limit_is_read_at_a_reduced_size_and_says_so(size, options, read_at, part):
    photo = open_photo(large_jpeg(*size, **options))
    assert photo.image.size == read_at
    megapixels = f"{size[0] * size[1] / 1e6:,.0f}"
    assert photo.notes == (
        f"The photo has {megapixels} megapixels; it was read at {part} of its width and height.",
    )


def test_the_limit_itself_is_read_whole():
    assert open_photo(large_jpeg(8_000, 8_000)).image.size == (8_000, 8_000)
    assert MAX_MEGAPIXELS == 64


def test_formats_whose_decoders_need_more_memory_have_lower_limits():
    assert decoding.check_size((6_000, 5_300), "WEBP", "It") is None
    with pytest.raises(
        PhotoError, match="of its format at most 32 megapixels are read, and it has 7,000 x 5,000"
    ):
        decoding.check_size((7_000, 5_000), "WEBP", "It")
    with pytest.raises(PhotoError, match="at most 64 megapixels"):
        open_photo(png_bomb(8_001))


def test_a_photo_that_failed_is_let_go_without_a_garbage_collection():
    class Picture:
        """Stands for a file's bytes and pixels, which no weak reference can name."""

    failed = []

    def decoding():
        picture = Picture()
        failed.append(weakref.ref(picture))
        raise OSError("image file is truncated")

    gc.disable()  # on Python 3.12 to 3.14 a generator in place of the class would hold it until a collection
    try:
        with contextlib.suppress(PhotoError), in_words("The photo", b""):
            decoding()
        assert failed[0]() is None
    finally:
        gc.enable()
