#!/usr/bin/env bash
# The image processor of CLIP sees another picture when it is given the file's name than when it is given the opened file.
#
# Expected: a processor of transformers takes a picture as a path, an address or a Pillow image, and makes the same numbers of each. Model cards (StreetCLIP's
# too) open the file; the pipeline zero-shot-image-classification takes its name.
# Seen: with transformers 5.24.0 an opened picture is laid on white where it is transparent, and stays as the camera held it. One that
# transformers opens itself is turned as EXIF says, and its transparency is dropped: what was hidden is seen, half-transparent is opaque. So
# a phone's photo is upright on one way and sideways on the other, and a screenshot with a see-through border has another border.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q transformers==5.24.0 pillow==12.3.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' 2>/dev/null
import sys

import numpy as np
import transformers
from PIL import Image
from transformers import CLIPImageProcessorPil
from transformers.image_utils import load_image

SIDE = 32
TURNED = 6  # EXIF's orientation of a photo that was taken upright with a phone
processor = CLIPImageProcessorPil(
    size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}, do_normalize=False
)


def corners(image):
    """What the model gets at the upper left, upper right and lower left, from 0 to 255."""
    pixels = np.asarray(processor(image, return_tensors="np")["pixel_values"])[0]
    at = [pixels[:, row, column] for row, column in ((0, 0), (0, -1), (-1, 0))]
    return [tuple(int(level) for level in (255 * corner).round()) for corner in at]


def seen(name):
    """The file as an opened one, by its name, and as the pipelines open it."""
    with Image.open(name) as image:
        return corners(image), corners(name), corners(load_image(name))


def coloured(opacity):
    return Image.new("RGBA", (2 * SIDE, 2 * SIDE), (255, 0, 0, opacity))


held = Image.new("RGB", (2 * SIDE, 2 * SIDE))
held.paste((255, 255, 255), (0, 0, SIDE, 2 * SIDE))  # white on the left, as the camera held it; EXIF says: at the top
exif = Image.Exif()
exif[0x0112] = TURNED
held.save("phone.png", exif=exif)
coloured(0).save("hidden.png")
coloured(128).save("half.png")
coloured(255).save("opaque.png")

found = {name: seen(f"{name}.png") for name in ("phone", "hidden", "half", "opaque")}
print("transformers", transformers.__version__)
for name, (opened, named, piped) in found.items():
    print(f"{name:7} opened {opened}\n        named  {named}{'' if named == opened else '   OTHER'}")
black, white, red, pale = (0, 0, 0), (255, 255, 255), (255, 0, 0), (255, 127, 127)
expected = {
    "phone": ([white, black, white], [white, white, black]),
    "hidden": ([white] * 3, [red] * 3),
    "half": ([pale] * 3, [red] * 3),
    "opaque": ([red] * 3, [red] * 3),
}
is_so = all(found[name] == (opened, named, named) for name, (opened, named) in expected.items())
if not is_so:
    print("This has changed.")
sys.exit(0 if is_so else 1)
PY
