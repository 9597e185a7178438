"""A CLIP checkpoint: images and captions to unit embeddings. Knows nothing about places."""

import functools
import hashlib
import math
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPTokenizer

from streetclip_demo.cache_folder import sweep_unfinished
from streetclip_demo.checkpoints.bfloat16_copy import stored_logit_scale
from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.checkpoints.checkpoint import Checkpoint, Progress, fetch
from streetclip_demo.checkpoints.loading import reading
from streetclip_demo.checkpoints.pickled_weights import in_safetensors
from streetclip_demo.engines.caption_packing import PackedCaptions, pack
from streetclip_demo.engines.openvino_engine import load_openvino_engine
from streetclip_demo.engines.photo_batches import IMAGE_BATCH, PhotoBatches
from streetclip_demo.engines.torch_engine import (
    PRECISIONS,
    Device,
    choose_device,
    choose_precision,
    load_torch_engine,
)
from streetclip_demo.errors import ModelError
from streetclip_demo.model.parity import checked, record_of

LONGEST_RATIO = 100  # of a picture's sides; beyond it the picture is not scaled whole
ENGINES = ("torch", "openvino")


class Engine(Protocol):
    """What computes features from pixels and tokens: torch_engine.py, openvino_engine.py."""

    name: str
    version: str
    device: str
    dtype: str  # "float32" or "bfloat16"
    config: CLIPConfig

    def image_features(self, pixels: np.ndarray) -> np.ndarray: ...  # (n, 3, side, side) -> (n, d)

    def caption_features(self, packed: PackedCaptions) -> np.ndarray: ...  # n captions -> (n, d)


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
    photos_at_once : int
        How many threads should ask for a photo at once: on a GPU a batch's worth, else one.
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
        tokenizer: CLIPTokenizer,
        processor: CLIPImageProcessorPil,
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
        self.image_px = engine.config.vision_config.image_size
        self.context = engine.config.text_config.max_position_embeddings  # tokens
        self._engine = engine
        on_gpu = engine.device.startswith("cuda")
        self.photos_at_once = IMAGE_BATCH if on_gpu else 1
        self._image_features = PhotoBatches(engine) if on_gpu else engine.image_features
        self._tokenizer = tokenizer
        self._tokenizer_lock = threading.Lock()  # it keeps padding and truncation as its state
        self._processor = processor
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
        return self._unit(self._image_features(self._pixels(views)))

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
        end = self._tokenizer.eos_token_id  # what follows it is not seen, as when someone types <|endoftext|>
        tokens = [
            ids[: ids.index(end) + 1]
            for ids in self._tokens(captions, truncation=True, max_length=self.context)
        ]
        embeddings = np.empty((len(tokens), self.dimension), np.float32)
        done = 0
        if progress is not None and tokens:
            progress(done, len(tokens))
        for packed in pack(tokens, self.context):
            embeddings[packed.captions] = self._unit(self._engine.caption_features(packed))
            done += len(packed.captions)
            if progress is not None:
                progress(done, len(tokens))
        return embeddings

    def truncated(self, captions: Sequence[str]) -> list[str]:
        """The captions that are longer than the model's context, so that it does not see their ends."""
        tokens = self._tokens(captions, truncation=False)
        return [caption for caption, ids in zip(captions, tokens, strict=True) if len(ids) > self.context]

    def crop(self, image: Image.Image) -> Image.Image:
        """The square of an RGB image that the model sees: shortest side scaled, centre cut out."""
        if image.mode != "RGB":
            raise ValueError(f"Images must be RGB (photo.py makes them so), got mode {image.mode!r}.")
        width, height = image.size
        scaled = self._processor.size["shortest_edge"]
        side = self._processor.crop_size["height"]
        long = int(scaled * max(width, height) / min(width, height))  # as transformers rounds it
        new_width, new_height = (scaled, long) if width <= height else (long, scaled)
        left, top = (new_width - side) // 2, (new_height - side) // 2
        if max(width, height) <= LONGEST_RATIO * min(width, height):
            scaled_image = image.resize((new_width, new_height), self._processor.resample)
            return scaled_image.crop((left, top, left + side, top + side))
        # Scaling a thread of a picture whole could take gigabytes; scaling just the box differs by a level or so.
        box = (
            left * width / new_width,
            top * height / new_height,
            min((left + side) * width / new_width, width),
            min((top + side) * height / new_height, height),
        )
        return image.resize((side, side), self._processor.resample, box=box)

    def _pixels(self, views: Sequence[Image.Image]) -> np.ndarray:
        rows = np.stack([np.asarray(view) for view in views])  # (n, side, side, 3)
        levels = rows.transpose(0, 3, 1, 2).astype(np.float32, order="C")  # (n, 3, height, width)
        mean, std = (
            np.asarray(values, np.float32)[:, None, None]
            for values in (self._processor.image_mean, self._processor.image_std)
        )
        return (levels * np.float32(self._processor.rescale_factor) - mean) / std

    def _tokens(self, captions: Sequence[str], **options: object) -> list[list[int]]:
        if not captions:
            return []
        with self._tokenizer_lock:
            return self._tokenizer(list(captions), verbose=False, **options)["input_ids"]

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

    Raises
    ------
    ModelError
        With one sentence on why it cannot be had and what to do.
    """
    if precision not in ("auto", *PRECISIONS):
        raise ModelError(f"Precision must be auto, {' or '.join(PRECISIONS)}, got {precision!r}.")
    if engine not in ENGINES:
        raise ModelError(f"The engine must be {' or '.join(ENGINES)}, got {engine!r}.")
    place = choose_device(device)
    sweep_unfinished()
    checkpoint = in_safetensors(card, fetch(card, progress))
    if engine == "openvino":
        place = choose_device("cpu" if device == "auto" else device)
    return _faithful(card, checkpoint, place, precision, engine, on_check)


def _faithful(
    card: ModelCard, checkpoint: Checkpoint, place: Device, precision: str, engine: str, on_check: Callable
) -> ClipEncoder:
    """The encoder of an engine; one that float32 by torch does not confirm is not offered."""
    chosen = choose_precision(precision, card, place)
    load_engine = load_openvino_engine if engine == "openvino" else load_torch_engine
    load = functools.partial(_with_engine, card, checkpoint, load_engine, chosen, place)
    if (engine, chosen) == ("torch", "float32"):
        return load()
    reference = functools.partial(_with_engine, card, checkpoint, load_torch_engine, "float32", place)
    try:
        return checked(load, reference, record_of(checkpoint.revision, engine, place.type, chosen), on_check)
    except ModelError as error:
        if precision != "auto" or chosen == "float32":
            raise
        note = f"{error} float32 is used instead."
        print(note, file=sys.stderr)
        encoder = _faithful(card, checkpoint, place, "float32", engine, on_check)
        encoder.note = note
        return encoder


def _with_engine(
    card: ModelCard, checkpoint: Checkpoint, load_engine: Callable, precision: str, place: Device
) -> ClipEncoder:
    engine = load_engine(card, checkpoint, precision, place)
    tokenizer = _load_tokenizer(card, checkpoint.directory, engine.config)
    processor = _load_processor(card, checkpoint.directory, engine.config)
    scale = reading(card, checkpoint.directory, lambda: stored_logit_scale(checkpoint.directory))
    return ClipEncoder(card, checkpoint.revision, engine, tokenizer, processor, scale)


def prefetch(card: ModelCard, progress: Progress | None = None) -> Path:
    """Have the checkpoint on this machine; return the folder where it lies."""
    return in_safetensors(card, fetch(card, progress)).directory


def _load_tokenizer(card: ModelCard, directory: Path, config: CLIPConfig) -> CLIPTokenizer:
    tokenizer = reading(
        card, directory, lambda: CLIPTokenizer.from_pretrained(directory, local_files_only=True)
    )
    rows = config.text_config.vocab_size
    if max(tokenizer.get_vocab().values()) >= rows:
        raise ModelError(
            f"{card.title}: the tokenizer in {directory} has {len(tokenizer)} tokens and the weights {rows}."
            " They belong to different checkpoints; copy them together."
        )
    return tokenizer


def _load_processor(card: ModelCard, directory: Path, config: CLIPConfig) -> CLIPImageProcessorPil:
    # By its class: AutoProcessor does not know "CLIPFeatureExtractor", which older checkpoints name.
    processor = reading(
        card, directory, lambda: CLIPImageProcessorPil.from_pretrained(directory, local_files_only=True)
    )
    side = config.vision_config.image_size
    as_clip = processor.do_resize and processor.do_center_crop and processor.do_rescale
    as_clip = as_clip and processor.do_normalize and (processor.size.get("shortest_edge") or 0) >= side
    if not as_clip or dict(processor.crop_size) != {"height": side, "width": side}:
        raise ModelError(
            f"{card.title}: the preprocessing in {directory} is not CLIP's for this model (shortest side to"
            f" at least {side} px, centre crop of {side} px, rescaled and normalised)."
            " Copy the checkpoint's own files again."
        )
    return processor


def _fingerprint(revision: str, engine: Engine, context: int, tokenizer: CLIPTokenizer) -> str:
    computed = (
        engine.name,
        engine.version,
        engine.device.split(":")[0],
        engine.dtype,
    )  # each rounds in its own way
    parts = (revision, *computed, str(context), tokenizer.backend_tokenizer.to_str())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _batches(items: Sequence, size: int) -> Iterator[Sequence]:
    return (items[start : start + size] for start in range(0, len(items), size))
