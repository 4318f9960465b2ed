"""The course of an order: exchanges, facts learnt, steps on the record, its money and its clock."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select

from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow
from marketplace.ledger import queries as ledger
from marketplace.ledger.errors import PostingNotFound
from marketplace.ledger.queries import TraceStep
from marketplace.payments import rules
from marketplace.payments.models import PaymentAttempt, PaymentObservation, PaymentOrder
from marketplace.payments.ports import Outcome
from marketplace.payments.queries import reference


def attempts(ctx: Ctx, order_id: str) -> Sequence[PaymentAttempt]:
    """Exchanges with the provider in their order."""
    wanted = select(PaymentAttempt).where(PaymentAttempt.order_id == order_id)
    return ctx.session.scalars(wanted.order_by(PaymentAttempt.fence)).all()


def last_send(ctx: Ctx, order_id: str) -> datetime | None:
    """When the newest send that may have left was begun, or None."""
    # An attempt without an outcome is one whose worker died: it may have left.
    wanted = select(func.max(PaymentAttempt.started_at)).where(
        PaymentAttempt.order_id == order_id,
        PaymentAttempt.what == "send",
        or_(PaymentAttempt.outcome.is_(None), PaymentAttempt.outcome != Outcome.NOT_SENT.value),
    )
    return ctx.session.scalar(wanted)


def observations(ctx: Ctx, order_id: str) -> Sequence[PaymentObservation]:
    """Facts learnt about an order in their order."""
    wanted = select(PaymentObservation).where(PaymentObservation.order_id == order_id)
    return ctx.session.scalars(wanted.order_by(PaymentObservation.id)).all()


def steps(ctx: Ctx, order_id: str) -> Sequence[EventRow]:
    """Everything on the record about an order, oldest first."""
    wanted = select(EventRow).where(EventRow.subject == f"payment/{order_id}")
    return ctx.session.scalars(wanted.order_by(EventRow.id)).all()


def trace(ctx: Ctx, found: PaymentOrder) -> list[TraceStep]:
    """The order's money, posting by posting, back to the appropriation; empty before approval."""
    try:
        return ledger.trace(ctx, reference(found))
    except PostingNotFound:
        return []


def clock_of(found: PaymentOrder, now: datetime) -> rules.PayClock:
    """The statutory clock of an order: until it was paid, or until now."""
    until = found.finished_at if found.state == "paid" and found.finished_at else now
    return rules.pay_clock(
        shanghai_date(found.due_at),
        shanghai_date(until),
        found.amount_fen,
        daily_bp=found.daily_bp,
        yearly_bp=found.late_rate_bp,
    )
