#!/usr/bin/env bash
# With one point more, torch.cdist says other distances between the points that were there before.
#
# Expected: the distance of two places depends on these two. Chords between unit vectors times the Earth's radius are good to a metre or so in float32 for
# what lies in one city, however many are asked for.
# Seen: with torch 2.13.0, from 26 points on distances come from a product of matrices, in which those of one city are what is left of two numbers near 2: up
# to kilometres wrong, points that are apart are in one place, and the nearest photo is mostly another. The documentation names the number 25, as a
# matter of how it is computed. compute_mode="donot_use_mm_for_euclid_dist", or float64, is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
import sys

import torch

EARTH_KM = 6371.0
DIRECT = "donot_use_mm_for_euclid_dist"


def vectors(latitudes, longitudes):
    """Unit vectors of places in degrees."""
    phi, lam = torch.deg2rad(latitudes), torch.deg2rad(longitudes)
    return torch.stack([phi.cos() * lam.cos(), phi.cos() * lam.sin(), phi.sin()], dim=-1)


def distances(count, kind=torch.float32, **options):
    """Kilometres between the first `count` photos."""
    points = photos[:count].to(kind)
    return EARTH_KM * torch.cdist(points, points, **options)


def nearest(kilometres):
    """Which other photo is the nearest of each of the first 25."""
    return kilometres.clone().fill_diagonal_(float("inf"))[:25].argmin(1)


random = torch.Generator().manual_seed(0)
photos = vectors(*(start + 0.1 * torch.rand(26, generator=random, dtype=torch.float64) for start in (48.8, 2.3)))  # Paris
true = distances(26, torch.float64)
found = {
    "25 points": distances(25),
    "26 points": distances(26),
    "26 points, directly": distances(26, compute_mode=DIRECT),
}
print("torch", torch.__version__)
worst, others = {}, {}
for name, kilometres in found.items():
    count = len(kilometres)
    worst[name] = float((kilometres - true[:count, :count]).abs().max())
    others[name] = int((nearest(kilometres) != nearest(true[:count, :count])).sum())
    print(f"{name:20} first to second photo {kilometres[0, 1]:.3f} km (true: {true[0, 1]:.3f}), at most {worst[name]:.4f} km wrong;",
          f"of 25 photos {others[name]} have another nearest one")
is_so = worst["25 points"] < 0.01 and worst["26 points"] > 0.2 and worst["26 points, directly"] < 0.01
is_so = is_so and others["25 points"] == others["26 points, directly"] == 0 < others["26 points"]
sys.exit(0 if is_so else "This has changed.")
PY
