"""Bidding: receipts, envelopes that tell nothing, one bid for each agency, and who may not bid."""

import pytest
from sqlalchemy import select

from marketplace.agencies import queries as firms
from marketplace.audit import verifier
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.events import EventRow
from marketplace.tenders import errors, queries, service
from marketplace.tenders.models import Bid
from marketplace.testing.tenders import a_bid, a_buying_actor, a_tender, let_it_close, some_bidders


def test_a_bid_gives_a_signed_receipt_that_a_stranger_can_check(work):
    tender = a_tender(work)
    receipt = a_bid(work, some_bidders(work, 1)[0], tender.id, 8_000_000)
    assert receipt["tender"] == tender.number
    assert receipt["kind"] == "tender.bid.placed"
    assert verifier.check_document(receipt) == {"receipt": []}
    assert verifier.check_document({**receipt, "at": "2026-01-01T00:00:00+00:00"})["receipt"]


def test_a_stored_bid_shows_neither_price_nor_bidder(work):
    tender = a_tender(work)
    bidder = some_bidders(work, 1)[0]
    a_bid(work, bidder, tender.id, 8_765_432)
    with work() as ctx:
        row = ctx.session.scalars(select(Bid)).one()
        stored = " ".join(str(getattr(row, column.key)) for column in Bid.__table__.columns)
        event = ctx.session.scalars(select(EventRow).where(EventRow.type == "tender.bid.placed")).one()
        for text in (stored, event.body, str(event.organisation), event.actor):
            assert bidder.organisation_id not in text
            assert "8765432" not in text
        assert event.actor == "sealed"


def test_envelopes_have_one_length_whatever_is_inside(work):
    tender = a_tender(work)
    one, other = some_bidders(work, 2)
    a_bid(work, one, tender.id, 1)
    a_bid(work, other, tender.id, 8_999_999, note="说明" * 60)
    with work() as ctx:
        assert len({len(row.envelope) for row in ctx.session.scalars(select(Bid))}) == 1


def test_a_second_bid_of_an_agency_is_refused_unless_it_says_what_it_replaces(work):
    tender = a_tender(work)
    bidder = some_bidders(work, 1)[0]
    first = a_bid(work, bidder, tender.id, 8_000_000)
    with pytest.raises(errors.BidAlreadyPlaced):
        a_bid(work, bidder, tender.id, 7_000_000)
    second = a_bid(work, bidder, tender.id, 7_000_000, replaces=first["digest"])
    assert second["kind"] == "tender.bid.replaced"
    with pytest.raises(errors.BidChanged):
        a_bid(work, bidder, tender.id, 6_000_000, replaces=first["digest"])
    with work() as ctx:
        assert len(list(ctx.session.scalars(select(Bid)))) == 1


def test_a_withdrawn_bid_is_destroyed_and_may_be_placed_again(work, runtime, clock):
    tender = a_tender(work)
    bidders = some_bidders(work, 3)
    for bidder in bidders:
        a_bid(work, bidder, tender.id, 8_000_000)
    with work(bidders[0]) as ctx:
        service.withdraw_bid(ctx, tender.id)
        assert ctx.session.scalars(select(Bid).where(Bid.withdrawn_at.is_not(None))).one().envelope == ""
    with pytest.raises(errors.BidNotFound), work(bidders[0]) as ctx:
        service.withdraw_bid(ctx, tender.id)
    a_bid(work, bidders[0], tender.id, 7_000_000)
    with work(bidders[1]) as ctx:
        service.withdraw_bid(ctx, tender.id)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        assert sorted(row.price_fen for row in queries.offers(ctx, tender.id)) == [7_000_000, 8_000_000]


@pytest.mark.parametrize(
    ("price", "error"),
    [(9_000_001, errors.PriceAboveCeiling), (0, errors.PriceInvalid), (-5, errors.PriceInvalid)],
)
def test_a_price_outside_the_notice_is_refused(work, price, error):
    tender = a_tender(work)
    with pytest.raises(error):
        a_bid(work, some_bidders(work, 1)[0], tender.id, price)


def test_another_price_than_the_fixed_one_is_refused(work):
    tender = a_tender(work, method="random", fixed_price_fen=8_000_000)
    with pytest.raises(errors.PriceNotFixed):
        a_bid(work, some_bidders(work, 1)[0], tender.id, 7_999_999)


def test_a_bid_at_the_closing_instant_is_refused_though_the_timer_has_not_run(work, clock):
    tender = a_tender(work)
    bidder = some_bidders(work, 1)[0]
    clock.set(tender.closes_at)
    with pytest.raises(errors.TenderNotOpen):
        a_bid(work, bidder, tender.id, 8_000_000)


def test_an_agency_without_the_scope_is_told_why(work):
    tender = a_tender(work)
    with pytest.raises(errors.NotEligible) as refused:
        a_bid(work, some_bidders(work, 1, item_code="ZJ-02")[0], tender.id, 8_000_000)
    assert "建设项目环境影响评价" in refused.value.text


def test_an_avoided_agency_is_told_the_published_reason(work):
    bidder = some_bidders(work, 1)[0]
    with work() as ctx:
        uscc = firms.agency(ctx, bidder.organisation_id).uscc
    tender = a_tender(work, avoidances=[{"uscc": uscc.lower(), "reason": "与项目业主同一法定代表人"}])
    with pytest.raises(errors.NotEligible, match="not_eligible") as refused:
        a_bid(work, bidder, tender.id, 8_000_000)
    assert "同一法定代表人" in refused.value.text


def test_only_the_named_agency_bids_in_a_direct_selection(work):
    named, other = some_bidders(work, 2)
    facts = {"method": "direct", "direct_agency_id": named.organisation_id, "direct_reason": "前期勘察由其完成"}
    tender = a_tender(work, **facts)
    with pytest.raises(errors.NotEligible):
        a_bid(work, other, tender.id, 8_000_000)
    assert a_bid(work, named, tender.id, 8_000_000)["digest"]


def test_a_buyer_cannot_bid(work):
    tender = a_tender(work)
    with pytest.raises(NotPermitted):
        a_bid(work, a_buying_actor(work), tender.id, 8_000_000)


def test_an_agency_finds_its_own_sealed_bid_and_nobody_elses(work):
    tender = a_tender(work)
    one, other = some_bidders(work, 2)
    receipt = a_bid(work, one, tender.id, 8_000_000)
    with work(one) as ctx:
        assert service.my_bid(ctx, tender.id).digest == receipt["digest"]
        assert [mine.digest for mine in queries.my_bids(ctx, one.organisation_id)] == [receipt["digest"]]
    with work(other) as ctx:
        assert service.my_bid(ctx, tender.id) is None
        assert queries.my_bids(ctx, other.organisation_id) == []
