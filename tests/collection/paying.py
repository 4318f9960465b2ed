"""Paying a collection and giving it back, as the tests of collecting do."""

from marketplace.collection import books, sender, service
from marketplace.kernel.money import Fen
from marketplace.ledger import check
from marketplace.payments.ports import Observation, Outcome
from marketplace.testing.collection import an_offered_collection, now


def held(work, row):
    with work() as ctx:
        assert check.run(ctx) == []
        return {kind: fen for kind, fen in books.held_fen(ctx, row).items() if fen}


def run(runtime, clock, rounds=6):
    for _ in range(rounds):
        sender.run_due(runtime)
        clock.advance(seconds=301)


def paid(runtime, work, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor)
    sandbox.pay(row.number, deliver=False)
    with work() as ctx:
        service.apply(ctx, row.id, fact(row, Outcome.SUCCEEDED))
    return now(work, row)


def fact(row, outcome, source="query", **over):
    facts = {"amount": Fen(row.amount_fen) if outcome is Outcome.SUCCEEDED else None, "code": outcome.value}
    return Observation(source, row.number, outcome, operation="payment", **{**facts, **over})


def give_back(work, debtor, row, amount, key="R1"):
    with work(debtor.parties.agency) as ctx:
        return service.refund(ctx, row.id, request_key=key, amount_fen=amount, reason="部分成果未使用")
