"""The short pages by which a buyer posts a notice."""

import re
from datetime import timedelta

import pytest

from marketplace.budgets import queries as budgets
from marketplace.kernel.clock import SHANGHAI
from marketplace.tenders import queries
from marketplace.tenders.pages import posting
from marketplace.testing import tenders as make
from tests.tenders.reading import whole

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once


def begin(browser, address="/buyer/tenders/new"):
    page = whole(browser.get(address))
    assert "服务事项" in page
    answer = {"item_code": make.ITEM, "title": "河道整治工程造价咨询", "region": "320700", "ceiling_fen": "90000"}
    response = browser.post(address, data=answer)
    assert response.status_code == 303, response.text
    return response.location


def test_a_buyer_posts_in_short_pages_and_publishes(as_buyer, clock):
    location = begin(as_buyer)
    number = re.search(r"/buyer/tenders/([^/]+)/", location)[1]
    assert location.endswith("/edit/requirement")
    whole(as_buyer.get(location))
    facts = {"content": "编制造价咨询报告", "conditions": "", "service_workdays": "20"}
    location = as_buyer.post(location, data=facts).location
    whole(as_buyer.get(location))
    location = as_buyer.post(location, data={"method": "lowest", "ceiling_fen": "88000.00"}).location
    closing = re.search(r'name="closes_at"[^>]*value="([^"]+)"', whole(as_buyer.get(location)))[1]
    location = as_buyer.post(location, data={"closes_at": closing}).location
    check = whole(as_buyer.get(location))
    assert "88,000.00" in check
    assert "改正以下内容后才能发布" not in check
    done = as_buyer.post(f"/buyer/tenders/{number}/publish")
    assert "采购公告已发布" in whole(as_buyer.get(done.location))
    assert "河道整治工程造价咨询" in whole(as_buyer.get("/tenders"))


def test_a_draft_is_kept_and_resumed_from_the_board(as_buyer):
    location = begin(as_buyer)
    number = re.search(r"/buyer/tenders/([^/]+)/", location)[1]
    assert number in whole(as_buyer.get("/buyer?stage=draft"))
    resumed = as_buyer.get(f"/buyer/tenders/{number}")
    assert resumed.location.endswith("/check")
    text = whole(as_buyer.get(resumed.location))
    assert "改正以下内容后才能发布" in text
    assert f"/buyer/tenders/{number}/edit/requirement?back=1" in text
    assert "发布采购公告</button>" not in text


def test_a_page_opened_from_the_check_leads_back_to_it(as_buyer):
    location = begin(as_buyer)
    facts = {"content": "编制报告", "service_workdays": "20"}
    assert as_buyer.post(f"{location}?back=1", data=facts).location.endswith("/check")


def test_a_forbidden_condition_is_named_on_the_check_page(as_buyer):
    location = begin(as_buyer)
    facts = {"content": "编制报告", "conditions": "须在本市设有分支机构", "service_workdays": "20"}
    as_buyer.post(location, data=facts)
    text = whole(as_buyer.get(location.replace("/edit/requirement", "/check")))
    assert "公告含有不得设置的条件" in text


def test_a_wrong_answer_keeps_the_page_and_what_was_typed(as_buyer):
    text = whole(as_buyer.post("/buyer/tenders/new", data={"title": "甲", "ceiling_fen": "0"}), 422)
    assert 'value="甲"' in text
    assert 'href="#f-item_code"' in text


def test_publishing_too_soon_is_shown_and_not_done(as_buyer, clock, buyer, work):
    draft = make.a_draft(work, buyer, closes_at=clock() + timedelta(hours=1))
    text = whole(as_buyer.post(f"/buyer/tenders/{draft.number}/publish"), 422)
    assert "报名截止时间过早" in text
    with work(buyer) as ctx:
        assert queries.tender(ctx, draft.id).stage == "draft"


def test_another_buyers_draft_is_not_found(as_buyer, work):
    draft = make.a_draft(work, make.a_buying_actor(work))
    for address in ("check", "edit/money", "cancel"):
        assert as_buyer.get(f"/buyer/tenders/{draft.number}/{address}").status_code == 404


def test_a_department_commissions_a_review_from_a_budget_line_by_competition_only(client, sign_in, work):
    department = make.a_buying_actor(work, "department", username="bureau")
    line = make.a_budget_line(work, department)
    browser = sign_in(client, "bureau")
    location = begin(browser, "/dept/tenders/new")
    number = re.search(r"/buyer/tenders/([^/]+)/", location)[1]
    browser.post(location, data={"content": "对报告书进行技术评估", "service_workdays": "15"})
    money = whole(browser.get(f"/buyer/tenders/{number}/edit/money"))
    assert 'value="direct"' not in money
    assert f'value="{line}"' in money
    answer = {"method": "random", "ceiling_fen": "90000", "fixed_price_fen": "80000", "budget_line_id": line}
    assert "further_line_1" not in money
    more = make.a_budget_line(work, department, name="专家评审费")
    assert "further_line_1" in whole(browser.get(f"/buyer/tenders/{number}/edit/money"))
    twice = browser.post(f"/buyer/tenders/{number}/edit/money", data={**answer, "further_line_1": line}).location
    assert "同一部门" in whole(browser.get(f"/buyer/tenders/{number}/check")), twice
    answer |= {"further_line_1": "", "further_line_2": more}
    location = browser.post(f"/buyer/tenders/{number}/edit/money", data=answer).location
    closing = re.search(r'name="closes_at"[^>]*value="([^"]+)"', whole(browser.get(location)))[1]
    browser.post(location, data={"closes_at": closing})
    assert browser.post(f"/buyer/tenders/{number}/publish").location.endswith("done=published")
    with work() as ctx:
        tender = queries.by_number(ctx, number)
        assert (tender.government_commissioned, tender.payer) == (True, "department")
        assert tender.encumbrance_id is not None
        assert tender.further_line_ids == [more]
        assert [share.line.id for share in budgets.shares(ctx, tender.encumbrance_id)] == [line, more]


def test_an_enterprise_cannot_commission_a_review(as_buyer):
    assert as_buyer.get("/dept/tenders/new").status_code == 403
    assert as_buyer.post("/dept/tenders/new", data={}).status_code in {403, 422}


def test_the_buyer_cancels_with_a_reason(as_buyer, work, buyer):
    tender = make.a_tender(work, buyer)
    whole(as_buyer.get(f"/buyer/tenders/{tender.number}/cancel"))
    assert whole(as_buyer.post(f"/buyer/tenders/{tender.number}/cancel", data={"reason": ""}), 422)
    done = as_buyer.post(f"/buyer/tenders/{tender.number}/cancel", data={"reason": "项目调整"})
    assert "采购项目已取消" in whole(as_buyer.get(done.location))
    assert "项目调整" in whole(as_buyer.get(f"/tenders/{tender.number}"))


def test_every_field_of_a_notice_has_a_page():
    assert {posting.step_of(name) for name in ("closes_at", "method", "content", "item_code", "direct_agency_id")} == {
        "time",
        "money",
        "requirement",
        "service",
    }


def test_the_suggested_closing_is_the_afternoon_after_the_shortest_sign_up(as_buyer, clock):
    location = begin(as_buyer).replace("/edit/requirement", "/edit/time")
    closing = re.search(r'name="closes_at"[^>]*value="([^"]+)"', whole(as_buyer.get(location)))[1]
    assert closing.endswith("T17:00")
    assert closing > clock().astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
