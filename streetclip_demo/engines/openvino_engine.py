"""A CLIPModel run by OpenVINO, an optional requirement: the fastest on a CPU. Converted once and kept.

The converted files are never changed once they are there, so that mapping them is safe.
"""

import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from transformers import CLIPConfig, CLIPModel

from streetclip_demo.cache_folder import default_directory, made_whole
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.checkpoint import Checkpoint
from streetclip_demo.checkpoints.loading import reading
from streetclip_demo.engines.caption_packing import PackedCaptions, pack
from streetclip_demo.engines.torch_engine import Device
from streetclip_demo.engines.towers import CaptionTower, ImageTower
from streetclip_demo.engines.turns import Turns
from streetclip_demo.errors import ModelError

HINTS = {"float32": "f32", "bfloat16": "bf16"}  # OpenVINO would choose bf16 without a word
FORM = 3  # of what is converted, so that an older conversion is not taken for it
FILES = ("image.xml", "captions.xml")


class OpenVinoEngine:
    """A converted checkpoint, compiled for this CPU; `load_openvino_engine` makes one."""

    name = "openvino"
    device = "cpu"

    def __init__(self, folder: Path, config: CLIPConfig, dtype: str) -> None:
        self.dtype = dtype
        self.config = config
        self._folder = folder
        self._core = _openvino().Core()
        self.version = _version()
        self._turn = Turns()  # a compiled model computes one request at a time
        self._image = self._compile("image.xml")
        self._captions = None  # compiled when a caption is asked for that is not kept

    def image_features(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (n, 3, side, side), float32, normalised, to features (n, dimension), float32."""
        with self._turn:  # one by one: on a CPU a batch gains nothing
            return np.concatenate([self._image([one[None]])[0] for one in pixels])

    def caption_features(self, packed: PackedCaptions) -> np.ndarray:
        """Captions to features (n, dimension), float32, in the order of `packed.captions`."""
        with self._turn:
            self._captions = self._captions or self._compile("captions.xml")
            return self._captions(list(packed.arrays))[0][: len(packed.captions)].copy()

    def _compile(self, name: str):
        hints = {"INFERENCE_PRECISION_HINT": HINTS[self.dtype], "PERFORMANCE_HINT": "LATENCY"}
        return self._core.compile_model(self._folder / name, "CPU", hints)


def load_openvino_engine(
    card: ModelCard, checkpoint: Checkpoint, precision: str, device: Device
) -> OpenVinoEngine:
    """Load a converted checkpoint, after converting it if that was not done before."""
    if device.type != "cpu":
        raise ModelError(
            f"OpenVINO computes on the CPU here, and device {device.type!r} was asked for. Use --device cpu."
        )
    folder = default_directory() / "openvino" / f"{checkpoint.revision.replace(':', '-')}-{_version()}-{FORM}"
    if not _is_whole(folder):
        reading(card, checkpoint.directory, lambda: _convert(checkpoint.directory, folder))
    config = reading(card, checkpoint.directory, lambda: CLIPConfig.from_pretrained(checkpoint.directory))
    try:
        return OpenVinoEngine(folder, config, precision)
    except RuntimeError:  # the kept conversion is damaged: it is made anew
        shutil.rmtree(folder, ignore_errors=True)
        reading(card, checkpoint.directory, lambda: _convert(checkpoint.directory, folder))
        return OpenVinoEngine(folder, config, precision)


def _openvino():
    """The library, which sends usage data when it can: its package for that is not let in."""
    sys.modules.setdefault("openvino_telemetry", None)
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


def _convert(directory: Path, folder: Path) -> None:
    openvino = _openvino()
    model = CLIPModel.from_pretrained(directory, dtype=torch.float32, use_safetensors=True).eval()
    side = model.config.vision_config.image_size
    with (
        made_whole(folder) as temporary,
        torch.inference_mode(),
        warnings.catch_warnings(action="ignore"),
    ):  # tracing warns of every condition
        pixels = torch.zeros(1, 3, side, side)
        image = openvino.convert_model(ImageTower(model), example_input=pixels, input=[1, 3, side, side])
        openvino.save_model(image, temporary / "image.xml", compress_to_fp16=False)
        context = model.config.text_config.max_position_embeddings
        packed = next(pack([[0, 1, 2], [0, 1, 3], [0, 4]], context))
        example = tuple(map(torch.from_numpy, packed.arrays))
        shapes = [[-1] * array.ndim for array in packed.arrays]
        captions = openvino.convert_model(CaptionTower(model), example_input=example, input=shapes)
        openvino.save_model(captions, temporary / "captions.xml", compress_to_fp16=False)
