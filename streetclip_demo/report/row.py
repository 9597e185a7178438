"""A prediction as one row among many: the answer, the pin and the guesses, without the tree. Writes no file."""

from streetclip_demo.locate.question import Question
from streetclip_demo.posterior.deciding import deciding_level
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.report.record import guess_record, prediction_record

# What a row has in a table, in this order, besides its number and file; `answer_row` says what each is.
FLAT: tuple[str, ...] = ("latitude", "longitude", "place", "path", "level", "place_id", "probability")
FLAT += ("answer", "answer_probability", "half_mass_radius_km", "pixels_sha256", "mark", "notes")
NUMBERS = ("latitude", "longitude", "probability", "answer_probability", "half_mass_radius_km")
WHOLE = ("discs", "tree")


def answer_row(prediction: Prediction, question: Question, photo_digest: str, is_whole: bool = False) -> dict:
    """What one photo of many was answered, in types that `json.dumps` takes; the same bits give the same row.

    Parameters
    ----------
    prediction : Prediction
    question : locate.question.Question
    photo_digest : str
        Photo.digest.
    is_whole : bool
        Whether every label is wanted, as "discs" and "tree" of `record.prediction_record`.

    Returns
    -------
    dict
        The estimator's best guess ("latitude" and "longitude" in degrees, null where it is no known place, "place",
        "path", "level", "place_id", "probability"); the likeliest label of the level that decides ("answer",
        "answer_probability"); "half_mass_radius_km", "pixels_sha256", "mark", "notes"; "guesses" by rank.
    """
    best, answer = prediction.guesses[0], deciding_level(prediction.roots).nodes[0]
    guesses = [guess_record(guess) for guess in prediction.guesses]
    pinned = {key: guesses[0][key] for key in ("latitude", "longitude", "level", "place_id", "probability")}
    radius = prediction.half_mass_radius_km
    row = pinned | {
        "place": best.node.candidate.name,
        "path": " > ".join(best.path),
        "answer": answer.candidate.name,
        "answer_probability": float(answer.probability),
        "half_mass_radius_km": None if radius is None else float(radius),
        "pixels_sha256": photo_digest,
        "mark": prediction.mark,
        "notes": " | ".join(prediction.notes),
    }
    told = {key: row[key] for key in FLAT} | {"guesses": guesses}
    if is_whole:
        record = prediction_record(prediction, question, photo_digest)
        told |= {key: record[key] for key in WHOLE}
    return told


def made_with(prediction: Prediction) -> dict:
    """What computed a row, in types that `json.dumps` takes; all rows of a run have the same."""
    keys = ("model", "revision", "engine", "device", "precision", "gazetteer")
    told = {key: getattr(prediction.manifest, key) for key in keys}
    told |= {
        "logit_scale": float(prediction.logit_scale),
        "temperatures": dict(vars(prediction.temperatures)),
    }
    return told | {"versions": dict(prediction.manifest.versions)}
