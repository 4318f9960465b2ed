"""The pages of an agency that bids, from the notice to the receipt and its own bids."""

import re

import pytest

from marketplace.kernel.events import canonical
from marketplace.kernel.keys import verify
from marketplace.tenders import service
from marketplace.testing import tenders as make
from tests.tenders.reading import whole

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

OFFER = {"price_fen": "86,000.00", "days": "18", "lead": "王建国", "note": "分两阶段提交"}


def test_bidding_asks_a_visitor_to_sign_in_and_a_buyer_to_leave(client, sign_in, work, buyer):
    tender = make.a_tender(work)
    assert client.get(f"/tenders/{tender.number}/bid/eligibility").status_code == 303
    assert sign_in(client, "buyer-one").get(f"/tenders/{tender.number}/bid/eligibility").status_code == 403


def test_an_agency_bids_in_four_pages_and_gets_a_receipt_that_verifies(as_bidder, work):
    tender = make.a_tender(work)
    base = f"/tenders/{tender.number}/bid"
    assert "贵机构可以参与本项目" in whole(as_bidder.get(f"{base}/eligibility"))
    assert 'inputmode="decimal"' in whole(as_bidder.get(f"{base}/offer"))
    check = whole(as_bidder.post(f"{base}/check", data=OFFER))
    assert "捌万陆仟元整" in check
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', check))
    assert carried["price_fen"] == "86,000.00"
    response = as_bidder.post(base, data=carried)
    assert response.status_code == 303
    text = whole(as_bidder.get(response.location))
    assert "86,000" not in text
    receipt = as_bidder.get(f"{response.location.partition('?')[0]}.json").json
    signature = receipt.pop("signature")
    assert verify(receipt["public_key"], canonical(receipt), signature)


def test_checking_an_offer_stores_nothing(as_bidder, work, bidder):
    tender = make.a_tender(work)
    whole(as_bidder.post(f"/tenders/{tender.number}/bid/check", data=OFFER))
    with work(bidder) as ctx:
        assert service.my_bid(ctx, tender.id) is None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("price_fen", "99999.00", "报价高于最高限价"), ("price_fen", "abc", "请填写金额"), ("days", "", "此项必填")],
)
def test_a_wrong_offer_comes_back_with_its_error_at_the_field(as_bidder, work, field, value, words):
    tender = make.a_tender(work)
    text = whole(as_bidder.post(f"/tenders/{tender.number}/bid/check", data={**OFFER, field: value}), 422)
    assert text.count(words) == 2
    assert f'href="#f-{field}"' in text
    assert re.search(rf'id="f-{field}"[^>]*aria-describedby="f-{field}-hint f-{field}-error" aria-invalid="true"', text)
    assert "<title>错误：" in text


def test_what_was_typed_is_there_again_after_going_back(as_bidder, work):
    tender = make.a_tender(work)
    text = whole(as_bidder.post(f"/tenders/{tender.number}/bid/offer", data=OFFER))
    assert 'value="86,000.00"' in text
    assert "分两阶段提交" in text


def test_a_bid_is_changed_and_withdrawn_until_closing(as_bidder, work, bidder):
    tender = make.a_tender(work)
    base = f"/tenders/{tender.number}/bid"
    first = make.a_bid(work, bidder, tender.id, 8_600_000)
    form = whole(as_bidder.get(f"{base}/offer?change=1"))
    replaces = re.search(r'name="replaces" value="(\w+)"', form)[1]
    assert replaces == first["digest"]
    changed = as_bidder.post(base, data={**OFFER, "replaces": replaces})
    assert "报价信封更换" in whole(as_bidder.get(changed.location))
    page = whole(as_bidder.get(f"{base}/withdraw"))
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    assert digest != replaces
    gone = as_bidder.post(f"{base}/withdraw", data={"digest": digest})
    assert "报价已撤回" in whole(as_bidder.get(gone.location))
    assert as_bidder.get(f"{base}/withdraw").status_code == 404


def test_the_eligibility_page_names_what_is_missing(client, sign_in, work):
    make.some_bidders(work, 1, item_code="ZJ-02", usernames=["other-field"])
    tender = make.a_tender(work)
    text = whole(sign_in(client, "other-field").get(f"/tenders/{tender.number}/bid/eligibility"))
    assert "目前不能参与本项目" in text
    assert "下一步" not in text


def test_after_closing_no_page_takes_a_bid(client, sign_in, bidder, work, clock):
    tender = make.a_tender(work)
    clock.set(tender.closes_at)
    response = sign_in(client, "agency-one").post(f"/tenders/{tender.number}/bid", data=OFFER)
    assert "已不接受报价" in whole(response, 409)


def test_own_bids_show_sealed_ones_without_a_price_and_opened_ones_with_it(
    as_bidder, sign_in, work, bidder, runtime, clock
):
    tender = make.a_tender(work)
    make.a_bid(work, bidder, tender.id, 8_600_000)
    sealed = whole(as_bidder.get("/agency/bids"))
    assert "已密封" in sealed
    assert "86,000" not in sealed
    for agent in make.some_bidders(work, 2):
        make.a_bid(work, agent, tender.id, 8_800_000)
    make.let_it_close(runtime, clock, tender.id)
    assert "86,000.00" in whole(sign_in(as_bidder, "agency-one").get("/agency/bids"))
