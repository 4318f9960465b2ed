"""The gate: what counts is when a request arrived; lines are apart from each other and have an end."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.kernel import drift
from marketplace.kernel.clock import system_clock
from marketplace.kernel.drift import Reading, Watch
from marketplace.tenders.models import Bid, Offer
from marketplace.testing.rulebook import a_version
from marketplace.testing.tenders import a_bid, a_tender, some_bidders
from marketplace.web.gate import ALL_ELSE, BIDS, SIGN_INS, Gate, Lane
from tests.flows.rivals import Rival

FACTS = {"price_fen": "80000.00", "days": 20}
JIFFY = timedelta(milliseconds=1)


@pytest.fixture
def lanes():
    return {BIDS: Lane(1, 4), SIGN_INS: Lane(1, 0), ALL_ELSE: Lane(4, 4)}


@pytest.fixture
def gate(app, lanes):
    """The app behind a gate with short lines."""
    made = Gate(app, app.extensions["marketplace_clock"], lanes)
    app.wsgi_app = made
    return made


@pytest.fixture
def jia(work, app, sign_in, gate):
    """A program of an agency that may bid; two others have bid before it."""
    some_bidders(work, 1, usernames=["jia"])
    return Rival(app, sign_in, "jia").with_token("bid.place")


@pytest.fixture
def tender(work):
    made = a_tender(work)
    for bidder in some_bidders(work, 2):
        a_bid(work, bidder, made.id, 8_500_000)
    return made


def waiting(lane, jia, tender):
    """A bid of jia that stands in line, stamped; the future of its answer."""
    pool = ThreadPoolExecutor(1)
    lane.enter()
    before = len(lane)
    answer = pool.submit(jia.post, f"/tenders/{tender.id}/bids", FACTS)
    while len(lane) == before:
        threading.Event().wait(0.005)
    pool.shutdown(wait=False)
    return answer


def test_a_bid_that_arrived_in_time_and_waited_past_the_closing_is_taken(runtime, work, clock, lanes, jia, tender):
    clock.set(tender.closes_at - JIFFY)
    answer = waiting(lanes[BIDS], jia, tender)
    clock.set(tender.closes_at + timedelta(seconds=3))
    lanes[BIDS].leave()
    taken = answer.result(30)
    assert taken.status_code == 201, taken.text
    assert taken.json["at"] == (tender.closes_at - JIFFY).isoformat()
    runtime.settle()
    with work(write=False) as ctx:
        wanted = select(Bid.digest).join(Offer, Offer.bid_id == Bid.id).where(Offer.tender_id == tender.id)
        assert taken.json["digest"] in set(ctx.session.scalars(wanted))
        row = ctx.session.scalars(select(Bid).where(Bid.digest == taken.json["digest"])).one()
        assert row.placed_at == tender.closes_at - JIFFY


def test_a_bid_that_arrived_at_the_closing_is_refused_though_nobody_has_closed_yet(clock, jia, tender):
    clock.set(tender.closes_at)
    refused = jia.post(f"/tenders/{tender.id}/bids", FACTS)
    assert (refused.status_code, refused.json["code"]) == (409, "tender.not_open")


def test_the_market_waits_for_bids_that_arrived_in_time_before_it_closes(runtime, work, clock, lanes, jia):
    with work() as ctx:
        a_version(ctx, "320700", values={"opening.drain_seconds": 10})
    tender = a_tender(work)
    for bidder in some_bidders(work, 2):
        a_bid(work, bidder, tender.id, 8_500_000)
    clock.set(tender.closes_at - JIFFY)
    answer = waiting(lanes[BIDS], jia, tender)
    clock.set(tender.closes_at + timedelta(seconds=9))
    runtime.settle()
    lanes[BIDS].leave()
    assert answer.result(30).status_code == 201
    clock.set(tender.closes_at + timedelta(seconds=10))
    runtime.settle()
    with work(write=False) as ctx:
        assert len(ctx.session.scalars(select(Offer).where(Offer.tender_id == tender.id)).all()) == 3


def test_beyond_the_line_the_answer_is_503_with_a_time_and_nothing_is_done(app, lanes, jia, tender):
    lanes[BIDS] = full = Lane(1, 0)
    app.wsgi_app._paths = [(path, full) for path, _ in app.wsgi_app._paths]
    full.enter()
    answer = jia.client.post(f"/api/v1/tenders/{tender.id}/bids", json=FACTS, headers=jia.headers)
    assert (answer.status_code, answer.json["code"]) == (503, "kernel.busy")
    assert int(answer.headers["Retry-After"]) > 0
    page = jia.client.post(f"/tenders/{tender.number}/bid", headers={**jia.headers, "Accept": "text/html"})
    assert page.status_code == 503
    assert "系统繁忙" in page.text
    full.leave()
    assert jia.post(f"/tenders/{tender.id}/bids", FACTS).status_code == 201


def test_a_lane_lets_in_as_many_as_it_has_slots_in_their_order_and_forgets_nobody():
    lane, inside, most, order = Lane(2, 30), [], [], []
    lane.enter()
    lane.enter()

    def go(place):
        assert lane.enter()
        inside.append(place)
        order.append(place)
        most.append(len(inside))
        inside.remove(place)
        lane.leave()

    with ThreadPoolExecutor(30) as pool:
        for place in range(30):
            pool.submit(go, place)
            while len(lane) <= place:
                threading.Event().wait(0.001)
        assert lane.enter() is False
        lane.leave()
    lane.leave()
    assert (order, max(most) <= 2, len(lane)) == (list(range(30)), True, 0)
    assert [lane.enter(), lane.enter()] == [True, True]


def test_sign_ins_stand_in_a_line_of_their_own_and_starve_no_bid(client, lanes, jia, tender):
    lanes[SIGN_INS].enter()
    entering = client.post("/sign-in", data={"username": "jia", "password": "juniper-violin-4417"})
    assert entering.status_code == 503
    assert jia.post(f"/tenders/{tender.id}/bids", FACTS).status_code == 201
    lanes[SIGN_INS].leave()
    assert client.post("/sign-in", data={"username": "jia", "password": "juniper-violin-4417"}).status_code == 303


def test_a_clock_that_is_far_from_the_databases_stamps_nothing(runtime, monkeypatch):
    far = Reading(timedelta(seconds=2), JIFFY, system_clock())
    monkeypatch.setattr(drift, "read", lambda _: far)
    assert Watch(runtime, timedelta(seconds=1)).stamp() is None
    near = Watch(runtime, timedelta(seconds=3))
    assert near.stamp() == runtime.clock() + far.offset


def test_the_clocks_error_is_published(client):
    said = client.get("/clock").json
    assert said["trusted"] is True
    assert abs(said["offset_ms"]) + said["error_ms"] <= said["most_ms"]


def test_the_clock_is_compared_with_the_databases(runtime):
    runtime.clock = system_clock
    found = drift.read(runtime)
    assert abs(found.offset) <= timedelta(seconds=1)
    assert timedelta(0) <= found.error <= timedelta(seconds=5)
