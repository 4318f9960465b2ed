"""What waits where money is looked after: payments, what enterprises owe, breaks, days, money without an owner."""

from collections.abc import Callable, Iterable
from itertools import islice

from sqlalchemy import select

from marketplace.collection import queries as collections
from marketplace.collection.models import UnallocatedReceipt
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.payments.models import PaymentOrder
from marketplace.portal.home import Line
from marketplace.reconciliation import queries as reconciliation
from marketplace.reconciliation.models import ReconBreak, ReconDay
from marketplace.web.labels import LABELS
from marketplace.web.language import t

LOOKED_AT = 9  # one more than a desk shows


def payments_in(*states: str) -> Callable[[Ctx], Iterable[Line]]:
    """Payment orders of the actor's department in some states."""

    def find(ctx: Ctx) -> list[Line]:
        mine = ctx.actor.organisation_id or ""
        query = select(PaymentOrder).where(PaymentOrder.department_id == mine, PaymentOrder.state.in_(states))
        rows = ctx.session.scalars(query.order_by(PaymentOrder.id).limit(LOOKED_AT))
        return [Line(f"dept/payments/{p.number}", p.title, p.due_at, "付款期限") for p in rows]

    return find


def dues(ctx: Ctx) -> Iterable[Line]:
    """What the actor's enterprise has to pay."""
    for part in islice(collections.due_parts(ctx, ctx.actor.organisation_id or ""), LOOKED_AT):
        yield Line("buyer/payments", f"{part.title}　{yuan(part.amount_fen)}", part.due_at, "付款期限")


def breaks(ctx: Ctx) -> Iterable[Line]:
    """Breaks that have not ended, the oldest first."""
    for row in ctx.session.scalars(reconciliation.breaks().order_by(ReconBreak.id).limit(LOOKED_AT)):
        words = t(LABELS["break.kind"][row.kind])
        yield Line(f"finance/breaks/{row.id}", f"{words}　{yuan(row.amount_fen)}　{row.number}", row.found_at)


def receipts(ctx: Ctx) -> Iterable[Line]:
    """Money that waits for an owner."""
    wanted = collections.receipts("waiting").order_by(UnallocatedReceipt.id).limit(LOOKED_AT)
    for receipt, came in ctx.session.execute(wanted):
        yield Line("finance/receipts", f"{came.number}　{yuan(receipt.amount_fen)}", receipt.occurred_at)


def days(ctx: Ctx) -> Iterable[Line]:
    """Statement days that are not closed, the oldest first: they close in this order."""
    for day in ctx.session.scalars(reconciliation.days(state="open").order_by(ReconDay.day).limit(LOOKED_AT)):
        account = LABELS["recon.account"].get(day.account, day.account)
        yield Line(f"finance/days/{day.id}", f"{t(account)}　{day.day}")
