"""A CLIP checkpoint: images and captions to unit embeddings. Knows nothing about places."""

import functools
import hashlib
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from streetclip_demo.cache_folder import sweep_unfinished
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.checkpoint import Checkpoint, fetch
from streetclip_demo.checkpoints.clip_config import ClipConfig
from streetclip_demo.checkpoints.loading import reading
from streetclip_demo.checkpoints.pickled_weights import in_safetensors
from streetclip_demo.checkpoints.weight_files import stored_logit_scale
from streetclip_demo.engines.caption_packing import PackedCaptions, pack
from streetclip_demo.engines.photo_batches import IMAGE_BATCH, PhotoBatches
from streetclip_demo.errors import ModelError
from streetclip_demo.model.clip_tokenizer import ClipTokenizer, read_tokenizer
from streetclip_demo.model.parity import checked, record_of
from streetclip_demo.model.preprocessing import Preprocessing, read_preprocessing
from streetclip_demo.progress import Progress

PRECISIONS = ("float32", "bfloat16")
ENGINES = ("torch", "openvino")


class Engine(Protocol):
    """What computes features from pixels and tokens: torch_engine.py, openvino_engine.py."""

    name: str
    version: str
    device: str
    dtype: str  # "float32" or "bfloat16"
    config: ClipConfig
    joins_photos: bool  # of several threads, by to_device and joined_features: torch's on a GPU
    photos_at_once: int  # how many threads should ask for one at once
    is_far: bool  # each call has to wait, so that all captions of a list should come in one

    def image_features(self, pixels: np.ndarray) -> np.ndarray: ...  # (n, 3, side, side) -> (n, d)

    def patch_features(self, pixels: np.ndarray) -> np.ndarray: ...  # the same -> (n, 1 + patches, d)

    def window_features(
        self, pixels: np.ndarray, cuts: Iterable[np.ndarray], anew: np.ndarray
    ) -> Iterator[np.ndarray]: ...  # (1, 3, side, side), n of (3, side, side), (n, tokens) -> n of (d,)

    def caption_features(self, packs: Sequence[PackedCaptions]) -> Iterable[np.ndarray]: ...  # (n, d) of each


class ClipEncoder:
    """A loaded checkpoint with its own tokenizer and preprocessing; `load_encoder` makes one.

    Attributes
    ----------
    card : ModelCard
    revision : str
        Which weights these are: a commit of the hub, or a digest of a folder's files.
    engine, device, dtype : str
        "torch" or "openvino"; "cpu", "cuda:0" or "mps:0"; "float32" or "bfloat16".
    logit_scale : float
        The factor of cosines in the softmax, already exponentiated.
    dimension : int
        Length of an embedding.
    image_px : int
        Side of the square that the model sees.
    crop : callable
        That square of an RGB image: shortest side scaled, centre cut out.
    crops : callable
        The same in other places along the longer side.
    photos_at_once : int
        How many threads should ask for a photo at once: on a GPU a batch's worth, else one, or two of a small model.
    is_far : bool
        Whether each call waits for a GPU elsewhere, so that a list's captions should come in one.
    note : str
        What of the answers is not as was asked: float32 in place of a precision that answers otherwise.
    fingerprint : str
        Names all that a caption's embedding depends on besides its text.
    """

    def __init__(
        self,
        card: ModelCard,
        revision: str,
        engine: Engine,
        tokenizer: ClipTokenizer,
        preprocessing: Preprocessing,
        logit_scale: float,
    ) -> None:
        self.card = card
        self.revision = revision
        self.note = ""
        self.engine = engine.name
        self.device = engine.device
        self.dtype = engine.dtype
        self.logit_scale = math.exp(logit_scale)
        self.dimension = engine.config.projection_dim
        self.image_px = engine.config.vision.image_size
        self.context = engine.config.text.max_position_embeddings  # tokens
        self._engine = engine
        self.photos_at_once = engine.photos_at_once
        self.is_far = engine.is_far
        # Such an engine is torch's, which can be fed in two steps.
        self._image_features = PhotoBatches(engine) if engine.joins_photos else engine.image_features  # type: ignore[arg-type]
        self._tokenizer = tokenizer
        self._preprocessing = preprocessing
        self.crop, self.crops = preprocessing.crop, preprocessing.crops
        self.fingerprint = _fingerprint(revision, engine, self.context, tokenizer)

    def image_embeddings(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Embed upright RGB images.

        Parameters
        ----------
        images : sequence of PIL.Image.Image
            RGB, any size; `photo.py` makes such.

        Returns
        -------
        np.ndarray, shape (n, dimension), float32
            Unit length.
        """
        batches = [
            self.view_embeddings([self.crop(image) for image in batch])
            for batch in _batches(images, IMAGE_BATCH)
        ]
        return np.concatenate([np.empty((0, self.dimension), np.float32), *batches])

    def view_embeddings(self, views: Sequence[Image.Image]) -> np.ndarray:
        """Embed squares that `crop` has cut, at most a batch of them; as `image_embeddings` does of whole images."""
        return self._unit(self.view_features(views))

    def view_features(self, views: Sequence[Image.Image]) -> np.ndarray:
        """What the model makes of such squares before it is brought to unit length; shape (n, dimension)."""
        return self._image_features(self._preprocessing.pixels(views))

    def caption_features(self, captions: Sequence[str]) -> np.ndarray:
        """What the model makes of some captions before it is brought to unit length; shape (n, dimension)."""
        tokens = self._tokenizer.seen(captions, self.context)
        features = np.empty((len(tokens), self.dimension), np.float32)
        packs = list(pack(tokens, self.context))
        for packed, found in zip(packs, self._engine.caption_features(packs), strict=True):
            features[packed.captions] = found
        return features

    def patch_parts(self, view: Image.Image) -> tuple[np.ndarray, np.ndarray]:
        """How a square's embedding comes about.

        Parameters
        ----------
        view : PIL.Image.Image
            A square that `crop` has cut.

        Returns
        -------
        embedding : np.ndarray, shape (dimension,), float32
            Unit length; `view_embeddings`' but for rounding.
        parts : np.ndarray, shape (patches, dimension), float32
            What each patch brought to it, row by row from the upper left. Their sum is not the whole: what the class
            token, perceptrons and biases bring belongs to no patch.
        """
        features, parts = self.patch_features(view)
        return self._unit(features), parts / np.linalg.norm(features)

    def patch_features(self, view: Image.Image) -> tuple[np.ndarray, np.ndarray]:
        """As `patch_parts`, of what the model makes of a square before it is brought to unit length."""
        features, *parts = self._engine.patch_features(self._preprocessing.pixels([view]))[0]
        return features, np.stack(parts)

    def window_embeddings(
        self, view: Image.Image, cuts: Iterable[Image.Image], boxes: Sequence[tuple[float, ...]]
    ) -> Iterator[np.ndarray]:
        """Estimates of the embeddings of a square without windows, one after the other, for less than a forward each.

        Parameters
        ----------
        view : PIL.Image.Image
            A square that `crop` has cut.
        cuts : iterable of n PIL.Image.Image
            The same without a window.
        boxes : sequence of (left, top, right, bottom)
            Where the windows are, as shares of the sides. Of one that covers all, it is no estimate but a forward.

        Yields
        ------
        np.ndarray, shape (dimension,), float32
            Unit length.
        """
        return map(self._unit, self.window_features(view, cuts, boxes))

    def window_features(
        self, view: Image.Image, cuts: Iterable[Image.Image], boxes: Sequence[tuple[float, ...]]
    ) -> Iterator[np.ndarray]:
        """As `window_embeddings`, of what the model makes of squares before it is brought to unit length."""
        vision = self._engine.config.vision
        side = vision.image_size // vision.patch_size
        anew = np.stack([_tokens_around(box, side) for box in boxes])
        pixels = self._preprocessing.pixels
        return self._engine.window_features(pixels([view]), (pixels([cut])[0] for cut in cuts), anew)

    def caption_embeddings(
        self, captions: Sequence[str], progress: Callable[[int, int], object] | None = None
    ) -> np.ndarray:
        """Embed captions; what exceeds the context is cut off (`truncated` tells which).

        Parameters
        ----------
        captions : sequence of str
        progress : callable, optional
            Called as `progress(done, total)` before the first batch and after each; what it raises ends the work.

        Returns
        -------
        np.ndarray, shape (n, dimension), float32
            Unit length, in the captions' order.
        """
        tokens = self._tokenizer.seen(captions, self.context)
        embeddings = np.empty((len(tokens), self.dimension), np.float32)
        done = 0
        if progress is not None and tokens:
            progress(done, len(tokens))
        packs = list(pack(tokens, self.context))
        for packed, features in zip(packs, self._engine.caption_features(packs), strict=True):
            embeddings[packed.captions] = self._unit(features)
            done += len(packed.captions)
            if progress is not None:
                progress(done, len(tokens))
        return embeddings

    def truncated(self, captions: Sequence[str]) -> list[str]:
        """The captions that are longer than the model's context, so that it does not see their ends."""
        tokens = self._tokenizer.tokens(captions)
        return [caption for caption, ids in zip(captions, tokens, strict=True) if len(ids) > self.context]

    def _unit(self, features: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):  # what is not a number is said below
            embeddings = features / np.linalg.norm(features, axis=-1, keepdims=True)  # (n, dimension)
        if not np.isfinite(embeddings).all():
            raise ModelError(
                f"{self.card.title} gave embeddings that are not numbers: its weights are damaged or do not suit"
                f" {self.dtype}. Use float32, or fetch the checkpoint again."
            )
        return embeddings


def load_encoder(
    card: ModelCard,
    *,
    device: str = "auto",
    precision: str = "auto",
    engine: str = "torch",
    progress: Progress | None = None,
    on_check: Progress = lambda done, total: None,
    carry_out: Callable | None = None,
) -> ClipEncoder:
    """Load a checkpoint: the local copy if there is one, else from the hub.

    Parameters
    ----------
    card : ModelCard
    device : str
        "auto" (CUDA, else MPS, else CPU) or a PyTorch device.
    precision : {"auto", "float32", "bfloat16"}
        "auto" is bfloat16 where the hardware has it, else float32; float32 for the practice model.
    engine : {"torch", "openvino"}
        What computes. OpenVINO is an optional requirement and for CPUs.
    progress : callable, optional
        Called as `progress(done, total)` with bytes while the checkpoint is downloaded.
    on_check : callable, optional
        Called as `on_check(done, total)` while the answers are compared with float32's: once for each checkpoint,
        for some twenty seconds.
    carry_out : callable, optional
        Has torch's calls done elsewhere; far_engine.py says how.

    Raises
    ------
    ModelError
        With one sentence on why it cannot be had and what to do.
    """
    if precision not in ("auto", *PRECISIONS):
        raise ModelError(f"Precision must be auto, {' or '.join(PRECISIONS)}, got {precision!r}.")
    if engine not in ENGINES:
        raise ModelError(f"The engine must be {' or '.join(ENGINES)}, got {engine!r}.")
    way = _by_openvino(device) if engine == "openvino" else _by_torch(device, carry_out)
    sweep_unfinished()
    return _faithful(card, in_safetensors(card, fetch(card, progress)), way, precision, on_check)


@dataclass(frozen=True)
class _Way:
    """How models are loaded by an engine on a device."""

    engine: str
    device: str  # its kind
    choose_precision: Callable[[str, ModelCard], str]
    load: Callable[[ModelCard, Checkpoint, str], Engine]


def _by_torch(device: str, carry_out: Callable | None = None) -> _Way:
    from streetclip_demo.engines import torch_engine  # takes a second, which OpenVINO need not wait for

    place = torch_engine.choose_device(device)
    if carry_out is not None:
        load = functools.partial(torch_engine.load_far_engine, carry_out, device=place)
        return _Way("torch", place.type, torch_engine.choose_far_precision, load)
    return _Way(
        "torch",
        place.type,
        functools.partial(torch_engine.choose_precision, device=place),
        functools.partial(torch_engine.load_torch_engine, device=place),
    )


def _by_openvino(device: str) -> _Way:
    from streetclip_demo.engines import openvino_engine

    openvino_engine.check_device(device)
    return _Way("openvino", "cpu", openvino_engine.choose_precision, openvino_engine.load_openvino_engine)


def _faithful(
    card: ModelCard, checkpoint: Checkpoint, way: _Way, precision: str, on_check: Callable
) -> ClipEncoder:
    """The encoder of an engine; one that float32 by torch does not confirm is not offered."""
    chosen = way.choose_precision(precision, card)
    load = functools.partial(_with_engine, card, checkpoint, way, chosen)
    if (way.engine, chosen) == ("torch", "float32"):
        return load()

    def reference() -> ClipEncoder:
        return _with_engine(card, checkpoint, _by_torch(way.device), "float32")

    try:
        return checked(
            load, reference, record_of(checkpoint.revision, way.engine, way.device, chosen), on_check
        )
    except ModelError as error:
        if precision != "auto" or chosen == "float32":
            raise
        note = f"{error} float32 is used instead."
        print(note, file=sys.stderr)
        encoder = _faithful(card, checkpoint, way, "float32", on_check)
        encoder.note = note
        return encoder


def _with_engine(card: ModelCard, checkpoint: Checkpoint, way: _Way, precision: str) -> ClipEncoder:
    engine = way.load(card, checkpoint, precision)
    tokenizer = _load_tokenizer(card, checkpoint.directory, engine.config)
    preprocessing = _load_preprocessing(card, checkpoint.directory, engine.config)
    scale = reading(card, checkpoint.directory, lambda: stored_logit_scale(checkpoint.directory))
    return ClipEncoder(card, checkpoint.revision, engine, tokenizer, preprocessing, scale)


def prefetch(card: ModelCard, progress: Progress | None = None) -> Path:
    """Have the checkpoint on this machine; return the folder where it lies."""
    return in_safetensors(card, fetch(card, progress)).directory


def _load_tokenizer(card: ModelCard, directory: Path, config: ClipConfig) -> ClipTokenizer:
    tokenizer = reading(card, directory, lambda: read_tokenizer(directory))
    rows = config.text.vocab_size
    if tokenizer.largest >= rows:
        raise ModelError(
            f"{card.title}: the tokenizer in {directory} has {tokenizer.size} tokens and the weights {rows}."
            " They belong to different checkpoints; copy them together."
        )
    return tokenizer


def _load_preprocessing(card: ModelCard, directory: Path, config: ClipConfig) -> Preprocessing:
    side = config.vision.image_size
    preprocessing = reading(card, directory, lambda: read_preprocessing(directory, side))
    if preprocessing is None:
        raise ModelError(
            f"{card.title}: the preprocessing in {directory} is not CLIP's for this model (shortest side to"
            f" at least {side} px, centre crop of {side} px, rescaled and normalised)."
            " Copy the checkpoint's own files again."
        )
    return preprocessing


def _fingerprint(revision: str, engine: Engine, context: int, tokenizer: ClipTokenizer) -> str:
    computed = (
        engine.name,
        engine.version,
        engine.device.split(":")[0],
        engine.dtype,
    )  # each rounds in its own way
    parts = (revision, *computed, str(context), tokenizer.description)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _batches(items: Sequence, size: int) -> Iterator[Sequence]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _tokens_around(box: tuple[float, ...], side: int) -> np.ndarray:
    """The class token and the patches that a box touches, with those beside them (1 + side * side), bool."""
    left, top, right, bottom = (value * side for value in box)
    patches = np.zeros((side, side), bool)
    rows = slice(max(0, math.floor(top) - 1), math.ceil(bottom) + 1)
    patches[rows, max(0, math.floor(left) - 1) : math.ceil(right) + 1] = True
    return np.concatenate([[True], patches.ravel()])
