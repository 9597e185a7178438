#!/usr/bin/env bash
# The mean accuracy over places of torchmetrics grows with top_k though no further guess is right.
#
# Expected: average="macro" is the mean of each label's accuracy, over the same labels whatever top_k is. Where no second guess is ever right, top_k=2 is top_k=1.
# Seen: with top_k=1 torchmetrics 1.9.0 counts a label that is guessed and never true as one of accuracy 0, with a larger top_k it leaves all labels out
# that are never true. A long list of places of which a benchmark has a few, as zero-shot models have it, so loses by each place that is guessed
# in error, and the way from top 1 to top 5 is mostly the other rule. scikit-learn's balanced_accuracy_score is the second rule.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q torch==2.13.0 torchmetrics==1.9.0 scikit-learn==1.9.1 numpy==2.4.6
"$work/venv/bin/python" -W ignore - <<'PY'
import sys
from importlib.metadata import version

import torch
from sklearn.metrics import balanced_accuracy_score
from torchmetrics.classification import MulticlassAccuracy

LIST = ["Norway", "Japan", "Chile", "Kenya", "Nepal", "Malta"]
truths = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1])  # four photos of Norway, four of Japan
first = torch.tensor([0, 0, 0, 2, 1, 1, 1, 3])  # three right of each
second = torch.tensor([4, 4, 4, 4, 4, 4, 4, 4])  # Nepal, always wrong
shares = torch.full((len(truths), len(LIST)), 0.025)
shares[range(len(truths)), second] = 0.3
shares[range(len(truths)), first] = 0.6

print(*(f"{name} {version(name)}" for name in ("torch", "torchmetrics", "scikit-learn")), sep=", ")
print("three of four photos of each of two places are located; no second guess is right")
seen = {}
for average in ("micro", "macro", "weighted"):
    seen[average] = [MulticlassAccuracy(len(LIST), average=average, top_k=k)(shares, truths).item() for k in (1, 2)]
    print(f"accuracy, average={average + ',':10} of the first guess: {seen[average][0]:.3f}, of the first two: {seen[average][1]:.3f}")
balanced = balanced_accuracy_score(truths, shares.argmax(1))
print(f"balanced accuracy of the first guess by scikit-learn: {balanced:.3f}")
described = seen["macro"] == [0.375, 0.75] and seen["micro"] == seen["weighted"] == [0.75, 0.75] and balanced == 0.75
sys.exit(0 if described else "This has changed.")
PY
