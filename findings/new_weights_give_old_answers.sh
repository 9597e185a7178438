#!/usr/bin/env bash
# With its cache on, OpenVINO answers with weights that are no longer there.
#
# Expected: a cache of compiled models knows a model by what it holds. A model of OpenVINO is two files, .xml for its operations and .bin for its
# weights. After more training only the weights are others: git pull, rsync and the like then replace the .bin alone.
# Seen: openvino 2026.4.1 with CACHE_DIR knows a model that is compiled from its path by that path and by the second in which the .xml was
# changed; the .bin is never looked at. So the new weights answer as the old ones did, with no word, at each start. read_model first, then
# compile_model of what was read, hashes the weights and is right; so is CACHE_MODE=OPTIMIZE_SIZE, which is not the default.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q openvino==2026.4.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as operations

LATER = 3600  # seconds by which the newer files are newer, so that no clock's steps count


def trained(weight, folder):
    """A model of one matrix, all of whose weights are the same, as two files in `folder`."""
    photo = operations.parameter([1, 64], np.float32, name="photo")
    matrix = operations.constant(np.full((64, 64), weight, np.float32))
    answer = operations.matmul(photo, matrix, False, False)
    result = operations.result(answer)
    for node, name in ((matrix, "matrix"), (answer, "answer"), (result, "result")):
        node.set_friendly_name(name)
    ov.save_model(ov.Model([result], [photo], "model"), folder / "model.xml", compress_to_fp16=False)
    return folder


def answered(read_first=False, **options):
    """What a program says that has just started: its answer, and whether the model came out of the cache."""
    core = ov.Core()
    model = core.read_model("served/model.xml") if read_first else "served/model.xml"
    compiled = core.compile_model(model, "CPU", {"CACHE_DIR": "cache", "INFERENCE_PRECISION_HINT": "f32"} | options)
    output = compiled(np.ones((1, 64), np.float32))
    return float(output[0][0, 0]), compiled.get_property("LOADED_FROM_CACHE")


def put(folder, *names, later=0):
    """Copy files to where they are served."""
    for name in names:
        shutil.copy(folder / name, "served")
        if later:
            time = Path("served", name).stat().st_mtime + later
            os.utime(f"served/{name}", (time, time))


def after_training(**options):
    """Answers with the first weights (twice), then with the second ones in their place."""
    for folder in ("served", "cache"):
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
    put(first, "model.xml", "model.bin")
    before = [answered(**options), answered(**options)]
    put(second, "model.bin", later=LATER)
    return *before, answered(**options)


for name in ("first", "second"):
    os.mkdir(name)
first, second = trained(1.0, Path("first")), trained(2.0, Path("second"))
print("openvino", ov.__version__.split("-")[0])
print("the .xml of both is the same:", (first / "model.xml").read_bytes() == (second / "model.xml").read_bytes())
seen = {
    "compile_model(path)": after_training(),
    "compile_model(read_model(path))": after_training(read_first=True),
    "OPTIMIZE_SIZE": after_training(CACHE_MODE="OPTIMIZE_SIZE"),
}
for how, answers in seen.items():
    told = [f"{answer:g}{' (cache)' if cached else ''}" for answer, cached in answers]
    print(f"{how:32} 64 expected: {told[0]}, {told[1]};   new weights, 128 expected: {told[2]}")
last = {how: answers[2][0] for how, answers in seen.items()}
sys.exit(0 if list(last.values()) == [64, 128, 128] else "This has changed.")
PY
