"""Envelopes opened before the closing's locks: never early, and never in the place of what is there by then."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.tenders import service
from marketplace.tenders.models import Offer, Tender
from marketplace.tenders.service import envelopes
from marketplace.testing.rulebook import a_version
from marketplace.testing.tenders import a_bid, a_tender, several_keepers, some_bidders

DRAIN_SECONDS = 10
DRAINED = timedelta(seconds=DRAIN_SECONDS)


@pytest.fixture
def bidders(work):
    """Three firms, in a region where the market waits a while after the closing."""
    with work() as ctx:
        a_version(ctx, "320700", values={"opening.drain_seconds": DRAIN_SECONDS})
    return some_bidders(work, 3)


@pytest.fixture
def tender(work, bidders):
    """A tender with two bids, and the digests of their receipts."""
    found = a_tender(work)
    found.digests = [
        a_bid(work, bidder, found.id, price)["digest"] for bidder, price in zip(bidders, (850, 840), strict=False)
    ]
    return found


@pytest.fixture
def opened(monkeypatch):
    """Ids of the bids whose envelopes were opened, in order."""
    found, open_bid = [], envelopes.open_bid

    def seen(ctx, box, tender, bid, envelope):
        found.append(bid.id)
        return open_bid(ctx, box, tender, bid, envelope)

    monkeypatch.setattr(envelopes, "open_bid", seen)
    return found


def prepared(work, tender):
    with work(write=False) as ctx:
        return service.prepare(ctx, [tender.id])


def closed(work, tender, prepared):
    """Prices that were opened, by the closing with what was prepared."""
    with work() as ctx:
        service.close_many(ctx, [tender.id], prepared)
    with work(write=False) as ctx:
        return sorted(ctx.session.scalars(select(Offer.price_fen).where(Offer.tender_id == tender.id)))


def late_but_in_time(runtime, bidder, tender, price, replaces=None):
    """A bid that had arrived before the closing and got its turn after it."""
    with runtime.work(bidder, received=tender.closes_at - timedelta(seconds=1)) as ctx:
        service.place_bid(ctx, tender.id, price_fen=price, days=20, lead="王建国", replaces=replaces)


def test_no_envelope_is_opened_before_the_last_bid_in_time_has_left_the_line(runtime, work, clock, tender, opened):
    for at in (tender.closes_at - timedelta(seconds=1), tender.closes_at, tender.closes_at + DRAINED / 2):
        clock.set(at)
        runtime.settle()
        assert prepared(work, tender) == {}
    assert opened == []
    clock.set(tender.closes_at + DRAINED)
    assert len(prepared(work, tender)) == 2


def test_what_is_closed_needs_no_envelope_that_was_prepared(work, clock, tender, opened):
    clock.set(tender.closes_at + DRAINED)
    facts = prepared(work, tender)
    opened.clear()
    assert closed(work, tender, facts) == [840, 850]
    assert opened == []


def test_a_bid_that_came_or_changed_after_the_preparation_counts_as_it_is(
    runtime, work, clock, bidders, tender, opened
):
    """Its turn came later than the market waits for: it is there by the closing, so it is opened."""
    clock.set(tender.closes_at + DRAINED)
    facts = prepared(work, tender)
    late_but_in_time(runtime, bidders[0], tender, 700, replaces=tender.digests[0])
    late_but_in_time(runtime, bidders[2], tender, 710)
    opened.clear()
    assert closed(work, tender, facts) == [700, 710, 840]
    assert len(opened) == 2


def test_what_was_prepared_of_a_withdrawn_bid_is_forgotten(runtime, work, clock, bidders, tender):
    a_bid(work, bidders[2], tender.id, 600)
    clock.set(tender.closes_at + DRAINED)
    facts = prepared(work, tender)
    clock.set(tender.closes_at - timedelta(seconds=1))
    with work(bidders[0]) as ctx:
        service.withdraw_bid(ctx, tender.id, digest=tender.digests[0])
    clock.set(tender.closes_at + DRAINED)
    assert len(facts) == 3
    assert closed(work, tender, facts) == [600, 840]


def test_nothing_is_prepared_where_the_envelopes_may_stay_shut(runtime, work, clock, bidders, opened):
    """Too few bids: it will be prolonged. Another keeper's share is missing: whoever holds one key reads nothing."""
    few = a_tender(work)
    a_bid(work, bidders[0], few.id, 850)
    clock.advance(seconds=1)
    several_keepers(work, "operator", "department", threshold=2)
    waiting = a_tender(work)
    for bidder in bidders:
        a_bid(work, bidder, waiting.id, 850)
    del runtime.keys.private["department"]
    clock.set(max(few.closes_at, waiting.closes_at) + DRAINED)
    for tender in (few, waiting):
        assert prepared(work, tender) == {}
    assert opened == []


def test_without_its_preparation_a_closing_opens_everything_itself(runtime, work, clock, tender, monkeypatch, caplog):
    other = a_tender(work)
    for bidder in some_bidders(work, 2):
        a_bid(work, bidder, other.id, 900)
    clock.set(tender.closes_at + DRAINED)
    with monkeypatch.context() as broken:
        broken.setattr(type(runtime.batches["tender.close"]), "prepare", property(lambda self: 1 / 0), raising=False)
        runtime.settle()
    assert "could not be prepared" in caplog.text
    with work(write=False) as ctx:
        assert {ctx.session.get_one(Tender, id).stage for id in (tender.id, other.id)} == {"publicity"}
