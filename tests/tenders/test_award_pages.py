"""The pages after an opening: accepting, declining, objecting, sifting and confirming."""

import re
from dataclasses import replace

import pytest

from marketplace.tenders import queries
from marketplace.testing import tenders as make
from tests.tenders.reading import whole

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once


@pytest.fixture
def winner(runtime, clock, work, bidder):
    """A tender that `bidder` has won, in its publicity days."""
    buyer = make.a_buying_actor(work, username="buyer-two")
    tender = make.a_tender(work, buyer)
    make.a_bid(work, bidder, tender.id, 8_000_000)
    for agent in make.some_bidders(work, 2, usernames=["agency-two"]):
        make.a_bid(work, agent, tender.id, 8_500_000)
    return make.let_it_close(runtime, clock, tender.id)


@pytest.fixture
def as_winner(client, sign_in, winner):
    return sign_in(client, "agency-one")


def test_the_winner_accepts_on_the_award_notice(as_winner, winner):
    assert "您已中选，请作出答复" in whole(as_winner.get(f"/awards/{winner.number}"))
    done = as_winner.post(f"/awards/{winner.number}/accept")
    text = whole(as_winner.get(done.location))
    assert "已接受中选" in text
    assert "请作出答复" not in text


def test_the_winner_declines_only_with_a_reason(as_winner, winner):
    whole(as_winner.get(f"/awards/{winner.number}/decline"))
    assert "此项必填" in whole(as_winner.post(f"/awards/{winner.number}/decline", data={"reason": ""}), 422)
    done = as_winner.post(f"/awards/{winner.number}/decline", data={"reason": "负责人离职"})
    assert "已放弃中选" in whole(as_winner.get(done.location))


def test_a_participant_objects_and_the_buyer_answers(client, sign_in, winner, work):
    other = sign_in(client, "agency-two")
    assert "提出异议" in whole(other.get(f"/awards/{winner.number}"))
    whole(other.get(f"/awards/{winner.number}/objection"))
    assert whole(other.post(f"/awards/{winner.number}/objection", data={"grounds": " "}), 422)
    done = other.post(f"/awards/{winner.number}/objection", data={"grounds": "中选机构资质不符"})
    assert "异议已提交" in whole(other.get(done.location))
    buyer = sign_in(client, "buyer-two")
    board = whole(buyer.get(f"/buyer/tenders/{winner.number}"))
    decision = re.search(r'href="(/objections/\w+)"', board)[1]
    whole(buyer.get(decision))
    assert whole(buyer.post(decision, data={"upheld": "", "reply": ""}), 422).count("aria-invalid") >= 2
    answered = buyer.post(decision, data={"upheld": "false", "reply": "经核查，资质符合公告要求"})
    assert answered.status_code == 303
    assert "经核查" in whole(buyer.get(f"/awards/{winner.number}"))


def test_the_buyer_confirms_after_the_publicity(client, sign_in, winner, runtime, clock, work):
    with work() as ctx:
        clock.set(queries.live_award(ctx, winner.id).publicity_ends_at)
    runtime.settle()
    buyer = sign_in(client, "buyer-two")
    assert "确认中选" in whole(buyer.get(f"/buyer/tenders/{winner.number}"))
    done = buyer.post(f"/buyer/tenders/{winner.number}/confirm")
    assert "通知书已生成" in whole(buyer.get(done.location))


def test_a_screened_tender_is_sifted_and_awarded_by_its_buyer(client, sign_in, buyer, work, runtime, clock):
    tender = make.a_tender(work, buyer, screening=True)
    for agent, price in zip(make.some_bidders(work, 3), (8_000_000, 8_100_000, 8_200_000), strict=True):
        make.a_bid(work, agent, tender.id, price)
    make.let_it_close(runtime, clock, tender.id)
    as_buyer = sign_in(client, "buyer-one")
    page = whole(as_buyer.get(f"/buyer/tenders/{tender.number}"))
    excluding = re.search(r'href="(/buyer/tenders/[^"]+/exclude/\w+)"', page)[1]
    whole(as_buyer.get(excluding))
    assert whole(as_buyer.post(excluding, data={"reason": ""}), 422)
    assert as_buyer.post(excluding, data={"reason": "证书已过期"}).status_code == 303
    done = as_buyer.post(f"/buyer/tenders/{tender.number}/award")
    assert "结果进入公示" in whole(as_buyer.get(done.location))


def test_an_award_that_needs_sealed_seeds_is_left_to_the_process_that_holds_the_keys(
    client, sign_in, buyer, work, runtime, clock
):
    tender = make.a_tender(work, buyer, screening=True)
    for agent, price in zip(make.some_bidders(work, 3), (8_000_000, 8_000_000, 8_200_000), strict=True):
        make.a_bid(work, agent, tender.id, price)
    make.let_it_close(runtime, clock, tender.id)
    held = runtime.keys
    runtime.keys = replace(held, private={})
    browser = sign_in(client, "buyer-one")
    done = browser.post(f"/buyer/tenders/{tender.number}/award")
    assert "由开标程序启封种子" in whole(browser.get(done.location))
    runtime.keys = held
    runtime.settle()
    with work() as ctx:
        assert queries.live_award(ctx, tender.id) is not None


def test_the_offer_page_of_one_who_has_bid_leads_to_the_bid(as_bidder, work, bidder):
    tender = make.a_tender(work)
    make.a_bid(work, bidder, tender.id, 8_600_000)
    assert as_bidder.get(f"/tenders/{tender.number}/bid/offer").location.endswith("/bid/eligibility")
