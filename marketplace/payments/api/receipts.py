"""Receipts: on paper, as files, and the official ones."""

from collections.abc import Sequence
from typing import Any

from flask import Response

from marketplace.kernel.context import Ctx
from marketplace.payments import queries, receipts, service
from marketplace.payments.api.doorway import api
from marketplace.payments.models import (
    PaymentOrder,
    PaymentReceipt,
    ReceiptRequest,
)
from marketplace.payments.schemas import (
    PaymentOrderOut,
    PaymentReceiptIn,
    PaymentReceiptOut,
    ReceiptRequestOut,
    TreasuryReceiptFiles,
    file_name,
)
from marketplace.web.doors import attachment, requires, signed_in, unit_of_work


@api.post("/payments/<order_id>/receipts")
@requires("payment.make")
@unit_of_work
@api.arguments(PaymentReceiptIn)
@api.response(201, PaymentReceiptOut)
def enter_receipt(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentReceipt:
    """Enter a treasury receipt."""
    return service.enter_receipt(ctx, order_id, **data)


@api.get("/payments/<order_id>/receipts")
@signed_in
@unit_of_work
@api.response(200, PaymentReceiptOut(many=True))
def list_receipts(ctx: Ctx, order_id: str) -> Sequence[PaymentReceipt]:
    """Receipts of an order: on paper, as files, and the provider's own."""
    return queries.receipts(ctx, queries.readable(ctx, queries.order(ctx, order_id)).id)


@api.get("/payments/<order_id>/receipts/<receipt_id>/file")
@signed_in
@unit_of_work
@api.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
def receipt_file(ctx: Ctx, order_id: str, receipt_id: str) -> Response:
    """The file of a receipt, as it came."""
    row = queries.readable(ctx, queries.order(ctx, order_id))
    found, file = queries.receipt_file(ctx, row, receipt_id)
    return attachment(file, file_name(row.number, found.media_type), found.media_type)


@api.post("/payments/<order_id>/receipts/ask")
@requires("payment.make")
@unit_of_work
@api.response(200, ReceiptRequestOut)
def ask_receipt(ctx: Ctx, order_id: str) -> ReceiptRequest:
    """Ask the provider again for the official receipt of a paid order."""
    return receipts.ask_again(ctx, order_id)


@api.post("/treasury-receipts")
@requires("payment.make")
@unit_of_work
@api.arguments(TreasuryReceiptFiles, location="files")
@api.response(200, PaymentOrderOut)
def take_receipt_file(ctx: Ctx, files: dict[str, Any]) -> PaymentOrder:
    """Take a treasury receipt file in with its manifest; an outcome waits for the second person."""
    raw, manifest = (files[name].read() for name in ("file", "manifest"))
    return service.take_receipt_file(ctx, raw=raw, manifest=manifest.decode("utf-8", "replace"))


@api.post("/payment-receipts/<receipt_id>/confirm")
@requires("payment.approve")
@unit_of_work
@api.response(200, PaymentOrderOut)
def confirm_receipt(ctx: Ctx, receipt_id: str) -> PaymentOrder:
    """Confirm a receipt that somebody else entered."""
    return service.confirm_receipt(ctx, receipt_id)
