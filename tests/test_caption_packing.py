"""Packed captions: each sees all of itself and nothing of the others, and what they begin with stands there once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streetclip_demo.caption_packing import pack

LONGEST = 12
CAPTIONS = st.lists(
    st.lists(st.integers(1, 3), min_size=1, max_size=LONGEST - 1).map(lambda tokens: [0, *tokens]),
    max_size=30,
)


def seen_by(packed, number):
    """Tokens and positions that a caption's end token sees, in the order of their positions."""
    index = packed.captions.index(number)
    row, column = packed.rows[index], packed.columns[index]
    places = np.flatnonzero(packed.mask[row, 0, column])
    return packed.tokens[row, places].tolist(), packed.positions[row, places].tolist()


@given(CAPTIONS)
def test_each_caption_sees_itself_whole_and_nothing_else(captions):
    batches = list(pack(captions, LONGEST, rows_at_once=3))
    assert sorted(number for packed in batches for number in packed.captions) == list(range(len(captions)))
    for packed in batches:
        assert packed.tokens.shape[0] <= 3
        assert packed.tokens.shape[1] <= LONGEST
        for number in packed.captions:
            tokens, positions = seen_by(packed, number)
            assert tokens == captions[number]
            assert positions == list(range(len(tokens)))


@given(CAPTIONS)
def test_every_token_sees_what_stands_before_it_in_its_caption(captions):
    for packed in pack(captions, LONGEST, rows_at_once=3):
        _, queries, _ = packed.mask[:, 0].nonzero()
        assert (
            len(set(queries)) == packed.tokens.shape[1]
        )  # none sees nothing: its features would be no numbers
        for row, mask in enumerate(packed.mask[:, 0]):
            for column, position in enumerate(packed.positions[row]):
                seen = np.flatnonzero(mask[column])
                if len(seen) > 1:  # not what fills a row up
                    assert sorted(packed.positions[row, seen]) == list(range(position + 1))
                    assert seen.max() == column


def test_a_common_beginning_stands_there_once():
    beginning = [0, 1, 2, 3, 4]
    captions = [[*beginning, 10 + number, 99] for number in range(5)]
    (packed,) = pack(captions, 20, rows_at_once=8)
    assert packed.tokens.tolist() == [[*beginning, 10, 99, 11, 99, 12, 99, 13, 99, 14, 99]]
    assert packed.positions.tolist() == [[*range(5), 5, 6, 5, 6, 5, 6, 5, 6, 5, 6]]


def test_other_beginnings_do_not_break_those_that_are_alike():
    captions = [[0, 1, 2, 3, 4, 5, 9], [0, 7, 7, 7, 7, 7, 9], [0, 1, 2, 3, 4, 6, 9]]
    (packed,) = pack(captions, 9, rows_at_once=8)
    assert packed.tokens.tolist() == [[0, 1, 2, 3, 4, 5, 9, 6, 9], [0, 7, 7, 7, 7, 7, 9, 0, 0]]


def test_the_same_caption_twice_is_two_captions():
    (packed,) = pack([[0, 1, 9], [0, 1, 9]], LONGEST, rows_at_once=1)
    assert sorted(packed.captions) == [0, 1]
    assert packed.tokens.tolist() == [[0, 1, 9, 9]]


@pytest.mark.parametrize("tokens", [[], list(range(LONGEST + 1))])
def test_a_caption_that_does_not_fit_is_refused(tokens):
    with pytest.raises(ValueError, match=f"1 to {LONGEST} tokens, got {len(tokens)}"):
        next(pack([tokens], LONGEST, rows_at_once=1))
