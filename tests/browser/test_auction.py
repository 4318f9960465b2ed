"""An auction in a real browser, with script and without; every page is looked at by axe."""

import pytest

from marketplace.auctions import service
from marketplace.testing import auctions as make
from tests.browser.test_journeys import sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_bidder_watches_quotes_and_reads_the_result(visit, runtime, clock, script):
    hall = make.a_room(runtime, clock, usernames=["jia"])
    make.enter(runtime, clock, hall.number)
    with visit(script=script) as visitor:
        visitor.go("/auctions")
        visitor.press(f"main a[href$='{hall.number}']")
        sign_in(visitor, "jia")
        visitor.go(f"/auctions/{hall.number}")
        visitor.press("main a[href$='/seat']")
        visitor.press("main .btn-lg")
        visitor.press("main form button.btn-primary")
        assert visitor.page.url.split("?")[0].endswith(f"/auctions/{hall.number}/seat")
        assert "83,200.00" in visitor.page.locator("[data-standings] tbody tr").first.inner_text()
        visitor.go(f"/auctions/{hall.number}/seat/quote")
        make.play_out(runtime, clock, hall.number)
        visitor.go(f"/auctions/{hall.number}")
        visitor.press("main a[href$='/record']")
        assert "83,200.00" in visitor.text()


def test_another_ones_quote_appears_without_a_reload(visit, runtime, clock, work):
    hall = make.a_room(runtime, clock)
    make.enter(runtime, clock, hall.number)
    with visit() as visitor:
        visitor.go(f"/auctions/{hall.number}")
        with work(hall.bidders[2]) as ctx:
            service.place_quote(ctx, hall.number, price_fen=7_000_000)
        first = visitor.page.locator("[data-standings] tbody tr").first
        first.get_by_text("70,000.00").wait_for(timeout=10_000)
        assert visitor.page.locator("[data-left]").inner_text().count(":") == 1
