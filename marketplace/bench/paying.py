"""Pay-outs through the sandbox: how many a second, what bounds them, and how soon a market is well again after a kill.

Floors are limits, not programs: at a latency it is the number in the air divided by it (Little's law); without one it
is the goal of 300 a second. The sandbox runs in a process of its own, as the provider would.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, update

from marketplace.bench.frame import BrokenInvariantError, Row, foreign
from marketplace.bench.market import market
from marketplace.catalogue import service as catalogue
from marketplace.kernel.context import Runtime
from marketplace.ledger import check
from marketplace.payments import flight, queries, sender
from marketplace.payments.models import PaymentOrder
from marketplace.payments.sandbox import Sandbox, start_sandbox
from marketplace.rulebook import service as rulebook
from marketplace.testing.payments import approved_parts, some_payers

GOAL_PER_SECOND = 300.0
PART_FEN = 100


def at_once(folder: Path, orders: int = 3000) -> Row:
    """P0: pay-outs a second when the provider answers at once; the goal is 300."""
    return _rate("P0", folder, orders, latency_ms=0, in_flight=16)


def at_50_ms(folder: Path, orders: int = 1500) -> Row:
    """P50: pay-outs a second at 50 ms; the number in the air must decide, not the processor."""
    return _rate("P50", folder, orders, latency_ms=50, in_flight=8)


def at_500_ms(folder: Path, orders: int = 300) -> Row:
    """P500: pay-outs a second at 500 ms."""
    return _rate("P500", folder, orders, latency_ms=500, in_flight=8)


def recovery(folder: Path, orders: int = 10_000) -> Row:
    """PR: seconds until 10,000 orders are settled whose worker was killed after the provider had paid them."""
    with _paying(folder, orders, latency_ms=0) as (runtime, sandbox):
        for _ in range(0, orders, 500):
            # Killed between the wire and the record: the provider has paid, we know nothing, the leases run out.
            for claimed in _claims(runtime, 500):
                sender.exchange(claimed)
        with runtime.work() as ctx:
            ctx.session.execute(update(PaymentOrder).values(lease_until=None, next_action_at=ctx.now))
        seconds, cpu = _drain(runtime, 16)
        _settled(runtime, sandbox, orders)
    info = f"{orders / seconds:.0f} orders/s asked and settled, own CPU {100 * cpu / seconds:.0f} % of a core"
    return Row("PR", f"recovery, {orders} open orders", "s", seconds, 60.0, [seconds / 60.0], 1.0, info, cpu=False)


def _rate(id: str, folder: Path, orders: int, *, latency_ms: int, in_flight: int) -> Row:
    with _paying(folder, orders, latency_ms=latency_ms) as (runtime, sandbox), foreign() as load:
        seconds, cpu = _drain(runtime, in_flight)
        _settled(runtime, sandbox, orders)
    rate = orders / seconds
    limit = in_flight * 1000 / latency_ms if latency_ms else GOAL_PER_SECOND
    info = (
        f"{in_flight} in the air, own CPU {1000 * cpu / orders:.2f} ms per pay-out "
        f"({100 * cpu / seconds:.0f} % of a core)"
    )
    goal = 0.8 if latency_ms else 1.0
    name = f"pay-outs at {latency_ms} ms"
    return Row(id, name, "/s", rate, limit, [rate / limit], goal, info, load.percent, at_least=True, cpu=False)


def _drain(runtime: Runtime, in_flight: int) -> tuple[float, float]:
    """Pay until nothing is due; returns seconds on the clock and seconds of this process's CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    while True:
        with runtime.work(write=False) as ctx:
            waiting = queries.due(ctx, 2000)
        if not waiting:
            return time.perf_counter() - wall, time.process_time() - cpu
        flight.Flight(runtime, in_flight).run(waiting)


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
    """A market with so many approved orders on one accepted milestone, and a sandbox that pays them."""
    app = market(folder)
    sandbox = start_sandbox(folder / "sandbox", own_process=True)
    try:
        runtime = _runtime(app, folder)
        with runtime.work() as ctx:
            rulebook.seed(ctx)
            catalogue.seed(ctx)
        payers = some_payers(runtime.work)
        for start in range(0, orders, 1000):
            approved_parts(runtime.work, payers, min(1000, orders - start), amount_fen=PART_FEN)
        sandbox.set(latency_ms=str(latency_ms))
        yield runtime, sandbox
    finally:
        sandbox.stop()


def _runtime(app: Flask, folder: Path) -> Runtime:
    runtime: Runtime = app.extensions["marketplace"]
    runtime.settings = {**runtime.settings, "MARKETPLACE_SANDBOX": str(folder / "sandbox")}
    return runtime
