"""Races for money and signatures through the doors: one wins, the others hear 409 and why, never a 500."""

from pathlib import Path

import pytest

from marketplace.budgets.queries import balances
from marketplace.contracts.models import Contract
from marketplace.ledger import check
from marketplace.payments import queries as payments
from marketplace.payments.queries import course
from marketplace.payments.sandbox import start_sandbox
from marketplace.tenders import queries as tenders
from marketplace.testing.contracts import a_contract, a_draft, a_finished_contract, deliver, parts_of, some_parties
from marketplace.testing.identity import a_colleague
from marketplace.testing.payments import a_submitted_order, some_payers
from marketplace.testing.tenders import (
    a_bid,
    a_budget_line,
    a_buying_actor,
    a_tender,
    let_it_close,
    some_bidders,
)
from marketplace.testing.tenders import (
    a_draft as a_notice,
)
from tests.flows.rivals import at_once, lost, statuses

CLIENTS = 20


def test_the_last_thousand_yuan_of_a_budget_line_are_never_published_twice(work, rival):
    department = a_buying_actor(work, "department", username="bumen")
    line_id = a_budget_line(work, department, amount_fen=100_000)
    facts = {"fund_source": "fiscal", "payer": "department", "government_commissioned": True}
    drafts = [
        a_notice(work, department, budget_line_id=line_id, ceiling_fen=30_000, **facts).id for _ in range(CLIENTS)
    ]
    clients = [(rival("bumen"), draft_id) for draft_id in drafts]
    answers = at_once(
        *[
            lambda one=one, draft_id=draft_id: one.post(f"/tenders/{draft_id}/publication", {})
            for one, draft_id in clients
        ]
    )
    assert statuses(answers) == [200] * 3 + [409] * (CLIENTS - 3)
    assert set(lost(answers)) <= {"budgets.too_small", "ledger.overdrawn"}
    with work(write=False) as ctx:
        stages = balances.line_stages(ctx, line_id)
        assert (stages["available"], stages["reserved"]) == (10_000, 90_000)
        assert check.run(ctx) == []
        published = [tenders.tender(ctx, id).stage for id in drafts]
    assert published.count("open") == 3
    assert published.count("draft") == CLIENTS - 3


def test_two_approvals_and_two_payers_make_one_payment(runtime, work, tmp_path, rival):
    sandbox = start_sandbox(Path(runtime.settings["MARKETPLACE_SANDBOX"]))
    try:
        sandbox.set(dedupe="off", latency_ms="30")
        payers = some_payers(work, username="bumen")
        with work() as ctx:
            a_colleague(ctx, payers.parties.buyer.organisation_id, "finance", username="bumen-second")
        order = a_submitted_order(work, payers)
        checkers = [rival("bumen-checker"), rival("bumen-second")]
        answers = at_once(*[lambda one=one: one.post(f"/payments/{order.id}/approve") for one in checkers])
        assert statuses(answers) == [200, 409]
        at_once(*[runtime.tick] * 3)
        runtime.settle()
        assert [row["amount_fen"] for row in sandbox.moved()] == [order.amount_fen]
    finally:
        sandbox.stop()
    with work(write=False) as ctx:
        assert payments.order(ctx, order.id).state == "paid"
        assert [attempt.what for attempt in course.attempts(ctx, order.id)] == ["send"]
        assert balances.stages(ctx, order.encumbrance_id)["transit"] == 0
        assert check.run(ctx) == []


def test_an_approval_against_a_hold_leaves_one_truth(work, rival):
    payers = some_payers(work, username="bumen")
    order = a_submitted_order(work, payers)
    maker, checker = rival("bumen-maker"), rival("bumen-checker")
    at_once(
        lambda: checker.post(f"/payments/{order.id}/approve"),
        lambda: maker.post(f"/payments/{order.id}/hold", {"reason": "发票有误"}),
    )
    with work(write=False) as ctx:
        assert payments.order(ctx, order.id).state == "held"
        assert check.run(ctx) == []
    resumed = checker.post(f"/payments/{order.id}/resume")
    assert resumed.json["state"] in {"submitted", "approved"}


@pytest.mark.parametrize("round_", range(3))
def test_two_confirmations_of_one_award_send_one_letter(runtime, work, clock, rival, events, round_):
    buyer = a_buying_actor(work, username="qiye")
    tender = a_tender(work, buyer)
    for bidder, price in zip(some_bidders(work, 2), (8_000_000, 8_100_000), strict=True):
        a_bid(work, bidder, tender.id, price)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        award = tenders.live_award(ctx, tender.id)
    clock.set(award.publicity_ends_at)
    runtime.settle()
    ours = [rival("qiye") for _ in range(2)]
    answers = at_once(*[lambda one=one: one.post(f"/awards/{award.id}/confirmation") for one in ours])
    assert statuses(answers) == [200, 409]
    assert events("tender.award.confirmed") == 1


@pytest.mark.parametrize("round_", range(3))
def test_one_objection_decided_both_ways_at_once_is_decided_once(runtime, work, clock, rival, events, round_):
    buyer = a_buying_actor(work, username="qiye")
    tender = a_tender(work, buyer)
    for bidder, price in zip(some_bidders(work, 3, usernames=["yi", "er", "san"]), range(3), strict=True):
        a_bid(work, bidder, tender.id, 8_000_000 + price)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        award = tenders.live_award(ctx, tender.id)
    assert rival("er").post(f"/awards/{award.id}/objections", {"grounds": "报价异常"}).status_code == 201
    with work() as ctx:
        (row,) = tenders.objections(ctx, tender.id)
    ours = [(rival("qiye"), {"upheld": upheld, "reply": "已核实"}) for upheld in (True, False)]
    answers = at_once(
        *[lambda one=one, body=body: one.post(f"/objections/{row.id}/decision", body) for one, body in ours]
    )
    assert statuses(answers) == [200, 409]
    assert events("tender.objection.decided") == 1


def test_a_part_accepted_twice_at_once_is_due_once(work, rival, events):
    with work() as ctx:
        parties = some_parties(ctx, encumbered=True, username="bumen")
    contract = a_contract(work, parties)
    part = parts_of(work, contract)[0]
    deliver(work, parties, part.id)
    ours = [rival("bumen-buyer") for _ in range(3)]
    answers = at_once(*[lambda one=one: one.post(f"/milestones/{part.id}/acceptance") for one in ours])
    assert statuses(answers) == [200, 409, 409]
    with work(write=False) as ctx:
        assert balances.stages(ctx, contract.encumbrance_id)["due"] == part.amount_fen


def test_a_result_accepted_and_returned_at_once_has_one_fate(work, rival):
    with work() as ctx:
        parties = some_parties(ctx, encumbered=True, username="bumen")
    contract = a_contract(work, parties)
    part = parts_of(work, contract)[0]
    deliver(work, parties, part.id)
    one, other = rival("bumen-buyer"), rival("bumen-buyer")
    answers = at_once(
        lambda: one.post(f"/milestones/{part.id}/acceptance"),
        lambda: other.post(f"/milestones/{part.id}/return", {"reason": "缺少附图"}),
    )
    assert statuses(answers) == [200, 409]
    due = part.amount_fen if answers[0].status_code == 200 else 0
    with work(write=False) as ctx:
        assert balances.stages(ctx, contract.encumbrance_id)["due"] == due


def test_both_sides_confirming_twice_each_sign_one_contract(work, rival, events):
    with work() as ctx:
        parties = some_parties(ctx, encumbered=True, username="bumen")
    draft = a_draft(work, parties)
    ours = [rival(name) for name in ("bumen-buyer", "bumen-agency") * 2]
    answers = at_once(*[lambda one=one: one.post(f"/contracts/{draft.id}/confirmation") for one in ours])
    assert set(statuses(answers)) <= {200, 409}
    assert statuses(answers)[:2] == [200, 200]
    assert events("contract.contract.signed") == 1
    with work(write=False) as ctx:
        assert ctx.session.get(Contract, draft.id).status == "active"
        assert balances.stages(ctx, draft.encumbrance_id)["obligated"] == draft.amount_fen


def test_one_contract_is_reviewed_once(work, rival, events):
    with work() as ctx:
        parties = some_parties(ctx, username="qiye")
    contract = a_finished_contract(work, parties)
    marks = dict.fromkeys(("quality", "time", "attitude", "charge", "conformity"), 5)
    ours = [rival("qiye-buyer") for _ in range(3)]
    answers = at_once(*[lambda one=one: one.post(f"/contracts/{contract.id}/review", marks) for one in ours])
    assert statuses(answers) == [201, 409, 409]
    assert events("credit.review.written") == 1
