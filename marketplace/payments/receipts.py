"""回单: what proves a payment, entered by two persons or fetched from the provider; files lie under their hash."""

import os
from datetime import date
from hashlib import sha256

from sqlalchemy import select

from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import Fen
from marketplace.payments import queries, rules
from marketplace.payments.errors import (
    ReceiptFileDamaged,
    ReceiptFileForeign,
    ReceiptNotFitting,
    ReceiptNotFound,
    ReceiptNotOffered,
    ReceiptSamePerson,
)
from marketplace.payments.events import (
    ReceiptAsked,
    ReceiptConfirmed,
    ReceiptDiffers,
    ReceiptEntered,
    ReceiptGivenUp,
    ReceiptKept,
)
from marketplace.payments.evidence import apply_observation, locked, own, who
from marketplace.payments.gateways.treasury import RECEIPTS, read_receipt
from marketplace.payments.models import PaymentOrder, PaymentReceipt, ReceiptRequest
from marketplace.payments.ports import Observation, OfficialReceipt, Outcome


def enter_receipt(
    ctx: Ctx, order_id: str, *, outcome: str, document: str, occurred_on: date, file: bytes = b""
) -> PaymentReceipt:
    """Enter a treasury receipt; it counts once a second person confirms it.

    outcome: paid, refused or returned. document: its number, once per order. file: as it came, empty for paper.
    Raises ReceiptNotFitting, PaymentNotFound.
    """
    ctx.require("payment.make")
    row = own(ctx, locked(ctx, order_id))
    if queries.gateway(ctx, row.gateway).caps.dedupes_forever or row.state not in rules.RECEIVABLE.get(outcome, ()):
        raise ReceiptNotFitting
    receipt = PaymentReceipt(
        id=ctx.new_id(),
        order_id=row.id,
        document=document,
        outcome=outcome,
        occurred_on=occurred_on,
        entered_by=who(ctx),
        entered_at=ctx.now,
        **_filed(file, "application/json"),
    )
    ctx.session.add(receipt)
    ctx.record(
        ReceiptEntered(
            subject=f"payment/{row.id}",
            number=row.number,
            document=document,
            outcome=outcome,
            sha256=receipt.sha256 or "",
        )
    )
    ctx.session.flush()
    _keep(ctx, file)
    return receipt


def take_receipt_file(ctx: Ctx, *, raw: bytes, manifest: str) -> PaymentOrder:
    """国库回执: take a receipt file in. An acknowledgement counts at once, an outcome once a second person confirms it.

    manifest: the line with its SHA-256. Raises ReceiptFileDamaged, ReceiptFileForeign and what enter_receipt raises.
    """
    ctx.require("payment.make")
    try:
        said = read_receipt(raw, manifest)
    except ValueError as error:
        raise ReceiptFileDamaged(field="file") from error
    found = queries.by_number(ctx, said.number)
    mine = found is not None and found.department_id == ctx.actor.organisation_id
    if found is None or not mine or found.amount_fen != said.amount or said.status not in RECEIPTS:
        raise ReceiptFileForeign(field="file")
    if RECEIPTS[said.status] is not Outcome.ACCEPTED:
        day, document = shanghai_date(said.at or ctx.now), said.voucher or said.number
        enter_receipt(ctx, found.id, outcome=said.status, document=document[:80], occurred_on=day, file=raw)
        return found
    if found.state not in {"accepted", "unknown"}:
        raise ReceiptNotFitting
    ids = {"voucher": said.voucher}
    fact = Observation("receipt", said.number, Outcome.ACCEPTED, said.amount, ids, said.status, said.at, raw)
    return apply_observation(ctx, found.id, fact)


def confirm_receipt(ctx: Ctx, receipt_id: str) -> PaymentOrder:
    """Confirm a receipt that somebody else entered, and apply it. Raises ReceiptNotFound, ReceiptSamePerson."""
    ctx.require("payment.approve")
    receipt = ctx.session.scalar(select(PaymentReceipt).where(PaymentReceipt.id == receipt_id).with_for_update())
    if receipt is None or receipt.confirmed_by is not None:
        raise ReceiptNotFound
    row = own(ctx, locked(ctx, receipt.order_id))
    if receipt.entered_by == who(ctx):
        raise ReceiptSamePerson
    receipt.confirmed_by, receipt.confirmed_at = who(ctx), ctx.now
    ctx.record(ReceiptConfirmed(subject=f"payment/{row.id}", number=row.number, document=receipt.document))
    fact = Observation(
        "receipt",
        row.number,
        rules.RECEIPT_OUTCOMES[receipt.outcome],
        Fen(row.amount_fen),
        {"voucher": receipt.document},
        receipt.outcome,
        at_shanghai(receipt.occurred_on),
    )
    return apply_observation(ctx, row.id, fact)


def ask_again(ctx: Ctx, order_id: str) -> ReceiptRequest:
    """重新申请电子回单: ask the provider anew, whether the receipt never came or is to be compared with its source.

    Raises PaymentNotFound, ReceiptNotOffered.
    """
    ctx.require("payment.make")
    row = own(ctx, locked(ctx, order_id))
    if row.state != "paid" or not queries.gateway(ctx, row.gateway).caps.gives_receipts:
        raise ReceiptNotOffered
    request = request_of(ctx, row)
    request.state, request.ticket, request.tries, request.ended_at = "asked", "", 0, None
    row.next_action_at = ctx.now
    ctx.record(ReceiptAsked(subject=f"payment/{row.id}", number=row.number))
    ctx.session.flush()
    return request


def request_of(ctx: Ctx, row: PaymentOrder) -> ReceiptRequest:
    """What is asked for an order; begun where nothing was."""
    found = ctx.session.get(ReceiptRequest, row.id)
    if found is None:
        found = ReceiptRequest(order_id=row.id, state="asked", ticket="", tries=0, last_code="", asked_at=ctx.now)
        ctx.session.add(found)
    return found


def take_official(ctx: Ctx, order_id: str, told: OfficialReceipt) -> ReceiptRequest:
    """Keep what a question for the official receipt has brought, and plan the next one.

    A file that is kept once is never replaced; another one from the same provider is put on record.
    """
    row = locked(ctx, order_id)
    request = request_of(ctx, row)
    if request.state != "asked":
        return request
    request.ticket, request.last_code = "" if told.state == "refused" else told.ticket[:120], told.code[:120]
    wait = None if told.state == "ready" else rules.receipt_wait(request.tries)
    row.next_action_at = None if wait is None or row.state != "paid" else ctx.now + wait
    if told.state == "ready":
        _end(ctx, request, _keep_official(ctx, row, told))
    elif wait is None:
        _end(ctx, request, "given_up")
        ctx.record(ReceiptGivenUp(subject=f"payment/{row.id}", number=row.number, code=request.last_code))
    ctx.session.flush()
    return request


def _end(ctx: Ctx, request: ReceiptRequest, state: str) -> None:
    request.state, request.ended_at = state, ctx.now


def _keep_official(ctx: Ctx, row: PaymentOrder, told: OfficialReceipt) -> str:
    kept = next((one for one in queries.receipts(ctx, row.id) if one.confirmed_by == row.gateway), None)
    facts = _filed(told.file, told.media_type)
    if kept is not None:
        if kept.sha256 == facts["sha256"]:
            return "kept"
        other, ours = str(facts["sha256"]), str(kept.sha256)
        ctx.record(ReceiptDiffers(subject=f"payment/{row.id}", number=row.number, sha256=other, kept=ours))
        return "differs"
    day = shanghai_date(row.finished_at or ctx.now)
    document, made = told.document[:80] or row.number, PaymentReceipt(id=ctx.new_id(), order_id=row.id, **facts)
    made.document, made.outcome, made.occurred_on = document, "paid", day
    made.entered_by, made.entered_at, made.confirmed_by, made.confirmed_at = "system", ctx.now, row.gateway, ctx.now
    ctx.session.add(made)
    ctx.record(
        ReceiptKept(
            subject=f"payment/{row.id}",
            number=row.number,
            document=document,
            sha256=str(made.sha256),
            size=len(told.file),
        )
    )
    ctx.session.flush()
    _keep(ctx, told.file)
    return "kept"


def _filed(file: bytes, media_type: str) -> dict[str, str | int | None]:
    if not file:
        return {"sha256": None, "size": None, "media_type": ""}
    return {"sha256": sha256(file).hexdigest(), "size": len(file), "media_type": media_type}


def _keep(ctx: Ctx, file: bytes) -> None:
    """The file, encrypted, under its hash; one without a row is never read."""
    if not file:
        return
    folder = queries.receipt_folder(ctx)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{ctx.entropy(8).hex()}.part"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(ctx.keys.encrypt(file))
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(folder / sha256(file).hexdigest())
