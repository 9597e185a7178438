"""What explaining an answer takes beside answering: ``python benchmarks/explanations.py --model FOLDER``.

With ``--streets N`` instead: on how many of N drawn streets the practice model's sweep names the window that asking
about all 49 names, and what it takes beside that. With ``--sweep`` what a sweep of the model takes beside 49 bare
forwards, which are timed before and after each.

Prints ratios of processor time, one thread, medians of turns: a map of one place from pixels and of a further place of
the same photo, beside a bare forward of the image; the answer to a brush stroke beside an answer to a photo.
"""

import argparse
import itertools
import random
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from streetclip_demo.locate.opened import open_model
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.sweep import ASKED, Swept, sweep
from streetclip_demo.locate.what_if import change, without_part
from streetclip_demo.photos.brush import mask_of
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.overlay import overlay
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.practice.facts import COUNTRIES, clues_of
from streetclip_demo.practice.scene import draw_scene

LABELS = "Japan\n  Tokyo\n  Osaka\nFrance\nBrazil\nKenya\nPeru\nIndia\nNorway\nChile"
STROKE = (0.3, 0.3, 0.5, 0.5)
LAYER_PX = 336
FIRST_SEED = 4_000_000_000  # of streets that were in no training


class Asked:
    """A model with one photo, which is a new one each time that it is asked for."""

    def __init__(self, folder):
        self.locator = open_model(folder, device="cpu", precision="float32").locator
        self.question = Question(LABELS, add_cities=False, anyway=True)
        noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
        picture = Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC)
        self.view = self.locator.encoder.crop(picture)
        self.pixels = self.locator.encoder._preprocessing.pixels([self.view])
        self.numbers = itertools.count()
        self.seen = self.photo()
        self.prediction = self.locator.locate(self.seen, self.question)

    def photo(self):
        """One that nothing is remembered of."""
        return KeptPhoto(f"photo {next(self.numbers)}", (), self.view.size, b"", self.view)

    def forward(self):
        self.locator.encoder._engine.image_features(self.pixels)

    def first_map(self):
        self.seen = self.photo()
        overlay(self.locator.explain(self.seen, self.prediction, ["France"]).patches, LAYER_PX)

    def further_map(self):
        overlay(self.locator.explain(self.seen, self.prediction, ["Kenya"]).patches, LAYER_PX)

    def answer(self):
        self.locator.locate(self.photo(), self.question)

    def stroke(self):
        brushed = without_part(self.seen, self.view, mask_of([STROKE], 32))
        change(self.prediction, self.locator.locate(brushed, self.question))


def sweep_beside_forwards(asked, repeats):
    """Processor times of a sweep and of a forward, medians of turns: one sweep between two forwards on either side."""
    sweeps, forwards = [], []
    for _ in range(repeats):
        swept = Swept(asked.photo(), asked.question, asked.prediction)
        forwards += [seconds(asked.forward) for _ in range(2)]
        sweeps.append(seconds(lambda swept=swept: sweep(asked.locator, swept)))
        forwards += [seconds(asked.forward) for _ in range(2)]
    return statistics.median(sweeps), statistics.median(forwards)


def agreement(count):
    """On how many drawn streets sweep and all windows name the same strongest one, and their times' ratio."""
    opened = open_model("practice", device="cpu", precision="float32")
    locator, question = opened.locator, Question(opened.labels, add_cities=False)
    same, taken, whole = [], 0.0, 0.0
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        rng = random.Random(seed)
        photo = photo_from_image(draw_scene(clues_of(rng.choice(COUNTRIES), rng), seed, 160))
        locator.know(photo)
        before = locator.locate(photo, question)
        found = {}

        def run(asked, photo=photo, before=before, found=found):
            found[asked] = sweep(locator, Swept(photo, question, before), asked=asked).strongest

        taken, whole = taken + seconds(lambda: run(ASKED)), whole + seconds(lambda: run(49))
        same.append(found[ASKED] == found[49])
    return np.mean(same), taken / whole


def seconds(act):
    """Processor time of one call."""
    begun = time.process_time()
    act()
    return time.process_time() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="practice")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--streets", type=int, metavar="N")
    parser.add_argument("--sweep", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.streets:
        share, ratio = agreement(options.streets)
        print(
            f"the same strongest window in {share:.1%} of {options.streets}; {ratio:.2f} of asking about all 49"
        )
        return
    asked = Asked(options.model)
    if options.sweep:
        whole, forward = sweep_beside_forwards(asked, options.repeats)
        print(
            f"{options.model}, medians of {options.repeats}: a bare forward takes {forward:.3f} s,", end=" "
        )
        print(f"a sweep {whole:.1f} s, {whole / 49 / forward:.3f} of 49 forwards (goal 0.5)")
        return
    acts = [asked.forward, asked.first_map, asked.further_map, asked.answer, asked.stroke]
    for act in acts:
        act()
    turns = [[seconds(act) for act in acts] for _ in range(options.repeats)]
    forward, first, further, answer, stroke = (
        statistics.median(column) for column in zip(*turns, strict=True)
    )
    print(f"{options.model}, medians of {options.repeats}: a bare forward takes {forward:.3f} s")
    print("| ratio | goal | |\n|---|---|---|")
    print(f"| map of one place from pixels / bare forward | <= 1.3 | {first / forward:.3f} |")
    print(f"| map of a further place of the same photo / bare forward | <= 0.03 | {further / forward:.4f} |")
    print(f"| brush stroke to the moved answer / photo to answer | <= 1.05 | {stroke / answer:.3f} |")


if __name__ == "__main__":
    main()
