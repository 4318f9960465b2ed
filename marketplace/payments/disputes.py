"""争议款 against an order that is approved: what has not left is stopped as the dispute is raised, not later."""

from typing import Literal

from marketplace.budgets import service as budgets
from marketplace.contracts import queries as contracts
from marketplace.kernel.context import Ctx
from marketplace.payments import queries, rules
from marketplace.payments.deductions import DISPUTE
from marketplace.payments.drafting import open_order
from marketplace.payments.events import OrderHeld, OrderResumed, OrderWithdrawn
from marketplace.payments.evidence import locked
from marketplace.payments.models import PaymentOrder
from marketplace.payments.queries import claims

Stopped = Literal["", "held", "sent", "paid"]


def stop(ctx: Ctx, milestone_id: str) -> Stopped:
    """A milestone is disputed: stop its approved order unless that has left.

    The order is held, so that no worker takes it any more. Where a part is not disputed the order is withdrawn and a
    draft for that part takes its place, with the same date. Returns `sent` where a request may have left, `paid`
    where the money has moved: then nothing is stopped.
    """
    live = queries.live_for(ctx, milestone_id)
    row = locked(ctx, live.id) if live is not None else None
    if row is None or row.live_key is None:
        return ""
    if row.state == "paid":
        return "paid"
    if row.state in rules.SENT or row.sends:
        return "sent"
    if row.state != "approved" and row.held_from != "approved":
        return ""
    dispute = contracts.dispute_of(ctx, milestone_id)
    assert dispute is not None
    _hold(ctx, row, f"争议：{dispute.reason}"[:400])
    if dispute.disputed_fen < row.amount_fen:
        _withdraw(ctx, row)
        facts = claims.due_facts(ctx, milestone_id, needed_fen=row.amount_fen)
        open_order(ctx, facts, milestone_id, row)
    return "held"


def end(ctx: Ctx, milestone_id: str, state: str) -> None:
    """The dispute has ended: the order that was held for it goes on, or is given up with what the agency concedes."""
    live = queries.live_for(ctx, milestone_id)
    row = locked(ctx, live.id) if live is not None else None
    if row is None or row.state != "held" or row.held_from != "approved" or not _holds_it(ctx, row):
        return
    if state == "conceded":
        _withdraw(ctx, row)
    elif row.held_for_dispute:
        _resume(ctx, row)


def _holds_it(ctx: Ctx, row: PaymentOrder) -> bool:
    """Whether the disputed part stands in this order, and was not left out of it."""
    return all(line.kind != DISPUTE for line in queries.lines(ctx, row.id))


def _resume(ctx: Ctx, row: PaymentOrder) -> None:
    row.held_for_dispute = False
    row.state, row.held_from = rules.STATES.move(row.state, f"resume_{row.held_from}"), None
    row.next_action_at, row.reason = ctx.now, ""
    ctx.promise("payment.send", row.id, ctx.now)
    ctx.record(OrderResumed(subject=f"payment/{row.id}", number=row.number))
    ctx.session.flush()


def _hold(ctx: Ctx, row: PaymentOrder, reason: str) -> None:
    row.reason, row.next_action_at = reason, None
    if row.state == "approved":
        row.held_from, row.state, row.held_for_dispute = row.state, rules.STATES.move(row.state, "hold"), True
        ctx.record(OrderHeld(subject=f"payment/{row.id}", number=row.number, reason=reason))
    ctx.session.flush()


def _withdraw(ctx: Ctx, row: PaymentOrder) -> None:
    row.state, row.live_key, row.finished_at = rules.STATES.move(row.state, "withdraw"), None, ctx.now
    row.held_for_dispute = False
    budgets.back_to_due(ctx, row.encumbrance_id, amount_fen=row.amount_fen, reference=queries.reference(row))
    ctx.record(OrderWithdrawn(subject=f"payment/{row.id}", number=row.number, reason=row.reason))
    ctx.session.flush()
