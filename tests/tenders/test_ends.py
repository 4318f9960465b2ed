"""取消 and 重新发布: how a tender ends before its time, and how it is posted again."""

import pytest

from marketplace.rulebook import queries as rulebook
from marketplace.tenders import queries, service
from marketplace.tenders.errors import changes as refusals
from marketplace.tenders.models import Bid
from marketplace.tenders.queries import changes
from marketplace.testing.tenders import a_buying_actor, a_draft, a_tender, an_award, let_it_close
from tests.tenders.changing import now_of


def ended(work, buyer, tender, kind):
    with work(buyer) as ctx:
        return service.cancel(ctx, tender.id, reason="公告内容有误", kind=kind)


@pytest.mark.parametrize("kind", ["void", "abandoned", "reposted"])
def test_an_open_tender_ends_in_three_kinds_and_its_bids_stay_sealed(work, market, runtime, kind):
    buyer, tender, _ = market
    found = ended(work, buyer, tender, kind)
    assert (found.stage, found.ended_kind, found.ended_reason) == ("cancelled", kind, "公告内容有误")
    with work() as ctx:
        assert queries.offers(ctx, tender.id) == []
        assert ctx.session.query(Bid).filter_by(tender_id=tender.id).count() == 4


def test_with_prices_known_a_tender_is_not_posted_anew_by_choice(work, runtime, clock):
    story = an_award(runtime, clock)
    with pytest.raises(refusals.CancelKindUnfit):
        ended(work, story.buyer, story.tender, "reposted")
    assert ended(work, story.buyer, story.tender, "void").ended_kind == "void"


def test_a_draft_is_abandoned_and_never_void(work):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer)
    with pytest.raises(refusals.CancelKindUnfit):
        ended(work, buyer, draft, "void")
    assert ended(work, buyer, draft, "abandoned").stage == "cancelled"


def test_a_tender_is_reposted_once_as_a_draft_and_both_notices_name_each_other(work, market):
    buyer, tender, _ = market
    with work(buyer) as ctx:
        new = service.repost(ctx, tender.id, reason="资质条件写错")
    old = now_of(work, tender)
    assert (old.ended_kind, new.stage, new.closes_at, new.title) == ("reposted", "draft", None, tender.title)
    with work() as ctx:
        assert changes.links(ctx, old).after is None
        service.publish(ctx, new.id, closes_at=rulebook.add_workdays(ctx, ctx.now, 5))
    with work() as ctx:
        assert changes.links(ctx, queries.tender(ctx, tender.id)).after.id == new.id
        assert changes.links(ctx, queries.tender(ctx, new.id)).before.id == tender.id
    with pytest.raises(refusals.RepostedAlready), work(buyer) as ctx:
        service.repost(ctx, tender.id, reason="再来一次")


def test_a_failed_tender_is_reposted_without_ending_it_again(work, runtime, clock):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer)
    for _ in range(2):
        let_it_close(runtime, clock, tender.id)
    assert now_of(work, tender).stage == "failed"
    with work(buyer) as ctx:
        assert service.repost(ctx, tender.id, reason="流标后重新发布").stage == "draft"
    assert now_of(work, tender).stage == "failed"
