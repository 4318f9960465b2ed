"""Invoices, deductions, and the account of a contract: one form each, and what was entered."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.contracts import queries as contracts
from marketplace.contracts.errors import ContractNotFound, MilestoneNotFound
from marketplace.identity import queries as identity
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.payments import deductions, invoices, payees, queries
from marketplace.payments.models import Invoice
from marketplace.payments.pages.doorway import done, door, said
from marketplace.payments.schemas import (
    DEDUCTIONS,
    LABELS,
    InvoiceCheckIn,
    InvoiceIn,
    PayeeChangeIn,
    PayeeDecisionIn,
    PaymentDeductionIn,
)
from marketplace.web.doors import form_of, render, requires, see_other, signed_in, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

Errors = dict[str, list[str]]


@door.get("/invoices")
@signed_in
@unit_of_work
def invoice_list(ctx: Ctx) -> str:
    """Invoices of the actor's department or agency."""
    wanted = queries.invoices_for(ctx)
    page = page_of(ctx.session, wanted, key=(Invoice.id,), descending=True, cursor=request.args.get("after"))
    return render("marketplace/payments/invoices.html", page=page, done=done())


@door.get("/invoices/<invoice_id>")
@signed_in
@unit_of_work
def invoice(ctx: Ctx, invoice_id: str) -> str:
    """One invoice, and whether it was found genuine."""
    return _invoice(ctx, invoice_id, {}, {})


@door.post("/invoices/<invoice_id>")
@requires("payment.make")
@unit_of_work
def check_invoice(ctx: Ctx, invoice_id: str) -> ResponseReturnValue:
    """Say whether it is genuine."""
    data, errors = form_of(InvoiceCheckIn, request.form)
    if errors:
        return _invoice(ctx, invoice_id, request.form, errors), 422
    try:
        invoices.check(ctx, invoice_id, **data)
    except DomainError as error:
        return _invoice(ctx, invoice_id, request.form, said(error)), 422
    return see_other(url_for("marketplace_payments.invoice", invoice_id=invoice_id), done="checked")


def _invoice(ctx: Ctx, invoice_id: str, form: Any, errors: Errors) -> str:
    row = queries.invoice(ctx, invoice_id)
    may_check = row.state == "entered" and ctx.actor.may("payment.make")
    return render(
        "marketplace/payments/invoice.html",
        row=row,
        contract=contracts.contract(ctx, row.contract_id),
        red_of=queries.invoice(ctx, row.red_of) if row.red_of else None,
        may_check=may_check and ctx.actor.organisation_id == row.department_id,
        form=form,
        errors=errors,
        answers=[("true", t("查验通过，与票面一致")), ("false", t("查验不符"))],
        done=done(),
    )


@door.get("/milestones/<milestone_id>/invoices/new")
@signed_in
@unit_of_work
def invoice_form(ctx: Ctx, milestone_id: str) -> str:
    """The form for an invoice."""
    return _new_invoice(ctx, milestone_id, {}, {})


@door.post("/milestones/<milestone_id>/invoices/new")
@signed_in
@unit_of_work
def enter_invoice(ctx: Ctx, milestone_id: str) -> ResponseReturnValue:
    """Take it in."""
    data, errors = form_of(InvoiceIn, request.form)
    if errors:
        return _new_invoice(ctx, milestone_id, request.form, errors), 422
    try:
        row = invoices.enter(ctx, milestone_id, **data)
    except DomainError as error:
        return _new_invoice(ctx, milestone_id, request.form, said(error)), 422
    return see_other(url_for("marketplace_payments.invoice", invoice_id=row.id), done="invoiced")


def _new_invoice(ctx: Ctx, milestone_id: str, form: Any, errors: Errors) -> str:
    milestone = contracts.milestone(ctx, milestone_id)
    try:
        contract = contracts.readable(ctx, milestone.contract_id)
    except ContractNotFound:
        raise MilestoneNotFound from None
    return render(
        "marketplace/payments/invoice_form.html",
        milestone=milestone,
        contract=contract,
        buyer=identity.organisation(ctx, contract.buyer_id),
        seller=identity.organisation(ctx, contract.agency_id),
        form=form,
        errors=errors,
    )


@door.get("/dept/payments/<number>/deductions")
@requires("payment.make")
@unit_of_work
def deduction_form(ctx: Ctx, number: str) -> str:
    """The form for a retention or a penalty."""
    return _deduction(ctx, number, {}, {})


@door.post("/dept/payments/<number>/deductions")
@requires("payment.make")
@unit_of_work
def deduct(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Leave it out of the payment."""
    row = queries.readable(ctx, queries.by_number(ctx, number))
    data, errors = form_of(PaymentDeductionIn, request.form)
    if errors:
        return _deduction(ctx, number, request.form, errors), 422
    try:
        deductions.deduct(ctx, row.id, **data)
    except DomainError as error:
        return _deduction(ctx, number, request.form, said(error)), 422
    return see_other(url_for("marketplace_payments.show", number=number), done="deducted")


@door.post("/dept/payments/<number>/deductions/<line_id>/drop")
@requires("payment.make")
@unit_of_work
def drop_deduction(ctx: Ctx, number: str, line_id: str) -> ResponseReturnValue:
    """Take it out again."""
    deductions.drop(ctx, queries.readable(ctx, queries.by_number(ctx, number)).id, line_id)
    return see_other(url_for("marketplace_payments.show", number=number), done="dropped")


def _deduction(ctx: Ctx, number: str, form: Any, errors: Errors) -> str:
    row = queries.readable(ctx, queries.by_number(ctx, number))
    kinds = [(kind, t(LABELS["payment.line_kind"][kind])) for kind in DEDUCTIONS]
    return render("marketplace/payments/deduction.html", row=row, kinds=kinds, form=form, errors=errors)


@door.get("/agency/payments/contracts/<contract_id>/payee")
@requires("agency.edit")
@unit_of_work
def change_form(ctx: Ctx, contract_id: str) -> str:
    """The form by which an agency asks for another account of a contract."""
    return _change(ctx, contract_id, {}, {})


@door.post("/agency/payments/contracts/<contract_id>/payee")
@requires("agency.edit")
@unit_of_work
def ask_change(ctx: Ctx, contract_id: str) -> ResponseReturnValue:
    """Ask."""
    data, errors = form_of(PayeeChangeIn, request.form)
    if errors:
        return _change(ctx, contract_id, request.form, errors), 422
    try:
        payees.ask_change(ctx, contract_id, **data)
    except DomainError as error:
        return _change(ctx, contract_id, request.form, said(error)), 422
    return see_other(url_for("marketplace_payments.agency"), done="asked")


def _change(ctx: Ctx, contract_id: str, form: Any, errors: Errors) -> str:
    contract = contracts.readable(ctx, contract_id)
    fixed, registered = queries.contract_payee(ctx, contract_id), queries.payee(ctx, contract.agency_id)
    return render(
        "marketplace/payments/change.html",
        contract=contract,
        fixed=fixed,
        registered=registered,
        form=form,
        errors=errors,
    )


@door.get("/dept/payments/payee-changes/<change_id>")
@requires("payment.approve")
@unit_of_work
def decide_form(ctx: Ctx, change_id: str) -> str:
    """The form by which a department agrees to another account, or not."""
    return _decision(ctx, change_id, {}, {})


@door.post("/dept/payments/payee-changes/<change_id>")
@requires("payment.approve")
@unit_of_work
def decide(ctx: Ctx, change_id: str) -> ResponseReturnValue:
    """Decide."""
    data, errors = form_of(PayeeDecisionIn, request.form)
    if errors:
        return _decision(ctx, change_id, request.form, errors), 422
    try:
        payees.decide_change(ctx, change_id, **data)
    except DomainError as error:
        if error.field is None:
            raise
        return _decision(ctx, change_id, request.form, said(error)), 422
    return see_other(url_for("marketplace_payments.board"), done="decided")


def _decision(ctx: Ctx, change_id: str, form: Any, errors: Errors) -> str:
    change = queries.waiting_change(ctx, change_id)
    return render(
        "marketplace/payments/decision.html",
        change=change,
        contract=contracts.contract(ctx, change.contract_id),
        fixed=queries.contract_payee(ctx, change.contract_id),
        answers=[("true", t("同意变更")), ("false", t("不同意"))],
        form=form,
        errors=errors,
    )
