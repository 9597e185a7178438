"""What is answered: the whole posterior, the guesses drawn from it, what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from streetclip_demo.places.templates import Templates
from streetclip_demo.posterior.belief import Belief
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.temperatures import PLAIN, Temperatures
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
    manifest: Manifest = field(default_factory=Manifest)
    belief: Belief | None = None  # where points were compared, of which the tree has the sums
    temperatures: Temperatures = PLAIN  # what logits were divided by

    @property
    def model(self) -> str:
        """The title of the model that answered."""
        return self.manifest.model

    @property
    def revision(self) -> str:
        """Which weights these were."""
        return self.manifest.revision

    @property
    def mark(self) -> str:
        """A caveat that must stand on tree, map and exports; "" where there is none."""
        return self.manifest.mark

    @property
    def other_notes(self) -> tuple[str, ...]:
        """The notes without those that stand beside the list of labels already, where that is in view."""
        return tuple(note for note in self.notes if note not in self.manifest.label_notes)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of photo, labels and model."""
        return self.manifest.notes
