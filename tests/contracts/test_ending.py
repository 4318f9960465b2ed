"""The end before its time: by both sides, with what was accepted still due."""

import pytest

from marketplace.budgets.queries import balances
from marketplace.contracts import errors, service
from marketplace.kernel.errors import WrongState
from marketplace.testing.contracts import Parties, Work, a_contract, deliver, parts_of
from marketplace.testing.identity import a_member


def test_one_side_alone_does_not_end_a_contract(work: Work, parties: Parties) -> None:
    contract = a_contract(work, parties)
    with work(parties.buyer) as ctx:
        assert service.terminate(ctx, contract.id, reason="建设内容调整").status == "active"
    with pytest.raises(errors.TerminationPending), work(parties.buyer) as ctx:
        service.terminate(ctx, contract.id, reason="建设内容调整")


def test_both_sides_end_a_contract_and_free_the_budget(work: Work, paid_by_budget: Parties) -> None:
    contract = a_contract(work, paid_by_budget)
    for side in (paid_by_budget.buyer, paid_by_budget.agency):
        with work(side) as ctx:
            ended = service.terminate(ctx, contract.id, reason="项目取消")
    assert ended.status == "terminated"
    with work() as ctx:
        assert balances.stages(ctx, contract.encumbrance_id or "")["obligated"] == 0
    assert {part.status for part in parts_of(work, contract)} == {"notMet"}


def test_what_was_accepted_stays_due_when_a_contract_ends(work: Work, paid_by_budget: Parties) -> None:
    contract = a_contract(work, paid_by_budget)
    first = parts_of(work, contract)[0]
    deliver(work, paid_by_budget, first.id)
    with work(paid_by_budget.buyer) as ctx:
        service.accept(ctx, first.id)
    with work() as ctx:
        authority = a_member(ctx, "authority")
    with work(authority) as ctx:
        service.terminate(ctx, contract.id, reason="机构停业")
    with work() as ctx:
        stages = balances.stages(ctx, contract.encumbrance_id or "")
        assert (stages["due"], stages["obligated"]) == (first.amount_fen, 0)
    assert [part.status for part in parts_of(work, contract)] == ["met", "notMet"]


def test_an_ended_contract_takes_no_delivery(work: Work, parties: Parties) -> None:
    contract = a_contract(work, parties)
    with work() as ctx:
        service.terminate(ctx, contract.id, reason="机构停业")
    with pytest.raises(WrongState):
        deliver(work, parties, parts_of(work, contract)[0].id)
