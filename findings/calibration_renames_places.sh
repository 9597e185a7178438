#!/usr/bin/env bash
# Temperature scaling of scikit-learn gives one place's shares to another where calibration photos lack a place of the list and have one that is not on it.
#
# Expected: CalibratedClassifierCV(FrozenEstimator(model), method="temperature") fits one number and leaves the order of the model's labels as it is. A
# truth that is not on the list, and a label that no photo has, are daily bread with an open list of places: they count for nothing, or are an error.
# Seen: scikit-learn 1.9.1 takes the labels from the calibration photos' truths and the columns from the model, and lays one on the other by position.
# With as many of the one as of the other nothing is said: a photo of Norway is then of Sweden, one of France of Norway. "sigmoid" and "isotonic" match
# labels by name, and refuse the same photos.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
"$work/venv/bin/python" - <<'PY'
import sys

import numpy as np
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

LIST = np.array(["Denmark", "France", "Norway"])


class ZeroShot(ClassifierMixin, BaseEstimator):
    """A model with its own list of places; a "photo" is its score for each of them."""

    def fit(self, photos, truths):
        self.classes_ = LIST
        return self

    def predict_proba(self, photos):
        powers = np.exp(photos)
        return powers / powers.sum(1, keepdims=True)

    def predict(self, photos):
        return self.classes_[self.predict_proba(photos).argmax(1)]


def photos_of(places, count=30):
    """Photos with their truths; where a place is not on the list, its photos look like Denmark and Norway in turn."""
    looks = {"Denmark": (0,), "France": (1,), "Norway": (2,), "Sweden": (0, 2)}
    shown = [(4 * np.eye(3)[looks[place][n % len(looks[place])]], place) for place in places for n in range(count)]
    return np.array([photo for photo, _ in shown]), np.array([place for _, place in shown])


def calibrated(method, places):
    """What the calibrated model says of a photo of each place of its list, or the error's name."""
    photos, truths = photos_of(places)
    model = FrozenEstimator(ZeroShot().fit(photos, truths))
    try:
        fitted = CalibratedClassifierCV(model, method=method).fit(photos, truths)
    except (ValueError, IndexError) as error:
        return type(error).__name__
    return fitted.predict(photos_of(LIST, 1)[0]).tolist()


print("scikit-learn", sklearn.__version__)
print("the list, and so what the model itself says of one photo of each:", LIST.tolist())
SETS = [("Denmark", "France", "Norway"), ("Denmark", "France", "Sweden"), ("Denmark", "Norway", "Sweden"), ("Denmark", "France")]
seen = {(method, places): calibrated(method, places) for places in SETS for method in ("temperature", "sigmoid", "isotonic")}
for (method, places), told in seen.items():
    print(f"calibrated by {method:12} with photos of {', '.join(places):24} says: {told}")

described = (
    seen["temperature", SETS[0]] == LIST.tolist()
    and seen["temperature", SETS[1]] == ["Denmark", "France", "Sweden"]
    and seen["temperature", SETS[2]] == ["Denmark", "Norway", "Sweden"]
    and seen["temperature", SETS[3]] == "IndexError"
    and all(seen[method, places] == "ValueError" for method in ("sigmoid", "isotonic") for places in SETS[1:3])
)
sys.exit(0 if described else "This has changed.")
PY
