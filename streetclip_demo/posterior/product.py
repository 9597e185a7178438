"""Several beliefs as one: a product of experts over the candidates that they share. Knows no model.

Among siblings a candidate has the product of what each expert gives it there, raised to the expert's weight, divided by
the sum over all of them; the weights sum to 1 (a logarithmic opinion pool: Genest and Zidek, Combining Probability
Distributions, Statistical Science 1, 1986, 114-135). So children sum to their parent and roots to 1, as in each of the
beliefs, and an expert with all of the weight is repeated to the last digit.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from streetclip_demo.errors import QuestionError
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.posterior.embedded_labels import Labels
from streetclip_demo.posterior.estimators import AreaOf, Leaves
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.prediction import Guess, Prediction
from streetclip_demo.posterior.temperatures import PLAIN
from streetclip_demo.posterior.tree import Parent, Siblings

Expert = tuple[Siblings, float]  # what one believes of some siblings, and its weight there

NOTHING_SHARED = (
    "These models have no label in common, so their answers cannot be combined. Ask all of them with one list of"
    " countries."
)


def product(
    predictions: Sequence[Prediction], weights: Sequence[float], area_of: AreaOf | None = None
) -> Prediction:
    """Combine predictions on one photo.

    Candidates are the same where they are the same place, or text that is spelt alike. Below a node that not every
    expert has looked into, those decide that have; where they know no candidate in common, the one with most weight.

    Parameters
    ----------
    predictions : sequence of Prediction
    weights : sequence of float
        From 0 on; divided by their sum.
    area_of : callable, optional
        As of `geolocate`.

    Returns
    -------
    Prediction
        Ranked step by step ("greedy"); the only one with weight as it is, but for its manifest.

    Raises
    ------
    ValueError
        If there is not one weight for each, or none is above 0.
    QuestionError
        If they share no root.
    """
    shares = parts(weights)
    if len(shares) != len(predictions):
        raise ValueError(f"Each prediction needs a weight: got {len(weights)} for {len(predictions)}.")
    used = [(one, share) for one, share in zip(predictions, shares, strict=True) if share > 0]
    manifest = _manifest(used)
    if len(used) == 1:
        return replace(used[0][0], manifest=manifest)
    roots = _pooled([(cast(Siblings, one.roots), share) for one, share in used], Parent())
    if roots is None:
        raise QuestionError(NOTHING_SHARED)
    leaves = Leaves(roots, area_of)
    order = leaves.ranked("greedy")
    places = [leaves.place(index) for index in order[: max(len(one.guesses) for one, _ in used)].tolist()]
    return Prediction(
        roots=roots,
        guesses=tuple(
            Guess(rank, siblings.node(at), siblings.path(at))
            for rank, (siblings, at) in enumerate(places, start=1)
        ),
        estimator="greedy",
        half_mass_radius_km=leaves.half_mass_radius_km(order[0]),
        logit_scale=1.0,  # its logits are logarithms of shares
        beam_width=max(one.beam_width for one, _ in used),
        templates=used[0][0].templates,
        temperatures=PLAIN,
        manifest=manifest,
    )


def parts(weights: Sequence[float]) -> tuple[float, ...]:
    """Weights that sum to 1; ValueError where one is below 0, or none is above it."""
    total = sum(weights)
    if not all(np.isfinite(weight) and weight >= 0 for weight in weights) or not total > 0:
        raise ValueError(f"Weights must be numbers from 0 on, one of them above it; got {list(weights)}.")
    return tuple(weight / total for weight in weights)


def _pooled(experts: Sequence[Expert], above: Parent) -> Siblings | None:
    """The siblings that all experts know, with all below them; None where there are none."""
    known = [_positions(siblings.labels) for siblings, _ in experts]
    common = [key for key in known[0] if all(key in others for others in known[1:])]
    if not common:
        return None
    at = [np.array([positions[key] for key in common]) for positions in known]
    first = experts[0][0]
    pooled = Siblings(
        _only(first.labels, at[0]),
        _weighed(experts, at, [siblings.cosines for siblings, _ in experts]),
        _weighed(experts, at, [_log_shares(siblings.logits) for siblings, _ in experts]),
        above,
    )
    for position in range(len(common)):
        below = [
            (siblings.children[int(there[position])], weight)
            for (siblings, weight), there in zip(experts, at, strict=True)
            if int(there[position]) in siblings.children
        ]
        if below:
            parent = Parent(pooled.path(position), float(pooled.probabilities[position]))
            pooled.children[position] = _below(below, parent)
    if pooled.children:
        pooled.pruned[[position for position in range(len(common)) if position not in pooled.children]] = True
    return pooled


def _below(experts: Sequence[Expert], above: Parent) -> Siblings:
    total = sum(weight for _, weight in experts)
    found = _pooled([(siblings, weight / total) for siblings, weight in experts], above)
    if found is None:
        heaviest, _ = max(experts, key=lambda expert: expert[1])
        found = _pooled([(heaviest, 1.0)], above)
    assert found is not None  # siblings are never none at all
    return found


def _positions(labels: Labels) -> dict[Hashable, int]:
    """What tells each candidate among its siblings, to its position; of several alike their number does."""
    seen: Counter[Hashable] = Counter()
    positions: dict[Hashable, int] = {}
    for position, candidate in enumerate(labels.candidates):
        key = _key(candidate)
        positions[key, seen[key]] = position
        seen[key] += 1
    return positions


def _key(candidate: Candidate) -> Hashable:
    if candidate.place:
        return candidate.place.level, candidate.place.id
    return " ".join(candidate.name.casefold().split())


def _weighed(
    experts: Sequence[Expert], at: Sequence[np.ndarray], numbers: Sequence[np.ndarray]
) -> np.ndarray:
    """Each common candidate's numbers, added up by weight."""
    weights = [weight for _, weight in experts]
    return np.sum(
        [weight * of[there] for weight, of, there in zip(weights, numbers, at, strict=True)], axis=0
    )


def _log_shares(logits: np.ndarray) -> np.ndarray:
    """Logarithms of the softmax: also of shares that have run out of digits."""
    above = logits - logits.max()
    return above - np.log(np.exp(above).sum())


def _only(labels: Labels, at: np.ndarray) -> Labels:
    if len(at) == len(labels.candidates):
        return labels
    return Labels(
        tuple(labels.candidates[position] for position in at),
        tuple(labels.captions[position] for position in at),
        labels.points[at],
        labels.filled_otherwise,
    )


def _manifest(used: Sequence[tuple[Prediction, float]]) -> Manifest:
    """What combined answers rest on: all models by their weight, the marks and notes of each once."""
    made = [one.manifest for one, _ in used]

    def each(of: str, between: str) -> str:
        return between.join(dict.fromkeys(filter(None, (getattr(one, of) for one in made))))

    return Manifest(
        model=" × ".join(f"{one.model} {share:.0%}" for one, share in used),
        revision=each("revision", " × "),
        engine=each("engine", ", "),
        device=each("device", ", "),
        precision=each("precision", ", "),
        gazetteer=each("gazetteer", ", "),
        mark=each("mark", " "),
        notes=tuple(dict.fromkeys(note for one in made for note in one.notes)),
        label_notes=tuple(dict.fromkeys(note for one in made for note in one.label_notes)),
        seen=made[0].seen,
    )
