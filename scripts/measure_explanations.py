"""Measure on drawn streets whether the patches that explain an answer are those that decide it.

    python scripts/measure_explanations.py [--scenes 300]
    python scripts/measure_explanations.py --signs 100

Prints the tables of docs/explanations.md. A drawing's deciding clue is the one whose exchange for another value lowers
the country's lead most; its place is where the two drawings differ. The side of driving mirrors the whole picture and
is left out. Intervals are of a bootstrap over scenes.
"""

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers import CLIPVisionModel

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.model.encoder import load_encoder
from streetclip_demo.photos.brush import brushed_out
from streetclip_demo.practice.facts import CLUES, COUNTRIES, PRACTICE_DIR, clues_of
from streetclip_demo.practice.scene import HIDING, draw_scene, scene_of

SEED = 3_000_000_000  # beyond those of training and of the gate
SIDE_PX = 160  # what the model sees
COUNTRY_CAPTION = "A Street View photo in {country}."
CHANGED_LEVELS = 24  # of 255, in any channel, from where on a pixel is another
CHANGED_SHARE = 0.1  # of a patch's pixels, from where on the clue lies in it
DELETED = (0.05, 0.1, 0.2)  # of all patches
RANDOM_ORDERS = 10
RESAMPLES = 2000
SIGN, SIGN_DECIDES = ("script", "sign_colour"), 0.1  # of the share, that the street loses without it


@dataclass(frozen=True)
class Scene:
    """A drawn street of a country with its seed."""

    country: int
    clues: dict[str, str]
    seed: int

    @property
    def picture(self) -> Image.Image:
        return draw_scene(self.clues, self.seed, SIDE_PX)


class Model:
    """The practice model with the direction of each country against all others."""

    def __init__(self):
        self.encoder = load_encoder(model_card("practice"))
        captions = [COUNTRY_CAPTION.format(country=country.name) for country in COUNTRIES]
        self.countries = self.encoder.caption_embeddings(captions)  # (n, d)
        self.vision = CLIPVisionModel.from_pretrained(
            PRACTICE_DIR / "model", attn_implementation="eager"
        ).eval()

    def logits(self, pictures):
        """Logits (pictures, countries)."""
        return self.encoder.logit_scale * self.encoder.view_embeddings(pictures) @ self.countries.T

    def direction(self, country, logits):
        """The country's embedding less its rivals', weighted by their shares (d,)."""
        weights = np.exp(logits - logits.max())
        weights[country] = 0
        return self.encoder.logit_scale * (self.countries[country] - weights / weights.sum() @ self.countries)

    def attribution(self, picture, direction):
        """What each patch adds to the lead (patches,)."""
        return self.encoder.patch_parts(picture)[1] @ direction

    @torch.inference_mode()
    def rollout(self, picture):
        """Attention rollout: layers' mean attention, half of it each token's own, multiplied; the class token's row."""
        pixels = torch.from_numpy(self.encoder._preprocessing.pixels([picture]))
        attentions = self.vision(pixels, output_attentions=True).attentions
        passed = torch.eye(attentions[0].shape[-1])
        for weights in attentions:
            passed = (0.5 * weights[0].mean(0) + 0.5 * torch.eye(len(passed))) @ passed
        return passed[0, 1:].numpy()


def scenes(count):
    """Streets of all countries in turn."""
    for number in range(count):
        country = number % len(COUNTRIES)
        rng = random.Random(SEED + number)
        yield Scene(country, clues_of(COUNTRIES[country], rng), SEED + number)


def exchanged(scene):
    """The scene with each visible clue exchanged for one that its country does not show, but for the side."""
    rng = random.Random(scene.seed + 1)
    for key in scene_of(scene.clues, scene.seed).visible:
        others = sorted(set(CLUES[key].values) - set(COUNTRIES[scene.country].clues[key]))
        if key != "side" and others:
            yield key, Scene(scene.country, {**scene.clues, key: rng.choice(others)}, scene.seed).picture


def changed_patches(one, other):
    """Which patches differ between two pictures (patches,), bool."""
    pixels = (np.abs(np.asarray(one, int) - np.asarray(other, int)) >= CHANGED_LEVELS).any(-1)
    patch = 16
    rows = pixels.reshape(SIDE_PX // patch, patch, SIDE_PX // patch, patch)
    return (rows.mean((1, 3)) >= CHANGED_SHARE).ravel()


def without(picture, order, share):
    """The picture with its first patches, in an order, in its mean colour."""
    pixels = np.asarray(picture).copy()
    mean = pixels.reshape(-1, 3).mean(0)
    for patch in order[: round(share * len(order))]:
        row, column = divmod(int(patch), SIDE_PX // 16)
        pixels[16 * row : 16 * row + 16, 16 * column : 16 * column + 16] = mean
    return Image.fromarray(pixels)


def measured(model, scene):
    """What one scene shows; None where the model does not take it for its country, or no clue decides."""
    picture = scene.picture
    logits = model.logits([picture])[0]
    if logits.argmax() != scene.country:
        return None
    direction = model.direction(scene.country, logits)

    def leads(pictures):
        return model.encoder.view_embeddings(pictures) @ direction

    changes = dict(exchanged(scene))
    lead, *changed = leads([picture, *changes.values()])
    key = list(changes)[int(np.argmin(changed))]
    place = changed_patches(picture, changes[key])
    if min(changed) >= lead or not place.any():
        return None
    patches, rollout = model.attribution(picture, direction), model.rollout(picture)
    rng = np.random.default_rng(scene.seed)
    random_orders = [rng.permutation(len(patches)) for _ in range(RANDOM_ORDERS)]
    row = {"clue": key, "chance": place.mean()}
    row |= {"attribution": place[patches.argmax()], "rollout": place[rollout.argmax()]}
    for share in DELETED:
        orders = [np.argsort(-patches), np.argsort(-rollout), *random_orders]
        fallen = lead - leads([without(picture, order, share) for order in orders])
        row[share] = (fallen[0], fallen[1], fallen[2:].mean())
    return row


def signs(model, count):
    """Falls of a country's share: (without the sign as drawn, with the sign brushed out), where that sign decides."""
    for number in range(count):
        country = number % len(COUNTRIES)
        clues = clues_of(COUNTRIES[country], random.Random(number))
        HIDING[SIGN] = 0.0
        street = draw_scene(clues, number, SIDE_PX)
        HIDING[SIGN] = 1.0
        bare = draw_scene(clues, number, SIDE_PX)
        rows, columns = np.nonzero(
            (np.abs(np.asarray(street, int) - np.asarray(bare, int)) > CHANGED_LEVELS).any(-1)
        )
        mask = np.zeros((SIDE_PX, SIDE_PX), bool)
        mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
        logits = model.logits([street, bare, brushed_out(street, mask)])
        weights = np.exp(logits - logits.max(1, keepdims=True))
        before, drawn, brushed = (weights / weights.sum(1, keepdims=True))[:, country]
        if logits[0].argmax() == country and before - drawn >= SIGN_DECIDES:
            yield before - drawn, before - brushed


def print_signs(model, count):
    """On how many streets the sign decides, and how a brush's fall compares with the drawing's."""
    ratios = np.array([brushed / drawn for drawn, brushed in signs(model, count)])
    low, middle, high = np.percentile(ratios, (0, 50, 100))
    told = f"the sign decides on {len(ratios)} of {count} streets; brushed out, the share falls on {sum(ratios > 0)},"
    print(
        told,
        f"by {low:.1f} to {high:.1f} times as much as in the drawing without it, {middle:.1f} in the middle",
    )


def interval(values):
    """Mean of values with the 95 % interval of a bootstrap over them."""
    values = np.asarray(values, float)
    draws = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(values[draws].mean(1), (2.5, 97.5))
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--signs", type=int, metavar="N", help="brushed out, of N streets")
    options = parser.parse_args()
    model, count = Model(), options.scenes
    if options.signs:
        print_signs(model, options.signs)
        return
    rows = [row for row in (measured(model, scene) for scene in scenes(count)) if row]
    print(
        f"{len(rows)} of {count} scenes: the rest were taken for another country, or no single clue decides.\n"
    )
    print("| the peak lies on the deciding clue | share of scenes |\n|---|---|")
    for name in ("attribution", "rollout", "chance"):
        print(f"| {name} | {interval([row[name] for row in rows])} |")
    print("\n| clue that decides | scenes | attribution | rollout | chance |\n|---|---|---|---|---|")
    for key in sorted(
        {row["clue"] for row in rows}, key=lambda key: -sum(row["clue"] == key for row in rows)
    ):
        of = [row for row in rows if row["clue"] == key]
        means = (f"{np.mean([row[name] for row in of]):.2f}" for name in ("attribution", "rollout", "chance"))
        print(f"| {key} | {len(of)} | {' | '.join(means)} |")
    print("\n| patches deleted | the lead falls by: attribution's | rollout's | random |\n|---|---|---|---|")
    for share in DELETED:
        columns = (interval([row[share][column] for row in rows]) for column in range(3))
        print(f"| {share:.0%} | {' | '.join(columns)} |")
        faster = np.mean([row[share][0] > row[share][2] for row in rows])
        print(f"faster than random in {faster:.1%} of scenes")


if __name__ == "__main__":
    main()
