"""A prediction in one sentence, as HTML. Its tone follows how the belief is spread."""

from collections.abc import Sequence

from streetclip_demo.locate.reasons import Spoken
from streetclip_demo.locate.speaking import ReadClue, Tie
from streetclip_demo.locate.sweep import Sweep
from streetclip_demo.locate.what_if import Change
from streetclip_demo.markup import filled
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.posterior.attribution import Attribution
from streetclip_demo.posterior.belief import Belief
from streetclip_demo.posterior.deciding import deciding_level, list_length, pin, second_pin, temperature
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Node
from streetclip_demo.words.language import text
from streetclip_demo.words.lists import listed
from streetclip_demo.words.place_names import isolated, joined, shown, shown_path
from streetclip_demo.words.readable import grouped, kilometres, percent, said

SURE, LIKELY, FAINT = 0.6, 0.3, 0.1  # shares of the likeliest label
CLOSE = 0.6  # one label's share as a part of the next likelier one's
EVEN = 1.3  # the likeliest label's share as a multiple of what the others have on average
STAYS_KM = 1  # a pin that moves less is not told to move
INSIDE = 0.3  # a place's part of the label that it lies in, from which on it is named


def headline(prediction: Prediction) -> str:
    """The one sentence that answers, as plain text without its full stop; its tone follows how the belief is spread.

    It speaks of the level that decides, and its first place is the first row of the tree and the first disc of the map.
    """
    level = deciding_level(prediction.roots)
    nodes = level.nodes[:3]
    count, shares = len(level.nodes), [node.probability for node in nodes]
    first = {"place": _name(nodes[0]), "share": percent(shares[0])}
    if count == 1:
        return text.ONLY_ONE.format(place=first["place"])
    if shares[0] >= SURE:
        return text.SURE.format(**first) + _perhaps_inside(prediction)
    if shares[0] >= LIKELY and shares[1] < CLOSE * shares[0]:
        return text.MOST_LIKELY.format(**first) + _perhaps_inside(prediction)
    if shares[0] < EVEN * (1 - shares[0]) / (count - 1):
        return text.NO_IDEA.format(**first)
    if shares[0] < FAINT:
        return text.SHRUG.format(**first)
    third = shares[2] if count > 2 else 0
    if shares[0] + shares[1] >= 2 * LIKELY and third < CLOSE * shares[1]:
        return text.TORN.format(first=_with_share(nodes[0]), second=_with_share(nodes[1]))
    close = [_with_share(node) for node in nodes[1:] if node.probability >= shares[0] / 2]
    if not close:
        return text.PERHAPS.format(**first) + _perhaps_inside(prediction)
    return text.LEANING.format(first=_with_share(nodes[0]), others=text.AND.join(close))


def _with_share(node: Node) -> str:
    return text.ONE_OF_SEVERAL.format(place=_name(node), share=percent(node.probability))


def _name(node: Node) -> str:
    return isolated(shown(node.candidate))


def _perhaps_inside(prediction: Prediction) -> str:
    """ "; perhaps Nagasaki" where the best place inside has a good part of the label's share."""
    node = deciding_level(prediction.roots).nodes[0]
    _, best = pin(prediction)
    stands_out = best is not node and best.probability >= INSIDE * node.probability
    return text.PERHAPS_IN.format(place=_name(best)) if stands_out else ""


def details(prediction: Prediction) -> list[str]:
    """The sentences under the headline: where a second pin stands and why, how far the belief spreads."""
    told = []
    second = second_pin(prediction)
    if pin(prediction)[1].candidate.point is None:
        told.append(text.NOT_ON_MAP)
    if second:
        place = joined(shown_path(prediction.roots, second.path))
        told.append(text.SECOND_PIN[prediction.estimator].format(place=place))
    if prediction.half_mass_radius_km and len(deciding_level(prediction.roots).nodes) > 1:
        sentence = text.HALF_WITHIN_SECOND if second else text.HALF_WITHIN
        told.append(sentence.format(distance=kilometres(prediction.half_mass_radius_km)))
    if prediction.belief:
        told.append(shares_of_points(prediction.belief))
    elif (count := list_length(prediction.roots)) > 1:
        sentence = text.SHARES if temperature(prediction) == 1 else text.CALIBRATED_SHARES
        told.append(sentence.format(count=grouped(count)))
    return told


def shares_of_points(belief: Belief) -> str:
    """Among how many points a belief is spread, and what the densest place has of it."""
    return text.POINT_SHARES.format(
        count=grouped(len(belief.points)), share=percent(belief.mass), distance=kilometres(belief.radius_km)
    )


def looked_at(explained: Attribution, prediction: Prediction) -> str:
    """What an overlay shows, and how much of the score it cannot show."""
    place = joined(shown_path(prediction.roots, explained.path))
    sentence = text.LOOKED_AT if explained.rivals else text.LOOKED_AT_ALONE
    return sentence.format(place=place, share=percent(explained.unattributed_share))


def speaking(label: Candidate, clues: Sequence[ReadClue]) -> str:
    """The clues that speak for a label, of which there is at least one."""
    return text.SPEAKS.format(
        place=isolated(shown(label)), clues=listed([said(clue.phrase) for clue in clues])
    )


def spoken_parts(spoken: Spoken | None) -> tuple[str, str]:
    """The sentence that a page says under an answer, and that nobody has measured whether it is right; "" for none."""
    if spoken is None or not spoken.clues:
        return "", ""
    return speaking(spoken.label, spoken.clues), "" if spoken.is_measured else text.SPEAKS_NOT_MEASURED


def told_tie(tie: Tie) -> str:
    """A label's share with and without a clue."""
    place = isolated(shown(tie.label))
    return text.CLUE_TIE.format(place=place, share=percent(tie.share), without=percent(tie.without))


def _without(change: Change, before: Prediction) -> str:
    is_far = change.moved_km is not None and change.moved_km >= STAYS_KM
    what = "no_pin" if change.moved_km is None else "moves" if is_far else "stays"
    return text.WITHOUT_PART[what].format(
        place=joined(shown_path(before.roots, change.path)),
        before=percent(change.share_before),
        after=percent(change.share_after),
        distance=kilometres(change.moved_km or 0),
    )


def changed(change: Change, before: Prediction, after: Prediction) -> str:
    """What became of an answer without a part of its photo."""
    told = _without(change, before)
    if change.first_after == change.path:
        return told
    now = joined(shown_path(after.roots, change.first_after))
    return f"{told} {text.FIRST_NOW.format(place=now, share=percent(change.first_share_after))}"


def swept_sentence(swept: Sweep, before: Prediction) -> str:
    """Which part of a photo matters most to its answer; "" until one was asked about."""
    if swept.strongest is None:
        return ""
    strongest = swept.windows[swept.strongest].change
    assert strongest is not None  # it was asked about
    return f"{text.SWEPT_STRONGEST} {_without(strongest, before)}"


def answer_html(prediction: Prediction) -> str:
    """Headline, mark and details."""
    told = " ".join(details(prediction))
    return filled("report/sentences", "answer", prediction, headline(prediction), told)


def message_html(headline: str, details: str = "", kind: str = "quiet") -> str:
    """A state of the page in the answer's place: first visit, waiting, or an error (kind "error")."""
    lines = [line for line in details.splitlines() if line.strip()]
    return filled("report/sentences", "message", headline, lines, kind)


def needs_real_model_html() -> str:
    """Why there is no pin on a photograph, and the way to the real model."""
    return filled("report/sentences", "needs_real_model")
