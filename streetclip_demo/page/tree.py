"""A prediction as a tree of bars: nested lists and <details>, which need no script and read well aloud."""

from collections.abc import Sequence
from html import escape

from streetclip_demo.geolocate import Node, Prediction
from streetclip_demo.page import text
from streetclip_demo.page.answer import percent

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


def _list(nodes: Sequence[Node], first: int, opened: int = 0) -> str:
    """A list of nodes; the first `opened` are unfolded, all after `first` are folded away together."""
    if len(nodes) <= first + 2:
        first = len(nodes)
    rows = "".join(_row(node, is_open=i < opened) for i, node in enumerate(nodes[:first]))
    return f"<ul>{rows}{_rest(nodes[first:])}</ul>"


def _rest(nodes: Sequence[Node]) -> str:
    if not nodes:
        return ""
    summary = _counted(text.MORE_LABELS, nodes)
    rows = "".join(_row(node) for node in nodes[:MOST_ROWS])
    if len(nodes) > MOST_ROWS:
        rows += f"<li class='rest'>{_counted(text.MORE_NOT_SHOWN, nodes[MOST_ROWS:])}</li>"
    return f'<li class="rest"><details><summary>{summary}</summary><ul>{rows}</ul></details></li>'


def _counted(sentence: str, nodes: Sequence[Node]) -> str:
    share = percent(sum(node.probability for node in nodes))
    return escape(sentence.format(count=f"{len(nodes):,}", share=share))


def _row(node: Node, is_open: bool = False) -> str:
    if not node.children:
        return f'<li class="leaf"><div class="row">{_bar(node)}</div></li>'
    children = _list(node.children, FIRST_CHILDREN)
    opened = " open" if is_open else ""
    return f'<li><details{opened}><summary class="row">{_bar(node)}</summary>{children}</details></li>'


def _bar(node: Node) -> str:
    level = "" if node.candidate.point else f' <span class="level">{escape(text.LEVELS["label"])}</span>'
    captions = "".join(f'<span class="caption">{escape(caption)}</span>' for caption in node.captions)
    width = f"{node.probability:.2%}"
    return (
        f'<span class="name" dir="auto">{escape(node.candidate.name)}{level}</span> '
        f'<span class="share">{escape(percent(node.probability))}</span>'
        f'<span class="bar" aria-hidden="true"><span style="width:{width}"></span></span>{captions}'
    )
