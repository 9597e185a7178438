"""A prediction as a tree of bars: nested lists and <details>, which need no script and read well aloud.

Where it has several levels, the likeliest of one level, whatever they lie in, can be shown in its place.
"""

from collections.abc import Sequence

from streetclip_demo.markup import filled
from streetclip_demo.posterior.deciding import deciding_level
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Placed, by_level
from streetclip_demo.words.language import text

TOP = 8  # of a level, as many as the tree shows of one before it folds the others


def tree_html(prediction: Prediction) -> str:
    """The tree under its title, with the switches for levels and captions, and the mark if there is one."""
    return filled(
        "page/locate/tree", "tree", prediction, deciding_level(prediction.roots), other_levels(prediction)
    )


def other_levels(prediction: Prediction, count: int = TOP) -> dict[str, list[Placed]]:
    """Level to its likeliest nodes, most probable first; without the one that the tree begins with."""
    decides = {node.candidate.level for node in deciding_level(prediction.roots).nodes}
    ranked = by_level(prediction.roots)
    return {
        level: ranked[level][:count] for level in text.LEVEL_TITLES if level in ranked and {level} != decides
    }


def notes_html(notes: Sequence[str]) -> str:
    """What the person should know about photo, labels and captions."""
    return filled("page/locate/tree", "notes", notes) if notes else ""
