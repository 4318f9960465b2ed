"""What each method promises, against definitions written down a second time and in another way."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.selection import quotes
from marketplace.selection.errors import ShortlistSizeUnfit, VariantUnknown, WeightsUnfit
from marketplace.selection.methods.average_price import AveragePrice
from marketplace.selection.methods.direct import Direct
from marketplace.selection.methods.inquiry import Inquiry
from marketplace.selection.methods.merit import PARTS, Merit
from marketplace.selection.methods.sealed_lowest import SealedLowest
from marketplace.selection.methods.shortlist import Shortlist
from marketplace.selection.methods.weighted_draw import WeightedDraw
from marketplace.selection.ports import Offer, Seed, TenderFacts

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SEED = Seed(b"\x05" * 32, "6d61726b6574./")
some = settings(max_examples=60)
RULES = {
    "average.variant": "B",
    "average.trim_from": 5,
    "average.tie": "lower",
    "shortlist.size": 3,
    **{f"credit.ticket_weights.{grade}": n for grade, n in WeightedDraw()._tickets.items()},
}
rule = RULES.__getitem__


def an_offer(i, price=100, **over):
    return Offer(f"o{i}", f"9132{i:014d}/ZJ-2026-000001", f"a{i}", price, NOW + timedelta(minutes=i), **over)


def priced(prices, **over):
    return [an_offer(i, price, **over) for i, price in enumerate(prices)]


prices_of_some = st.lists(st.integers(1, 60), min_size=1, max_size=9)
rates_of_some = st.lists(st.integers(0, 30), min_size=1, max_size=9)


def rated(rates, base=100):
    return [an_offer(i, quotes.price_of_rate(base, rate), rate_bp=rate) for i, rate in enumerate(rates)]


# --- average ----------------------------------------------------------------------------------------------------------


def mean_by_definition(values, variant):
    kept = sorted(values)
    if variant == "B" and len(kept) >= 5:
        kept.remove(max(kept))
        kept.remove(min(kept))
    return floor(Fraction(sum(kept), len(kept)) + Fraction(1, 2))


@pytest.mark.parametrize("variant", ["A", "B"])
@some
@given(prices=prices_of_some)
def test_the_average_is_the_one_of_the_definition(variant, prices):
    choice = AveragePrice(variant).choose(priced(prices), SEED)
    mean = mean_by_definition(prices, variant)
    assert choice.figures == {"mean": mean}
    ranked = [prices[int(id[1:])] for id in choice.ranking]
    assert ranked == sorted(prices, key=lambda price: (abs(price - mean), price))
    assert choice.chance is (len(set(prices)) < len(prices))


@some
@given(rates=rates_of_some)
def test_rates_are_averaged_as_rates_and_the_tie_goes_to_the_lower_price(rates):
    choice = AveragePrice("A").choose(rated(rates), SEED)
    mean = mean_by_definition(rates, "A")
    assert choice.figures == {"mean": mean}
    ranked = [rates[int(id[1:])] for id in choice.ranking]
    assert ranked == sorted(rates, key=lambda rate: (abs(rate - mean), -rate))


@pytest.mark.parametrize(("variant", "mean", "winner"), [("A", 8_870_000, 8_800_000), ("B", 8_983_333, 9_000_000)])
def test_the_worked_example(variant, mean, winner):
    prices = [8_800_000, 9_150_000, 7_900_000, 9_500_000, 9_000_000]
    choice = AveragePrice(variant).choose(priced(prices), None)
    assert choice.figures["mean"] == mean
    assert prices[int(choice.ranking[0][1:])] == winner


def test_where_the_tie_rule_is_the_draw_equal_distances_are_drawn():
    offers = priced([90, 110])
    winners = {AveragePrice("A", 5, "draw").choose(offers, Seed(bytes([n]) * 32, "t")).ranking[0] for n in range(20)}
    assert winners == {"o0", "o1"}
    assert AveragePrice("A", 5, "lower").choose(offers, None).ranking[0] == "o0"


# --- merit ------------------------------------------------------------------------------------------------------------


@st.composite
def contests(draw):
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=3, max_size=3)))
    weights = dict(zip(PARTS, (cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], 10_000 - cuts[2]), strict=True))
    rows = draw(st.lists(st.tuples(*[st.integers(1, 40)] * 2, *[st.integers(0, 100)] * 4), min_size=1, max_size=6))
    offers = [
        an_offer(i, price, days=days, credit=credit, points=tuple(points))
        for i, (price, days, credit, *points) in enumerate(rows)
    ]
    return weights, offers


def hundredths(value):
    return floor(value * 100 + Fraction(1, 2))


@some
@given(contests())
def test_a_score_is_the_weighted_sum_of_its_parts_by_fractions(contest):
    weights, offers = contest
    numbers = Merit(weights).choose(offers, SEED).numbers
    lowest, shortest = min(o.price_fen for o in offers), min(o.days for o in offers)
    for offer in offers:
        parts = {
            "price": hundredths(Fraction(100 * lowest, offer.price_fen)),
            "credit": hundredths(Fraction(offer.credit)),
            "time": hundredths(Fraction(100 * shortest, offer.days)),
            "plan": hundredths(Fraction(sum(offer.points), 3)),
        }
        score = sum(Fraction(weights[part], 10_000) * Fraction(parts[part], 100) for part in PARTS)
        assert numbers[offer.id] == {**parts, "score": score * 10**6}


@some
@given(contests())
def test_merit_ranks_by_score_then_price_then_credit(contest):
    weights, offers = contest
    choice = Merit(weights).choose(offers, SEED)
    by_id = {offer.id: offer for offer in offers}
    keys = [(-choice.numbers[id]["score"], by_id[id].price_fen, -by_id[id].credit) for id in choice.ranking]
    assert keys == sorted(keys)
    assert choice.chance is (len(set(keys)) < len(keys))


@some
@given(contests())
def test_one_that_sets_no_yardstick_may_leave_without_moving_the_others(contest):
    """Lowest price and shortest time are what all are measured by; nobody else's leaving reorders the rest."""
    weights, offers = contest
    method = Merit(weights)
    whole = method.choose(offers, SEED).ranking
    for gone in offers:
        rest = [offer for offer in offers if offer is not gone]
        if not rest:
            continue
        if min(o.price_fen for o in rest) == min(o.price_fen for o in offers) and min(o.days for o in rest) == min(
            o.days for o in offers
        ):
            assert method.choose(rest, SEED).ranking == tuple(id for id in whole if id != gone.id)


# --- shortlist, inquiry, weighted draw, lowest by rate -----------------------------------------------------------------


@some
@given(prices=prices_of_some, size=st.integers(1, 5))
def test_whoever_has_fewer_than_size_cheaper_rivals_is_drawn_and_the_rest_follow_by_price(prices, size):
    choice = Shortlist(size).choose(priced(prices), SEED)
    inside = {f"o{i}" for i, price in enumerate(prices) if sum(other < price for other in prices) < size}
    head, tail = choice.ranking[: len(inside)], choice.ranking[len(inside) :]
    assert set(head) == inside
    drawn = [offer.id for offer in SEED.order(priced(prices)) if offer.id in inside]
    assert list(head) == drawn
    outside_prices = [prices[int(id[1:])] for id in tail]
    assert outside_prices == sorted(outside_prices)


@some
@given(prices=prices_of_some, data=st.data())
def test_the_named_offer_goes_first_and_the_others_by_price(prices, data):
    named = data.draw(st.integers(0, len(prices) - 1))
    offers = [an_offer(i, price, named=i == named) for i, price in enumerate(prices)]
    ranking = Inquiry().choose(offers, SEED).ranking
    assert ranking[0] == f"o{named}"
    rest = [prices[int(id[1:])] for id in ranking[1:]]
    assert rest == sorted(rest)


STABLE = {"lowest": SealedLowest(), "weighted": WeightedDraw(), "inquiry": Inquiry()}


@pytest.mark.parametrize("code", sorted(STABLE))
@some
@given(prices=prices_of_some, stars=st.lists(st.sampled_from([None, 2, 3, 4, 5]), min_size=9, max_size=9))
def test_taking_one_away_never_reorders_the_rest_where_nobody_is_measured_by_the_others(code, prices, stars):
    offers = [an_offer(i, price, stars=stars[i]) for i, price in enumerate(prices)]
    whole = STABLE[code].choose(offers, SEED).ranking
    for gone in offers:
        rest = [offer for offer in offers if offer is not gone]
        assert STABLE[code].choose(rest, SEED).ranking == tuple(id for id in whole if id != gone.id)


def test_the_chance_to_be_first_is_own_tickets_by_all_tickets():
    offers = [an_offer(0, stars=5), an_offer(1, stars=3), an_offer(2, stars=2)]
    first = [WeightedDraw().choose(offers, Seed(n.to_bytes(32, "big"), "text")).ranking[0] for n in range(4000)]
    assert [round(first.count(f"o{i}") / 400) for i in range(3)] == [5, 3, 2]


def test_tickets_are_published_and_a_grade_without_one_stays_out():
    offers = [an_offer(0, stars=5), an_offer(1, stars=None)]
    choice = WeightedDraw().choose(offers, SEED)
    assert choice.numbers == {"o0": {"tickets": 5}, "o1": {"tickets": 3}}
    assert choice.figures == {"tickets": 8}
    assert WeightedDraw().enter(offers[0]).labels[:2] == (
        "913200000000000000#1/ZJ-2026-000001",
        "913200000000000000#2/ZJ-2026-000001",
    )
    assert WeightedDraw().admit(TenderFacts("ZJ-2026-000001", 100), an_offer(3, stars=1))


@some
@given(rates=rates_of_some)
def test_the_highest_rate_wins_even_where_the_rounded_prices_are_equal(rates):
    ranking = SealedLowest().choose(rated(rates, base=7), SEED).ranking
    assert [rates[int(id[1:])] for id in ranking] == sorted(rates, reverse=True)


# --- bounds, parameters, arithmetic -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [Direct(), SealedLowest(), AveragePrice(), Merit(), Shortlist(), Inquiry()])
@pytest.mark.parametrize(
    ("facts", "offer", "admitted"),
    [
        ({}, {"price": 100}, True),
        ({}, {"price": 101}, False),
        ({"floor_fen": 50}, {"price": 50}, True),
        ({"floor_fen": 50}, {"price": 49}, False),
        ({"quote": "rate"}, {"price": 90}, False),
        ({"quote": "rate", "rate_floor_bp": 100, "rate_cap_bp": 900}, {"price": 99, "rate_bp": 100}, True),
        ({"quote": "rate", "rate_floor_bp": 100, "rate_cap_bp": 900}, {"price": 99, "rate_bp": 99}, False),
        ({"quote": "rate", "rate_floor_bp": 100, "rate_cap_bp": 900}, {"price": 91, "rate_bp": 901}, False),
    ],
)
def test_a_quote_outside_the_bounds_of_the_notice_is_refused_with_words(method, facts, offer, admitted):
    tender = TenderFacts("ZJ-2026-000001", 100, direct_agency_id="a1", **facts)
    reason = method.admit(tender, an_offer(1, offer["price"], rate_bp=offer.get("rate_bp")))
    assert (reason is None) is admitted


def test_only_the_invited_are_compared():
    tender = TenderFacts("ZJ-2026-000001", 100, invited=("a1", "a2"))
    assert Inquiry().admit(tender, an_offer(1)) is None
    assert Inquiry().admit(tender, an_offer(3))


def test_parameters_come_from_the_buyer_within_the_rulebook():
    assert AveragePrice().params({}, rule) == {"variant": "B", "trim_from": 5, "tie": "lower"}
    assert AveragePrice().params({"variant": "A"}, rule)["variant"] == "A"
    assert Shortlist().params({"size": 4}, rule) == {"size": 4}
    assert Shortlist().params({}, rule) == {"size": 3}
    with pytest.raises(VariantUnknown):
        AveragePrice().params({"variant": "C"}, rule)
    with pytest.raises(ShortlistSizeUnfit):
        Shortlist().params({"size": 2}, rule)


@pytest.mark.parametrize("weights", [{}, {"price": 9_999}, {"price": 10_001}, {"price": 11_000, "plan": -1_000}])
def test_weights_that_do_not_make_a_whole_are_refused(weights):
    with pytest.raises(WeightsUnfit):
        Merit().params({"weights": weights}, rule)


@given(numerator=st.integers(0, 10**12), denominator=st.integers(1, 10**6))
def test_half_up_is_half_up(numerator, denominator):
    exact = Fraction(numerator, denominator) + Fraction(1, 2)
    assert quotes.half_up(numerator, denominator) == floor(exact)


@given(costs=st.lists(st.integers(1, 1000), min_size=1, max_size=9), pct=st.integers(0, 100))
def test_abnormally_low_is_below_the_share_of_the_median(costs, pct):
    for cost in costs:
        below = Fraction(cost) < Fraction(pct, 100) * Fraction(median(costs))
        assert quotes.is_below(cost, costs, pct) is below
