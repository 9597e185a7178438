"""GeoCLIP put together: its own weights, its image half, its gallery."""

from dataclasses import replace

from streetclip_demo.checkpoints.cards import ModelCard, model_card
from streetclip_demo.checkpoints.checkpoint import fetch
from streetclip_demo.checkpoints.geoclip_weights import GeoClipWeights, read_geoclip
from streetclip_demo.checkpoints.loading import reading, trying
from streetclip_demo.checkpoints.pickled_weights import in_safetensors
from streetclip_demo.checkpoints.weight_files import is_untrained
from streetclip_demo.engines.location_encoder import LocationEncoder
from streetclip_demo.errors import ModelError
from streetclip_demo.locate.geoclip import GeoClipLocator, Source
from streetclip_demo.locate.loading import Wanted, load_checkpoint, make_captions, silent
from streetclip_demo.model.gallery import Gallery, GalleryMaker
from streetclip_demo.model.geoclip_encoder import GeoClipEncoder
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.point_table import PointTable, read_points
from streetclip_demo.progress import Counting


def load_geoclip(wanted: Wanted, gazetteer: Gazetteer, counting: Counting = silent) -> GeoClipLocator:
    """Load GeoCLIP as a Locator, its gallery encoded or as an earlier start has kept it.

    Raise ModelError with one sentence on what of it cannot be had and what to do. Raise GalleryError if another
    gallery was asked for and cannot be used.
    """
    table = read_points(wanted.gallery) if wanted.gallery else None  # first: a mistake is told at once
    weights = trying(wanted.card, lambda: read_geoclip(wanted.card, counting("package")))
    half = image_half_card(wanted.image_half or weights.image_half)
    named = replace(half, title=f"GeoCLIP's image half ({half.title})", option="--image-half")
    clip = load_checkpoint(replace(wanted, card=named), counting)
    directory = in_safetensors(half, fetch(half)).directory  # which is there by now
    model = GeoClipEncoder(clip, weights.mlp, reading(half, directory, lambda: is_untrained(directory)))
    table = table or replace(
        read_points(weights.gallery), notes=()
    )  # repeated points are how it was published
    found = gallery_of(weights, table, gazetteer, counting)
    source = Source(wanted.card, weights.revision, weights.logit_scale, half.title)
    return GeoClipLocator(source, model, found, gazetteer, make_captions(clip))


def image_half_card(name: str) -> ModelCard:
    """The card of a folder or hub id with the CLIPModel that is GeoCLIP's image half."""
    card = model_card(name)
    if card.kind != "clip" or not card.locates_photographs:
        raise ModelError(
            f"{card.title} cannot be GeoCLIP's image half. Give a folder with a CLIPModel, or a hub id."
        )
    return card


def gallery_of(
    weights: GeoClipWeights, table: PointTable, gazetteer: Gazetteer, counting: Counting
) -> Gallery:
    """The gallery of a table of points."""
    encoder = LocationEncoder(weights.location)
    fingerprint = f"{weights.location_digest} {encoder.version}"
    return GalleryMaker(encoder.embeddings, encoder.dimension, fingerprint, gazetteer).gallery(
        table, counting
    )
