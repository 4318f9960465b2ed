"""Deductions, invoices and the accounts of contracts."""

from collections.abc import Sequence
from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.payments import deductions, invoices, payees, queries, service
from marketplace.payments.api.doorway import api
from marketplace.payments.errors import PayeeMissing
from marketplace.payments.models import (
    Invoice,
    PayeeChange,
    PayeeDetails,
    PaymentLine,
    PaymentOrder,
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
    PaymentPayeeIn,
    PaymentPayeeOut,
)
from marketplace.web.doors import requires, signed_in, unit_of_work
from marketplace.web.paging import Page, page_of


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
