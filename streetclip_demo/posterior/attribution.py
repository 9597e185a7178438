"""What of a label's lead over its rivals each patch of a photo brought. numpy. Knows no model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.errors import QuestionError
from streetclip_demo.posterior.embedded_labels import EmbeddedLabels
from streetclip_demo.posterior.tree import Node, Siblings, softmax

LEAST = 1e-9  # weights of labels, or points, that are left out

PATH = " > "  # between the names of a place's path, where it is written


@dataclass(frozen=True)
class Attribution:
    """A label's lead over its rivals, taken apart.

    Attributes
    ----------
    path : tuple of str
        Names from the root to the label.
    rivals : tuple of str
        Its siblings' names, the likeliest first.
    lead : float
        How far its logit, as it is shown, stands above its rivals', these weighted by their shares. Patches and
        remainder sum to it.
    patches : np.ndarray, shape (rows, columns)
        What each patch of the square that the model sees added (or took, if negative), in the unit of `lead`.
    """

    path: tuple[str, ...]
    rivals: tuple[str, ...]
    lead: float
    patches: np.ndarray

    @property
    def remainder(self) -> float:
        """What belongs to no patch, in the unit of `lead`; what pooling over regions or points adds is in it."""
        return self.lead - float(self.patches.sum())

    @property
    def unattributed_share(self) -> float:
        """The remainder's size as a part of all sizes, the patches' and its own; 0 to 1."""
        sizes = float(np.abs(self.patches).sum()) + abs(self.remainder)
        return abs(self.remainder) / sizes if sizes else 0.0


@dataclass(frozen=True)
class Contest:
    """A place among its siblings.

    Attributes
    ----------
    path : tuple of str
        Names from the root to it.
    siblings : Siblings
    weights : np.ndarray, shape (n,)
        One for the place, minus one for all others together, by their shares. In the outline's order.
    """

    path: tuple[str, ...]
    siblings: Siblings
    weights: np.ndarray

    @property
    def lead(self) -> float:
        """How far its logit, as it is shown, stands above its rivals'."""
        return float(self.weights @ self.siblings.logits)

    def attribution(self, parts: np.ndarray, direction: np.ndarray) -> Attribution:
        """The lead taken apart.

        Parameters
        ----------
        parts : np.ndarray, shape (patches, d)
            Each patch's part of the image's unit embedding; patches in rows of a square.
        direction : np.ndarray, shape (d,)
            In which the lead grows, of an embedding such as the image's.
        """
        side = round(len(parts) ** 0.5)
        patches = np.vecdot(parts, direction).reshape(side, side)
        rivals = tuple(node.candidate.name for node in self.siblings if node.candidate.name != self.path[-1])
        return Attribution(self.path, rivals, self.lead, patches)


def checked_path(place: str | Sequence[str]) -> tuple[str, ...]:
    """Names from a root to a place, of a sequence of them or of "Japan > Tokyo"; QuestionError where it is neither."""
    names: Sequence[object] = place.split(PATH.strip()) if isinstance(place, str) else place
    is_row = isinstance(names, Sequence) and all(isinstance(name, str) for name in names)
    path = tuple(str(name).strip() for name in names) if is_row else ()
    if not path or not all(path):
        raise QuestionError(
            f"A place must be names from the root of the tree, as 'Japan > Tokyo'; got {place!r}."
        )
    return path


def contest(roots: Sequence[Node], path: Sequence[str]) -> Contest:
    """A place of a tree among its siblings; QuestionError if the tree has no such place."""
    siblings = roots
    for depth, name in enumerate(path, start=1):
        node = next((node for node in siblings if node.candidate.name == name), None)
        if node is None:
            near = [one for one in (node.candidate.name for node in siblings) if one.lower() == name.lower()]
            hint = f"Did you mean {near[0]!r}?" if near else "Choose a row of the tree."
            raise QuestionError(f"The answer has no place {PATH.join(path)!r}: {name!r} is not in it. {hint}")
        if depth < len(path):
            siblings = node.children
    assert isinstance(siblings, Siblings)  # as all trees are made of
    names = [siblings.labels.candidates[position].name for position in siblings.order.tolist()]
    return Contest(
        tuple(path), siblings, _weights(siblings.logits, int(siblings.order[names.index(path[-1])]))
    )


def _weights(logits: np.ndarray, chosen: int) -> np.ndarray:
    """Of logits (n,): beside a share of 1 the others' may have no digits left."""
    weights, rivals = np.ones(len(logits)), np.arange(len(logits)) != chosen
    if rivals.any():
        weights[rivals] = -softmax(logits[rivals])
    return weights


def caption_direction(
    weights: np.ndarray, known: EmbeddedLabels, image: np.ndarray, scale: float
) -> np.ndarray:
    """In which direction weighted logits of labels grow.

    Parameters
    ----------
    weights : np.ndarray, shape (n,)
    known : EmbeddedLabels
        These labels, and the regions over which some of them are pooled.
    image : np.ndarray, shape (d,)
        The image's embedding, unit length.
    scale : float
        Of cosines in a logit.

    Returns
    -------
    np.ndarray, shape (d,)
        Its product with `image` is the weighted sum of logits, but for what pooling adds.
    """
    cosines = known.embeddings.cosines(image)[known.rows]  # (n and regions,)
    spread = np.append(weights, np.zeros(len(known.rows) - len(weights)))
    for position, rows in known.regions.items():
        pooled = np.append(np.arange(rows.start, rows.stop), position)
        spread[pooled] = weights[position] * softmax(scale * cosines[pooled])
    lengths = known.embeddings.lengths
    of_rows = np.bincount(known.rows, spread / lengths[known.rows], len(lengths))
    return scale * weighted_sum(of_rows, known.embeddings.vectors)


def weighted_sum(weights: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """The sum (d,) of vectors (n, d) by weights (n,), of which hardly any counts."""
    counting = np.flatnonzero(np.abs(weights) > LEAST)
    return weights[counting] @ vectors[counting].astype(float)
