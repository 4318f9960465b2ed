"""The journeys that must work for everybody: with and without script, wide and narrow, in Chinese and in English."""

import re
from urllib.parse import urlsplit

import pytest

from marketplace.agencies import queries as agencies
from marketplace.identity.rules import make_uscc
from marketplace.tenders import queries
from marketplace.testing import tenders as make
from marketplace.testing.identity import PASSWORD

pytestmark = pytest.mark.browser

WAYS = [
    pytest.param("zh", True, id="chinese"),
    pytest.param("en", True, id="english", marks=pytest.mark.long),
    pytest.param("zh", False, id="without-script"),
]
GO_ON = "main form.mk-form button.btn-primary"
TITLE = "某某水库水土保持方案编制"
AGENCY = {
    "name": "西藏雪域工程咨询有限公司",
    "uscc": make_uscc("browser"),
    "region": "540000",
    "legal_representative": "扎西顿珠",
    "contact": "卓玛央金",
    "phone": "13908911234",
}


def sign_in(visitor, username):
    visitor.go("/sign-in")
    visitor.fill(username=username, password=PASSWORD)
    visitor.press(GO_ON)
    assert visitor.page.url.endswith("/desk")


def refused(visitor, field):
    """The page came back with a list of errors that leads to the field."""
    page = visitor.page
    assert page.title().startswith("Error:" if visitor.locale == "en" else "错误：")
    page.locator(f".mk-summary a[href='#f-{field}']").click()
    control = page.locator(f"#f-{field}")
    assert control.get_attribute("aria-invalid") == "true"
    assert f"f-{field}-error" in control.get_attribute("aria-describedby").split()
    assert page.locator(f"#f-{field}-error").inner_text().strip()


def enter(visitor):
    """An agency enters by commitment; the first try leaves out the code."""
    page = visitor.page
    visitor.go("/")
    visitor.press("header a[href$='agencies/join']")
    page.locator("input[name=scopes][value='ZJ-01']").check()
    visitor.press(GO_ON)
    visitor.fill(**{**AGENCY, "uscc": ""})
    page.locator("input[name=entity_type]").first.check()
    visitor.press(GO_ON)
    refused(visitor, "uscc")
    visitor.fill(uscc=AGENCY["uscc"])
    visitor.press(GO_ON)
    for box in page.locator("input[name=commitments]").all():
        box.check()
    visitor.fill(username="xueyu", password=PASSWORD)
    visitor.press(GO_ON)
    assert page.url.endswith("/receipt")
    assert re.search(r"[0-9a-f]{64}", visitor.text())


def bid(visitor):
    """Find a notice by a word of two characters and bid on it; the first price is too high."""
    page = visitor.page
    visitor.go("/tenders")
    page.locator("#search-q").fill("水土")
    visitor.press("form[role=search] button")
    assert page.locator("main table.mk-table tbody tr").count() == 1
    visitor.press(f"main table a:has-text('{TITLE}')")
    visitor.press("main a[href$='/bid/eligibility']")
    visitor.press("main a[href$='/bid/offer']")
    visitor.fill(price_fen="99,000.00", days="18", lead="扎西顿珠")
    visitor.press(GO_ON)
    refused(visitor, "price_fen")
    visitor.fill(price_fen="86,000.00")
    visitor.press(GO_ON)
    assert "86,000.00" in visitor.text()
    visitor.press(GO_ON)
    assert re.search(r"/receipts/[0-9a-f]{64}\?done=placed$", page.url)
    assert re.search(r"[0-9a-f]{64}", visitor.text())
    assert "86,000" not in visitor.text()


@pytest.mark.parametrize(("locale", "script"), WAYS)
def test_an_agency_enters_finds_a_tender_and_bids_until_the_receipt(visit, work, locale, script):
    tender = make.a_tender(work, title=TITLE)
    make.a_tender(work, title="港口扩建安全评价")
    with visit(locale, script=script) as visitor:
        enter(visitor)
        sign_in(visitor, "xueyu")
        bid(visitor)
        assert len(visitor.pages) > 14
    with work() as ctx:
        agency_id = agencies.by_uscc(ctx, AGENCY["uscc"]).id
        assert queries.my_bid(ctx, tender.id, agency_id) is not None


@pytest.mark.parametrize(("locale", "script"), WAYS)
def test_an_enterprise_posts_a_tender_in_steps_until_it_is_public(visit, work, locale, script):
    make.a_buying_actor(work, username="buyer-one")
    with visit(locale, script=script) as visitor:
        page = visitor.page
        sign_in(visitor, "buyer-one")
        visitor.press("header a[href$='/buyer']")
        visitor.press("main a[href$='/buyer/tenders/new']")
        visitor.fill(item_code=make.ITEM, ceiling_fen="90000")
        visitor.press(GO_ON)
        refused(visitor, "title")
        visitor.fill(title="河道整治工程造价咨询")
        visitor.press(GO_ON)
        visitor.fill(content="编制造价咨询报告，提交纸质和电子成果各一份。", service_workdays="20")
        visitor.press(GO_ON)
        page.locator("input[name=method][value=lowest]").check()
        visitor.fill(ceiling_fen="88,000.00")
        visitor.press(GO_ON)
        visitor.press(GO_ON)
        assert urlsplit(page.url).path.endswith("/check")
        assert "88,000.00" in visitor.text()
        visitor.press("main form[action$='/publish'] button")
        assert page.locator("main p[role=status].mk-notice-good").count() == 1
        visitor.go("/tenders")
        assert "河道整治工程造价咨询" in visitor.text()
