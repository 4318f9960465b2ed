"""Two sides confirm: what binds, what returns a draft, and whose days run out."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.budgets.queries import balances
from marketplace.contracts import errors, queries, service
from marketplace.contracts.models import SigningDelay
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.errors import WrongState
from marketplace.kernel.events import EventRow
from marketplace.testing.contracts import PRICE_FEN, Parties, Work, a_contract, a_draft, parts_of
from tests.contracts.reading import read, types


def test_one_confirmation_binds_nobody(work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    with work(parties.buyer) as ctx:
        assert service.confirm(ctx, draft.id).status == "pending"


def test_the_second_confirmation_brings_the_contract_into_force(work: Work, parties: Parties) -> None:
    contract = a_contract(work, parties)
    assert contract.status == "active"
    with work() as ctx:
        assert sorted(types(ctx, f"contract/{contract.id}")) == [
            "contract.contract.signed",
            "contract.draft.drawn",
            "contract.side.confirmed",
            "contract.side.confirmed",
        ]


def test_a_side_confirms_only_the_text_it_has_read(work: Work, parties: Parties) -> None:
    read_by_agency = a_draft(work, parties)
    a_draft(work, parties, 9000, 1000, content="另行约定的内容")
    with pytest.raises(errors.TextChanged), work(parties.agency) as ctx:
        service.confirm(ctx, read_by_agency.id, revision=read_by_agency.revision)
    assert "agency" in read(work, read_by_agency).waiting_for
    with work(parties.agency) as ctx:
        assert service.confirm(ctx, read_by_agency.id, revision=2).waiting_for == ["buyer"]


def test_a_side_confirms_once(work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    with work(parties.agency) as ctx:
        service.confirm(ctx, draft.id)
    with pytest.raises(errors.AlreadyConfirmed), work(parties.agency) as ctx:
        service.confirm(ctx, draft.id)


def test_a_returned_draft_loses_both_confirmations_and_can_be_written_again(work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    with work(parties.buyer) as ctx:
        service.confirm(ctx, draft.id)
    with work(parties.agency) as ctx:
        service.return_draft(ctx, draft.id, reason="服务内容缺少现场监测")
    again = a_draft(work, parties, 10_000)
    assert (again.id, again.number, again.revision) == (draft.id, draft.number, 2)
    assert again.waiting_for == ["buyer", "agency"]
    assert len(parts_of(work, again)) == 1


def test_a_return_needs_a_reason(work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    with pytest.raises(errors.ReasonMissing) as refused, work(parties.agency) as ctx:
        service.return_draft(ctx, draft.id, reason="  ")
    assert refused.value.field == "reason"


def test_a_returned_draft_is_not_confirmed(work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    with work(parties.agency) as ctx:
        service.return_draft(ctx, draft.id, reason="金额大写有误")
    with pytest.raises(WrongState), work(parties.buyer) as ctx:
        service.confirm(ctx, draft.id)


def test_a_contract_in_force_is_not_drawn_again(work: Work, parties: Parties) -> None:
    a_contract(work, parties)
    with pytest.raises(errors.ContractAlreadyDrawn):
        a_draft(work, parties)


def test_a_draft_can_be_discarded_and_drawn_anew(work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    with work(parties.buyer) as ctx:
        service.discard(ctx, draft.id)
    assert a_draft(work, parties).id != draft.id


def test_a_confirmed_contract_cannot_be_deleted(work: Work, parties: Parties) -> None:
    contract = a_contract(work, parties)
    with pytest.raises(errors.ContractInForce), work(parties.buyer) as ctx:
        service.discard(ctx, contract.id)


def test_both_confirmations_obligate_the_budget(work: Work, paid_by_budget: Parties) -> None:
    contract = a_contract(work, paid_by_budget)
    with work() as ctx:
        stages = balances.stages(ctx, contract.encumbrance_id or "")
    assert (stages["reserved"], stages["obligated"]) == (0, PRICE_FEN)


def test_an_overdue_signature_is_recorded_once_and_settled_by_signing(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    draft = a_draft(work, parties)
    with work() as ctx:
        ctx.promise("contract.sign_due", parties.award_id, ctx.now + timedelta(days=14))
    clock.advance(days=15)
    runtime.settle()
    with work() as ctx:
        waiting = ctx.session.scalars(queries.signing_delays(parties.buyer.organisation_id)).all()
    assert [row.award_id for row in waiting] == [parties.award_id]
    for side in (parties.buyer, parties.agency):
        with work(side) as ctx:
            service.confirm(ctx, draft.id)
    with work() as ctx:
        assert ctx.session.get_one(SigningDelay, parties.award_id).settled_at == clock()


@pytest.mark.parametrize(("both", "told"), [(False, [["agency"]]), (True, [])])
def test_the_other_side_has_its_own_days_to_confirm_a_draft(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock, both: bool, told: list[list[str]]
) -> None:
    draft = a_draft(work, parties)
    for side in (parties.buyer, parties.agency) if both else (parties.buyer,):
        with work(side) as ctx:
            service.confirm(ctx, draft.id)
    clock.advance(days=2)
    runtime.settle()
    with work() as ctx:
        assert overdue_confirmations(ctx) == []
    clock.advance(days=5)
    runtime.settle()
    with work() as ctx:
        assert [payload["waiting_for"] for payload in overdue_confirmations(ctx)] == told


def overdue_confirmations(ctx: Ctx) -> list[dict[str, Any]]:
    wanted = select(EventRow.body).where(EventRow.type == "contract.confirmation.fell_overdue")
    return [json.loads(body)["data"] for body in ctx.session.scalars(wanted)]


def test_a_signed_contract_is_not_overdue(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    with work() as ctx:
        ctx.promise("contract.sign_due", parties.award_id, ctx.now + timedelta(days=14))
    a_contract(work, parties)
    clock.advance(days=15)
    runtime.settle()
    with work() as ctx:
        assert ctx.session.scalars(queries.signing_delays()).all() == []
