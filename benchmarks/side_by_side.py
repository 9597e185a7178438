"""Models side by side: processor time as a ratio within one run, and memory with one, two and three of them.

    python scripts/make_random_checkpoint.py FOLDER --size streetclip
    python benchmarks/side_by_side.py FOLDER OTHER [THIRD]

A photo's answers by the first two models, compared and combined, against the sum of what each takes alone: what is
compared takes turns, each on a photo of its own, and medians of processor time count. Captions are read before. Then,
for each model loaded, resident memory and the peak while it was loaded. Linux.
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

from streetclip_demo.checkpoints.cards import model_card  # noqa: E402
from streetclip_demo.locate.compare import side_by_side  # noqa: E402
from streetclip_demo.locate.loading import Wanted, load_locator  # noqa: E402
from streetclip_demo.locate.question import Question  # noqa: E402
from streetclip_demo.locate.room import available_bytes, resident_bytes, weights_bytes  # noqa: E402
from streetclip_demo.photos.photo import photo_from_image  # noqa: E402
from streetclip_demo.places.gazetteer import Gazetteer  # noqa: E402

LABELS = "Japan\nFrance\nPeru\nKenya\nNorway\nIndia\nBrazil\nCanada"
GIGA = 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    gazetteer, question = Gazetteer.load(), Question(LABELS, add_cities=False, anyway=True)
    begin = resident_bytes()
    print(f"before: {begin / GIGA:.2f} GB resident, {available_bytes() / GIGA:.1f} GB available")
    locators = []
    for name in options.models:
        card, before = model_card(name), resident_bytes()
        _forget_peak()
        locator = load_locator(Wanted(card, "cpu", "float32", is_explicit=True), gazetteer)
        taken = resident_bytes() - before
        locator.locate(_photo(0), question)  # reads its captions too
        locators.append(locator)
        print(
            f"{len(locators)} models: {resident_bytes() / GIGA:.2f} GB resident, peak {_peak() / GIGA:.2f};"
            f" loading took {taken / GIGA:.2f}, its files have {(weights_bytes(card) or 0) / GIGA:.2f}"
        )
    if len(locators) < 2:
        return
    first, second = locators[:2]

    def both(photo) -> None:
        found = [one.locate(photo, question) for one in (first, second)]
        side_by_side(found, (1, 1), gazetteer)

    ways = (
        lambda photo: first.locate(photo, question),
        lambda photo: second.locate(photo, question),
        both,
    )
    times: list[list[float]] = [[], [], []]
    for turn in range(options.repeats):
        for number, way in enumerate(ways):
            photo, start = _photo(1 + 3 * turn + number), time.process_time()
            way(photo)
            times[number].append(time.process_time() - start)
    alone, other, together = map(statistics.median, times)
    print(f"alone {alone:.2f} s and {other:.2f} s, side by side {together:.2f} s of processor time")
    print(f"side by side / the sum of both: {together / (alone + other):.3f}")


def _photo(seed: int):
    """Noise that no model has seen yet."""
    pixels = np.random.default_rng(seed).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    return photo_from_image(Image.fromarray(pixels))


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
