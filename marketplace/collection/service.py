"""The verbs of collecting: say where an agency is paid, pay, give up, give back, allocate what came late."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from marketplace.collection import books, queries, rules
from marketplace.collection.errors import (
    AlreadyCollecting,
    CollectionNotFound,
    CollectionReasonNeeded,
    CollectionUnsuited,
    HoldingOff,
    MerchantInvalid,
    NothingToCollect,
    NotRefundable,
    ReceiptNotWanted,
    RefundDiffers,
    RefundTooLarge,
)
from marketplace.collection.events import CollectionOpened, MerchantRegistered, ReceiptAllocated, RefundAsked
from marketplace.collection.evidence import apply, apply_refund, locked, take_notice, to
from marketplace.collection.models import Collection, Merchant, Refund
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import Fen, yuan
from marketplace.payments import queries as payments
from marketplace.payments.evidence import who
from marketplace.payments.ports import HoldsMoney, Observation, Outcome, Prepared, Way
from marketplace.payments.rules import mask

__all__ = [
    "allocate", "apply", "apply_refund", "ask", "cancel", "expire", "give_back_receipt", "refund", "set_merchant",
    "take_notice",
]  # fmt: skip


def set_merchant(ctx: Ctx, agency_id: str, *, seller: str) -> Merchant:
    """收款商户号: say to which merchant account enterprises pay an agency. Raises MerchantInvalid."""
    ctx.require("collection.refund")
    if ctx.actor.kind not in {"system", "terminal"} and ctx.actor.organisation_id != agency_id:
        raise CollectionNotFound
    seller = seller.replace(" ", "")
    if not rules.seller_fits(seller):
        raise MerchantInvalid(field="seller")
    row = queries.merchant(ctx, agency_id) or Merchant(agency_id=agency_id)
    row.seller, row.hint = ctx.keys.encrypt(seller.encode()), mask(seller)
    row.changed_at, row.changed_by = ctx.now, who(ctx)
    ctx.session.add(row)
    ctx.record(MerchantRegistered(subject=f"agency/{agency_id}", hint=row.hint))
    ctx.session.flush()
    return row


def ask(ctx: Ctx, milestone_id: str, *, way: Way = "qr", hold: bool = False) -> Collection:
    """付款: an enterprise asks to pay what is due for a milestone, by code or by page, straight to the agency.

    hold: pay before acceptance, and the provider holds it (setting MARKETPLACE_HOLD_DAYS). The command is frozen now; a
    worker offers it at the provider. Raises NothingToCollect, AlreadyCollecting, MerchantMissing, CollectionUnsuited,
    HoldingOff.
    """
    ctx.require("collection.pay")
    ctx.lock(f"collection-milestone/{milestone_id}")
    hold_days = queries.hold_days(ctx) if hold else 0
    if hold and not hold_days:
        raise HoldingOff
    part = queries.held_part(ctx, milestone_id) if hold else queries.due_part(ctx, milestone_id)
    if ctx.actor.kind not in {"system", "terminal"} and ctx.actor.organisation_id != part.buyer_id:
        raise CollectionNotFound
    if queries.live_for(ctx, milestone_id) is not None:
        raise AlreadyCollecting
    merchant = queries.merchant_of(ctx, part.agency_id)
    expires_at = ctx.now + rules.GOOD_FOR
    rail, frozen = _frozen(ctx, part, ctx.keys.decrypt(merchant.seller).decode(), expires_at, way, hold_days)
    row = Collection(
        id=ctx.new_id(),
        live_key=part.milestone_id,
        state="created",
        way=way,
        hold_days=hold_days,
        gateway=rail,
        seller_hint=merchant.hint,
        expires_at=expires_at,
        made_at=ctx.now,
        made_by=who(ctx),
        **asdict(part),
        **wire(ctx, frozen),
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.promise("collection.expires", row.id, expires_at)
    facts: dict[str, Any] = {"number": row.number, "milestone_id": row.milestone_id, "amount_fen": row.amount_fen}
    ctx.record(CollectionOpened(subject=f"collection/{row.id}", way=way, digest=row.digest, **facts))
    return row


def _frozen(
    ctx: Ctx, part: queries.DuePart, seller: str, expires_at: datetime, way: Way, hold_days: int
) -> tuple[str, Prepared]:
    """The rail's name and the command as it will be sent."""
    rail = payments.gateway(ctx, str(ctx.settings["MARKETPLACE_GATEWAY"]))
    notify = f"{str(ctx.settings['MARKETPLACE_BASE_URL']).rstrip('/')}/payments/notices/{rail.name}"
    number, title = f"{ctx.number('SK')}-{ctx.entropy(3).hex().upper()}", part.title[:64]
    wanted: dict[str, Any] = {"expires_at": expires_at, "notify_url": notify, "seller": seller, "way": way}
    try:
        if not hold_days:
            return rail.name, rail.prepare_payment(number, Fen(part.amount_fen), title, **wanted)
        if not isinstance(rail, HoldsMoney):
            raise HoldingOff
        held = rail.prepare_held_payment(number, Fen(part.amount_fen), title, hold_days=hold_days, **wanted)
        return rail.name, held  # noqa: TRY300 - both ways are tried here
    except ValueError as error:
        raise CollectionUnsuited from error


def wire(ctx: Ctx, frozen: Prepared) -> dict[str, Any]:
    """The columns of a frozen command that is to be sent now."""
    return {
        "number": frozen.number,
        "payload": ctx.keys.encrypt(frozen.payload),
        "digest": frozen.digest,
        "next_action_at": ctx.now,
        "next_what": "send",
        "provider_ids": {},
    }


def cancel(ctx: Ctx, collection_id: str) -> Collection:
    """取消: the payer does not want to pay this way; it is closed at the provider first. Raises WrongState."""
    ctx.require("collection.pay")
    row = locked(ctx, collection_id)
    if ctx.actor.kind not in {"system", "terminal"} and ctx.actor.organisation_id != row.buyer_id:
        raise CollectionNotFound
    to(ctx, row, "cancel", Observation("answer", row.number, Outcome.UNKNOWN, code="cancelled by the payer"))
    return row


def expire(ctx: Ctx, collection_id: str) -> None:
    """The code is past its time: close it at the provider. One that was paid or closed meanwhile is left alone."""
    row = locked(ctx, collection_id)
    if rules.STATES.allows(row.state, "cancel"):
        to(ctx, row, "cancel", Observation("answer", row.number, Outcome.UNKNOWN, code="expired"))


def refund(ctx: Ctx, collection_id: str, *, request_key: str, amount_fen: int, reason: str) -> Refund:
    """退款: the agency gives money back, all or a part; one request number is one refund, however often it is sent.

    request_key: the caller's own. Raises NotRefundable, RefundTooLarge, RefundDiffers, CollectionReasonNeeded.
    """
    ctx.require("collection.refund")
    row = locked(ctx, collection_id)
    if ctx.actor.kind not in {"system", "terminal"} and ctx.actor.organisation_id != row.agency_id:
        raise CollectionNotFound
    known = queries.refund_for(ctx, row.id, request_key)
    if known is not None:
        if known.amount_fen != amount_fen:
            raise RefundDiffers(field="request_key")
        return known
    if not rules.refundable(row.state, row.hold_state):
        raise NotRefundable
    return give_back(ctx, row, request_key, amount_fen, said(reason))


def give_back(
    ctx: Ctx, row: Collection, request_key: str, amount_fen: int, reason: str, *, receipt_id: str | None = None
) -> Refund:
    """Open a refund of a collection that is locked. Raises RefundTooLarge, CollectionUnsuited."""
    source = "unallocated" if receipt_id else books.stands_in(row)
    left = books.held_fen(ctx, row)[source]
    if amount_fen > left:
        raise RefundTooLarge(field="amount", left=yuan(left), asked=yuan(amount_fen))
    number = f"{ctx.number('TK')}-{ctx.entropy(3).hex().upper()}"
    try:
        frozen = payments.gateway(ctx, row.gateway).prepare_refund(number, row.number, Fen(amount_fen), reason[:80])
    except ValueError as error:
        raise CollectionUnsuited(field="amount") from error
    made = Refund(
        id=ctx.new_id(),
        collection_id=row.id,
        request_key=request_key,
        receipt_id=receipt_id,
        amount_fen=amount_fen,
        gateway=row.gateway,
        state="created",
        reason=reason,
        made_at=ctx.now,
        made_by=who(ctx),
        **wire(ctx, frozen),
    )
    ctx.session.add(made)
    ctx.session.flush()
    books.move(ctx, row, f"{number}/start", source, "refunding", amount_fen)
    ctx.record(
        RefundAsked(
            subject=f"collection/{row.id}", number=number, collection=row.number, amount_fen=amount_fen, reason=reason
        )
    )
    return made


def allocate(ctx: Ctx, receipt_id: str, *, reason: str) -> Collection:
    """认领: money that came late counts as paid after all, if what it was meant for is still unpaid.

    Raises ReceiptUnknown, ReceiptNotWanted, CollectionReasonNeeded.
    """
    ctx.require("collection.allocate")
    found = queries.receipt(ctx, receipt_id)
    row = locked(ctx, found.collection_id)
    ctx.lock(f"collection-milestone/{row.milestone_id}")
    try:
        part = queries.due_part(ctx, row.milestone_id)
    except NothingToCollect as error:
        raise ReceiptNotWanted from error
    fits = found.amount_fen == row.amount_fen <= part.amount_fen and rules.STATES.allows(row.state, "allocate")
    if not fits or queries.live_for(ctx, row.milestone_id) is not None:
        raise ReceiptNotWanted
    books.move(ctx, row, "allocate", "unallocated", "held" if row.hold_days else "collected", found.amount_fen)
    found.state, found.ended_at, found.ended_by, found.reason = "allocated", ctx.now, who(ctx), said(reason)
    fact = Observation("receipt", row.number, Outcome.SUCCEEDED, code="allocated", occurred_at=found.occurred_at)
    to(ctx, row, "allocate", fact)
    ctx.record(
        ReceiptAllocated(
            subject=f"collection/{row.id}", number=row.number, amount_fen=found.amount_fen, reason=found.reason
        )
    )
    return row


def give_back_receipt(ctx: Ctx, receipt_id: str, *, reason: str) -> Refund:
    """退回: money that came late goes back to its payer. Raises ReceiptUnknown, CollectionReasonNeeded."""
    ctx.require("collection.allocate")
    found = queries.receipt(ctx, receipt_id)
    row = locked(ctx, found.collection_id)
    key = f"receipt/{found.id}/{len(queries.refunds_of(ctx, row.id))}"
    made = give_back(ctx, row, key, found.amount_fen, said(reason), receipt_id=found.id)
    found.state, found.ended_by, found.reason = "refunding", who(ctx), made.reason
    return made


def said(reason: str) -> str:
    """A reason, trimmed. Raises CollectionReasonNeeded."""
    if not reason.strip():
        raise CollectionReasonNeeded(field="reason")
    return reason.strip()[:400]
