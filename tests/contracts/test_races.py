"""Two hands on one contract at the same moment, on whichever database the suite runs."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from marketplace.budgets.queries import balances
from marketplace.contracts import queries, service
from marketplace.kernel.errors import DomainError
from marketplace.kernel.events import EventRow
from marketplace.kernel.ports import Actor
from marketplace.testing.contracts import PRICE_FEN, Parties, Work, a_contract, a_draft, deliver, parts_of, some_parties


@pytest.fixture
def parties(work: Work) -> Any:
    with work() as ctx:
        return some_parties(ctx, encumbered=True)


def at_once(*verbs: Callable[[], None]) -> Any:
    """Run the verbs in threads that start together; what each one was refused with, or None."""
    gate = threading.Barrier(len(verbs))
    results: list[str | None] = [None] * len(verbs)

    def run(place: int, verb: Any) -> None:
        gate.wait()
        try:
            verb()
        except DomainError as error:
            results[place] = error.code

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def by(work: Work, actor: Actor, verb: Any, *args: Any) -> Any:
    def act() -> None:
        with work(actor) as ctx:
            verb(ctx, *args)

    return act


def test_both_sides_confirming_at_once_sign_exactly_once(work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    refused = at_once(*(by(work, side, service.confirm, draft.id) for side in (parties.buyer, parties.agency)))
    with work() as ctx:
        assert queries.contract(ctx, draft.id).status == "active"
        assert ctx.session.query(EventRow).filter_by(type="contract.contract.signed").count() == 1
        assert balances.stages(ctx, draft.encumbrance_id or "")["obligated"] == PRICE_FEN
    assert refused == [None, None]


def test_two_acceptances_at_once_make_the_money_due_once(work: Work, parties: Parties) -> None:
    contract = a_contract(work, parties)
    part = parts_of(work, contract)[0]
    deliver(work, parties, part.id)
    refused = at_once(*(by(work, parties.buyer, service.accept, part.id) for _ in range(2)))
    with work() as ctx:
        assert balances.stages(ctx, contract.encumbrance_id or "")["due"] == part.amount_fen
    assert sorted(refused, key=str) == [None, "kernel.wrong_state"]
