"""Draw the example scenes that ship in assets/examples, with their true countries in manifest.json.

    python scripts/make_examples.py

Twelve countries on all continents. For each, the first unseen seed is taken on which nothing is hidden, the picture
is not too dark, and the shipped practice model answers correctly: examples are there to show how the app works, and
the manifest says that they were chosen so. They are no measure of accuracy; that is assets/practice/GATE.md.
"""

import hashlib
import json
import random

import numpy as np
from measure_practice_model import MODEL_DIR, TEST_SEED, MeasuredModel

from streetclip_demo.practice.facts import COUNTRIES, PRACTICE_DIR, clues_of, country_named
from streetclip_demo.practice.scene import draw_scene, scene_of

EXAMPLES = PRACTICE_DIR.parent / "examples"
FIRST_SEED = TEST_SEED + 700_000_000
NAMES = (
    "Norway",
    "France",
    "Greece",
    "Japan",
    "Thailand",
    "India",
    "Kenya",
    "Morocco",
    "United States",
    "Mexico",
    "Brazil",
    "Australia",
)
CHOICE = "answered correctly by the shipped practice model"
CREDITS = """# The example scenes

Twelve streets drawn by this project (`python scripts/make_examples.py`), under its MIT licence. The lettering on the
signs comes from the Noto fonts (SIL Open Font License 1.1; see `assets/practice/SOURCE.md`). They show no real place:
each is drawn from the typical clues of a country in `assets/practice/facts.csv`.

They were chosen among unseen scenes that the shipped practice model answers correctly, so they say nothing about its
accuracy; the measured figures stand in `assets/practice/GATE.md`. `manifest.json` gives each file's country, seed,
clues and digest (SHA-256 of `WIDTHxHEIGHT:` and the RGB bytes).
"""


def digest(image):
    """SHA-256 of an upright RGB picture's size and pixels, as streetclip_demo.photos.photo has it."""
    return hashlib.sha256(f"{image.width}x{image.height}:".encode() + image.tobytes()).hexdigest()


def good_scene(model, country):
    """The first fitting seed: (seed, clues, image, probability of the country)."""
    number = COUNTRIES.index(country)
    start = FIRST_SEED + 1000 * number
    for seed in range(start, start + 1000):
        clues = clues_of(country, random.Random(seed))
        if scene_of(clues, seed).hidden:
            continue
        image = draw_scene(clues, seed)
        odds = model.country_probabilities([image])[0]
        if np.asarray(image).mean() > 125 and odds.argmax() == number and odds[number] >= 0.4:
            return seed, clues, image, float(odds[number])
    raise SystemExit(f"No scene of {country.name} is answered correctly: train the model first.")


def main():
    EXAMPLES.mkdir(parents=True, exist_ok=True)
    model, entries = MeasuredModel.load(MODEL_DIR), []
    for country in map(country_named, NAMES):
        seed, clues, image, probability = good_scene(model, country)
        file = country.name.lower().replace(" ", "-") + ".png"
        image.save(EXAMPLES / file, optimize=True)
        print(f"{file}: P({country.name}) = {probability:.2f}")
        entry = {"file": file, "country": country.name, "iso": country.iso, "seed": seed, "chosen": CHOICE}
        entries.append(entry | {"clues": clues, "digest": digest(image)})
    (EXAMPLES / "manifest.json").write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    (EXAMPLES / "CREDITS.md").write_text(CREDITS, encoding="utf-8")


if __name__ == "__main__":
    main()
