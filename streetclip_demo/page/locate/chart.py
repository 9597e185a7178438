"""The likeliest labels of each level, whatever lies above them, as a chart of bars."""

from collections.abc import Sequence
from html import escape

from streetclip_demo.page.locate.tree import bar_html, place_attributes
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Node, Placed, by_level
from streetclip_demo.words.language import text

TOP = 5


def chart_html(prediction: Prediction) -> str:
    """A list of bars for each level that the answer has; "" for one level, which the tree shows already."""
    levels = top_labels(prediction)
    if len(levels) < 2:
        return ""
    lists = "".join(_list(level, nodes) for level, nodes in levels.items())
    return f'<section class="chart"><h2>{escape(text.TOP_LABELS)}</h2><div class="levels">{lists}</div></section>'


def top_labels(prediction: Prediction, count: int = TOP) -> dict[str, list[Placed]]:
    """Level to its likeliest nodes, most probable first; levels without any are left out."""
    ranked = by_level(prediction.roots)
    return {level: ranked[level][:count] for level in text.LEVEL_TITLES if level in ranked}


def _list(level: str, nodes: Sequence[Placed]) -> str:
    rows = "".join(
        f'<li {place_attributes(node, path)}><div class="row">{_name(path, node)} {bar_html(node)}</div></li>'
        for path, node in nodes
    )
    return f'<div class="level-chart"><h3>{escape(text.LEVEL_TITLES[level])}</h3><ol>{rows}</ol></div>'


def _name(path: tuple[str, ...], node: Node) -> str:
    tag = 'button type="button"' if node.candidate.point else "span"
    inside = escape(text.COMMA.join(reversed(path)))
    return f'<{tag} class="name" dir="auto" title="{inside}">{escape(path[-1])}</{tag.split()[0]}>'
