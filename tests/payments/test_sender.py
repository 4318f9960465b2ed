"""Paying through the sandbox over real HTTP."""

import pytest

from marketplace.budgets import queries as budgets
from marketplace.payments import queries, sender
from marketplace.payments.sandbox import Sandbox
from marketplace.testing.payments import an_approved_order, some_payers


@pytest.fixture
def order(work):
    return an_approved_order(work, some_payers(work))


def state_of(work, order):
    with work() as ctx:
        return queries.order(ctx, order.id)


def stages_of(work, order):
    with work() as ctx:
        return budgets.stages(ctx, order.encumbrance_id)


def test_an_approved_order_is_paid_once_from_the_budget(runtime, work, sandbox: Sandbox, order):
    assert sender.run_due(runtime) == 1
    assert state_of(work, order).state == "paid"
    assert [(m["number"], m["amount_fen"]) for m in sandbox.moved()] == [(order.number, order.amount_fen)]
    assert stages_of(work, order)["paid"] == order.amount_fen
    assert sender.run_due(runtime) == 0
