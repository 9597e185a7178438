"""A prediction in one sentence, as HTML. The sentence grows less sure as the belief spreads."""

from streetclip_demo.markup import filled
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import kilometres

SURE, LIKELY, HOPELESS = 0.6, 0.3, 0.04  # shares of the likeliest label
CLOSE = 0.6  # one label's share as a part of the next likelier one's
EVEN = 1.3  # the likeliest label's share as a multiple of what the others have on average


def headline(prediction: Prediction) -> str:
    """The one sentence that answers, as plain text without its full stop."""
    count, best = len(prediction.roots), prediction.roots[:3]
    names, shares = [root.candidate.name for root in best], [root.probability for root in best]
    if count == 1:
        return text.ONLY_ONE.format(place=names[0])
    if shares[0] >= SURE or (shares[0] >= LIKELY and shares[1] < CLOSE * shares[0]):
        return text.MOST_LIKELY.format(place=names[0]) + _perhaps_inside(prediction)
    if shares[0] < max(EVEN * (1 - shares[0]) / (count - 1), HOPELESS):
        return text.NO_IDEA
    third = shares[2] if len(shares) > 2 else 0
    if shares[0] + shares[1] >= 2 * LIKELY and third < CLOSE * shares[1]:
        return text.TORN.format(first=names[0], second=names[1])
    close = [name for name, share in zip(names[1:3], shares[1:3], strict=False) if share >= shares[0] / 2]
    if not close:
        return text.MOST_LIKELY.format(place=names[0]) + _perhaps_inside(prediction)
    return text.LEANING.format(first=names[0], others=text.AND.join(close))


def _perhaps_inside(prediction: Prediction) -> str:
    """ ", perhaps Nagasaki" where the best guess lies inside the most probable root."""
    path = _pin_path(prediction)
    inside = len(path) > 1 and path[0] == prediction.roots[0].candidate.name
    return text.PERHAPS_IN.format(place=path[-1]) if inside else ""


def _pin_path(prediction: Prediction) -> tuple[str, ...]:
    return prediction.guesses[0].path if prediction.guesses else ()


def details(prediction: Prediction) -> list[str]:
    """The sentences under the headline: where the pin stands, how far the belief spreads, what is shared."""
    told = []
    path = _pin_path(prediction)
    has_pin = bool(path) and prediction.guesses[0].node.candidate.point is not None
    if has_pin and path[0] != prediction.roots[0].candidate.name:
        told.append(text.PIN_ELSEWHERE.format(place=text.COMMA.join(reversed(path))))
    if not has_pin:
        told.append(text.NOT_ON_MAP)
    elif prediction.half_mass_radius_km and len(prediction.roots) > 1:
        told.append(text.HALF_WITHIN.format(distance=kilometres(prediction.half_mass_radius_km)))
    told.append(text.SHARES.format(count=f"{len(prediction.roots):,}"))
    return told


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
