"""Methods, points and answers of weighing by JSON."""

import pytest

from marketplace.tenders import queries
from marketplace.tenders.queries import asking
from marketplace.testing import tenders as make
from tests.tenders.weighing import WEIGHTS, assessors

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once


@pytest.fixture
def enter(sign_in, app):
    return lambda username: sign_in(app.test_client(), username)


@pytest.fixture
def as_json(client):
    def send(browser, verb, path, body=None):
        return browser.open(f"/api/v1{path}", method=verb, json=body)

    return send


def test_the_ranking_record_is_public_by_json_once_there_is_one(client, work, as_json, runtime, clock):
    tender = make.a_tender(work)
    assert as_json(client, "GET", f"/tenders/{tender.number}/ranking.json").status_code == 404
    for bidder, price in zip(make.some_bidders(work, 2), (8_000_000, 8_100_000), strict=True):
        make.a_bid(work, bidder, tender.id, price)
    make.let_it_close(runtime, clock, tender.id)
    record = as_json(client, "GET", f"/tenders/{tender.number}/ranking.json").get_json()
    with work() as ctx:
        assert record == asking.ranking_record(ctx, queries.tender(ctx, tender.id))


def test_weighing_goes_its_way_by_json(work, runtime, clock, enter, as_json):
    buyer = make.a_buying_actor(work, username="qiye-wang")
    tender = make.a_tender(work, buyer)
    for bidder, price in zip(
        make.some_bidders(work, 3, usernames=["jigou-li"]), (5_000_000, 8_000_000, 8_500_000), strict=True
    ):
        make.a_bid(work, bidder, tender.id, price)
    make.let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        (row,) = asking.explanations(ctx, tender.id)
    agency, owner = enter("jigou-li"), enter("qiye-wang")
    given = as_json(agency, "POST", f"/offers/{row.offer_id}/explanation", {"text": "设备自有"})
    assert (given.status_code, given.get_json()["status"]) == (201, "given")
    judged = as_json(
        owner, "POST", f"/offers/{row.offer_id}/explanation/judgement", {"accepted": True, "reason": "可信"}
    )
    assert judged.get_json()["status"] == "accepted"
    runtime.settle()
    with work() as ctx:
        assert queries.live_award(ctx, tender.id).price_fen == 5_000_000


def test_an_assessor_scores_by_json(work, runtime, clock, enter, as_json):
    assessors(work, called="assessor-")
    params = {"weights": WEIGHTS}
    tender = make.a_tender(work, method="merit", method_params=params, assessors=[f"assessor-{n}" for n in range(3)])
    for bidder, price in zip(make.some_bidders(work, 3), (8_000_000, 8_100_000, 8_200_000), strict=True):
        make.a_bid(work, bidder, tender.id, price)
    make.let_it_close(runtime, clock, tender.id)
    one = enter("assessor-0")
    points = {offer["id"]: 70 for offer in as_json(one, "GET", f"/tenders/{tender.id}/offers").get_json()}
    early = as_json(one, "POST", f"/tenders/{tender.id}/points", {"points": points})
    assert early.status_code == 409
    assert as_json(one, "POST", f"/tenders/{tender.id}/declaration", {}).get_json()["status"] == "declared"
    assert as_json(one, "POST", f"/tenders/{tender.id}/points", {"points": points}).get_json()["status"] == "done"


def test_a_notice_with_parameters_is_drafted_by_json(work, enter, as_json):
    make.a_buying_actor(work, username="qiye-wang")
    facts = make.tender_facts(
        ceiling_fen="90000.00",
        method="merit",
        method_params={"weights": WEIGHTS},
        assessors=["a", "b", "c"],
        quote="rate",
        rate_floor_bp="1.5",
    )
    made = as_json(enter("qiye-wang"), "POST", "/tenders", facts)
    assert made.status_code == 201, made.get_json()
    body = made.get_json()
    assert (body["method_params"], body["rate_floor_bp"], body["assessors"]) == (params_of(facts), 150, ["a", "b", "c"])


def params_of(facts):
    return facts["method_params"]
