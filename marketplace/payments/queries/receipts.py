"""Reading receipts: what proves a payment, the files behind it, and what is still asked for."""

from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select

from marketplace.kernel.context import Ctx
from marketplace.payments.errors import PaymentNotFound, ReceiptFileChanged
from marketplace.payments.models import PaymentOrder, PaymentReceipt, ReceiptRequest


def receipts(ctx: Ctx, order_id: str) -> Sequence[PaymentReceipt]:
    """Receipts of an order, oldest first: on paper, as files, and the provider's own."""
    wanted = select(PaymentReceipt).where(PaymentReceipt.order_id == order_id)
    return ctx.session.scalars(wanted.order_by(PaymentReceipt.id)).all()


def proof_of(ctx: Ctx, order_id: str) -> PaymentReceipt | None:
    """The receipt at which the trail of a payment ends: confirmed, that it was paid, with its file if there is one."""
    paid = [one for one in receipts(ctx, order_id) if one.confirmed_at is not None and one.outcome == "paid"]
    return next((one for one in paid if one.sha256), paid[0] if paid else None)


def filed_receipts(ctx: Ctx, order_ids: Collection[str]) -> dict[str, PaymentReceipt]:
    """The confirmed receipt file of each order that has one."""
    wanted = select(PaymentReceipt).where(
        PaymentReceipt.order_id.in_(order_ids),
        PaymentReceipt.confirmed_at.is_not(None),
        PaymentReceipt.sha256.is_not(None),
    )
    return {one.order_id: one for one in ctx.session.scalars(wanted.order_by(PaymentReceipt.id.desc()))}


def receipt_request(ctx: Ctx, order_id: str) -> ReceiptRequest | None:
    """What has become of asking for an order's official receipt, or None."""
    return ctx.session.get(ReceiptRequest, order_id)


def receipts_due(ctx: Ctx, limit: int) -> list[str]:
    """Ids of paid orders whose official receipt is to be asked for now, oldest first."""
    wanted = select(PaymentOrder.id).where(PaymentOrder.state == "paid", PaymentOrder.next_action_at <= ctx.now)
    return list(ctx.session.scalars(wanted.order_by(PaymentOrder.next_action_at, PaymentOrder.id).limit(limit)))


def receipt_folder(ctx: Ctx) -> Path:
    """Where receipt files lie (setting MARKETPLACE_FILES)."""
    return Path(str(ctx.settings["MARKETPLACE_FILES"])) / "receipts"


def receipt_file(ctx: Ctx, order: PaymentOrder, receipt_id: str) -> tuple[PaymentReceipt, bytes]:
    """A receipt of an order with its file. Raises PaymentNotFound where there is none, ReceiptFileChanged."""
    found = ctx.session.get(PaymentReceipt, receipt_id)
    if found is None or found.order_id != order.id or found.sha256 is None:
        raise PaymentNotFound
    return found, _opened(ctx, found)


def _opened(ctx: Ctx, found: PaymentReceipt) -> bytes:
    try:
        file = ctx.keys.decrypt((receipt_folder(ctx) / str(found.sha256)).read_text())
    except (OSError, ValueError) as error:
        raise ReceiptFileChanged from error
    if sha256(file).hexdigest() != found.sha256:
        raise ReceiptFileChanged
    return file


def changed_files(ctx: Ctx) -> Iterator[PaymentReceipt]:
    """Every receipt whose kept file is gone or is no longer the one whose hash was recorded."""
    for found in ctx.session.scalars(select(PaymentReceipt).where(PaymentReceipt.sha256.is_not(None))):
        try:
            _opened(ctx, found)
        except ReceiptFileChanged:
            yield found
