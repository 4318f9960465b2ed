"""A key in shares: any k make it whole, fewer tell nothing of it, in whatever order they come."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.kernel import shares

KEY = bytes(range(32))
SPLITS = st.integers(1, 5).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))


@settings(max_examples=30, deadline=None)
@given(key=st.binary(min_size=32, max_size=32), split=SPLITS, data=st.data())
def test_any_k_shares_in_any_order_are_the_key_and_fewer_are_refused(key, split, data):
    threshold, number = split
    parts = data.draw(st.permutations(shares.split(key, threshold, number)))
    assert shares.join(parts[:threshold], threshold) == key
    with pytest.raises(ValueError, match="needed"):
        shares.join(parts[: threshold - 1], threshold)
    with pytest.raises(ValueError, match="needed"):
        shares.join([parts[0]] * (threshold - 1), threshold)


def test_fewer_shares_fit_every_key():
    parts = shares.split(KEY, 3, 4)
    for known in combinations(parts, 2):
        guesses = {shares.join([*known, bytes([9]) + bytes([guess]) * 32], 3) for guess in range(32)}
        assert len(guesses) == 32  # each value of a third share would be another key: two say nothing
        assert KEY not in guesses


def test_no_share_of_several_holds_the_key():
    assert not any(KEY[:16] in part or KEY[16:] in part for part in shares.split(KEY, 2, 3))


@pytest.mark.parametrize(("threshold", "number"), [(0, 1), (2, 1), (1, 256)])
def test_a_split_that_could_not_be_joined_is_refused(threshold, number):
    with pytest.raises(ValueError, match="threshold"):
        shares.split(KEY, threshold, number)


def test_a_share_of_another_length_does_not_count():
    parts = shares.split(KEY, 2, 2)
    with pytest.raises(ValueError, match="needed"):
        shares.join([parts[0], parts[1][:-1]], 2)
