"""What the answer would be without a part of the photo."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from streetclip_demo.locate.locator import AnyPhoto
from streetclip_demo.photos.brush import brushed_out
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.posterior.deciding import first_path, pin
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import walk


@dataclass(frozen=True)
class Change:
    """What brushing a part out did to an answer."""

    path: tuple[str, ...]  # names from the root to the first row of the tree before
    share_before: float
    share_after: float
    first_after: tuple[str, ...]  # the first row of the tree now
    first_share_after: float
    moved_km: float | None  # from pin to pin; None where one of them is not on the map


def without_part(
    photo: AnyPhoto, view: Image.Image, mask: np.ndarray, fill: str = "surroundings"
) -> KeptPhoto:
    """A photo of which a part is brushed out, to be asked the same question about.

    Parameters
    ----------
    photo : Photo or KeptPhoto
    view : PIL.Image.Image
        The square that the model sees of it.
    mask : np.ndarray, shape (rows, columns), bool
        The part, spread over that square.
    fill : {"surroundings", "blur", "mean"}
        What is put there; brush.py says more.
    """
    brushed = brushed_out(view, mask, fill)
    return KeptPhoto(photo.digest, photo.notes, brushed.size, b"", brushed)


def change(before: Prediction, after: Prediction) -> Change:
    """What became of the place that was first."""
    first, now = first_path(before), first_path(after)
    shares = dict(_shares(after))
    points = [pin(prediction)[1].candidate.point for prediction in (before, after)]
    moved = float(great_circle_km(points[0], points[1])) if points[0] and points[1] else None
    return Change(first, dict(_shares(before))[first], shares.get(first, 0.0), now, shares[now], moved)


def _shares(prediction: Prediction) -> Iterator[tuple[tuple[str, ...], float]]:
    return ((path, node.probability) for path, node in walk(prediction.roots))
