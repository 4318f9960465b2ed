"""Direct awards: how often to one agency, and needs that were split."""

import pytest

from marketplace.tenders import service
from marketplace.tenders.errors import weighing
from marketplace.testing.tenders import a_buying_actor, a_tender, some_bidders
from tests.tenders.weighing import allow


def directly(work, buyer, firm, **over):
    facts = {"method": "direct", "direct_agency_id": firm.organisation_id, "direct_reason": "延续服务"}
    return a_tender(work, buyer, **{**facts, "ceiling_fen": 1_000_000, **over})


def test_the_fourth_direct_award_to_one_agency_within_the_period_is_refused(work):
    buyer = a_buying_actor(work)
    (firm,) = some_bidders(work, 1)
    for _ in range(3):
        directly(work, buyer, firm)
    with pytest.raises(weighing.DirectTooOften):
        directly(work, buyer, firm)


def test_one_need_is_not_split_into_direct_awards(work):
    buyer = a_buying_actor(work)
    one, two = some_bidders(work, 2)
    directly(work, buyer, one, ceiling_fen=6_000_000)
    with pytest.raises(weighing.DirectSplit):
        directly(work, buyer, two, ceiling_fen=4_000_001)
    directly(work, buyer, two, ceiling_fen=4_000_000)


def test_a_direct_award_that_came_to_nothing_or_is_long_past_does_not_count(work, clock):
    allow(work, threshold__split_watch_months=1)
    buyer = a_buying_actor(work)
    (firm,) = some_bidders(work, 1)
    gone = directly(work, buyer, firm, ceiling_fen=6_000_000)
    with work(buyer) as ctx:
        service.cancel(ctx, gone.id, reason="需求取消")
    directly(work, buyer, firm, ceiling_fen=6_000_000)
    clock.advance(days=32)
    assert directly(work, buyer, firm, ceiling_fen=6_000_000).published_at == clock()
