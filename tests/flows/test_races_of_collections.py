"""Races for a collection through its doors: notice, expiry, refund and statement at once leave one truth about the money."""

from pathlib import Path

import pytest

from marketplace.collection import books, queries, sender, service
from marketplace.kernel.clock import SHANGHAI
from marketplace.ledger import check
from marketplace.payments.gateways.sandbox import sandbox_gateway
from marketplace.payments.models import GatewayNotice
from marketplace.payments.sandbox import start_sandbox
from marketplace.reconciliation import fetching, matching
from marketplace.reconciliation import service as reconciliation
from marketplace.reconciliation.queries import statements
from marketplace.testing.collection import a_debtor, an_offered_collection, now
from tests.flows.rivals import at_once, lost
from tests.payments.paying import soon


@pytest.fixture
def sandbox(runtime):
    running = start_sandbox(Path(runtime.settings["MARKETPLACE_SANDBOX"]))
    yield running
    running.stop()


@pytest.fixture
def debtor(work):
    return a_debtor(work, username="qiye")


@pytest.fixture
def row(runtime, work, sandbox, debtor):
    return an_offered_collection(runtime, work, debtor)


def pay(sandbox, row, clock):
    """The payer pays now; the notice that says so."""
    at = clock().astimezone(SHANGHAI)
    return sandbox.pay(row.number, at=f"{at:%Y-%m-%d %H:%M:%S}", deliver=False)["notice"]


def tell(app, notice):
    """The provider delivers a notice."""
    return app.test_client().post("/payments/notices/sandbox", data=notice, headers={"Sec-Fetch-Site": "cross-site"})


def truth(work, row):
    """Where the money of a collection stands, the books being sound."""
    with work(write=False) as ctx:
        assert check.run(ctx) == []
        found = queries.by_number(ctx, row.number)
        return found.state, {kind: fen for kind, fen in books.held_fen(ctx, found).items() if fen}


def test_one_notice_delivered_many_times_at_once_is_stored_and_counted_once(
    app, runtime, work, clock, sandbox, row, events
):
    notice = pay(sandbox, row, clock)
    answers = at_once(*[lambda: tell(app, notice)] * 4)
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "success")] * 4
    at_once(*[runtime.tick] * 3, lambda: tell(app, notice))
    runtime.settle()
    with work(write=False) as ctx:
        assert [stored.state for stored in ctx.session.query(GatewayNotice)] == ["applied"]
    assert truth(work, row) == ("paid", {"collected": row.amount_fen})
    assert events("payment.notice.stored") == 1


@pytest.mark.parametrize("round_", [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 12))])
def test_a_payment_against_the_expiry_is_paid_or_impossible(app, runtime, work, clock, sandbox, row, round_):
    clock.advance(minutes=32)

    def payer():
        try:
            return tell(app, pay(sandbox, row, clock)).text
        except OSError:
            return "closed"

    came, *_ = at_once(payer, *[runtime.tick] * 2)
    for _ in range(3):
        runtime.settle()
        clock.advance(minutes=6)
    (trade,) = sandbox.trades()
    if came == "success":
        assert trade["paid_at"]
        assert truth(work, row) == ("paid", {"collected": row.amount_fen})
    else:
        assert not trade["paid_at"]
        assert truth(work, row) == ("closed", {})


@pytest.mark.long
def test_giving_up_against_the_notice_of_payment_is_refused_with_a_reason_or_without_effect(
    app, runtime, work, clock, sandbox, row, rival
):
    notice, buyer = pay(sandbox, row, clock), rival("qiye-buyer")
    tell(app, notice)
    given_up, _ = at_once(lambda: buyer.post(f"/collections/{row.number}/cancel"), runtime.tick)
    assert given_up.status_code in {200, 409}
    for _ in range(3):
        runtime.settle()
        clock.advance(minutes=6)
    assert truth(work, row) == ("paid", {"collected": row.amount_fen})
    late = buyer.post(f"/collections/{row.number}/cancel")
    assert (late.status_code, bool(late.json["title"])) == (409, True)


@pytest.fixture
def paid(app, runtime, work, clock, sandbox, row):
    """A collection whose money has come."""
    tell(app, pay(sandbox, row, clock))
    runtime.settle()
    return now(work, row)


def test_two_refunds_at_once_never_give_back_more_than_came(runtime, work, clock, sandbox, paid, rival):
    part = paid.amount_fen // 3 * 2
    body = {"amount": f"{part / 100:.2f}", "reason": "部分成果未使用"}
    agents = [rival("qiye-agency") for _ in range(4)]
    wanted = [
        lambda one=one, key=key: one.post(f"/collections/{paid.number}/refunds", {**body, "request_key": key})
        for one, key in zip(agents, ("R1", "R1", "R2", "R3"), strict=True)
    ]
    answers = at_once(*wanted)
    made = {answer.json["number"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert set(lost(answers)) == {"collection.refund_too_large"}
    at_once(*[runtime.tick] * 3)
    for _ in range(3):
        runtime.settle()
        clock.advance(minutes=6)
    assert [trade["refunded_fen"] for trade in sandbox.trades()] == [part]
    assert truth(work, paid) == ("paid", {"collected": paid.amount_fen - part})


@pytest.mark.parametrize("dedupe", ["off", pytest.param("on", marks=pytest.mark.long)])
def test_a_refund_against_the_reconciliation_of_its_day(runtime, work, clock, sandbox, paid, debtor, dedupe):
    sandbox.set(dedupe=dedupe, latency_ms="10")
    day = clock().astimezone(SHANGHAI).date()
    with work(debtor.parties.agency) as ctx:
        service.refund(ctx, paid.id, request_key="R1", amount_fen=100, reason="多付")
    with work() as ctx:
        fetching.want(ctx, "sandbox", day)
    at_once(*[lambda: sender.run_due(runtime)] * 2, *[lambda: fetching.run_due(runtime)] * 2, runtime.tick)
    for _ in range(3):
        runtime.settle()
        clock.advance(minutes=6)
    assert [trade["refunded_fen"] for trade in sandbox.trades()] == [100]
    assert truth(work, paid) == ("paid", {"collected": paid.amount_fen - 100})
    whole = list(sandbox_gateway(runtime.settings, clock).statements(day, deadline=soon()))[1]
    facts = {"account": "sandbox:trade", "day": day, "form": fetching.FORMS["trade"], "replace": True}
    with work() as ctx:
        found = reconciliation.import_statement(ctx, content=whole.file, **facts)
        matching.run(ctx, found)
        assert statements.counts(ctx, found) == {"lines": 2, "matched": 2, "breaks": 0}
