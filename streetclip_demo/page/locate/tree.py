"""A prediction as a tree of bars: nested lists and <details>, which need no script and read well aloud."""

import json
from collections.abc import Sequence
from html import escape

from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Node
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import percent

FIRST_ROOTS, FIRST_CHILDREN = 8, 8  # shown at once; the others are folded
MOST_ROWS = 300  # rows of one list; the export has them all


def tree_html(prediction: Prediction) -> str:
    """The tree under its title, with the switch for the captions and the mark if there is one."""
    mark = f'<p class="mark">{escape(prediction.mark)}</p>' if prediction.mark else ""
    return (
        f'<div class="tree-head"><h2>{escape(text.TREE)}</h2>'
        f'<label class="switch"><input type="checkbox"> {escape(text.SHOW_CAPTIONS)}</label></div>{mark}'
        f'<div class="tree">{_list(prediction.roots, FIRST_ROOTS, opened=1)}</div>'
    )


def notes_html(notes: Sequence[str]) -> str:
    """What the person should know about photo, labels and captions."""
    if not notes:
        return ""
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f'<section class="notes"><h2>{escape(text.NOTES)}</h2><ul>{items}</ul></section>'


def _list(nodes: Sequence[Node], first: int, above: tuple[str, ...] = (), opened: int = 0) -> str:
    """A list of nodes; the first `opened` are unfolded, all after `first` are folded away together."""
    if len(nodes) <= first + 2:
        first = len(nodes)
    removable = bool(above) or len(nodes) > 1  # an empty list of labels cannot be asked
    rows = [
        _row(node, above, removable, is_open=i < opened) for i, node in enumerate(nodes[: first + MOST_ROWS])
    ]
    return f"<ul>{''.join(rows[:first])}{_rest(nodes[first:], rows[first:])}</ul>"


def _rest(nodes: Sequence[Node], rows: Sequence[str]) -> str:
    if not nodes:
        return ""
    summary = _counted(text.MORE_LABELS, nodes)
    items = "".join(rows)
    if len(nodes) > len(rows):
        items += f"<li class='rest'>{_counted(text.MORE_NOT_SHOWN, nodes[len(rows) :])}</li>"
    return f'<li class="rest"><details><summary>{summary}</summary><ul>{items}</ul></details></li>'


def _counted(sentence: str, nodes: Sequence[Node]) -> str:
    share = percent(sum(node.probability for node in nodes))
    return escape(sentence.format(count=f"{len(nodes):,}", share=share))


def _row(node: Node, above: tuple[str, ...], removable: bool, is_open: bool = False) -> str:
    path = (*above, node.candidate.name)
    remove = _remove(node) if removable and node.candidate.line else ""
    if not node.children:
        return f'<li class="leaf" {place_attributes(node, path)}><div class="row">{_bar(node)}</div>{remove}</li>'
    children = _list(node.children, FIRST_CHILDREN, path)
    opened = " open" if is_open else ""
    return (
        f"<li {place_attributes(node, path)}><details{opened}>"
        f'<summary class="row">{_bar(node)}</summary>{children}</details>{remove}</li>'
    )


def place_attributes(node: Node, path: tuple[str, ...]) -> str:
    """What assets/tree.js reads from a row: its path, and its point if it has one."""
    point = node.candidate.point
    where = f' data-point="{escape(json.dumps(point))}"' if point else ""
    return f'data-path="{escape(json.dumps(path, ensure_ascii=False))}"{where}'


def name_html(node: Node) -> str:
    """A label's name: a button where it has a place and nothing to unfold, else text."""
    name = f'dir="auto">{escape(node.candidate.name)}'
    if node.candidate.point and not node.children:
        return f'<button type="button" class="name" {name}</button>'
    level = "" if node.candidate.point else f' <span class="level">{escape(text.LEVELS["label"])}</span>'
    return f'<span class="name" {name}{level}</span>'


def _remove(node: Node) -> str:
    said = escape(text.REMOVE_LABEL.format(place=node.candidate.name))
    return (
        f'<button type="button" class="remove" data-line="{node.candidate.line}" aria-label="{said}"'
        f' title="{said}">×</button>'
    )


def _bar(node: Node) -> str:
    captions = "".join(f'<span class="caption">{escape(caption)}</span>' for caption in node.captions)
    return f"{name_html(node)} {bar_html(node)}{captions}"


def bar_html(node: Node) -> str:
    """A probability as text and as a bar."""
    return (
        f'<span class="share">{escape(percent(node.probability))}</span>'
        f'<span class="bar" aria-hidden="true"><span style="width:{node.probability:.2%}"></span></span>'
    )
