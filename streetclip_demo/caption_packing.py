"""Captions side by side in one sequence, so that what they begin with is computed once. Knows tokens, not words.

CLIP's text model is causal: a token's features depend on the tokens before it and on nothing else. So captions that
begin alike, as filled templates do, need their beginning once, and may share a sequence if none sees another's tokens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

Caption = Sequence[int]  # its tokens, from the start token to the end token


@dataclass(frozen=True)
class Row:
    """Captions that share a sequence: their numbers, and how many of their first tokens they have in common."""

    captions: tuple[int, ...]
    shared: int


@dataclass(frozen=True)
class PackedCaptions:
    """Rows of tokens as a text model takes them.

    Attributes
    ----------
    captions : list[int], length n
        Numbers of the captions, in the order of `rows` and `columns`.
    tokens, positions : np.ndarray, shape (r, length), int64
        Ids, and each token's place in its own caption. Short rows are filled up.
    mask : np.ndarray, shape (r, 1, length, length), bool
        Which token (third axis) sees which (fourth).
    rows, columns : np.ndarray, shape (n,), int64
        Where each caption's end token stands.
    """

    captions: list[int]
    tokens: np.ndarray
    positions: np.ndarray
    mask: np.ndarray
    rows: np.ndarray
    columns: np.ndarray


def pack(captions: Sequence[Caption], longest: int, rows_at_once: int) -> Iterator[PackedCaptions]:
    """Pack captions into sequences of at most `longest` tokens, some sequences at a time.

    Raises
    ------
    ValueError
        If a caption is longer than that, or has no token.
    """
    for tokens in captions:
        if not 0 < len(tokens) <= longest:
            raise ValueError(f"A caption must have 1 to {longest} tokens, got {len(tokens)}.")
    rows = list(_rows(captions, longest))
    for start in range(0, len(rows), rows_at_once):
        yield _laid_out(captions, rows[start : start + rows_at_once])


def _rows(captions: Sequence[Caption], longest: int) -> Iterator[Row]:
    order = sorted(
        range(len(captions)), key=lambda number: captions[number]
    )  # beginnings that are alike meet
    row, shared, total = [], 0, 0  # total: tokens of all captions in the row
    for number in order:
        tokens = captions[number]
        common = min(shared, _common(captions[row[-1]], tokens)) if row else len(tokens)
        common = min(common, len(tokens) - 1)  # each has its end token to itself
        if row and total + len(tokens) - len(row) * common > longest:
            yield Row(tuple(row), shared)
            row, total, common = [], 0, len(tokens) - 1
        row.append(number)
        shared, total = common, total + len(tokens)
    if row:
        yield Row(tuple(row), shared)


def _common(one: Caption, other: Caption) -> int:
    length = min(len(one), len(other))
    return next((place for place in range(length) if one[place] != other[place]), length)


def _laid_out(captions: Sequence[Caption], rows: Sequence[Row]) -> PackedCaptions:
    longest = max(
        row.shared + sum(len(captions[number]) - row.shared for number in row.captions) for row in rows
    )
    tokens = np.zeros((len(rows), longest), np.int64)
    positions = np.zeros_like(tokens)
    mask = np.zeros((len(rows), 1, longest, longest), bool)
    mask[:, 0, range(longest), range(longest)] = (
        True  # what fills up sees itself: nothing at all is no number
    )
    ends = []
    for at, row in enumerate(rows):
        shared = row.shared
        tokens[at, :shared] = captions[row.captions[0]][:shared]
        positions[at, :shared] = range(shared)
        mask[at, 0, :shared, :shared] = np.tri(shared, dtype=bool)
        start = shared
        for number in row.captions:
            own = captions[number][shared:]
            end = start + len(own)
            tokens[at, start:end] = own
            positions[at, start:end] = range(shared, shared + len(own))
            mask[at, 0, start:end, :shared] = True
            mask[at, 0, start:end, start:end] = np.tri(len(own), dtype=bool)
            ends.append((number, at, end - 1))
            start = end
    numbers, at, columns = zip(*ends, strict=True)
    return PackedCaptions(list(numbers), tokens, positions, mask, np.array(at), np.array(columns))
