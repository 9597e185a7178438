"""The likeliest labels of each level, whatever lies above them, as a chart of bars."""

from streetclip_demo.markup import filled
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Placed, by_level
from streetclip_demo.words.language import text

TOP = 5


def chart_html(prediction: Prediction) -> str:
    """A list of bars for each level that the answer has; "" for one level, which the tree shows already."""
    levels = top_labels(prediction)
    if len(levels) < 2:
        return ""
    return filled("page/locate/chart", "chart", levels)


def top_labels(prediction: Prediction, count: int = TOP) -> dict[str, list[Placed]]:
    """Level to its likeliest nodes, most probable first; levels without any are left out."""
    ranked = by_level(prediction.roots)
    return {level: ranked[level][:count] for level in text.LEVEL_TITLES if level in ranked}
