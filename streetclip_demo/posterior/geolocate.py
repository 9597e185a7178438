"""From embeddings to a posterior over the tree of candidates, and from that to guesses. Knows no model."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from streetclip_demo.places.candidates import Candidate, Outline
from streetclip_demo.places.geo import great_circle_km, half_mass_radius_km
from streetclip_demo.places.templates import DEFAULT_TEMPLATES, Templates
from streetclip_demo.posterior.label_memory import EmbedCaptions, EmbeddedLabels, LabelMemory, Labels, unit
from streetclip_demo.posterior.manifest import Manifest

ESTIMATORS = ("greedy", "beam", "hedged")
HEDGED_BLOCK = 2_000_000  # distances computed at once: 16 MB
HEDGED_REST = 1e-9  # posterior mass that may be left out of an expected distance: at most 0.02 m of it

ChildrenOf = Callable[[Candidate], Sequence[Candidate]]


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
    def notes(self) -> tuple[str, ...]:
        """What a person should know of photo, labels and model."""
        return self.manifest.notes


class Siblings(Sequence[Node]):
    """The nodes below one parent, most probable first; each is made when it is looked at, and then kept.

    So a list of 34,000 labels of which a page shows twenty costs some arrays and twenty nodes. Where
    probabilities have run out of digits the logit decides, then the order in the outline.
    """

    def __init__(self, labels: Labels, cosines: np.ndarray, logits: np.ndarray, above: "_Parent"):
        self.labels = labels  # all that follows is in the outline's order
        self.parent_path = above.path
        self.cosines = cosines  # (n,)
        self.logits = logits  # (n,)
        self.shares = _softmax(logits)  # (n,)
        self.probabilities = self.shares * above.probability  # (n,)
        self.path_logits = (
            logits + above.path_logit
        )  # (n,); `_grow` makes them relative to their depth's average
        self.pruned = np.zeros(len(logits), bool)  # others of the depth were expanded and this one was not
        self.children: dict[int, Siblings] = {}  # by position in the outline
        self._nodes: dict[int, Node] = {}

    def __len__(self) -> int:
        return len(self.logits)

    def __getitem__(self, rank: int | slice) -> Node | tuple[Node, ...]:
        if isinstance(rank, slice):
            return tuple(map(self.node, self._order[rank].tolist()))
        return self.node(int(self._order[rank]))

    def __iter__(self) -> Iterator[Node]:
        return map(self.node, self._order.tolist())

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def node(self, position: int) -> Node:
        """The node at a position in the outline, always the same one."""
        if position not in self._nodes:
            numbers = (self.cosines, self.logits, self.shares, self.probabilities)
            node = Node(
                self.labels.candidates[position],
                self.labels.captions[position],
                *(float(array[position]) for array in numbers),
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
    def by_logit(self) -> np.ndarray:
        """Positions in the outline (n,), largest logit first."""
        return np.argsort(-self.logits, kind="stable")

    @functools.cached_property
    def _order(self) -> np.ndarray:
        near = self.by_logit  # but for rounding this is the order already, and sorting it again is quick
        return near[_by_probability(self.probabilities[near], self.logits[near])]


def probability_from(rank: int, nodes: Sequence[Node]) -> float:
    """What the nodes from a rank on have together; of Siblings none is made for that."""
    if isinstance(nodes, Siblings):
        return float(nodes.probabilities[nodes._order[rank:]].sum())
    return sum(node.probability for node in nodes[rank:])


ManifestOf = Callable[[Siblings, tuple[Guess, ...]], Manifest]


@dataclass(frozen=True)
class _Parent:
    """What siblings take over from above."""

    path: tuple[str, ...] = ()
    probability: float = 1.0
    path_logit: float = 0.0


def geolocate(
    image_embedding: np.ndarray,
    outline: Outline,
    embed_captions: EmbedCaptions,
    *,
    logit_scale: float,
    templates: Templates = DEFAULT_TEMPLATES,
    beam_width: int = 5,
    estimator: str = "beam",
    top_k: int = 10,
    children_of: ChildrenOf | None = None,
    memory: LabelMemory | None = None,
    manifest: ManifestOf | None = None,
) -> Prediction:
    """Spread the belief over a tree of candidates, and rank its leaves.

    Softmax over the roots; softmax over the children of each node in the beam; a node's probability is its
    share times its parent's, so that children sum to their parent and roots to 1. At each depth the beam
    holds the `beam_width` most probable nodes, always with the one that a greedy search would take.

    Parameters
    ----------
    image_embedding : np.ndarray, shape (d,)
        Of any length but zero.
    outline : Outline
    embed_captions : callable
        list of n captions -> np.ndarray, shape (n, d). Called at most once for each depth of the tree.
    logit_scale : float
        The checkpoint's, already exponentiated; logit = logit_scale x cosine.
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
    children_of : callable, optional
        Gives children to nodes of the beam that have none in the outline.
    memory : LabelMemory, optional
        Keeps what `embed_captions` gave, for the next call with the same lists of labels.
    manifest : callable, optional
        (roots, guesses) -> Manifest: what the prediction is to carry, with `notes_on` its roots among the notes.

    Returns
    -------
    Prediction

    Raises
    ------
    ValueError
        If an embedding is zero or not finite, or a setting is out of its range.

    Notes
    -----
    A country with regions in the outline has the log-mean-exp of its own logit and its regions'.
    """
    _check(outline, logit_scale, beam_width, estimator, top_k)
    image = np.asarray(image_embedding, dtype=np.float64)  # (d,)
    image = unit(image.reshape(1, -1), "The image embedding")[0]
    scorer = _Scorer(image, embed_captions, float(logit_scale), templates, memory or LabelMemory())
    roots = _grow(outline.roots, scorer, beam_width, children_of)
    found = _Leaves(roots)
    order = found.ranked(estimator)
    best = [found.place(index) for index in order[:top_k]]
    guesses = tuple(
        Guess(rank, siblings.node(position), siblings.path(position))
        for rank, (siblings, position) in enumerate(best, start=1)
    )
    return Prediction(
        roots=roots,
        guesses=guesses,
        estimator=estimator,
        half_mass_radius_km=found.half_mass_radius_km(order[0]),
        logit_scale=float(logit_scale),
        beam_width=beam_width,
        templates=templates,
        manifest=manifest(roots, guesses) if manifest else Manifest(notes=notes_on(roots)),
    )


def leaves(prediction: Prediction) -> list[tuple[tuple[str, ...], Node]]:
    """The leaf posterior: (path, node) of each node without children, most probable first; it sums to 1."""
    found = [leaf for root in prediction.roots for leaf in _leaves_below(root, ())]
    return sorted(found, key=lambda leaf: -leaf[1].probability)


def _leaves_below(node: Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    path = (*path, node.candidate.name)
    if not node.children:
        yield path, node
    for child in node.children:
        yield from _leaves_below(child, path)


def _check(outline: Outline, logit_scale: float, beam_width: int, estimator: str, top_k: int) -> None:
    if not outline.roots:
        raise ValueError("An outline needs at least one label, got none.")
    if not (np.isfinite(logit_scale) and logit_scale > 0):
        raise ValueError(f"logit_scale must be a positive number, got {logit_scale}.")
    if beam_width < 1 or top_k < 1:
        raise ValueError(f"beam_width and top_k must be at least 1, got {beam_width} and {top_k}.")
    if estimator not in ESTIMATORS:
        raise ValueError(f"The estimator must be one of {', '.join(ESTIMATORS)}, got {estimator!r}.")


# Scoring


@dataclass(frozen=True)
class _Scorer:
    """Gives labels their cosines and logits: one matrix product for each list of siblings."""

    image: np.ndarray  # (d,)
    embed_captions: EmbedCaptions
    logit_scale: float
    templates: Templates
    memory: LabelMemory

    def score(self, families: Sequence[tuple[Sequence[Candidate], _Parent]]) -> list[Siblings]:
        """Nodes of one depth; a country's logit is pooled over its regions."""
        lists = [tuple(candidates) for candidates, _ in families]
        known = self.memory.embedded(lists, self.templates, self.embed_captions, self.image.size)
        cosines = {shared: shared.cosines(self.image) for shared in {one.embeddings for one in known}}
        return [
            self._siblings(one, cosines[one.embeddings][one.rows], above)
            for one, (_, above) in zip(known, families, strict=True)
        ]

    def _siblings(self, known: EmbeddedLabels, cosines: np.ndarray, above: _Parent) -> Siblings:
        logits = self.logit_scale * cosines  # (n and regions,)
        own = logits[: len(known.labels.candidates)].copy()  # (n,)
        for position, rows in known.regions.items():
            own[position] = _log_mean_exp(np.append(logits[rows], logits[position]))
        return Siblings(known.labels, cosines[: len(own)], own, above)


def _softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def _log_mean_exp(logits: np.ndarray) -> float:
    top = logits.max()
    return float(top + np.log(np.exp(logits - top).mean()))


def notes_on(roots: Siblings) -> tuple[str, ...]:
    """What a person should know of how captions were made for these labels, and all below them."""
    names = dict.fromkeys(name for labels in roots.all_labels() for name in labels.filled_otherwise)
    if not names:
        return ()
    first, count = next(iter(names)), len(names)
    which = repr(first) if count == 1 else f"{first!r} and {count - 1} more labels"
    return (f"A template asks for a field that {which} cannot fill; another template is used there.",)


# Growing the tree


def _grow(
    candidates: Sequence[Candidate], scorer: _Scorer, beam_width: int, children_of: ChildrenOf | None
) -> Siblings:
    """Score the tree from the roots down, as far as the beam reaches; return the roots."""
    depth = scorer.score([(candidates, _Parent())])  # the siblings at one depth
    roots = on_greedy_path = depth[0]  # those among whom greedy chooses
    while depth:
        average = _log_mean_exp(np.concatenate([siblings.logits for siblings in depth]))
        for siblings in depth:
            siblings.path_logits -= average
        greedy = (on_greedy_path, int(on_greedy_path.logits.argmax())) if on_greedy_path else None
        beam = _beam(depth, greedy, beam_width)
        expanded = [(*place, children) for place in beam if (children := _children(*place, children_of))]
        if expanded:
            _prune(depth, beam)
        depth = scorer.score(
            [(children, _as_parent(siblings, position)) for siblings, position, children in expanded]
        )
        for (siblings, position, _), children in zip(expanded, depth, strict=True):
            siblings.children[position] = children
        on_greedy_path = greedy[0].children.get(greedy[1]) if greedy else None
    return roots


_Place = tuple[Siblings, int]  # a node, by its position in the outline


def _children(siblings: Siblings, position: int, children_of: ChildrenOf | None) -> Sequence[Candidate]:
    candidate = siblings.labels.candidates[position]
    return candidate.children or (children_of(candidate) if children_of else ())


def _as_parent(siblings: Siblings, position: int) -> _Parent:
    numbers = siblings.probabilities[position], siblings.path_logits[position]
    return _Parent(siblings.path(position), *map(float, numbers))


def _prune(depth: Sequence[Siblings], beam: Sequence[_Place]) -> None:
    for siblings in depth:
        siblings.pruned[:] = True
    for siblings, position in beam:
        siblings.pruned[position] = False


def _beam(depth: Sequence[Siblings], greedy: _Place | None, beam_width: int) -> list[_Place]:
    """The most probable nodes of one depth, most probable first; the greedy path's is always among them."""
    probabilities = np.concatenate([siblings.probabilities for siblings in depth])
    logits = np.concatenate([siblings.logits for siblings in depth])
    starts = np.cumsum([0, *map(len, depth)])
    best = _by_probability(probabilities, logits, beam_width)
    which = np.searchsorted(starts, best, side="right") - 1
    beam = [(depth[number], int(index - starts[number])) for number, index in zip(which, best, strict=True)]
    if greedy is None or any(place[0] is greedy[0] and place[1] == greedy[1] for place in beam):
        return beam
    return [*beam[: beam_width - 1], greedy]


def _by_probability(probabilities: np.ndarray, logits: np.ndarray, count: int | None = None) -> np.ndarray:
    """Indices of the most probable; where probabilities have run out of digits, by the logit, then as listed."""
    if count is None or count >= len(probabilities):
        return np.lexsort((-logits, -probabilities))
    least = np.partition(probabilities, -count)[-count]
    kept = np.flatnonzero(probabilities >= least)
    return kept[np.lexsort((-logits[kept], -probabilities[kept]))][:count]


# Guesses


class _Leaves:
    """All leaves as arrays, in the order of a greedy search."""

    def __init__(self, roots: Siblings):
        self._runs = list(_greedy_order(roots))
        self._starts = np.cumsum([0, *(len(positions) for _, positions in self._runs)])
        self._probabilities = self._all(lambda siblings: siblings.probabilities)
        self._points = self._all(lambda siblings: siblings.labels.points)  # (n, 2)
        self._is_placed = ~np.isnan(self._points[:, 0])

    def place(self, index: int) -> _Place:
        run = np.searchsorted(self._starts, index, side="right") - 1
        siblings, positions = self._runs[run]
        return siblings, int(positions[index - self._starts[run]])

    def ranked(self, estimator: str) -> np.ndarray:
        """Indices of all leaves, best first."""
        if estimator == "greedy":
            return np.arange(len(self._probabilities))
        ranked = _by_probability(self._probabilities, self._all(lambda siblings: siblings.logits))
        if estimator == "hedged":
            return self._hedged(ranked)
        pruned = self._all(lambda siblings: siblings.pruned)[ranked]
        path_logits = self._all(lambda siblings: siblings.path_logits)[ranked]
        return ranked[np.lexsort((np.where(pruned, 0.0, -path_logits), pruned))]

    def half_mass_radius_km(self, pin: int) -> float | None:
        """Radius of the circle round a leaf that holds half of the belief in all leaves that have points."""
        weights = self._probabilities[self._is_placed]
        if not self._is_placed[pin] or not weights.sum() > 0:
            return None
        return half_mass_radius_km(self._points[pin], self._points[self._is_placed], weights)

    def _hedged(self, ranked: np.ndarray) -> np.ndarray:
        """Leaves by the expected distance to them, least first; those without a point last."""
        is_placed = self._is_placed[ranked]
        placed = ranked[is_placed]
        if self._probabilities[placed].sum() == 0:  # none has a point, or only hopeless ones
            return ranked
        expected_km = _expected_km(self._points[placed], self._probabilities[placed])
        return np.concatenate([placed[np.argsort(expected_km, kind="stable")], ranked[~is_placed]])

    def _all(self, of: Callable[[Siblings], np.ndarray]) -> np.ndarray:
        return np.concatenate([of(siblings)[positions] for siblings, positions in self._runs])


def _greedy_order(siblings: Siblings) -> Iterator[tuple[Siblings, np.ndarray]]:
    """Leaves below some siblings, by position: all of the best one's first, and so on at each depth."""
    order, start = siblings.by_logit, 0
    expanded = np.flatnonzero(np.isin(order, list(siblings.children))) if siblings.children else ()
    for rank in expanded:
        yield siblings, order[start:rank]
        yield from _greedy_order(siblings.children[order[rank]])
        start = rank + 1
    yield siblings, order[start:]


def _expected_km(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean distance from each point (n, 2) to all of them, by weights (n,) that fall; shape (n,)."""
    enough = int(np.searchsorted(np.cumsum(weights), weights.sum() * (1 - HEDGED_REST))) + 1
    targets, weights = points[:enough], weights[:enough]
    rows = max(1, HEDGED_BLOCK // len(targets))
    blocks = [
        great_circle_km(points[start : start + rows, None], targets[None]) @ weights
        for start in range(0, len(points), rows)
    ]
    return np.concatenate(blocks) / weights.sum()
