"""Draw a dataset of streets whose countries and positions are known, as a public set would come: photos and a CSV file.

    python scripts/draw_dataset.py FOLDER --count 2000      writes FOLDER/drawn.csv and FOLDER/photos/*.png, then
                                                            evaluates the practice model on them: report.html,
                                                            outcomes.csv and figures.json in FOLDER/results

Each drawn photographer stays in one country and moves round one of its cities.
"""

import argparse
import contextlib
import csv
import io
import json
import math
import multiprocessing
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from streetclip_demo.cli.commands import command_parser
from streetclip_demo.cli.evaluate import evaluate
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.practice.facts import COUNTRIES, clues_of
from streetclip_demo.practice.scene import draw_scene

FIRST_SEED = 2_000_000_000  # neither the training nor the gate of the practice model has scenes from here
WIDTH_PX = 320
MOST_BY_ONE = 40  # photos of one photographer
AROUND_KM = 30
HEADER = ("IMG_ID", "AUTHOR", "LAT", "LON", "country")


def plan(count, seed):
    """Rows of the CSV file, each with what is to be drawn: (row, clues, seed of the scene)."""
    rng = random.Random(seed)
    gazetteer = Gazetteer.load()
    planned, photographer = [], 0
    while len(planned) < count:
        country = rng.choice(COUNTRIES)
        city = rng.choice(gazetteer.cities(country.iso, limit=30))
        photographer += 1
        for _ in range(min(count - len(planned), MOST_BY_ONE, 1 + int(rng.paretovariate(1.2)))):
            number = len(planned)
            latitude, longitude = _near(city, rng)
            row = (
                f"{number:07d}.png",
                f"{photographer:08d}@N00",
                f"{latitude:.6f}",
                f"{longitude:.6f}",
                country.iso,
            )
            planned.append((row, clues_of(country, rng), FIRST_SEED + seed * 1_000_000 + number))
    return planned


def draw(folder, count, seed=0):
    """Write the dataset."""
    photos = folder / "photos"
    photos.mkdir(parents=True, exist_ok=True)
    planned = plan(count, seed)
    with multiprocessing.get_context("spawn").Pool() as pool:
        tasks = [(photos / row[0], clues, number) for row, clues, number in planned]
        for _ in pool.imap_unordered(_draw, tasks, chunksize=16):
            pass
    with open(folder / "drawn.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *(row for row, _, _ in planned)])


def measure(folder):
    """Evaluate the practice model; print its figures beside those of a constant answer and of shuffled labels."""
    results = folder / "results"
    results.mkdir(exist_ok=True)
    files = ["--html", str(results / "report.html"), "--csv", str(results / "outcomes.csv"), "--with-photos"]
    options = command_parser().parse_args(["evaluate", str(folder), "--model", "practice", "--json", *files])
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        evaluate(options, are_drawn=True)
    (results / "figures.json").write_text(written.getvalue(), encoding="utf-8")
    with open(results / "outcomes.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    true, found = ([row[key] for row in rows] for key in ("true_country", "country"))
    shuffled = random.Random(0).sample(true, len(true))
    figure = json.loads(written.getvalue())["figures"]["country_top1"]
    print(
        f"country right: {figure['value']:.1f} % ({figure['low']:.1f} to {figure['high']:.1f}), {len(rows):,} photos"
    )
    print(
        f"always the commonest country: {_percent(true, [max(set(true), key=true.count)] * len(true)):.1f} %"
    )
    print(f"the same answers, labels shuffled: {_percent(shuffled, found):.1f} %")


def _percent(true, found):
    return 100 * sum(map(str.__eq__, true, found)) / len(true)


def _draw(task):
    path, clues, seed = task
    draw_scene(clues, seed, WIDTH_PX).save(path)


def _near(city, rng):
    distance, angle = AROUND_KM * math.sqrt(rng.random()), rng.uniform(0, 2 * math.pi)
    north, east = distance * math.cos(angle), distance * math.sin(angle)
    latitude = city.latitude + north / 111.2
    longitude = city.longitude + east / (111.2 * math.cos(math.radians(city.latitude)))
    return latitude, (longitude + 180) % 360 - 180


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if not (options.folder / "drawn.csv").exists():
        draw(options.folder, options.count, options.seed)
    measure(options.folder)


if __name__ == "__main__":
    main()
