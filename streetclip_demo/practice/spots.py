"""Where clues can be seen in a drawn street, measured in pictures: what changes there when the clue does."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops

from streetclip_demo.practice.facts import CLUES
from streetclip_demo.practice.scene import draw_scene

SIDE_PX = 96  # of the pictures that are compared
SEEN = 12  # of 255: a smaller difference is none
NEAR = 0.74  # lines run to the horizon; of them, the part below this share of the height

LETTERED = 0.7  # of a direction sign's height; what is below stands for its colour

# What is clicked, the largest first: one that is smaller lies above it
CLICKED = ("edge_line", "centre_line", "roof", "script", "warning_sign", "plate")


@dataclass(frozen=True)
class Area:
    """A rectangle in a picture, in shares of its side."""

    left: float
    top: float
    width: float
    height: float


@lru_cache(maxsize=64)  # of a few visitors: the seed stays while they change clues
def clue_areas(side: str, seed: int) -> tuple[tuple[str, Area], ...]:
    """The clues that a person can point at in a street, and where they stand, those to be drawn first first.

    The same for all values of the clues but the side of driving, so that an area stays where it is while its clue
    changes.
    """
    clues = {key: clue.values[0] for key, clue in CLUES.items()} | {"side": side}
    drawn = draw_scene(clues, seed, SIDE_PX)
    found = []
    for key in CLICKED:
        others = ("script", "sign_colour") if key == "script" else (key,)
        other = draw_scene(clues | {one: _farthest(one) for one in others}, seed, SIDE_PX)
        if area := _area(drawn, other, key.endswith("_line")):
            found += _both_of_a_sign(area) if key == "script" else [(key, area)]
    return tuple(found)


def _both_of_a_sign(sign: Area) -> list[tuple[str, Area]]:
    lettered = sign.height * LETTERED
    colour = replace(sign, top=sign.top + lettered, height=sign.height - lettered)
    return [("script", replace(sign, height=lettered)), ("sign_colour", colour)]


def _farthest(key: str) -> str:
    """A value with which what the clue tells of is there, and looks otherwise than with the first."""
    return next(value for value in reversed(CLUES[key].values) if value != "none")


def _area(drawn: Image.Image, other: Image.Image, is_line: bool) -> Area | None:
    changed = np.asarray(ImageChops.difference(drawn, other)).max(axis=2) > SEEN  # (height, width)
    if is_line:
        changed[: round(NEAR * SIDE_PX)] = False
    largest = max(_parts(changed), key=len, default=None)
    if largest is None:
        return None
    (top, left), (bottom, right) = largest.min(axis=0), largest.max(axis=0) + 1
    left, top, right, bottom = (float(edge) / SIDE_PX for edge in (left, top, right, bottom))
    return Area(left, top, right - left, bottom - top)


def _parts(mask: np.ndarray) -> list[np.ndarray]:
    """The connected parts of a mask, each as its (row, column) pairs."""
    left, parts = set(map(tuple, np.argwhere(mask).tolist())), []
    while left:
        part = [left.pop()]
        for row, column in part:  # grows while it is walked
            beside = {(row + down, column + across) for down in (-1, 0, 1) for across in (-1, 0, 1)} & left
            left -= beside
            part += beside
        parts.append(np.array(part))
    return parts
