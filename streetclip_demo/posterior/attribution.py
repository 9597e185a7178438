"""What of a label's lead over its rivals each patch of a photo brought. numpy. Knows no model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.errors import QuestionError
from streetclip_demo.posterior.embedded_labels import EmbedCaptions, unit
from streetclip_demo.posterior.tree import Node


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
        How far its logit stands above its rivals', these weighted by their shares; of labels' own captions. Patches
        and remainder sum to it.
    patches : np.ndarray, shape (rows, columns)
        What each patch of the square that the model sees added (or took, if negative), in the unit of `lead`.
    """

    path: tuple[str, ...]
    rivals: tuple[str, ...]
    lead: float
    patches: np.ndarray

    @property
    def remainder(self) -> float:
        """What belongs to no patch, in the unit of `lead`."""
        return self.lead - float(self.patches.sum())

    @property
    def unattributed_share(self) -> float:
        """The remainder's size as a part of all sizes, the patches' and its own; 0 to 1."""
        sizes = float(np.abs(self.patches).sum()) + abs(self.remainder)
        return abs(self.remainder) / sizes if sizes else 0.0


def siblings_of(roots: Sequence[Node], path: Sequence[str]) -> Sequence[Node]:
    """The siblings among which a place is; QuestionError if the tree has no such place."""
    siblings = roots
    for depth, name in enumerate(path, start=1):
        node = next((node for node in siblings if node.candidate.name == name), None)
        if node is None:
            raise QuestionError(
                f"The answer has no place {' > '.join(path)!r}: {name!r} is not in it. Choose a row of the tree."
            )
        if depth < len(path):
            siblings = node.children
    return siblings


def attribute(
    path: Sequence[str],
    siblings: Sequence[Node],
    parts: np.ndarray,
    image: np.ndarray,
    logit_scale: float,
    embed_captions: EmbedCaptions,
) -> Attribution:
    """Take the lead of one of some siblings apart.

    Parameters
    ----------
    path : sequence of str
        Names from the root to the label, which is the one of the siblings that has the last of them.
    siblings : sequence of Node
    parts : np.ndarray, shape (patches, d)
        Each patch's part of the image's unit embedding; patches in rows of a square.
    image : np.ndarray, shape (d,)
        That embedding.
    logit_scale : float
    embed_captions : callable
        list of n captions -> np.ndarray, shape (n, d).
    """
    nodes = list(siblings)
    chosen = next(node for node in nodes if node.candidate.name == path[-1])
    rivals = [node for node in nodes if node is not chosen]
    direction = logit_scale * _direction(chosen, rivals, embed_captions)  # (d,)
    side = round(len(parts) ** 0.5)
    return Attribution(
        tuple(path),
        tuple(node.candidate.name for node in rivals),
        float(np.vecdot(image, direction)),
        np.vecdot(parts, direction).reshape(side, side),
    )


def _direction(chosen: Node, rivals: Sequence[Node], embed_captions: EmbedCaptions) -> np.ndarray:
    """A label's embedding less its rivals', weighted by their shares (d,): the way in which its share grows most.

    Of one label alone it is that label's own.
    """
    label = _label_embeddings([chosen], embed_captions)[0]
    if not rivals:
        return label
    shares = np.array([node.share for node in rivals])
    weights = shares / shares.sum() if shares.sum() > 0 else np.full(len(rivals), 1 / len(rivals))
    return label - weights @ _label_embeddings(rivals, embed_captions)


def _label_embeddings(nodes: Sequence[Node], embed_captions: EmbedCaptions) -> np.ndarray:
    """Unit embeddings (n, d) of labels, each the mean of its captions'."""
    vectors = unit(
        np.asarray(embed_captions([text for node in nodes for text in node.captions]), float), "A caption"
    )
    ends = np.cumsum([len(node.captions) for node in nodes])[:-1]
    return unit(np.array([rows.mean(axis=0) for rows in np.split(vectors, ends)]), "A label")
