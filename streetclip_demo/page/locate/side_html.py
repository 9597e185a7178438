"""Models side by side as HTML: how each is, their trees and how they compare, and what they say together."""

from collections.abc import Sequence
from dataclasses import dataclass

from streetclip_demo.locate.compare import SideBySide
from streetclip_demo.markup import filled
from streetclip_demo.page.frame.badge import how_far
from streetclip_demo.page.frame.provided import Other
from streetclip_demo.posterior.deciding import deciding_level, temperature
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.report.comparison import comparison_sentences, parting_sentence, weights_sentence
from streetclip_demo.report.sentences import headline
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import file_size, said

TOP = 6  # rows of each model


@dataclass(frozen=True)
class ModelLine:
    """A model beside the page's own, as a line."""

    number: int
    title: str
    kind: str  # of its badge: ready, loading, away, failed
    told: str
    done: float | None = None  # of its loading
    size: str = ""  # on disk, where it can be removed


def models_html(others: Sequence[Other], coming: Sequence[int], may_remove: bool) -> str:
    """A line for each model: there, coming (by its number) or not; what it takes on the disk, and how to remove it."""
    lines = [_line(number, other, number in coming, may_remove) for number, other in enumerate(others)]
    return filled("page/locate/side", "models", lines)


def _line(number: int, other: Other, is_coming: bool, may_remove: bool) -> ModelLine:
    state, size = other.state(), other.bytes_on_disk()
    on_disk = text.SIDE_ON_DISK.format(size=file_size(size)) if size else ""
    if not size and other.bytes_to_fetch:
        on_disk = text.SIDE_TO_FETCH.format(size=file_size(other.bytes_to_fetch))
    removable = file_size(size) if size and may_remove and other.remove else ""
    title = said(other.title)
    if state.ready:
        return ModelLine(number, title, "ready", _joined(text.READY, on_disk), size=removable)
    if state.problem:
        return ModelLine(number, title, "failed", how_far(state), size=removable)
    if is_coming:
        return ModelLine(number, title, "loading", how_far(state), state.done)
    away = text.SIDE_LEFT.format(model=said(state.left_for)) if state.left_for else text.SIDE_AWAY
    return ModelLine(number, title, "away", _joined(away, on_disk), size=removable)


def _joined(*facts: str) -> str:
    return " · ".join(filter(None, facts))


def panel_html(side: SideBySide | None, problems: Sequence[str]) -> str:
    """Where models part first, how far apart they are, then their trees next to each other."""
    if side is None or len(side.predictions) < 2:
        return filled("page/locate/side", "panel", [], [], problems)
    known = side.predictions[0].notes  # which stand under the page's own answer
    columns = [
        (
            one,
            headline(one),
            deciding_level(one.roots).nodes[:TOP],
            [*calibrated_mark(one), *(said(note) for note in one.notes if note not in known)],
        )
        for one in side.predictions
    ]
    told = [(parting_sentence(one), comparison_sentences(one)[0]) for one in side.comparisons]
    nothing_shared = [text.SIDE_NOTHING_SHARED] if side.combined is None else []
    return filled("page/locate/side", "panel", told, columns, [*problems, *nothing_shared])


def calibrated_mark(prediction: Prediction) -> list[str]:
    """What stands where a model's shares are calibrated: beside it may be a model's that are not."""
    is_plain = prediction.belief is not None or temperature(prediction) == 1
    return [] if is_plain else [text.CALIBRATED]


def together_html(side: SideBySide, weights: Sequence[float]) -> str:
    """The combined answer, and what it is made of."""
    if side.combined is None:
        return ""
    told = [weights_sentence(side), *([] if any(weights) else [text.SIDE_ALL_ZERO])]
    nodes = deciding_level(side.combined.roots).nodes[:TOP]
    return filled("page/locate/side", "together", headline(side.combined), told, nodes)
