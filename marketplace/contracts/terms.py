"""What two sides may agree about paying (State Council Order 802), and money that one side disputes."""

from datetime import datetime, timedelta

from marketplace.budgets import service as budgets
from marketplace.budgets.queries import balances
from marketplace.contracts import queries, rules
from marketplace.contracts.errors import DisputeTooLarge, DisputeTooLate, MilestoneNotFound, NotDisputable
from marketplace.contracts.events import DisputeEnded, MilestoneDisputed
from marketplace.contracts.models import Contract, Milestone, MilestoneDispute
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.rulebook.queries import rules_of


def agree(ctx: Ctx, draft: Contract, *, payment_days: int | None, late_rate_bp: int | None) -> None:
    """Write the agreed terms into a draft. None: what the law says.

    payment_days: calendar days from acceptance; late_rate_bp: interest a year in basis points. Raises
    PaymentDaysTooLong, LateRateTooLow, PayWhenPaid. Source: rulebook payment.days_max, payment.lpr_yearly_bp.
    """
    book = rules_of(ctx, draft.ruleset_id)
    rules.check_terms(
        payment_days,
        late_rate_bp,
        draft.content,
        most_days=book["payment.days_max"],
        lpr_bp=book["payment.lpr_yearly_bp"],
    )
    draft.payment_days, draft.late_rate_bp = payment_days, late_rate_bp


def days_to_pay(ctx: Ctx, contract: Contract) -> int:
    """Calendar days from acceptance: as agreed, else as the rulebook has it (payment.days)."""
    if contract.payment_days is not None:
        return contract.payment_days
    return int(rules_of(ctx, contract.ruleset_id)["payment.days"])


def first_reminder(ctx: Ctx, contract: Contract, payment_due_at: datetime) -> datetime:
    """When the payer is reminded for the first time (rulebook payment.remind_days_before)."""
    before = timedelta(days=int(rules_of(ctx, contract.ruleset_id)["payment.remind_days_before"]))
    return max(payment_due_at - before, ctx.now)


def dispute(ctx: Ctx, milestone_id: str, *, disputed_fen: int, reason: str) -> MilestoneDispute:
    """The buyer disputes a part of an accepted milestone; the rest stays due on its date.

    A department disputes what it has not paid yet: the disputed part waits as due, the rest is paid; an order that is
    approved and has not left is stopped. What is on its way is not: then the dispute is on record only (state `sent`).
    Raises DisputeTooLarge, DisputeTooLate, NotDisputable, ReasonMissing. Source: rulebook payment.undisputed_part_due.
    """
    ctx.require("delivery.accept")
    part, contract = _accepted(ctx, milestone_id, side="buyer")
    before = queries.dispute_of(ctx, part.id)
    if before is not None and before.state != "sent":
        raise NotDisputable
    if not 0 < disputed_fen <= part.amount_fen:
        raise DisputeTooLarge(field="amount", most=yuan(part.amount_fen))
    row = before or MilestoneDispute(milestone_id=part.id, contract_id=contract.id)
    row.disputed_fen, row.reason, row.state, row.raised_at = disputed_fen, rules.required(reason), "open", ctx.now
    ctx.session.add(row)
    ctx.session.flush()
    if contract.encumbrance_id is not None and _stop_orders(ctx, contract, row) == "sent":
        if before is not None:
            raise NotDisputable
        row.state, row.ended_at = "sent", ctx.now
    ctx.record(
        MilestoneDisputed(
            subject=f"contract/{contract.id}",
            milestone_id=part.id,
            disputed_fen=disputed_fen,
            reason=row.reason,
            sent=row.state == "sent",
        )
    )
    _tell_payments(ctx, contract, part)
    ctx.session.flush()
    return row


def _stop_orders(ctx: Ctx, contract: Contract, row: MilestoneDispute) -> str:
    """What became of the payment order of a milestone that is being disputed. Raises DisputeTooLate."""
    told = [follow(ctx, row.milestone_id, "") for follow in ctx.plugins["dispute_followers"].values()]
    stages = balances.stages(ctx, contract.encumbrance_id or "")
    if "paid" in told or stages["due"] + stages["transit"] < row.disputed_fen:
        raise DisputeTooLate
    return "sent" if "sent" in told else ""


def end_dispute(ctx: Ctx, milestone_id: str) -> MilestoneDispute:
    """The buyer withdraws: all is due as from the acceptance. The agency concedes: the part is not owed.

    Who asks decides which; what a department no longer owes goes back to its budget line. Raises NotDisputable, and
    MilestoneNotFound for anybody else's.
    """
    part = queries.milestone(ctx, milestone_id)
    contract = queries.locked(ctx, part.contract_id)
    side = "buyer" if queries.is_side(ctx, contract, "buyer") else "agency"
    if not queries.is_side(ctx, contract, side):
        raise MilestoneNotFound
    ctx.require("delivery.accept" if side == "buyer" else "contract.deliver")
    row = queries.dispute_of(ctx, part.id)
    if row is None or row.state != "open":
        raise NotDisputable
    row.state, row.ended_at = ("withdrawn" if side == "buyer" else "conceded"), ctx.now
    for follow in ctx.plugins["dispute_followers"].values():
        follow(ctx, part.id, row.state)
    if row.state == "conceded" and contract.encumbrance_id is not None:
        reference = f"dispute/{part.id}"
        budgets.forfeit(ctx, contract.encumbrance_id, amount_fen=row.disputed_fen, reference=reference)
    _tell_payments(ctx, contract, part)
    ctx.record(DisputeEnded(subject=f"contract/{contract.id}", milestone_id=part.id, state=row.state))
    return row


def _tell_payments(ctx: Ctx, contract: Contract, part: Milestone) -> None:
    """The payment order of a department follows the dispute."""
    if contract.encumbrance_id is not None:
        ctx.promise("payment.follow_dispute", part.id, ctx.now)


def _accepted(ctx: Ctx, milestone_id: str, *, side: str) -> tuple[Milestone, Contract]:
    contract = queries.locked(ctx, queries.milestone(ctx, milestone_id).contract_id)
    part = ctx.session.get(Milestone, milestone_id, populate_existing=True)
    if part is None or not queries.is_side(ctx, contract, side):
        raise MilestoneNotFound
    if part.payment_due_at is None:
        raise NotDisputable
    return part, contract
