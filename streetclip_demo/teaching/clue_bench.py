"""Streets drawn from chosen clues, and what a clue did to the posterior. Knows no model and no page."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from streetclip_demo.photos.photo import Photo, photo_from_image
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.practice.captions import clue_caption
from streetclip_demo.practice.facts import CLUES, COUNTRIES, clues_of, country_named
from streetclip_demo.practice.scene import draw_scene, scene_of

WIDTH_PX = 640
MANY_TRIES = 1000
READ_AT_ONCE = 24  # captions: of CLIP's tokenizer, these fill a batch of the text model


@dataclass(frozen=True)
class Drawing:
    """A street to draw: a value for every clue, and the seed of weather, light and clutter."""

    clues: Mapping[str, str]
    seed: int

    def photo(self) -> Photo:
        """Draw it."""
        return photo_from_image(draw_scene(self.clues, self.seed, WIDTH_PX))

    def with_clue(self, clue: str, value: str) -> "Drawing":
        """The same street with one clue set."""
        return replace(self, clues={**self.clues, clue: value})


@dataclass(frozen=True)
class Move:
    """A label whose probability changed."""

    name: str
    before: float
    after: float


@dataclass(frozen=True)
class Credit:
    """What one changed clue did: how far the posterior goes back when this clue alone is put back."""

    clue: str
    before: str  # value
    after: str
    moved: float  # total variation distance between two posteriors, 0 to 1


def drawing_of(country: str, seed: int) -> Drawing:
    """A typical street of a practice country.

    Raise ValueError if no practice country has that name.
    """
    return Drawing(clues_of(country_named(country), random.Random(seed)), shown_seed(seed))


def shown_seed(first: int) -> int:
    """The first seed from this one on whose scene leaves no clue out."""
    clues = {key: clue.values[0] for key, clue in CLUES.items()}
    for seed in range(first, first + MANY_TRIES):
        if not scene_of(clues, seed).hidden:
            return seed
    raise ValueError(f"No scene from seed {first} on shows every clue.")


def changed(before: Drawing, after: Drawing) -> tuple[str, ...]:
    """The clues in which two drawings differ."""
    return tuple(key for key in CLUES if before.clues[key] != after.clues[key])


def roots(prediction: Prediction) -> dict[str, float]:
    """Name to probability of the labels at the top of the tree."""
    return {node.candidate.name: node.probability for node in prediction.roots}


def moves(before: Prediction, after: Prediction, count: int = 4) -> tuple[Move, ...]:
    """The labels whose probability changed most, the likeliest now first."""
    old, new = roots(before), roots(after)
    all_moves = [Move(name, old.get(name, 0.0), new.get(name, 0.0)) for name in {**new, **old}]
    most = sorted(all_moves, key=lambda move: -abs(move.after - move.before))[:count]
    return tuple(sorted(most, key=lambda move: -move.after))


def distance(one: Prediction, other: Prediction) -> float:
    """Total variation distance between two posteriors over the same labels, from 0 to 1."""
    first, second = roots(one), roots(other)
    return sum(abs(first.get(name, 0.0) - second.get(name, 0.0)) for name in {**first, **second}) / 2


def credits(
    before: Drawing,
    after: Drawing,
    prediction: Prediction,
    locate: Callable[[Photo], Prediction],
    clues: Sequence[str],
) -> tuple[Credit, ...]:
    """Which of the changed clues moved the answer, the strongest first.

    Parameters
    ----------
    before, after : Drawing
        Of one seed.
    prediction : Prediction
        Of `after`.
    locate : callable
        Answers the same question about another drawing.
    clues : sequence of str
        The clues that may be named: those that the model has been measured to read.
    """
    found = [
        Credit(
            key,
            before.clues[key],
            after.clues[key],
            distance(prediction, locate(after.with_clue(key, before.clues[key]).photo())),
        )
        for key in changed(before, after)
        if key in clues
    ]
    return tuple(sorted(found, key=lambda credit: -credit.moved))


def clue_captions(clues: Iterable[str]) -> dict[str, dict[str, str]]:
    """The captions that ask about clues: clue -> value -> caption."""
    return {key: {value: clue_caption(key, value) for value in CLUES[key].values} for key in clues}


def in_parts(clues: Iterable[str], most: int = READ_AT_ONCE) -> Iterator[tuple[str, ...]]:
    """Clues in their order, so many at once that a model reads their captions in one batch or two."""
    part: tuple[str, ...] = ()
    count = 0
    for key in clues:
        new = len(CLUES[key].values)
        if part and count + new > most:
            yield part
            part, count = (), 0
        part, count = (*part, key), count + new
    if part:
        yield part


def flat(captions: Mapping[str, Mapping[str, str]]) -> list[str]:
    """All captions of all clues, in their order."""
    return [caption for values in captions.values() for caption in values.values()]


def country_names() -> list[str]:
    """The countries whose streets can be drawn, in alphabetical order."""
    return sorted(country.name for country in COUNTRIES)
