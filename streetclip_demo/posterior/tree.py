"""The tree of candidates with its numbers: nodes, the siblings that share a parent, the one way through them."""

import functools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from streetclip_demo.places.candidates import Candidate
from streetclip_demo.places.gazetteer import Place
from streetclip_demo.posterior.embedded_labels import Labels


@dataclass(frozen=True)
class Node:
    """A candidate with its probability."""

    candidate: Candidate
    captions: tuple[str, ...]
    cosine: float  # of its caption embedding and the image's
    logit: float  # that entered the softmax; pooled over the regions of a country that has some
    share: float  # softmax among its siblings
    probability: float  # share x parent's probability
    children: Sequence["Node"] = ()  # most probable first; empty where the beam did not expand it


@dataclass(frozen=True)
class Parent:
    """What siblings take over from above."""

    path: tuple[str, ...] = ()
    probability: float = 1.0
    path_logit: float = 0.0


class Siblings(Sequence[Node]):
    """The nodes below one parent, most probable first; each is made when it is looked at, and then kept.

    So a list of 34,000 labels of which a page shows twenty costs some arrays and twenty nodes. Where
    probabilities have run out of digits the logit decides, then the order in the outline.
    """

    def __init__(self, labels: Labels, cosines: np.ndarray, logits: np.ndarray, above: "Parent"):
        self.labels = labels  # all that follows is in the outline's order
        self.parent_path = above.path
        self.cosines = cosines  # (n,)
        self.logits = logits  # (n,)
        self.shares = softmax(logits)  # (n,)
        self.probabilities = self.shares * above.probability  # (n,)
        self.path_logits = (
            logits + above.path_logit
        )  # (n,); `scoring.grow` makes them relative to their depth's average
        self.pruned = np.zeros(len(logits), bool)  # others of the depth were expanded and this one was not
        self.children: dict[int, Siblings] = {}  # by position in the outline
        self._nodes: dict[int, Node] = {}

    def __len__(self) -> int:
        return len(self.logits)

    @overload
    def __getitem__(self, rank: int) -> Node: ...
    @overload
    def __getitem__(self, rank: slice) -> tuple[Node, ...]: ...
    def __getitem__(self, rank: int | slice) -> Node | tuple[Node, ...]:
        if isinstance(rank, slice):
            return tuple(map(self.node, self.order[rank].tolist()))
        return self.node(int(self.order[rank]))

    def __iter__(self) -> Iterator[Node]:
        return map(self.node, self.order.tolist())

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def node(self, position: int) -> Node:
        """The node at a position in the outline, always the same one."""
        if position not in self._nodes:
            node = Node(
                self.labels.candidates[position],
                self.labels.captions[position],
                float(self.cosines[position]),
                float(self.logits[position]),
                float(self.shares[position]),
                float(self.probabilities[position]),
                self.children.get(position, ()),
            )
            self._nodes.setdefault(position, node)  # another thread may have been faster
        return self._nodes[position]

    def path(self, position: int) -> tuple[str, ...]:
        """Names from the root to the node at a position in the outline."""
        return (*self.parent_path, self.labels.candidates[position].name)

    def all_labels(self) -> Iterator[Labels]:
        """The labels of these nodes, and of all below them."""
        yield self.labels
        for children in self.children.values():
            yield from children.all_labels()

    @functools.cached_property
    def order(self) -> np.ndarray:
        """Positions in the outline (n,), most probable first."""
        # but for rounding this is the order already, and sorting it again is quick
        near = np.argsort(-self.logits, kind="stable")
        return near[by_probability(self.probabilities[near], self.logits[near])]


Placed = tuple[tuple[str, ...], Node]  # names from the root to a node, and the node


def walk(nodes: Sequence[Node], above: tuple[str, ...] = ()) -> Iterator[Placed]:
    """Each node of some trees with its path: parents first, the most probable branch first."""
    for node in nodes:
        path = (*above, node.candidate.name)
        yield path, node
        yield from walk(node.children, path)


def leaves(roots: Sequence[Node]) -> list[Placed]:
    """The leaf posterior: each node without children, most probable first; it sums to 1."""
    found = [(path, node) for path, node in walk(roots) if not node.children]
    return sorted(found, key=_probability)


def leaf_shares(roots: Sequence[Node], above: Place | None = None) -> Iterator[tuple[Place | None, float]]:
    """The probability of each label without children, with its place or, if it has none, that of what it lies in.

    Of Siblings no node is made for that.
    """
    if not isinstance(roots, Siblings):
        for node in roots:
            place = node.candidate.place or above
            yield from leaf_shares(node.children, place) if node.children else ((place, node.probability),)
        return
    for position, probability in enumerate(roots.probabilities.tolist()):
        place, below = roots.labels.candidates[position].place or above, roots.children.get(position)
        yield from ((place, probability),) if below is None else leaf_shares(below, place)


def by_level(roots: Sequence[Node]) -> dict[str, list[Placed]]:
    """Level ("country", "region", "city", "label") to its nodes, whatever lies above, most probable first."""
    levels = defaultdict(list)
    for path, node in walk(roots):
        levels[node.candidate.level].append((path, node))
    return {level: sorted(nodes, key=_probability) for level, nodes in levels.items()}


def _probability(placed: Placed) -> float:
    return -placed[1].probability


def probability_from(rank: int, nodes: Sequence[Node]) -> float:
    """What the nodes from a rank on have together; of Siblings none is made for that."""
    if isinstance(nodes, Siblings):
        return float(nodes.probabilities[nodes.order[rank:]].sum())
    return sum(node.probability for node in nodes[rank:])


def softmax(logits: np.ndarray) -> np.ndarray:
    """Shares (n,) that sum to 1, of logits (n,)."""
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def by_probability(probabilities: np.ndarray, logits: np.ndarray, count: int | None = None) -> np.ndarray:
    """Indices of the most probable; where probabilities have run out of digits, by the logit, then as listed."""
    if count is None or count >= len(probabilities):
        return np.lexsort((-logits, -probabilities))
    least = np.partition(probabilities, -count)[-count]
    kept = np.flatnonzero(probabilities >= least)
    return kept[np.lexsort((-logits[kept], -probabilities[kept]))][:count]
