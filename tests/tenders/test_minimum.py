"""The least number of bidders counts valid offers: what falls away after the opening is missing from it."""

from datetime import timedelta

import pytest

from marketplace.agencies import service as agencies
from marketplace.rulebook import service as rulebook
from marketplace.tenders import queries, service
from marketplace.testing.tenders import a_bid, a_buying_actor, a_tender, let_it_close, some_bidders

PRICES = (8_800_000, 8_500_000, 8_900_000)


def strict(work, second="fail"):
    with work() as ctx:
        values = {"selection.min_bidders.lowest": 3, "selection.below_min_second": second}
        rulebook.publish(ctx, "320700", name="连云港市", values=values)


def bid_and_bar(work, tender, barred, prices=PRICES):
    """Three bid; the first ones are suspended before the closing."""
    bidders = some_bidders(work, len(prices))
    for bidder, price in zip(bidders, prices, strict=True):
        a_bid(work, bidder, tender.id, price)
    with work() as ctx:
        for bidder in bidders[:barred]:
            until = ctx.now + timedelta(days=90)
            agencies.suspend(ctx, bidder.organisation_id, reason="提供虚假材料", until=until)
    return bidders


def end_of(work, tender):
    """Stage, reason of the end, and the price that is proposed, if any."""
    with work() as ctx:
        found, award = queries.tender(ctx, tender.id), queries.live_award(ctx, tender.id)
        return found.stage, found.ended_reason, award and award.price_fen


TOO_FEW = ("failed", "开启后有效报价不足规定家数", None)


@pytest.mark.parametrize(
    ("barred", "second", "end"),
    [
        pytest.param(0, "fail", ("publicity", "", 8_500_000), marks=pytest.mark.long),
        (1, "fail", TOO_FEW),
        pytest.param(3, "fail", ("failed", "没有有效报价", None), marks=pytest.mark.long),
        (2, "proceed_with_one", ("publicity", "", 8_900_000)),
    ],
)
def test_offers_that_are_excluded_at_the_opening_do_not_count(barred, second, end, work, runtime, clock):
    strict(work, second)
    tender = a_tender(work)
    bid_and_bar(work, tender, barred)
    let_it_close(runtime, clock, tender.id)
    assert end_of(work, tender) == end


@pytest.mark.long
def test_offers_that_are_excluded_when_screened_do_not_count(work, runtime, clock):
    strict(work)
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer, screening=True)
    bid_and_bar(work, tender, 0)
    let_it_close(runtime, clock, tender.id)
    with work(buyer) as ctx:
        service.exclude_offer(ctx, queries.offers(ctx, tender.id)[0].id, reason="资质与公告不符")
    with work(buyer) as ctx:
        assert service.award(ctx, tender.id) is None
    assert end_of(work, tender) == TOO_FEW


@pytest.mark.long
def test_nobody_is_asked_about_a_low_price_when_too_few_are_valid(work, runtime, clock):
    strict(work)
    tender = a_tender(work)
    bid_and_bar(work, tender, 1, (8_800_000, 8_900_000, 4_000_000))
    let_it_close(runtime, clock, tender.id)
    assert end_of(work, tender) == TOO_FEW


def test_a_room_is_not_entered_by_too_few_and_their_minutes_are_published(work, runtime, clock):
    strict(work)
    tender = a_tender(work, method="bidding")
    bid_and_bar(work, tender, 1)
    let_it_close(runtime, clock, tender.id)
    assert end_of(work, tender) == TOO_FEW
    with work() as ctx:
        types = [row.type for row in queries.trail(ctx, queries.tender(ctx, tender.id))]
    assert types.count("tender.bids.opened") == 1
