"""Reading payment orders, their steps and who is paid late."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from marketplace.agencies import queries as agencies
from marketplace.budgets import queries as budgets
from marketplace.budgets.queries import balances
from marketplace.contracts import queries as contracts
from marketplace.identity.models import Login
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow
from marketplace.ledger import queries as ledger
from marketplace.ledger.errors import PostingNotFound
from marketplace.ledger.queries import TraceStep
from marketplace.payments import plain_orders, rules
from marketplace.payments.errors import GatewayMissing, NothingDue, PaymentNotFound
from marketplace.payments.models import (
    PayeeDetails,
    PaymentAttempt,
    PaymentObservation,
    PaymentOrder,
)
from marketplace.payments.ports import Gateway, Outcome
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
from marketplace.rulebook import queries as rulebook


@dataclass(frozen=True, slots=True)
class DueFacts:
    """What a payment order takes from contract and budget; amounts in fen."""

    milestone_id: str
    contract_id: str
    contract_number: str
    title: str
    department_id: str
    agency_id: str
    encumbrance_id: str
    amount_fen: int
    due_at: datetime
    daily_bp: int
    late_rate_bp: int | None


def due_facts(ctx: Ctx, milestone_id: str, *, needed_fen: int | None = None) -> DueFacts:
    """An accepted milestone whose money stands as due in a budget. Raises NothingDue, MilestoneNotFound.

    needed_fen: what must still be due; the undisputed amount unless parts of it were deducted before.
    """
    milestone = contracts.milestone(ctx, milestone_id)
    contract = contracts.contract(ctx, milestone.contract_id)
    if contract.encumbrance_id is None or milestone.payment_due_at is None or milestone.amount_fen <= 0:
        raise NothingDue
    owed_fen = milestone.amount_fen - contracts.disputed_fen(ctx, milestone.id) if needed_fen is None else needed_fen
    if owed_fen <= 0 or balances.stages(ctx, contract.encumbrance_id)["due"] < owed_fen:
        raise NothingDue
    return DueFacts(
        milestone_id=milestone.id,
        contract_id=contract.id,
        contract_number=contract.number,
        title=f"{contract.title}（{milestone.title}）",
        department_id=contract.buyer_id,
        agency_id=contract.agency_id,
        encumbrance_id=contract.encumbrance_id,
        amount_fen=milestone.amount_fen,
        due_at=milestone.payment_due_at,
        daily_bp=int(rulebook.rules_of(ctx, contract.ruleset_id)["payment.overdue_daily_bp"]),
        late_rate_bp=contract.late_rate_bp,
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


def orders_of_contract(ctx: Ctx, contract_id: str) -> Sequence[PaymentOrder]:
    """Every order of a contract, oldest first."""
    return ctx.session.scalars(
        select(PaymentOrder).where(PaymentOrder.contract_id == contract_id).order_by(PaymentOrder.id)
    ).all()


def due(ctx: Ctx, limit: int) -> list[str]:
    """Ids of orders that want an exchange now and that no worker holds, oldest first."""
    wanted = (
        select(PaymentOrder.id)
        .where(*plain_orders.is_free(ctx.now))
        .order_by(PaymentOrder.next_action_at, PaymentOrder.id)
        .limit(limit)
    )
    return list(ctx.session.scalars(wanted))


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


def reference(found: plain_orders.Order) -> str:
    """What the order's postings carry."""
    return f"payment/{found.number}"


def payee(ctx: Ctx, agency_id: str) -> PayeeDetails | None:
    """Where an agency wants to be paid, or None."""
    return ctx.session.get(PayeeDetails, agency_id)


def accepted_at(ctx: Ctx, milestone_id: str) -> datetime:
    """When a milestone that is due was accepted."""
    found = contracts.milestone(ctx, milestone_id).accepted_at
    assert found is not None
    return found


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


def names(ctx: Ctx, logins: Collection[str]) -> dict[str, str]:
    """Names of people by login id; system and terminal are named as what they are."""
    known = {"system": "系统", "terminal": "系统终端"}
    found = ctx.session.execute(select(Login.id, Login.name).where(Login.id.in_(logins)))
    return {**known, **{row.id: row.name for row in found}}
