"""Pictures of eleven formats with bytes changed, cut off or repeated: each opens or is told in a sentence.

``python tests/picture_corpus.py`` reads 2,500 of them, made from small drawn pictures with a fixed seed, and prints
how many of each format opened. Its exit status is 1 if anything but a PhotoError was raised.
"""

import collections
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np  # noqa: E402
import pillow_heif  # noqa: E402
from pictures import exif_with, grey16, street  # noqa: E402
from PIL import Image  # noqa: E402

from streetclip_demo.errors import PhotoError  # noqa: E402
from streetclip_demo.photos.photo import Photo, open_photo  # noqa: E402

SEED = 20261128
COUNT = 2_500


def saved(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def originals() -> dict[str, list[bytes]]:
    """Whole pictures of eleven formats."""
    picture, other = street(96, 64), street(96, 64, seed=1)
    translucent = picture.copy()
    translucent.putalpha(Image.linear_gradient("L").resize(picture.size))
    exif = exif_with(6, gps=True)
    heic = io.BytesIO()
    pillow_heif.from_pillow(picture).save(heic, quality=80, exif=exif.tobytes())
    return {
        "JPEG": [saved(picture, "JPEG", exif=exif), saved(picture, "JPEG", progressive=True)],
        "MPO": [saved(picture, "MPO", save_all=True, append_images=[other])],
        "PNG": [saved(translucent, "PNG", exif=exif), saved(picture.quantize(32), "PNG")],
        "APNG": [saved(picture, "PNG", save_all=True, append_images=[other])],
        "WebP": [saved(translucent, "WEBP", exif=exif), saved(picture, "WEBP", lossless=True)],
        "GIF": [saved(picture.quantize(64), "GIF", save_all=True, append_images=[other.quantize(64)])],
        "BMP": [saved(picture, "BMP"), saved(picture.quantize(16), "BMP")],
        "TIFF": [
            saved(picture, "TIFF", compression="tiff_lzw", tiffinfo={274: 6}),
            saved(Image.fromarray(grey16(96, 64)), "TIFF"),
            saved(picture.convert("CMYK"), "TIFF", compression="jpeg"),
        ],
        "HEIC": [heic.getvalue()],
        "AVIF": [saved(translucent, "AVIF", exif=exif)],
        "PPM": [saved(picture, "PPM"), saved(picture.convert("L"), "PPM")],
    }


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Some bytes changed, a part cut off, left out, doubled or zeroed."""
    changed = np.frombuffer(data, np.uint8).copy()
    first, last = np.sort(rng.integers(0, len(data) + 1, 2))
    way = rng.integers(6)
    if way == 0:
        places = rng.integers(0, len(data), rng.integers(1, 30))
        changed[places] = rng.integers(0, 256, len(places))
    elif way == 1:  # mostly where the format says what it holds
        places = rng.integers(0, min(len(data), 200), rng.integers(1, 6))
        changed[places] = rng.integers(0, 256, len(places))
    elif way == 2:
        return data[:first]
    elif way == 3:
        return data[:first] + data[last:]
    elif way == 4:
        return data[:last] + data[first:]
    else:
        changed[first : min(last, first + 200)] = 0
    return changed.tobytes()


def corpus(count: int = COUNT, seed: int = SEED) -> Iterator[tuple[str, bytes]]:
    """Format and bytes of damaged pictures, formats in turn."""
    rng = np.random.default_rng(seed)
    formats = originals()
    names = list(formats)
    for number in range(count):
        name = names[number % len(names)]
        files = formats[name]
        yield name, mutated(files[rng.integers(len(files))], rng)


def read_all(
    open_one: Callable[[bytes], Photo], count: int = COUNT
) -> tuple[dict[str, collections.Counter], list[str]]:
    """How many of each format opened or were refused, and what else was raised."""
    results, strays = collections.defaultdict(collections.Counter), []
    for number, (name, data) in enumerate(corpus(count)):
        try:
            photo = open_one(data)
            results[name]["opened" if photo.image.mode == "RGB" else "not RGB"] += 1
        except PhotoError as error:
            results[name]["refused"] += 1
            if len(str(error)) < 30 or "\n" in str(error):
                strays.append(f"{number} {name}: no sentence: {error}")
        except BaseException as error:  # noqa: BLE001 - that is what is looked for
            strays.append(f"{number} {name}: {type(error).__name__}: {error}")
    return results, strays


def main() -> int:
    """Read the corpus and print the table."""
    results, strays = read_all(open_photo)
    for name, counts in results.items():
        print(f"{name:5} {counts['opened']:4} opened {counts['refused']:4} refused")
    print(f"{COUNT} pictures, {len(strays)} raised something else than a PhotoError", *strays, sep="\n")
    return 1 if strays else 0


if __name__ == "__main__":
    sys.exit(main())
