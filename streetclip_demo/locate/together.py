"""Several photos of one place as one question, and what each photo, or each view of a photo, says alone.

The answer is the product of what each photo says, divided by its sum: at each level the logarithms of the shares are
added up, so that photos count as independent witnesses of one place, none of which has a prior of its own. One photo is
answered as it is, and the order of several does not matter.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from streetclip_demo.errors import QuestionError
from streetclip_demo.locate.compare import overlap
from streetclip_demo.locate.locator import AnyPhoto, Embedded, Locator
from streetclip_demo.locate.question import Question
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.posterior.deciding import deciding_level, first_path
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import Node, Siblings
from streetclip_demo.progress import Progress

MOST_TOGETHER = 32
LEAST_FOR_ODD = 3  # of two that differ neither is the odd one
TOGETHER = "{count} photos are asked as one: this is the product of what each says."
OF_ONE = "Photo {number}: {note}"


@dataclass(frozen=True, eq=False)
class OnePlace:
    """Photos that were taken in one place."""

    photos: tuple[AnyPhoto, ...]


Asked = AnyPhoto | OnePlace


@dataclass(frozen=True)
class Part:
    """What one photo, or one view, says alone.

    Attributes
    ----------
    prediction : Prediction
        Of the labels that were asked, without the cities that are added to them.
    agreement : float or None
        Belief that it shares with the product of all others, at the level that decides: 1 minus the total variation
        distance, from 0 to 1. None for a view.
    differs : bool
        Whether its likeliest label is another than theirs.
    """

    prediction: Prediction
    agreement: float | None = None
    differs: bool = False


@dataclass(frozen=True)
class Parts:
    """What an answer is made of.

    Attributes
    ----------
    parts : tuple of Part
    odd : int or None
        Which of at least three photos is the odd one: it shares least with all others, and names another place.
    """

    parts: tuple[Part, ...] = ()
    odd: int | None = None


def as_one(embedded: Sequence[Embedded]) -> Embedded:
    """Photos that are asked as one; a single one as it is.

    Raise QuestionError if there is none, or too many.
    """
    if not 1 <= len(embedded) <= MOST_TOGETHER:
        raise QuestionError(f"From 1 to {MOST_TOGETHER} photos can be asked as one, got {len(embedded)}.")
    if len(embedded) == 1:
        return embedded[0]
    told = TOGETHER.format(count=len(embedded))
    notes = (told, *_notes_of(embedded))
    return Embedded(np.stack([one.embedding for one in embedded]), "", notes, tuple(embedded))


def _notes_of(embedded: Sequence[Embedded]) -> Iterator[str]:
    """What is to be known of all photos, then of some, each with the number of its photo."""
    every = set.intersection(*(set(one.notes) for one in embedded))
    yield from (note for note in embedded[0].notes if note in every)
    for number, one in enumerate(embedded, start=1):
        yield from (OF_ONE.format(number=number, note=note) for note in one.notes if note not in every)


def embed(locator: Locator, asked: Asked) -> Embedded:
    """What a model sees in what is asked, in one call of the model."""
    photos = asked.photos if isinstance(asked, OnePlace) else (asked,)
    return as_one(locator.embed(photos))


def ask(locator: Locator, asked: Asked, question: Question, progress: Progress | None = None) -> Prediction:
    """Say where one photo, or several of one place, may have been taken."""
    if isinstance(asked, OnePlace):
        return locator.answer(embed(locator, asked), question, progress)
    return locator.locate(asked, question, progress)


def parts_of(locator: Locator, embedded: Embedded, question: Question) -> Parts:
    """What each photo, or each view of a photo, says alone; nothing where there is one."""
    listed = replace(question, add_cities=False, beam_width=1, estimator="greedy", top_k=1)

    def answers(several: Sequence[Embedded]) -> list[Prediction]:
        return [locator.answer(one, listed) for one in several]

    alone = answers(embedded.parts)
    if embedded.photos != embedded.parts:
        return Parts(tuple(map(Part, alone)))
    others = answers([as_one(_without(embedded.parts, number)) for number in range(len(alone))])
    parts = tuple(
        Part(one, overlap(_shares(one), _shares(rest)), first_path(one) != first_path(rest))
        for one, rest in zip(alone, others, strict=True)
    )
    return Parts(parts, _odd(parts))


def _without(parts: Sequence[Embedded], number: int) -> list[Embedded]:
    return [one for at, one in enumerate(parts) if at != number]


def _odd(parts: Sequence[Part]) -> int | None:
    """Not the one whose leaving changes the answer most: where the others are torn, that is one of the majority."""
    if len(parts) < LEAST_FOR_ODD:
        return None
    number = min(range(len(parts)), key=lambda at: parts[at].agreement or 0)
    return number if parts[number].differs else None


def _shares(prediction: Prediction) -> Mapping[Hashable, float]:
    """What the labels of the level that decides have."""
    nodes: Sequence[Node] = deciding_level(prediction.roots).nodes
    if isinstance(nodes, Siblings):  # of which no node is made for that
        pairs = zip(nodes.labels.candidates, nodes.probabilities.tolist(), strict=True)
        return {_key(candidate): probability for candidate, probability in pairs}
    return {_key(node.candidate): node.probability for node in nodes}


def _key(candidate: Candidate) -> Hashable:
    return (
        (candidate.place.level, candidate.place.id) if candidate.place else (candidate.name, candidate.line)
    )
