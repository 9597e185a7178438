import contextlib
import gc
import io
import os
import threading
import time
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pictures import exif_with, grey16, levels, png_bomb, street
from PIL import Image, ImageOps

from streetclip_demo.errors import PhotoError
from streetclip_demo.photos import decoding
from streetclip_demo.photos.decoding import MAX_MEGAPIXELS
from streetclip_demo.photos.gps import taken_at
from streetclip_demo.photos.photo import open_photo, photo_from_image


def test_a_photo_is_upright_rgb_with_a_digest(photos):
    photo = open_photo(photos["rgb"])
    assert photo.image.mode == "RGB"
    assert photo.image.size == (150, 100)
    assert (levels(photo.image) == levels(street())).all()
    assert len(photo.digest) == 64
    assert photo.notes == ()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(photos, orientation):
    with Image.open(photos[f"orientation{orientation}"]) as image:
        expected = ImageOps.exif_transpose(image)
    photo = open_photo(photos[f"orientation{orientation}"])
    assert photo.image.size == ((150, 100) if orientation < 5 else (100, 150))
    assert (levels(photo.image) == levels(expected)).all()


def test_orientation_6_puts_the_top_left_at_the_top_right(photos):
    corner = street().getpixel((0, 0))
    assert open_photo(photos["orientation6"]).image.getpixel((99, 0)) == corner


@pytest.mark.parametrize(
    "broken", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"]
)
def test_damaged_metadata_does_not_cost_the_photo(broken):
    file = io.BytesIO()
    street().save(file, "JPEG", exif=broken)
    assert open_photo(file.getvalue()).image.size == (150, 100)


@pytest.mark.parametrize(
    "mode", ["rgba", "rgb_transparent", "grey_transparent", "palette_transparent", "webp"]
)
def test_transparency_lies_on_white(photos, mode):
    with Image.open(photos[mode]) as image:
        pixels = np.asarray(image.convert("RGBA")).astype(float)
    alpha = pixels[..., 3:] / 255
    expected = pixels[..., :3] * alpha + 255 * (1 - alpha)
    assert alpha.min() < 1
    assert np.abs(levels(open_photo(photos[mode]).image) - expected).max() <= 1


@pytest.mark.parametrize("name", ["grey16", "grey16_tiff"])
def test_sixteen_bits_are_scaled_not_clipped_to_white(photos, name):
    red = levels(open_photo(photos[name]).image)[..., 0]
    assert (red == grey16() // 256).all()
    assert (red == 255).mean() < 0.02


def test_sixteen_bit_colours_keep_their_colour(photos):
    assert (levels(open_photo(photos["rgb16"]).image) == levels(street())).all()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 65535]], np.int32), [0, 255]),
        (np.array([[0, 255]], np.int32), [0, 255]),
        (np.array([[0, 1]], np.int32), [0, 1]),
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 127, 255]),
        (np.array([[0.0, 128.0]], np.float32), [0, 128]),
        (np.array([[np.nan, -1.0, np.inf]], np.float32), [0, 0, 255]),
        (np.zeros((1, 2), np.float32), [0, 0]),
    ],
)
def test_deep_greys_use_the_range_they_are_stored_in(values, expected):
    assert levels(photo_from_image(Image.fromarray(values)).image)[0, :, 0].tolist() == expected


def test_every_mode_opens(photos):
    for name, path in photos.items():
        image = open_photo(path).image
        assert image.mode == "RGB", name
        assert levels(image).std() > 2, name


def test_heic_opens(photos):
    assert np.abs(levels(open_photo(photos["heic"]).image) - levels(street())).mean() < 8


def test_an_animation_gives_its_first_frame_and_says_so(photos):
    photo = open_photo(photos["animation"])
    assert photo.notes == ("This is an animation; its first frame is used.",)
    first = levels(street(seed=0).quantize(64).convert("RGB"))
    assert np.abs(levels(photo.image) - first).mean() < 1


def test_several_pages_give_the_first_and_say_so(tmp_path):
    path = tmp_path / "pages.tif"
    street().save(path, save_all=True, append_images=[street(seed=1)])
    photo = open_photo(path)
    assert photo.notes == ("The file holds several pictures; the first is used.",)
    assert (levels(photo.image) == levels(street())).all()


def test_position_and_all_other_metadata_are_dropped(photos):
    with Image.open(photos["with_position"]) as image:
        assert image.getexif().get_ifd(0x8825)
    image = open_photo(photos["with_position"]).image
    assert image.info == {}
    assert dict(image.getexif()) == {}
    again = io.BytesIO()
    image.save(again, "JPEG")
    assert b"Exif" not in again.getvalue()


def test_the_digest_is_of_the_upright_pixels_alone(photos):
    turned = ImageOps.exif_transpose(Image.open(photos["orientation8"]))
    assert open_photo(photos["orientation8"]).digest == photo_from_image(turned).digest
    assert open_photo(photos["rgb"]).digest == open_photo(photos["bmp"]).digest
    assert open_photo(photos["rgb"]).digest != open_photo(photos["jpeg"]).digest
    line = Image.new("RGB", (6, 1))
    assert photo_from_image(line).digest != photo_from_image(line.resize((3, 2))).digest


def test_bytes_a_path_and_an_open_file_give_the_same(photos):
    path = photos["jpeg"]
    digest = open_photo(path).digest
    assert open_photo(str(path)).digest == digest
    assert open_photo(path.read_bytes()).digest == digest
    with open(path, "rb") as file:
        file.read(10)
        assert open_photo(file).digest == digest
        assert not file.closed


@pytest.mark.parametrize("source", [None, ""])
def test_no_photo_is_said(source):
    with pytest.raises(PhotoError, match="No photo was given"):
        open_photo(source)


def written(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("notes.jpg", b"This is a text file.\n" * 20, "its content is text"),
        ("notes.jpg", "Straße in Köln, 日本".encode() * 3, "its content is text"),
        ("empty.jpg", b"", r"empty \(0 bytes\)"),
        ("noise.jpg", bytes(range(128, 256)), "its content is something else"),
        ("scan.jpg", b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        ("figure.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a PostScript document"),
        ("archive.jpg", b"PK\x03\x04" + bytes(60), "a ZIP archive"),
        ("film.jpg", b"\0\0\0\x20ftypisom" + bytes(60), "a video"),
        ("drawing.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "its content is text"),
        ("stub.jpg", b"\xff\xd8", "a JPEG that breaks off"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, name, data, said):
    with pytest.raises(PhotoError, match=said) as error:
        open_photo(written(tmp_path, name, data))
    assert f"{name!r}" in str(error.value)
    assert "Expected a JPEG, PNG, WebP" in str(error.value)


@pytest.mark.parametrize(
    "name", ["jpeg", "rgb", "webp", "bmp", "palette_gif", "lab", "heic", "cmyk", "grey16"]
)
def test_a_truncated_file_is_said_at_every_length(photos, name):
    data = photos[name].read_bytes()
    for part in (0.02, 0.3, 0.7, 0.95):
        with pytest.raises(PhotoError) as error:
            open_photo(data[: max(12, int(len(data) * part))])
        assert "damaged or incomplete" in str(error.value) or "is not a picture" in str(error.value)


def test_damaged_bytes_never_raise_anything_else(photos):
    rng = np.random.default_rng(5)
    for name in ("jpeg", "rgb", "palette_gif", "webp", "bmp", "lab", "heic", "grey16", "animation"):
        data = np.frombuffer(photos[name].read_bytes(), np.uint8)
        for _ in range(25):
            damaged = data.copy()
            damaged[rng.integers(0, len(data), 12)] = rng.integers(0, 256, 12)
            with contextlib.suppress(PhotoError):
                assert open_photo(damaged.tobytes()).image.mode == "RGB"


def test_a_bomb_is_refused_from_its_header(tmp_path):
    path = written(tmp_path, "bomb.png", png_bomb())
    start = time.perf_counter()
    tracemalloc.start()
    with pytest.raises(PhotoError, match="at most 64 megapixels"):
        open_photo(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.perf_counter() - start < 1
    assert peak < 5_000_000


def test_a_picture_just_over_the_limit_is_told_its_size():
    with pytest.raises(PhotoError, match="8,001 x 8,001 pixels"):
        open_photo(png_bomb(8_001))
    with pytest.raises(PhotoError, match="8,001 x 8,001 pixels"):
        photo_from_image(Image.new("1", (8_001, 8_001)))
    assert 8_001**2 > MAX_MEGAPIXELS * 1e6 > 7_999**2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_that_nobody_writes_to_and_a_device_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr("streetclip_demo.photos.photo.PIPE_SECONDS", 0.05)
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "null.jpg").symlink_to("/dev/null")
    for name, said in (
        ("pipe.jpg", "is a pipe, and nothing came out of it for 0.05 seconds"),
        ("null.jpg", "is a device"),
    ):
        with pytest.raises(PhotoError, match=f"'{name}' {said}"):
            open_photo(tmp_path / name)
        with pytest.raises(PhotoError, match=f"'{name}' is a pipe or a device"):
            taken_at(tmp_path / name)


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="a shell's pipes have other paths")
def test_a_shells_own_pipe_is_read():
    read, write = os.pipe()
    Image.new("RGB", (8, 8), "red").save(data := io.BytesIO(), "PNG")
    os.write(write, data.getvalue())
    os.close(write)
    assert open_photo(f"/proc/self/fd/{read}").image.getpixel((0, 0)) == (255, 0, 0)
    os.close(read)


@pytest.mark.parametrize(("name", "said"), [("missing.jpg", "does not exist"), (".", "is a folder")])
def test_a_path_without_a_file_is_said(tmp_path, name, said):
    with pytest.raises(PhotoError, match=said):
        open_photo(tmp_path / name)


def test_pillow_stays_silent_and_files_are_closed(photos, tmp_path):
    large = Image.new("L", (9_600, 9_600))  # Pillow warns from 89 megapixels on
    large.save(tmp_path / "large.jpg")
    gc.collect()  # what other tests left may warn
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for path in [*photos.values(), tmp_path / "large.jpg"]:
            open_photo(path)
        with contextlib.suppress(PhotoError):
            open_photo(written(tmp_path, "broken.jpg", photos["jpeg"].read_bytes()[:900]))
        gc.collect()
    assert [str(warning.message) for warning in heard] == []


def test_photos_are_decoded_side_by_side_and_all_of_them_in_silence(photos, monkeypatch):
    both_are_decoding, load = threading.Barrier(2), decoding._load

    def warning_load(data, name):
        both_are_decoding.wait(timeout=30)
        warnings.warn("odd EXIF data", stacklevel=1)
        return load(data, name)

    monkeypatch.setattr(decoding, "_load", warning_load)
    with warnings.catch_warnings(record=True) as heard, ThreadPoolExecutor(2) as threads:
        warnings.simplefilter("always")
        assert all(threads.map(open_photo, [photos["jpeg"], photos["jpeg"]]))
        warnings.warn("spoken afterwards", stacklevel=1)
    assert [str(warning.message) for warning in heard] == ["spoken afterwards"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux lists a process's open files")
def test_no_file_stays_open(photos, tmp_path):
    broken = written(tmp_path, "broken.gif", photos["animation"].read_bytes()[:300])
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        open_photo(photos["jpeg"])
        open_photo(photos["animation"])
        with contextlib.suppress(PhotoError):
            open_photo(broken)
    assert len(os.listdir("/proc/self/fd")) == before


def test_photos_open_in_several_threads_at_once(photos):
    expected = open_photo(photos["with_position"]).digest
    digests = []
    threads = [
        threading.Thread(target=lambda: digests.append(open_photo(photos["with_position"]).digest))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert digests == [expected] * 8


def test_a_rotated_heic_is_turned_once(tmp_path):
    import pillow_heif

    path = tmp_path / "turned.heic"
    pillow_heif.from_pillow(street()).save(path, quality=95, exif=exif_with(6).tobytes())
    image = open_photo(path).image
    assert image.size == (100, 150)
    expected = levels(street().transpose(Image.Transpose.ROTATE_270))
    assert np.abs(levels(image) - expected).mean() < 8
