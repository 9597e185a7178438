"""Captions in batches of one shape, in which what they begin with is computed once. Knows tokens, not words.

CLIP's text model is causal: a token's features depend on the tokens before it and on nothing else. So captions that
begin alike, as filled templates do, need their beginning once.

And they may not depend on the company either, to the last bit: what a caption is filled into today must give what it
gave yesterday. So all matrices of a batch have one shape whatever is in it, and what rounds by its place does not
move: each caption has an attention of its own, from its first token on, of a length that its own length decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

Caption = list[int]  # its tokens, from the start token to the end token
LENGTHS = (16, 32)  # of attention, in tokens; beyond them it is the model's context
TOKENS_AT_ONCE = 192
CAPTIONS_AT_ONCE = 48


@dataclass(frozen=True)
class PackedCaptions:
    """Tokens as CaptionTower takes them. What a batch has room for and does not need is filled with token 0.

    Attributes
    ----------
    captions : list[int], length n
        Numbers of the captions, at most CAPTIONS_AT_ONCE.
    tokens, positions : np.ndarray, shape (tokens at once,), int64
        Ids, and each token's place in its caption. What captions have in common stands there once.
    paths : np.ndarray, shape (CAPTIONS_AT_ONCE, length), int64
        Which tokens make up each caption; filled up behind its end, where none of it looks.
    spots : np.ndarray, shape (tokens at once,), int64
        Where each token is in `paths`, counted row by row.
    ends : np.ndarray, shape (CAPTIONS_AT_ONCE,), int64
        Each caption's end token.
    """

    captions: list[int]
    tokens: np.ndarray
    positions: np.ndarray
    paths: np.ndarray
    spots: np.ndarray
    ends: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """What the tower takes."""
        return self.tokens, self.positions, self.paths, self.spots, self.ends


def pack(captions: Sequence[Caption], context: int) -> Iterator[PackedCaptions]:
    """Put captions of at most `context` tokens into batches; those that begin alike come together.

    Raise ValueError if a caption is longer than that, or has no token.
    """
    for tokens in captions:
        if not 0 < len(tokens) <= context:
            raise ValueError(f"A caption must have 1 to {context} tokens, got {len(tokens)}.")
    lengths = [*(length for length in LENGTHS if length < context), context]
    for shorter, length in zip([0, *lengths], lengths, strict=False):
        numbers = [number for number, tokens in enumerate(captions) if shorter < len(tokens) <= length]
        for batch in _batches(captions, numbers, max(TOKENS_AT_ONCE, context)):
            yield _laid_out(captions, batch, length, max(TOKENS_AT_ONCE, context))


def _batches(captions: Sequence[Caption], numbers: Sequence[int], room: int) -> Iterator[list[int]]:
    batch: list[int] = []
    last: Caption = []
    count = 0
    for number in sorted(numbers, key=lambda number: captions[number]):
        tokens = captions[number]
        new = len(tokens) - _common(last, tokens)
        if len(batch) == CAPTIONS_AT_ONCE or count + new > room:
            yield batch
            batch, count, new = [], 0, len(tokens)
        batch.append(number)
        count, last = count + new, tokens
    if batch:
        yield batch


def _common(one: Caption, other: Caption) -> int:
    length = min(len(one), len(other))
    return next((place for place in range(length) if one[place] != other[place]), length)


def _laid_out(captions: Sequence[Caption], batch: list[int], length: int, room: int) -> PackedCaptions:
    tokens, positions, spots = (np.zeros(room, np.int64) for _ in range(3))
    paths, ends = np.zeros((CAPTIONS_AT_ONCE, length), np.int64), np.zeros(CAPTIONS_AT_ONCE, np.int64)
    last: Caption = []
    count = 0
    for row, number in enumerate(batch):
        own = captions[number]
        shared, size = _common(last, own), len(own)
        stop = count + size - shared
        tokens[count:stop], positions[count:stop] = own[shared:], range(shared, size)
        paths[row, :shared], paths[row, shared:size] = paths[row - 1, :shared], range(count, stop)
        spots[count:stop] = range(row * length + shared, row * length + size)
        ends[row] = paths[row, size - 1]
        count, last = stop, own
    return PackedCaptions(batch, tokens, positions, paths, spots, ends)
