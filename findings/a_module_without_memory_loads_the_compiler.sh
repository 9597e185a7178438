#!/usr/bin/env bash
# Making a module on the "meta" device, which holds no numbers, brings PyTorch's whole compiler into the process.
#
# Expected: `with torch.device("meta"): torch.nn.Embedding(9, 9)` does next to nothing; it is how big models are built before their weights
# are read. `torch.nn.Linear` does the same in a millisecond.
# Seen: torch 2.13.0 fills an Embedding by `normal_`, which on that device is a reference in Python, and that imports torch._dynamo: a second or two
# and hundreds of modules at the start of a program that compiles nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
import sys
import time

import torch


def made(module):
    """Seconds that a module took, and how many modules of Python came with it."""
    before, start = len(sys.modules), time.process_time()
    with torch.device("meta"):
        module(9, 9)
    return time.process_time() - start, len(sys.modules) - before


print("torch", torch.__version__)
at_first = "torch._dynamo" in sys.modules
linear = made(torch.nn.Linear)
after_linear = "torch._dynamo" in sys.modules
embedding = made(torch.nn.Embedding)
print(f"Linear:    {linear[0]:.3f} s, {linear[1]} modules of Python, torch._dynamo {after_linear}")
print(f"Embedding: {embedding[0]:.3f} s, {embedding[1]} modules of Python, torch._dynamo {'torch._dynamo' in sys.modules}")
is_so = not at_first and not after_linear and "torch._dynamo" in sys.modules and embedding[1] > 100
sys.exit(0 if is_so else "This has changed.")
PY
