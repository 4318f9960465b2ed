"""Pure rules of budget money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.budgets.rules import MOVES, STAGES, STATES, bar, final_verb, rest_of, shortage, wrong_code
from marketplace.kernel.errors import WrongState


@pytest.mark.parametrize(
    ("function_code", "economic_code", "field"),
    [
        ("2110104", "30227", None),
        ("211010", "30227", "function_code"),
        ("2110104", "3022", "economic_code"),
        ("２110104", "30227", None),
        ("211010a", "30227", "function_code"),
    ],
)
def test_codes_have_seven_and_five_digits(function_code, economic_code, field):
    wrong = wrong_code(function_code, economic_code)
    assert (wrong[0] if wrong else None) == field


def test_a_cancelled_encumbrance_moves_no_more():
    with pytest.raises(WrongState):
        STATES.move("cancelled", "due")


def test_every_move_is_between_known_stages():
    assert {stage for pair in MOVES.values() for stage in pair} <= set(STAGES)
    assert not any(source == target for source, target in MOVES.values())


@pytest.mark.parametrize(
    ("stages", "state", "verb"),
    [
        ({"paid": 5}, "obligated", "finish"),
        ({"paid": 5, "due": 1}, "obligated", None),
        ({"paid": 5}, "ending", "finish"),
        ({}, "ending", "cancel"),
        ({}, "obligated", None),
        ({"paid": 5}, "closed", None),
    ],
)
def test_an_encumbrance_ends_when_nothing_is_left_to_pay(stages, state, verb):
    assert final_verb(stages, state) == verb


def test_the_rest_is_what_is_promised_and_not_paid():
    assert rest_of({"reserved": 1, "obligated": 2, "due": 4, "transit": 8, "paid": 16, "available": 32}) == 15


def test_a_shortage_speaks_to_programs_and_to_people():
    assert shortage(40000, 60000) == {
        "available_fen": 40000,
        "needed_fen": 60000,
        "available": "400.00",
        "needed": "600.00",
    }


@given(st.dictionaries(st.sampled_from(STAGES), st.integers(0, 10**13)))
def test_the_bar_is_filled_without_gaps_and_every_stage_is_seen(stages):
    parts = bar(stages, 600)
    assert [part.stage for part in parts] == [stage for stage in STAGES if stages.get(stage)]
    assert all(part.width >= 1 for part in parts)
    x = 0
    for part in parts:
        assert part.x == x
        x += part.width
    assert x == (600 if parts else 0)
