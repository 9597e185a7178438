"""Three views of a wide photo beside three bare forwards, and a panorama's views, as ratios within one run.

    python scripts/make_random_checkpoint.py FOLDER
    python benchmarks/views.py --model FOLDER

The wide photo is 12 megapixels, its captions are kept. What is compared takes turns, and medians count.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

import streetclip_demo  # noqa: E402
from streetclip_demo.photos.panorama import HEADINGS, perspective  # noqa: E402
from streetclip_demo.photos.photo import photo_from_image  # noqa: E402

WIDE, PANORAMA = (4624, 2600), (8192, 4096)
LABELS = "France\nJapan\nKenya\nPeru\nNorway"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="practice", help="a folder with a CLIPModel (practice)")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--busy", action="store_true", help="processor time, for a machine that does other things too"
    )
    options = parser.parse_args()
    clock = time.process_time if options.busy else time.perf_counter
    opened = streetclip_demo.open(options.model, device="cpu", precision="float32")
    seconds = measured(opened, options.repeats, clock)
    for name, value in seconds.items():
        print(f"{name}: {value:.3f} s")
    three = seconds["three bare forwards"]
    print(
        f"three views of a wide photo / three bare forwards: {seconds['three views'] / three:.3f} (goal <= 1.03)"
    )
    print(f"one view / one bare forward: {seconds['one view'] / seconds['one bare forward']:.3f}")
    print(f"cutting a panorama of 34 megapixels into four views: {seconds['cutting a panorama']:.3f} s")


def measured(opened, repeats: int, clock) -> dict[str, float]:
    """Median seconds of each."""
    encoder = opened.locator.encoder
    engine, side = encoder._engine, encoder.image_px  # bare: below our preprocessing
    pixels = np.zeros((1, 3, side, side), np.float32)
    wide, panorama = noise(WIDE), noise(PANORAMA)
    settings = {"labels": LABELS, "add_cities": False, "anyway": True}

    def bare(count: int) -> None:
        for _ in range(count):
            engine.image_features(pixels)

    def asked(views: int) -> None:
        opened.locate(photo, views=views, **settings)

    works = {
        "one bare forward": lambda: bare(1),
        "three bare forwards": lambda: bare(3),
        "one view": lambda: asked(1),
        "three views": lambda: asked(3),
        "cutting a panorama": lambda: list(perspective(panorama, HEADINGS)),
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(repeats + 1):
        for name, work in works.items():
            photo = photo_from_image(
                wide
            )  # not remembered, and not a part of what is measured: it was decoded before
            start = clock()
            work()
            if turn:  # the first warms up
                taken[name].append(clock() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


def noise(size: tuple[int, int]) -> Image.Image:
    small = np.random.default_rng(0).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


if __name__ == "__main__":
    main()
