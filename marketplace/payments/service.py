"""The verbs on payment orders, up to the moment a worker takes them to the wire."""

from dataclasses import replace as replaced

from marketplace.budgets import service as budgets
from marketplace.contracts import queries as contracts
from marketplace.kernel.clock import at_shanghai
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import Fen
from marketplace.payments import deductions, invoices, payees, queries, rules
from marketplace.payments.deductions import deduct, drop
from marketplace.payments.drafting import open_order
from marketplace.payments.errors import (
    AlreadyPaying,
    AlreadySent,
    NotReplaceable,
    PayeeUnsuited,
    ReasonNeeded,
    SamePerson,
)
from marketplace.payments.events import (
    OrderApproved,
    OrderHeld,
    OrderResumed,
    OrderSentBack,
    OrderSubmitted,
    OrderWithdrawn,
    ResendAllowed,
)
from marketplace.payments.evidence import apply_observation, locked, own, who
from marketplace.payments.inbox import apply_notice, record_notice
from marketplace.payments.models import PaymentOrder
from marketplace.payments.payees import ask_change, decide_change, set_payee
from marketplace.payments.queries import claims
from marketplace.payments.receipts import confirm_receipt, enter_receipt, take_receipt_file

__all__ = [
    "apply_notice",
    "apply_observation",
    "approve",
    "ask_change",
    "confirm_receipt",
    "decide_change",
    "deduct",
    "drop",
    "enter_receipt",
    "follow_dispute",
    "hold",
    "make_due_now",
    "prepare",
    "prepare_retention",
    "record_notice",
    "replace",
    "resend",
    "resume",
    "send_back",
    "set_payee",
    "submit",
    "take_receipt_file",
    "withdraw",
]


def prepare(ctx: Ctx, milestone_id: str) -> PaymentOrder:
    """Draw up the order for an accepted milestone; a live one is returned as it is.

    A person who prepares is its maker only once he submits it. Raises NothingDue.
    """
    ctx.require("payment.make")
    ctx.lock(f"payment-milestone/{milestone_id}")
    live = queries.live_for(ctx, milestone_id)
    if live is not None:
        return own(ctx, live)
    before = queries.last_for(ctx, milestone_id)
    facts = claims.due_facts(ctx, milestone_id, needed_fen=before.amount_fen if before else None)
    return open_order(ctx, facts, milestone_id, before)


def prepare_retention(ctx: Ctx, line_id: str) -> PaymentOrder:
    """返还质保金: draw up the order for what was retained, when its day has come. Raises NothingDue."""
    ctx.require("payment.make")
    line = queries.line(ctx, line_id)
    first = queries.order(ctx, line.order_id)
    ctx.lock(f"payment-milestone/{first.milestone_id}")
    live = queries.live_for(ctx, line_id)
    if live is not None:
        return own(ctx, live)
    facts = claims.due_facts(ctx, first.milestone_id, needed_fen=line.amount_fen)
    assert line.release_on is not None
    due_at = at_shanghai(line.release_on) + (facts.due_at - claims.accepted_at(ctx, first.milestone_id))
    facts = replaced(facts, amount_fen=line.amount_fen, title=f"{facts.title}质保金", due_at=due_at)
    return open_order(ctx, facts, line_id, queries.last_for(ctx, line_id))


def follow_dispute(ctx: Ctx, milestone_id: str) -> PaymentOrder | None:
    """A dispute was raised or has ended: the draft follows; what was left out and is owed after all gets an order.

    Its date is the milestone's own, so it is late from the first day. Returns that order, if one was drawn up.
    """
    ctx.require("payment.make")
    live = queries.live_for(ctx, milestone_id)
    if live is None and queries.last_for(ctx, milestone_id) is None:
        return prepare(ctx, milestone_id)
    if live is not None:
        deductions.follow_dispute(ctx, locked(ctx, live.id))
    if contracts.disputed_fen(ctx, milestone_id):
        return None
    for line in queries.booked_lines(ctx, milestone_id, deductions.DISPUTE):
        if queries.live_for(ctx, line.origin_id) is None:
            ctx.lock(f"payment-milestone/{milestone_id}")
            facts = claims.due_facts(ctx, milestone_id, needed_fen=line.amount_fen)
            facts = replaced(facts, amount_fen=line.amount_fen, title=f"{facts.title}争议款")
            return open_order(ctx, facts, line.origin_id, queries.last_for(ctx, line.origin_id))
    return None


def submit(ctx: Ctx, order_id: str, *, without_invoice: str = "") -> PaymentOrder:
    """经办: take the payee of the contract and put the order before a second person.

    without_invoice: why it is to be paid before its invoice, for the checker to see. Raises PayeeMissing,
    ContractPayeeDiffers, PayeeUnsuited, InvoiceMissing, NothingUndisputed, WrongState.
    """
    ctx.require("payment.make")
    row = own(ctx, locked(ctx, order_id))
    state = rules.STATES.move(row.state, "submit")
    deductions.follow_dispute(ctx, row)
    details = payees.for_order(ctx, row)
    if details.kind not in queries.gateway(ctx, row.gateway).caps.payee_kinds:
        raise PayeeUnsuited
    invoices.require(ctx, row, without=without_invoice)
    row.payee_kind, row.payee_account, row.payee_hint = details.kind, details.account, details.account_hint
    row.payee_name, row.payee_bank = details.name, details.bank_name
    row.state, row.made_by, row.made_at = state, who(ctx), ctx.now
    ctx.record(OrderSubmitted(subject=f"payment/{row.id}", number=row.number))
    return row


def send_back(ctx: Ctx, order_id: str, *, reason: str) -> PaymentOrder:
    """退回: the second person gives the order back to the maker. Raises ReasonNeeded, WrongState."""
    ctx.require("payment.approve")
    row = own(ctx, locked(ctx, order_id))
    row.state, row.reason = rules.STATES.move(row.state, "send_back"), _said(reason)
    ctx.record(OrderSentBack(subject=f"payment/{row.id}", number=row.number, reason=row.reason))
    return row


def approve(ctx: Ctx, order_id: str) -> PaymentOrder:
    """复核: a second person approves; the payload is frozen, the money is in transit, a worker may send.

    Raises SamePerson, PayeeChanged, PayeeUnsuited, DisputeOpen, WrongState and what the budget refuses.
    """
    ctx.require("payment.approve")
    row = own(ctx, locked(ctx, order_id))
    state = rules.STATES.move(row.state, "approve")
    if row.made_by == who(ctx):
        raise SamePerson
    deductions.require_followed(ctx, row)
    payee = payees.unchanged(ctx, row)
    try:
        frozen = queries.gateway(ctx, row.gateway).prepare_transfer(
            row.number, Fen(row.amount_fen), payee, row.title[:64], f"合同{row.contract_number}"
        )
    except ValueError as error:
        raise PayeeUnsuited from error
    row.payload, row.digest = ctx.keys.encrypt(frozen.payload), frozen.digest
    row.state, row.approved_by, row.approved_at = state, who(ctx), ctx.now
    row.next_action_at, row.next_what = ctx.now, "send"
    ctx.session.flush()
    deductions.book(ctx, row)
    budgets.to_transit(ctx, row.encumbrance_id, amount_fen=row.amount_fen, reference=queries.reference(row))
    ctx.promise("payment.send", row.id, ctx.now)
    ctx.record(
        OrderApproved(subject=f"payment/{row.id}", number=row.number, amount_fen=row.amount_fen, digest=frozen.digest)
    )
    return row


def hold(ctx: Ctx, order_id: str, *, reason: str) -> PaymentOrder:
    """暂停: stop an order that has not left. Raises AlreadySent, ReasonNeeded, WrongState."""
    ctx.require("payment.make")
    row = own(ctx, locked(ctx, order_id))
    if row.state in rules.SENT or row.sends:
        raise AlreadySent
    state = rules.STATES.move(row.state, "hold")
    row.held_from, row.state, row.reason, row.next_action_at = row.state, state, _said(reason), None
    ctx.record(OrderHeld(subject=f"payment/{row.id}", number=row.number, reason=row.reason))
    return row


def resume(ctx: Ctx, order_id: str) -> PaymentOrder:
    """恢复: a held order goes on where it was stopped. Raises DisputeOpen, WrongState."""
    ctx.require("payment.approve")
    row = own(ctx, locked(ctx, order_id))
    state = rules.STATES.move(row.state, f"resume_{row.held_from}")
    deductions.require_followed(ctx, row)
    row.state, row.held_from = state, None
    row.next_action_at = ctx.now if row.state == "approved" else None
    ctx.record(OrderResumed(subject=f"payment/{row.id}", number=row.number))
    return row


def withdraw(ctx: Ctx, order_id: str, *, reason: str) -> PaymentOrder:
    """作废: give up a held order that never left; what it held is due again. Raises ReasonNeeded, WrongState."""
    ctx.require("payment.approve")
    row = own(ctx, locked(ctx, order_id))
    row.state, row.reason = rules.STATES.move(row.state, "withdraw"), _said(reason)
    if row.held_from == "approved":
        budgets.back_to_due(ctx, row.encumbrance_id, amount_fen=row.amount_fen, reference=queries.reference(row))
    row.live_key, row.finished_at = None, ctx.now
    ctx.record(OrderWithdrawn(subject=f"payment/{row.id}", number=row.number, reason=row.reason))
    return row


def replace(ctx: Ctx, order_id: str) -> PaymentOrder:
    """重新发起: a new order with a new number after a refused, returned or withdrawn one. Raises NotReplaceable."""
    ctx.require("payment.make")
    row = own(ctx, locked(ctx, order_id))
    if row.state not in rules.REPLACEABLE:
        raise NotReplaceable
    if queries.live_for(ctx, row.claim_id) is not None:
        raise AlreadyPaying
    if row.claim_id == row.milestone_id:
        return prepare(ctx, row.milestone_id)
    if queries.line(ctx, row.claim_id).kind == deductions.DISPUTE:
        return follow_dispute(ctx, row.milestone_id) or row
    return prepare_retention(ctx, row.claim_id)


def resend(ctx: Ctx, order_id: str, *, reason: str) -> PaymentOrder:
    """Allow one more send of the same number on a rail that does not remove doubles, if it still is not found there.

    Raises ReasonNeeded, WrongState.
    """
    ctx.require("payment.approve")
    row = own(ctx, locked(ctx, order_id))
    row.state = rules.STATES.move(row.state, "resend")
    row.resend_allowed, row.attention, row.reason = True, False, _said(reason)
    row.next_action_at, row.next_what = ctx.now, "query"
    ctx.record(ResendAllowed(subject=f"payment/{row.id}", number=row.number, reason=row.reason))
    return row


def make_due_now(ctx: Ctx, order_id: str) -> None:
    """Let the next worker take an open order at once; others are left alone."""
    row = locked(ctx, order_id)
    if row.state in rules.OPEN and (row.next_action_at is None or row.next_action_at > ctx.now):
        row.next_action_at = ctx.now


def _said(reason: str) -> str:
    if not reason.strip():
        raise ReasonNeeded(field="reason")
    return reason.strip()[:400]
