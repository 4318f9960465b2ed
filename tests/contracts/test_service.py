"""The life of a contract, verb by verb."""

import hashlib
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.budgets.queries import balances
from marketplace.contracts import errors, queries, service
from marketplace.contracts.models import Contract, SigningDelay
from marketplace.kernel.clock import SimulatedClock, shanghai_date
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.deadlines import Deadline
from marketplace.kernel.errors import NotPermitted, WrongState
from marketplace.kernel.events import EventRow
from marketplace.rulebook.queries import add_workdays
from marketplace.tenders.models import Award
from marketplace.testing.contracts import (
    PDF,
    PRICE_FEN,
    Parties,
    Work,
    a_contract,
    a_draft,
    a_finished_contract,
    a_plan,
    another_award,
    deliver,
    parts_of,
    some_parties,
)
from marketplace.testing.identity import a_member


@pytest.fixture
def parties(work: Work) -> Any:
    with work() as ctx:
        return some_parties(ctx)


@pytest.fixture
def paid_by_budget(work: Work) -> Any:
    with work() as ctx:
        return some_parties(ctx, encumbered=True)


def read(work: Work, contract: Contract) -> Any:
    with work() as ctx:
        return queries.contract(ctx, contract.id)


def promised(ctx: Ctx, kind: str, subject: str) -> Any:
    return ctx.session.query(Deadline).filter_by(kind=kind, subject=subject, done_at=None).one_or_none()


def types(ctx: Ctx, subject: str) -> Any:
    rows = ctx.session.query(EventRow).filter_by(subject=subject).order_by(EventRow.id)
    return [row.type for row in rows]


# --- drawing up ---------------------------------------------------------------------------------------------------


def test_a_draft_takes_its_amount_and_parties_from_the_award(work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    assert (draft.amount_fen, draft.status, draft.agency_id) == (PRICE_FEN, "pending", parties.agency_id)
    assert draft.number.startswith("HT-2026-")


def test_milestones_add_up_to_the_amount_to_the_fen(work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties, 3333, 3333, 3334)
    assert sum(part.amount_fen for part in parts_of(work, draft)) == PRICE_FEN


def test_another_amount_than_the_award_is_refused(work: Work, parties: Parties) -> None:
    with pytest.raises(errors.AmountDiffers) as refused:
        a_draft(work, parties, amount_fen=PRICE_FEN - 1)
    assert refused.value.field == "amount_fen"


def test_the_agency_does_not_draw_up(work: Work, parties: Parties) -> None:
    with pytest.raises(NotPermitted), work(parties.agency) as ctx:
        service.draw_up(
            ctx,
            parties.award_id,
            content="",
            starts_on=shanghai_date(ctx.now),
            ends_on=shanghai_date(ctx.now),
            milestones=[],
        )


def test_another_buyer_sees_no_such_contract(work: Work, parties: Parties) -> None:
    with work() as ctx:
        stranger = a_member(ctx)
    draft = a_draft(work, parties)
    with pytest.raises(errors.ContractNotFound), work(stranger) as ctx:
        service.confirm(ctx, draft.id)


def test_an_unconfirmed_award_gets_no_contract(work: Work, parties: Parties) -> None:
    with work() as ctx:
        ctx.session.get_one(Award, parties.award_id).confirmed_at = None
    with pytest.raises(errors.AwardNotConfirmed):
        a_draft(work, parties)


# --- two sides ----------------------------------------------------------------------------------------------------


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


# --- the clock ----------------------------------------------------------------------------------------------------


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


def test_a_delivery_that_misses_its_day_is_marked_late(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    clock.set(part.due_at - timedelta(minutes=1))
    runtime.settle()
    with work() as ctx:
        assert queries.milestone(ctx, part.id).late_since is None
    clock.set(part.due_at)
    runtime.tick()
    with work() as ctx:
        assert queries.milestone(ctx, part.id).late_since == part.due_at
        assert "contract.delivery.fell_late" in types(ctx, f"contract/{part.contract_id}")


def test_a_delivery_in_time_is_not_late_while_the_buyer_looks_at_it(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    clock.set(part.due_at - timedelta(hours=1))
    deliver(work, parties, part.id)
    clock.advance(hours=2)
    runtime.settle()
    with work() as ctx:
        assert queries.milestone(ctx, part.id).late_since is None


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


# --- deliverables ---------------------------------------------------------------------------------------------------


def test_a_delivered_file_is_stored_under_a_random_name_with_its_fingerprint(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    id = deliver(work, parties, part.id, name="报告书.pdf")
    with work(parties.buyer) as ctx:
        file, path = queries.deliverable_file(ctx, id)
    assert path.read_bytes() == PDF
    assert file.sha256 == hashlib.sha256(PDF).hexdigest()
    assert "报告" not in path.name


def test_a_refused_file_leaves_nothing_behind(work: Work, parties: Parties, runtime: Runtime) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    with pytest.raises(errors.FileMismatch):
        deliver(work, parties, part.id, name="报告书.docx")
    with work() as ctx:
        assert list(queries.folder(ctx).iterdir()) == []
        assert queries.milestone(ctx, part.id).status == "scheduled"


def test_a_file_over_the_limit_is_refused_while_it_is_read(
    work: Work, parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.contracts.rules.MEGABYTE", 1)
    part = parts_of(work, a_contract(work, parties))[0]
    with pytest.raises(errors.FileTooLarge):
        deliver(work, parties, part.id, content=PDF + bytes(500))


def test_strangers_do_not_even_learn_that_a_file_exists(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    id = deliver(work, parties, part.id)
    with work() as ctx:
        stranger = a_member(ctx, "agency")
    with pytest.raises(errors.DeliverableNotFound), work(stranger) as ctx:
        queries.deliverable_file(ctx, id)


def test_the_authority_reads_a_file(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    id = deliver(work, parties, part.id)
    with work() as ctx:
        authority = a_member(ctx, "authority")
    with work(authority) as ctx:
        assert queries.deliverable_file(ctx, id)[0].id == id


def test_the_buyer_does_not_deliver(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    with pytest.raises(NotPermitted), work(parties.buyer) as ctx:
        service.deliver(ctx, part.id, filename="报告书.pdf", content=io.BytesIO(PDF))


def test_a_returned_result_is_delivered_again_and_counted(work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    deliver(work, parties, part.id)
    with work(parties.buyer) as ctx:
        service.return_(ctx, part.id, reason="缺少公众参与章节")
    second = deliver(work, parties, part.id)
    with work() as ctx:
        again = queries.milestone(ctx, part.id)
        versions = [(file.version, file.status) for file in queries.deliverables(ctx, part.contract_id)]
    assert (again.status, again.returned_count) == ("delivered", 1)
    assert versions == [(1, "returned"), (2, "waiting")]
    assert second


def test_a_result_returned_after_its_day_is_late(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    clock.set(part.due_at - timedelta(hours=1))
    deliver(work, parties, part.id)
    clock.advance(hours=2)
    with work(parties.buyer) as ctx:
        service.return_(ctx, part.id, reason="数据与现状不符")
    runtime.tick()
    with work() as ctx:
        assert queries.milestone(ctx, part.id).late_since == part.due_at


# --- acceptance -----------------------------------------------------------------------------------------------------


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


# --- the end before its time ----------------------------------------------------------------------------------------


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


def test_one_award_has_one_contract_and_another_award_another(work: Work, parties: Parties) -> None:
    first = a_draft(work, parties)
    with work() as ctx:
        award_id = another_award(ctx, parties.buyer.organisation_id or "", parties.agency_id)
    with work(parties.buyer) as ctx:
        second = service.draw_up(
            ctx,
            award_id,
            content="二期",
            starts_on=first.starts_on,
            ends_on=first.ends_on,
            milestones=a_plan(first.starts_on),
        )
    assert second.number != first.number


def test_an_award_that_was_declined_is_no_longer_waited_for(work: Work, parties: Parties, runtime: Runtime) -> None:
    with work() as ctx:
        ctx.promise("contract.sign_due", parties.award_id, ctx.now)
    runtime.settle()
    with work() as ctx:
        assert len(ctx.session.scalars(queries.signing_delays()).all()) == 1
        ctx.session.get_one(Award, parties.award_id).status = "unsuccessful"
        assert ctx.session.scalars(queries.signing_delays()).all() == []


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
