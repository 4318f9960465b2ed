"""Two at once, on whichever database the suite runs: one wins, the other is told so, nothing is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from marketplace.kernel.errors import DomainError, Kind
from marketplace.tenders import errors, queries, service
from marketplace.tenders.errors.changes import NoticeChanged
from marketplace.tenders.models import Award, Bid, Offer, Tender
from marketplace.testing.tenders import a_bid, a_buying_actor, a_tender, an_award, some_bidders


def at_once(*acts):
    """Run the acts at the same moment; their results, or the refusals they met."""
    gate = threading.Barrier(len(acts))

    def run(act):
        gate.wait()
        try:
            return act()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def refusals(results):
    return [result for result in results if isinstance(result, DomainError)]


@pytest.mark.parametrize("round_", range(3))
def test_two_bids_of_one_agency_at_once_leave_one_and_a_conflict(runtime, round_):
    tender = a_tender(runtime.work)
    bidder = some_bidders(runtime.work, 1)[0]
    results = at_once(*[lambda p=p: a_bid(runtime.work, bidder, tender.id, p) for p in (8_000_000, 7_000_000)])
    assert [type(refusal) for refusal in refusals(results)] == [errors.BidAlreadyPlaced]
    assert refusals(results)[0].kind is Kind.CONFLICT
    with runtime.work() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Bid)) == 1


def test_two_changes_of_one_bid_at_once_leave_one_and_a_conflict(runtime):
    tender = a_tender(runtime.work)
    bidder = some_bidders(runtime.work, 1)[0]
    first = a_bid(runtime.work, bidder, tender.id, 8_000_000)["digest"]
    results = at_once(
        *[lambda p=p: a_bid(runtime.work, bidder, tender.id, p, replaces=first) for p in (7_000_000, 6_000_000)]
    )
    assert [type(refusal) for refusal in refusals(results)] == [errors.BidChanged]
    kept = next(result for result in results if not isinstance(result, DomainError))
    with runtime.work(bidder) as ctx:
        assert service.my_bid(ctx, tender.id).digest == kept["digest"]


def test_a_change_against_a_withdrawal_never_loses_or_doubles_a_bid(runtime):
    tender = a_tender(runtime.work)
    bidder = some_bidders(runtime.work, 1)[0]
    first = a_bid(runtime.work, bidder, tender.id, 8_000_000)["digest"]

    def withdraw():
        with runtime.work(bidder) as ctx:
            return service.withdraw_bid(ctx, tender.id, digest=first)

    results = at_once(lambda: a_bid(runtime.work, bidder, tender.id, 7_000_000, replaces=first), withdraw)
    assert len(refusals(results)) == 1
    with runtime.work(bidder) as ctx:
        live = service.my_bid(ctx, tender.id)
    assert (live is None) is isinstance(results[0], DomainError)


@pytest.mark.parametrize("round_", range(3))
def test_a_bid_against_the_closing_is_never_accepted_and_ignored(runtime, clock, round_):
    """Half of the bidders read the clock before the closing and reach the database while the closer is at work."""
    tender = a_tender(runtime.work)
    bidders = some_bidders(runtime.work, 8)
    for bidder in bidders[:2]:
        a_bid(runtime.work, bidder, tender.id, 8_000_000)
    late = threading.Event()

    def bid(bidder, price):
        def act():
            with runtime.work(bidder) as ctx:  # ctx.now is still before the closing
                late.wait(0.02)
                return service.place_bid(ctx, tender.id, price_fen=price, days=10)["digest"]

        return act

    def close():
        clock.set(tender.closes_at)
        late.set()
        with runtime.work() as ctx:
            service.close(ctx, tender.id)

    results = at_once(*[bid(one, 7_000_000 + i) for i, one in enumerate(bidders[2:])], close)
    accepted = {result for result in results[:-1] if isinstance(result, str)}
    assert all(type(refusal) is errors.TenderNotOpen for refusal in refusals(results))
    with runtime.work() as ctx:
        opened = set(ctx.session.scalars(select(Bid.digest).join(Offer, Offer.bid_id == Bid.id)))
        stored = set(ctx.session.scalars(select(Bid.digest)))
    assert accepted <= opened
    assert opened == stored
    assert len(opened) == 2 + len(accepted)


def test_a_bidder_who_passed_the_door_in_time_but_waited_behind_the_closer_is_refused(runtime, clock):
    tender = a_tender(runtime.work)
    bidders = some_bidders(runtime.work, 3)
    for bidder in bidders[:2]:
        a_bid(runtime.work, bidder, tender.id, 8_000_000)
    with runtime.work() as ctx:
        early = ctx.now
        clock.set(tender.closes_at)
    with runtime.work() as ctx:
        service.close(ctx, tender.id)
    clock.set(early)
    with pytest.raises(errors.TenderNotOpen), runtime.work(bidders[2]) as ctx:
        assert ctx.now < tender.closes_at
        service.place_bid(ctx, tender.id, price_fen=1, days=1)


def test_a_bid_that_waits_for_the_closer_is_refused_by_what_the_closer_wrote(runtime, clock):
    tender = a_tender(runtime.work)
    bidders = some_bidders(runtime.work, 3)
    for bidder in bidders[:2]:
        a_bid(runtime.work, bidder, tender.id, 8_000_000)
    early = clock()
    with ThreadPoolExecutor(1) as pool:
        clock.set(tender.closes_at)
        with runtime.work() as ctx:
            service.close(ctx, tender.id)
            clock.set(early)  # the bidder has read the clock in time and now waits at the database
            late = pool.submit(a_bid, runtime.work, bidders[2], tender.id, 7_000_000)
            threading.Event().wait(0.7)
        with pytest.raises(errors.TenderNotOpen):
            late.result(30)


def test_two_closers_make_one_award(runtime, clock):
    tender = a_tender(runtime.work)
    for bidder in some_bidders(runtime.work, 3):
        a_bid(runtime.work, bidder, tender.id, 8_000_000)
    clock.set(tender.closes_at)

    def close():
        with runtime.work() as ctx:
            return service.close(ctx, tender.id).stage

    assert at_once(close, close, close) == ["publicity"] * 3
    with runtime.work() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Award)) == 1
        assert ctx.session.scalar(select(func.count()).select_from(Offer)) == 3


def test_two_workers_ticking_close_every_tender_once(runtime, clock):
    tenders = [a_tender(runtime.work) for _ in range(4)]
    bidders = some_bidders(runtime.work, 2)
    for tender in tenders:
        for bidder in bidders:
            a_bid(runtime.work, bidder, tender.id, 8_000_000)
    clock.set(max(tender.closes_at for tender in tenders))
    at_once(runtime.tick, runtime.tick)
    runtime.settle()
    with runtime.work() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Award)) == 4
        assert set(ctx.session.scalars(select(Tender.stage))) == {"publicity"}


def test_confirming_against_declining_leaves_one_truth(runtime, clock):
    story = an_award(runtime, clock)
    clock.set(story.award.publicity_ends_at)
    runtime.settle()

    def confirm():
        with runtime.work(story.buyer) as ctx:
            return service.confirm_award(ctx, story.award.id).status

    def decline():
        with runtime.work(story.bidders[1]) as ctx:
            return service.decline_award(ctx, story.award.id, reason="人员不足")

    at_once(confirm, decline)
    with runtime.work() as ctx:
        live = queries.live_award(ctx, story.tender.id)
        assert queries.tender(ctx, story.tender.id).stage == "publicity"
        assert live.price_fen == 8_800_000
        assert queries.award(ctx, story.award.id).status == "unsuccessful"


def test_two_objections_at_once_stop_one_clock(runtime, clock):
    story = an_award(runtime, clock)

    def objecting(bidder):
        def act():
            with runtime.work(bidder) as ctx:
                return service.object_to_award(ctx, story.award.id, grounds="对结果有异议")

        return act

    assert refusals(at_once(objecting(story.bidders[0]), objecting(story.bidders[2]))) == []
    with runtime.work() as ctx:
        rows = queries.objections(ctx, story.tender.id)
        assert len(rows) == 2
        for row in rows:
            service.decide_objection(ctx, row.id, upheld=False, reply="不成立")
        assert queries.tender(ctx, story.tender.id).stage == "publicity"
        assert queries.live_award(ctx, story.tender.id).publicity_ends_at == story.award.publicity_ends_at


@pytest.mark.parametrize("round_", range(2))
def test_an_amendment_against_bids_has_one_order_and_no_bid_counts_for_a_notice_it_did_not_see(runtime, clock, round_):
    buyer = a_buying_actor(runtime.work)
    tender = a_tender(runtime.work, buyer)
    bidders = some_bidders(runtime.work, 6)

    def amend():
        with runtime.work(buyer) as ctx:
            return service.amend(ctx, tender.id, reason="调整期限", service_workdays=30)

    acts = [lambda b=b: a_bid(runtime.work, b, tender.id, 8_000_000) for b in bidders]
    results = at_once(*acts[:3], amend, *acts[3:])
    assert {type(refusal) for refusal in refusals(results)} <= {NoticeChanged}
    for bidder in bidders[:3]:
        try:
            a_bid(runtime.work, bidder, tender.id, 7_000_000, notice_version=2)
        except errors.BidAlreadyPlaced:
            continue
    with runtime.work() as ctx:
        seen = dict(ctx.session.execute(select(Bid.digest, Bid.notice_version)).all())
        at = queries.tender(ctx, tender.id).closes_at
    clock.set(at)
    runtime.settle()
    with runtime.work() as ctx:
        opened = set(ctx.session.scalars(select(Bid.digest).join(Offer, Offer.bid_id == Bid.id)))
    assert opened <= {digest for digest, version in seen.items() if version == 2}


def test_a_cancellation_against_the_closing_ends_the_tender_one_way(runtime, clock):
    buyer = a_buying_actor(runtime.work)
    tender = a_tender(runtime.work, buyer)
    for bidder in some_bidders(runtime.work, 4):
        a_bid(runtime.work, bidder, tender.id, 8_000_000)
    clock.set(tender.closes_at)

    def cancel():
        with runtime.work(buyer) as ctx:
            return service.cancel(ctx, tender.id, reason="不再采购", kind="reposted")

    def close():
        with runtime.work() as ctx:
            return service.close(ctx, tender.id)

    cancelled, _ = at_once(cancel, close)
    with runtime.work() as ctx:
        stage, opened = queries.tender(ctx, tender.id).stage, len(queries.offers(ctx, tender.id))
    assert (stage, opened) == (("publicity", 4) if isinstance(cancelled, DomainError) else ("cancelled", 0))
