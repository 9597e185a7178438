"""GeoCLIP for tests: a tiny release of random weights, and the published package where pip can fetch it."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

PARIS, LYON, MIDATLANTIC = (48.857, 2.352), (45.75, 4.85), (30.0, -40.0)
POINTS = (
    PARIS,
    LYON,
    (40.71, -74.0),
    (34.05, -118.24),
    (35.68, 139.69),
    (-33.87, 151.2),
    MIDATLANTIC,
    (71.0, 100.0),
)


def write_gallery(path: Path, points=POINTS) -> Path:
    """A CSV file as the package has one."""
    path.write_text("LAT,LON\n" + "".join(f"{latitude},{longitude}\n" for latitude, longitude in points))
    return path


def make_release(folder: Path, features: int = 24, points=POINTS) -> Path:
    """A folder in the form of `GeoCLIP.from_pretrained`, for an image half that gives so many features."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(7)
    shapes = {"image_encoder.mlp.0": (20, features), "image_encoder.mlp.2": (8, 20)}
    for scale in range(2):
        name = f"location_encoder.LocEnc{scale}"
        shapes |= {
            f"{name}.capsule.1": (16, 12),
            f"{name}.capsule.3": (16, 16),
            f"{name}.capsule.5": (16, 16),
        }
        shapes |= {f"{name}.head.0": (8, 16)}
    weights = {f"{name}.weight": random.normal(size=shape) for name, shape in shapes.items()}
    weights |= {f"{name}.bias": random.normal(size=shape[0]) for name, shape in shapes.items()}
    weights |= {
        f"location_encoder.LocEnc{scale}.capsule.0.b": random.normal(size=(6, 2)) for scale in range(2)
    }
    weights["logit_scale"] = np.array(np.log(10.0))
    save_file(
        {name: array.astype(np.float32) for name, array in weights.items()}, folder / "model.safetensors"
    )
    about = {"model_type": "geoclip-geolocation", "format_version": 1, "gallery_file": "gallery.csv"}
    about |= {"sigma": [1, 16], "backbone": {"repo_id": "owner/clip", "revision": "main"}}
    (folder / "config.json").write_text(json.dumps(about))
    write_gallery(folder / "gallery.csv", points)
    return folder
