"""What is answered: the whole posterior, the guesses drawn from it, what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from streetclip_demo.places.templates import Templates
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.tree import Node


@dataclass(frozen=True)
class Guess:
    """A leaf of the tree, ranked by the estimator."""

    rank: int  # 1-based
    node: Node
    path: tuple[str, ...]  # names from the root to the node


@dataclass(frozen=True)
class Prediction:
    """The whole posterior, the guesses drawn from it, and what it was computed with."""

    roots: Sequence[Node]  # most probable first
    guesses: tuple[Guess, ...]  # the first is the pin, if it has a point
    estimator: str
    half_mass_radius_km: float | None  # round the first guess, over all leaves that have points
    logit_scale: float
    beam_width: int
    templates: Templates
    model: str = ""
    revision: str = ""
    mark: str = ""  # a caveat that must stand on tree, map and exports
    notes: tuple[str, ...] = ()
    manifest: Manifest = field(default_factory=Manifest, compare=False)
