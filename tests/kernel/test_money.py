"""An amount that is split among milestones loses no fen and gives nobody one too many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.money import split

pytestmark = pytest.mark.once


@st.composite
def shares(draw):
    """Basis points that make the whole."""
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), max_size=7)))
    return [b - a for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True)]


@given(st.integers(0, 10**13), shares())
def test_the_parts_are_the_whole_and_each_is_its_share_to_the_fen(total, plan):
    parts = split(total, plan)
    assert sum(parts) == total
    assert all(0 <= part * 10_000 - total * share + 9_999 <= 19_998 for part, share in zip(parts, plan, strict=True))


def test_the_largest_remainders_get_the_fen_that_are_left():
    assert split(100, [3333, 3333, 3334]) == [33, 33, 34]
    assert split(101, [5000, 5000]) == [51, 50]
    assert split(1, [1, 9999]) == [0, 1]


@pytest.mark.parametrize("plan", [[], [9_999], [10_001], [10_100, -100]])
def test_shares_that_are_no_whole_are_refused(plan):
    with pytest.raises(ValueError, match="do not add up"):
        split(100, plan)
