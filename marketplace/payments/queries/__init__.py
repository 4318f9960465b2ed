"""Reading payment orders: which there are, who may read them, and the rail that carries them."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, or_, select

from marketplace.agencies import queries as agencies
from marketplace.budgets import queries as budgets
from marketplace.identity.models import Login
from marketplace.kernel.context import Ctx
from marketplace.payments import plain_orders
from marketplace.payments.errors import GatewayMissing, PaymentNotFound
from marketplace.payments.models import PayeeDetails, PaymentOrder
from marketplace.payments.ports import Gateway
from marketplace.payments.queries.papers import (
    application as application,
)
from marketplace.payments.queries.papers import (
    applications as applications,
)
from marketplace.payments.queries.papers import (
    booked_lines as booked_lines,
)
from marketplace.payments.queries.papers import (
    contract_payee as contract_payee,
)
from marketplace.payments.queries.papers import (
    invoice as invoice,
)
from marketplace.payments.queries.papers import (
    invoice_by_number as invoice_by_number,
)
from marketplace.payments.queries.papers import (
    invoiced_fen as invoiced_fen,
)
from marketplace.payments.queries.papers import (
    invoices_for as invoices_for,
)
from marketplace.payments.queries.papers import (
    invoices_of as invoices_of,
)
from marketplace.payments.queries.papers import (
    line as line,
)
from marketplace.payments.queries.papers import (
    lines as lines,
)
from marketplace.payments.queries.papers import (
    waiting_change as waiting_change,
)
from marketplace.payments.queries.papers import (
    waiting_changes as waiting_changes,
)
from marketplace.payments.queries.receipts import (
    changed_files as changed_files,
)
from marketplace.payments.queries.receipts import (
    filed_receipts as filed_receipts,
)
from marketplace.payments.queries.receipts import (
    proof_of as proof_of,
)
from marketplace.payments.queries.receipts import (
    receipt_file as receipt_file,
)
from marketplace.payments.queries.receipts import (
    receipt_folder as receipt_folder,
)
from marketplace.payments.queries.receipts import (
    receipt_request as receipt_request,
)
from marketplace.payments.queries.receipts import (
    receipts as receipts,
)
from marketplace.payments.queries.receipts import (
    receipts_due as receipts_due,
)


def agency_name(ctx: Ctx, agency_id: str) -> str:
    """The registered name of an agency."""
    return agencies.agency(ctx, agency_id).name


def gateway(ctx: Ctx, name: str) -> Gateway:
    """A rail by its name. Raises GatewayMissing."""
    factories = ctx.plugins["payment_gateways"]
    if name not in factories:
        raise GatewayMissing(gateway=name)
    clock: Callable[[], datetime] = lambda: ctx.now  # noqa: E731 - a clock that stands still in this unit of work
    found: Gateway = factories[name](ctx.settings, clock)
    return found


def gateway_name(ctx: Ctx, encumbrance_id: str) -> str:
    """Which rail pays an encumbrance: treasury money has its own, own funds go the configured way."""
    line = budgets.line(ctx, budgets.encumbrance(ctx, encumbrance_id).line_id)
    return "treasury" if line.source == "treasury" else str(ctx.settings["MARKETPLACE_GATEWAY"])


def order(ctx: Ctx, order_id: str) -> PaymentOrder:
    """One payment order. Raises PaymentNotFound."""
    found = ctx.session.get(PaymentOrder, order_id)
    if found is None:
        raise PaymentNotFound
    return found


def readable(ctx: Ctx, found: PaymentOrder | None) -> PaymentOrder:
    """The order for who may read it: its department, its agency, auditors. Raises PaymentNotFound for others."""
    if found is None or not (sees_all(ctx) or ctx.actor.organisation_id in {found.department_id, found.agency_id}):
        raise PaymentNotFound
    return found


def sees_all(ctx: Ctx) -> bool:
    """Auditors, the terminal and the system read every department's payments."""
    return ctx.actor.may("ledger.read")


def by_number(ctx: Ctx, number: str) -> PaymentOrder | None:
    """The order with that number, or None."""
    return ctx.session.scalar(select(PaymentOrder).where(PaymentOrder.number == number))


def live_for(ctx: Ctx, claim_id: str) -> PaymentOrder | None:
    """The live order of a milestone or retention, or None."""
    return ctx.session.scalar(select(PaymentOrder).where(PaymentOrder.live_key == claim_id))


def last_for(ctx: Ctx, claim_id: str) -> PaymentOrder | None:
    """The newest order of a milestone or retention, live or not."""
    wanted = select(PaymentOrder).where(PaymentOrder.claim_id == claim_id)
    return ctx.session.scalar(wanted.order_by(PaymentOrder.id.desc()).limit(1))


def orders(department_id: str | None = None, states: Sequence[str] = ()) -> Select[PaymentOrder]:
    """Orders of one department, or of all, in some states or in any; key (id,)."""
    wanted = select(PaymentOrder)
    if department_id is not None:
        wanted = wanted.where(PaymentOrder.department_id == department_id)
    return wanted.where(PaymentOrder.state.in_(states)) if states else wanted


def orders_for(ctx: Ctx, states: Sequence[str] = ()) -> Select[PaymentOrder]:
    """Orders the actor may read: all for auditors, else those of his department or agency; key (id,)."""
    if sees_all(ctx):
        return orders(None, states)
    mine = ctx.actor.organisation_id or ""
    return orders(None, states).where(or_(PaymentOrder.department_id == mine, PaymentOrder.agency_id == mine))


def orders_of_agency(agency_id: str) -> Select[PaymentOrder]:
    """Orders that pay one agency; key (id,)."""
    return select(PaymentOrder).where(PaymentOrder.agency_id == agency_id)


def due(ctx: Ctx, limit: int) -> list[str]:
    """Ids of orders that want an exchange now and that no worker holds, oldest first."""
    wanted = (
        select(PaymentOrder.id)
        .where(*plain_orders.is_free(ctx.now))
        .order_by(PaymentOrder.next_action_at, PaymentOrder.id)
        .limit(limit)
    )
    return list(ctx.session.scalars(wanted))


def reference(found: plain_orders.Order) -> str:
    """What the order's postings carry."""
    return f"payment/{found.number}"


def payee(ctx: Ctx, agency_id: str) -> PayeeDetails | None:
    """Where an agency wants to be paid, or None."""
    return ctx.session.get(PayeeDetails, agency_id)


def names(ctx: Ctx, logins: Collection[str]) -> dict[str, str]:
    """Names of people by login id; system and terminal are named as what they are."""
    known = {"system": "系统", "terminal": "系统终端"}
    found = ctx.session.execute(select(Login.id, Login.name).where(Login.id.in_(logins)))
    return {**known, **{row.id: row.name for row in found}}
