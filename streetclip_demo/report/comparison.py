"""Answers side by side, as sentences and as data for other programs. Writes no file."""

from streetclip_demo.locate.compare import Comparison, SideBySide
from streetclip_demo.locate.question import Question
from streetclip_demo.report.record import prediction_record
from streetclip_demo.words.language import text
from streetclip_demo.words.place_names import isolated, local_name
from streetclip_demo.words.readable import kilometres, percent, said

LETTERS = "ABC"  # of the models, in their order, as on their map


def comparison_sentences(found: Comparison) -> list[str]:
    """How far apart two answers are and what they share; where they part."""
    one, other = (isolated(said(model)) for model in found.models)
    sentence = text.COMPARE_NO_PIN if found.distance_km is None else text.COMPARE_APART
    distance = kilometres(found.distance_km or 0)
    told = sentence.format(one=one, other=other, distance=distance, share=percent(found.overlap))
    return [told, parting_sentence(found)]


def parting_sentence(found: Comparison) -> str:
    """Where two answers part first."""
    if found.parting is None:
        return text.COMPARE_SAME
    names = zip(found.parting.names, found.parting.codes, strict=True)
    first, second = (isolated(local_name(name, code)) for name, code in names)
    return text.COMPARE_PARTS[found.parting.level].format(first=first, second=second)


def weights_sentence(side: SideBySide) -> str:
    """What a combined answer is made of."""
    shares = zip(side.predictions, side.weights, strict=True)
    told = [text.ONE_OF_SEVERAL.format(place=said(one.model), share=percent(share)) for one, share in shares]
    return text.COMBINED_OF.format(weights=text.COMMA.join(told))


def side_by_side_record(side: SideBySide, question: Question, photo_digest: str | None = None) -> dict:
    """All of it, in types that `json.dumps` takes.

    Returns
    -------
    dict
        "models": `prediction_record` of each; "comparisons" of each two: "models" (titles), "distance_km" between
        their pins (null where one has no position), "overlap" (the belief that both have in the same countries, from
        0 to 1), "agreed" (the last level at which their pins agree, or null), "parting" (null, or the first "level" at
        which they differ, with "names" and "place_ids"); "combined": the record of the product of experts with its
        "weights" in the models' order, or null where they share no label.
    """
    records = [prediction_record(one, question, photo_digest) for one in side.predictions]
    combined = None
    if side.combined is not None:
        combined = prediction_record(side.combined, question, photo_digest)
        combined |= {"weights": [float(weight) for weight in side.weights]}
    return {
        "models": records,
        "comparisons": [_comparison(one) for one in side.comparisons],
        "combined": combined,
    }


def _comparison(found: Comparison) -> dict:
    parting = found.parting and {
        "level": found.parting.level,
        "names": list(found.parting.names),
        "place_ids": [code or None for code in found.parting.codes],
    }
    return {
        "models": list(found.models),
        "distance_km": found.distance_km,
        "overlap": float(found.overlap),
        "agreed": found.agreed or None,
        "parting": parting,
    }
