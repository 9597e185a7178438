#!/usr/bin/env bash
# A TIFF in YCbCr that Pillow writes is one that Pillow cannot read.
#
# Expected: `Image.open` reads back what `Image.save` has written, or `save` refuses the mode: YCbCr is among those it takes for TIFF.
# Seen: Pillow 12.3.0 writes three bytes a pixel without compression, and reading expects four: "image file is truncated". Compressed
# by libtiff (LZW here) the same picture comes back.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q pillow==12.3.0
"$work/venv/bin/python" - <<'PY'
import io
import sys

import PIL
from PIL import Image


def read_back(compression):
    """The mode and size of a picture that was written and opened again, or what was said instead."""
    file = io.BytesIO()
    Image.new("YCbCr", (32, 32), (120, 90, 200)).save(file, "TIFF", compression=compression)
    file.seek(0)
    try:
        with Image.open(file) as image:
            image.load()
            return image.mode, image.size
    except OSError as error:
        return str(error)


print("pillow", PIL.__version__)
seen = {compression: read_back(compression) for compression in (None, "tiff_lzw")}
for compression, what in seen.items():
    print(f"{compression or 'no compression':15}{what}")
is_so = "truncated" in str(seen[None]) and seen["tiff_lzw"][1] == (32, 32)
sys.exit(0 if is_so else "This has changed.")
PY
