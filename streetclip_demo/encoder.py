"""A CLIP checkpoint: images and captions to unit embeddings. Knows nothing about places."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers import CLIPImageProcessorPil, CLIPModel, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from streetclip_demo.checkpoint import Progress, fetch
from streetclip_demo.errors import ModelError
from streetclip_demo.models import ModelCard

IMAGE_BATCH = 16
CAPTION_BATCH = 32
LONGEST_RATIO = 100  # of a picture's sides; beyond it the picture is not scaled whole
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class ClipEncoder:
    """A loaded checkpoint with its own tokenizer and preprocessing; `load_encoder` makes one.

    Attributes
    ----------
    card : ModelCard
    revision : str
        Which weights these are: a commit of the hub, or a digest of a folder's files.
    device, dtype : str
        "cpu", "cuda:0" or "mps:0"; "float32" or "bfloat16".
    logit_scale : float
        The factor of cosines in the softmax, already exponentiated.
    dimension : int
        Length of an embedding.
    image_px : int
        Side of the square that the model sees.
    fingerprint : str
        Names all that a caption's embedding depends on besides its text.
    """

    def __init__(
        self,
        card: ModelCard,
        revision: str,
        model: CLIPModel,
        tokenizer: CLIPTokenizer,
        processor: CLIPImageProcessorPil,
    ) -> None:
        self.card = card
        self.revision = revision
        self.device = str(model.device)
        self.dtype = str(model.dtype).removeprefix("torch.")
        self.logit_scale = float(model.logit_scale.detach().float().exp())
        self.dimension = model.config.projection_dim
        self.image_px = model.config.vision_config.image_size
        self.context = model.config.text_config.max_position_embeddings  # tokens
        self._model = model
        self._tokenizer = tokenizer
        self._tokenizer_lock = threading.Lock()  # it keeps padding and truncation as its state
        self._processor = processor
        self.fingerprint = _fingerprint(revision, self.dtype, self.context, tokenizer)

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
            self._embed(self._model.get_image_features, pixel_values=self._pixels(batch))
            for batch in _batches(images, IMAGE_BATCH)
        ]
        return np.concatenate([np.empty((0, self.dimension), np.float32), *batches])

    def caption_embeddings(
        self, captions: Sequence[str], progress: Callable[[int, int], object] | None = None
    ) -> np.ndarray:
        """Embed captions; what exceeds the context is cut off (`truncated` tells which).

        Parameters
        ----------
        captions : sequence of str
        progress : callable, optional
            Called as `progress(done, total)` after each batch.

        Returns
        -------
        np.ndarray, shape (n, dimension), float32
            Unit length, in the captions' order.
        """
        tokens = self._tokens(captions, truncation=True, max_length=self.context)
        order = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))  # little padding in a batch
        embeddings = np.empty((len(tokens), self.dimension), np.float32)
        done = 0
        for batch in _batches(order, CAPTION_BATCH):
            with self._tokenizer_lock:
                padded = self._tokenizer.pad({"input_ids": [tokens[i] for i in batch]}, return_tensors="pt")
            embeddings[batch] = self._embed(
                self._model.get_text_features,
                input_ids=padded["input_ids"].to(self.device),
                attention_mask=padded["attention_mask"].to(self.device),
            )
            done += len(batch)
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

    def _pixels(self, images: Sequence[Image.Image]) -> torch.Tensor:
        levels = np.stack([np.asarray(self.crop(image)) for image in images]).astype(np.float32)
        mean = np.asarray(self._processor.image_mean, np.float32)
        std = np.asarray(self._processor.image_std, np.float32)
        pixels = (levels * np.float32(self._processor.rescale_factor) - mean) / std  # (n, height, width, 3)
        return torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).to(self.device, self._model.dtype)

    def _tokens(self, captions: Sequence[str], **options: object) -> list[list[int]]:
        if not captions:
            return []
        with self._tokenizer_lock:
            return self._tokenizer(list(captions), verbose=False, **options)["input_ids"]

    def _embed(self, features: Callable, **inputs: torch.Tensor) -> np.ndarray:
        try:
            with torch.inference_mode():
                projected = features(**inputs).pooler_output.float()  # (n, dimension)
                unit = projected / projected.norm(dim=-1, keepdim=True)
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                raise
            raise ModelError(_no_memory(self.card, self._model.device.type)) from None
        embeddings = unit.cpu().numpy()
        if not np.isfinite(embeddings).all():
            raise ModelError(
                f"{self.card.title} gave embeddings that are not numbers: its weights are damaged or do not suit"
                f" {self.dtype}. Use float32, or fetch the checkpoint again."
            )
        return embeddings


def load_encoder(
    card: ModelCard, *, device: str = "auto", precision: str = "auto", progress: Progress | None = None
) -> ClipEncoder:
    """Load a checkpoint: the local copy if there is one, else from the hub.

    Parameters
    ----------
    card : ModelCard
    device : str
        "auto" (CUDA, else MPS, else CPU) or a PyTorch device.
    precision : {"auto", "float32", "bfloat16"}
        "auto" is float32.
    progress : callable, optional
        Called as `progress(done, total)` with bytes while the checkpoint is downloaded.

    Raises
    ------
    ModelError
        With one sentence on why it cannot be had and what to do.
    """
    if precision not in ("auto", *PRECISIONS):
        raise ModelError(f"Precision must be auto, {' or '.join(PRECISIONS)}, got {precision!r}.")
    place = _device(device)
    checkpoint = fetch(card, progress)
    model = _load_model(card, checkpoint.directory, PRECISIONS.get(precision, torch.float32), place)
    tokenizer = _load_tokenizer(card, checkpoint.directory, model)
    processor = _load_processor(card, checkpoint.directory, model)
    return ClipEncoder(card, checkpoint.revision, model, tokenizer, processor)


def prefetch(card: ModelCard, progress: Progress | None = None) -> Path:
    """Have the checkpoint on this machine; return the folder where it lies."""
    return fetch(card, progress).directory


def _device(name: str) -> torch.device:
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


def _reading(card: ModelCard, directory: Path, load: Callable[[], object]) -> object:
    """Run one of the libraries' loaders; what it raises on damaged files becomes a ModelError."""
    try:
        return load()
    except Exception as error:  # tokenizers raises bare Exception, and configurations their own
        if _is_out_of_memory(error):
            raise ModelError(_no_memory(card, "CPU")) from error
        raise ModelError(_damaged(card, directory, error)) from error


def _load_model(card: ModelCard, directory: Path, dtype: torch.dtype, device: torch.device) -> CLIPModel:
    transformers_logging.disable_progress_bar()  # it would show a bar for a tenth of a second
    transformers_logging.set_verbosity_error()  # what its report says of lacking weights, we say below
    options = {"use_safetensors": True, "local_files_only": True}
    options |= {"output_loading_info": True, "ignore_mismatched_sizes": True}
    model, info = _reading(
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
        if not _is_out_of_memory(error):
            raise
        raise ModelError(_no_memory(card, device.type)) from None


def _load_tokenizer(card: ModelCard, directory: Path, model: CLIPModel) -> CLIPTokenizer:
    tokenizer = _reading(
        card, directory, lambda: CLIPTokenizer.from_pretrained(directory, local_files_only=True)
    )
    rows = model.config.text_config.vocab_size
    if max(tokenizer.get_vocab().values()) >= rows:
        raise ModelError(
            f"{card.title}: the tokenizer in {directory} has {len(tokenizer)} tokens and the weights {rows}."
            " They belong to different checkpoints; copy them together."
        )
    return tokenizer


def _load_processor(card: ModelCard, directory: Path, model: CLIPModel) -> CLIPImageProcessorPil:
    # By its class: AutoProcessor does not know "CLIPFeatureExtractor", which older checkpoints name.
    processor = _reading(
        card, directory, lambda: CLIPImageProcessorPil.from_pretrained(directory, local_files_only=True)
    )
    side = model.config.vision_config.image_size
    as_clip = processor.do_resize and processor.do_center_crop and processor.do_rescale
    as_clip = as_clip and processor.do_normalize and (processor.size.get("shortest_edge") or 0) >= side
    if not as_clip or dict(processor.crop_size) != {"height": side, "width": side}:
        raise ModelError(
            f"{card.title}: the preprocessing in {directory} is not CLIP's for this model (shortest side to"
            f" at least {side} px, centre crop of {side} px, rescaled and normalised)."
            " Copy the checkpoint's own files again."
        )
    return processor


def _damaged(card: ModelCard, directory: Path, error: BaseException) -> str:
    reason = (" ".join(str(error).split()) or type(error).__name__)[:200].rstrip(". ")
    return (
        f"{card.title}: the checkpoint in {directory} cannot be loaded ({reason})."
        " It is damaged or not a CLIPModel's; copy or download it again."
    )


def _is_out_of_memory(error: BaseException) -> bool:
    said = str(error).lower()
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        "allocate memory" in said or "out of memory" in said
    )


def _no_memory(card: ModelCard, device: str) -> str:
    return (
        f"{card.title} does not fit into the memory of this machine's {device.upper()}."
        " Close other programs, or choose a smaller model (--model practice)"
        + (" or --device cpu." if device != "cpu" else ".")
    )


def _fingerprint(revision: str, dtype: str, context: int, tokenizer: CLIPTokenizer) -> str:
    parts = (revision, dtype, str(context), tokenizer.backend_tokenizer.to_str())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _batches(items: Sequence, size: int) -> Iterator[Sequence]:
    return (items[start : start + size] for start in range(0, len(items), size))
