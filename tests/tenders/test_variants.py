"""Averages, shortlists, weighted draws and rates, and the notices that do not suit their method."""

import pytest

from marketplace.agencies import service as agencies
from marketplace.selection.errors import VariantUnknown
from marketplace.selection.methods import BUILTINS
from marketplace.selection.ranking import verify_ranking
from marketplace.selection.rules import verify_draw
from marketplace.tenders import queries, service
from marketplace.tenders.errors import weighing
from marketplace.tenders.errors.live import FloorUnfit, PriceBelowFloor
from marketplace.testing.tenders import a_bid, a_buying_actor, a_draft, a_tender, let_it_close, some_bidders
from tests.tenders.weighing import WEIGHTS, allow, bids, label_of, offers_of, record_of, winner_of


def test_an_average_tender_is_awarded_to_the_nearest_and_its_record_can_be_recomputed(work, runtime, clock):
    tender = a_tender(work, method="average", method_params={"variant": "A"})
    bidders = bids(work, tender, (8_800_000, 8_150_000, 7_900_000))
    let_it_close(runtime, clock, tender.id)
    assert winner_of(work, tender) == bidders[1].organisation_id
    record = record_of(work, tender)
    assert record["params"] == {"variant": "A", "trim_from": 5, "tie": "lower"}
    assert record["figures"] == {"mean": 8_283_333}
    assert verify_ranking(record, BUILTINS) == []


def test_an_unknown_variant_is_refused_when_published(work):
    with pytest.raises(VariantUnknown):
        a_tender(work, method="average", method_params={"variant": "C"})


def test_a_shortlist_is_drawn_and_its_record_holds_the_draw(work, runtime, clock):
    tender = a_tender(work, method="shortlist")
    bidders = bids(work, tender, (8_100_000, 8_000_000, 8_200_000, 8_900_000))
    let_it_close(runtime, clock, tender.id)
    record = record_of(work, tender)
    assert verify_ranking(record, BUILTINS) == []
    assert verify_draw(record["draw"]) == []
    assert record["params"] == {"size": 3}
    assert record["order"][3]["label"] == label_of(work, tender, bidders[3])


def test_a_weighted_draw_is_offered_only_where_the_rulebook_says_so(work):
    with pytest.raises(weighing.WeightedNotEnabled):
        a_tender(work, method="weighted", fixed_price_fen=8_000_000)


def test_a_weighted_draw_publishes_the_tickets_with_the_pool(work, runtime, clock):
    allow(work, credit__ticket_weights__enabled=True)
    tender = a_tender(work, method="weighted", fixed_price_fen=8_000_000)
    bidders = some_bidders(work, 3)
    with work() as ctx:
        agencies.set_grade(ctx, bidders[0].organisation_id, stars=5, score_points=9_450, is_new=False)
        agencies.set_grade(ctx, bidders[1].organisation_id, stars=1, score_points=5_000, is_new=False)
    for bidder in bidders:
        a_bid(work, bidder, tender.id, 8_000_000)
    let_it_close(runtime, clock, tender.id)
    record = record_of(work, tender)
    assert verify_ranking(record, BUILTINS) == []
    assert record["figures"] == {"tickets": 8}
    assert sorted((row["stars"] or 0, row["credit"]) for row in record["offers"]) == [(0, 100), (5, 95)]
    assert len(record["draw"]["pool"]) == 8
    assert [row["label"] for row in record["exclusions"]] == [label_of(work, tender, bidders[1])]
    assert record["exclusions"][0]["reason"] == "信用等级没有抽取资格"


def test_rates_are_compared_as_rates_and_the_award_has_the_exact_price(work, runtime, clock):
    tender = a_tender(work, quote="rate", ceiling_fen=9_000_001, rate_floor_bp=100, rate_cap_bp=3_000)
    one, two = some_bidders(work, 2)
    for bidder, rate in ((one, 1_250), (two, 1_251)):
        with work(bidder) as ctx:
            service.place_bid(ctx, tender.id, rate_bp=rate, days=20)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        award = queries.live_award(ctx, tender.id)
    assert (award.agency_id, award.price_fen) == (two.organisation_id, 7_874_101)
    assert "下浮率12.51%" in next(offer.reason for offer in offers_of(work, tender) if offer.rank == 1)
    assert verify_ranking(record_of(work, tender), BUILTINS) == []


@pytest.mark.parametrize(
    ("facts", "bid", "error"),
    [
        ({"quote": "rate"}, {"price_fen": 8_000_000}, weighing.RateWanted),
        ({"quote": "rate", "rate_floor_bp": 100}, {"rate_bp": 99}, weighing.RateOutside),
        ({"quote": "rate", "rate_cap_bp": 100}, {"rate_bp": 101}, weighing.RateOutside),
        ({"quote": "rate"}, {"rate_bp": 10_000}, weighing.RateOutside),
        ({}, {"price_fen": 8_000_000, "rate_bp": 1}, weighing.RateNotWanted),
        ({"floor_fen": 8_000_000}, {"price_fen": 7_999_999}, PriceBelowFloor),
    ],
)
def test_a_quote_of_the_wrong_kind_or_outside_the_bounds_is_refused(work, facts, bid, error):
    tender = a_tender(work, **facts)
    (bidder,) = some_bidders(work, 1)
    with pytest.raises(error), work(bidder) as ctx:
        service.place_bid(ctx, tender.id, days=20, **bid)


@pytest.mark.parametrize(
    ("facts", "error", "field"),
    [
        ({"method": "random", "fixed_price_fen": 1, "quote": "rate"}, weighing.QuoteUnfit, "quote"),
        ({"method": "random", "fixed_price_fen": 1, "floor_fen": 1}, FloorUnfit, "floor_fen"),
        ({"floor_fen": 9_000_001}, FloorUnfit, "floor_fen"),
        ({"rate_cap_bp": 100}, weighing.QuoteBoundsUnfit, "rate_floor_bp"),
        ({"quote": "rate", "rate_floor_bp": 2, "rate_cap_bp": 1}, weighing.QuoteBoundsUnfit, "rate_floor_bp"),
        ({"quote": "rate", "rate_cap_bp": 10_000}, weighing.QuoteBoundsUnfit, "rate_floor_bp"),
        ({"method": "merit", "method_params": {"weights": WEIGHTS}}, weighing.AssessorsTooFew, "assessors"),
        (
            {"method": "merit", "method_params": {"weights": WEIGHTS}, "assessors": ["a", "b", "c"]},
            weighing.AssessorUnknown,
            "assessors",
        ),
        ({"method": "inquiry"}, weighing.InviteesTooFew, "invited"),
        ({"method": "inquiry", "invited": ["1"]}, weighing.InviteesUnfit, "invited"),
    ],
)
def test_a_notice_that_does_not_suit_its_method_is_refused_at_its_field(work, facts, error, field):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer, **facts)
    with pytest.raises(error) as refused, work(buyer) as ctx:
        service.publish(ctx, draft.id)
    assert refused.value.field == field
