"""Orders on their way, as the tests of paying look at them."""

from marketplace.budgets.queries import balances
from marketplace.payments import flight, queries
from marketplace.payments.sandbox import Sandbox


def now(work, order):
    with work() as ctx:
        return queries.order(ctx, order.id)


def stages(work, order):
    with work() as ctx:
        return {k: v for k, v in balances.stages(ctx, order.encumbrance_id).items() if v}


def run(runtime, clock, *, rounds=6):
    for _ in range(rounds):
        flight.run_due(runtime)
        clock.advance(hours=2)


def moved(sandbox: Sandbox):
    return [row["amount_fen"] for row in sandbox.moved()]
