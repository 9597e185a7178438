"""Numbers of patches as colours over the square that a model sees."""

import numpy as np
from PIL import Image

RAISED, LOWERED = (
    (230, 97, 1),
    (44, 123, 182),
)  # orange and blue, told apart by people who see no red or green
STRONGEST_OPACITY = 0.85


def overlay(patches: np.ndarray, side_px: int) -> Image.Image:
    """A layer to lie over a square picture.

    Parameters
    ----------
    patches : np.ndarray, shape (rows, columns)
        Signed. The largest size among them is the most opaque; positive ones are orange, negative ones blue.
    side_px : int
        The picture's side in pixels.

    Returns
    -------
    PIL.Image.Image
        RGBA, `side_px` x `side_px`; colours go over from one patch to the next.
    """
    strongest = float(np.abs(patches).max()) or 1.0
    field = Image.fromarray((patches / strongest).astype(np.float32)).resize(
        (side_px, side_px), Image.Resampling.BILINEAR
    )
    values = np.clip(np.asarray(field), -1, 1)  # (side, side)
    colours = np.where((values > 0)[..., None], RAISED, LOWERED)
    opacity = 255 * STRONGEST_OPACITY * np.abs(values)
    return Image.fromarray(np.dstack([colours, opacity]).astype(np.uint8))


def laid_over(picture: Image.Image, layer: Image.Image, opacity: float = 1.0) -> Image.Image:
    """A square RGB picture in grey with a layer of `overlay` over it; opacity from 0 to 1."""
    grey = picture.convert("L").convert("RGBA")
    layer = layer.copy()
    layer.putalpha(layer.getchannel("A").point(lambda value: round(opacity * value)))
    return Image.alpha_composite(grey, layer).convert("RGB")
