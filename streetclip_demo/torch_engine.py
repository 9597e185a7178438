"""A CLIPModel run by torch: pixels and tokens to features. Knows no text, no picture and no place."""

import functools
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import linear
from torch.utils.mkldnn import to_mkldnn
from transformers import CLIPModel
from transformers.utils import logging as transformers_logging

from streetclip_demo.bfloat16_copy import bfloat16_copy
from streetclip_demo.checkpoint import Checkpoint
from streetclip_demo.errors import ModelError
from streetclip_demo.loading import is_out_of_memory, no_memory, reading
from streetclip_demo.models import ModelCard

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
CPU_BFLOAT16 = ("avx512_bf16", "amx_bf16")  # instructions; without them bfloat16 is slower than float32
Device = torch.device
FASTER = 1.1  # how many times as fast oneDNN must be to be taken


class TorchEngine:
    """A loaded CLIPModel; `load_torch_engine` makes one.

    Attributes
    ----------
    device, dtype : str
        "cpu", "cuda:0" or "mps:0"; "float32" or "bfloat16".
    config : CLIPConfig
    """

    name = "torch"

    def __init__(self, card: ModelCard, model: CLIPModel) -> None:
        self.device = str(model.device)
        self.dtype = str(model.dtype).removeprefix("torch.")
        self.config = model.config
        self._card = card
        self._model = model
        self._torch_dtype = model.dtype

    def image_features(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (n, 3, side, side), float32, normalised, to features (n, dimension), float32."""
        tensor = torch.from_numpy(pixels).to(self.device, self._torch_dtype)
        return self._run(self._model.get_image_features, pixel_values=tensor)

    def text_features(self, tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Token ids and attention mask (n, length), int64, to features (n, dimension), float32."""
        inputs = {"input_ids": tokens, "attention_mask": mask}
        inputs = {name: torch.from_numpy(array).to(self.device) for name, array in inputs.items()}
        return self._run(self._model.get_text_features, **inputs)

    def _run(self, features: Callable, **inputs: torch.Tensor) -> np.ndarray:
        try:
            with torch.inference_mode():
                return features(**inputs).pooler_output.float().cpu().numpy()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise ModelError(no_memory(self._card, self.device.split(":")[0])) from None


def load_torch_engine(
    card: ModelCard, checkpoint: Checkpoint, precision: str, device: torch.device
) -> TorchEngine:
    """Load a checkpoint's model; in bfloat16 from its copy in half precision, which is kept."""
    model = None
    if precision == "bfloat16" and (copy := bfloat16_copy(card, checkpoint)):
        try:
            model = _load_model(card, copy, torch.bfloat16, device)
        except (
            ModelError
        ):  # damaged: never trusted, and what is wrong with the checkpoint itself is said below
            shutil.rmtree(copy, ignore_errors=True)
    if model is None:
        model = _load_model(card, checkpoint.directory, PRECISIONS[precision], device)
    if device.type == "cpu" and precision == "float32" and onednn_is_faster():
        _use_onednn(model)
    return TorchEngine(card, model)


def choose_device(name: str) -> torch.device:
    """The device of a name; for "auto" CUDA, else MPS, else CPU. ModelError if it is not here."""
    if name == "auto":
        return torch.device(
            "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        )
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ModelError(f"No device named {name!r}. Expected auto, cpu, cuda or mps.") from None
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not available.get(device.type) or (device.index or 0) >= max(1, torch.cuda.device_count()):
        raise ModelError(
            f"Device {name!r} was asked for, but PyTorch finds none here. Use --device auto or --device cpu."
        )
    return device


def choose_precision(precision: str, card: ModelCard, device: torch.device) -> str:
    """What "auto" means: bfloat16 where the hardware has it; the practice model keeps what it was measured in."""
    if precision != "auto":
        return precision
    return "bfloat16" if card.locates_photographs and has_bfloat16(device) else "float32"


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device computes in bfloat16 itself rather than in software."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    return device.type == "cpu" and any(capabilities.get(name, False) for name in CPU_BFLOAT16)


@functools.cache
def onednn_is_faster() -> bool:
    """Whether oneDNN multiplies float32 matrices faster than what torch takes for them: on AMD it does, MKL being slow.

    Both are exact to the last digits. Tried out in about 0.1 s, as no table of processors would stay true.
    """
    if not torch.backends.mkldnn.is_available():
        return False
    layer = torch.nn.Linear(1024, 1024).requires_grad_(False)
    rows = torch.ones(577, 1024)
    packed = to_mkldnn(layer)
    with torch.inference_mode():
        plain = _seconds(lambda: linear(rows, layer.weight, layer.bias))
        return plain > FASTER * _seconds(lambda: packed(rows))


def _seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def _use_onednn(model: CLIPModel) -> None:
    """Let oneDNN do a model's linear layers; everything else, and the answer to within rounding, stays."""
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) is torch.nn.Linear:
                setattr(parent, name, to_mkldnn(layer))
    for parameter in model.parameters():  # so that nothing holds the mapped file, whose layers were copied
        parameter.data = parameter.data.clone()


def _load_model(card: ModelCard, directory: Path, dtype: torch.dtype, device: torch.device) -> CLIPModel:
    transformers_logging.disable_progress_bar()  # it would show a bar for a tenth of a second
    transformers_logging.set_verbosity_error()  # what its report says of lacking weights, we say below
    options = {"use_safetensors": True, "local_files_only": True}
    options |= {"output_loading_info": True, "ignore_mismatched_sizes": True}
    model, info = reading(
        card, directory, lambda: CLIPModel.from_pretrained(directory, dtype=dtype, **options)
    )
    if info["missing_keys"]:  # transformers would fill them with random numbers
        raise ModelError(
            f"{card.title}: the weights in {directory} lack {len(info['missing_keys'])} of a CLIPModel's"
            f" tensors, such as {min(info['missing_keys'])}. Choose a whole checkpoint, or copy it again."
        )
    if info["mismatched_keys"]:
        name, *shapes = min(info["mismatched_keys"])
        found, expected = (" x ".join(map(str, shape)) for shape in shapes)
        raise ModelError(
            f"{card.title}: the weights in {directory} do not fit its config.json: {name} is {found}, and {expected}"
            " was expected. They belong to different checkpoints; copy them together."
        )
    try:
        return model.to(device).eval()
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise ModelError(no_memory(card, device.type)) from None
