"""Pages of methods: arrangements while posting, rates, low prices, comparisons, assessments."""

import re

import pytest

from marketplace.agencies import queries as firms
from marketplace.tenders import queries
from marketplace.testing import tenders as make
from marketplace.testing.identity import a_member
from tests.tenders.reading import whole
from tests.tenders.weighing import WEIGHTS, assessors

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once


def draft_of(work, buyer, **facts):
    return make.a_draft(work, buyer, **facts)


def saved(work, draft):
    with work() as ctx:
        return queries.tender(ctx, draft.id)


MONEY = {"ceiling_fen": "90000", "quote": "amount"}


@pytest.mark.parametrize(("method", "following"), [("lowest", "time"), ("average", "method"), ("direct", "time")])
def test_only_a_method_that_has_to_be_told_something_gets_its_page(client, sign_in, work, buyer, method, following):
    draft = draft_of(work, buyer)
    browser = sign_in(client, "buyer-one")
    done = browser.post(f"/buyer/tenders/{draft.number}/edit/money", data={**MONEY, "method": method})
    assert done.location.endswith(f"/edit/{following}")


@pytest.mark.parametrize(
    ("method", "typed", "params", "people"),
    [
        ("average", {"variant": "A"}, {"variant": "A"}, ([], [])),
        ("shortlist", {"size": "4"}, {"size": 4}, ([], [])),
        (
            "merit",
            {
                "weight_price": "40",
                "weight_credit": "10.00",
                "weight_time": "20%",
                "weight_plan": "30",
                "assessors": "a\nb",
            },
            {"weights": WEIGHTS},
            (["a", "b"], []),
        ),
        ("inquiry", {"invited": " 91 \n\n92"}, {}, ([], ["91", "92"])),
    ],
)
def test_the_page_of_a_method_saves_what_it_asks(client, sign_in, work, buyer, method, typed, params, people):
    draft = draft_of(work, buyer, method=method)
    browser = sign_in(client, "buyer-one")
    address = f"/buyer/tenders/{draft.number}/edit/method"
    whole(browser.get(address))
    assert browser.post(address, data=typed).location.endswith("/edit/time")
    found = saved(work, draft)
    assert (found.method_params, (found.assessors, found.invited)) == (params, people)
    page = whole(browser.get(address))
    assert all(text.strip().splitlines()[0].strip(" %") in page for text in typed.values())


def test_a_weight_that_is_no_percentage_is_told_at_its_field(client, sign_in, work, buyer):
    draft = draft_of(work, buyer, method="merit")
    browser = sign_in(client, "buyer-one")
    page = whole(browser.post(f"/buyer/tenders/{draft.number}/edit/method", data={"weight_price": "much"}), 422)
    assert "百分数" in page


def test_what_stops_a_merit_notice_leads_to_its_page(client, sign_in, work, buyer):
    draft = draft_of(work, buyer, method="merit")
    page = whole(sign_in(client, "buyer-one").get(f"/buyer/tenders/{draft.number}/check"))
    assert f"/buyer/tenders/{draft.number}/edit/method" in page
    assert "合计须为100%" in page


def test_the_notice_says_how_quotes_are_made_and_weighed(client, work, buyer):
    assessors(work, called="assessor-")
    names = [f"assessor-{n}" for n in range(3)]
    facts = {"quote": "rate", "rate_floor_bp": 500, "rate_cap_bp": 3000}
    tender = make.a_tender(work, buyer, method="merit", method_params={"weights": WEIGHTS}, assessors=names, **facts)
    page = whole(client.get(f"/tenders/{tender.number}"))
    for words in ("按下浮率报价", "5.00%", "30.00%", "价格 40.00%，信用 10.00%，工期 20.00%，方案 30.00%", "3 名"):
        assert words in page
    assert "assessor-0" not in page
    assert "李晓梅" not in page


def test_past_direct_awards_of_the_pair_stand_on_the_notice(client, sign_in, work, buyer, clock):
    (firm,) = make.some_bidders(work, 1)
    facts = {"method": "direct", "direct_agency_id": firm.organisation_id, "direct_reason": "延续", "ceiling_fen": 100}
    first = make.a_tender(work, buyer, **facts)
    clock.advance(hours=1)
    second = make.a_tender(work, buyer, **facts)
    clock.advance(hours=1)
    page = whole(client.get(f"/tenders/{second.number}"))
    assert f"{first.number}（1.00）" in page
    draft = draft_of(work, buyer, **facts)
    checked = whole(sign_in(client, "buyer-one").get(f"/buyer/tenders/{draft.number}/check"))
    assert first.number in checked
    assert second.number in checked


def test_a_rate_is_quoted_on_the_bid_pages(client, sign_in, work, buyer, runtime, clock):
    tender = make.a_tender(work, buyer, quote="rate", ceiling_fen=9_000_001)
    make.some_bidders(work, 1, usernames=["bidder-one"])
    browser = sign_in(client, "bidder-one")
    page = whole(browser.get(f"/tenders/{tender.number}/bid/offer"))
    assert "下浮率" in page
    typed = {"rate_bp": "12.51", "days": "20"}
    missing = whole(browser.post(f"/tenders/{tender.number}/bid/check", data={"days": "20"}), 422)
    assert "请填写下浮率" in missing
    page = whole(browser.post(f"/tenders/{tender.number}/bid/check", data=typed))
    assert "12.51%" in page
    assert "78,741.01" in page
    assert browser.post(f"/tenders/{tender.number}/bid", data=typed).status_code == 303


def test_a_low_price_is_explained_and_judged_on_pages(client, sign_in, work, buyer, runtime, clock):
    tender = make.a_tender(work, buyer)
    bidders = make.some_bidders(work, 3, usernames=["low-one", "other-one"])
    for bidder, price in zip(bidders, (5_000_000, 8_000_000, 8_500_000), strict=True):
        make.a_bid(work, bidder, tender.id, price)
    make.let_it_close(runtime, clock, tender.id)
    low = sign_in(client, "low-one")
    assert "报价异常低" in whole(low.get("/desk"))
    address = re.search(r'href="(/agency/offers/\w+/explanation)"', whole(low.get("/agency/bids")))[1]
    assert "成本构成" in whole(low.get(address))
    whole(low.post(address, data={"text": ""}), 422)
    assert low.post(address, data={"text": "设备自有，数据已有。"}).status_code == 303
    assert "设备自有" in whole(low.get(address))
    whole(sign_in(client, "other-one").get(address), 404)
    assert "设备自有" not in whole(client.get(f"/tenders/{tender.number}"))
    browser = sign_in(client, "buyer-one")
    page = whole(browser.get(f"/buyer/tenders/{tender.number}"))
    assert "须作低价说明的机构" not in page, "everybody has explained: it is the buyer's turn"
    judging = re.search(r'href="(/buyer/tenders/[^"]+/explanations/\w+)"', page)[1]
    assert "设备自有" in whole(browser.get(judging))
    whole(browser.post(judging, data={"accepted": "false"}), 422)
    assert browser.post(judging, data={"accepted": "false", "reason": "没有成本构成"}).status_code == 303
    runtime.settle()
    notice = whole(client.get(f"/tenders/{tender.number}"))
    assert "说明不成立" in notice
    assert "没有成本构成" in notice
    assert "报价低于有效报价中位数 70% 的" in notice
    assert f"api/v1/tenders/{tender.number}/ranking.json" in notice


def test_assessors_declare_and_score_on_pages_and_are_published_afterwards(
    client, sign_in, work, buyer, runtime, clock
):
    assessors(work, called="assessor-")
    with work() as ctx:
        a_member(ctx, "authority", "assessor", username="assessor-9")
    names = [f"assessor-{n}" for n in range(3)]
    tender = make.a_tender(work, buyer, method="merit", method_params={"weights": WEIGHTS}, assessors=names)
    for bidder, price in zip(make.some_bidders(work, 3), (8_000_000, 8_100_000, 8_200_000), strict=True):
        make.a_bid(work, bidder, tender.id, price, note="三维模型与现场复核")
    make.let_it_close(runtime, clock, tender.id)
    address = f"/assessor/tenders/{tender.number}"
    first = sign_in(client, "assessor-0")
    assert tender.title in whole(first.get("/desk"))
    assert address in whole(first.get("/assessor"))
    assert "利害关系声明" in whole(first.get(address))
    whole(first.post(f"{address}/declaration", data={"interest": "yes", "conflict": " "}), 422)
    assert first.post(f"{address}/declaration", data={"interest": "yes", "conflict": "曾任职"}).status_code == 303
    browser = sign_in(client, "buyer-one")
    page = whole(browser.get(f"/buyer/tenders/{tender.number}"))
    replacing = re.search(r'href="(/buyer/tenders/[^"]+/assessors/\w+)"', page)[1]
    whole(browser.get(replacing))
    assert "不是评审人员" in whole(browser.post(replacing, data={"username": "nobody", "reason": "回避"}), 422)
    assert browser.post(replacing, data={"username": "assessor-9", "reason": "回避"}).status_code == 303
    for username in ("assessor-1", "assessor-2", "assessor-9"):
        seat = sign_in(client, username)
        assert seat.post(f"{address}/declaration", data={"interest": "no"}).status_code == 303
        page = whole(seat.get(address))
        assert "三维模型" in page
        fields = re.findall(r'name="(points-\w+)"', page)
        whole(seat.post(f"{address}/points", data=dict.fromkeys(fields, "high")), 422)
        assert seat.post(f"{address}/points", data=dict.fromkeys(fields, "80")).status_code == 303
    runtime.settle()
    notice = whole(client.get(f"/tenders/{tender.number}"))
    assert "评审人员的方案打分" in notice
    assert notice.count("李晓梅（") == 4
    assert "声明与报价机构有利害关系、退出评审的人员：李晓梅（" in notice


def test_the_buyer_compares_on_a_page_and_the_invited_are_named_after_the_opening(
    client, sign_in, work, buyer, runtime, clock
):
    bidders = make.some_bidders(work, 3)
    with work() as ctx:
        codes = [firms.agency(ctx, bidder.organisation_id).uscc for bidder in bidders[:2]]
        invited = [firms.agency(ctx, bidder.organisation_id).name for bidder in bidders]
    tender = make.a_tender(work, buyer, method="inquiry", invited=codes)
    runtime.settle()
    assert not any(name in whole(client.get(f"/tenders/{tender.number}")) for name in invited)
    for bidder, price in zip(bidders, (8_000_000, 8_100_000, 8_200_000), strict=True):
        make.a_bid(work, bidder, tender.id, price)
    make.let_it_close(runtime, clock, tender.id)
    browser = sign_in(client, "buyer-one")
    page = whole(browser.get(f"/buyer/tenders/{tender.number}"))
    naming = re.findall(r'href="(/buyer/tenders/[^"]+/choose/\w+)"', page)[-1]
    whole(browser.get(naming))
    whole(browser.post(naming, data={}), 422)
    assert browser.post(naming, data={"reason": "工期短"}).status_code == 303
    runtime.settle()
    notice = whole(client.get(f"/tenders/{tender.number}"))
    assert all(name in notice for name in invited)
    assert re.search("项目业主比较后选定.*工期短", notice)
    assert "系统抽取" in notice
