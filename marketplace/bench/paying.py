"""Pay-outs through the sandbox: how many a second, what bounds them, and how soon a market is well again after a kill.

Floors are limits, not programs: at a latency it is the number in the air divided by it (Little's law); without one it
is the goal of 300 a second. The sandbox runs in a process of its own, as the provider would.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, update

from marketplace.bench import processes
from marketplace.bench.frame import BrokenInvariantError, Row, foreign
from marketplace.bench.market import market
from marketplace.catalogue import service as catalogue
from marketplace.kernel.context import Runtime
from marketplace.ledger import check
from marketplace.payments import flight, queries, sender
from marketplace.payments.gateways.links import LINKS
from marketplace.payments.models import PaymentOrder
from marketplace.payments.sandbox import Sandbox, start_sandbox
from marketplace.rulebook import service as rulebook
from marketplace.testing.payments import approved_parts, some_payers

GOAL_PER_SECOND = 300.0
PART_FEN = 100
CONTRACTS = 20  # whose milestones the orders pay in turn, so that a batch is of many budget lines
PORTION = 5  # orders of one contract that follow each other
KILLED = 100  # orders that a worker held when it died


def at_once(folder: Path, orders: int = 3000) -> Row:
    """P0: pay-outs a second when the provider answers at once; the goal is 300."""
    return _rate("P0", folder, orders, latency_ms=0, in_flight=32)


def at_50_ms(folder: Path, orders: int = 1500) -> Row:
    """P50: pay-outs a second at 50 ms; the number in the air must decide, not the processor."""
    return _rate("P50", folder, orders, latency_ms=50, in_flight=8)


def at_500_ms(folder: Path, orders: int = 300) -> Row:
    """P500: pay-outs a second at 500 ms."""
    return _rate("P500", folder, orders, latency_ms=500, in_flight=8)


def recovery(folder: Path, orders: int = 10_000) -> Row:
    """PR: seconds until 10,000 orders are settled whose worker was killed after the provider had paid them."""
    with _paying(folder, orders, latency_ms=0) as (runtime, sandbox):
        for start in range(0, orders, KILLED):
            # Killed between the wire and the record: the provider has paid, we know nothing, the leases run out.
            with LINKS.kept():
                for claimed in _claims(runtime, min(KILLED, orders - start)):
                    sender.exchange(claimed)
        with runtime.work() as ctx:
            ctx.session.execute(update(PaymentOrder).values(lease_until=None, next_action_at=ctx.now))
        spent = _drain(runtime, sandbox, 32)
        _settled(runtime, sandbox, orders)
    seconds = spent.seconds
    info = f"{orders / seconds:.0f} orders/s asked and settled, {spent.told(orders)}"
    return Row(
        "PR",
        f"recovery, {orders} open orders",
        "s",
        seconds,
        60.0,
        [seconds / 60.0],
        1.0,
        info,
        cpu=False,
        bounded=True,
    )


def _rate(id: str, folder: Path, orders: int, *, latency_ms: int, in_flight: int) -> Row:
    with _paying(folder, orders, latency_ms=latency_ms) as (runtime, sandbox), foreign() as load:
        spent = _drain(runtime, sandbox, in_flight)
        _settled(runtime, sandbox, orders)
    rate = orders / spent.seconds
    limit = in_flight * 1000 / latency_ms if latency_ms else GOAL_PER_SECOND
    info = f"{in_flight} in the air, {spent.told(orders)}"
    goal = 0.8 if latency_ms else 1.0
    name = f"pay-outs at {latency_ms} ms"
    return Row(id, name, "/s", rate, limit, [rate / limit], goal, info, load.percent, at_least=True, cpu=False)


@dataclass(frozen=True)
class _Spent:
    """Seconds on the clock, and of CPU in this process and in the sandbox's."""

    seconds: float
    own: float
    far: float

    def told(self, orders: int) -> str:
        both = 1000 * (self.own + self.far) / orders
        return (
            f"CPU per pay-out {1000 * self.own / orders:.2f} ms here ({100 * self.own / self.seconds:.0f} % of a core) "
            f"and {1000 * self.far / orders:.2f} ms there; two cores end at {2000 / both:.0f}/s"
        )


def _drain(runtime: Runtime, sandbox: Sandbox, in_flight: int) -> _Spent:
    """Pay until nothing is due."""
    wall, own, far = time.perf_counter(), time.process_time(), processes.cpu_us_of([sandbox.pid])
    while True:
        with runtime.work(write=False) as ctx:
            waiting = queries.due(ctx, 2000)
        if not waiting:
            break
        flight.Flight(runtime, in_flight).run(waiting)
    far = processes.cpu_us_of([sandbox.pid]) - far
    return _Spent(time.perf_counter() - wall, time.process_time() - own, far / 1e6)


def _claims(runtime: Runtime, count: int) -> list[sender.Claim]:
    with runtime.work(write=False) as ctx:
        wanted = select(PaymentOrder.id).where(PaymentOrder.state == "approved").order_by(PaymentOrder.id)
        ids = list(ctx.session.scalars(wanted.limit(count)))
    return sender.claim_many(runtime, ids)


def _settled(runtime: Runtime, sandbox: Sandbox, orders: int) -> None:
    """Every order is paid, the provider moved each once, the ledger agrees."""
    moved = [row["number"] for row in sandbox.moved()]
    with runtime.work(write=False) as ctx:
        paid = ctx.session.scalar(select(func.count()).where(PaymentOrder.state == "paid")) or 0
        troubles = check.run(ctx)
    if paid != orders or len(moved) != len(set(moved)) != orders or troubles:
        raise BrokenInvariantError(f"{paid} paid, {len(moved)} moved, {len(set(moved))} numbers, {troubles}")


@contextmanager
def _paying(folder: Path, orders: int, *, latency_ms: int) -> Iterator[tuple[Runtime, Sandbox]]:
    """A market with so many approved orders on accepted milestones, and a sandbox that pays them."""
    app = market(folder)
    sandbox = start_sandbox(folder / "sandbox", own_process=True)
    try:
        runtime = _runtime(app, folder)
        with runtime.work() as ctx:
            rulebook.seed(ctx)
            catalogue.seed(ctx)
        payers = [some_payers(runtime.work, username=f"bench{number}") for number in range(CONTRACTS)]
        for number in range(0, orders, PORTION):
            some = payers[number // PORTION % CONTRACTS]
            approved_parts(runtime.work, some, min(PORTION, orders - number), amount_fen=PART_FEN)
        sandbox.set(latency_ms=str(latency_ms))
        yield runtime, sandbox
    finally:
        sandbox.stop()


def _runtime(app: Flask, folder: Path) -> Runtime:
    runtime: Runtime = app.extensions["marketplace"]
    runtime.settings = {**runtime.settings, "MARKETPLACE_SANDBOX": str(folder / "sandbox")}
    return runtime
