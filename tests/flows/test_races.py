"""Races through the doors, on whichever database the suite runs: one wins, the others hear 409 and why, never a 500.

Races below the doors stand with their domains: tenders (bids, changes, closers, ticking workers, confirm against
decline), payments (payers, lost leases, crashes), budgets (reservations, releases), contracts (both sides, acceptances),
audit (sealers beside writers), agencies (entries).
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.agencies.models import Agency
from marketplace.agencies.rules import COMMITMENTS
from marketplace.audit import queries as log
from marketplace.audit import service as audit
from marketplace.audit import verifier
from marketplace.identity.rules import make_uscc
from marketplace.kernel.errors import Busy
from marketplace.tenders.models import Bid, Offer
from marketplace.tenders.service import bidding
from marketplace.testing.tenders import (
    a_bid,
    a_tender,
    let_it_close,
    some_bidders,
)
from tests.flows.rivals import at_once, lost, statuses

FACTS = {"price_fen": "80000.00", "days": 20}


@pytest.mark.parametrize("round_", range(3))
@pytest.mark.parametrize("meeting", [False, True])
def test_two_bids_of_one_agency_at_once_leave_one_and_it_is_the_one_with_the_receipt(
    runtime, work, clock, rival, monkeypatch, meeting, round_
):
    tender = a_tender(work)
    some_bidders(work, 1, usernames=["jia"])
    a_bid(work, some_bidders(work, 1)[0], tender.id, 8_500_000)
    ours = [rival("jia") for _ in range(2)]
    if meeting:
        both_have_looked(monkeypatch)
    answers = at_once(*[lambda one=one: one.post(f"/tenders/{tender.id}/bids", FACTS) for one in ours])
    assert statuses(answers) == [201, 409]
    assert lost(answers) == ["tender.bid_already_placed"]
    let_it_close(runtime, clock, tender.id)
    assert next(answer.json["digest"] for answer in answers if answer.status_code == 201) in opened(work, tender.id)


def both_have_looked(monkeypatch):
    """Neither of two bidders writes before both have seen that there is no bid, where the database lets both look."""
    look, both = bidding._look, threading.Barrier(2)

    def look_and_wait(*args):
        found = look(*args)
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)
        return found

    monkeypatch.setattr(bidding, "_look", look_and_wait)


def test_one_bid_sent_twice_under_one_idempotency_key_is_one_bid_with_one_receipt(work, rival):
    tender = a_tender(work)
    some_bidders(work, 1, usernames=["jia"])
    ours = [rival("jia") for _ in range(4)]
    key = {"Idempotency-Key": "bid-of-jia"}
    answers = at_once(*[lambda one=one: one.post(f"/tenders/{tender.id}/bids", FACTS, **key) for one in ours])
    assert statuses(answers) == [201] * 4
    assert len({answer.json["signature"] for answer in answers}) == 1


def opened(work, tender_id):
    """Digests of the opened bids."""
    with work(write=False) as ctx:
        wanted = select(Bid.digest).join(Offer, Offer.bid_id == Bid.id).where(Offer.tender_id == tender_id)
        return set(ctx.session.scalars(wanted))


BEFORE_ALL, AFTER_ALL = "before all", "after all"


def test_no_bid_with_a_receipt_is_missing_at_the_opening(runtime, work, clock, rival):
    """The closer comes a little later in every round: before all bids, among them, after all of them."""
    names = [f"jigou-{place}" for place in range(6)]
    bidders = some_bidders(work, len(names) + 2, usernames=names)
    rivals = [rival(name).with_token("bid.place") for name in names]
    accepted = refused = 0
    for delay in (BEFORE_ALL, *(place * 0.003 for place in range(12)), AFTER_ALL):
        tender = a_tender(work)
        for bidder in bidders[-2:]:
            a_bid(work, bidder, tender.id, 8_500_000)
        before = clock()
        answers = race_to_the_closing(runtime, clock, tender, rivals, delay)
        runtime.settle()
        receipts = {answer.json["digest"] for answer in answers if answer.status_code == 201}
        assert len(opened(work, tender.id)) == 2 + len(receipts)
        assert receipts <= opened(work, tender.id)
        assert set(lost(answers)) <= {"tender.not_open"}
        accepted, refused = accepted + len(receipts), refused + len(lost(answers))
        clock.set(before + timedelta(minutes=1))
    assert accepted > 0
    assert refused > 0


def race_to_the_closing(runtime, clock, tender, rivals, delay):
    """Six bids and two workers from one gun; the time of closing comes `delay` seconds after it, or before or last."""

    def close():
        time.sleep(delay)
        clock.set(tender.closes_at)
        runtime.tick()

    def bid(one):
        return lambda: one.post(f"/tenders/{tender.id}/bids", FACTS)

    bids = [bid(one) for one in rivals]
    if delay is BEFORE_ALL:
        clock.set(tender.closes_at)
    if delay in (BEFORE_ALL, AFTER_ALL):
        answers = at_once(*bids)
        clock.set(tender.closes_at)
        runtime.tick()
        return answers
    return at_once(*bids, close, close)[: len(rivals)]


def test_one_company_enters_once(work, rival):
    uscc = make_uscc("race")
    names = [f"jinru-{place}" for place in range(3)]
    answers = at_once(*[lambda name=name: rival().post("/agencies", application(uscc, name)) for name in names])
    assert statuses(answers) == [201, 409, 409]
    with work(write=False) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Agency).where(Agency.uscc == uscc)) == 1


def application(uscc, username):
    return {
        "name": "江苏诚达咨询有限公司",
        "uscc": uscc,
        "entity_type": "legal_person",
        "region": "320000",
        "legal_representative": "王建国",
        "contact": "李晓梅",
        "phone": "13912345678",
        "scopes": ["ZJ-01"],
        "commitments": list(COMMITMENTS),
        "username": username,
        "password": "juniper-violin-4417",
    }


def test_sealers_beside_bidders_and_the_closer_keep_one_consistent_log(runtime, work, clock, rival):
    tender = a_tender(work)
    names = [f"jigou-{place}" for place in range(4)]
    some_bidders(work, len(names), usernames=names)
    bidding = [rival(name) for name in names]

    def bid(one):
        return lambda: one.post(f"/tenders/{tender.id}/bids", FACTS)

    with two_sealers(runtime):
        answers = at_once(*[bid(one) for one in bidding])
        assert statuses(answers) == [201] * len(names)
        let_it_close(runtime, clock, tender.id)
    everything_is_in_the_log(runtime, answers)


@contextmanager
def two_sealers(runtime):
    """Two workers that seal without rest; what one of them met is raised at the end."""
    done = threading.Event()

    def seal():
        while not done.is_set():
            with suppress(Busy), runtime.work() as ctx:
                audit.seal(ctx)

    with ThreadPoolExecutor(2) as pool:
        sealers = [pool.submit(seal) for _ in range(2)]
        try:
            yield
        finally:
            done.set()
        for sealer in sealers:
            sealer.result()


def everything_is_in_the_log(runtime, answers):
    """After one more sealing every receipt has a proof and nothing in the log contradicts itself."""
    with runtime.work() as ctx:
        audit.seal(ctx)
    with runtime.work(write=False) as ctx:
        for answer in answers:
            bundle = {"receipt": answer.json, **log.inclusion_of_leaf(ctx, answer.json["leaf"])}
            assert verifier.check_document(bundle) == {"receipt": [], "inclusion": [], "head": []}
        assert log.problems(ctx) == []
