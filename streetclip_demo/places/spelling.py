"""How names of places are compared: folded spelling, and names that are spelt alike. Knows no place."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

import numpy as np

MOST_COMPARED = 200  # names that share letters with a misspelt one, compared letter by letter
LEAST_LIKENESS = 0.8  # of difflib, 0 to 1; below it another name is meant: Mesopotamia is not Sooretama
LEAST_LETTERS = 4  # of a misspelt name, and one more in small letters; shorter ones are like too many
LIKENESS_MARGIN = 0.15  # beside "Switzerland", "Ireland" is no suggestion for "Swizerland"

_MARKS = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans("łøđðıə", "loddia") | str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"})
_APOSTROPHES = re.compile("['’‘ʼʻʿʾ`´]")
_ASCII_PUNCTUATION = re.compile(r"[\x00-/:-@\[-`{-\x7f]+")
_INITIALS = re.compile(r"\b(\w) (?=\w\b)")  # "u s a" is "usa"
_SHORT = {"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort"}


def fold(name: str) -> str:
    """Return a name as it is compared: no accents, case, punctuation or leading article; "St" is "saint".

    >>> fold("The Côte d’Ivoire"), fold("St. Gallen"), fold("U.S.A."), fold("Łódź")
    ('cote divoire', 'saint gallen', 'usa', 'lodz')
    """
    text = name.casefold()
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text)).translate(_LETTERS)
        text = _APOSTROPHES.sub("", unicodedata.normalize("NFC", text))
        text = "".join(c if c == "&" or unicodedata.category(c)[0] in "LMN" else " " for c in text)
    text = text.replace("'", "").replace("&", " and ")
    words = [_SHORT.get(word, word) for word in _ASCII_PUNCTUATION.sub(" ", text).split()]
    words = _INITIALS.sub(r"\1", " ".join(words)).split()
    return " ".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words)


class Spellings:
    """Names to suggest for one that nobody has.

    Parameters
    ----------
    entries : iterable of (key, name, level, country, population)
        Folded name, and the place that is called so, its population in digits. Keys that are not ASCII are
        left out.
    """

    def __init__(self, entries: Iterable[tuple[str, str, str, str, str]]):
        ascii_only = [entry for entry in entries if entry[0].isascii()]
        self._keys = [entry[0] for entry in ascii_only]
        self._places = [entry[1:] for entry in ascii_only]
        self._bags = letter_bags(self._keys)  # (n, 27)

    def near(
        self, name: str, *, level: str | None = None, country: str | None = None, limit: int = 3
    ) -> tuple[str, ...]:
        """Return the names spelt most like a name, the bigger place first where two are alike.

        Letters are counted first, for all names at once: the counts differ by at most twice the number of
        edits. Only the nearest are compared in order.
        """
        key = fold(name)
        if len(key) < LEAST_LETTERS + (name == name.lower()):
            return ()
        matcher = SequenceMatcher(b=key, autojunk=False)
        likeness: dict[int, float] = {}
        for index in self._sharing_letters(key, level, country):
            if key.endswith(self._keys[index]):  # Weißrussland is no misspelt Russland
                continue
            matcher.set_seq1(self._keys[index])
            likeness[index] = matcher.ratio()
        least = max(LEAST_LIKENESS, max(likeness.values(), default=0) - LIKENESS_MARGIN)
        scores: dict[str, float] = {}
        for index in [index for index in likeness if likeness[index] >= least]:
            place_name, place_level, _, population = self._places[index]
            score = likeness[index] + 0.03 * len(population) + (0.05 if place_level == "country" else 0)
            scores[place_name] = max(score, scores.get(place_name, 0))
        return tuple(sorted(scores, key=scores.__getitem__, reverse=True)[:limit])

    def _sharing_letters(self, key: str, level: str | None, country: str | None) -> list[int]:
        """Return positions of names with nearly the same letters, nearest first."""
        difference = np.abs(self._bags - letter_bags([key])).sum(axis=1)  # (n,)
        near = np.flatnonzero(difference <= max(2, 0.4 * len(key)))
        near = near[np.argsort(difference[near], kind="stable")]
        fit = [
            index
            for index in near.tolist()
            if level in (None, self._places[index][1]) and country in (None, self._places[index][2])
        ]
        return fit[:MOST_COMPARED]


def letter_bags(keys: Sequence[str]) -> np.ndarray:
    """Count the letters of names.

    Parameters
    ----------
    keys : sequence of str
        Folded names, in ASCII as far as they are counted by letter.

    Returns
    -------
    np.ndarray, shape (n, 27)
        How often each of a to z, and anything else, occurs; int16.
    """
    width = max(1, max(map(len, keys)))
    table = np.array([key.encode("ascii", "replace") for key in keys], dtype=f"S{width}")
    table = table.view(np.uint8).reshape(len(keys), width)  # (n, width), padded with 0
    rows, columns = np.nonzero(table)
    letters = np.minimum(table[rows, columns] - np.uint8(ord("a")), 26)  # what is before "a" wraps round
    counts = np.bincount(27 * rows + letters, minlength=27 * len(keys))
    return counts.reshape(len(keys), 27).astype(np.int16)
