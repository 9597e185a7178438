"""Packed captions: each sees all of itself and nothing of the others, and what they begin with stands there once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streetclip_demo.engines.caption_packing import CAPTIONS_AT_ONCE, LENGTHS, TOKENS_AT_ONCE, pack

CONTEXT = 40
CAPTIONS = st.lists(
    st.lists(st.integers(1, 3), min_size=1, max_size=CONTEXT - 1).map(lambda tokens: [0, *tokens]),
    max_size=80,
)


def path_of(packed, row, count):
    """Tokens and positions that a caption of so many tokens is made of."""
    places = packed.paths[row, :count]
    return packed.tokens[places].tolist(), packed.positions[places].tolist()


@given(CAPTIONS)
def test_each_caption_is_whole_on_its_path_and_ends_there(captions):
    batches = list(pack(captions, CONTEXT))
    assert sorted(number for packed in batches for number in packed.captions) == list(range(len(captions)))
    for packed in batches:
        for row, number in enumerate(packed.captions):
            count = len(captions[number])
            assert path_of(packed, row, count) == (captions[number], list(range(count)))
            assert packed.ends[row] == packed.paths[row, count - 1]


@given(CAPTIONS)
def test_every_token_is_found_again_where_attention_leaves_it(captions):
    for packed in pack(captions, CONTEXT):
        used = {
            place
            for row, number in enumerate(packed.captions)
            for place in packed.paths[row][: len(captions[number])]
        }
        for place in used:
            assert packed.paths.ravel()[packed.spots[place]] == place
            assert packed.spots[place] % packed.paths.shape[1] == packed.positions[place]


@given(CAPTIONS)
def test_all_batches_of_a_length_have_one_shape_and_the_length_is_the_captions_own(captions):
    for packed in pack(captions, CONTEXT):
        length = packed.paths.shape[1]
        lengths = (*LENGTHS, CONTEXT)
        for number in packed.captions:
            assert length == min(known for known in lengths if known >= len(captions[number]))
        assert packed.paths.shape == (CAPTIONS_AT_ONCE, length)
        assert packed.ends.shape == (CAPTIONS_AT_ONCE,)
        assert packed.tokens.shape == packed.positions.shape == packed.spots.shape == (TOKENS_AT_ONCE,)


def test_a_common_beginning_stands_there_once():
    beginning = [5, 1, 2, 3, 4]
    captions = [[*beginning, 10 + number, 99] for number in range(5)]
    (packed,) = pack(captions, CONTEXT)
    assert packed.tokens[:16].tolist() == [*beginning, 10, 99, 11, 99, 12, 99, 13, 99, 14, 99, 0]
    assert packed.positions[:16].tolist() == [*range(5), 5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 0]


def test_other_beginnings_do_not_break_those_that_are_alike():
    captions = [[5, 1, 2, 3, 9], [5, 7, 7, 7, 9], [5, 1, 2, 4, 9]]
    (packed,) = pack(captions, CONTEXT)
    assert packed.tokens[:12].tolist() == [5, 1, 2, 3, 9, 4, 9, 7, 7, 7, 9, 0]


def test_the_same_caption_twice_is_two_captions():
    (packed,) = pack([[5, 1, 9], [5, 1, 9]], CONTEXT)
    assert sorted(packed.captions) == [0, 1]
    assert packed.tokens[:4].tolist() == [5, 1, 9, 0]
    assert packed.ends[:2].tolist() == [2, 2]


def test_a_context_longer_than_a_batch_still_fits():
    (packed,) = pack([list(range(1, 301))], 300)
    assert packed.tokens.tolist() == list(range(1, 301))


@pytest.mark.parametrize("tokens", [[], list(range(CONTEXT + 1))])
def test_a_caption_that_does_not_fit_is_refused(tokens):
    with pytest.raises(ValueError, match=f"1 to {CONTEXT} tokens, got {len(tokens)}"):
        next(pack([tokens], CONTEXT))


def test_what_fills_a_batch_up_is_no_token_outside_the_model():
    (packed,) = pack([[5, 9]], CONTEXT)
    assert all(array.min() >= 0 for array in packed.arrays)
    assert np.concatenate([packed.paths.ravel(), packed.ends]).max() < TOKENS_AT_ONCE
