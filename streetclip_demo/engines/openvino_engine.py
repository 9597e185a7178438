"""A CLIPModel run by OpenVINO, an optional requirement: the fastest on a CPU. Converted once, by torch, and kept.

The converted files are never changed once they are there, so that mapping them is safe.
"""

import functools
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from streetclip_demo.cache_folder import default_directory
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.checkpoint import Checkpoint
from streetclip_demo.checkpoints.clip_config import ClipConfig, read_config
from streetclip_demo.checkpoints.loading import reading
from streetclip_demo.engines.caption_packing import PackedCaptions
from streetclip_demo.engines.turns import Turns
from streetclip_demo.errors import ModelError

HINTS = {"float32": "f32", "bfloat16": "bf16"}  # OpenVINO would choose bf16 without a word
FORM = 3  # of what is converted, so that an older conversion is not taken for it
FILES = ("image.xml", "captions.xml")


class Attributing(Protocol):
    """What explains features: the same weights run by torch."""

    def patch_features(self, pixels: np.ndarray) -> np.ndarray: ...

    def window_features(
        self, pixels: np.ndarray, cuts: Iterable[np.ndarray], anew: np.ndarray
    ) -> Iterator[np.ndarray]: ...


class OpenVinoEngine:
    """A converted checkpoint, compiled for this CPU; `load_openvino_engine` makes one."""

    name = "openvino"
    device = "cpu"
    joins_photos = False
    photos_at_once = 1
    is_far = False

    def __init__(
        self, folder: Path, config: ClipConfig, dtype: str, load_attributing: Callable[[], Attributing]
    ) -> None:
        self.dtype = dtype
        self.config = config
        self._folder = folder
        self._core = _openvino().Core()
        self.version = _version()
        self._turn = Turns()  # a compiled model computes one request at a time
        self._image = self._compile("image.xml")
        self._load_attributing = functools.cache(load_attributing)
        self._captions: Any = None  # compiled when a caption is asked for that is not kept

    def image_features(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (n, 3, side, side), float32, normalised, to features (n, dimension), float32."""
        with self._turn:  # one by one: on a CPU a batch gains nothing
            return np.concatenate([self._image([one[None]])[0] for one in pixels])

    def patch_features(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (n, 3, side, side) to (n, 1 + patches, dimension): features, and each patch's part; by torch."""
        with self._turn:
            return self._load_attributing().patch_features(pixels)

    def window_features(
        self, pixels: np.ndarray, cuts: Iterable[np.ndarray], anew: np.ndarray
    ) -> Iterator[np.ndarray]:
        """A photo, the same without each window, the tokens to compute anew, to features (d,); by torch."""
        steps = self._load_attributing().window_features(pixels, cuts, anew)
        while True:
            with self._turn:
                found = next(steps, None)
            if found is None:
                return
            yield found

    def caption_features(self, packs: Iterable[PackedCaptions]) -> Iterator[np.ndarray]:
        """Captions to features (n, dimension), float32, for each pack in the order of its `captions`."""
        return map(self._pack_features, packs)

    def _pack_features(self, packed: PackedCaptions) -> np.ndarray:
        with self._turn:
            self._captions = self._captions or self._compile("captions.xml")
            return self._captions(list(packed.arrays))[0][: len(packed.captions)].copy()

    def _compile(self, name: str) -> Any:
        hints = {"INFERENCE_PRECISION_HINT": HINTS[self.dtype], "PERFORMANCE_HINT": "LATENCY"}
        return self._core.compile_model(self._folder / name, "CPU", hints)


def load_openvino_engine(card: ModelCard, checkpoint: Checkpoint, precision: str) -> OpenVinoEngine:
    """Load a converted checkpoint, after converting it if that was not done before."""
    folder = default_directory() / "openvino" / f"{checkpoint.revision.replace(':', '-')}-{_version()}-{FORM}"
    if not _is_whole(folder):
        _convert(card, checkpoint.directory, folder)
    config = reading(card, checkpoint.directory, lambda: read_config(checkpoint.directory))
    make = functools.partial(
        OpenVinoEngine, folder, config, precision, functools.partial(_attributing, card, checkpoint)
    )
    try:
        return make()
    except RuntimeError:  # the kept conversion is damaged: it is made anew
        shutil.rmtree(folder, ignore_errors=True)
        _convert(card, checkpoint.directory, folder)
        return make()


def _attributing(card: ModelCard, checkpoint: Checkpoint) -> Attributing:
    """The same weights run by torch in float32, which are loaded when an explanation is first asked for."""
    from streetclip_demo.engines.torch_engine import choose_device, load_torch_engine  # brings torch

    return load_torch_engine(card, checkpoint, "float32", choose_device("cpu"))


def check_device(name: str) -> None:
    """ModelError where another device than the CPU is asked for."""
    if name not in ("auto", "cpu"):
        raise ModelError(
            f"OpenVINO computes on the CPU here, and device {name!r} was asked for. Use --device cpu."
        )


def choose_precision(precision: str, card: ModelCard) -> str:
    """What "auto" means: bfloat16 where the CPU has it; the practice model keeps what it was measured in."""
    if precision != "auto":
        return precision
    return "bfloat16" if card.locates_photographs and has_bfloat16() else "float32"


def has_bfloat16() -> bool:
    """Whether this CPU computes in bfloat16 itself rather than in software."""
    return "BF16" in _openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _openvino() -> Any:
    """The library, which sends usage data when it can: its package for that is not let in."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: not to be had
    try:
        import openvino
    except ImportError:
        raise ModelError(
            "OpenVINO is not installed. Install it with pip install -r requirements-openvino.txt, or leave out"
            " --engine openvino."
        ) from None
    return openvino


def _version() -> str:
    return _openvino().get_version().split("-")[0]


def _is_whole(folder: Path) -> bool:
    return all((folder / name).is_file() for name in FILES)


def _convert(card: ModelCard, directory: Path, folder: Path) -> None:
    from streetclip_demo.engines.openvino_conversion import convert  # brings torch

    convert(_openvino(), card, directory, folder, FILES)
