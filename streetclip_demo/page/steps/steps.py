"""A prediction explained in seven steps, as HTML made from its own numbers. Knows no components."""

import base64
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from PIL import Image

from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Node, walk
from streetclip_demo.report.sentences import headline
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import percent

SHOWN = 5  # labels on a screen, the same ones on all of them
PHOTO_PX = 900  # longer side of the photo beside its crop
LOG_TEMPERATURES = (-4, 4, 0.25)  # least, most and step of the slider, as powers of two
POOLED = 1e-9  # a logit further from scale x cosine is pooled over regions


@dataclass(frozen=True, eq=False)
class Explained:
    """What the steps are made from."""

    photo: KeptPhoto
    prediction: Prediction
    map: str  # an <iframe>


@dataclass(frozen=True)
class Screen:
    """One step: a title, sentences (the first is the idea, the others go into detail), and what is shown."""

    title: str
    sentences: tuple[str, ...]
    figure: str  # HTML
    note: str = ""


def steps_html(explained: Explained) -> str:
    """All steps, the first of them visible; assets/steps.js turns the pages."""
    screens = [make(explained) for make in SCREENS]
    mark = explained.prediction.mark
    told = f'<p class="mark">{escape(mark)}</p>' if mark else ""
    sections = "".join(_section(number, screen) for number, screen in enumerate(screens))
    return f'<div class="steps">{_bar([screen.title for screen in screens])}{told}{sections}</div>'


def nothing_html(sentence: str) -> str:
    """The place of the steps where there is nothing to explain, with the way to the photo."""
    return (
        f'<div class="steps-none"><p class="headline">{escape(sentence)}</p>'
        f'<button type="button" class="go" data-go="locate">{escape(text.STEPS_CHOOSE_PHOTO)}</button></div>'
    )


def _bar(titles: Sequence[str]) -> str:
    """Previous, a dot for each step, where we are, next."""
    dots = "".join(
        f'<li><button type="button" data-step="{number}" title="{escape(title)}"'
        f' aria-label="{escape(_where(number, title))}">{number + 1}</button></li>'
        for number, title in enumerate(titles)
    )
    return (
        f'<nav class="steps-bar" aria-label="{escape(text.STEPS_TAB)}">'
        f'<button type="button" class="go" data-go="previous">{escape(text.STEPS_PREVIOUS)}</button>'
        f'<ol class="dots">{dots}</ol>'
        f'<button type="button" class="go" data-go="next">{escape(text.STEPS_NEXT)}</button></nav>'
        f'<p class="visually-hidden" role="status"></p>'
    )


def _where(number: int, title: str) -> str:
    return text.STEPS_WHERE.format(number=number + 1, count=len(SCREENS), title=title)


def _section(number: int, screen: Screen) -> str:
    idea, *details = (f"<p>{escape(sentence)}</p>" for sentence in screen.sentences)
    note = f'<p class="note">{escape(screen.note)}</p>' if screen.note else ""
    hidden = " hidden" if number else ""
    return (
        f'<section class="step" data-step="{number}" data-where="{escape(_where(number, screen.title))}"'
        f' aria-labelledby="step-{number}"{hidden}><div class="idea"><h2 id="step-{number}">{escape(screen.title)}</h2>'
        f'{idea}<div class="more">{"".join(details)}</div>{note}</div>'
        f'<div class="figure">{screen.figure}</div></section>'
    )


# The seven screens


def _crop(explained: Explained) -> Screen:
    width, height = explained.photo.size
    view = explained.photo.view
    assert view is not None  # there is an answer, so the model has seen it
    before = text.STEP_CROP_BEFORE.format(width=f"{width:,}", height=f"{height:,}")
    after = text.STEP_CROP_AFTER.format(side=view.width)
    with Image.open(io.BytesIO(explained.photo.jpeg)) as picture:
        photo = data_uri(picture, PHOTO_PX)
    figure = (
        f'<div class="pictures">{_picture(photo, before)}'
        f'<span class="arrow" aria-hidden="true">→</span>{_picture(exact_uri(view), after, "crop")}</div>'
    )
    return Screen(text.STEP_CROP, (text.STEP_CROP_IDEA, text.STEP_CROP_MORE), figure)


def _captions(explained: Explained) -> Screen:
    nodes = explained.prediction.roots
    rows = [
        [_label(node), " ".join(f"<q>{escape(caption)}</q>" for caption in node.captions)]
        for node in nodes[:SHOWN]
    ]
    figure = _table("captions", (text.STEP_LABEL, text.STEP_CAPTION), rows)
    more = text.STEP_CAPTIONS_MORE.format(count=f"{len(nodes):,}", shown=len(rows))
    return Screen(text.STEP_CAPTIONS, (text.STEP_CAPTIONS_IDEA, more), figure)


def _cosines(explained: Explained) -> Screen:
    nodes = explained.prediction.roots
    cosines = [node.cosine for node in nodes]
    least, most = min(0.0, *cosines), max(0.0, *cosines)
    rows = [
        [_label(node), _number(node.cosine, 4), _signed_bar(node.cosine, least, most)]
        for node in nodes[:SHOWN]
    ]
    figure = _table("cosines", (text.STEP_LABEL, text.STEP_COSINE, ""), rows)
    spread = text.STEP_COSINES_SPREAD.format(
        count=f"{len(nodes):,}", least=_written(min(cosines), 4), most=_written(max(cosines), 4)
    )
    return Screen(text.STEP_COSINES, (text.STEP_COSINES_IDEA, text.STEP_COSINES_MORE, spread), figure)


def _logits(explained: Explained) -> Screen:
    prediction = explained.prediction
    scale = prediction.logit_scale
    nodes = prediction.roots[:SHOWN]
    pooled = [abs(node.logit - scale * node.cosine) > POOLED * abs(node.logit) for node in nodes]
    rows = [
        [
            _label(node),
            _number(node.cosine, 4),
            f"× {_number(scale, 2)}",
            f"= {_number(node.logit, 2)}" if not is_pooled else f"→ {_number(node.logit, 2)} *",
        ]
        for node, is_pooled in zip(nodes, pooled, strict=True)
    ]
    headings = (text.STEP_LABEL, text.STEP_COSINE, text.STEP_SCALE, text.STEP_LOGIT)
    more = text.STEP_LOGITS_MORE.format(scale=_written(scale, 2))
    note = text.STEP_POOLED if any(pooled) else ""
    return Screen(text.STEP_LOGITS, (text.STEP_LOGITS_IDEA, more), _table("logits", headings, rows), note)


def _softmax(explained: Explained) -> Screen:
    nodes = explained.prediction.roots
    rows = [[_label(node), _number(node.logit, 2), *_share(node.share)] for node in nodes[:SHOWN]]
    if others := nodes[SHOWN:]:
        name = f'<span class="others">{escape(_others(others))}</span>'
        rows.append([name, "", *_share(sum(node.share for node in others))])
    headings = (text.STEP_LABEL, text.STEP_LOGIT, text.STEP_SHARE, "")
    logits = json.dumps([node.logit for node in nodes])
    figure = f'<div class="softmax" data-logits="{logits}">{_table("shares", headings, rows)}{_temperature()}</div>'
    return Screen(text.STEP_SOFTMAX, (text.STEP_SOFTMAX_IDEA, text.STEP_SOFTMAX_MORE), figure)


def _parents(explained: Explained) -> Screen:
    opened = [(path, node) for path, node in walk(explained.prediction.roots) if node.children]
    if not opened:
        return Screen(text.STEP_PARENTS, (text.STEP_PARENTS_IDEA, text.STEP_PARENTS_NONE), "")
    options = "".join(
        f'<option value="{number}">{escape(text.STEP_PATH.join(path))}</option>'
        for number, (path, _) in enumerate(opened)
    )
    chooser = f'<label class="chooser">{escape(text.STEP_CHOOSE)} <select>{options}</select></label>'
    figure = chooser + "".join(_parent(number, node) for number, (_, node) in enumerate(opened))
    return Screen(text.STEP_PARENTS, (text.STEP_PARENTS_IDEA, text.STEP_PARENTS_MORE), figure)


def _parent(number: int, parent: Node) -> str:
    """The children of a node: share, times the parent's probability, is their own."""
    above = f"× {_percent(parent.probability)}"
    rows = [
        [_label(child), _percent(child.share), above, f"= {_percent(child.probability)}"]
        for child in parent.children[:SHOWN]
    ]
    if others := parent.children[SHOWN:]:
        share, probability = (sum(getattr(child, of) for child in others) for of in ("share", "probability"))
        name = f'<span class="others">{escape(_others(others))}</span>'
        rows.append([name, _percent(share), above, f"= {_percent(probability)}"])
    headings = (
        text.STEP_LABEL,
        text.STEP_SHARE_OF.format(place=parent.candidate.name),
        text.STEP_PARENT.format(place=parent.candidate.name),
        text.STEP_PROBABILITY,
    )
    hidden = " hidden" if number else ""
    return f'<div class="parent" data-parent="{number}"{hidden}>{_table("parents", headings, rows)}</div>'


def _map(explained: Explained) -> Screen:
    best = text.STEP_MAP_ANSWER.format(answer=headline(explained.prediction))
    figure = f'<div class="step-map"></div><template>{explained.map}</template>'
    return Screen(text.STEP_MAP, (text.STEP_MAP_IDEA, best, text.NOTICE_SHARES), figure)


SCREENS: tuple[Callable[[Explained], Screen], ...] = (
    _crop,
    _captions,
    _cosines,
    _logits,
    _softmax,
    _parents,
    _map,
)


# Pieces


def exact_uri(image: Image.Image) -> str:
    """A picture as the text of a PNG, pixel for pixel, with nothing else in it."""
    plain = image.copy()
    plain.info = {}
    buffer = io.BytesIO()
    plain.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _picture(source: str, caption: str, kind: str = "photo") -> str:
    return (
        f'<figure class="{kind}"><img src="{source}" alt="{escape(caption)}">'
        f'<figcaption aria-hidden="true">{escape(caption)}</figcaption></figure>'
    )


def _table(kind: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows of HTML cells, the first of each its heading; columns without a heading are drawings."""
    head = "".join(
        f'<th scope="col">{escape(heading)}</th>' if heading else "<td></td>" for heading in headings
    )
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for first, *cells in rows
    )
    return f'<table class="numbers {kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _label(node: Node) -> str:
    return f'<span dir="auto">{escape(node.candidate.name)}</span>'


def _others(nodes: Sequence[Node]) -> str:
    return text.STEP_ONE_OTHER if len(nodes) == 1 else text.STEP_OTHERS.format(count=f"{len(nodes):,}")


def _written(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}".replace("-", "−")


def _number(value: float, decimals: int) -> str:
    """A number as it is read, with all of its digits behind it."""
    return f'<data value="{value!r}" title="{value!r}">{_written(value, decimals)}</data>'


def _percent(value: float) -> str:
    return f'<data value="{value!r}" title="{value!r}">{percent(value)}</data>'


def _share(share: float) -> tuple[str, str]:
    return _percent(
        share
    ), f'<span class="bar" aria-hidden="true"><span style="width:{share:.2%}"></span></span>'


def _signed_bar(value: float, least: float, most: float) -> str:
    """A bar from zero to a value, on a line from `least` (at most 0) to `most` (at least 0)."""
    whole = (most - least) or 1.0
    left, width = (min(value, 0.0) - least) / whole, abs(value) / whole
    style = f"margin-left:{left:.2%};width:{width:.2%}"
    return f'<span class="bar" aria-hidden="true"><span style="{style}"></span></span>'


def _temperature() -> str:
    least, most, step = LOG_TEMPERATURES
    return (
        f'<div class="temperature"><label for="temperature">{escape(text.STEP_TEMPERATURE)}'
        f' <output for="temperature">1</output></label>'
        f'<input type="range" id="temperature" min="{least}" max="{most}" step="{step}" value="0" aria-valuetext="1">'
        f'<div class="scale" aria-hidden="true"><span>{escape(text.STEP_COLDER)}</span>'
        f"<span>{escape(text.STEP_TRUE_TEMPERATURE)}</span><span>{escape(text.STEP_HOTTER)}</span></div>"
        f'<button type="button" class="go" data-go="true-temperature" disabled>'
        f"{escape(text.STEP_BACK_TO_TRUE)}</button></div>"
    )
