"""What an answer is made of, photos or views, as sentences and as data for other programs. Writes no file."""

from collections.abc import Sequence

from streetclip_demo.locate.together import Part, Parts
from streetclip_demo.posterior.deciding import deciding_level, first_path
from streetclip_demo.posterior.manifest import SeenPhoto
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.words.language import text
from streetclip_demo.words.place_names import isolated, joined, shown_path
from streetclip_demo.words.readable import percent


def part_names(seen: Sequence[SeenPhoto]) -> list[str]:
    """What photos that were asked as one are called, or the views of one photo."""
    if len(seen) > 1:
        return [text.PART_PHOTO.format(number=number) for number in range(1, len(seen) + 1)]
    views = [dict(view) for photo in seen for view in photo.views]
    if any("heading" in view for view in views):
        return list(text.VIEWS_AROUND)[: len(views)]
    is_tall = any(view["right"] - view["left"] > view["bottom"] - view["top"] for view in views)
    return list(text.VIEWS_DOWN if is_tall else text.VIEWS_ACROSS)[: len(views)]


def says(prediction: Prediction) -> str:
    """The likeliest label and its share."""
    node = deciding_level(prediction.roots).nodes[0]
    place = joined(shown_path(prediction.roots, first_path(prediction)))
    return text.ONE_OF_SEVERAL.format(place=isolated(place), share=percent(node.probability))


def parts_sentence(parts: Parts, names: Sequence[str]) -> str:
    """Whether photos agree, and which one is odd; "" for views."""
    if not parts.parts or parts.parts[0].agreement is None:
        return ""
    if parts.odd is not None:
        odd = parts.parts[parts.odd]
        share = percent(odd.agreement or 0)
        return text.PART_ODD.format(part=names[parts.odd], place=says(odd.prediction), share=share)
    if not any(part.differs for part in parts.parts):
        return text.PARTS_AGREE
    least = min(part.agreement or 0 for part in parts.parts)
    return (text.TWO_DIFFER if len(parts.parts) == 2 else text.PARTS_DIFFER).format(share=percent(least))


def parts_record(parts: Parts) -> dict:
    """All of it, in types that `json.dumps` takes.

    Returns
    -------
    dict
        "parts", in the order of the photos or views: "path" and "probability" of the likeliest label of each alone,
        and of photos "agreement", the belief that it shares with the product of all others (1 minus the total variation
        distance, from 0 to 1), null for views; "odd", which photo is the odd one, counted from 0, or null.
    """
    return {"parts": [_record(part) for part in parts.parts], "odd": parts.odd}


def _record(part: Part) -> dict:
    node = deciding_level(part.prediction.roots).nodes[0]
    return {
        "path": list(first_path(part.prediction)),
        "probability": float(node.probability),
        "agreement": None if part.agreement is None else float(part.agreement),
    }
