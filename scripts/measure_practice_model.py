"""Measure the practice model on drawn streets it has never seen: the release gate.

    python scripts/measure_practice_model.py    writes assets/practice/gate.json and GATE.md

Uses the checkpoint as anyone would, through CLIPModel and its own processor.
"""

import json
import multiprocessing
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from practice_captions import PLAIN_TEMPLATE, country_caption

from streetclip_demo.practice import facts
from streetclip_demo.practice.captions import clue_caption
from streetclip_demo.practice.facts import CLUES, COUNTRIES, PRACTICE_DIR
from streetclip_demo.practice.scene import draw_scene, scene_of

MODEL_DIR = PRACTICE_DIR / "model"
IMAGE_PX = 160  # the model's input
TEST_SEED = 1_000_000_000  # training scenes have smaller seeds
KEYS = tuple(CLUES)

# The release gate.
DISPLAY_PX = 640
COUNTRY_ACCURACY = 0.88
MAIN_CLUES, MAIN_DROP = ("side", "centre_line", "script", "vegetation"), 0.15
LEARNT_SHARE, LEARNT_DROP = 0.5, 0.02


def labels_of(clues, seed):
    """Number of each clue's value and whether it can be seen, shape (2, clues)."""
    visible = scene_of(clues, seed).visible
    return np.array(
        [[CLUES[key].values.index(clues[key]) for key in KEYS], [key in visible for key in KEYS]],
        dtype=np.int8,
    )


@dataclass(frozen=True)
class MeasuredModel:
    """A saved checkpoint, used as anyone would: through CLIPModel and its own processor."""

    model: object
    processor: object
    torch: object

    @classmethod
    def load(cls, directory):
        import torch
        from transformers import CLIPModel, CLIPProcessor

        model = CLIPModel.from_pretrained(directory, dtype=torch.float32).eval()
        return cls(model, CLIPProcessor.from_pretrained(directory), torch)

    def images(self, pictures):
        """Unit embeddings of pictures, shape (n, d)."""
        rows = []
        with self.torch.inference_mode():
            for start in range(0, len(pictures), 64):
                pixels = self.processor.image_processor(
                    pictures[start : start + 64], return_tensors="pt"
                ).pixel_values
                rows.append(self.model.get_image_features(pixel_values=pixels).pooler_output.numpy())
        return _unit(np.concatenate(rows))

    def texts(self, sentences):
        """Unit embeddings of captions, shape (n, d)."""
        with self.torch.inference_mode():
            batch = self.processor.tokenizer(
                sentences, padding=True, truncation=True, max_length=77, return_tensors="pt"
            )
            return _unit(self.model.get_text_features(**batch).pooler_output.numpy())

    def country_probabilities(self, pictures):
        """Softmax over all practice countries with the plain template, shape (n, countries)."""
        text = self.texts([country_caption(country) for country in COUNTRIES])
        logits = self.model.logit_scale.exp().item() * self.images(pictures) @ text.T
        odds = np.exp(logits - logits.max(1, keepdims=True))
        return odds / odds.sum(1, keepdims=True)


def _unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def _draw_at(task):
    clues, seed, width_px = task
    return draw_scene(clues, seed, width_px)


def country_scenes(per_country, first_seed=TEST_SEED):
    """(country number, clues, seed) of unseen scenes, `per_country` of each."""
    scenes = []
    for number in range(per_country * len(COUNTRIES)):
        seed = first_seed + number
        country = number % len(COUNTRIES)
        scenes.append((country, facts.clues_of(COUNTRIES[country], random.Random(seed)), seed))
    return scenes


def measure_countries(model, draw, scenes, width_px):
    """Probability of the true country and whether it comes first, per scene."""
    odds = model.country_probabilities(draw([(clues, seed, width_px) for _, clues, seed in scenes]))
    true = np.array([country for country, _, _ in scenes])
    return odds[np.arange(len(true)), true], odds.argmax(1) == true


def measure_clues(model, draw, count):
    """Per clue: accuracy, share of the commonest value, scenes; on scenes whose clues are drawn at random."""
    seeds = range(TEST_SEED + 100_000_000, TEST_SEED + 100_000_000 + count)
    clues = [facts.random_clues(random.Random(seed)) for seed in seeds]
    images = model.images(draw([(row, seed, DISPLAY_PX) for row, seed in zip(clues, seeds, strict=True)]))
    labels = np.stack([labels_of(row, seed) for row, seed in zip(clues, seeds, strict=True)])
    measures = {}
    for number, (key, clue) in enumerate(CLUES.items()):
        text = model.texts([clue_caption(key, value) for value in clue.values])
        seen = labels[:, 1, number] == 1
        true = labels[seen, 0, number]
        named = (images[seen] @ text.T).argmax(1)
        measures[key] = {
            "accuracy": round(float((named == true).mean()), 4),
            "majority": round(float(np.bincount(true).max() / len(true)), 4),
            "scenes": int(seen.sum()),
        }
    return measures


def measure_swap(model, draw, key, scenes, before):
    """Mean drop of the true country's probability when one visible clue is swapped for a wrong value."""
    tasks, countries, rows = [], [], []
    for row, (country, clues, seed) in enumerate(scenes):
        rng = random.Random(f"{seed}/swap {key}")
        wrong = [value for value in CLUES[key].values if value not in COUNTRIES[country].clues[key]]
        if key in scene_of(clues, seed).visible:
            tasks.append(({**clues, key: rng.choice(wrong)}, seed, DISPLAY_PX))
            countries.append(country)
            rows.append(row)
    after = model.country_probabilities(draw(tasks))[np.arange(len(tasks)), countries]
    return {"mean_drop": round(float((before[rows] - after).mean()), 4), "swaps": len(tasks)}


def is_learnt(measure):
    """Is the clue read well, far above always giving the commonest value, and does it move the answer?"""
    share = (measure["accuracy"] - measure["majority"]) / (1 - measure["majority"])
    return share >= LEARNT_SHARE and measure["mean_drop"] >= LEARNT_DROP


def evaluate(directory, workers=None):
    """Measure a checkpoint; returns the record of gate.json."""
    from tqdm import tqdm

    model = MeasuredModel.load(directory)
    with multiprocessing.get_context("spawn").Pool(workers) as pool:

        def draw(tasks):
            return list(
                tqdm(pool.imap(_draw_at, tasks, chunksize=8), total=len(tasks), leave=False, mininterval=5)
            )

        scenes = country_scenes(30)
        before, right = measure_countries(model, draw, scenes, DISPLAY_PX)
        _, right_small = measure_countries(model, draw, scenes, IMAGE_PX)
        clues = measure_clues(model, draw, 1200)
        for key in CLUES:
            clues[key] |= measure_swap(model, draw, key, scenes[:270], before)
            clues[key]["learnt"] = is_learnt(clues[key])
    country = {
        "accuracy": round(float(right.mean()), 4),
        "accuracy_at_input_size": round(float(right_small.mean()), 4),
        "mean_probability": round(float(before.mean()), 4),
        "scenes": len(scenes),
        "countries": len(COUNTRIES),
        "template": PLAIN_TEMPLATE,
    }
    moved = all(clues[key]["learnt"] and clues[key]["mean_drop"] >= MAIN_DROP for key in MAIN_CLUES)
    return {
        "country": country,
        "clues": clues,
        "criteria": {
            "country_accuracy": COUNTRY_ACCURACY,
            "learnt_share_of_the_way_from_majority_to_perfect": LEARNT_SHARE,
            "learnt_mean_drop": LEARNT_DROP,
            "main_clues": MAIN_CLUES,
            "main_mean_drop": MAIN_DROP,
        },
        "passed": bool(country["accuracy"] >= COUNTRY_ACCURACY and moved),
    }


def gate_page(record):
    """The measured table as Markdown."""
    country, rows = record["country"], []
    for key, row in record["clues"].items():
        name = f"**{CLUES[key].label}**" if key in MAIN_CLUES else CLUES[key].label
        rows.append(
            f"| {name} | {len(CLUES[key].values)} | {row['accuracy']:.3f} | {row['majority']:.3f} | {row['scenes']} "
            f"| {row['mean_drop']:+.3f} | {row['swaps']} | {'yes' if row['learnt'] else '**no**'} |"
        )
    table = "\n".join(rows)
    return f"""# What the practice model has been measured to know

Made by `python scripts/measure_practice_model.py`; the same figures for programs are in `gate.json`.
All scenes are drawn from seeds that the training never used, {DISPLAY_PX} px wide as the app shows them, and
go through the checkpoint's own processor.

- Country: {country["accuracy"]:.1%} right among {country["countries"]} countries on {country["scenes"]:,}
  scenes (needed: {COUNTRY_ACCURACY:.0%}), template `{country["template"]}`; mean probability of the true
  country {country["mean_probability"]:.2f}. Drawn at the model's input size instead:
  {country["accuracy_at_input_size"]:.1%}.
- Release gate: **{"passed" if record["passed"] else "NOT passed"}**.

| clue | values | accuracy | commonest value | scenes | mean drop of P(true) | swaps | learnt |
|---|---|---|---|---|---|---|---|
{table}

*Accuracy*: naming the clue's value by its caption on scenes whose clues are all drawn at random (so that no
country gives it away), where the clue can be seen; beside it, what always giving the commonest answer would
reach. *Mean drop*: on scenes of real countries, how far the probability of the true country falls when this
clue alone is swapped for a value that does not fit. *Learnt*: accuracy at least {LEARNT_SHARE:.0%} of the way
from the commonest answer to perfect, and a mean drop of at least {LEARNT_DROP:.2f}. The clues in bold must be
learnt with a drop of at least {MAIN_DROP:.2f} for a release. A clue that is not learnt is never offered as an
explanation.

None of this says anything about photographs: this model has seen drawings only and cannot locate a
photograph.
"""


def write_gate(directory):
    """Measure the checkpoint and write gate.json and GATE.md beside it."""
    record = evaluate(directory)
    (directory.parent / "gate.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    (directory.parent / "GATE.md").write_text(gate_page(record), encoding="utf-8")
    print(gate_page(record))


if __name__ == "__main__":
    write_gate(MODEL_DIR)
