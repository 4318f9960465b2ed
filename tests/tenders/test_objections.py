"""Objections: they stop the clock, and a dismissal or an award to the next ends them."""

import pytest

from marketplace.audit import verifier
from marketplace.tenders import errors, queries, service
from marketplace.testing.tenders import a_buying_actor, an_award, some_bidders


def test_an_objection_stops_the_clock_and_a_dismissal_lets_the_rest_run(work, runtime, clock):
    story = an_award(runtime, clock)
    clock.advance(hours=20)
    with work(story.bidders[0]) as ctx:
        receipt = service.object_to_award(ctx, story.award.id, grounds="中选机构项目负责人不具备资格")
    assert verifier.check_document(receipt) == {"receipt": []}
    remaining = story.award.publicity_ends_at - clock()
    clock.advance(days=6)
    runtime.settle()
    with work() as ctx:
        assert queries.tender(ctx, story.tender.id).stage == "objected"
        (row,) = queries.objections(ctx, story.tender.id)
    with work(story.buyer) as ctx:
        service.decide_objection(ctx, row.id, upheld=False, reply="经核查，负责人证书有效")
    with work() as ctx:
        resumed = queries.award(ctx, story.award.id)
        assert queries.tender(ctx, story.tender.id).stage == "publicity"
        assert resumed.publicity_ends_at == clock() + remaining
    clock.set(resumed.publicity_ends_at)
    runtime.settle()
    with work() as ctx:
        assert queries.tender(ctx, story.tender.id).stage == "confirming"


def test_an_upheld_objection_ends_the_award_and_the_reserve_steps_in(work, runtime, clock):
    story = an_award(runtime, clock)
    with work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="报价低于成本")
    with work() as ctx:
        (row,) = queries.objections(ctx, story.tender.id)
        service.decide_objection(ctx, row.id, upheld=True, reply="异议成立")
    with work() as ctx:
        assert queries.award(ctx, story.award.id).status == "cancelled"
        assert queries.live_award(ctx, story.tender.id).price_fen == 8_800_000


def test_a_cancelled_tender_leaves_no_objection_waiting(work, runtime, clock):
    story = an_award(runtime, clock)
    with work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="报价低于成本")
    with work(story.buyer) as ctx:
        service.cancel(ctx, story.tender.id, reason="项目终止")
    with work() as ctx:
        (row,) = queries.objections(ctx, story.tender.id)
        assert (row.status, row.decided_at) == ("closed", clock())


def test_the_clock_goes_on_only_after_the_last_objection(work, runtime, clock):
    story = an_award(runtime, clock)
    for bidder in (story.bidders[0], story.bidders[2]):
        with work(bidder) as ctx:
            service.object_to_award(ctx, story.award.id, grounds="对评审有异议")
    with work() as ctx:
        first, second = queries.objections(ctx, story.tender.id)
        service.decide_objection(ctx, first.id, upheld=False, reply="不成立")
        assert queries.tender(ctx, story.tender.id).stage == "objected"
        service.decide_objection(ctx, second.id, upheld=False, reply="不成立")
        assert queries.tender(ctx, story.tender.id).stage == "publicity"


def test_only_a_participant_objects_and_only_once_and_in_time(work, runtime, clock):
    story = an_award(runtime, clock)
    with pytest.raises(errors.NotParticipant), work(some_bidders(work, 1)[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="异议")
    with work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="异议")
    with pytest.raises(errors.ObjectionAlreadyFiled), work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="再次异议")
    clock.advance(days=20)
    with pytest.raises(errors.ObjectionClosed), work(story.bidders[2]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="迟到的异议")


def test_another_buyer_does_not_decide_an_objection(work, runtime, clock):
    story = an_award(runtime, clock)
    with work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="异议")
    with work() as ctx:
        (row,) = queries.objections(ctx, story.tender.id)
    with pytest.raises(errors.ObjectionNotFound), work(a_buying_actor(work)) as ctx:
        service.decide_objection(ctx, row.id, upheld=True, reply="成立")
