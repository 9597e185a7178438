"""A prediction as data for other programs: the whole posterior and what it rests on. Writes no file."""

import hashlib
from collections.abc import Sequence

from streetclip_demo.locate.question import Question
from streetclip_demo.posterior.belief import Belief
from streetclip_demo.posterior.deciding import Disc, discs
from streetclip_demo.posterior.manifest import SeenPhoto
from streetclip_demo.posterior.prediction import Guess, Prediction
from streetclip_demo.posterior.tree import Node


def prediction_record(prediction: Prediction, question: Question, photo_digest: str | None = None) -> dict:
    """Everything about a prediction, in types that `json.dumps` takes, enough to compute it again.

    Parameters
    ----------
    prediction : Prediction
    question : locate.question.Question
        What was asked; its outline, templates and switches go into the manifest.
    photo_digest : str, optional
        Photo.digest. The photo itself, its name and its place on disk are not in the record.

    Returns
    -------
    dict
        "mark", "notes", "guesses" (by the estimator's rank), "discs" (the likeliest labels of the level that decides,
        by "map_rank", which is the number on the map, each with the best place inside it), "half_mass_radius_km",
        "tree" (nested nodes, most probable first; latitude and longitude in degrees, null where the label is no known
        place; rank null where a node is none of the guesses, map_rank where it is none of the discs), "photo",
        "manifest". Where several squares of the photo count, "photo" has "views": for each "left", "top", "right" and
        "bottom" as shares of its sides, or of a panorama "heading" and "field_of_view" in degrees. Where several photos
        were asked as one, "photos" has such an entry for each in their order, and "photo" is null; a
        "logit" is then the sum of each photo's, a "cosine" the mean. Where points were compared, "belief": how many,
        what names them, and how much of it lies within "radius_km" of the first guess.
    """
    ranked = list(discs(prediction))
    map_ranks = {id(disc.node): disc.rank for disc in ranked}
    ranks = {id(guess.node): int(guess.rank) for guess in prediction.guesses}  # two leaves may have one path
    return {
        "mark": prediction.mark,
        "notes": list(prediction.notes),
        "guesses": [guess_record(guess) for guess in prediction.guesses],
        "discs": [_disc(disc) for disc in ranked],
        "half_mass_radius_km": _number(prediction.half_mass_radius_km),
        "tree": [_node(node, ranks, map_ranks) for node in prediction.roots],
        **_photos(prediction.manifest.seen, photo_digest),
        "manifest": _manifest(prediction, question),
    } | _belief(prediction.belief)


def _photos(seen: Sequence[SeenPhoto], digest: str | None) -> dict:
    if len(seen) > 1:
        return {"photo": None, "photos": [_seen(one) for one in seen]}
    return {"photo": _seen(seen[0]) if seen else {"pixels_sha256": digest}}


def _seen(photo: SeenPhoto) -> dict:
    views = {"views": [dict(view) for view in photo.views]} if photo.views else {}
    return {"pixels_sha256": photo.digest} | views


def _belief(belief: Belief | None) -> dict:
    if belief is None:
        return {}
    told = {"points": len(belief.points), "gallery": belief.gallery}
    return {"belief": told | {"radius_km": _number(belief.radius_km), "share": _number(belief.mass)}}


def guess_record(guess: Guess) -> dict:
    """One guess as data."""
    return {"rank": int(guess.rank), "path": list(guess.path), **_entry(guess.node)}


def _disc(disc: Disc) -> dict:
    best = {"path": list(disc.best[0]), **_entry(disc.best[1])} if disc.best else None
    return {"map_rank": disc.rank, "path": list(disc.path), **_entry(disc.node), "best_inside": best}


def _node(node: Node, ranks: dict[int, int], map_ranks: dict[int, int]) -> dict:
    return {
        **_entry(node),
        "rank": ranks.get(id(node)),
        "map_rank": map_ranks.get(id(node)),
        "share": _number(node.share),
        "logit": _number(node.logit),
        "cosine": _number(node.cosine),
        "captions": list(node.captions),
        "children": [_node(child, ranks, map_ranks) for child in node.children],
    }


def _entry(node: Node) -> dict:
    candidate = node.candidate
    latitude, longitude = candidate.point or (None, None)
    return {
        "name": candidate.name,
        "level": candidate.level,
        "place_id": candidate.place.id if candidate.place else None,
        "latitude": _number(latitude),
        "longitude": _number(longitude),
        "probability": _number(node.probability),
    }


def _manifest(prediction: Prediction, question: Question) -> dict:
    made = prediction.manifest
    return {
        "model": prediction.model,
        "revision": prediction.revision,
        "logit_scale": _number(prediction.logit_scale),
        "temperatures": dict(vars(prediction.temperatures)),
        "estimator": prediction.estimator,
        "beam_width": int(prediction.beam_width),
        "templates": {level: list(lines) for level, lines in vars(prediction.templates).items()},
        "labels": question.labels,
        "labels_sha256": hashlib.sha256(question.labels.encode()).hexdigest(),
        "add_cities": question.add_cities,
        "cities_per_country": question.cities_per_country,
        **{key: getattr(made, key) for key in ("engine", "device", "precision", "gazetteer")},
        "versions": dict(made.versions),
        "date": made.date,
    }


def _number(value: float | None) -> float | None:
    """A plain float: numpy's numbers are not JSON."""
    return None if value is None else float(value)
