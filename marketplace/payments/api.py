"""JSON door of payments."""

from collections.abc import Sequence
from typing import Any

from flask import Response

from marketplace.kernel.context import Ctx
from marketplace.payments import deductions, invoices, payees, queries, receipts, service
from marketplace.payments.errors import PayeeMissing
from marketplace.payments.models import (
    Invoice,
    PayeeChange,
    PayeeDetails,
    PaymentLine,
    PaymentOrder,
    PaymentReceipt,
    ReceiptRequest,
)
from marketplace.payments.schemas import (
    InvoiceCheckIn,
    InvoiceIn,
    InvoiceOut,
    InvoicesOut,
    InvoicesQuery,
    PayeeChangeIn,
    PayeeChangeOut,
    PayeeDecisionIn,
    PaymentDeductionIn,
    PaymentLineOut,
    PaymentOrderOut,
    PaymentOrdersOut,
    PaymentOrdersQuery,
    PaymentPayeeIn,
    PaymentPayeeOut,
    PaymentPrepareIn,
    PaymentReasonIn,
    PaymentReceiptIn,
    PaymentReceiptOut,
    PaymentSubmitIn,
    ReceiptRequestOut,
    TreasuryReceiptFiles,
    file_name,
)
from marketplace.web.doors import api_door, attachment, requires, signed_in, unit_of_work
from marketplace.web.paging import Page, page_of

api = api_door("payments", __name__)


@api.get("/payments")
@signed_in
@unit_of_work
@api.arguments(PaymentOrdersQuery, location="query")
@api.response(200, PaymentOrdersOut)
def list_orders(ctx: Ctx, data: dict[str, Any]) -> Page[PaymentOrder]:
    """Orders of the actor's department or agency; auditors see all."""
    states = [data["state"]] if "state" in data else []
    wanted = queries.orders_for(ctx, states)
    return page_of(ctx.session, wanted, key=(PaymentOrder.id,), descending=True, cursor=data.get("after"))


@api.post("/payments")
@requires("payment.make")
@unit_of_work
@api.arguments(PaymentPrepareIn)
@api.response(201, PaymentOrderOut)
def prepare(ctx: Ctx, data: dict[str, Any]) -> PaymentOrder:
    """Draw up the order of an accepted milestone."""
    return service.prepare(ctx, data["milestone_id"])


@api.get("/payments/<order_id>")
@signed_in
@unit_of_work
@api.response(200, PaymentOrderOut)
def get_order(ctx: Ctx, order_id: str) -> PaymentOrder:
    """One order."""
    return queries.readable(ctx, queries.order(ctx, order_id))


@api.post("/payments/<order_id>/submit")
@requires("payment.make")
@unit_of_work
@api.arguments(PaymentSubmitIn)
@api.response(200, PaymentOrderOut)
def submit(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentOrder:
    """Put an order before a second person."""
    return service.submit(ctx, order_id, **data)


@api.post("/payments/<order_id>/approve")
@requires("payment.approve")
@unit_of_work
@api.response(200, PaymentOrderOut)
def approve(ctx: Ctx, order_id: str) -> PaymentOrder:
    """Approve an order that somebody else submitted."""
    return service.approve(ctx, order_id)


@api.post("/payments/<order_id>/send-back")
@requires("payment.approve")
@unit_of_work
@api.arguments(PaymentReasonIn)
@api.response(200, PaymentOrderOut)
def send_back(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentOrder:
    """Give an order back to its maker."""
    return service.send_back(ctx, order_id, reason=data["reason"])


@api.post("/payments/<order_id>/hold")
@requires("payment.make")
@unit_of_work
@api.arguments(PaymentReasonIn)
@api.response(200, PaymentOrderOut)
def hold(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentOrder:
    """Stop an order that has not left."""
    return service.hold(ctx, order_id, reason=data["reason"])


@api.post("/payments/<order_id>/resume")
@requires("payment.approve")
@unit_of_work
@api.response(200, PaymentOrderOut)
def resume(ctx: Ctx, order_id: str) -> PaymentOrder:
    """Let a held order go on."""
    return service.resume(ctx, order_id)


@api.post("/payments/<order_id>/withdraw")
@requires("payment.approve")
@unit_of_work
@api.arguments(PaymentReasonIn)
@api.response(200, PaymentOrderOut)
def withdraw(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentOrder:
    """Give up a held order."""
    return service.withdraw(ctx, order_id, reason=data["reason"])


@api.post("/payments/<order_id>/replace")
@requires("payment.make")
@unit_of_work
@api.response(201, PaymentOrderOut)
def replace(ctx: Ctx, order_id: str) -> PaymentOrder:
    """A new order after a refused, returned or withdrawn one."""
    return service.replace(ctx, order_id)


@api.post("/payments/<order_id>/resend")
@requires("payment.approve")
@unit_of_work
@api.arguments(PaymentReasonIn)
@api.response(200, PaymentOrderOut)
def resend(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentOrder:
    """Allow one more send on a rail that does not remove doubles."""
    return service.resend(ctx, order_id, reason=data["reason"])


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


@api.post("/payments/<order_id>/deductions")
@requires("payment.make")
@unit_of_work
@api.arguments(PaymentDeductionIn)
@api.response(201, PaymentOrderOut)
def deduct(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentOrder:
    """Leave a retention or a penalty out of a draft."""
    return deductions.deduct(ctx, order_id, **data)


@api.get("/payments/<order_id>/deductions")
@signed_in
@unit_of_work
@api.response(200, PaymentLineOut(many=True))
def list_deductions(ctx: Ctx, order_id: str) -> Sequence[PaymentLine]:
    """What an order leaves out."""
    return queries.lines(ctx, queries.readable(ctx, queries.order(ctx, order_id)).id)


@api.delete("/payments/<order_id>/deductions/<line_id>")
@requires("payment.make")
@unit_of_work
@api.response(200, PaymentOrderOut)
def drop_deduction(ctx: Ctx, order_id: str, line_id: str) -> PaymentOrder:
    """Take a deduction out of a draft again."""
    return deductions.drop(ctx, order_id, line_id)


@api.get("/invoices")
@signed_in
@unit_of_work
@api.arguments(InvoicesQuery, location="query")
@api.response(200, InvoicesOut)
def list_invoices(ctx: Ctx, data: dict[str, Any]) -> Page[Invoice]:
    """Invoices of the actor's department or agency; auditors see all."""
    wanted = queries.invoices_for(ctx)
    return page_of(ctx.session, wanted, key=(Invoice.id,), descending=True, cursor=data.get("after"))


@api.post("/milestones/<milestone_id>/invoices")
@signed_in
@unit_of_work
@api.arguments(InvoiceIn)
@api.response(201, InvoiceOut)
def enter_invoice(ctx: Ctx, data: dict[str, Any], milestone_id: str) -> Invoice:
    """Take in an invoice, by its agency or its department."""
    return invoices.enter(ctx, milestone_id, **data)


@api.post("/invoices/<invoice_id>/check")
@requires("payment.make")
@unit_of_work
@api.arguments(InvoiceCheckIn)
@api.response(200, InvoiceOut)
def check_invoice(ctx: Ctx, data: dict[str, Any], invoice_id: str) -> Invoice:
    """Say whether an invoice is genuine."""
    return invoices.check(ctx, invoice_id, **data)


@api.post("/contracts/<contract_id>/payee-changes")
@requires("agency.edit")
@unit_of_work
@api.arguments(PayeeChangeIn)
@api.response(201, PayeeChangeOut)
def ask_payee_change(ctx: Ctx, data: dict[str, Any], contract_id: str) -> PayeeChange:
    """Ask that a signed contract pays to the account registered now."""
    return payees.ask_change(ctx, contract_id, **data)


@api.post("/payee-changes/<change_id>/decide")
@requires("payment.approve")
@unit_of_work
@api.arguments(PayeeDecisionIn)
@api.response(200, PayeeChangeOut)
def decide_payee_change(ctx: Ctx, data: dict[str, Any], change_id: str) -> PayeeChange:
    """Agree to another account of a contract, or refuse and say why."""
    return payees.decide_change(ctx, change_id, **data)


@api.get("/payee")
@requires("agency.edit")
@unit_of_work
@api.response(200, PaymentPayeeOut)
def get_payee(ctx: Ctx) -> PayeeDetails:
    """Where the actor's agency is paid."""
    found = queries.payee(ctx, ctx.actor.organisation_id or "")
    if found is None:
        raise PayeeMissing(agency=ctx.actor.organisation_name)
    return found


@api.put("/payee")
@requires("agency.edit")
@unit_of_work
@api.arguments(PaymentPayeeIn)
@api.response(200, PaymentPayeeOut)
def set_payee(ctx: Ctx, data: dict[str, Any]) -> PayeeDetails:
    """Say where the actor's agency is paid."""
    return service.set_payee(ctx, ctx.actor.organisation_id or "", **data)
