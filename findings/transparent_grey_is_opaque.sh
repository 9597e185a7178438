#!/usr/bin/env bash
# A PNG's transparent colour is transparent in one bit depth and opaque in the next.
#
# Expected: the colour that a PNG names as transparent (its tRNS chunk) is transparent when Pillow gives the picture an alpha
# channel, whatever the bit depth: browsers show it so.
# Seen: Pillow 12.3.0 scales pixels of 2 and 4 bits of grey, and of 16 bits of red, green and blue, to 8 bits, and leaves the named colour as
# it stands in the file. So the two never meet: the picture is opaque, and what should let the page shine through is drawn.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q pillow==12.3.0
"$work/venv/bin/python" - <<'PY'
import io
import struct
import sys
import zlib

import PIL
from PIL import Image

GREY, RGB = 0, 2  # colour types of PNG


def png(bits, colour, pixels, transparent):
    """A picture of one row."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    samples = [sample for pixel in pixels for sample in pixel]
    text = "".join(f"{sample:0{bits}b}" for sample in samples)
    row = int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")
    head = struct.pack(">IIBBBBB", len(pixels), 1, bits, colour, 0, 0, 0)
    named = struct.pack(f">{len(transparent)}H", *transparent)
    parts = ((b"IHDR", head), (b"tRNS", named), (b"IDAT", zlib.compress(b"\0" + row)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def alpha(bits, colour, pixels):
    """How opaque the pixels are, of which the first is named as transparent."""
    with Image.open(io.BytesIO(png(bits, colour, pixels, pixels[0]))) as image:
        return image.convert("RGBA").getchannel("A").tobytes()


print("pillow", PIL.__version__)
seen = {
    "grey, 2 bits": alpha(2, GREY, [(3,), (1,)]),
    "grey, 4 bits": alpha(4, GREY, [(15,), (5,)]),
    "grey, 8 bits": alpha(8, GREY, [(255,), (85,)]),
    "colours, 8 bits": alpha(8, RGB, [(18, 52, 86), (255, 0, 0)]),
    "colours, 16 bits": alpha(16, RGB, [(4660, 22136, 39612), (65535, 0, 0)]),
}
for kind, opaque in seen.items():
    print(f"{kind:18}{list(opaque)}  {'as expected' if opaque == bytes([0, 255]) else 'nothing is transparent'}")

nothing = {kind for kind, opaque in seen.items() if opaque == bytes([255, 255])}
sys.exit(0 if nothing == {"grey, 2 bits", "grey, 4 bits", "colours, 16 bits"} else "This has changed.")
PY
