"""SIGKILL at every commit and on both sides of the wire: after a restart each order has moved its money once."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from marketplace.budgets import queries as budgets
from marketplace.ledger import check
from marketplace.payments import queries
from marketplace.payments.sandbox import Sandbox
from marketplace.testing.payments import an_approved_part, some_payers

pytestmark = pytest.mark.slow
RESTARTS = 5
Ask = Callable[..., dict]


@pytest.fixture
def ask(runtime, tmp_path) -> Iterator[Ask]:
    """Tell a payer process what to do and hear how it ended."""
    command = [sys.executable, "-m", "tests.payments.crash_driver", json.dumps(dict(runtime.settings)), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as payer:

        def tell(order_id: str, *, after: timedelta, kill_at: int = 0) -> dict:
            at = (runtime.clock() + after).isoformat()
            payer.stdin.write(json.dumps({"order": order_id, "at": at, "kill_at": kill_at}) + "\n")
            payer.stdin.flush()
            answer = json.loads(payer.stdout.readline())
            assert not answer["failed"]
            return answer

        yield tell
        payer.stdin.close()


PLANS = {
    "no fault": [],
    "done, answer lost": ["system_error_done"],
    "connection dropped after": ["dropped"],
    "not done, then lost": ["system_error_not_done", "none", "system_error_done"],
}


@pytest.mark.parametrize(
    ("plan", "dedupe"),
    [
        ("no fault", "off"),
        ("done, answer lost", "off"),
        ("connection dropped after", "on"),
        ("not done, then lost", "on"),
    ],
)
def test_a_killed_payer_pays_once_after_its_restart(work, sandbox: Sandbox, ask: Ask, plan, dedupe):
    sandbox.set(dedupe=dedupe)
    payers = some_payers(work)
    kill_at, killed, names = 0, True, set()
    while killed:
        kill_at += 1
        order = an_approved_part(work, payers)
        for fault in PLANS[plan]:
            sandbox.fault(fault)
        killed = _live_through(work, ask, order.id, kill_at, names)
        _paid_once(work, sandbox, order)
    assert kill_at > 6
    with work() as ctx:
        assert check.run(ctx) == []
    assert names == {"before commit", "after commit", "before the wire", "after the wire"}


def _live_through(work, ask: Ask, order_id: str, kill_at: int, names: set[str]) -> bool:
    """Die at one point, then restart until the order is paid. False once no such point is reached any more."""
    passed, killed = 0, False
    for restart in range(RESTARTS):
        answer = ask(order_id, after=timedelta(hours=3 * restart), kill_at=0 if killed else max(kill_at - passed, 0))
        passed += len(answer["points"])
        killed = killed or answer["killed"]
        names.update(answer["points"])
        with work() as ctx:
            if queries.order(ctx, order_id).state == "paid":
                break
    return killed


def _paid_once(work, sandbox: Sandbox, order) -> None:
    with work() as ctx:
        found = queries.order(ctx, order.id)
        assert found.state == "paid"
        assert not budgets.stages(ctx, order.encumbrance_id)["transit"]
    assert [row["amount_fen"] for row in sandbox.moved() if row["number"] == order.number] == [order.amount_fen]
