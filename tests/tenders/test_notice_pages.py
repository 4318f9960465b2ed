"""The public pages of tenders: lists, notices, awards and letters, as any visitor gets them."""

import re

import pytest

from marketplace.tenders import queries, service
from marketplace.testing import tenders as make
from tests.tenders.reading import whole

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once


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
