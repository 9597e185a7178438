"""Clues that speak for an answer: which are read in a photo, and what becomes of the shares without each.

Nothing but the photo's embedding is needed, which is there already. A clue's *direction* leads from
the mean of the captions of its other values to the caption of the value that is read. Without that direction (taken out
by projection) the captions of that value and of the others fit the photo alike, and the same question is answered anew.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.locator import AnyPhoto
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.posterior.tree import softmax
from streetclip_demo.practice.captions import clue_caption
from streetclip_demo.practice.facts import CLUES
from streetclip_demo.practice.gate import Gate
from streetclip_demo.progress import Progress

MOST_NAMED = 3
# Below these a clue is not named; measured by scripts/measure_clue_words.py, docs/explanations.md has the table.
LEAST_READ = 0.5  # the share of the caption that is read, among those of its clue
LEAST_RAISED = 0.2  # in the logarithm of the odds


@dataclass(frozen=True)
class Tie:
    """What a clue does to one label."""

    label: Candidate
    share: float
    without: float  # its share where the clue's direction is taken out of the photo's embedding
    raised: float  # how far the clue raises the logarithm of its odds; below 0 where it lowers them


@dataclass(frozen=True, eq=False)
class ReadClue:
    """The value of a clue that fits a photo best, and what it does to the labels of the level that decides.

    Attributes
    ----------
    clue, value : str
        Keys of `facts.CLUES` and of its phrases.
    read : float
        The share of this value's caption among the captions of the clue, 0 to 1.
    labels : tuple of Candidate, length n
        In the list's order.
    logits, logits_without : np.ndarray, shape (n,)
        Of the labels with the clue, and without its direction.
    """

    clue: str
    value: str
    read: float
    labels: tuple[Candidate, ...]
    logits: np.ndarray
    logits_without: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """The labels' shares (n,)."""
        return softmax(self.logits)

    @property
    def without(self) -> np.ndarray:
        """The same without the clue's direction."""
        return softmax(self.logits_without)

    @property
    def phrase(self) -> str:
        """The value in English words: "conifer trees"."""
        return CLUES[self.clue].phrases[self.value]

    def tie(self, name: str) -> Tie:
        """What it does to the label of that name."""
        return self._tie(next(at for at, label in enumerate(self.labels) if label.name == name))

    def raised_most(self, count: int = MOST_NAMED) -> tuple[Tie, ...]:
        """The labels whose share it raises most."""
        gains = self.shares - self.without
        most = np.argsort(-gains, kind="stable")[:count].tolist()
        return tuple(self._tie(position) for position in most if gains[position] > 0)

    def ties_to(self, names: Iterable[str]) -> tuple[Tie, ...]:
        """Its ties to labels of these names, and to those that it raises most; each once."""
        ties = (*map(self.tie, names), *self.raised_most())
        return tuple({tie.label.name: tie for tie in ties}.values())

    def _tie(self, position: int) -> Tie:
        shares = float(self.shares[position]), float(self.without[position])
        raised = log_odds(self.logits, position) - log_odds(self.logits_without, position)
        return Tie(self.labels[position], *shares, raised)


def offered_clues(gate: Gate, is_practice: bool) -> tuple[str, ...]:
    """The clues that a model is asked about: the practice model about those that it was measured to read."""
    return gate.learnt if is_practice else tuple(CLUES)


def captions_of(clues: Collection[str]) -> list[str]:
    """The captions of all values of some clues."""
    return [clue_caption(key, value) for key in clues for value in CLUES[key].values]


def read_clues(
    locator: ClipLocator,
    photo: AnyPhoto,
    prediction: Prediction,
    clues: Sequence[str],
    progress: Progress | None = None,
) -> tuple[ReadClue, ...]:
    """Each clue's likeliest value in a photo, with what it does to an answer.

    Parameters
    ----------
    locator : ClipLocator
    photo : Photo or KeptPhoto
        Embedded anew only where the locator has not seen it.
    prediction : Prediction
        What `locate` answered about it.
    clues : sequence of str
        Keys of `facts.CLUES`; see `offered_clues`.
    progress : callable, optional
        Told while captions are read that were never read before.

    Returns
    -------
    tuple of ReadClue
        In the order of `clues`.
    """
    (embedded,) = locator.embed([photo])
    image = embedded.embedding.astype(float)
    image /= np.linalg.norm(image)  # as an answer has it, to the last digit
    captions = locator.read_captions(captions_of(clues), progress)  # (n, d)
    values = np.split(captions, np.cumsum([len(CLUES[key].values) for key in clues])[:-1])
    read = [softmax(locator.encoder.logit_scale * np.vecdot(mine, image)) for mine in values]
    best = [int(shares.argmax()) for shares in read]
    images = [without_direction(image, mine, which) for mine, which in zip(values, best, strict=True)]
    labels, (before, *after) = locator.logits_again(prediction, [image, *images])
    return tuple(
        ReadClue(key, CLUES[key].values[which], float(shares[which]), labels, before, without)
        for key, which, shares, without in zip(clues, best, read, after, strict=True)
    )


def without_direction(image: np.ndarray, captions: np.ndarray, which: int) -> np.ndarray:
    """A unit embedding (d,) without the direction from the mean of all other captions (n, d) to one of them."""
    direction = (captions[which] - np.delete(captions, which, axis=0).mean(axis=0)).astype(float)
    direction /= np.linalg.norm(direction)
    left = image - np.vecdot(image, direction) * direction
    return left / np.linalg.norm(left)


def speaking_for(name: str, read: Sequence[ReadClue]) -> tuple[ReadClue, ...]:
    """The clues that raise a label above noise, at most three, the strongest first."""
    ties = [(clue.tie(name).raised, clue) for clue in read if clue.read >= LEAST_READ]
    raising = [(raised, clue) for raised, clue in ties if raised >= LEAST_RAISED]
    return tuple(clue for _, clue in sorted(raising, key=lambda one: -one[0])[:MOST_NAMED])


def log_odds(logits: np.ndarray, position: int) -> float:
    """The logarithm of a label's odds against all others; 0 where there are none.

    Of logits (n,), not of shares: a share of 1, or of 0, has run out of the digits that say how sure it is.
    """
    others = np.delete(logits, position)
    if not len(others):
        return 0.0
    top = others.max()
    return float(logits[position] - top - np.log(np.exp(others - top).sum()))
