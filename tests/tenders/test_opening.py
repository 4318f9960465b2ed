"""Opening and sifting: who wins, what is drawn, what is left out, and when nobody came."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from marketplace.agencies import service as agencies
from marketplace.budgets.queries import balances
from marketplace.kernel.errors import WrongState
from marketplace.kernel.events import EventRow
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selection
from marketplace.selection.rules import verify_draw
from marketplace.tenders import errors, queries, service
from marketplace.tenders.models import Bid
from marketplace.testing.tenders import (
    a_bid,
    a_budget_line,
    a_buying_actor,
    a_departments_tender,
    a_tender,
    an_award,
    let_it_close,
    some_bidders,
)


def test_the_market_opens_and_awards_the_lowest_by_itself(work, runtime, clock):
    story = an_award(runtime, clock)
    assert story.tender.stage == "publicity"
    assert (story.award.price_fen, story.award.agency_id) == (8_500_000, story.bidders[1].organisation_id)
    with work() as ctx:
        assert [row.rank for row in queries.offers(ctx, story.tender.id)] == [1, 2, 3]


def test_equal_prices_are_drawn_in_public(work, runtime, clock):
    story = an_award(runtime, clock, prices=(8_000_000, 8_000_000, 8_500_000))
    with work() as ctx:
        draw = selection.draw_of(ctx, story.tender.number)
        offers = queries.offers(ctx, story.tender.id)
    assert verify_draw(draw.record) == []
    order = [label for label in draw.record["order"] if label != offers[2].label]
    assert [offer.label for offer in offers[:2]] == order


def test_a_random_selection_awards_the_first_of_the_draw(work, runtime, clock):
    tender = a_tender(work, method="random", fixed_price_fen=8_000_000)
    for bidder in some_bidders(work, 4):
        a_bid(work, bidder, tender.id, 8_000_000)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        record = selection.draw_of(ctx, tender.number).record
        assert verify_draw(record) == []
        assert [offer.label for offer in queries.offers(ctx, tender.id)] == record["order"]
        assert record["commitments"] == selection.commitments(ctx, tender.id)


def test_too_few_bids_prolong_once_without_opening_or_counting(work, runtime, clock):
    tender = a_tender(work)
    a_bid(work, some_bidders(work, 1)[0], tender.id, 8_000_000)
    first_close = tender.closes_at
    before = selection_of(work, tender)
    prolonged = let_it_close(runtime, clock, tender.id)
    assert (prolonged.stage, prolonged.extensions) == ("open", 1)
    with work() as ctx:
        assert prolonged.closes_at == rulebook.add_workdays(ctx, first_close, 2)
        assert queries.offers(ctx, tender.id) == []
        event = ctx.session.scalars(select(EventRow).where(EventRow.type == "tender.closing.extended")).one()
        assert '"digest' not in event.body
        assert "count" not in event.body
    assert selection_of(work, tender) == before


def selection_of(work, tender):
    with work() as ctx:
        return selection.commitments(ctx, tender.id)


def test_after_the_extension_one_bid_is_enough(work, runtime, clock):
    tender = a_tender(work)
    a_bid(work, some_bidders(work, 1)[0], tender.id, 8_000_000)
    let_it_close(runtime, clock, tender.id)
    assert let_it_close(runtime, clock, tender.id).stage == "publicity"


def test_nobody_at_all_fails_the_tender_and_frees_the_budget(work, runtime, clock):
    department = a_buying_actor(work, "department")
    tender = a_departments_tender(work, department, a_budget_line(work, department))
    let_it_close(runtime, clock, tender.id)
    failed = let_it_close(runtime, clock, tender.id)
    assert (failed.status, failed.stage) == ("unsuccessful", "failed")
    with work() as ctx:
        assert sum(balances.stages(ctx, tender.encumbrance_id).values()) == 0


def test_nobody_opens_early(work):
    tender = a_tender(work)
    with pytest.raises(errors.TenderStillOpen), work() as ctx:
        service.close(ctx, tender.id)


def test_closing_twice_awards_once(work, runtime, clock):
    story = an_award(runtime, clock)
    with work() as ctx:
        service.close(ctx, story.tender.id)
    with work() as ctx:
        assert len(queries.awards_of(ctx, story.tender.id)) == 1


def test_an_agency_suspended_before_closing_is_excluded_with_the_reason(work, runtime, clock):
    tender = a_tender(work)
    bidders = some_bidders(work, 3)
    for bidder, price in zip(bidders, (100, 200, 300), strict=True):
        a_bid(work, bidder, tender.id, price)
    with work() as ctx:
        agencies.suspend(ctx, bidders[0].organisation_id, reason="提供虚假材料", until=ctx.now + timedelta(days=90))
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        assert queries.live_award(ctx, tender.id).price_fen == 200
        (row,) = queries.exclusions(ctx, tender.id)
        assert row.cause == "barred"
        assert "提供虚假材料" in row.reason


@pytest.mark.parametrize("how", ["damaged", "moved"])
def test_an_envelope_that_was_touched_is_recorded_and_left_out(work, runtime, clock, how):
    tender = a_tender(work)
    bidders = some_bidders(work, 3)
    digests = [a_bid(work, b, tender.id, p)["digest"] for b, p in zip(bidders, (100, 200, 300), strict=True)]
    with work() as ctx:
        change = {"envelope": Bid.envelope + "00"} if how == "damaged" else {"bidder_index": "f" * 64}
        ctx.session.execute(update(Bid).where(Bid.digest == digests[0]).values(**change))
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        assert queries.live_award(ctx, tender.id).price_fen == 200
        assert [row.cause for row in queries.exclusions(ctx, tender.id)] == ["broken"]


def test_a_process_without_the_opening_key_cannot_open(work, runtime, clock):
    tender = a_tender(work)
    for bidder in some_bidders(work, 2):
        a_bid(work, bidder, tender.id, 100)
    clock.set(tender.closes_at)
    runtime.keys.private.clear()
    with work() as ctx:
        assert service.close(ctx, tender.id).stage == "closed"
    with work() as ctx:
        assert queries.offers(ctx, tender.id) == []


def test_a_screened_tender_waits_for_exclusions_before_it_is_awarded(work, runtime, clock):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer, screening=True)
    for bidder, price in zip(some_bidders(work, 2), (100, 200), strict=True):
        a_bid(work, bidder, tender.id, price)
    assert let_it_close(runtime, clock, tender.id).stage == "opened"
    with work(buyer) as ctx:
        lowest = min(queries.offers(ctx, tender.id), key=lambda row: row.price_fen)
        service.exclude_offer(ctx, lowest.id, reason="低于最低限价")
    with work(buyer) as ctx:
        assert service.award(ctx, tender.id).price_fen == 200
    with pytest.raises(WrongState), work(buyer) as ctx:
        service.exclude_offer(ctx, queries.live_award(ctx, tender.id).offer_id, reason="再次排除")


def test_a_buyer_that_never_screens_holds_nobody_up_for_ever(work, runtime, clock):
    tender = a_tender(work, a_buying_actor(work), screening=True)
    for bidder, price in zip(some_bidders(work, 2), (8_000_000, 8_500_000), strict=True):
        a_bid(work, bidder, tender.id, price)
    until = let_it_close(runtime, clock, tender.id).asked_until
    clock.set(until - timedelta(seconds=1))
    runtime.settle()
    with work() as ctx:
        assert queries.tender(ctx, tender.id).stage == "opened"
    clock.set(until)
    runtime.settle()
    with work() as ctx:
        assert queries.live_award(ctx, tender.id).price_fen == 8_000_000
