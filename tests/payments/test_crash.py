"""SIGKILL at every commit and on every side of the wire: after a restart each order has moved its money once.

A small part of test_crash_matrix, for every run of the suite.
"""

from collections.abc import Iterator

import pytest

from marketplace.payments.sandbox import Sandbox
from marketplace.testing.payments import approved_parts, some_payers
from tests.payments.crashing import PLANS, Payer, a_payer, live_through, money_agrees

pytestmark = pytest.mark.slow


@pytest.fixture
def payer(runtime, tmp_path) -> Iterator[Payer]:
    """A process that pays and may die."""
    with a_payer(runtime, tmp_path) as payer:
        yield payer


@pytest.mark.parametrize(
    ("plan", "dedupe"),
    [pytest.param("not done, then lost", "on", marks=pytest.mark.long), ("connection dropped after", "off")],
)
def test_a_killed_payer_pays_once_after_its_restart(work, sandbox: Sandbox, payer: Payer, plan, dedupe):
    sandbox.set(dedupe=dedupe)
    payers = some_payers(work)
    payer.warm(approved_parts(work, payers, 1))
    kill_at, died = 0, 1
    while died:
        kill_at += 1
        (order,) = approved_parts(work, payers, 1)
        for fault, value in PLANS[plan]:
            sandbox.fault(fault, value=value)
        died = live_through(work, payer, [order.id], [kill_at], sandbox)
        money_agrees(work, sandbox, [order])
    assert kill_at > 12
    assert payer.points == {
        *(f"{side} commit" for side in ("before", "after")),
        *(f"{side} connecting" for side in ("before", "after")),
        *(f"after the {what}" for what in ("request", "answer")),
    }
