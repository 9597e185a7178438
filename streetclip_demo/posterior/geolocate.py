"""From embeddings to a posterior over the tree of candidates, and from that to guesses. Knows no model."""

from collections.abc import Callable

import numpy as np

from streetclip_demo.places.candidates import Outline
from streetclip_demo.places.templates import DEFAULT_TEMPLATES, Templates
from streetclip_demo.posterior.embedded_labels import EmbedCaptions, EmbeddedLabelsCache, unit
from streetclip_demo.posterior.estimators import ESTIMATORS, AreaOf, Leaves
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.prediction import Guess, Prediction
from streetclip_demo.posterior.scoring import ChildrenOf, Scorer, grow
from streetclip_demo.posterior.temperatures import PLAIN, Temperatures
from streetclip_demo.posterior.tree import Siblings

ManifestOf = Callable[[Siblings, tuple[Guess, ...]], Manifest]


def geolocate(
    image_embedding: np.ndarray,
    outline: Outline,
    embed_captions: EmbedCaptions,
    *,
    logit_scale: float,
    templates: Templates = DEFAULT_TEMPLATES,
    beam_width: int = 5,
    estimator: str = "greedy",
    top_k: int = 10,
    temperatures: Temperatures = PLAIN,
    children_of: ChildrenOf | None = None,
    area_of: AreaOf | None = None,
    cache: EmbeddedLabelsCache | None = None,
    manifest: ManifestOf | None = None,
) -> Prediction:
    """Spread the belief over a tree of candidates, and rank its leaves.

    Softmax over the roots; softmax over the children of each node in the beam; a node's probability is its
    share times its parent's, so that children sum to their parent and roots to 1. At each depth the beam
    holds the `beam_width` most probable nodes, always with the one that a greedy search would take.

    Parameters
    ----------
    image_embedding : np.ndarray, shape (d,) or (k, d)
        Of any length but zero. Of several images that are asked as one: at each level the product of what each of them
        believes, divided by its sum over the siblings.
    outline : Outline
    embed_captions : callable
        list of n captions -> np.ndarray, shape (n, d). Called at most once for each depth of the tree.
    logit_scale : float
        The checkpoint's, already exponentiated; logit = logit_scale x cosine / temperature.
    templates : Templates
        A label's embedding is the renormalised mean of the unit embeddings of its captions.
    beam_width, top_k : int
        Nodes expanded at each depth; guesses returned.
    estimator : str
        How the leaves are ranked. "greedy": the most probable root first, in it its most probable child,
        and so on (the paper's hierarchical linear probing). "beam": leaves of the beam by the sum of the
        logits on their path, which is one softmax over all of them, whatever the number of their siblings (a
        leaf that ends above others counts as an average one of their depth); then what the beam left out.
        "hedged": by the expected great-circle distance to the place, least first.
    temperatures : Temperatures
        What the logits of each level's siblings are divided by.
    children_of : callable, optional
        Gives children to nodes of the beam that have none in the outline.
    area_of : callable, optional
        Gives the points (n, 2) over which the belief in a leaf is spread, for distances; None where it is a point.
    cache : EmbeddedLabelsCache, optional
        Keeps what `embed_captions` gave, for the next call with the same lists of labels.
    manifest : callable, optional
        (roots, guesses) -> Manifest: what the prediction is to carry, with `notes_on` its roots among the notes.

    Raises
    ------
    ValueError
        If an embedding is zero or not finite, or a setting is out of its range.

    Notes
    -----
    A country with regions in the outline has the log-mean-exp of its own logit and its regions'.
    """
    _check(outline, logit_scale, beam_width, estimator, top_k)
    images = np.atleast_2d(np.asarray(image_embedding, dtype=np.float64))  # (k, d)
    images = unit(images, "The image embedding")
    scorer = Scorer(
        images, embed_captions, float(logit_scale), templates, cache or EmbeddedLabelsCache(), temperatures
    )
    roots = grow(outline.roots, scorer, beam_width, children_of)
    found = Leaves(roots, area_of)
    order = found.ranked(estimator)
    guesses = _guesses(found, order[:top_k])
    return Prediction(
        roots=roots,
        guesses=guesses,
        estimator=estimator,
        half_mass_radius_km=found.half_mass_radius_km(order[0]),
        logit_scale=float(logit_scale),
        beam_width=beam_width,
        templates=templates,
        temperatures=temperatures,
        manifest=manifest(roots, guesses) if manifest else Manifest(notes=notes_on(roots)),
    )


def _guesses(found: Leaves, best: np.ndarray) -> tuple[Guess, ...]:
    places = enumerate(map(found.place, best), start=1)
    return tuple(
        Guess(rank, siblings.node(position), siblings.path(position)) for rank, (siblings, position) in places
    )


def _check(outline: Outline, logit_scale: float, beam_width: int, estimator: str, top_k: int) -> None:
    if not outline.roots:
        raise ValueError("An outline needs at least one label, got none.")
    if not (np.isfinite(logit_scale) and logit_scale > 0):
        raise ValueError(f"logit_scale must be a positive number, got {logit_scale}.")
    if beam_width < 1 or top_k < 1:
        raise ValueError(f"beam_width and top_k must be at least 1, got {beam_width} and {top_k}.")
    if estimator not in ESTIMATORS:
        raise ValueError(f"The estimator must be one of {', '.join(ESTIMATORS)}, got {estimator!r}.")


def notes_on(roots: Siblings) -> tuple[str, ...]:
    """What a person should know of how captions were made for these labels, and all below them."""
    names = dict.fromkeys(name for labels in roots.all_labels() for name in labels.filled_otherwise)
    if not names:
        return ()
    first, count = next(iter(names)), len(names)
    which = repr(first) if count == 1 else f"{first!r} and {count - 1} more labels"
    return (f"A template asks for a field that {which} cannot fill; another template is used there.",)
