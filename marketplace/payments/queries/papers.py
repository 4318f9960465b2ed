"""Reading invoices, deductions and the accounts of contracts."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, or_, select

from marketplace.kernel.context import Ctx
from marketplace.payments.errors import ChangeNotFound, InvoiceNotFound, PaymentNotFound
from marketplace.payments.models import ContractPayee, Invoice, PayeeChange, PaymentLine, PaymentOrder


def contract_payee(ctx: Ctx, contract_id: str) -> ContractPayee | None:
    """The account a contract pays to, or None before one was fixed."""
    return ctx.session.get(ContractPayee, contract_id)


def waiting_changes(ctx: Ctx, organisation_id: str) -> Sequence[PayeeChange]:
    """Changes of accounts that a department or an agency waits for, oldest first."""
    mine = or_(PayeeChange.department_id == organisation_id, PayeeChange.agency_id == organisation_id)
    wanted = select(PayeeChange).where(PayeeChange.open_key.is_not(None), mine)
    return ctx.session.scalars(wanted.order_by(PayeeChange.id)).all()


def waiting_change(ctx: Ctx, change_id: str) -> PayeeChange:
    """An undecided change of the actor's department. Raises ChangeNotFound."""
    mine = ctx.actor.organisation_id or ""
    found = next((row for row in waiting_changes(ctx, mine) if row.id == change_id), None)
    if found is None:
        raise ChangeNotFound
    return found


def lines(ctx: Ctx, order_id: str) -> Sequence[PaymentLine]:
    """What an order leaves out, oldest first."""
    wanted = select(PaymentLine).where(PaymentLine.order_id == order_id)
    return ctx.session.scalars(wanted.order_by(PaymentLine.id)).all()


def booked_lines(ctx: Ctx, milestone_id: str, kind: str) -> Sequence[PaymentLine]:
    """What approved orders of a milestone left out as one kind, each once however often it was copied."""
    wanted = select(PaymentLine).join(PaymentOrder, PaymentOrder.id == PaymentLine.order_id)
    rows = ctx.session.scalars(
        wanted.where(PaymentOrder.milestone_id == milestone_id, PaymentLine.booked, PaymentLine.kind == kind)
    )
    return list({row.origin_id: row for row in rows}.values())


def line(ctx: Ctx, line_id: str) -> PaymentLine:
    """One line. Raises PaymentNotFound."""
    found = ctx.session.get(PaymentLine, line_id)
    if found is None:
        raise PaymentNotFound
    return found


def applications(department_id: str) -> Select[PaymentOrder]:
    """Treasury orders of a department whose application is frozen; key (id,)."""
    mine = PaymentOrder.department_id == department_id
    return select(PaymentOrder).where(mine, PaymentOrder.gateway == "treasury", PaymentOrder.payload.is_not(None))


def application(ctx: Ctx, number: str) -> PaymentOrder:
    """One of them, of the actor's department. Raises PaymentNotFound."""
    mine = applications(ctx.actor.organisation_id or "").where(PaymentOrder.number == number)
    found = ctx.session.scalar(mine)
    if found is None:
        raise PaymentNotFound
    return found


def invoice(ctx: Ctx, invoice_id: str) -> Invoice:
    """One invoice, for its department, its agency and auditors. Raises InvoiceNotFound."""
    found = ctx.session.get(Invoice, invoice_id)
    sides = {found.department_id, found.agency_id} if found else set()
    if found is None or not (ctx.actor.may("ledger.read") or ctx.actor.organisation_id in sides):
        raise InvoiceNotFound
    return found


def invoice_by_number(ctx: Ctx, number: str) -> Invoice | None:
    """The invoice with that number, or None; where paper ones share it, the first."""
    return ctx.session.scalar(select(Invoice).where(Invoice.number == number).order_by(Invoice.id).limit(1))


def invoices_for(ctx: Ctx) -> Select[Invoice]:
    """Invoices the actor may read; key (id,)."""
    if ctx.actor.may("ledger.read"):
        return select(Invoice)
    mine = ctx.actor.organisation_id or ""
    return select(Invoice).where(or_(Invoice.department_id == mine, Invoice.agency_id == mine))


def invoices_of(ctx: Ctx, milestone_id: str) -> Sequence[Invoice]:
    """Invoices of a milestone, oldest first."""
    return ctx.session.scalars(select(Invoice).where(Invoice.milestone_id == milestone_id).order_by(Invoice.id)).all()


def invoiced_fen(ctx: Ctx, milestone_id: str, states: Collection[str]) -> int:
    """Gross fen of a milestone's invoices in these states, less what red ones took back."""
    counted = [row for row in invoices_of(ctx, milestone_id) if row.state in states]
    return sum(-row.gross_fen if row.red_of else row.gross_fen for row in counted)
