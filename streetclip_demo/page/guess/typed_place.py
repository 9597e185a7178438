"""A place or a position that a person types, as a point."""

from streetclip_demo.errors import LabelError
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.outline import read_lines
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import said

MOST_LETTERS = 200


def typed_point(typed: str, gazetteer: Gazetteer) -> tuple[float, float]:
    """The point that a text names: "45.8, 4.8", "Lyon" or "Lyon, France".

    Raise LabelError if it names no place, or a position that is not on the globe.
    """
    typed = " ".join(typed.split())[:MOST_LETTERS]
    places = gazetteer.find(typed)
    if places:
        return places[0].latitude, places[0].longitude
    if any(letter.isdigit() for letter in typed):
        return _position(typed)
    names = gazetteer.suggest(typed)
    sentence = text.NO_PLACE_NAMED_HINT if names else text.NO_PLACE_NAMED
    raise LabelError(sentence.format(name=typed, names=text.OR.join(names)))


def _position(typed: str) -> tuple[float, float]:
    try:
        point = read_lines(f"pin @ {typed}")[0].point
    except LabelError as error:  # it is no list, so it has no lines
        sentence = said(str(error).removeprefix("Line 1: "))
        raise LabelError(sentence[:1].upper() + sentence[1:]) from None
    assert point is not None  # what is behind an @ is one, or an error
    return point
