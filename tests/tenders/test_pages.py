"""The tenders' pages as browsers of every role get them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.budgets import queries as budgets
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.events import canonical
from marketplace.kernel.keys import verify
from marketplace.tenders import queries, service
from marketplace.tenders.pages import posting
from marketplace.testing import tenders as make

INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
OFFER = {"price_fen": "86,000.00", "days": "18", "lead": "王建国", "note": "分两阶段提交"}


def whole(response, status=200):
    """The text of a page that keeps the rules of every page."""
    assert response.status_code == status, response.text[-3000:]
    assert not INLINE.search(response.text)
    assert response.text.count("<h1") == 1
    ids = re.findall(r'\sid="([^"]+)"', response.text)
    assert len(ids) == len(set(ids)), sorted({name for name in ids if ids.count(name) > 1})
    return response.text


@pytest.fixture
def bidder(work):
    return make.some_bidders(work, 1, usernames=["agency-one"])[0]


@pytest.fixture
def buyer(work):
    return make.a_buying_actor(work, username="buyer-one")


@pytest.fixture
def as_bidder(client, sign_in, bidder):
    return sign_in(client, "agency-one")


@pytest.fixture
def as_buyer(client, sign_in, buyer):
    return sign_in(client, "buyer-one")


# --- public -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/tenders", "/publicity", "/awards", "/v"])
def test_a_public_list_can_be_read_on_an_empty_market_in_both_languages(client, address):
    whole(client.get(address))
    english = whole(client.get(address + "?lang=en"))
    shown = re.sub(r'<a [^>]*lang="zh-CN"[^>]*>.*?</a>', "", english).replace("中介超市运营中心", "")
    found = re.findall(r"[\u4e00-\u9fff]+", re.sub(r"<a href=\"/tenders\?[^>]*item=[^>]*>.*?</a>", "", shown))
    assert found == []


def test_a_two_character_word_finds_its_notice(client, work):
    make.a_tender(work, title="某某水库水土保持方案编制")
    make.a_tender(work, title="港口扩建安全评价")
    text = whole(client.get("/tenders?q=水土"))
    assert "某某水库水土保持方案编制" in text
    assert "港口扩建安全评价" not in text


def test_filters_are_links_that_keep_each_other(client, work):
    make.a_tender(work)
    text = whole(client.get("/tenders?stage=open&method=lowest"))
    assert re.search(r'href="/tenders\?[^"]*stage=open[^"]*"[^>]*aria-current="true"', text)
    assert re.search(r'href="/tenders\?[^"]*method=lowest&amp;stage=failed|stage=failed&amp;method=lowest', text)


def test_a_filter_without_a_match_says_so(client):
    assert "没有符合条件的采购项目" in client.get("/tenders?stage=failed").text


def test_the_list_is_paged_by_a_cursor(client, work, clock):
    buyer = make.a_buying_actor(work)
    for serial in range(21):
        clock.advance(minutes=1)
        make.a_tender(work, buyer, title=f"第{serial}号项目")
    first = whole(client.get("/tenders"))
    following = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = whole(client.get(following))
    assert "第0号项目" not in first
    assert "第0号项目" in second
    assert 'rel="next"' not in second


def test_a_notice_shows_the_need_the_time_left_and_the_commitments(client, work):
    tender = make.a_tender(work)
    text = whole(client.get(f"/tenders/{tender.number}"))
    assert tender.content in text
    assert "还剩 " in text
    assert "随机种子的承诺" in text
    assert "项目负责人须持有环境影响评价工程师证书" in text


def test_a_draft_is_not_found_by_others(client, work, buyer):
    draft = make.a_draft(work, buyer)
    assert client.get(f"/tenders/{draft.number}").status_code == 404


def test_before_opening_no_page_differs_by_the_number_of_bids(client, work, bidder):
    tender = make.a_tender(work)
    addresses = [f"/tenders/{tender.number}", "/tenders", "/", "/figures"]
    before = [client.get(address).text for address in addresses]
    receipt = make.a_bid(work, bidder, tender.id, 8_600_000)
    after = [client.get(address).text for address in addresses]
    assert after == before
    assert not any(receipt["digest"] in text or bidder.organisation_name in text for text in after)


def test_after_opening_the_notice_shows_the_ranking_with_its_reasons(client, runtime, clock):
    story = make.an_award(runtime, clock)
    text = whole(client.get(f"/tenders/{story.tender.number}"))
    assert "候选排序及理由" in text
    assert "85,000.00" in text
    assert "由低到高排第1位" in text
    assert "公开留痕" in text


def test_an_excluded_bid_is_shown_with_its_reason(client, runtime, clock, work):
    buyer = make.a_buying_actor(work)
    tender = make.a_tender(work, buyer, screening=True)
    for agent, price in zip(make.some_bidders(work, 3), (8_000_000, 8_100_000, 8_200_000), strict=True):
        make.a_bid(work, agent, tender.id, price)
    make.let_it_close(runtime, clock, tender.id)
    with work(buyer) as ctx:
        service.exclude_offer(ctx, queries.offers(ctx, tender.id)[0].id, reason="项目负责人证书已过期")
    text = whole(client.get(f"/tenders/{tender.number}"))
    assert "未纳入选取的报价及理由" in text
    assert "项目负责人证书已过期" in text


def test_an_award_in_publicity_is_listed_and_then_moves_to_the_awards(client, runtime, clock, work):
    story = make.an_award(runtime, clock)
    assert story.tender.number in whole(client.get("/publicity"))
    assert story.tender.number not in whole(client.get("/awards"))
    clock.set(story.award.publicity_ends_at)
    runtime.settle()
    with work(story.buyer) as ctx:
        service.confirm_award(ctx, story.award.id)
    assert story.tender.number not in whole(client.get("/publicity"))
    assert story.tender.number in whole(client.get("/awards"))


# --- letters ------------------------------------------------------------------------------------------------------------


def test_the_letter_prints_amount_code_and_qr(client, runtime, clock):
    story = make.a_confirmed_award(runtime, clock)
    text = whole(client.get(f"/awards/{story.tender.number}/letter"))
    assert story.award.check_code in text
    assert "捌万伍仟元整" in text
    assert 'src="data:image/svg+xml' in text
    assert f"http://localhost/v/{story.award.check_code}" in text


def test_there_is_no_letter_before_confirmation(client, runtime, clock):
    story = make.an_award(runtime, clock)
    assert client.get(f"/awards/{story.tender.number}/letter").status_code == 404


def test_a_check_code_is_found_however_it_is_typed(client, runtime, clock):
    story = make.a_confirmed_award(runtime, clock)
    typed = story.award.check_code.lower().replace("-", " ")
    response = client.get("/v", query_string={"code": typed})
    assert response.status_code == 303
    text = whole(client.get(response.location))
    assert "真实有效" in text
    assert story.tender.title in text


def test_a_wrong_check_code_is_an_error_of_its_field(client):
    text = whole(client.get("/v?code=0000-0000-0000-0000"), 404)
    assert "<title>错误：" in text
    assert 'href="#f-code"' in text
    assert 'aria-invalid="true"' in text


# --- bidding ------------------------------------------------------------------------------------------------------------


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
    receipt = as_bidder.get(f"{base}/receipt.json").json
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
    assert as_bidder.post(base, data={**OFFER, "replaces": replaces}).status_code == 303
    whole(as_bidder.get(f"{base}/receipt"))
    page = whole(as_bidder.get(f"{base}/withdraw"))
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    assert digest != replaces
    gone = as_bidder.post(f"{base}/withdraw", data={"digest": digest})
    assert "报价已撤回" in whole(as_bidder.get(gone.location))
    assert as_bidder.get(f"{base}/receipt").status_code == 404


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


# --- after the award ------------------------------------------------------------------------------------------------------


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


# --- posting ------------------------------------------------------------------------------------------------------------


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


# --- English --------------------------------------------------------------------------------------------------------------


def system_words(response, *known: str) -> list[str]:
    """Chinese left in a page after taking out what people wrote."""
    text = whole(response)
    text = re.sub(r'<(\w+)[^>]*lang="zh-CN"[^>]*>.*?</\1>', "", text, flags=re.DOTALL)
    text = re.sub(r"<select.*?</select>|<textarea.*?</textarea>", "", text, flags=re.DOTALL)
    for words in (*known, "中介超市运营中心", "李晓梅", "建设项目环境影响评价"):
        text = text.replace(words, "")
    return re.findall(r"[\u4e00-\u9fff]+", text)


def test_the_pages_of_an_award_speak_english_around_what_people_wrote(client, runtime, clock, work):
    story = make.a_confirmed_award(runtime, clock)
    with work() as ctx:
        firms = [offer.agency_name for offer in queries.offers(ctx, story.tender.id)]
    known = [story.tender.title, story.buyer.organisation_name, *firms, "江苏省"]
    number = story.tender.number
    addresses = [f"/tenders/{number}", f"/awards/{number}", f"/awards/{number}/letter", f"/v/{story.award.check_code}"]
    for address in addresses:
        assert system_words(client.get(address + "?lang=en"), *known) == [], address


def test_the_pages_of_a_bidder_speak_english(as_bidder, work, bidder):
    tender = make.a_tender(work)
    known = [tender.title, bidder.organisation_name]
    base = f"/tenders/{tender.number}/bid"
    as_bidder.set_cookie("marketplace_lang", "en")
    assert system_words(as_bidder.get(f"{base}/eligibility"), *known) == []
    assert system_words(as_bidder.get(f"{base}/offer"), *known) == []
    offer = {"price_fen": "86000", "days": "18"}
    assert system_words(as_bidder.post(f"{base}/check", data=offer), *known, "捌万陆仟元整") == []
    as_bidder.post(base, data=offer)
    for address in (f"{base}/receipt", f"{base}/withdraw", f"{base}/eligibility", "/agency/bids", "/desk"):
        assert system_words(as_bidder.get(address), *known) == [], address


def test_the_pages_of_a_buyer_speak_english(as_buyer, buyer, work):
    tender = make.a_tender(work, buyer)
    draft = make.a_draft(work, buyer)
    known = [tender.title, buyer.organisation_name, "江苏省", "玖万元整"]
    as_buyer.set_cookie("marketplace_lang", "en")
    steps = [f"/buyer/tenders/{draft.number}/edit/{step}" for step in posting.STEPS]
    more = ["/buyer", "/buyer/tenders/new", f"/buyer/tenders/{draft.number}/check", f"/buyer/tenders/{tender.number}"]
    for address in (*steps, *more, f"/buyer/tenders/{tender.number}/cancel", "/desk"):
        assert system_words(as_buyer.get(address), *known, "项目负责人须持有环境影响评价工程师证书。") == [], address
