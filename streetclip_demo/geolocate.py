"""From embeddings to a posterior over the tree of candidates, and from that to guesses. Knows no model."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from streetclip_demo.candidates import Candidate, Outline
from streetclip_demo.geo import great_circle_km, half_mass_radius_km
from streetclip_demo.prompts import DEFAULT_TEMPLATES, Templates, captions, unfilled

ESTIMATORS = ("greedy", "beam", "hedged")
REMEMBERED_LABELS = 100_000  # whose captions need not be put together again: some 20 MB
HEDGED_BLOCK = 2_000_000  # distances computed at once: 16 MB
HEDGED_REST = 1e-9  # posterior mass that may be left out of an expected distance: at most 0.02 m of it

EmbedCaptions = Callable[[list[str]], np.ndarray]
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
    children: tuple["Node", ...] = ()  # most probable first; empty where the beam did not expand it


@dataclass(frozen=True)
class Guess:
    """A leaf of the tree, ranked by the estimator."""

    rank: int  # 1-based
    node: Node
    path: tuple[str, ...]  # names from the root to the node


@dataclass(frozen=True)
class Prediction:
    """The whole posterior, the guesses drawn from it, and what it was computed with."""

    roots: tuple[Node, ...]  # most probable first
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


@dataclass(eq=False)
class _Draft:
    """A node while the tree grows."""

    candidate: Candidate
    parent: "_Draft | None"
    captions: tuple[str, ...]
    cosine: float = 0.0
    logit: float = 0.0
    share: float = 0.0
    probability: float = 0.0
    path_logit: float = 0.0  # sum of the logits from the root, each relative to the average of its depth
    pruned: bool = False  # others of its depth were expanded and this one was not
    children: list["_Draft"] = field(default_factory=list)

    @property
    def path(self) -> tuple[str, ...]:
        return (*(self.parent.path if self.parent else ()), self.candidate.name)


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
        list of n captions -> np.ndarray, shape (n, d). Called once for each depth of the tree.
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
    image = _unit(image.reshape(1, -1), "The image embedding")[0]
    scorer = _Scorer(image, embed_captions, float(logit_scale), templates)
    roots = _grow(outline.roots, scorer, beam_width, children_of)
    ranked = _rank(roots, estimator)
    nodes: dict[int, Node] = {}
    frozen = tuple(_freeze(root, nodes) for root in _by_probability(roots))
    best = enumerate(ranked[:top_k], start=1)
    return Prediction(
        roots=frozen,
        guesses=tuple(Guess(rank, nodes[id(leaf)], leaf.path) for rank, leaf in best),
        estimator=estimator,
        half_mass_radius_km=_half_mass_radius_km(ranked),
        logit_scale=float(logit_scale),
        beam_width=beam_width,
        templates=templates,
        notes=scorer.notes(),
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


class _Scorer:
    """Gives labels their cosines: one call of the text encoder and one matrix product at a time."""

    def __init__(
        self, image: np.ndarray, embed_captions: EmbedCaptions, logit_scale: float, templates: Templates
    ):
        self.image = image  # (d,)
        self.embed_captions = embed_captions
        self.logit_scale = logit_scale
        self.templates = templates
        self.filled_otherwise: dict[str, None] = {}  # names, in order

    def drafts(self, candidates: Sequence[Candidate], parent: _Draft | None) -> list[_Draft]:
        """Nodes for siblings, not scored yet."""
        return [_Draft(candidate, parent, self._captions(candidate)) for candidate in candidates]

    def score(self, drafts: Sequence[_Draft]) -> None:
        """Fill in cosine and logit; a country's logit is pooled over its regions."""
        regions = [self.drafts(_regions(draft.candidate), None) for draft in drafts]
        self._cosines([*drafts, *(region for group in regions for region in group)])
        for draft, group in zip(drafts, regions, strict=True):
            draft.logit = self.logit_scale * draft.cosine
            if group:
                cosines = np.array([draft.cosine, *(region.cosine for region in group)])
                draft.logit = float(_log_mean_exp(self.logit_scale * cosines))

    def notes(self) -> tuple[str, ...]:
        if not self.filled_otherwise:
            return ()
        first, count = next(iter(self.filled_otherwise)), len(self.filled_otherwise)
        which = repr(first) if count == 1 else f"{first!r} and {count - 1} more labels"
        return (f"A template asks for a field that {which} cannot fill; another template is used there.",)

    def _captions(self, candidate: Candidate) -> tuple[str, ...]:
        place = (candidate.name, candidate.country, candidate.region)
        filled, is_whole = _filled(self.templates, candidate.level, *place)
        if not is_whole:
            self.filled_otherwise[candidate.name] = None
        return filled

    def _cosines(self, drafts: Sequence[_Draft]) -> None:
        index = dict.fromkeys(caption for draft in drafts for caption in draft.captions)
        index = {caption: row for row, caption in enumerate(index)}
        embeddings = np.asarray(self.embed_captions(list(index)))  # (n, d)
        expected = (len(index), self.image.size)
        if embeddings.shape != expected:
            raise ValueError(f"Caption embeddings must have the shape {expected}, got {embeddings.shape}.")
        lengths = _lengths(embeddings, "A caption embedding")  # (n, 1)
        if any(len(draft.captions) > 1 for draft in drafts):
            embeddings = embeddings / lengths
            groups = ([index[caption] for caption in draft.captions] for draft in drafts)
            means = np.array([embeddings[group].mean(axis=0) for group in groups])  # (labels, d)
            embeddings = _unit(means, "The mean of a label's caption embeddings")
            lengths = np.ones((len(means), 1))
            rows = range(len(drafts))
        else:
            rows = [index[draft.captions[0]] for draft in drafts]
        image = self.image.astype(embeddings.dtype)  # so that thousands of embeddings need not be copied
        cosines = (embeddings @ image / lengths[:, 0]).tolist()  # (n,)
        for draft, row in zip(drafts, rows, strict=True):
            draft.cosine = cosines[row]


@functools.lru_cache(maxsize=REMEMBERED_LABELS)
def _filled(
    templates: Templates, level: str, name: str, country: str, region: str
) -> tuple[tuple[str, ...], bool]:
    """A label's captions, and whether each template could be filled."""
    known = {"country": country, "region": region, "name": name, level: name}
    return captions(templates, level, known), not unfilled(templates, level, known)


def _regions(candidate: Candidate) -> list[Candidate]:
    if candidate.level != "country":
        return []
    return [child for child in candidate.children if child.level == "region"]


def _unit(vectors: np.ndarray, what: str) -> np.ndarray:
    """Vectors (n, d) at unit length."""
    return vectors / _lengths(vectors, what)


def _lengths(vectors: np.ndarray, what: str) -> np.ndarray:
    """Lengths (n, 1) of vectors (n, d)."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))[:, None]
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise ValueError(f"{what} is zero or not finite; the model or its cache is damaged.")
    return lengths


def _softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def _log_mean_exp(logits: np.ndarray) -> float:
    top = logits.max()
    return top + np.log(np.exp(logits - top).mean())


# Growing the tree


def _grow(candidates: Sequence[Candidate], scorer: _Scorer, beam_width: int, children_of: ChildrenOf | None):
    """Score the tree from the roots down, as far as the beam reaches; return the roots."""
    roots = scorer.drafts(candidates, None)
    groups, on_greedy_path = [roots], roots  # the siblings at one depth; those among whom greedy chooses
    while groups:
        drafts = [draft for group in groups for draft in group]
        scorer.score(drafts)
        for group in groups:
            _share(group)
        _add_path_logits(drafts)
        greedy = max(on_greedy_path, key=lambda draft: draft.logit, default=None)
        beam = _beam(drafts, greedy, beam_width)
        for draft in beam:
            children = draft.candidate.children or (children_of(draft.candidate) if children_of else ())
            draft.children = scorer.drafts(children, draft)
        groups = [draft.children for draft in beam if draft.children]
        on_greedy_path = greedy.children if greedy else []
        if groups:
            in_beam = set(map(id, beam))
            for draft in drafts:
                draft.pruned = id(draft) not in in_beam
    return roots


def _share(siblings: Sequence[_Draft]) -> None:
    shares = _softmax(np.array([draft.logit for draft in siblings])).tolist()
    above = siblings[0].parent.probability if siblings[0].parent else 1.0
    for draft, share in zip(siblings, shares, strict=True):
        draft.share, draft.probability = share, share * above


def _add_path_logits(drafts: Sequence[_Draft]) -> None:
    average = float(_log_mean_exp(np.array([draft.logit for draft in drafts])))
    for draft in drafts:
        draft.path_logit = draft.logit - average + (draft.parent.path_logit if draft.parent else 0.0)


def _beam(drafts: Sequence[_Draft], greedy: _Draft | None, beam_width: int) -> list[_Draft]:
    """The most probable nodes of one depth, most probable first; the greedy path's is always among them."""
    ranked = _by_probability(drafts)
    if greedy is None or any(draft is greedy for draft in ranked[:beam_width]):
        return ranked[:beam_width]
    return [*ranked[: beam_width - 1], greedy]


def _by_probability(drafts: Sequence[_Draft]) -> list[_Draft]:
    """Most probable first; where probabilities have run out of digits, by the logit, then as listed."""
    return sorted(drafts, key=lambda draft: (-draft.probability, -draft.logit))


def _freeze(draft: _Draft, nodes: dict[int, Node]) -> Node:
    children = tuple(_freeze(child, nodes) for child in _by_probability(draft.children))
    node = Node(
        draft.candidate, draft.captions, draft.cosine, draft.logit, draft.share, draft.probability, children
    )
    nodes[id(draft)] = node
    return node


# Guesses


def _rank(roots: Sequence[_Draft], estimator: str) -> list[_Draft]:
    """All leaves, best first."""
    ranked = list(_greedy_order(roots))
    if estimator == "greedy":
        return ranked
    ranked = _by_probability(ranked)
    if estimator == "beam":
        return sorted(ranked, key=lambda leaf: (leaf.pruned, 0.0 if leaf.pruned else -leaf.path_logit))
    return _hedged_order(ranked)


def _greedy_order(siblings: Sequence[_Draft]) -> Iterator[_Draft]:
    """Leaves below some siblings: all of the best one's first, and so on at each depth."""
    for draft in sorted(siblings, key=lambda draft: -draft.logit):
        if draft.children:
            yield from _greedy_order(draft.children)
        else:
            yield draft


def _hedged_order(in_order: Sequence[_Draft]) -> list[_Draft]:
    """Leaves by the expected distance to them, least first; those without a point last."""
    placed = [leaf for leaf in in_order if leaf.candidate.point is not None]
    if sum(leaf.probability for leaf in placed) == 0:  # none has a point, or only hopeless ones
        return list(in_order)
    points = np.array([leaf.candidate.point for leaf in placed], dtype=float)  # (n, 2)
    weights = np.array([leaf.probability for leaf in placed])  # (n,), falling
    expected_km = _expected_km(points, weights)
    order = np.argsort(expected_km, kind="stable")
    return [placed[index] for index in order] + [leaf for leaf in in_order if leaf.candidate.point is None]


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


def _half_mass_radius_km(ranked: Sequence[_Draft]) -> float | None:
    centre = ranked[0].candidate.point
    placed = [leaf for leaf in ranked if leaf.candidate.point is not None]
    points = np.array([leaf.candidate.point for leaf in placed], dtype=float)  # (n, 2)
    weights = np.array([leaf.probability for leaf in placed])  # (n,)
    if centre is None or not weights.sum() > 0:
        return None
    return half_mass_radius_km(centre, points, weights)
