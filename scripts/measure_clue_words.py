"""Measure on drawn streets whether the clues that are said to speak for a country do.

    python scripts/measure_clue_words.py [--streets 300]

Prints the tables of docs/explanations.md, for two kinds of streets. *Typical* ones show what their country has, so
nearly any clue that is named is right. In *mixed* ones every clue is drawn on its own: the country that the model takes
such a street for has some of its clues and lacks the others, and naming the right ones is the test. What a clue really
does is seen by drawing the same street with another value of it. Intervals are of a bootstrap over streets.
"""

import argparse
import random
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.opened import open_model
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.speaking import LEAST_RAISED, LEAST_READ, read_clues
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.practice.captions import clue_caption
from streetclip_demo.practice.facts import CLUES, COUNTRIES, clues_of, country_named, random_clues
from streetclip_demo.practice.gate import load_gate
from streetclip_demo.practice.scene import draw_scene, scene_of

SEED = 3_100_000_000  # beyond those of training, of the gate and of measure_explanations.py
SIDE_PX = 160  # what the model sees
LEAST = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0)  # in the logarithm of the odds
RESAMPLES = 2000


class Asked:
    """The practice model with the question which of its countries a street lies in."""

    def __init__(self):
        self.locator: ClipLocator = open_model("practice").locator
        self.question = Question(
            "\n".join(country.name for country in COUNTRIES), add_cities=False, anyway=True
        )
        self.clues = load_gate().learnt
        self.captions = {
            key: self.locator.read_captions([clue_caption(key, value) for value in CLUES[key].values])
            for key in CLUES
        }
        names = [f"A Street View photo in {country.name}." for country in COUNTRIES]
        self.countries = dict(
            zip([one.name for one in COUNTRIES], self.locator.read_captions(names), strict=True)
        )

    def photo(self, clues, seed):
        return photo_from_image(draw_scene(clues, seed, SIDE_PX))

    def odds(self, photos, name):
        """The logarithm of a country's odds in each of some photos."""
        answers = [self.locator.answer(one, self.question) for one in self.locator.embed(photos)]
        shares = np.array([_share(answer, name) for answer in answers])
        return np.log(shares / (1 - shares))


def _share(answer, name):
    return next(node.share for node in answer.roots if node.candidate.name == name)


def measured(asked, clues, seed):
    """What is said of one street, clue by clue, and what each clue really does."""
    photo = asked.photo(clues, seed)
    answer = asked.locator.locate(photo, asked.question)
    name = answer.roots[0].candidate.name
    visible = scene_of(clues, seed).visible
    others = {key: _other(key, clues[key], seed) for key in visible}
    changed = [asked.photo({**clues, key: value}, seed) for key, value in others.items()]
    before, *after = asked.odds([photo, *changed], name)
    drops = dict(zip(others, before - np.array(after), strict=True))
    country = asked.countries[name]
    rows = []
    for read in read_clues(asked.locator, photo, answer, asked.clues):
        mine, which = asked.captions[read.clue], CLUES[read.clue].values.index(read.value)
        most = read.raised_most(1)
        rows.append(
            {
                "raised": read.tie(name).raised,
                "read": read.read,
                "similar": float(mine[which] @ country),
                "is_drawn": read.clue in visible and read.value == clues[read.clue],
                "country_has": read.value in country_named(name).clues[read.clue],
                "most_has": bool(most) and read.value in country_named(most[0].label.name).clues[read.clue],
                "having": np.mean([read.value in one.clues[read.clue] for one in COUNTRIES]),
                "drop": drops.get(read.clue, np.nan),
            }
        )
    return rows


def _other(key, value, seed):
    rng = random.Random(f"{seed}/{key}")
    return rng.choice([other for other in CLUES[key].values if other != value])


def interval(streets, of):
    """The share of named clues with a property, with the 95 % interval of a bootstrap over streets."""
    counted = np.array([(sum(map(of, rows)), len(rows)) for rows in streets], float)
    draws = np.random.default_rng(0).integers(0, len(counted), (RESAMPLES, len(counted)))
    hits, all_of = counted[draws].sum(axis=1).T
    low, high = np.percentile(hits / all_of, (2.5, 97.5))
    return f"{counted[:, 0].sum() / counted[:, 1].sum():.1%} ({low:.1%} to {high:.1%})"


def named(streets, least):
    """The clues of each street that would be named."""
    return [[row for row in rows if row["read"] >= LEAST_READ and row["raised"] >= least] for rows in streets]


def first_is_deciding(streets, by):
    """Whether the visible clue that is first by some measure is the one whose exchange costs the country most."""
    seen = [[row for row in rows if not np.isnan(row["drop"])] for rows in streets]
    hits = [[{"hit": max(rows, key=by) is max(rows, key=lambda row: row["drop"])}] for rows in seen]
    return interval(hits, lambda row: row["hit"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streets", type=int, default=300)
    count = parser.parse_args().streets
    asked = Asked()
    kinds = {"typical": [], "mixed": []}
    for number in range(count):
        seed = SEED + number
        rng = random.Random(seed)
        drawn = {"typical": clues_of(COUNTRIES[number % len(COUNTRIES)], rng), "mixed": random_clues(rng)}
        for kind, clues in drawn.items():
            kinds[kind].append(measured(asked, clues, seed))
    for kind, streets in kinds.items():
        print(f"\n{count} {kind} streets; a clue is named from {LEAST_RAISED} on\n")
        print(
            "| raises the odds' logarithm by at least | clues a street | it is in the picture | the country has it "
            "| another value lowers the country | the country that it raises most has it |"
        )
        print("|---|---|---|---|---|---|")
        for least in (-np.inf, *LEAST):
            told = named(streets, least)
            cells = [
                interval(told, lambda row: row["is_drawn"]),
                interval(told, lambda row: row["country_has"]),
                interval(
                    [[row for row in rows if not np.isnan(row["drop"])] for rows in told],
                    lambda row: row["drop"] > 0,
                ),
                interval(told, lambda row: row["most_has"]),
            ]
            print(f"| {least} | {np.mean([len(rows) for rows in told]):.1f} | {' | '.join(cells)} |")
        having = np.mean([row["having"] for rows in named(streets, LEAST_RAISED) for row in rows])
        print(f"\nOf all countries, {having:.1%} have the value of a clue that is named.")
        print("\n| the first clue is the deciding one, by | share of streets |\n|---|---|")
        for name in ("raised", "similar", "read"):
            print(f"| {name} | {first_is_deciding(streets, lambda row, name=name: row[name])} |")
        chance = np.mean([1 / sum(not np.isnan(row["drop"]) for row in rows) for rows in streets])
        print(f"| chance | {chance:.1%} |")


if __name__ == "__main__":
    main()
