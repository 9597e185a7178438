"""Memory and time of decoding photos, in processes with limits and as it was before.

``python benchmarks/decoding.py`` prints a table: for each picture of the largest size that its format may have the peak
of all processes together beyond what the program takes, and for a photo of 12 megapixels the time. With
``--before FOLDER``, a checkout of an older version, its figures stand beside, from the same run. Linux only.
"""

import argparse
import io
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 9

# Runs in a fresh process with the folder of one version: peak and seconds of one file.
ASKING = """
import json, os, sys, threading, time
from pathlib import Path
folder, file, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.path.insert(0, folder)
os.chdir(folder)
try:
    from streetclip_demo.photos.decode_workers import DecodeWorkers
    open_photo = DecodeWorkers(seconds=120).open_photo  # memory is measured, also where others use the processors
except ImportError:
    from streetclip_demo.photos.photo import open_photo
from PIL import Image
import io
small = io.BytesIO()
Image.new("RGB", (64, 64)).save(small, "JPEG")
open_photo(small.getvalue())

def anonymous(pid):
    with open(f"/proc/{pid}/status") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1000

def family():
    me = str(os.getpid())
    tasks = Path("/proc/self/task").glob("*/children")
    return [me, *(pid for task in tasks for pid in task.read_text().split())]

def total():
    try:
        return sum(anonymous(pid) for pid in family())
    except OSError:
        return 0

before = total()
peak, is_over = [0], threading.Event()

def watch():
    while not is_over.wait(0.002):
        peak[0] = max(peak[0], total() - before)

data = Path(file).read_bytes()
if repeats == 1:
    threading.Thread(target=watch, daemon=True).start()
seconds = []
for _ in range(repeats):
    begun = time.perf_counter()
    try:
        photo = open_photo(data)
        said = f"{photo.image.width} x {photo.image.height}"
    except Exception as error:
        said = str(error)[:60]
    seconds.append(time.perf_counter() - begun)
is_over.set()
print(json.dumps({"said": said, "peak_mb": peak[0], "seconds": seconds}))
"""


def measured(folder: Path, file: Path, repeats: int = 1) -> dict:
    """What one version says of a file, its peak in MB (repeats == 1) and its seconds."""
    command = [sys.executable, "-c", ASKING, str(folder), str(file), str(repeats)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(ran.stdout) if ran.returncode == 0 else {"said": "ended", "peak_mb": 0, "seconds": [0]}


def picture(width: int, height: int) -> Image.Image:
    """Soft colours, so that no file has more than the 60 MB that may be sent."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (height // 200, width // 200, 3), np.uint8)
    soft = Image.fromarray(small).resize((width, height), Image.Resampling.BILINEAR)
    return soft.point([level & 0xF0 for level in range(256)] * 3)


def files() -> dict[str, tuple[Image.Image, str, dict]]:
    """Pictures as large as their formats may have, by name."""
    large = picture(8_000, 8_000)
    return {
        "JPEG, 64 megapixels": (large, "JPEG", {"quality": 80}),
        "JPEG, 64, progressive": (large, "JPEG", {"quality": 80, "progressive": True}),
        "JPEG, 64, CMYK": (large.convert("CMYK"), "JPEG", {"quality": 80}),
        "JPEG, 200": (picture(16_320, 12_240), "JPEG", {"quality": 60}),
        "PNG, 64": (large, "PNG", {"compress_level": 1}),
        "PNG, 64, transparent": (large.convert("RGBA"), "PNG", {"compress_level": 1}),
        "PNG, 64, turned": (large, "PNG", {"compress_level": 1, "exif": _turned()}),
        "TIFF, 55, one strip": (
            picture(8_000, 6_800),
            "TIFF",
            {"compression": "tiff_lzw", "tiffinfo": {278: 6_800}},
        ),
        "GIF, 64": (large.quantize(64), "GIF", {}),
        "WebP, 32": (picture(8_000, 4_000), "WEBP", {"quality": 50, "method": 0}),
        "AVIF, 38": (picture(7_600, 5_000), "AVIF", {"quality": 50, "speed": 10}),
        "HEIC, 64": (large, "HEIF", {"quality": 50}),
    }


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def encoded(image: Image.Image, kind: str, options: dict) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.from_pillow(image).save(file, enc_params={"preset": "ultrafast"}, **options)
    else:
        image.save(file, kind, **options)
    return file.getvalue()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, metavar="FOLDER", help="a checkout of an older version")
    before = parser.parse_args().before
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "photo"
        print("| picture | peak, MB | s | before: peak, MB | s |\n|---|---|---|---|---|")
        for name, (image, kind, options) in files().items():
            file.write_bytes(encoded(image, kind, options))
            cells = [_cells(measured(version, file)) for version in (ROOT, before) if version]
            print(f"| {name} | {' | '.join(cells)} |", flush=True)
        file.write_bytes(encoded(picture(4_000, 3_000), "JPEG", {"quality": 90}))
        _print_times(file, before)


def _cells(result: dict) -> str:
    said = "" if " x " in result["said"] and len(result["said"]) < 20 else f" ({result['said']})"
    return f"{result['peak_mb']:.0f}{said} | {result['seconds'][0]:.2f}"


def _print_times(file: Path, before: Path | None) -> None:
    rounds = {version: [] for version in (ROOT, before) if version}
    for _ in range(3):  # in turns
        for version, seconds in rounds.items():
            seconds += measured(version, file, REPEATS)["seconds"]
    medians = [statistics.median(seconds) for seconds in rounds.values()]
    print(f"\nA JPEG of 12 megapixels: {medians[0]:.3f} s", end="")
    print(f"; before {medians[1]:.3f} s, ratio {medians[0] / medians[1]:.2f}" if before else "")


if __name__ == "__main__":
    main()
