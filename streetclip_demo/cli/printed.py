"""An answer as the lines that a person reads in a terminal."""

from collections.abc import Iterator, Sequence

from streetclip_demo.cli.terminal import padded, plain, width
from streetclip_demo.posterior.deciding import deciding_level, pin, second_pin
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Node, probability_from
from streetclip_demo.report.sentences import headline, shares_of_points
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import kilometres, percent

CHILDREN_SHOWN = 5
BAR_WIDTH = 24
NAME_WIDTH = 44


def report(path: str, prediction: Prediction, top: int) -> Iterator[str]:
    """The lines that a person reads: the answer, what it rests on, the tree from the level that decides."""
    yield plain(path)
    if prediction.mark:
        yield f"  ! {prediction.mark}"
    yield f"  {plain(headline(prediction))}."
    yield f"  Best guess: {_place(pin(prediction)[0])}"
    second = second_pin(prediction)
    if second:
        reason = text.SECOND_PIN[prediction.estimator].format(place=", ".join(reversed(second.path)))
        yield f"  {plain(reason)}"
    yield f"  {_spread(prediction)}"
    yield f"  {prediction.model} ({prediction.revision}), estimator {prediction.estimator}"
    for note in prediction.notes:
        yield f"  Note: {plain(note)}"
    yield ""
    level = deciding_level(prediction.roots)
    if level.above:
        yield f"  {plain(text.ALL_INSIDE.format(place=_place(level.above)))}"
    rows = list(_rows(level.nodes, top, "  "))
    columns = min(NAME_WIDTH, max(width(name) for name, _ in rows))
    for name, probability in rows:
        bar = "█" * round(BAR_WIDTH * probability)
        yield f"{padded(name, columns)}  {percent(probability):>7}  {bar}".rstrip()


def _spread(prediction: Prediction) -> str:
    shares = "Shares among the labels on the list, not certainty"
    if prediction.belief:
        shares = shares_of_points(prediction.belief).rstrip(".")
    if prediction.half_mass_radius_km is None:
        return f"{shares}."
    place = "second pin" if second_pin(prediction) else "best guess"
    return f"{shares}; half lies within {kilometres(prediction.half_mass_radius_km)} of the {place}."


def _place(path: Sequence[str]) -> str:
    return plain(", ".join(reversed(path)))


def _rows(nodes: Sequence[Node], limit: int, indent: str) -> Iterator[tuple[str, float]]:
    """The most probable nodes with their children below, and one line for the rest."""
    for node in nodes[:limit]:
        yield indent + plain(node.candidate.name), node.probability
        yield from _rows(node.children, min(limit, CHILDREN_SHOWN), indent + "  ")
    if len(nodes) > limit:
        yield f"{indent}({len(nodes) - limit} more)", probability_from(limit, nodes)
