from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.selection.methods import BUILTINS
from marketplace.selection.ports import Offer, Seed, SelectionMethod, TenderFacts

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SEED = Seed(b"\x01" * 32, "6d61726b6574./")
CEILING = 1_000_000


def offers(prices):
    return [
        Offer(f"o{i}", f"9132{i:014d}/ZJ-2026-000001", f"a{i}", price, NOW + timedelta(minutes=i))
        for i, price in enumerate(prices)
    ]


def facts(**over):
    return TenderFacts(**{"number": "ZJ-2026-000001", "ceiling_fen": CEILING, **over})


prices_of_many = st.lists(st.integers(1, 40), min_size=1, max_size=12)


@pytest.mark.parametrize("code", sorted(BUILTINS))
def test_every_method_keeps_the_protocol(code):
    assert isinstance(BUILTINS[code], SelectionMethod)
    assert BUILTINS[code].code == code


@pytest.mark.parametrize("code", ["random", "lowest"])
@given(prices=prices_of_many)
def test_a_ranking_is_a_permutation_and_every_place_has_a_reason(code, prices):
    choice = BUILTINS[code].choose(offers(prices), SEED)
    assert sorted(choice.ranking) == sorted(f"o{i}" for i in range(len(prices)))
    assert set(choice.reasons) == set(choice.ranking)


@pytest.mark.parametrize("code", ["random", "lowest"])
@given(prices=prices_of_many, shuffle=st.randoms())
def test_the_order_of_input_never_matters(code, prices, shuffle):
    straight, mixed = offers(prices), offers(prices)
    shuffle.shuffle(mixed)
    assert BUILTINS[code].choose(straight, SEED).ranking == BUILTINS[code].choose(mixed, SEED).ranking


@given(prices=prices_of_many)
def test_the_lowest_price_wins(prices):
    rows = offers(prices)
    ranked = BUILTINS["lowest"].choose(rows, SEED).ranking
    by_id = {row.id: row.price_fen for row in rows}
    assert [by_id[id] for id in ranked] == sorted(prices)


@given(prices=prices_of_many)
def test_chance_is_used_exactly_when_prices_are_equal(prices):
    assert BUILTINS["lowest"].choose(offers(prices), SEED).chance is (len(set(prices)) < len(prices))


def test_equal_prices_are_ordered_by_the_draw_and_not_by_arrival():
    winners = {
        BUILTINS["lowest"].choose(offers([5, 5, 5]), Seed(bytes([n]) * 32, "text")).ranking[0] for n in range(30)
    }
    assert winners == {"o0", "o1", "o2"}


def test_equal_prices_without_a_seed_are_refused():
    with pytest.raises(ValueError, match="draw"):
        BUILTINS["lowest"].choose(offers([5, 5]), None)


def test_a_random_draw_gives_everybody_the_same_chance():
    rows = offers([7] * 4)
    first = [BUILTINS["random"].choose(rows, Seed(n.to_bytes(32, "big"), "text")).ranking[0] for n in range(2000)]
    assert all(440 < first.count(row.id) < 560 for row in rows)


@pytest.mark.parametrize("code", ["direct", "random", "lowest"])
def test_no_offer_gives_no_choice(code):
    assert BUILTINS[code].choose([], SEED).ranking == ()


def test_a_direct_selection_admits_only_the_named_agency():
    one, other = offers([10, 10])
    direct = BUILTINS["direct"]
    assert direct.admit(facts(direct_agency_id="a0"), one) is None
    assert direct.admit(facts(direct_agency_id="a0"), other)


def test_two_offers_in_a_direct_selection_are_refused():
    with pytest.raises(ValueError, match="one offer"):
        BUILTINS["direct"].choose(offers([1, 2]), None)


@pytest.mark.parametrize("code", ["direct", "lowest"])
def test_a_price_above_the_ceiling_is_not_admitted(code):
    row = offers([CEILING + 1])[0]
    assert BUILTINS[code].admit(facts(direct_agency_id="a0"), row)


def test_a_price_at_the_ceiling_is_admitted():
    assert BUILTINS["lowest"].admit(facts(), offers([CEILING])[0]) is None


def test_another_price_than_the_fixed_one_does_not_enter_the_draw():
    method = BUILTINS["random"]
    assert method.admit(facts(fixed_price_fen=500), offers([499])[0])
    assert method.admit(facts(fixed_price_fen=500), offers([500])[0]) is None
