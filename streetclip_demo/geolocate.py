"""From embeddings to a posterior over the tree of candidates, and from that to guesses. Knows no model."""

from dataclasses import dataclass

from streetclip_demo.candidates import Candidate
from streetclip_demo.prompts import DEFAULT_TEMPLATES, Templates

ESTIMATORS = ("greedy", "beam", "hedged")


@dataclass(frozen=True)
class Node:
    """A candidate with its probability."""

    candidate: Candidate
    captions: tuple[str, ...]
    cosine: float  # of its caption embedding and the image's
    logit: float  # that entered the softmax; pooled over the regions of a country that has some
    share: float  # softmax among its siblings
    probability: float  # share x parent's probability
    children: tuple["Node", ...] = ()  # most probable first; empty where the beam did not expand it


@dataclass(frozen=True)
class Guess:
    """A leaf of the tree, ranked by the estimator."""

    rank: int
    node: Node
    path: tuple[str, ...]  # names from the root to the node


@dataclass(frozen=True)
class Prediction:
    """The whole posterior, the guesses drawn from it, and what it was computed with."""

    roots: tuple[Node, ...]
    guesses: tuple[Guess, ...]
    estimator: str
    half_mass_radius_km: float | None
    logit_scale: float
    beam_width: int
    templates: Templates
    model: str = ""
    revision: str = ""
    mark: str = ""
    notes: tuple[str, ...] = ()


def geolocate(image_embedding, outline, embed_captions, *, logit_scale, templates=DEFAULT_TEMPLATES, beam_width=5,
              estimator="beam", top_k=10, children_of=None):
    """Compute the posterior."""
    raise NotImplementedError


def leaves(prediction):
    """The leaf posterior."""
    raise NotImplementedError
