"""Where the ends of a tree of candidates lie, once all that may be opened is: what an answer can be at best."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from streetclip_demo.places.candidates import Candidate

ChildrenOf = Callable[[Candidate], Sequence[Candidate]]


def leaf_points(roots: Sequence[Candidate], children_of: ChildrenOf | None) -> dict[str, np.ndarray]:
    """Country's code -> points (m, 2) of the leaves in it, as (latitude, longitude) in degrees."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for leaf in _leaves(roots, children_of):
        if leaf.place is not None and leaf.point is not None:
            found[leaf.place.country].append(leaf.point)
    return {code: np.array(points) for code, points in found.items()}


def _leaves(candidates: Sequence[Candidate], children_of: ChildrenOf | None) -> Iterator[Candidate]:
    for candidate in candidates:
        below = candidate.children or (children_of(candidate) if children_of else ())
        if below:
            yield from _leaves(below, children_of)
        else:
            yield candidate
