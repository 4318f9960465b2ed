"""The same verbs through JSON and terminal."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from marketplace.audit import verifier
from marketplace.rulebook import queries as rulebook
from marketplace.tenders import queries, service
from marketplace.tenders.cli import tenders
from marketplace.testing.tenders import (
    a_bid,
    a_buying_actor,
    a_confirmed_award,
    a_draft,
    a_tender,
    an_award,
    let_it_close,
    some_bidders,
    tender_facts,
)

API = "/api/v1"


@pytest.fixture
def enter(sign_in, app):
    """A signed-in browser for a user name."""
    return lambda username: sign_in(app.test_client(), username)


@pytest.fixture
def as_json(client):
    """Send JSON as the browser that is given."""
    headers = {"Sec-Fetch-Site": "same-origin"}

    def send(browser, method, path, body=None):
        return browser.open(API + path, method=method, json=body, headers=headers)

    return send


def test_a_notice_is_drafted_revised_and_published_by_json(work, enter, as_json):
    a_buying_actor(work, username="qiye-wang")
    browser = enter("qiye-wang")
    with work() as ctx:
        closes_at = rulebook.add_workdays(ctx, ctx.now, 5).isoformat()
    facts = {**tender_facts(), "ceiling_fen": "90000.00", "closes_at": closes_at}
    draft = as_json(browser, "POST", "/tenders", facts)
    assert draft.status_code == 201
    id = draft.get_json()["id"]
    assert as_json(browser, "PUT", f"/tenders/{id}/draft", {**facts, "title": "新标题编制"}).status_code == 200
    published = as_json(browser, "POST", f"/tenders/{id}/publication", {})
    assert (published.status_code, published.get_json()["stage"]) == (200, "open")
    seen = as_json(browser, "GET", f"/tenders/{published.get_json()['number']}").get_json()
    assert (seen["title"], seen["ceiling_fen"]) == ("新标题编制", 9_000_000)
    assert "opening_key" not in seen


def test_a_refused_notice_names_its_field(work, enter, as_json):
    buyer = a_buying_actor(work, username="qiye-wang")
    draft = a_draft(work, buyer, conditions="须为市协会会员")
    answer = as_json(enter("qiye-wang"), "POST", f"/tenders/{draft.id}/publication", {})
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "tender.condition_forbidden"


def test_a_bid_by_json_is_answered_with_a_receipt_that_verifies(work, enter, as_json):
    tender = a_tender(work)
    some_bidders(work, 1, usernames=["jigou-li"])
    browser = enter("jigou-li")
    assert as_json(browser, "GET", f"/tenders/{tender.id}/eligibility").get_json() == []
    answer = as_json(browser, "POST", f"/tenders/{tender.id}/bids", {"price_fen": "85000.00", "days": 20})
    assert answer.status_code == 201
    assert verifier.check_document(answer.get_json()) == {"receipt": []}
    mine = as_json(browser, "GET", f"/tenders/{tender.id}/bids/mine").get_json()
    assert mine["digest"] == answer.get_json()["digest"]
    assert "price_fen" not in mine
    again = as_json(browser, "POST", f"/tenders/{tender.id}/bids", {"price_fen": "1.00", "days": 1})
    assert (again.status_code, again.get_json()["code"]) == (409, "tender.bid_already_placed")
    gone = as_json(browser, "POST", f"/tenders/{tender.id}/bids/mine/withdrawal", {})
    assert gone.get_json()["kind"] == "tender.bid.withdrawn"
    assert as_json(browser, "GET", f"/tenders/{tender.id}/bids/mine").status_code == 404


def test_one_who_has_not_signed_in_cannot_bid(work, client, as_json):
    tender = a_tender(work)
    answer = as_json(client, "POST", f"/tenders/{tender.id}/bids", {"price_fen": "1.00", "days": 1})
    assert answer.status_code == 401


def test_why_an_agency_may_not_bid_is_told_it(work, enter, as_json):
    tender = a_tender(work)
    some_bidders(work, 1, item_code="ZJ-02", usernames=["jigou-li"])
    (bar,) = as_json(enter("jigou-li"), "GET", f"/tenders/{tender.id}/eligibility").get_json()
    assert bar["text"]
    assert bar["remedy"]


def test_before_opening_no_json_door_shows_a_bid(work, client, as_json):
    tender = a_tender(work)
    for bidder, price in zip(some_bidders(work, 3), (8_765_431, 8_765_432, 8_765_433), strict=True):
        a_bid(work, bidder, tender.id, price)
    paths = [
        "/tenders",
        f"/tenders/{tender.number}",
        *(f"/tenders/{tender.id}/{part}" for part in ("offers", "exclusions", "awards", "objections")),
    ]
    for path in paths:
        text = as_json(client, "GET", path).get_data(as_text=True)
        assert "876543" not in text
        assert "digest" not in text
    for path in paths[2:]:
        assert as_json(client, "GET", path).get_json() == []


def test_after_opening_everybody_reads_ranking_award_and_draw(runtime, clock, client, as_json):
    story = an_award(runtime, clock, prices=(8_000_000, 8_000_000, 8_500_000))
    ranked = as_json(client, "GET", f"/tenders/{story.tender.id}/offers").get_json()
    assert [row["rank"] for row in ranked] == [1, 2, 3]
    (award,) = as_json(client, "GET", "/awards").get_json()["items"]
    assert award["id"] == story.award.id
    assert as_json(client, "GET", f"/draws/{story.tender.number}.json").get_json()["order"]


def test_the_award_goes_its_way_by_json(work, runtime, clock, enter, as_json):
    buyer = a_buying_actor(work, username="qiye-wang")
    tender = a_tender(work, buyer)
    names = ["jigou-li", "jigou-qian"]
    for bidder, price in zip(some_bidders(work, 2, usernames=names), (100, 120), strict=True):
        a_bid(work, bidder, tender.id, price)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        award = queries.live_award(ctx, tender.id)
    winner, loser, owner = enter("jigou-li"), enter("jigou-qian"), enter("qiye-wang")
    assert as_json(winner, "POST", f"/awards/{award.id}/acceptance").get_json()["accepted_at"]
    filed = as_json(loser, "POST", f"/awards/{award.id}/objections", {"grounds": "报价异常"})
    assert filed.status_code == 201
    (row,) = as_json(loser, "GET", f"/tenders/{tender.id}/objections").get_json()
    decided = as_json(owner, "POST", f"/objections/{row['id']}/decision", {"upheld": False, "reply": "报价有效"})
    assert decided.get_json()["status"] == "dismissed"
    clock.advance(days=10)
    runtime.tick()
    owner, winner = enter("qiye-wang"), enter("jigou-li")  # ten days later: sign in again
    confirmed = as_json(owner, "POST", f"/awards/{award.id}/confirmation").get_json()
    assert confirmed["status"] == "active"
    letter = as_json(loser, "GET", f"/letters/{confirmed['check_code']}").get_json()
    assert letter["price_fen"] == 100
    refused = as_json(winner, "POST", f"/awards/{award.id}/refusal", {"reason": "人员不足"})
    assert refused.get_json()["status"] == "unsuccessful"


def test_a_screened_tender_is_sifted_by_json(work, runtime, clock, enter, as_json):
    buyer = a_buying_actor(work, username="qiye-wang")
    tender = a_tender(work, buyer, screening=True)
    for bidder, price in zip(some_bidders(work, 2), (100, 120), strict=True):
        a_bid(work, bidder, tender.id, price)
    let_it_close(runtime, clock, tender.id)
    owner = enter("qiye-wang")
    offers = as_json(owner, "GET", f"/tenders/{tender.id}/offers").get_json()
    lowest = min(offers, key=lambda row: row["price_fen"])
    assert as_json(owner, "POST", f"/offers/{lowest['id']}/exclusion", {"reason": "资料不实"}).status_code == 201
    assert as_json(owner, "POST", f"/tenders/{tender.id}/award").get_json()["stage"] == "publicity"


def test_an_award_asked_for_by_json_is_left_to_the_process_that_holds_the_keys(work, runtime, clock, enter, as_json):
    buyer = a_buying_actor(work, username="qiye-wang")
    tender = a_tender(work, buyer, screening=True)
    for bidder, price in zip(some_bidders(work, 2), (100, 100), strict=True):
        a_bid(work, bidder, tender.id, price)
    let_it_close(runtime, clock, tender.id)
    held, runtime.keys = runtime.keys, replace(runtime.keys, private={})
    answer = as_json(enter("qiye-wang"), "POST", f"/tenders/{tender.id}/award")
    assert (answer.status_code, answer.get_json()["stage"]) == (200, "opened")
    runtime.keys = held
    runtime.settle()
    with work() as ctx:
        assert queries.live_award(ctx, tender.id).price_fen == 100


def test_a_buyer_cancels_by_json(work, enter, as_json):
    buyer = a_buying_actor(work, username="qiye-wang")
    tender = a_tender(work, buyer)
    answer = as_json(enter("qiye-wang"), "POST", f"/tenders/{tender.id}/cancellation", {"reason": "需求变更"})
    assert answer.get_json()["status"] == "cancelled"


@pytest.fixture
def terminal(app):
    """Run a command of the group on the app."""

    def run(*words):
        with app.app_context():
            return CliRunner().invoke(tenders, list(words))

    return run


def test_the_terminal_lists_and_shows_tenders(runtime, clock, terminal):
    story = a_confirmed_award(runtime, clock)
    assert story.tender.number in terminal("list", "--text", "环境").output
    assert story.tender.number not in terminal("list", "--stage", "open").output
    shown = terminal("show", story.tender.number).output
    assert "85,000.00" in shown
    assert "已中选" in shown


def test_the_terminal_closes_a_due_tender_and_refuses_an_early_one(work, clock, terminal):
    tender = a_tender(work)
    for bidder in some_bidders(work, 2):
        a_bid(work, bidder, tender.id, 100)
    early = terminal("close", tender.number)
    assert early.exit_code == 1
    assert "tender.still_open" in early.output
    clock.set(tender.closes_at)
    assert "中选公示" in terminal("close", tender.number).output


def test_the_terminal_shows_no_bid_before_the_opening(work, terminal):
    tender = a_tender(work)
    a_bid(work, some_bidders(work, 1)[0], tender.id, 8_765_432)
    assert "87,654.32" not in terminal("show", tender.number).output


def test_every_verb_of_the_service_is_exported():
    assert all(callable(getattr(service, name)) for name in service.__all__)
