"""A buyer whose winner does not sign: the page offers the way out when the time has come, not before."""

import pytest

from marketplace.kernel.ports import Actor
from marketplace.tenders import queries
from marketplace.testing import tenders as make
from marketplace.testing.identity import a_colleague

OFFERED = "取消中选，由候补递补"


@pytest.fixture
def story(runtime, clock, work):
    found = make.a_confirmed_award(runtime, clock)
    with work() as ctx:
        a_colleague(ctx, found.buyer.organisation_id, username="waiting-buyer")
    return found


def test_the_way_out_is_offered_only_when_signing_is_overdue_and_leads_to_the_reserve(
    client, sign_in, story, clock, work
):
    number = story.tender.number
    address = f"/buyer/tenders/{number}"
    buyer = sign_in(client, "waiting-buyer")
    assert OFFERED not in buyer.get(address).text
    assert buyer.post(f"{address}/lapse").status_code == 409
    with work(Actor.system(), write=False) as ctx:
        clock.set(queries.award(ctx, story.award.id).sign_due_at)
    sign_in(client, "waiting-buyer")
    assert OFFERED in buyer.get(address).text
    assert buyer.post(f"{address}/lapse").status_code == 303
    page = buyer.get(f"{address}?done=lapsed").text
    assert "已取消逾期未签约机构的中选" in page
    assert OFFERED not in page
    with work(write=False) as ctx:
        assert queries.live_award(ctx, story.tender.id).price_fen == 8_800_000
