"""The verbs on payment orders, up to the moment a worker takes them to the wire."""

from dataclasses import asdict

from marketplace.budgets import service as budgets
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import Fen
from marketplace.payments import queries, rules
from marketplace.payments.errors import (
    AccountInvalid,
    AlreadyPaying,
    AlreadySent,
    BankMissing,
    NotReplaceable,
    PayeeChanged,
    PayeeMissing,
    PayeeUnsuited,
    PaymentNotFound,
    ReasonNeeded,
    SamePerson,
)
from marketplace.payments.events import (
    OrderApproved,
    OrderHeld,
    OrderPrepared,
    OrderResumed,
    OrderSentBack,
    OrderSubmitted,
    OrderWithdrawn,
    PayeeRegistered,
    ResendAllowed,
)
from marketplace.payments.evidence import (
    apply_observation,
    confirm_receipt,
    enter_receipt,
    locked,
    own,
    who,
)
from marketplace.payments.inbox import apply_notice, record_notice
from marketplace.payments.models import PayeeDetails, PaymentOrder
from marketplace.payments.ports import Payee

__all__ = [
    "apply_notice",
    "apply_observation",
    "approve",
    "confirm_receipt",
    "enter_receipt",
    "hold",
    "make_due_now",
    "prepare",
    "record_notice",
    "replace",
    "resend",
    "resume",
    "send_back",
    "set_payee",
    "submit",
    "withdraw",
]


def set_payee(ctx: Ctx, agency_id: str, *, kind: str, account: str, bank_name: str = "") -> PayeeDetails:
    """收款信息: say where an agency is paid; the name is always the registered one.

    kind: bank_account, alipay_user_id or alipay_logon_id. Orders already submitted keep what they had and are
    refused at approval. Raises AccountInvalid, BankMissing, PaymentNotFound.
    """
    ctx.require("agency.edit")
    if ctx.actor.kind not in {"system", "terminal"} and ctx.actor.organisation_id != agency_id:
        raise PaymentNotFound
    account = account.replace(" ", "")
    if not rules.account_fits(kind, account):
        raise AccountInvalid(field="account")
    if kind == "bank_account" and not bank_name.strip():
        raise BankMissing(field="bank_name")
    row = queries.payee(ctx, agency_id) or PayeeDetails(agency_id=agency_id)
    row.kind, row.account, row.account_hint = kind, ctx.keys.encrypt(account.encode()), rules.mask(account)
    row.name, row.bank_name = queries.agency_name(ctx, agency_id), bank_name.strip()
    row.changed_at, row.changed_by = ctx.now, who(ctx)
    ctx.session.add(row)
    ctx.record(PayeeRegistered(subject=f"agency/{agency_id}", kind=kind))
    ctx.session.flush()
    return row


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
    row = own(ctx, _draft(ctx, queries.due_facts(ctx, milestone_id)))
    row.replaces = before.id if before else None
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(
        OrderPrepared(
            subject=f"payment/{row.id}",
            number=row.number,
            milestone_id=row.milestone_id,
            amount_fen=row.amount_fen,
            gateway=row.gateway,
            replaces=row.replaces,
        )
    )
    return row


def submit(ctx: Ctx, order_id: str) -> PaymentOrder:
    """经办: take the payee as the agency has registered it and put the order before a second person.

    Raises PayeeMissing, PayeeUnsuited, WrongState.
    """
    ctx.require("payment.make")
    row = own(ctx, locked(ctx, order_id))
    state = rules.STATES.move(row.state, "submit")
    details = _registered(ctx, row)
    if details.kind not in queries.gateway(ctx, row.gateway).caps.payee_kinds:
        raise PayeeUnsuited
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

    Raises SamePerson, PayeeChanged, PayeeUnsuited, WrongState and what the budget refuses.
    """
    ctx.require("payment.approve")
    row = own(ctx, locked(ctx, order_id))
    state = rules.STATES.move(row.state, "approve")
    if row.made_by == who(ctx):
        raise SamePerson
    payee = _unchanged_payee(ctx, row)
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
    """恢复: a held order goes on where it was stopped. Raises WrongState."""
    ctx.require("payment.approve")
    row = own(ctx, locked(ctx, order_id))
    row.state, row.held_from = rules.STATES.move(row.state, f"resume_{row.held_from}"), None
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
    if queries.live_for(ctx, row.milestone_id) is not None:
        raise AlreadyPaying
    return prepare(ctx, row.milestone_id)


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


def _draft(ctx: Ctx, facts: queries.DueFacts) -> PaymentOrder:
    return PaymentOrder(
        id=ctx.new_id(),
        # The tail keeps numbers apart at the provider even when a restored backup counts from an older value.
        number=f"{ctx.number('ZF')}-{ctx.entropy(3).hex().upper()}",
        live_key=facts.milestone_id,
        gateway=queries.gateway_name(ctx, facts.encumbrance_id),
        state="draft",
        prepared_at=ctx.now,
        provider_ids={},
        **asdict(facts),
    )


def _registered(ctx: Ctx, row: PaymentOrder) -> PayeeDetails:
    name = queries.agency_name(ctx, row.agency_id)
    details = queries.payee(ctx, row.agency_id)
    if details is None:
        raise PayeeMissing(agency=name)
    if details.name != name:
        raise PayeeChanged
    return details


def _unchanged_payee(ctx: Ctx, row: PaymentOrder) -> Payee:
    """The payee as submitted, if the agency still says the same. Raises PayeeChanged."""
    details = _registered(ctx, row)
    now = (details.kind, ctx.keys.decrypt(details.account), details.name, details.bank_name)
    assert row.payee_account is not None
    if now != (row.payee_kind, ctx.keys.decrypt(row.payee_account), row.payee_name, row.payee_bank):
        raise PayeeChanged
    return Payee(details.kind, now[1].decode(), details.name, details.bank_name)  # type: ignore[arg-type]


def _said(reason: str) -> str:
    if not reason.strip():
        raise ReasonNeeded(field="reason")
    return reason.strip()[:400]
