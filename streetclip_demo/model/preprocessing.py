"""A picture to what the model sees of it, as transformers' CLIPImageProcessor makes it, bit for bit. Knows no model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from streetclip_demo.checkpoints.files import PREPROCESSING, read_json

LONGEST_RATIO = 100  # of a picture's sides; beyond it the picture is not scaled whole
STEPS = ("do_resize", "do_center_crop", "do_rescale", "do_normalize")
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # OpenAI's


@dataclass(frozen=True)
class Preprocessing:
    """The shortest side scaled, the centre cut out, the levels of red, green and blue normalised."""

    scaled_px: int  # the shortest side
    side_px: int  # of the square in the centre
    resample: Image.Resampling
    factor: float  # of a level from 0 to 255
    mean: tuple[float, ...]  # of red, green and blue
    std: tuple[float, ...]

    def crop(self, image: Image.Image) -> Image.Image:
        """The square of an RGB image that the model sees."""
        return self.crops(image, (0.5,))[0]

    def crops(self, image: Image.Image, places: Sequence[float]) -> list[Image.Image]:
        """Squares of an RGB image along its longer side: at its beginning (0), its middle (0.5), its end (1)."""
        if image.mode != "RGB":
            raise ValueError(f"Images must be RGB (photo.py makes them so), got mode {image.mode!r}.")
        width, height = image.size
        scaled, side = self.scaled_px, self.side_px
        long = int(scaled * max(width, height) / min(width, height))  # as transformers rounds it
        new_width, new_height = (scaled, long) if width <= height else (long, scaled)
        left, top = (new_width - side) // 2, (new_height - side) // 2
        along = [int((max(new_width, new_height) - side) * place) for place in places]
        corners = [(left, start) if width <= height else (start, top) for start in along]
        if max(width, height) <= LONGEST_RATIO * min(width, height):
            scaled_image = image.resize((new_width, new_height), self.resample)
            return [scaled_image.crop((left, top, left + side, top + side)) for left, top in corners]
        # Scaling a thread of a picture whole could take gigabytes; scaling just the box differs by a level or so.
        boxes = [
            (
                left * width / new_width,
                top * height / new_height,
                min((left + side) * width / new_width, width),
                min((top + side) * height / new_height, height),
            )
            for left, top in corners
        ]
        return [image.resize((side, side), self.resample, box=box) for box in boxes]

    def pixels(self, views: Sequence[Image.Image]) -> np.ndarray:
        """Squares that `crop` has cut, as the model takes them: (n, 3, side, side), float32."""
        rows = np.stack([np.asarray(view) for view in views])  # (n, side, side, 3)
        levels = np.ascontiguousarray(rows.transpose(0, 3, 1, 2))  # (n, 3, height, width)
        scaled = (np.arange(256) * self.factor).astype(
            np.float32
        )  # in double precision first, as transformers rounds
        mean, std = (np.asarray(values, np.float32)[:, None, None] for values in (self.mean, self.std))
        return (scaled[levels] - mean) / std


def read_preprocessing(directory: Path, side_px: int) -> Preprocessing | None:
    """The preprocessing of a checkpoint's folder; None where it is not CLIP's for images of this side.

    Raise OSError or ValueError or TypeError if its file cannot be read, or makes no sense.
    """
    settings = _settings(directory)
    scaled, side = (
        _size(settings.get(name, 224), whole) for name, whole in (("size", False), ("crop_size", True))
    )
    is_whole = all(settings.get(step, True) for step in STEPS)
    if not is_whole or side != side_px or scaled is None or scaled < side:
        return None
    mean, std = (
        tuple(map(float, settings.get(name) or usual))
        for name, usual in (("image_mean", MEAN), ("image_std", STD))
    )
    if len(mean) != 3 or len(std) != 3 or 0 in std:
        raise ValueError(f"image_mean {mean} and image_std {std} are not those of red, green and blue")
    resample = settings.get("resample")
    factor = float(settings.get("rescale_factor") or 1 / 255)
    kind = Image.Resampling.BICUBIC if resample is None else Image.Resampling(resample)
    return Preprocessing(scaled, side, kind, factor, mean, std)


def _settings(directory: Path) -> dict:
    """What transformers would go by: a processor_config.json that has it all, else preprocessor_config.json."""
    older, newer = (directory / name for name in PREPROCESSING)
    whole = read_json(newer) if newer.is_file() else {}
    found = whole["image_processor"] if "image_processor" in whole else read_json(older)
    if not isinstance(found, dict):
        raise ValueError(f"the preprocessing in {directory} is no JSON object")
    return found


def _size(stated: object, is_square: bool) -> int | None:
    """A side in pixels, from a number or a newer file's object; None where that is about something else."""
    if isinstance(stated, dict):
        sides = {key: value for key, value in stated.items() if value is not None}
        expected = {"height", "width"} if is_square else {"shortest_edge"}
        if sides.keys() != expected or len(set(sides.values())) != 1:
            return None
        (stated,) = set(sides.values())
    return stated if isinstance(stated, int) and stated > 0 else None
