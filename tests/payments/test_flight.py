"""Many orders at once: bounded at the wire, together at the books, and one order's trouble is its own."""

import threading
import time

import pytest
from sqlalchemy import event

from marketplace.budgets.errors import EncumbranceNotFound
from marketplace.ledger import check
from marketplace.payments import flight, queries, sender
from marketplace.payments.queries import course
from marketplace.testing.payments import approved_parts, some_payers


@pytest.fixture
def orders(work):
    return approved_parts(work, some_payers(work), 9)


def states(work, orders):
    with work() as ctx:
        assert check.run(ctx) == []
        return [queries.order(ctx, order.id).state for order in orders]


def test_every_order_is_paid_once_and_never_more_are_in_the_air_than_allowed(
    runtime, work, sandbox, orders, monkeypatch
):
    sandbox.set(dedupe="off")
    honest, lock, air, most = sender.exchange, threading.Lock(), [0], [0]

    def watched(claimed):
        with lock:
            air[0] += 1
            most[0] = max(most[0], air[0])
        time.sleep(0.02)
        told = honest(claimed)
        with lock:
            air[0] -= 1
        return told

    monkeypatch.setattr(sender, "exchange", watched)
    assert flight.Flight(runtime, 3).run([order.id for order in orders]) == 9
    assert states(work, orders) == ["paid"] * 9
    assert sorted(row["number"] for row in sandbox.moved()) == sorted(order.number for order in orders)
    assert 1 < most[0] <= 3


def test_orders_that_fly_together_share_their_commits(app, runtime, work, sandbox, orders, monkeypatch):
    commits = []
    with app.app_context():
        event.listen(app.extensions["sqlalchemy"].engine, "commit", commits.append)
    monkeypatch.setattr(flight, "LINGER_SECONDS", 30.0)
    flight.Flight(runtime, 9).run([order.id for order in orders])
    assert len(commits) == 2
    assert states(work, orders) == ["paid"] * 9


def test_an_order_that_cannot_be_read_is_put_aside_alone(runtime, work, sandbox, orders):
    with work() as ctx:
        queries.order(ctx, orders[4].id).payload = ctx.keys.encrypt(b"{}")
    assert flight.run_due(runtime) == 8
    assert states(work, orders) == ["paid"] * 4 + ["approved"] + ["paid"] * 4
    with work() as ctx:
        assert queries.order(ctx, orders[4].id).attention
    assert len(sandbox.moved()) == 8


def test_books_that_refuse_one_order_still_take_the_others(runtime, work, clock, sandbox, orders, monkeypatch):
    honest = sender.budgets.settle_all

    def settle_all(ctx, wanted):
        if any(one.reference.endswith(orders[2].number) for one in wanted):
            raise EncumbranceNotFound
        return honest(ctx, wanted)

    with monkeypatch.context() as patch:
        patch.setattr(sender.budgets, "settle_all", settle_all)
        flight.run_due(runtime)
    assert states(work, orders) == ["paid", "paid", "sending", *["paid"] * 6]
    with work() as ctx:
        assert [fact.outcome for fact in course.observations(ctx, orders[2].id)] == ["succeeded"]
    clock.advance(hours=1)
    flight.run_due(runtime)
    assert states(work, orders) == ["paid"] * 9
    assert len(sandbox.moved()) == 9


def test_a_turn_that_is_over_sends_nothing_new(runtime, work, sandbox, orders, monkeypatch):
    monkeypatch.setattr(flight, "TURN_SECONDS", 0.0)
    assert flight.run_due(runtime) == 0
    assert sandbox.moved() == []
    assert states(work, orders) == ["approved"] * 9
