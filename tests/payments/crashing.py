"""Lives and deaths of payers, shared by the small crash tests and the whole matrix."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from marketplace.budgets.queries import balances
from marketplace.kernel.context import Runtime
from marketplace.ledger import check
from marketplace.payments import queries
from marketplace.payments.models import PaymentOrder
from marketplace.payments.sandbox import Sandbox

RESTARTS = 7
SEND = "alipay.fund.trans.uni.transfer"
QUERY = "alipay.fund.trans.common.query"
# What the provider does to the next requests, in their order: (fault, value).
PLANS: dict[str, list[tuple[str, str]]] = {
    "no fault": [],
    "done, answer lost": [("system_error_done", "")],
    "not done, answer lost": [("system_error_not_done", "")],
    "connection dropped after": [("dropped", "")],
    "502 after": [("bad_gateway", "")],
    "502 before": [("bad_gateway_not_done", "")],
    "refused": [("refused", "PAYEE_NOT_EXIST")],
    "changed answer": [("tampered", "90")],
    "not done, then lost": [("system_error_not_done", ""), ("none", ""), ("system_error_done", "")],
    "lost, then the question too": [("dropped", ""), ("bad_gateway", "")],
}


@dataclass
class Payer:
    """A process that pays and may die. points: names of what its lives passed."""

    process: subprocess.Popen
    runtime: Runtime
    points: set[str] = field(default_factory=set)

    def live(self, orders: Sequence[str], *, hours: float, **asked: Any) -> dict:
        """One life, so many hours from now."""
        at = (self.runtime.clock() + timedelta(hours=hours)).isoformat()
        told = self.ask({"orders": list(orders), "at": at, "kill_at": 0, **asked})
        self.points.update(told["points"])
        return told

    def warm(self, orders: Sequence[PaymentOrder]) -> None:
        """Let the process itself pay these, so that its lives start quickly."""
        self.ask({"warm": [order.id for order in orders], "at": self.runtime.clock().isoformat()})

    def ask(self, asked: dict) -> dict:
        """One line to the process and its answer."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        assert not told["failed"]
        return told


@contextmanager
def a_payer(runtime: Runtime, folder: Path) -> Iterator[Payer]:
    """Start one."""
    command = [sys.executable, "-m", "tests.payments.crash_driver", json.dumps(dict(runtime.settings)), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        yield Payer(process, runtime)
        process.stdin.close()


def live_through(
    work, payer: Payer, orders: Sequence[str], kills: Sequence[int], sandbox: Sandbox | None = None, **asked: Any
) -> int:
    """Die at these points, then live on until all is settled; returns the deaths.

    A point is counted over all lives since the last death, so that later lives have theirs as well.
    """
    left, passed, died = list(kills), 0, 0
    for life in range(RESTARTS):
        told = payer.live(orders, hours=3 * life, kill_at=max(left[0] - passed, 0) if left else 0, **asked)
        passed += len(told["points"])
        if told["killed"]:
            if sandbox is not None:  # a lease is far longer than a request is on its way
                sandbox.settle()
            died, passed = died + 1, 0
            left.pop(0)
        if not open_orders(work, orders):
            break
    return died


def open_orders(work, orders: Sequence[str]) -> int:
    """How many of them are neither paid nor refused."""
    with work() as ctx:
        return sum(queries.order(ctx, id).state not in {"paid", "refused"} for id in orders)


def money_agrees(work, sandbox: Sandbox, orders: Sequence[PaymentOrder]) -> None:
    """The far side moved exactly what the ledger calls paid, order by order; nothing hangs; the books are sound."""
    moved: dict[str, list[int]] = {}
    for row in sandbox.moved():
        moved.setdefault(row["number"], []).append(row["amount_fen"])
    with work() as ctx:
        for order in orders:
            found = queries.order(ctx, order.id)
            assert found.state in {"paid", "refused"}, found.state
            assert moved.get(order.number, []) == ([order.amount_fen] if found.state == "paid" else [])
        assert not balances.stages(ctx, orders[0].encumbrance_id)["transit"]
        assert check.run(ctx) == []
