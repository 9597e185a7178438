"""Candidates to a tree of probabilities: scored depth by depth, as far as the beam reaches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.places.candidates import Candidate, Family
from streetclip_demo.places.templates import Templates
from streetclip_demo.posterior.embedded_labels import EmbedCaptions, EmbeddedLabels, EmbeddedLabelsCache
from streetclip_demo.posterior.temperatures import PLAIN, Temperatures
from streetclip_demo.posterior.tree import Parent, Siblings, by_probability

ChildrenOf = Callable[[Candidate], Sequence[Candidate]]


@dataclass(frozen=True)
class Scorer:
    """Gives labels their cosines and logits: one matrix product for each list of siblings.

    Of several images logits are added up, so that a softmax of theirs is the product of what each believes, divided by
    its sum; cosines are the mean.
    """

    images: np.ndarray  # (k, d)
    embed_captions: EmbedCaptions
    logit_scale: float
    templates: Templates
    cache: EmbeddedLabelsCache
    temperatures: Temperatures = PLAIN

    def score(self, families: Sequence[tuple[Sequence[Candidate], Parent]]) -> list[Siblings]:
        """Nodes of one depth; a country's logit is pooled over its regions."""
        lists = [Family.of(candidates) for candidates, _ in families]
        known = self.cache.embedded(lists, self.templates, self.embed_captions, self.images.shape[1])
        shared = {one.embeddings for one in known}
        cosines = {labels: [labels.cosines(image) for image in self.images] for labels in shared}
        return [
            self._siblings(one, [row[one.rows] for row in cosines[one.embeddings]], above)
            for one, (_, above) in zip(known, families, strict=True)
        ]

    def _siblings(self, known: EmbeddedLabels, cosines: Sequence[np.ndarray], above: Parent) -> Siblings:
        logits = [self._logits(known, row) for row in cosines]
        if len(logits) == 1:
            return Siblings(known.labels, cosines[0][: len(logits[0])], logits[0], above)
        mean = np.mean(cosines, axis=0)[: len(logits[0])]
        return Siblings(known.labels, mean, np.sum(logits, axis=0), above)

    def _logits(self, known: EmbeddedLabels, cosines: np.ndarray) -> np.ndarray:
        """Of one image (n,), from its cosines with labels and regions."""
        temperature = self.temperatures.of(candidate.level for candidate in known.labels.candidates)
        logits = self.logit_scale * cosines / temperature  # (n and regions,)
        own = logits[: len(known.labels.candidates)].copy()  # (n,)
        for position, rows in known.regions.items():
            own[position] = _log_mean_exp(np.append(logits[rows], logits[position]))
        return own


def _log_mean_exp(logits: np.ndarray) -> float:
    top = logits.max()
    return float(top + np.log(np.exp(logits - top).mean()))


def grow(
    candidates: Sequence[Candidate], scorer: Scorer, beam_width: int, children_of: ChildrenOf | None
) -> Siblings:
    """Score the tree from the roots down, as far as the beam reaches; return the roots."""
    depth = scorer.score([(candidates, Parent())])  # the siblings at one depth
    roots = depth[0]
    on_greedy_path: Siblings | None = roots  # those among whom greedy chooses
    while depth:
        average = _log_mean_exp(np.concatenate([siblings.logits for siblings in depth]))
        for siblings in depth:
            siblings.path_logits -= average
        greedy = (on_greedy_path, int(on_greedy_path.order[0])) if on_greedy_path else None
        beam = _beam(depth, greedy, beam_width)
        expanded = [(*place, below) for place in beam if (below := _children(*place, children_of))]
        if expanded:
            _prune(depth, beam)
        depth = scorer.score(
            [(children, _as_parent(siblings, position)) for siblings, position, children in expanded]
        )
        for (siblings, position, _), children in zip(expanded, depth, strict=True):
            siblings.children[position] = children
        on_greedy_path = greedy[0].children.get(greedy[1]) if greedy else None
    return roots


Place = tuple[Siblings, int]  # a node, by its position in the outline


def _children(siblings: Siblings, position: int, children_of: ChildrenOf | None) -> Sequence[Candidate]:
    candidate = siblings.labels.candidates[position]
    return candidate.children or (children_of(candidate) if children_of else ())


def _as_parent(siblings: Siblings, position: int) -> Parent:
    numbers = siblings.probabilities[position], siblings.path_logits[position]
    return Parent(siblings.path(position), *map(float, numbers))


def _prune(depth: Sequence[Siblings], beam: Sequence[Place]) -> None:
    for siblings in depth:
        siblings.pruned[:] = True
    for siblings, position in beam:
        siblings.pruned[position] = False


def _beam(depth: Sequence[Siblings], greedy: Place | None, beam_width: int) -> list[Place]:
    """The most probable nodes of one depth, most probable first; the greedy path's is always among them."""
    probabilities = np.concatenate([siblings.probabilities for siblings in depth])
    logits = np.concatenate([siblings.logits for siblings in depth])
    starts = np.cumsum([0, *map(len, depth)])
    best = by_probability(probabilities, logits, beam_width)
    which = np.searchsorted(starts, best, side="right") - 1
    beam = [(depth[number], int(index - starts[number])) for number, index in zip(which, best, strict=True)]
    if greedy is None or any(place[0] is greedy[0] and place[1] == greedy[1] for place in beam):
        return beam
    return [*beam[: beam_width - 1], greedy]
