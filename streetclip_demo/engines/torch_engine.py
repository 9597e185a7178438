"""A CLIPModel run by torch: pixels and tokens to features. Knows no text, no picture and no place."""

import contextlib
import functools
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import cast

import numpy as np
import torch
from torch.nn.functional import conv2d

from streetclip_demo.checkpoints.bfloat16_copy import bfloat16_copy
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.checkpoint import Checkpoint
from streetclip_demo.checkpoints.loading import is_out_of_memory, no_memory
from streetclip_demo.engines.attribution import AttributingTower
from streetclip_demo.engines.caption_packing import PackedCaptions
from streetclip_demo.engines.cores import CORES, take_cores
from streetclip_demo.engines.far_engine import Compute, FarEngine
from streetclip_demo.engines.photo_batches import IMAGE_BATCH
from streetclip_demo.engines.tower_weights import read_tower
from streetclip_demo.engines.towers import CaptionTower, ImageTower, Tower
from streetclip_demo.engines.turns import Turns
from streetclip_demo.engines.windows import WindowTower
from streetclip_demo.errors import ModelError, OutOfMemory

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
CPU_BFLOAT16 = ("avx512_bf16", "amx_bf16")  # instructions; without them bfloat16 is slower than float32
LEAST_WIDTH = 512  # of a tower for which convolutions pay, and more than one core for a photo


class TorchEngine:
    """A loaded CLIPModel; `load_torch_engine` makes one.

    Its text tower is loaded with the first caption, which may never come: captions are kept on disk.

    Attributes
    ----------
    version : str
        torch's.
    device, dtype : str
        "cpu", "cuda:0" or "mps:0"; "float32" or "bfloat16".
    config : ClipConfig
    joins_photos : bool
        Whether photos of several threads are to come in one run, by `to_device` and `joined_features`: on a GPU.
    photos_at_once : int
        How many threads should ask for a photo at once.
    """

    name = "torch"
    version: str = torch.__version__
    is_far = False

    def __init__(self, card: ModelCard, load_tower: Callable[[type[Tower]], Tower]) -> None:
        self._card = card
        self._load_tower = load_tower
        self._images = cast(ImageTower, load_tower(ImageTower))  # it is of the kind that is asked for
        self._captions: Tower | None = None
        self._lock = threading.Lock()
        weight = self._images.visual_projection.weight
        self.device = str(weight.device)
        self.joins_photos = self.device.startswith("cuda")
        self._is_narrow = self.device == "cpu" and self._images.width < LEAST_WIDTH
        self.photos_at_once = IMAGE_BATCH if self.joins_photos else min(2, CORES) if self._is_narrow else 1
        # CUDA queues by itself. Elsewhere one thread computes at a time: on a CPU two at once gain nothing, unless a
        # core each is best, and on MPS they would end the process (https://github.com/pytorch/pytorch/issues/197805).
        self._turn = contextlib.nullcontext() if self.joins_photos or self._is_narrow else Turns()
        self.dtype = str(weight.dtype).removeprefix("torch.")
        self.config = self._images.config

    def image_features(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (n, 3, side, side), float32, normalised, to features (n, dimension), float32.

        One by one, so that a photo has the same features in any company. On a CPU a batch gains nothing; for a
        GPU there is photo_batches.py.
        """
        return np.concatenate([self._run(self._images, self.to_device(one[None])) for one in pixels])

    def patch_features(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (n, 3, side, side) to (n, 1 + patches, dimension), float32: features, then the patches' parts."""
        tower = AttributingTower(self._images)
        return np.concatenate([self._run(tower, self.to_device(one[None])) for one in pixels])

    def window_features(
        self, pixels: np.ndarray, cuts: Iterable[np.ndarray], anew: np.ndarray
    ) -> Iterator[np.ndarray]:
        """A photo, the same without each window, the tokens to compute anew, to features (d,): see windows.py.

        Between two windows others have their turn.
        """
        tower, photo = WindowTower(self._images), self.to_device(pixels)
        with self._memory_told(), self._turn, torch.inference_mode():
            self._take_cores()
            kept = tower.kept(photo)
        for cut, tokens in zip(cuts, anew, strict=True):
            without = functools.partial(tower.without, kept)
            yield self._run(without, self.to_device(cut[None]), torch.from_numpy(tokens).to(self.device))[0]

    def to_device(self, pixels: np.ndarray) -> torch.Tensor:
        """Pixels (n, 3, side, side), float32, on the device and in the model's precision."""
        with self._memory_told(), self._turn:
            tensor = torch.from_numpy(pixels)
            if self.joins_photos:  # from there the GPU fetches it while this thread goes on
                tensor = tensor.pin_memory()
            return tensor.to(self.device, non_blocking=True).to(PRECISIONS[self.dtype])

    def joined_features(self, parts: Sequence[torch.Tensor]) -> np.ndarray:
        """Features (n, dimension), float32, of pixels that `to_device` gave, all in one run."""
        with self._memory_told():
            tensor = torch.cat(tuple(parts))
        return self._run(self._images, tensor)

    def caption_features(self, packs: Iterable[PackedCaptions]) -> Iterator[np.ndarray]:
        """Captions to features (n, dimension), float32, for each pack in the order of its `captions`."""
        return map(self._pack_features, packs)

    def _pack_features(self, packed: PackedCaptions) -> np.ndarray:
        with self._lock, self._memory_told(), self._turn:
            tower = self._captions = self._captions or self._load_tower(CaptionTower)
            placed = [torch.from_numpy(array).to(self.device) for array in packed.arrays]
        return self._run(tower, *placed)[: len(packed.captions)]

    def _run(self, features: Callable, *inputs: torch.Tensor) -> np.ndarray:
        with self._memory_told(), self._turn, torch.inference_mode():
            self._take_cores()
            return features(*inputs).float().cpu().numpy()

    def _take_cores(self) -> None:
        """For this thread: a model's answers, which differ in the last bits by it, come always from as many cores."""
        if self.device == "cpu":
            take_cores(1 if self._is_narrow else CORES)

    def _memory_told(self) -> "_MemoryTold":
        return _MemoryTold(no_memory(self._card, self.device.split(":")[0]))


class _MemoryTold:
    """Makes OutOfMemory, with a sentence, of what PyTorch raises then.

    A class, since on Python 3.12 to 3.14 a generator of `contextlib.contextmanager` that raises another error is held
    by a cycle together with what failed, and so with the tensors that were to be let go.
    """

    def __init__(self, sentence: str):
        self._sentence = sentence

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RuntimeError | MemoryError) and is_out_of_memory(error):
            raise OutOfMemory(self._sentence) from None


def load_torch_engine(
    card: ModelCard, checkpoint: Checkpoint, precision: str, device: torch.device
) -> TorchEngine:
    """Load a checkpoint's model; in bfloat16 from its copy in half precision, which is kept."""
    return TorchEngine(card, functools.partial(_load_tower, card, checkpoint, precision, device))


def load_far_engine(
    carry_out: Callable[[Compute], Compute],
    card: ModelCard,
    checkpoint: Checkpoint,
    precision: str,
    device: torch.device,
) -> FarEngine:
    """Load a checkpoint's model, whose calls `carry_out` has done elsewhere."""
    return FarEngine(card, functools.partial(_load_tower, card, checkpoint, precision, device), carry_out)


def _load_tower(
    card: ModelCard, checkpoint: Checkpoint, precision: str, device: torch.device, kind: type[Tower]
) -> Tower:
    """One half of a model, on its device and as fast as can be."""
    tower = _read(card, checkpoint, precision, kind)
    if device.type == "cuda":
        torch.backends.cudnn.allow_tf32 = False  # PyTorch would round what float32 makes of a photo's patches
    if device.type == "cpu" and takes_convolutions(tower.width, PRECISIONS[precision]):
        _use_convolutions(tower)
    try:
        return tower.to(device)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemory(no_memory(card, device.type)) from None


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


def choose_far_precision(precision: str, card: ModelCard) -> str:
    """float32 alone: whether another answers as it does cannot be asked before there is a GPU."""
    if precision not in ("auto", "float32"):
        raise ModelError(
            f"{card.title}: on ZeroGPU {precision} cannot be compared with float32 before the start."
            " Use --precision float32."
        )
    return "float32"


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device computes in bfloat16 itself rather than in software."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    return device.type == "cpu" and any(capabilities.get(name, False) for name in CPU_BFLOAT16)


class PointwiseConvolution(torch.nn.Module):
    """A linear layer as a convolution over single pixels, which torch gives to oneDNN. The weight stays where it is."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = layer.weight, layer.bias

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        *lead, width = rows.shape
        pixels = rows.reshape(1, -1, 1, width).permute(0, 3, 1, 2)  # (1, width, rows, 1), channels last
        made = conv2d(pixels, self.weight[:, :, None, None], self.bias)
        return made.permute(0, 2, 3, 1).reshape(*lead, -1)


def takes_convolutions(width: int, dtype: torch.dtype) -> bool:
    """Whether a tower's matrices are multiplied by convolutions, which some AMD processors do faster in float32.

    Both round, and not alike, so that no trial decides: the next start must answer as this one does.
    """
    is_measured = torch.backends.cpu.get_cpu_capability().startswith("AVX")  # on x86 alone
    return (
        dtype == torch.float32
        and width >= LEAST_WIDTH
        and is_measured
        and torch.backends.mkldnn.is_available()
    )


def _use_convolutions(tower: Tower) -> None:
    """Do a tower's linear layers as convolutions; everything else, and the answer but for rounding, stays."""
    for parent in list(tower.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, torch.nn.Linear):
                setattr(parent, name, PointwiseConvolution(layer))


def _read(card: ModelCard, checkpoint: Checkpoint, precision: str, kind: type[Tower]) -> Tower:
    dtype = PRECISIONS[precision]
    if precision == "bfloat16" and (copy := bfloat16_copy(card, checkpoint)):
        try:
            return read_tower(card, copy, kind, dtype)
        except ModelError:  # damaged; what is wrong with the checkpoint itself is said below
            shutil.rmtree(copy, ignore_errors=True)
    return read_tower(card, checkpoint.directory, kind, dtype)
