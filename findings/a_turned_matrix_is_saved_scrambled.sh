#!/usr/bin/env bash
# An array that NumPy has turned, reversed or thinned out is saved by safetensors with its numbers in other places.
#
# Expected: `save_file` and `load_file` of safetensors.numpy give back what was saved, or refuse it, as safetensors.torch does for a tensor that is not
# contiguous. A zero-shot classifier's matrix is usually a turned one (`captions.T`).
# Seen: safetensors 0.8.0 writes the memory as it lies there with the shape as it is seen, so that the file is sound and its values stand in other places. Its
# documentation asks for "contiguous and dense" arrays, as that of 0.7.0 did, which wrote them right; nothing looks. np.ascontiguousarray before saving
# helps. (Known there since August 2026, number 825; 0.8.0 was still the newest in November.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/try.py" <<'PY'
import importlib.metadata
import sys

import numpy as np
from safetensors.numpy import load, save

photos, captions = (np.random.default_rng(seed).standard_normal((count, 64)) for seed, count in ((1, 200), (2, 193)))
arrays = {
    "captions": captions,
    "captions.T": captions.T,
    "captions[::-1]": captions[::-1],
    "captions[:, ::2]": captions[:, ::2],
    "asfortranarray(captions)": np.asfortranarray(captions),
}


def is_kept(array):
    """Whether an array comes back as it was saved."""
    return np.array_equal(load(save({"array": array}))["array"], array)


version = importlib.metadata.version("safetensors")
kept = {name: is_kept(array) for name, array in arrays.items()}
print(f"safetensors {version}:", ", ".join(f"{name} {'as saved' if same else 'OTHER'}" for name, same in kept.items()))
matrix = load(save({"captions": captions.T}))["captions"]
right, found = (photos @ captions.T).argmax(1), (photos @ matrix).argmax(1)
print(f"  of {len(photos)} photos {np.mean(right == found):.0%} have the same first place with the matrix that was saved and read")
scrambled = {name for name, same in kept.items() if not same}
expected = arrays.keys() - {"captions"} if version == "0.8.0" else set()
sys.exit(0 if scrambled == expected else "This has changed.")
PY
status=0
for version in 0.7.0 0.8.0; do
    python3 -m venv "$work/$version"
    "$work/$version/bin/pip" install -q safetensors==$version numpy==2.4.6
    "$work/$version/bin/python" "$work/try.py" || status=1
done
exit $status
