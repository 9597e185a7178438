"""Labels with their captions and embeddings, put together once for all photos. Knows no photo and no model."""

import functools
import itertools
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.places.candidates import Candidate, Family
from streetclip_demo.places.templates import Templates, captions, unfilled

REMEMBERED_TEMPLATES = 2  # sets of them whose captions need not be filled in again,
REMEMBERED_CAPTIONS = 50_000  # for as many labels each: some 20 MB in all
REMEMBERED_LABELS = 50_000  # whose embeddings stay at hand: 150 MB where they have 768 numbers
SHARED_AT_MOST = 2  # times as many embeddings as a list has labels: it then takes those that another list has
NOWHERE = (np.nan, np.nan)  # the point of a label that has none

EmbedCaptions = Callable[[list[str]], np.ndarray]
Filled = tuple[
    tuple[str, ...], tuple[str, ...]
]  # a label's captions; its name if a template could not be filled


@dataclass(frozen=True, eq=False)
class Labels:
    """Siblings and what is known of them whatever the photo. One object for as long as it is remembered."""

    candidates: tuple[Candidate, ...]
    captions: tuple[tuple[str, ...], ...]
    points: np.ndarray  # (n, 2), (latitude, longitude) in degrees; NaN where a label has no point
    filled_otherwise: tuple[str, ...]  # names that a template could not be filled with


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Embeddings of labels that were put together in one call; lists that know them all share them."""

    rows: dict[tuple[str, ...], int]  # a label's captions -> its row
    vectors: np.ndarray  # (n, d)
    lengths: np.ndarray  # (n,)

    def cosines(self, image: np.ndarray) -> np.ndarray:
        """Cosine of each label and a unit vector (d,); shape (n,)."""
        image = image.astype(self.vectors.dtype)  # so that thousands of vectors are not copied
        # Not `@`, whose threads go on spinning after it and slow down all that follows on a busy machine.
        return np.vecdot(self.vectors, image) / self.lengths


@dataclass(frozen=True, eq=False)
class EmbeddedLabels:
    """Labels, and where their embeddings are; after them those of their countries' regions."""

    labels: Labels
    regions: dict[int, slice]  # position of a country with regions -> where in `rows` these are
    embeddings: Embeddings
    rows: np.ndarray  # (n and regions,), int


class EmbeddedLabelsCache:
    """Keeps lists of labels with their embeddings, so that no photo has to wait until they are put together.

    A list is known by what it holds. A list with a few labels less than a
    known one, or in another order, shares its embeddings. The lists used last are kept, up to `most` embeddings
    in all. For one `embed_captions` only. Safe to use from several threads.
    """

    def __init__(self, most: int = REMEMBERED_LABELS):
        self._most = most
        self._count = 0
        self._known: dict[tuple[Family, Templates], EmbeddedLabels] = {}  # used last comes last
        self._lock = threading.Lock()

    def embedded(
        self,
        lists: Sequence[Family],
        templates: Templates,
        embed_captions: EmbedCaptions,
        dimension: int,
    ) -> list[EmbeddedLabels]:
        """Each list with its embeddings; the labels of those that are not known are embedded in one call."""
        keys = [(candidates, templates) for candidates in lists]
        with self._lock:
            found = {key: self._known.pop(key) for key in set(keys) if key in self._known}
            self._known |= found
        new = {key: candidates for key, candidates in zip(keys, lists, strict=True) if key not in found}
        if new:
            with self._lock:
                kept = {one.embeddings for one in self._known.values()}
            made = _embed(list(new.values()), templates, embed_captions, dimension, kept)
            found |= zip(new, made, strict=True)
            self._keep({key: found[key] for key in new})
        return [found[key] for key in keys]

    def _keep(self, made: dict[tuple[Family, Templates], EmbeddedLabels]) -> None:
        with self._lock:
            for key in made.keys() - self._known.keys():
                self._known[key] = made[key]
                self._count += len(made[key].embeddings.lengths)  # shared ones too: each list may be the last
            while self._count > self._most:
                oldest = self._known.pop(next(iter(self._known)))
                self._count -= len(oldest.embeddings.lengths)


def _embed(
    lists: Sequence[tuple[Candidate, ...]],
    templates: Templates,
    embed_captions: EmbedCaptions,
    dimension: int,
    kept: Iterable[Embeddings],
) -> list[EmbeddedLabels]:
    """Fill labels into captions and embed these; regions of countries too, for they are pooled."""
    regions = [[_regions(candidate) for candidate in candidates] for candidates in lists]
    fill = _filler(templates)
    filled = [
        [
            fill(candidate.level, candidate.name, candidate.country, candidate.region)
            for candidate in itertools.chain(candidates, *below)
        ]
        for candidates, below in zip(lists, regions, strict=True)
    ]
    groups = [texts for labels in filled for texts, _ in labels]
    embeddings = next((known for known in kept if _fits(groups, known.rows)), None)
    embeddings = embeddings or _embeddings(list(dict.fromkeys(groups)), embed_captions, dimension)
    return [
        EmbeddedLabels(
            _labels(candidates, labels[: len(candidates)]),
            _slices(len(candidates), below),
            embeddings,
            np.array([embeddings.rows[texts] for texts, _ in labels]),
        )
        for candidates, below, labels in zip(lists, regions, filled, strict=True)
    ]


def _fits(groups: Sequence[tuple[str, ...]], known: Collection[tuple[str, ...]]) -> bool:
    """Whether all are known, and not among so many others that each photo would be compared with too much."""
    return len(known) <= SHARED_AT_MOST * len(groups) and all(group in known for group in groups)


def _embeddings(
    groups: Sequence[tuple[str, ...]], embed_captions: EmbedCaptions, dimension: int
) -> Embeddings:
    """Embeddings of labels by their captions: the mean where a label has several."""
    distinct = dict.fromkeys(itertools.chain.from_iterable(groups))
    at = {caption: row for row, caption in enumerate(distinct)}
    vectors = np.asarray(embed_captions(list(distinct)))  # (n, d)
    expected = (len(distinct), dimension)
    if vectors.shape != expected:
        raise ValueError(f"Caption embeddings must have the shape {expected}, got {vectors.shape}.")
    lengths = _lengths(vectors, "A caption embedding")  # (n,)
    several = [row for row, group in enumerate(groups) if len(group) > 1]
    if several:
        rows = [[at[caption] for caption in groups[row]] for row in several]
        means = np.array([(vectors[row] / lengths[row, None]).mean(axis=0) for row in rows])
        # All others as they are: a label must not round otherwise because one beside it has several captions.
        first = [at[group[0]] for group in groups]
        vectors, lengths = vectors[first], lengths[first]
        vectors[several] = unit(means, "The mean of a label's caption embeddings")
        lengths[several] = 1
    return Embeddings({group: row for row, group in enumerate(groups)}, vectors, lengths)


def _labels(candidates: tuple[Candidate, ...], filled: Sequence[Filled]) -> Labels:
    return Labels(
        candidates,
        tuple(texts for texts, _ in filled),
        np.array([candidate.point or NOWHERE for candidate in candidates], dtype=float),
        tuple(dict.fromkeys(name for _, names in filled for name in names)),
    )


def _regions(candidate: Candidate) -> list[Candidate]:
    if candidate.level != "country":
        return []
    return [child for child in candidate.children if child.level == "region"]


def _slices(start: int, groups: Sequence[Sequence]) -> dict[int, slice]:
    """Where groups that follow one another from a row on are; only those that have members."""
    ends = (start + np.cumsum([len(group) for group in groups])).tolist()
    return {
        position: slice(end - len(group), end)
        for position, (group, end) in enumerate(zip(groups, ends, strict=True))
        if group
    }


@functools.lru_cache(maxsize=REMEMBERED_TEMPLATES)
def _filler(templates: Templates) -> Callable[[str, str, str, str], Filled]:
    """What fills templates with a label's level, name, country and region, and remembers it."""

    @functools.lru_cache(maxsize=REMEMBERED_CAPTIONS)
    def fill(level: str, name: str, country: str, region: str) -> Filled:
        known = {"country": country, "region": region, "name": name, level: name}
        return captions(templates, level, known), (name,) if unfilled(templates, level, known) else ()

    return fill


def unit(vectors: np.ndarray, what: str) -> np.ndarray:
    """Vectors (n, d) at unit length."""
    return vectors / _lengths(vectors, what)[:, None]


def _lengths(vectors: np.ndarray, what: str) -> np.ndarray:
    """Lengths (n,) of vectors (n, d)."""
    lengths = np.sqrt(np.vecdot(vectors, vectors), dtype=np.float64)  # so that what they divide is float64
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise ValueError(f"{what} is zero or not finite; the model or its cache is damaged.")
    return lengths
