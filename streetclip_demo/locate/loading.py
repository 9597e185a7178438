"""A checkpoint as a ClipLocator: which one is wanted and how, and its captions. Torch comes when it is loaded."""

from argparse import Namespace
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from streetclip_demo.checkpoints.cards import ModelCard, model_card
from streetclip_demo.checkpoints.geoclip_release import told_kind
from streetclip_demo.checkpoints.loading import trying
from streetclip_demo.errors import ModelError
from streetclip_demo.locate.calibration import read_calibration
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.locator import PageLocator
from streetclip_demo.locate.question import MAX_CAPTIONS
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.progress import Counting, Progress

if TYPE_CHECKING:
    from streetclip_demo.model.caption_cache import CaptionCache
    from streetclip_demo.model.encoder import ClipEncoder

DEFAULT_MODEL = "streetclip"
MOST_MODELS = 3  # side by side
GEOCLIPS = ("image_half", "gallery")  # options


@dataclass(frozen=True)
class Wanted:
    """Which model is to be loaded, and how."""

    card: ModelCard
    device: str = "auto"
    precision: str = "auto"
    engine: str = "torch"
    is_explicit: bool = False  # asked for by name: then no other model stands in for it
    carry_out: Callable | None = None  # has its calls done elsewhere: engines/far_engine.py
    image_half: str = ""  # of GeoCLIP: a folder or hub id in place of the one that it was trained with
    gallery: Path | None = None  # of GeoCLIP: a CSV file of points in place of its own

    @classmethod
    def by(cls, options: Namespace) -> "Wanted":
        """What options ask for; they have `model`, `device`, `precision` and `engine`."""
        return cls._of(told_kind(model_card(options.model or DEFAULT_MODEL)), options)

    @classmethod
    def _of(cls, card: ModelCard, options: Namespace) -> "Wanted":
        wanted = cls(card, options.device, options.precision, options.engine, options.model is not None)
        half, gallery = getattr(options, "image_half", None), getattr(options, "gallery", None)
        if card.kind != "geoclip" and (half or gallery):
            option = "--gallery" if gallery else "--image-half"
            raise ModelError(f"{option} is GeoCLIP's, and the model is {card.title}. Add --model geoclip.")
        return replace(wanted, image_half=half or "", gallery=gallery)

    @classmethod
    def each_by(cls, options: Namespace) -> "tuple[Wanted, ...]":
        """What options ask for whose `model` may name several, "clip,streetclip": each, in that order.

        Raise ModelError if one of them means nothing, is named twice, or there are more than MOST_MODELS.
        """
        cards = [told_kind(model_card(name)) for name in model_names(options.model)]
        if len(cards) < 2:
            return (cls.by(options),)
        if len(cards) > MOST_MODELS:
            raise ModelError(
                f"At most {MOST_MODELS} models stand side by side, got {len(cards)}. Name fewer."
            )
        twice = next((card for card in cards if cards.count(card) > 1), None)
        if twice is not None:
            raise ModelError(
                f"{twice.title} is named twice. Name each model once, as --model clip,streetclip."
            )
        none: dict[str, None] = dict.fromkeys(GEOCLIPS)
        if not any(card.kind == "geoclip" for card in cards):
            return tuple(cls._of(card, options) for card in cards)
        plain = Namespace(**vars(options) | none)
        return tuple(cls._of(card, options if card.kind == "geoclip" else plain) for card in cards)

    @property
    def replaceable(self) -> tuple[ModelCard, ...]:
        """The model, if another may stand in for it."""
        return () if self.is_explicit else (self.card,)

    def how(self, card: ModelCard, asked: ModelCard) -> "Wanted":
        """How to load a model for someone who asked for `asked`: any but the wanted one as it was measured."""
        is_far = self.carry_out is not None  # of which another model is not worth a call
        if asked == self.card and not (is_far and card != asked):
            return replace(self, card=card)
        return Wanted(card, device="cpu", precision="float32")


def model_names(model: str | tuple[str, ...] | None) -> list[str]:
    """The models that `--model` names: several between commas, or one folder whose name has commas."""
    if isinstance(model, tuple):
        return list(model)
    if model is None or Path(model).expanduser().is_dir():
        return [model or DEFAULT_MODEL]
    return model.split(",")


def silent(stage: str) -> Progress:
    """Tells nobody how far a stage of loading is."""
    return lambda done, total: None


def load_checkpoint(wanted: Wanted, counting: Counting = silent) -> "ClipEncoder":
    """Load a checkpoint as an encoder; `counting` takes a stage and gives what is told how far that is."""
    from streetclip_demo.model.encoder import load_encoder  # brings torch, which the page need not wait for

    return trying(
        wanted.card,
        lambda: load_encoder(
            wanted.card,
            device=wanted.device,
            precision=wanted.precision,
            engine=wanted.engine,
            progress=counting("download"),
            on_check=counting("comparison"),
            carry_out=wanted.carry_out,
        ),
    )


def make_captions(encoder: "ClipEncoder") -> "CaptionCache":
    """The cache of an encoder's caption embeddings."""
    from streetclip_demo.model.caption_cache import CHUNK, CaptionCache

    half = encoder.dtype != "float32"  # what float32 promises, halves could not keep
    chunk = MAX_CAPTIONS if encoder.is_far else CHUNK
    return CaptionCache(
        encoder.caption_embeddings, encoder.fingerprint, encoder.dimension, half=half, chunk=chunk
    )


def load_clip(
    wanted: Wanted,
    gazetteer: Gazetteer,
    known_digests: Collection[str] = frozenset(),
    counting: Counting = silent,
) -> ClipLocator:
    """Load a checkpoint as a Locator, with its captions kept on disk.

    Raise ModelError with one sentence on why it cannot be had and what to do.
    """
    encoder = load_checkpoint(wanted, counting)
    calibration = read_calibration(encoder.card, encoder.revision)
    return ClipLocator(encoder, make_captions(encoder), gazetteer, known_digests, calibration)


def load_locator(
    wanted: Wanted,
    gazetteer: Gazetteer,
    known_digests: Collection[str] = frozenset(),
    counting: Counting = silent,
) -> PageLocator:
    """Load whichever kind of model is wanted; ModelError as `load_clip`."""
    if wanted.card.kind != "geoclip":
        return load_clip(wanted, gazetteer, known_digests, counting)
    from streetclip_demo.locate.loading_geoclip import load_geoclip  # brings torch

    return load_geoclip(wanted, gazetteer, counting)
