"""A CLIPModel whose forward passes run in another process, as on ZeroGPU in a fork of this one: arrays go, arrays come.

Knows no platform: whoever starts the app gives what carries a call out.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import cast

import numpy as np
import torch

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.loading import is_out_of_memory, no_memory
from streetclip_demo.engines.attribution import AttributingTower
from streetclip_demo.engines.caption_packing import PackedCaptions
from streetclip_demo.engines.towers import CaptionTower, ImageTower, Tower
from streetclip_demo.engines.windows import WindowTower
from streetclip_demo.errors import OutOfMemory

Inputs = tuple[np.ndarray, ...]  # of one forward pass
Compute = Callable[
    [str, Sequence[Inputs]], list[np.ndarray]
]  # a tower's name and inputs to features, one a pass
IMAGES, CAPTIONS, PATCHES, WINDOWS = "images", "captions", "patches", "windows"


class FarEngine:
    """Stands in for a TorchEngine; all that is asked at once goes in one call.

    Parameters
    ----------
    card : ModelCard
    load_tower : callable
        A kind of tower to a tower on its device. Both are loaded now: what comes later is not in the other process.
    carry_out : callable
        Takes what computes, which it may call in another process, and gives what is to be called in its place.
    """

    name = "torch"
    version: str = torch.__version__
    photos_at_once = 1
    joins_photos = False  # nor could it: the platform counts each visitor's own calls
    is_far = True

    def __init__(
        self,
        card: ModelCard,
        load_tower: Callable[[type[Tower]], Tower],
        carry_out: Callable[[Compute], Compute],
    ) -> None:
        images = cast(ImageTower, load_tower(ImageTower))
        towers: dict[str, torch.nn.Module] = {
            **{IMAGES: images, PATCHES: AttributingTower(images), WINDOWS: WindowTower(images)},
            CAPTIONS: load_tower(CaptionTower),
        }
        weight = images.visual_projection.weight
        self.device = str(weight.device)
        self.dtype = str(weight.dtype).removeprefix("torch.")
        self.config = images.config
        self._compute = carry_out(lambda name, runs: features(card, towers[name], runs))

    def image_features(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (n, 3, side, side), float32, normalised, to features (n, dimension), float32; each by itself."""
        return np.concatenate(self._compute(IMAGES, [(one[None],) for one in pixels]))

    def patch_features(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (n, 3, side, side) to (n, 1 + patches, dimension), float32: features, then the patches' parts."""
        return np.concatenate(self._compute(PATCHES, [(one[None],) for one in pixels]))

    def window_features(
        self, pixels: np.ndarray, cuts: Iterable[np.ndarray], anew: np.ndarray
    ) -> Iterator[np.ndarray]:
        """A photo, the same without each window, the tokens to compute anew, to features (d,): see windows.py."""
        yield from self._compute(WINDOWS, [(pixels, np.stack(list(cuts)), anew)])[0]

    def caption_features(self, packs: Sequence[PackedCaptions]) -> list[np.ndarray]:
        """Captions to features (n, dimension), float32, for each pack."""
        made = self._compute(CAPTIONS, [packed.arrays for packed in packs])
        return [rows[: len(packed.captions)] for rows, packed in zip(made, packs, strict=True)]


def features(card: ModelCard, tower: torch.nn.Module, runs: Sequence[Inputs]) -> list[np.ndarray]:
    """Forward passes where the tower's weights are now, one after the other.

    Takes no lock, thread or pinned memory, for a forked process has none of its parent's.

    Raise OutOfMemory if the device has no room for a pass.
    """
    weight = next(tower.parameters())
    try:
        with torch.inference_mode():
            return [tower(*_placed(inputs, weight)).float().cpu().numpy() for inputs in runs]
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemory(no_memory(card, weight.device.type)) from None


def _placed(inputs: Inputs, weight: torch.Tensor) -> list[torch.Tensor]:
    """Inputs on the weights' device; pixels in their precision, token ids as they are."""
    tensors = [torch.from_numpy(array).to(weight.device) for array in inputs]
    return [tensor.to(weight.dtype) if tensor.is_floating_point() else tensor for tensor in tensors]
