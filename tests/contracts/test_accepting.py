"""Acceptance: by the buyer or by silence, what falls due, and the end of the work."""

from datetime import timedelta

import pytest

from marketplace.budgets.queries import balances
from marketplace.contracts import queries, service
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Runtime
from marketplace.kernel.errors import WrongState
from marketplace.rulebook.queries import add_workdays
from marketplace.testing.contracts import (
    Parties,
    Work,
    a_contract,
    a_finished_contract,
    deliver,
    parts_of,
    some_parties,
)
from tests.contracts.reading import promised, read


def test_silence_of_the_buyer_accepts_after_the_working_days(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    deliver(work, parties, part.id)
    with work() as ctx:
        due = add_workdays(ctx, ctx.now, 5)
    clock.set(due - timedelta(seconds=1))
    runtime.settle()
    with work() as ctx:
        assert queries.milestone(ctx, part.id).status == "delivered"
    clock.set(due)
    runtime.settle()
    with work() as ctx:
        accepted = queries.milestone(ctx, part.id)
    assert (accepted.status, accepted.accepted_by_clock) == ("met", True)


def test_acceptance_starts_the_payment_clock_of_the_rulebook(
    work: Work, parties: Parties, clock: SimulatedClock
) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    deliver(work, parties, part.id)
    with work(parties.buyer) as ctx:
        accepted = service.accept(ctx, part.id)
    assert accepted.payment_due_at == clock() + timedelta(days=30)


def test_acceptance_makes_the_milestone_due_on_the_budget_and_tells_payments(
    work: Work, paid_by_budget: Parties
) -> None:
    contract = a_contract(work, paid_by_budget)
    part = parts_of(work, contract)[0]
    deliver(work, paid_by_budget, part.id)
    with work(paid_by_budget.buyer) as ctx:
        service.accept(ctx, part.id)
    with work() as ctx:
        assert balances.stages(ctx, contract.encumbrance_id or "")["due"] == part.amount_fen
        assert promised(ctx, "payment.prepare", part.id) is not None


def test_a_contract_that_no_budget_pays_prepares_no_payment(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_finished_contract(work, parties))[0]
    with work() as ctx:
        assert promised(ctx, "payment.prepare", part.id) is None


def test_nothing_is_accepted_before_it_is_delivered(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    with pytest.raises(WrongState), work(parties.buyer) as ctx:
        service.accept(ctx, part.id)


def test_the_last_acceptance_completes_the_contract_and_opens_the_review(work: Work, parties: Parties) -> None:
    contract = a_contract(work, parties)
    first, last = parts_of(work, contract)
    for part, state in ((first, "active"), (last, "complete")):
        deliver(work, parties, part.id)
        with work(parties.buyer) as ctx:
            service.accept(ctx, part.id)
        assert read(work, contract).status == state
    with work() as ctx:
        due = add_workdays(ctx, ctx.now, 15)
        assert promised(ctx, "credit.review_closes", contract.id).due_at == due


def test_a_share_that_rounds_to_nothing_is_accepted_and_falls_due_for_nothing(work: Work, runtime: Runtime) -> None:
    with work() as ctx:
        parties = some_parties(ctx, encumbered=True, price_fen=1)
    contract = a_contract(work, parties, 3000, 7000)
    for part in parts_of(work, contract):
        deliver(work, parties, part.id)
        with work(parties.buyer) as ctx:
            service.accept(ctx, part.id)
    runtime.settle()
    found = read(work, contract)
    assert (found.status, [part.amount_fen for part in parts_of(work, contract)]) == ("complete", [0, 1])
    with work() as ctx:
        assert balances.stages(ctx, found.encumbrance_id)["due"] == 1
