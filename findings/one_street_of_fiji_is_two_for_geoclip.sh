#!/usr/bin/env bash
# GeoCLIP takes the two sides of the 180th meridian for far apart: one and the same street of Fiji has two embeddings.
#
# Expected: the location encoder, "for worldwide image geolocalization", has like embeddings for places next to each other, and the same for longitude 180
# and -180, which are one meridian: on the island Taveuni it crosses roads.
# Seen: geoclip 1.3.0 feeds the encoder with the point on a flat map (Equal Earth) whose edges are there. Two points 2 km apart have a cosine of 0.99
# elsewhere, and across that meridian 0.58, less than points 320 km apart in the west of it; a pole has as many embeddings as longitudes. A longitude of
# 188 in place of -172 is taken without a word, and is another place. A place there has neighbours on one side only.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q torch==2.13.0 numpy==2.4.6 pandas==3.1.1
"$work/venv/bin/pip" install -q --no-deps geoclip==1.3.0 # its image half, with transformers and torchvision, is not needed here
"$work/venv/bin/python" -W ignore - <<'PY'
import sys
import types
from importlib.metadata import distribution

import torch

release = distribution("geoclip")
folder = release.locate_file("geoclip")
for name, path in (("geoclip", folder), ("geoclip.model", folder / "model")):  # in place of __init__.py, which imports the image half
    package = types.ModuleType(name)
    package.__path__ = [str(path)]
    sys.modules[name] = package
from geoclip.model.location_encoder import LocationEncoder  # noqa: E402

encoder = LocationEncoder().eval()


@torch.no_grad()
def cosine(one, other):
    """How alike two places (latitude, longitude) are to GeoCLIP: 1 for one place."""
    return torch.nn.functional.cosine_similarity(*encoder(torch.tensor([one, other])).split(1)).item()


PAIRS = {
    "Taveuni by 180 and by -180, the same point": ((-16.8, 180.0), (-16.8, -180.0)),
    "Taveuni, 2 km apart across the meridian": ((-16.8, 179.99), (-16.8, -179.99)),
    "a degree west of there, 2 km apart": ((-16.8, 178.99), (-16.8, 179.01)),
    "west of there, 320 km apart": ((-16.8, 176.0), (-16.8, 179.0)),
    "Chukotka, 2 km apart across the meridian": ((66.0, 179.98), (66.0, -179.98)),
    "the North Pole by 0 and by 90": ((90.0, 0.0), (90.0, 90.0)),
    "Samoa by -172 and by 188, the same point": ((-13.6, -172.0), (-13.6, 188.0)),
}
print("geoclip", release.version, "torch", torch.__version__)
seen = {pair: cosine(*points) for pair, points in PAIRS.items()}
for pair, alike in seen.items():
    print(f"{pair:45} cosine {alike:5.2f}")
same, across, beside, wide, north, pole, samoa = seen.values()
is_so = same < 0.65 and across < 0.65 and beside > 0.98 and wide > across and north < 0.55 and pole < 0.6 and samoa < 0.6
sys.exit(0 if is_so else "This has changed.")
PY
