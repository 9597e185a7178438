"""The likeliest labels of each level, whatever lies above them, as a chart of bars."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import escape

from streetclip_demo.page.locate.tree import bar_html, place_attributes
from streetclip_demo.posterior.geolocate import Node, Prediction
from streetclip_demo.words.language import text

TOP = 5
Placed = tuple[tuple[str, ...], Node]  # a node with its path


def chart_html(prediction: Prediction) -> str:
    """A list of bars for each level that the answer has; "" for one level, which the tree shows already."""
    levels = top_labels(prediction)
    if len(levels) < 2:
        return ""
    lists = "".join(_list(level, nodes) for level, nodes in levels.items())
    return f'<section class="chart"><h2>{escape(text.TOP_LABELS)}</h2><div class="levels">{lists}</div></section>'


def top_labels(prediction: Prediction, count: int = TOP) -> dict[str, list[Placed]]:
    """Level to its likeliest nodes, most probable first; levels without any are left out."""
    levels = defaultdict(list)
    for path, node in _all_nodes(prediction.roots, ()):
        levels[node.candidate.level].append((path, node))
    ranked = {
        level: sorted(levels[level], key=lambda placed: -placed[1].probability)[:count]
        for level in text.LEVEL_TITLES
    }
    return {level: nodes for level, nodes in ranked.items() if nodes}


def _all_nodes(nodes: Sequence[Node], above: tuple[str, ...]) -> Iterator[Placed]:
    for node in nodes:
        path = (*above, node.candidate.name)
        yield path, node
        yield from _all_nodes(node.children, path)


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
