#!/usr/bin/env bash
# The 95 % intervals that confidenceinterval gives for figures averaged over many places hold the truth far less often than that.
#
# Expected: recall_score(..., average="macro") of the package gives the figure and, by its default method, an interval that holds the true figure 95 times
# in 100, of the width that method="bootstrap_percentile" of the same function gives.
# Seen: confidenceinterval 1.0.5 multiplies the vector of shares by itself element by element where its docstrings have the outer product, diag(p) - pp'
# (NumPy's transpose of a vector is that vector). With 50 places and 3,000 photos its intervals for recall and precision are half as wide as they should be
# and hold the truth in about four of five sets, those for F1 a third as wide and in half of the sets; with two places those for F1 are twice
# too wide. "micro", the default average, is right, and so is method="bootstrap_percentile".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q confidenceinterval==1.0.5 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
"$work/venv/bin/python" -W ignore - <<'PY'
import sys
from importlib.metadata import version

import confidenceinterval
import numpy as np

SETS, RIGHT = 200, 0.6
FUNCTIONS = {name: getattr(confidenceinterval, f"{name}_score") for name in ("recall", "precision", "f1")}
random = np.random.default_rng(7)


def photos(places, count):
    """True and guessed places: the model knows RIGHT of the photos and guesses the others, so that it is the same for all places."""
    truths = random.integers(0, places, count)
    return truths, np.where(random.random(count) < RIGHT, truths, random.integers(0, places, count))


def width(interval):
    return interval[1] - interval[0]


print(*(f"{name} {version(name)}" for name in ("confidenceinterval", "numpy")), sep=", ")
ratios, held = {}, {}
for places, count in ((2, 200), (50, 3000)):
    true_figure = RIGHT + (1 - RIGHT) / places  # recall, precision and so F1 of each place
    answers = [photos(places, count) for _ in range(SETS)]
    for name, function in FUNCTIONS.items():
        for average in ("micro", "macro"):
            intervals = [function(*answer, average=average)[1] for answer in answers]
            held[places, name, average] = sum(low <= true_figure <= high for low, high in intervals)
            figures = [function(*answer, average=average, compute_ci=False) for answer in answers]
            ratio = np.mean([width(interval) for interval in intervals]) / (2 * 1.96 * np.std(figures))
            ratios[places, name, average] = ratio
            print(f"{places:2} places, {count:5,} photos, {average} {name:9}: {held[places, name, average]:3} of {SETS} intervals hold the"
                  f" true {true_figure:.3f}; they are {ratio:.2f} times as wide as the figure's own spread asks for")
    resampled = width(FUNCTIONS["f1"](*answers[0], average="macro", method="bootstrap_percentile")[1])
    print(f"   macro f1 of one set: {width(FUNCTIONS['f1'](*answers[0], average='macro')[1]):.3f} wide, by its bootstrap {resampled:.3f}")

described = (
    all(0.8 < ratios[places, name, "micro"] < 1.25 for places in (2, 50) for name in FUNCTIONS)
    and all(ratios[50, name, "macro"] < 0.65 and held[50, name, "macro"] < 0.87 * SETS for name in FUNCTIONS)
    and ratios[50, "f1", "macro"] < 0.45
    and ratios[2, "f1", "macro"] > 1.6
)
sys.exit(0 if described else "This has changed.")
PY
