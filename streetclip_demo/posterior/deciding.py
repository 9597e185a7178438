"""The level that decides an answer: what headline, first row of the tree and numbers on the map are taken from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from streetclip_demo.places.candidates import count_labels
from streetclip_demo.posterior.prediction import Guess, Prediction
from streetclip_demo.posterior.tree import Node, Placed, Siblings


@dataclass(frozen=True)
class Deciding:
    """The first level with more than one label: countries, or states where all lie in one country."""

    above: tuple[str, ...]  # names of the only labels on the way to it
    nodes: Sequence[Node]  # most probable first; one where no level has more


@dataclass(frozen=True)
class Disc:
    """A label of the level that decides, with its rank there and the best place inside it."""

    rank: int  # 1-based, by probability
    path: tuple[str, ...]
    node: Node
    best: Placed | None  # where a greedy search ends in it; None where nothing lies inside


def deciding_level(roots: Sequence[Node]) -> Deciding:
    """The level that decides among some trees."""
    above: tuple[str, ...] = ()
    while len(roots) == 1 and roots[0].children:
        above, roots = (*above, roots[0].candidate.name), roots[0].children
    return Deciding(above, roots)


def temperature(prediction: Prediction) -> float:
    """What the logits of the level that decides were divided by: one where its shares are not calibrated."""
    nodes = deciding_level(prediction.roots).nodes
    return prediction.temperatures.of(node.candidate.level for node in nodes)


def first_path(prediction: Prediction) -> tuple[str, ...]:
    """Names from the root to the first row of the tree, which is the answer."""
    level = deciding_level(prediction.roots)
    return (*level.above, level.nodes[0].candidate.name)


def deciding_label(prediction: Prediction, path: Sequence[str] = ()) -> Node:
    """The label of the level that decides which a path leads to or through; the answer for any other path."""
    level = deciding_level(prediction.roots)
    depth = len(level.above)
    is_in = tuple(path[:depth]) == level.above and len(path) > depth
    found = (node for node in level.nodes if is_in and node.candidate.name == path[depth])
    return next(found, level.nodes[0])


def discs(prediction: Prediction) -> Iterator[Disc]:
    """The likeliest labels of the level that decides, as many as there are guesses; the first is the answer."""
    level = deciding_level(prediction.roots)
    for rank, node in enumerate(level.nodes[: len(prediction.guesses)], start=1):
        path = (*level.above, node.candidate.name)
        yield Disc(rank, path, node, best_inside(path, node))


def best_inside(path: tuple[str, ...], node: Node) -> Placed | None:
    """The likeliest child's likeliest child, and so on; None for a node without children."""
    if not node.children:
        return None
    while node.children:
        node = node.children[0]
        path = (*path, node.candidate.name)
    return path, node


def pin(prediction: Prediction) -> Placed:
    """The best place of the first disc, which is that disc where nothing lies inside."""
    path, first = first_path(prediction), deciding_level(prediction.roots).nodes[0]
    return best_inside(path, first) or (path, first)


def second_pin(prediction: Prediction) -> Guess | None:
    """The estimator's best guess where that is another place than the first pin."""
    best = prediction.guesses[0] if prediction.guesses else None
    return None if best is None or (best.path, best.node) == pin(prediction) else best


def list_length(roots: Sequence[Node]) -> int:
    """How many labels the list has that was asked with, at all its depths; cities that were added do not count."""
    if isinstance(roots, Siblings):  # of which none is made for that
        return count_labels(roots.labels.candidates)
    return count_labels(node.candidate for node in roots)
