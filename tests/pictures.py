"""Pictures that tests make: every mode, orientation and format that a photo can come in, and broken ones."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

ORIENTATION, GPS = 0x0112, 0x8825


def levels(image: Image.Image) -> np.ndarray:
    """A picture's levels as numbers that may be subtracted."""
    return np.asarray(image).astype(int)


def saved(image: Image.Image, kind: str, **options) -> bytes:
    """A picture as a file of this kind."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def street(width: int = 150, height: int = 100, seed: int = 0) -> Image.Image:
    """An RGB picture with a sky, a road and noise, so that no crop or turn of it looks like another."""
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    channels = [120 + 100 * across, 200 - 150 * down, 90 + 120 * down * across]
    levels = np.stack(channels, axis=-1) + rng.normal(0, 12, (height, width, 3))
    levels[int(0.6 * height) :, : int(0.4 * width)] = (70, 70, 80)
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def grey16(width: int = 150, height: int = 100) -> np.ndarray:
    """Grey values over the whole range of 16 bits, shape (height, width)."""
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return (65535 * (0.7 * across + 0.3 * down)).astype(np.uint16)


def png16(levels: np.ndarray) -> bytes:
    """A PNG file of 16 bits a channel, which Pillow cannot write; levels of shape (height, width, 1 to 4)."""
    height, width, channels = levels.shape
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    return png_file((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))


def png_file(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file of these chunks, with their lengths and checksums."""
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def png_bomb(side: int = 30_000) -> bytes:
    """A small file that says it is a picture of 30,000 x 30,000 pixels, and would decode to one."""
    compress = zlib.compressobj(9)
    row = b"\0" + bytes(side * 3)
    pixels = b"".join(compress.compress(row) for _ in range(side // 100)) + compress.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return png_file((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))


def exif_with(orientation: int, *, gps: bool = False) -> Image.Exif:
    """EXIF data with an orientation and, if asked for, a position."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    if gps:
        exif[GPS] = {1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)}
    return exif


def write_pictures(folder: Path) -> dict[str, Path]:
    """Write one file per mode, orientation and format; return their paths by name."""
    picture = street()
    fade = Image.linear_gradient("L").resize(picture.size)
    translucent = picture.copy()
    translucent.putalpha(fade)
    palette = picture.quantize(32)
    grey = picture.convert("L")
    files = {
        "rgb": (picture, "rgb.png", {}),
        "rgba": (translucent, "rgba.png", {}),
        "rgb_transparent": (picture, "rgb_transparent.png", {"transparency": picture.getpixel((0, 0))}),
        "grey": (grey, "grey.png", {}),
        "grey_alpha": (translucent.convert("LA"), "grey_alpha.png", {}),
        "grey_transparent": (grey, "grey_transparent.png", {"transparency": grey.getpixel((3, 3))}),
        "palette": (palette, "palette.png", {}),
        "palette_transparent": (
            palette,
            "palette_transparent.png",
            {"transparency": bytes(range(0, 256, 8))},
        ),
        "palette_gif": (palette, "palette.gif", {"transparency": 3}),
        "black_and_white": (picture.convert("1"), "bits.png", {}),
        "cmyk": (picture.convert("CMYK"), "cmyk.jpg", {"quality": 95}),
        "ycbcr": (picture.convert("YCbCr"), "ycbcr.jpg", {"quality": 95}),
        "lab": (picture.convert("LAB"), "lab.tif", {}),
        "jpeg": (picture, "photo.jpg", {"quality": 90}),
        "webp": (translucent, "photo.webp", {"lossless": True}),
        "bmp": (picture, "photo.bmp", {}),
        "wide": (street(900, 60), "wide.png", {}),
        "tall": (street(60, 900), "tall.png", {}),
    }
    paths = {}
    for name, (image, file, options) in files.items():
        paths[name] = folder / file
        image.save(paths[name], **options)
    paths["grey16"] = folder / "grey16.png"
    paths["grey16"].write_bytes(png16(grey16()[..., None]))
    paths["grey16_tiff"] = folder / "grey16.tif"
    Image.fromarray(grey16()).save(paths["grey16_tiff"])
    paths["rgb16"] = folder / "rgb16.png"
    paths["rgb16"].write_bytes(png16(np.asarray(picture).astype(np.uint16) * 257))
    for orientation in range(1, 9):
        name = f"orientation{orientation}"
        paths[name] = folder / f"{name}.png"
        picture.save(paths[name], exif=exif_with(orientation))
    paths["with_position"] = folder / "with_position.jpg"
    picture.save(paths["with_position"], quality=95, exif=exif_with(6, gps=True))
    paths["animation"] = folder / "animation.gif"
    frames = [street(seed=seed).quantize(64) for seed in range(3)]
    frames[0].save(paths["animation"], save_all=True, append_images=frames[1:], duration=100)
    paths["heic"] = folder / "photo.heic"
    pillow_heif.from_pillow(picture).save(paths["heic"], quality=90)
    return paths
