"""The public screens of the portal, as a browser gets them."""

import re

import pytest

from marketplace.kernel.events import Event
from marketplace.portal import desks, figures, home, schemas
from marketplace.testing.agencies import an_agency
from marketplace.testing.identity import a_colleague, a_member

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

PUBLIC = ["/", "/?tab=publicity", "/?tab=awards", "/?tab=contracts", "/figures", "/help", "/about", "/accessibility"]
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_is_whole_and_carries_nothing_inline(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert not INLINE.search(response.text)
    assert response.text.count("<h1") == 1
    assert 'class="mk-skip" href="#main"' in response.text
    assert '<html lang="zh-CN">' in response.text
    assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", PUBLIC)
def test_the_english_page_has_no_chinese_words_of_ours(client, address):
    text = client.get(address + ("&" if "?" in address else "?") + "lang=en").text
    assert '<html lang="en">' in text
    shown = re.sub(r'<a [^>]*lang="zh-CN"[^>]*>.*?</a>', "", text)
    assert re.findall(r"[\u4e00-\u9fff]+", shown.replace("中介超市运营中心", "")) == []


def test_the_tabs_are_links_with_addresses_of_their_own(client):
    text = client.get("/?tab=awards").text
    assert re.search(r'<a href="/\?tab=awards" aria-current="true">中选公告</a>', text)
    assert "?tab=contracts" in text


def test_an_unknown_tab_is_the_first_one(client):
    assert 'aria-current="true">采购公告</a>' in client.get("/?tab=nothing").text


def test_the_strip_counts_an_agency_that_entered(client, work):
    with work() as ctx:
        before = home.strip(ctx).agencies
        an_agency(ctx)
    with work() as ctx:
        assert home.strip(ctx).agencies == before + 1


def test_the_ranking_shows_graded_agencies_best_first(work):
    with work() as ctx:
        for serial, stars in enumerate((3, 5, 4)):
            agency = an_agency(ctx, name=f"南京评级咨询有限公司{serial}")
            agency.stars, agency.score_points = stars, stars * 2000
        an_agency(ctx, name="尚无等级的机构")
        ctx.session.flush()
        assert [agency.stars for agency in home.ranking(ctx)] == [5, 4, 3]


def test_the_desk_asks_a_visitor_to_sign_in(client):
    assert client.get("/desk").status_code == 303


def test_every_section_of_the_desk_can_be_read_on_an_empty_market(work):
    with work() as ctx:
        sections = desks.sections(ctx)
    assert len(sections) == len(desks.KINDS)
    assert all(list(section.lines) == [] for section in sections if section.title != "最近一次封存")


def test_figures_of_an_empty_market_say_that_there_is_no_data(client, work):
    with work() as ctx:
        report = figures.report(ctx)
    assert report.savings == []
    assert [row.number for row in report.rows] == [None] * 4
    assert "暂无数据" in client.get("/figures").text


@pytest.mark.parametrize(("part", "whole", "shown"), [(1, 3, "33.33%"), (1, 1, "100.00%"), (0, 5, "0.00%")])
def test_a_share_is_shown_with_two_decimals(part, whole, shown):
    assert figures.percent(figures.share_bp(part, whole)) == shown


def test_a_share_of_nothing_is_no_number():
    assert figures.share_bp(0, 0) is None


def test_every_event_of_a_tender_trail_has_words(app):
    known = schemas.LABELS["event"]
    shown = [
        name for name, kind in Event.registered.items() if name.startswith(("tender.", "selection.")) and kind.public
    ]
    assert [name for name in shown if name not in known] == []


@pytest.mark.parametrize("kind", ["agency", "enterprise", "department", "authority", "operator", "auditor"])
def test_every_address_in_the_menus_of_a_role_leads_somewhere(client, sign_in, work, kind):
    with work() as ctx:
        if kind == "agency":
            a_colleague(ctx, an_agency(ctx).id, username="someone")
        else:
            a_member(ctx, kind, username="someone")
    browser = sign_in(client, "someone")
    page = browser.get("/desk").text
    menus = "".join(re.findall(r"<nav.*?</nav>", page, re.DOTALL))
    addresses = set(re.findall(r'href="(/[^"#]*)"', menus))
    assert len(addresses) > 10
    answers = {address: browser.get(address).status_code for address in addresses}
    assert {address: status for address, status in answers.items() if status not in {200, 302, 303, 308}} == {}


def test_the_menu_marks_where_one_is(client):
    assert re.search(r'<a href="/tenders" aria-current="page">', client.get("/tenders").text)


def test_the_language_link_comes_back_to_the_same_view(client):
    link = re.search(r'href="(/lang/en[^"]*)"', client.get("/tenders?stage=open").text)[1]
    assert client.get(link.replace("&amp;", "&")).location.rstrip("?") == "/tenders?stage=open"
