"""A prediction explained in eight steps, as HTML made from its own numbers. Knows no components."""

import base64
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from streetclip_demo.markup import filled
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.posterior.deciding import deciding_level, temperature
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Node, walk
from streetclip_demo.report.sentences import headline
from streetclip_demo.words.language import text
from streetclip_demo.words.place_names import shown_path
from streetclip_demo.words.readable import decimal, grouped

SHOWN = 5  # labels on a screen, the same ones on all of them
PHOTO_PX = 900  # longer side of the photo beside its crop
SEEN_PX = 240  # of what the model sees, where it is small and on every screen
LOG_TEMPERATURES = (-4, 4, 0.25)  # least, most and step of the slider, as powers of two
POOLED = 1e-9  # a logit further from scale x cosine is pooled over regions


@dataclass(frozen=True, eq=False)
class Explained:
    """What the steps are made from."""

    photo: KeptPhoto
    prediction: Prediction
    map: str  # an <iframe>


@dataclass(frozen=True)
class Followed:
    """What stays in view on every screen: the photo as the model sees it, and labels of which one is followed."""

    seen: str  # data URI
    nodes: Sequence[Node]


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
    return _filled("steps", screens, explained.prediction.mark, _followed(explained))


def nothing_html(sentence: str) -> str:
    """The place of the steps where there is nothing to explain, with the way to the photo."""
    return _filled("nothing", sentence)


def _filled(macro: str, *values) -> str:
    return filled("page/steps/steps", macro, *values)


def _followed(explained: Explained) -> Followed:
    view = explained.photo.view
    assert view is not None  # as in _crop
    return Followed(data_uri(view, SEEN_PX), deciding_level(explained.prediction.roots).nodes[:SHOWN])


# The eight screens


def _crop(explained: Explained) -> Screen:
    width, height = explained.photo.size
    view = explained.photo.view
    assert view is not None  # there is an answer, so the model has seen it
    before = text.STEP_CROP_BEFORE.format(width=grouped(width), height=grouped(height))
    after = text.STEP_CROP_AFTER.format(side=view.width)
    with Image.open(io.BytesIO(explained.photo.jpeg)) as picture:
        photo = data_uri(picture, PHOTO_PX)
    figure = _filled("crop", photo, before, exact_uri(view), after)
    more = text.STEP_CROP_SEVERAL if explained.prediction.manifest.seen else text.STEP_CROP_MORE
    return Screen(text.STEP_CROP, (text.STEP_CROP_IDEA, more), figure)


def _captions(explained: Explained) -> Screen:
    nodes = deciding_level(explained.prediction.roots).nodes
    shown = nodes[:SHOWN]
    figure = _filled("captions", shown)
    more = text.STEP_CAPTIONS_MORE.format(count=grouped(len(nodes)), shown=len(shown))
    return Screen(text.STEP_CAPTIONS, (text.STEP_CAPTIONS_IDEA, more), figure)


def _cosines(explained: Explained) -> Screen:
    nodes = deciding_level(explained.prediction.roots).nodes
    cosines = [node.cosine for node in nodes]
    figure = _filled("cosines", nodes[:SHOWN], min(0.0, *cosines), max(0.0, *cosines))
    spread = text.STEP_COSINES_SPREAD.format(
        count=grouped(len(nodes)), least=decimal(min(cosines), 4), most=decimal(max(cosines), 4)
    )
    return Screen(text.STEP_COSINES, (text.STEP_COSINES_IDEA, text.STEP_COSINES_MORE, spread), figure)


def _logits(explained: Explained) -> Screen:
    prediction = explained.prediction
    learnt, fitted = prediction.logit_scale, temperature(prediction)
    photos = max(len(prediction.manifest.seen), 1)  # whose logits are added up
    scale = photos * learnt / fitted
    rows = [
        (node, abs(node.logit - scale * node.cosine) > POOLED * abs(node.logit))
        for node in deciding_level(prediction.roots).nodes[:SHOWN]
    ]
    said = text.STEP_LOGITS_MORE if fitted == 1 else text.STEP_LOGITS_CALIBRATED
    more = said.format(scale=decimal(learnt, 2), temperature=decimal(fitted, 2))
    together = (text.STEP_LOGITS_TOGETHER.format(count=photos),) if photos > 1 else ()
    note = text.STEP_POOLED if any(is_pooled for _, is_pooled in rows) else ""
    sentences = (text.STEP_LOGITS_IDEA, more, *together)
    return Screen(text.STEP_LOGITS, sentences, _filled("logits", rows, scale), note)


def _softmax(explained: Explained) -> Screen:
    nodes = deciding_level(explained.prediction.roots).nodes
    logits = json.dumps([node.logit for node in nodes])
    figure = _filled("softmax", nodes[:SHOWN], nodes[SHOWN:], logits, LOG_TEMPERATURES)
    return Screen(text.STEP_SOFTMAX, (text.STEP_SOFTMAX_IDEA, text.STEP_SOFTMAX_MORE), figure)


def _parents(explained: Explained) -> Screen:
    roots = explained.prediction.roots
    level = deciding_level(roots)
    labels = {(*level.above, node.candidate.name): i for i, node in enumerate(level.nodes[:SHOWN])}
    opened = [
        (shown_path(roots, path), node, labels.get(path)) for path, node in walk(roots) if node.children
    ]
    if opened:
        figure = _filled("parents", opened, SHOWN)
        return Screen(text.STEP_PARENTS, (text.STEP_PARENTS_IDEA, text.STEP_PARENTS_MORE), figure)
    has_cities = any(node.candidate.level == "country" for node in roots)
    figure = _filled("childless", roots[:SHOWN], roots[SHOWN:], has_cities)
    return Screen(text.STEP_PARENTS, (text.STEP_PARENTS_IDEA, text.STEP_PARENTS_NONE), figure)


def _map(explained: Explained) -> Screen:
    best = text.STEP_MAP_ANSWER.format(answer=headline(explained.prediction))
    figure = _filled("map", explained.map)
    return Screen(text.STEP_MAP, (text.STEP_MAP_IDEA, best, text.NOTICE_SHARES), figure)


def _why(explained: Explained) -> Screen:
    """Its picture is asked for when the screen is opened: see tab.py."""
    return Screen(text.STEP_WHY, (text.STEP_WHY_IDEA, text.STEP_WHY_MORE), _filled("why"))


SCREENS: tuple[Callable[[Explained], Screen], ...] = (
    _crop,
    _captions,
    _cosines,
    _logits,
    _softmax,
    _parents,
    _map,
    _why,
)


# Pieces


def exact_uri(image: Image.Image) -> str:
    """A picture as the text of a PNG, pixel for pixel, with nothing else in it."""
    plain = image.copy()
    plain.info = {}
    buffer = io.BytesIO()
    plain.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
