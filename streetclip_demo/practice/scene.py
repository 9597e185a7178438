"""Draw a street from its clues: a flat illustration in central perspective, seen from the driver's lane.

Everything is laid out for driving on the right and mirrored for driving on the left (lettering is not).
Lengths are shares of the picture's side; on the ground, positions are (lane, depth): lane widths to the right
of the camera, and depth 1 at the lower edge of the picture. Each part of the picture has its own random
stream, so that changing one clue leaves the rest of the scene as it was. Knows nothing of countries.
"""

import functools
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from streetclip_demo.own_files import damaged, own_json
from streetclip_demo.practice.facts import PRACTICE_DIR

# What can be missing from a picture, and how often: no direction sign (two clues), no warning sign, ...
HIDING = {
    ("script", "sign_colour"): 0.04,
    ("warning_sign",): 0.06,
    ("plate",): 0.06,
    ("pole",): 0.06,
    ("roof",): 0.06,
}

LANE_SHARE = 0.52  # width of a lane at the lower edge of the picture
CENTRE, NEAR_EDGE, FAR_EDGE = -0.5, 0.5, -1.5  # lines of the road, in lanes from the camera

SOIL = {"dark": (92, 70, 52), "grey": (150, 148, 145), "red": (182, 82, 45), "sand": (222, 193, 138)}
GRASS = {
    "broadleaf": (104, 148, 66),
    "conifer": (84, 124, 72),
    "birch": (128, 160, 82),
    "cypress": (158, 160, 92),
    "palm": (96, 158, 70),
    "eucalyptus": (160, 158, 98),
    "savanna": (190, 174, 92),
    "scrub": (200, 178, 126),
    "steppe": (172, 176, 98),
}
SIGN_COLOURS = {
    "green": ((0, 112, 66), "white"),
    "blue": ((18, 78, 168), "white"),
    "white": ((246, 246, 242), (20, 20, 22)),
    "yellow": ((250, 205, 30), (20, 20, 22)),
}
CAR_PAINTS = [
    (176, 40, 40),
    (56, 84, 132),
    (88, 92, 98),
    (206, 208, 210),
    (52, 110, 92),
    (150, 120, 80),
    (120, 56, 96),
]
PLATES = {
    "white": (250, 250, 250),
    "blue-band": (250, 250, 250),
    "yellow": (250, 208, 20),
    "black": (18, 18, 20),
}
PLATES["blue"] = (20, 70, 190)
WHITE_PAINT, YELLOW_PAINT = (242, 242, 238), (246, 190, 22)


@dataclass(frozen=True)
class Scene:
    """A street as drawn: its clues, its seed, and the clues that chance has left out of the picture."""

    clues: Mapping[str, str]
    seed: int
    hidden: frozenset[str]

    @property
    def visible(self) -> dict[str, str]:
        """The clues that can be seen, with their values."""
        return {key: value for key, value in self.clues.items() if key not in self.hidden}


def scene_of(clues: Mapping[str, str], seed: int) -> Scene:
    """The scene that `draw_scene` draws for these clues and this seed."""
    rng = _stream(seed, "hiding")
    hidden = [clue for group, chance in HIDING.items() if rng.random() < chance for clue in group]
    return Scene(dict(clues), seed, frozenset(hidden))


def draw_scene(clues: Mapping[str, str], seed: int, width_px: int = 640) -> Image.Image:
    """Draw the street with these clues.

    Parameters
    ----------
    clues : mapping
        A value for every key of `facts.CLUES`.
    seed : int
        Decides weather, light, camera, clutter, lettering and what is left out: the same seed, the same
        picture.
    width_px : int
        Side of the square picture in pixels.

    Returns
    -------
    PIL.Image.Image
        RGB, `width_px` x `width_px`.
    """
    scene = scene_of(clues, seed)
    painter = _Painter(scene, 2 * width_px)
    for part in (_sky, _skyline, _ground, _road, _kerb, _far_things, _near_things):
        part(painter)
    return _light(painter).reduce(2)


def _stream(seed, name):
    return random.Random(f"{seed}/{name}")


def _shade(colour, factor):
    return tuple(max(0, min(255, round(channel * factor))) for channel in colour)


def _mix(one, other, share):
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


class _Painter:
    """The canvas with its camera: shapes in shares of the side, mirrored where traffic drives on the left."""

    def __init__(self, scene, size_px):
        self.scene, self.size = scene, size_px
        self.mirrored = scene.clues["side"] == "left"
        self.image = Image.new("RGB", (size_px, size_px))
        self.pen = ImageDraw.Draw(self.image)
        camera = self.stream("camera")
        self.horizon = camera.uniform(0.43, 0.5)
        self.vanishing = camera.uniform(0.47, 0.53)
        self.offset = camera.uniform(-0.06, 0.06)

    def stream(self, name):
        return _stream(self.scene.seed, name)

    def shows(self, clue):
        return clue not in self.scene.hidden

    def clue(self, key):
        return self.scene.clues[key]

    def at(self, x, y):
        return ((1 - x if self.mirrored else x) * self.size, y * self.size)

    def polygon(self, points, fill):
        self.pen.polygon([self.at(x, y) for x, y in points], fill=fill)

    def box(self, left, top, right, bottom, fill):
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], fill)

    def ellipse(self, x, y, radius_x, radius_y, fill):
        centre_x, centre_y = self.at(x, y)
        wide, high = radius_x * self.size, radius_y * self.size
        self.pen.ellipse((centre_x - wide, centre_y - high, centre_x + wide, centre_y + high), fill=fill)

    def line(self, points, width, fill):
        self.pen.line(
            [self.at(x, y) for x, y in points],
            fill=fill,
            width=max(1, round(width * self.size)),
            joint="curve",
        )

    def ground(self, lane, depth):
        """The point of the picture where this place of the ground is seen."""
        drop = (1 - self.horizon) / depth
        return self.vanishing + (lane + self.offset) * LANE_SHARE / depth, self.horizon + drop

    def strip(self, left, right, near, far, fill):
        """A strip of ground between two lanes' positions and two depths."""
        corners = [(left, near), (right, near), (right, far), (left, far)]
        self.polygon([self.ground(lane, depth) for lane, depth in corners], fill)


def _sky(p):
    rng = p.stream("weather")
    top, low = rng.choice(
        [
            ((70, 130, 205), (190, 220, 240)),
            ((96, 158, 222), (214, 232, 242)),
            ((150, 166, 182), (216, 222, 226)),
            ((112, 132, 190), (250, 214, 180)),
            ((128, 176, 214), (236, 240, 238)),
        ]
    )
    gradient = Image.linear_gradient("L").resize((p.size, round(p.horizon * p.size) + 2))
    sky = Image.merge(
        "RGB",
        [
            gradient.point([round(a + (b - a) * v / 255) for v in range(256)])
            for a, b in zip(top, low, strict=True)
        ],
    )
    p.image.paste(sky, (0, 0))
    for _ in range(rng.randint(0, 4)):
        x, y, width = rng.uniform(0, 1), rng.uniform(0.03, 0.26), rng.uniform(0.1, 0.24)
        cloud = _mix(low, (255, 255, 255), rng.uniform(0.5, 0.9))
        for _ in range(6):
            dx, radius = rng.uniform(-0.5, 0.5) * width, rng.uniform(0.12, 0.26) * width
            p.ellipse(x + dx, y - radius * rng.uniform(0, 0.5), radius * 1.6, radius * 0.7, cloud)
    p.haze = low


def _ridge(rng, low, high, steps):
    """Points of a rough mountain line from edge to edge: (x, height above the horizon)."""
    return [(i / steps, (high if i % 2 else low) * rng.uniform(0.65, 1.15)) for i in range(steps + 1)]


def _skyline(p):
    rng, kind, horizon = p.stream("skyline"), p.clue("skyline"), p.horizon
    p.box(0, horizon - 0.012, 1, horizon + 0.02, _mix((110, 140, 110), p.haze, 0.5))
    if kind == "hills":
        for colour, height in (((118, 156, 128), 0.15), ((92, 140, 84), 0.09)):
            phase, waves = rng.uniform(0, 6), rng.uniform(7, 11)
            line = [
                (i / 40, horizon - height * (0.62 + 0.38 * math.sin(phase + waves * i / 40)))
                for i in range(41)
            ]
            p.polygon([(0, horizon + 0.02), *line, (1, horizon + 0.02)], _mix(colour, p.haze, 0.25))
    elif kind in ("bare", "snow"):
        ridge = _ridge(rng, 0.09, 0.24, rng.choice((8, 10)))
        rock = _mix((158, 112, 74) if kind == "bare" else (104, 122, 150), p.haze, 0.2)
        p.polygon([(0, horizon + 0.02), *[(x, horizon - h) for x, h in ridge], (1, horizon + 0.02)], rock)
        for (x0, h0), (x1, h1), (x2, h2) in zip(ridge[::2], ridge[1::2], ridge[2::2], strict=False):
            foot = x1 + 0.3 * (x2 - x1)
            p.polygon(
                [(x1, horizon - h1), (x2, horizon - h2), (foot, horizon - h2 * 0.6)], _shade(rock, 0.84)
            )
            if kind == "snow":
                cap = 0.55
                left = (x1 + (x0 - x1) * cap, horizon - (h1 + (h0 - h1) * cap))
                right = (x1 + (x2 - x1) * cap, horizon - (h1 + (h2 - h1) * cap))
                middle = (x1 + 0.01, left[1] - 0.035)
                p.polygon([(x1, horizon - h1), right, middle, left], (248, 250, 252))


def _ground(p):
    rng, vegetation = p.stream("ground"), p.clue("vegetation")
    soil, grass = SOIL[p.clue("soil")], _shade(GRASS[vegetation], rng.uniform(0.9, 1.1))
    if vegetation == "scrub":
        grass = _mix(grass, soil, 0.5)
    p.box(0, p.horizon, 1, 1, grass)
    p.box(0, p.horizon, 1, p.horizon + 0.02, _mix(grass, p.haze, 0.3))
    for side in (1, -1):
        for _ in range(9):
            depth = rng.uniform(1.2, 7)
            lane = CENTRE + side * rng.uniform(2.2, 7)
            x, y = p.ground(lane, depth)
            colour = soil if rng.random() < 0.5 else _shade(grass, rng.uniform(0.86, 1.12))
            p.ellipse(x, y, rng.uniform(0.3, 0.8) / depth * 0.5, rng.uniform(0.03, 0.06) / depth, colour)
    for left, right in ((NEAR_EDGE, NEAR_EDGE + 0.52), (FAR_EDGE - 0.52, FAR_EDGE)):
        p.strip(left, right, 0.9, 40, soil)
        for _ in range(14):
            x, y = p.ground(rng.uniform(left + 0.1, right - 0.05), depth := rng.uniform(1, 5))
            p.ellipse(x, y, 0.012 / depth, 0.005 / depth, _shade(soil, rng.uniform(0.75, 1.2)))
    for _ in range(26):  # tufts
        side = rng.choice((NEAR_EDGE + rng.uniform(0.6, 4), FAR_EDGE - rng.uniform(0.6, 4)))
        x, y = p.ground(side, depth := rng.uniform(1.1, 5))
        height = 0.035 / depth
        p.polygon(
            [
                (x - height, y),
                (x - height / 2, y - height),
                (x, y),
                (x + height / 2, y - height),
                (x + height, y),
            ],
            _shade(grass, 0.8),
        )


def _road(p):
    rng = p.stream("road")
    tone = rng.randint(92, 128)
    asphalt = (tone, tone, tone + rng.randint(0, 5))
    p.strip(FAR_EDGE, NEAR_EDGE, 0.9, 60, asphalt)
    for _ in range(rng.randint(0, 3)):
        lane, depth = rng.uniform(-1.3, 0.1), rng.uniform(1, 3)
        p.strip(
            lane,
            lane + rng.uniform(0.2, 0.4),
            depth,
            depth * rng.uniform(1.1, 1.4),
            _shade(asphalt, rng.choice((0.9, 1.08))),
        )
    for _ in range(rng.randint(0, 3)):
        lane, depth = rng.uniform(-1.3, 0.4), rng.uniform(1, 2)
        crack = [p.ground(lane + rng.uniform(-0.05, 0.05), depth + i * 0.1) for i in range(4)]
        p.line(crack, 0.003, _shade(asphalt, 0.75))
    phase, worn = rng.uniform(0, 0.8), rng.uniform(0.85, 1.0)
    centre, edge = p.clue("centre_line"), p.clue("edge_line")
    if centre.endswith("dashed"):
        paint = _mix(asphalt, WHITE_PAINT if centre.startswith("white") else YELLOW_PAINT, worn)
        for i in range(14):
            near = max(0.95, 0.6 + phase + i * 0.8)
            if near < 0.6 + phase + i * 0.8 + 0.45:
                p.strip(CENTRE - 0.05, CENTRE + 0.05, near, 0.6 + phase + i * 0.8 + 0.45, paint)
    elif centre == "yellow-double":
        for lane in (CENTRE - 0.08, CENTRE + 0.08):
            p.strip(lane - 0.04, lane + 0.04, 0.9, 40, _mix(asphalt, YELLOW_PAINT, worn))
    if edge != "none":
        paint = _mix(asphalt, WHITE_PAINT if edge == "white" else YELLOW_PAINT, worn)
        for lane in (NEAR_EDGE - 0.1, FAR_EDGE + 0.1):
            p.strip(lane - 0.04, lane + 0.04, 0.9, 40, paint)


def _kerb(p):
    kind = p.clue("kerb")
    if kind == "none":
        return
    colours = {
        "grey": ((186, 186, 182), (176, 176, 172)),
        "black-white": ((28, 28, 30), (244, 244, 240)),
        "red-white": ((206, 32, 36), (244, 244, 240)),
        "yellow-black": ((246, 196, 20), (28, 28, 30)),
    }[kind]
    phase = p.stream("kerb").uniform(0, 0.3)
    for left, right in ((NEAR_EDGE, NEAR_EDGE + 0.16), (FAR_EDGE - 0.16, FAR_EDGE)):
        for i in range(30):
            near = 0.8 + phase + i * 0.3
            p.strip(left, right, near, near + 0.3, colours[i % 2])
            lip = left if left > 0 else right
            p.strip(lip - 0.02, lip + 0.02, near, near + 0.3, _shade(colours[i % 2], 0.7))


def _far_things(p):
    """Trees, houses and poles on both sides, far ones first."""
    rng, vegetation = p.stream("trees"), p.clue("vegetation")
    things = []
    for lane, depths in ((-3.1, (2.9, 3.9, 5.4, 8, 12)), (2.1, (3.0, 4.2, 6.0, 9))):
        for depth in depths:
            depth *= rng.uniform(0.92, 1.08)
            place, seed = lane * rng.uniform(0.92, 1.1), rng.random()
            things.append((depth, functools.partial(_tree, p, vegetation, place, depth, seed)))
    if p.shows("roof"):
        houses = p.stream("houses")
        things.append((4.6, functools.partial(_house, p, houses.uniform(0.25, 0.31), 0.23, 4.6, "a")))
        if houses.random() < 0.5:
            things.append((5.0, functools.partial(_house, p, houses.uniform(0.86, 0.94), 0.2, 5.0, "b")))
    if p.shows("pole"):
        start = p.stream("poles").uniform(2.15, 2.5)
        for depth in (start, start * 1.75, start * 3):
            things.append((depth, functools.partial(_pole, p, depth)))
    for _, paint in sorted(things, key=lambda thing: -thing[0]):
        paint()


def _near_things(p):
    if p.shows("script"):
        _direction_sign(p)
    if p.shows("warning_sign"):
        _warning_sign(p)
    _bollards(p)
    if p.shows("plate"):
        rng = p.stream("cars")
        _car(p, -1.0, rng.uniform(2.3, 3.4), "front", rng.random())
        _car(p, rng.uniform(-0.04, 0.04), rng.uniform(1.5, 1.75), "rear", rng.random())


# ---- trees ----


def _tree(p, kind, lane, depth, seed):
    rng = random.Random(seed)
    x, y = p.ground(lane, depth)
    height = (
        {"scrub": 0.55, "steppe": 0.2, "savanna": 1.35}.get(kind, 2.1)
        * rng.uniform(0.85, 1.15)
        * LANE_SHARE
        / depth
    )
    _TREES[kind](p, x, y, height, rng)


def _trunk(p, x, y, height, width, colour):
    p.polygon(
        [(x - width, y), (x + width, y), (x + width * 0.6, y - height), (x - width * 0.6, y - height)], colour
    )


def _broadleaf(p, x, y, height, rng):
    green = _shade((62, 122, 46), rng.uniform(0.85, 1.15))
    _trunk(p, x, y, height * 0.5, height * 0.05, (98, 72, 50))
    for dark, spread in ((0.82, 1.0), (1.0, 0.85), (1.16, 0.55)):
        for _ in range(5):
            dx, dy = rng.uniform(-0.26, 0.26) * spread, rng.uniform(-0.2, 0.2) * spread
            shift = -0.06 * (1 - spread)
            p.ellipse(
                x + (dx + shift) * height,
                y - (0.66 - dy - shift) * height,
                0.17 * height,
                0.15 * height,
                _shade(green, dark),
            )


def _conifer(p, x, y, height, rng):
    green = _shade((28, 82, 58), rng.uniform(0.85, 1.15))
    _trunk(p, x, y, height * 0.2, height * 0.03, (84, 60, 44))
    for level in range(4):
        base, half = y - height * (0.12 + 0.2 * level), height * (0.25 - 0.05 * level)
        top = base - height * 0.34
        p.polygon([(x - half, base), (x + half, base), (x, top)], green)
        p.polygon([(x, base), (x + half, base), (x, top)], _shade(green, 0.8))


def _birch(p, x, y, height, rng):
    green = _shade((158, 186, 74), rng.uniform(0.9, 1.1))
    _trunk(p, x, y, height * 0.75, height * 0.042, (240, 240, 234))
    for _ in range(9):
        dx, dy = rng.uniform(-0.13, 0.13), rng.uniform(0.5, 0.92)
        p.ellipse(
            x + dx * height,
            y - dy * height,
            0.09 * height,
            0.11 * height,
            _shade(green, rng.uniform(0.85, 1.12)),
        )
    for i in range(5):
        mark = y - height * (0.05 + 0.09 * i)
        p.box(x - height * 0.035, mark, x + height * 0.018, mark + height * 0.02, (40, 40, 40))


def _cypress(p, x, y, height, rng):
    if rng.random() < 0.3:  # an olive tree between the cypresses
        _trunk(p, x, y, height * 0.28, height * 0.05, (112, 98, 82))
        for _ in range(6):
            p.ellipse(
                x + rng.uniform(-0.17, 0.17) * height,
                y - rng.uniform(0.26, 0.46) * height,
                0.13 * height,
                0.1 * height,
                (134, 148, 112),
            )
        return
    green = _shade((34, 72, 44), rng.uniform(0.85, 1.15))
    _trunk(p, x, y, height * 0.15, height * 0.02, (84, 64, 50))
    p.ellipse(x, y - height * 0.53, height * 0.095, height * 0.46, green)
    p.ellipse(x + height * 0.025, y - height * 0.5, height * 0.055, height * 0.4, _shade(green, 0.82))


def _palm(p, x, y, height, rng):
    lean = rng.uniform(-0.14, 0.14)
    stem = [(x + lean * height * t * t, y - height * 0.78 * t) for t in (0, 0.25, 0.5, 0.75, 1)]
    p.line(stem, height * 0.05, (136, 108, 76))
    top_x, top_y = stem[-1]
    for i in range(9):
        angle = math.pi * (-0.12 + 1.24 * i / 8)
        reach = height * rng.uniform(0.3, 0.38)
        tip = (top_x + reach * math.cos(angle), top_y - reach * 0.55 * math.sin(angle) + reach * 0.42)
        knee = (top_x + reach * 0.62 * math.cos(angle), top_y - reach * 0.72 * math.sin(angle) - reach * 0.1)
        under = (top_x + reach * 0.5 * math.cos(angle), top_y - reach * 0.4 * math.sin(angle) + reach * 0.06)
        p.polygon([(top_x, top_y), knee, tip, under], _shade((58, 140, 54), rng.uniform(0.75, 1.15)))


def _eucalyptus(p, x, y, height, rng):
    bark = (222, 208, 190)
    _trunk(p, x, y, height * 0.62, height * 0.032, bark)
    for dx, top in ((-0.2, 0.8), (0.18, 0.88), (0.03, 0.95)):
        p.line([(x, y - height * 0.45), (x + dx * height, y - top * height)], height * 0.026, bark)
        for _ in range(4):
            cx, cy = x + (dx + rng.uniform(-0.1, 0.1)) * height, y - (top + rng.uniform(-0.07, 0.09)) * height
            p.ellipse(cx, cy, 0.12 * height, 0.055 * height, _shade((122, 146, 116), rng.uniform(0.85, 1.1)))


def _savanna(p, x, y, height, rng):
    bark, green = (96, 76, 56), _shade((110, 128, 52), rng.uniform(0.9, 1.1))
    for dx in (-0.42, -0.14, 0.16, 0.42):
        p.line(
            [(x, y), (x + dx * 0.2 * height, y - height * 0.45), (x + dx * height, y - height * 0.82)],
            height * 0.045,
            bark,
        )
    p.ellipse(x, y - height * 0.88, height * 0.68, height * 0.13, green)
    p.ellipse(x - 0.1 * height, y - height * 0.93, height * 0.5, height * 0.08, _shade(green, 1.15))


def _scrub(p, x, y, height, rng):
    for _ in range(7):
        dx, dy = rng.uniform(-0.6, 0.6), rng.uniform(0.1, 0.55)
        p.ellipse(
            x + dx * height,
            y - dy * height,
            0.24 * height,
            0.2 * height,
            _shade((128, 130, 92), rng.uniform(0.8, 1.15)),
        )
    for i in range(5):
        p.line(
            [(x, y), (x + (i - 2) * 0.28 * height, y - height * rng.uniform(0.7, 1.0))],
            height * 0.03,
            (116, 100, 72),
        )


def _steppe(p, x, y, height, rng):
    for _ in range(9):
        foot = x + rng.uniform(-1.6, 1.6) * height
        p.line(
            [(foot, y), (foot + rng.uniform(-0.3, 0.3) * height, y - height * rng.uniform(0.6, 1))],
            height * 0.08,
            (186, 176, 84),
        )


_TREES = {
    "broadleaf": _broadleaf,
    "conifer": _conifer,
    "birch": _birch,
    "cypress": _cypress,
    "palm": _palm,
    "eucalyptus": _eucalyptus,
    "savanna": _savanna,
    "scrub": _scrub,
    "steppe": _steppe,
}


# ---- things that people have built ----


def _house(p, x, width, depth, name):
    rng, roof = p.stream(f"house {name}"), p.clue("roof")
    base = p.ground(0, depth)[1] + 0.01
    wall = rng.choice([(236, 226, 206), (226, 206, 176), (240, 240, 234), (214, 190, 170), (206, 214, 214)])
    left, right, eaves = x - width / 2, x + width / 2, base - width * 0.42
    p.box(left, eaves, right, base, wall)
    p.box(right - width * 0.3, eaves, right, base, _shade(wall, 0.86))
    for share in (0.12, 0.42):
        p.box(
            left + width * share,
            eaves + width * 0.1,
            left + width * (share + 0.16),
            eaves + width * 0.27,
            (86, 104, 122),
        )
    p.box(left + width * 0.77, base - width * 0.28, left + width * 0.9, base, (104, 74, 56))
    if roof == "flat":
        _flat_roof(p, x, width, eaves, wall)
    else:
        _pitched_roof(p, x, width, eaves, roof)


def _flat_roof(p, x, width, eaves, wall):
    left, right = x - width / 2, x + width / 2
    p.box(left - 0.005, eaves - width * 0.07, right + 0.005, eaves + width * 0.02, _shade(wall, 0.78))
    chimney = left + width * 0.58
    p.box(chimney, eaves - width * 0.2, left + width * 0.76, eaves - width * 0.07, (210, 212, 214))


def _pitched_roof(p, x, width, eaves, roof):
    left, right = x - width / 2, x + width / 2
    colour = {
        "red-tile": (190, 78, 48),
        "slate": (66, 70, 80),
        "tin": (196, 198, 198),
        "blue": (46, 104, 196),
    }[roof]
    ridge, over = eaves - width * 0.36, width * 0.08
    p.polygon(
        [(left - over, eaves), (right + over, eaves), (right - over, ridge), (left + over, ridge)], colour
    )
    if roof == "tin":
        for i in range(9):
            foot = left - over + (width + 2 * over) * (i + 0.5) / 9
            head = left + over + (width - 2 * over) * (i + 0.5) / 9
            p.line([(foot, eaves), (head, ridge)], 0.005, (156, 112, 92) if i % 3 == 0 else (140, 144, 146))
    else:
        for i in (1, 2, 3):
            drop = (eaves - ridge) * i / 4
            slant = 2 * over * i / 4
            p.line(
                [(left + over - slant, ridge + drop), (right - over + slant, ridge + drop)],
                0.003,
                _shade(colour, 0.8),
            )


def _pole(p, depth):
    kind = p.clue("pole")
    scale = LANE_SHARE / depth
    x, base = p.ground(-2.05, depth)
    top = base - 2.9 * scale
    if kind == "lattice":
        _pylon(p, x, base, top, 0.3 * scale)
        return
    _mast(p, x, base, scale, kind)
    far_x, far_base = p.ground(-2.05, depth * 1.75)
    far_top = far_base - 2.9 * scale / 1.75
    for arm_x in (-0.38, 0.38):
        start = (x + arm_x * scale, top + 0.18 * scale)
        end = (far_x + arm_x * scale / 1.75, far_top + 0.18 * scale / 1.75)
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.015)
        p.line([start, middle, end], 0.0025, (70, 72, 76))


def _mast(p, x, base, scale, kind):
    top, half = base - 2.9 * scale, 0.085 * scale
    colour = {
        "wood": (112, 78, 50),
        "concrete": (186, 186, 180),
        "holey": (178, 176, 168),
        "striped": (186, 186, 180),
    }[kind]
    p.box(x - half, top, x + half, base, colour)
    p.box(x + half * 0.3, top, x + half, base, _shade(colour, 0.8))
    arm = _shade(colour, 0.8)
    p.box(x - 0.42 * scale, top + 0.18 * scale, x + 0.42 * scale, top + 0.25 * scale, arm)
    if kind == "wood":
        p.box(x - 0.34 * scale, top + 0.42 * scale, x + 0.34 * scale, top + 0.48 * scale, arm)
    if kind == "holey":
        for i in range(9):
            hole = top + (0.4 + 0.25 * i) * scale
            p.box(x - half * 0.55, hole, x + half * 0.55, hole + 0.14 * scale, (70, 72, 70))
    if kind == "striped":
        for i in range(6):
            stripe = base - (0.15 + 0.2 * i) * scale
            p.box(
                x - half * 1.25,
                stripe - 0.2 * scale,
                x + half * 1.25,
                stripe,
                (248, 200, 20) if i % 2 else (26, 26, 28),
            )


def _pylon(p, x, base, top, half):
    steel, width = (112, 122, 132), half * 0.12
    for side in (-1, 1):
        p.line([(x + side * half, base), (x + side * half * 0.15, top)], width, steel)
    levels = 7
    for i in range(levels):
        low, high = i / levels, (i + 1) / levels
        wide, narrow = half * (1 - 0.85 * low), half * (1 - 0.85 * high)
        y_low, y_high = base + (top - base) * low, base + (top - base) * high
        p.line([(x - wide, y_low), (x + narrow, y_high)], width * 0.7, steel)
        p.line([(x + wide, y_low), (x - narrow, y_high)], width * 0.7, steel)
    for share, reach in ((0.72, 1.5), (0.86, 1.1)):
        y = base + (top - base) * share
        p.line([(x - half * reach, y), (x + half * reach, y)], width, steel)


def _bollards(p):
    kind = p.clue("bollard")
    if kind == "none":
        return
    start = p.stream("bollards").uniform(1.55, 1.75)
    for depth in (start * 4, start * 2.6, start * 1.65, start):
        for lane in (NEAR_EDGE + 0.36, FAR_EDGE - 0.36):
            scale = LANE_SHARE / depth
            x, base = p.ground(lane, depth)
            half, top = 0.065 * scale, base - 0.46 * scale
            body = (248, 204, 30) if kind == "yellow-post" else (246, 246, 244)
            p.box(x - half, top, x + half, base, body)
            p.box(x + half * 0.4, top, x + half, base, _shade(body, 0.85))
            if kind != "yellow-post":
                band = (22, 22, 24) if kind == "black-band" else (214, 26, 30)
                p.polygon(
                    [
                        (x - half, top + 0.09 * scale),
                        (x + half, top + 0.06 * scale),
                        (x + half, top + 0.2 * scale),
                        (x - half, top + 0.23 * scale),
                    ],
                    band,
                )


def _car(p, lane, depth, end, seed):
    rng = random.Random(seed)
    paint = rng.choice(CAR_PAINTS)
    x, base = p.ground(lane, depth)
    width = 0.66 * LANE_SHARE / depth
    left, right = x - width / 2, x + width / 2
    body = base - width * 0.52
    p.ellipse(x, base, width * 0.56, width * 0.06, (62, 62, 66))
    for wheel in (left + width * 0.04, right - width * 0.22):
        p.box(wheel, base - width * 0.2, wheel + width * 0.18, base + width * 0.01, (26, 26, 28))
    _cabin(p, x, width, base, paint)
    p.polygon(
        [
            (left, body + width * 0.06),
            (left + width * 0.05, body),
            (right - width * 0.05, body),
            (right, body + width * 0.06),
            (right, base - width * 0.1),
            (left, base - width * 0.1),
        ],
        paint,
    )
    p.box(left, base - width * 0.16, right, base - width * 0.08, _shade(paint, 0.6))
    lamp = (214, 24, 28) if end == "rear" else (252, 246, 206)
    for lamp_left in (left + width * 0.03, right - width * 0.19):
        p.box(lamp_left, body + width * 0.06, lamp_left + width * 0.16, body + width * 0.16, lamp)
    if end == "front":
        p.box(
            left + width * 0.26, body + width * 0.07, right - width * 0.26, body + width * 0.15, (40, 42, 46)
        )
    _plate(p, x, base - width * 0.23, width * 0.29, width * 0.085, rng)


def _cabin(p, x, width, base, paint):
    left, right = x - width / 2, x + width / 2
    body, roof = base - width * 0.52, base - width * 0.88
    p.polygon(
        [
            (left + width * 0.06, body + 0.001),
            (right - width * 0.06, body + 0.001),
            (right - width * 0.17, roof),
            (left + width * 0.17, roof),
        ],
        _shade(paint, 0.92),
    )
    p.polygon(
        [
            (left + width * 0.12, body),
            (right - width * 0.12, body),
            (right - width * 0.2, roof + width * 0.06),
            (left + width * 0.2, roof + width * 0.06),
        ],
        (58, 72, 86),
    )


def _plate(p, x, y, half_width, half_height, rng):
    kind = p.clue("plate")
    p.box(
        x - half_width - 0.003,
        y - half_height - 0.003,
        x + half_width + 0.003,
        y + half_height + 0.003,
        (40, 40, 42),
    )
    p.box(x - half_width, y - half_height, x + half_width, y + half_height, PLATES[kind])
    flip = -1 if p.mirrored else 1  # the band stands on the reader's left on either side of the road
    start = x - flip * half_width * 0.8
    if kind == "blue-band":
        edge, inner = x - flip * half_width, x - flip * half_width * 0.55
        p.box(min(edge, inner), y - half_height, max(edge, inner), y + half_height, (16, 62, 186))
        start = x - flip * half_width * 0.45
    ink = (245, 245, 245) if kind in ("black", "blue") else (26, 26, 30)
    step = (x + flip * half_width * 0.85 - start) / 6
    for i in range(6):
        left = start + step * (i + 0.2)
        right = left + step * 0.6
        middle = y + half_height * rng.uniform(-0.2, 0.2)
        p.line(
            [(left, y - half_height * 0.6), (right, middle), (left, y + half_height * 0.6)],
            half_height * 0.28,
            ink,
        )


def _warning_sign(p):
    rng, kind = p.stream("warning sign"), p.clue("warning_sign")
    x, y, size = rng.uniform(0.875, 0.905), rng.uniform(0.48, 0.51), rng.uniform(0.078, 0.088)
    p.box(x - 0.009, y, x + 0.009, y + 0.3, (138, 142, 146))
    if kind == "yellow-diamond":
        for extent, colour in ((1.15, (30, 30, 32)), (1.03, (252, 200, 16))):
            reach = size * extent
            p.polygon([(x - reach, y), (x, y - reach), (x + reach, y), (x, y + reach)], colour)
    else:
        border = (24, 24, 26) if kind == "black-yellow-triangle" else (212, 24, 32)
        inner = (250, 250, 248) if kind == "white-triangle" else (252, 204, 20)
        for extent, colour in ((1.12, border), (0.66, inner)):
            reach = size * extent
            p.polygon(
                [(x - reach, y + reach * 0.62), (x, y - reach * 1.1), (x + reach, y + reach * 0.62)], colour
            )
    ink, symbol = (24, 24, 26), rng.choice(("!", "bend", "dot"))
    if symbol == "!":
        p.box(x - size * 0.07, y - size * 0.3, x + size * 0.07, y + size * 0.1, ink)
        p.box(x - size * 0.07, y + size * 0.18, x + size * 0.07, y + size * 0.32, ink)
    elif symbol == "bend":
        p.line(
            [(x - size * 0.12, y + size * 0.33), (x - size * 0.12, y), (x + size * 0.12, y - size * 0.3)],
            size * 0.13,
            ink,
        )
    else:
        p.ellipse(x, y + size * 0.05, size * 0.2, size * 0.2, ink)


@functools.cache
def _lettering(script):
    """The words of a script as greyscale images, white on black."""
    folder = PRACTICE_DIR / "glyphs"
    sides = own_json(
        folder / "words.json", lambda words: [(word["left"] + 0, word["right"] + 0) for word in words[script]]
    )
    try:
        with Image.open(folder / f"{script}.png") as glyphs:
            strip = glyphs.convert("L")
    except (OSError, SyntaxError, ValueError) as problem:
        raise damaged(folder / f"{script}.png", str(problem)) from None
    return [strip.crop((left, 0, right, strip.height)) for left, right in sides]


def _direction_sign(p):
    rng = p.stream("direction sign")
    board, ink = SIGN_COLOURS[p.clue("sign_colour")]
    words = _lettering(p.clue("script"))
    word = words[int(rng.random() * len(words))]
    x, top = rng.uniform(0.735, 0.77), rng.uniform(0.05, 0.11)
    width, height = 0.45, 0.245
    left, right, bottom = x - width / 2, x + width / 2, top + height
    for post in (x - 0.06, x + 0.15):
        p.box(post - 0.008, bottom, post + 0.008, p.horizon + 0.15, (138, 142, 146))
    p.box(left - 0.006, top - 0.006, right + 0.006, bottom + 0.006, (90, 92, 94))
    p.box(left, top, right, bottom, ink)
    p.box(left + 0.008, top + 0.008, right - 0.008, bottom - 0.008, board)
    letter_height = rng.uniform(0.15, 0.185)
    letter_width = min(width - 0.05, letter_height * word.width / word.height)
    mask = word.resize(
        (round(letter_width * p.size), round(letter_height * p.size)), Image.Resampling.BILINEAR
    )
    centre_x, centre_y = p.at(x, (top + bottom) / 2)
    p.image.paste(ink, (round(centre_x - mask.width / 2), round(centre_y - mask.height / 2)), mask)


def _light(p):
    """Time of day and weather over the whole picture."""
    rng = p.stream("light")
    brightness, contrast = rng.uniform(0.8, 1.1), rng.uniform(0.85, 1.08)
    warmth = rng.uniform(-0.06, 0.06)
    table = []
    for gain in (1 + warmth, 1.0, 1 - warmth):
        table += [
            max(0, min(255, round(((v - 128) * contrast + 128) * brightness * gain))) for v in range(256)
        ]
    image = p.image.point(table)
    if rng.random() < 0.12:  # rain
        pen, shift = ImageDraw.Draw(image), rng.uniform(-0.03, 0.03)
        for _ in range(60):
            x, y, length = rng.random(), rng.random(), rng.uniform(0.02, 0.05)
            ends = [(x * p.size, y * p.size), ((x + shift) * p.size, (y + length) * p.size)]
            pen.line(ends, fill=(200, 206, 214), width=max(1, round(0.0025 * p.size)))
    if rng.random() < 0.15:  # a soft lens
        image = image.filter(ImageFilter.BoxBlur(0.0022 * p.size))
    return image
