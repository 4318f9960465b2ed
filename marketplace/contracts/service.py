"""Verbs of the contracts domain: draw up, confirm, return, discard, deliver, accept, end."""

from collections.abc import Sequence
from datetime import date

from marketplace.budgets import service as budgets
from marketplace.contracts import changes, queries, rules, terms
from marketplace.contracts.changes import agree_change, drop_change, propose_change
from marketplace.contracts.delivery import accept, deliver, return_
from marketplace.contracts.errors import (
    AlreadyConfirmed,
    AmountDiffers,
    AwardNotConfirmed,
    ContractAlreadyDrawn,
    ContractInForce,
    ContractNotFound,
    TerminationPending,
    TextChanged,
)
from marketplace.contracts.events import (
    ContractSigned,
    ContractTerminated,
    DraftDiscarded,
    DraftDrawn,
    DraftReturned,
    SideConfirmed,
    TerminationAsked,
)
from marketplace.contracts.models import Contract, Milestone, SigningDelay
from marketplace.contracts.rules import CONTRACT, MILESTONE, MilestonePlan
from marketplace.contracts.signing import note_confirmation_overdue, note_signing_overdue
from marketplace.contracts.terms import dispute, end_dispute
from marketplace.kernel.clock import at_shanghai
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import split, yuan
from marketplace.rulebook.queries import rules_of
from marketplace.tenders import service as tenders

__all__ = [
    "accept",
    "agree_change",
    "confirm",
    "deliver",
    "discard",
    "dispute",
    "draw_up",
    "drop_change",
    "end_dispute",
    "note_confirmation_overdue",
    "note_signing_overdue",
    "propose_change",
    "return_",
    "return_draft",
    "terminate",
]


def draw_up(
    ctx: Ctx,
    award_id: str,
    *,
    content: str,
    starts_on: date,
    ends_on: date,
    milestones: Sequence[MilestonePlan],
    amount_fen: int | None = None,
    payment_days: int | None = None,
    late_rate_bp: int | None = None,
) -> Contract:
    """Write the draft of a confirmed award, or write it again; confirmations given to an older text fall away.

    amount_fen: None means the award price; payment_days, late_rate_bp: see terms.agree. Raises AwardNotConfirmed,
    AmountDiffers, PeriodInvalid, SharesIncomplete, ContractAlreadyDrawn and what terms.agree raises.
    Source: rulebook contract.amount_equals_award.
    """
    ctx.require("contract.draw")
    ctx.lock(f"contract-award/{award_id}")
    award = queries.award_facts(ctx, award_id)
    if award.buyer_id != ctx.actor.organisation_id:
        raise ContractNotFound
    if not award.confirmed:
        raise AwardNotConfirmed
    rules.check_plan(starts_on, ends_on, milestones)
    amount = _amount(ctx, award, amount_fen)
    draft = _draft_of(ctx, award)
    draft.amount_fen, draft.content, draft.starts_on, draft.ends_on = amount, content, starts_on, ends_on
    terms.agree(ctx, draft, payment_days=payment_days, late_rate_bp=late_rate_bp)
    ctx.session.flush()
    _plan(ctx, draft, milestones)
    subject, number = f"contract/{draft.id}", draft.number
    ctx.record(DraftDrawn(subject, number, award_id=award_id, amount_fen=amount, revision=draft.revision))
    return draft


def confirm(ctx: Ctx, contract_id: str, *, revision: int | None = None) -> Contract:
    """Confirm the text for the actor's side; with the second confirmation the contract is in force.

    The first confirmation starts the other side's clock (rulebook contract.counterparty_confirm_workdays).
    revision: of the text that was read; None is the present one, whatever it says.
    Raises TextChanged, AlreadyConfirmed, AwardNotConfirmed, WrongState, ContractNotFound.
    """
    ctx.require("contract.confirm")
    found = queries.locked(ctx, contract_id)
    side = queries.side_of(ctx, found)
    CONTRACT.move(found.status, "confirm")
    if revision not in {None, found.revision}:
        raise TextChanged
    if not queries.award_facts(ctx, found.award_id).confirmed:
        raise AwardNotConfirmed
    if getattr(found, f"{side}_confirmed_at") is not None:
        raise AlreadyConfirmed
    setattr(found, f"{side}_confirmed_at", ctx.now)
    ctx.record(SideConfirmed(subject=f"contract/{found.id}", side=side, revision=found.revision))
    due = queries.confirmation_due(ctx, found)
    if due is None:
        _sign(ctx, found)
    else:
        ctx.promise("contract.confirm_due", found.id, due)
    return found


def return_draft(ctx: Ctx, contract_id: str, *, reason: str) -> Contract:
    """Send a draft back with a reason; both confirmations fall away. Raises ReasonMissing, WrongState."""
    ctx.require("contract.confirm")
    found = queries.locked(ctx, contract_id)
    side = queries.side_of(ctx, found)
    found.status = CONTRACT.move(found.status, "return")
    found.buyer_confirmed_at = found.agency_confirmed_at = None
    found.returned_by, found.returned_reason = side, rules.required(reason)
    ctx.record(DraftReturned(subject=f"contract/{found.id}", side=side, reason=found.returned_reason))
    return found


def discard(ctx: Ctx, contract_id: str) -> None:
    """Delete a draft of the actor's own. Raises ContractInForce once both sides have confirmed."""
    ctx.require("contract.draw")
    found = queries.locked(ctx, contract_id)
    if queries.side_of(ctx, found) != "buyer":
        raise ContractNotFound
    if not CONTRACT.allows(found.status, "revise"):
        raise ContractInForce
    ctx.record(DraftDiscarded(subject=f"contract/{found.id}", number=found.number))
    _clear_plan(ctx, found)
    ctx.session.delete(found)
    ctx.session.flush()


def terminate(ctx: Ctx, contract_id: str, *, reason: str) -> Contract:
    """End a contract early: an authority at once, the parties when both ask. What is not due goes back to the budget.

    Raises ReasonMissing, TerminationPending, WrongState, ContractNotFound.
    """
    found = queries.locked(ctx, contract_id)
    by_authority = ctx.actor.may("finding.decide")
    side = "" if by_authority else queries.side_of(ctx, found)  # a stranger learns nothing of its state
    CONTRACT.move(found.status, "terminate")
    reason = rules.required(reason)
    if by_authority:
        return _terminate(ctx, found, reason, decided_by="authority")
    ctx.require("contract.confirm")
    if found.end_asked_by == side:
        raise TerminationPending
    if found.end_asked_by is None:
        found.end_asked_by, found.end_reason = side, reason
        ctx.record(TerminationAsked(subject=f"contract/{found.id}", side=side, reason=reason))
        return found
    return _terminate(ctx, found, f"{found.end_reason}；{reason}", decided_by="both")


def _amount(ctx: Ctx, award: queries.AwardFacts, amount_fen: int | None) -> int:
    # Money of a budget line is held at the award price, so no rulebook may let the contract differ there.
    fixed = rules_of(ctx, award.ruleset_id)["contract.amount_equals_award"] or award.encumbrance_id is not None
    if amount_fen is None or amount_fen == award.price_fen:
        return award.price_fen
    if fixed or amount_fen <= 0:
        raise AmountDiffers(field="amount_fen", award=yuan(award.price_fen))
    return amount_fen


def _draft_of(ctx: Ctx, award: queries.AwardFacts) -> Contract:
    found = queries.by_award(ctx, award.award_id)
    if found is None:
        found = Contract(
            id=ctx.new_id(),
            number=ctx.number("HT"),
            award_id=award.award_id,
            tender_id=award.tender_id,
            tender_number=award.tender_number,
            title=award.title,
            item_code=award.item_code,
            buyer_id=award.buyer_id,
            agency_id=award.agency_id,
            encumbrance_id=award.encumbrance_id,
            ruleset_id=award.ruleset_id,
            status="pending",
            revision=1,
            drawn_at=ctx.now,
        )
        ctx.session.add(found)
        return found
    found = queries.locked(ctx, found.id)
    if not CONTRACT.allows(found.status, "revise"):
        raise ContractAlreadyDrawn
    found.status = CONTRACT.move(found.status, "revise")
    found.revision, found.drawn_at = found.revision + 1, ctx.now
    found.buyer_confirmed_at = found.agency_confirmed_at = found.returned_by = found.returned_reason = None
    _clear_plan(ctx, found)
    return found


def _clear_plan(ctx: Ctx, found: Contract) -> None:
    for part in queries.milestones(ctx, found.id):
        ctx.session.delete(part)
    ctx.session.flush()


def _plan(ctx: Ctx, found: Contract, plan: Sequence[MilestonePlan]) -> None:
    amounts = split(found.amount_fen, [part.share_bp for part in plan])
    for seq, (part, amount) in enumerate(zip(plan, amounts, strict=True), start=1):
        due_at = at_shanghai(part.due_on, 23, 59)
        ctx.session.add(
            Milestone(
                id=ctx.new_id(),
                contract_id=found.id,
                seq=seq,
                title=part.title,
                share_bp=part.share_bp,
                amount_fen=amount,
                due_at=due_at,
                status="scheduled",
                returned_count=0,
                accepted_by_clock=False,
            )
        )
    ctx.session.flush()


def _sign(ctx: Ctx, found: Contract) -> None:
    found.status, found.signed_at = CONTRACT.move(found.status, "sign"), ctx.now
    if found.encumbrance_id is not None:
        budgets.obligate(ctx, found.encumbrance_id)
        ctx.promise("payment.fix_payee", found.id, ctx.now)
    for part in queries.milestones(ctx, found.id):
        ctx.promise("contract.delivery_due", part.id, part.due_at)
    tenders.mark_signed(ctx, found.award_id)  # from here on the award cannot be declined
    delay = ctx.session.get(SigningDelay, found.award_id)
    if delay is not None:
        delay.settled_at = ctx.now
    ctx.record(
        ContractSigned(
            subject=f"contract/{found.id}",
            number=found.number,
            award_id=found.award_id,
            tender_id=found.tender_id,
            buyer_id=found.buyer_id,
            agency_id=found.agency_id,
            amount_fen=found.amount_fen,
        )
    )


def _terminate(ctx: Ctx, found: Contract, reason: str, *, decided_by: str) -> Contract:
    changes.lapse(ctx, found)
    found.status, found.ended_at = CONTRACT.move(found.status, "terminate"), ctx.now
    found.end_reason = reason
    for part in queries.milestones(ctx, found.id):
        if part.status != "met":
            part.status = MILESTONE.move(part.status, "abandon")
            ctx.release("contract.delivery_due", part.id)
            ctx.release("contract.acceptance_due", part.id)
    if found.encumbrance_id is not None:
        budgets.release(ctx, found.encumbrance_id, reason=reason)
    ctx.record(
        ContractTerminated(subject=f"contract/{found.id}", number=found.number, reason=reason, decided_by=decided_by)
    )
    return found
