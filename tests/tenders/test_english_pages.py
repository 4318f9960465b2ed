"""The tenders' pages speak English around what people wrote."""

import pytest

from marketplace.tenders import queries
from marketplace.tenders.pages import posting
from marketplace.testing import tenders as make
from tests.tenders.reading import system_words

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once


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
    receipts = (as_bidder.post(base, data=offer).location, f"/tenders/{tender.number}/receipts")
    for address in (*receipts, f"{base}/withdraw", f"{base}/eligibility", "/agency/bids", "/desk"):
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
