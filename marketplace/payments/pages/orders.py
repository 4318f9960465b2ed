"""The agency's page, the department's list, one order with every step, paper and posting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.payments import queries, receipts, rules, service
from marketplace.payments.models import PaymentOrder
from marketplace.payments.pages.doorway import done, door, said
from marketplace.payments.queries import course
from marketplace.payments.schemas import (
    LABELS,
    PAYEE_KINDS,
    PaymentPayeeIn,
    PaymentReasonIn,
    PaymentReceiptIn,
    PaymentSubmitIn,
    file_name,
)
from marketplace.web.doors import attachment, form_of, render, requires, see_other, signed_in, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of
from marketplace.web.schemas import Schema


@dataclass(frozen=True, slots=True)
class Move:
    """One decision about an order: its words, its verb, and what its form asks for."""

    title: str
    text: str
    verb: Callable[..., PaymentOrder]
    asks: type[Schema] | None = None
    danger: bool = False


MOVES = {
    "submit": Move("经办提交", "按合同收款账户提交复核；须有查验通过的足额发票。", service.submit, PaymentSubmitIn),
    "hold": Move("暂停支付", "尚未发出的指令可以暂停；已发出的不能。", service.hold, asks=PaymentReasonIn, danger=True),
    "replace": Move("重新发起", "以新的指令号重新发起支付，原指令保留备查。", service.replace),
    "approve": Move("复核通过", "通过后内容不可更改，资金转入支付中并发往支付渠道。", service.approve),
    "send-back": Move("退回经办", "退回后由经办人重新提交。", service.send_back, asks=PaymentReasonIn, danger=True),
    "resume": Move("恢复支付", "从暂停前的状态继续。", service.resume),
    "withdraw": Move("作废指令", "作废后不能恢复，资金退回应付。", service.withdraw, asks=PaymentReasonIn, danger=True),
    "resend": Move(
        "允许重发",
        "仅在确认渠道从未收到该指令时使用，否则可能重复付款。",
        service.resend,
        asks=PaymentReasonIn,
        danger=True,
    ),
}
# What may be done in which state, in the order of the buttons.
OFFERED = {
    "draft": ("submit", "hold"),
    "submitted": ("approve", "send-back", "hold"),
    "approved": ("hold",),
    "held": ("resume", "withdraw"),
    "unknown": ("resend",),
    "refused": ("replace",),
    "returned": ("replace",),
    "withdrawn": ("replace",),
}
MAKING = frozenset({"submit", "hold", "replace"})


@door.get("/agency/payments")
@requires("agency.edit")
@unit_of_work
def agency(ctx: Ctx) -> str:
    """Where the agency is paid, and its payments."""
    return _agency(ctx, {}, {})


@door.post("/agency/payments")
@requires("agency.edit")
@unit_of_work
def set_payee(ctx: Ctx) -> ResponseReturnValue:
    """Save where the agency is paid."""
    data, errors = form_of(PaymentPayeeIn, request.form)
    if errors:
        return _agency(ctx, request.form, errors), 422
    try:
        service.set_payee(ctx, ctx.actor.organisation_id or "", **data)
    except DomainError as error:
        if error.field is None:
            raise
        return _agency(ctx, request.form, {error.field: [error.say(t)]}), 422
    return see_other(url_for("marketplace_payments.agency"), done="saved")


def _agency(ctx: Ctx, form: Any, errors: dict[str, list[str]]) -> str:
    mine = ctx.actor.organisation_id or ""
    wanted = queries.orders_of_agency(mine)
    page = page_of(ctx.session, wanted, key=(PaymentOrder.id,), descending=True, cursor=request.args.get("after"))
    return render(
        "marketplace/payments/agency.html",
        payee=queries.payee(ctx, mine),
        changes=queries.waiting_changes(ctx, mine),
        page=page,
        filed=queries.filed_receipts(ctx, [row.id for row in page.items]),
        form=form,
        errors=errors,
        kinds=[(kind, t(LABELS["payment.payee_kind"][kind])) for kind in PAYEE_KINDS],
        done=done(),
    )


@door.get("/dept/payments")
@requires("payment.read")
@unit_of_work
def board(ctx: Ctx) -> str:
    """The department's payment orders, by state."""
    state = request.args.get("state", "")
    wanted = queries.orders_for(ctx, [state] if state in LABELS["payment.state"] else [])
    page = page_of(ctx.session, wanted, key=(PaymentOrder.id,), descending=True, cursor=request.args.get("after"))
    clocks = {row.id: course.clock_of(row, ctx.now) for row in page.items}
    states = [(code, t(text)) for code, text in LABELS["payment.state"].items()]
    return render(
        "marketplace/payments/board.html",
        page=page,
        clocks=clocks,
        states=states,
        changes=queries.waiting_changes(ctx, ctx.actor.organisation_id or ""),
        may_decide=ctx.actor.may("payment.approve"),
        done=done(),
    )


@door.get("/dept/payments/<number>")
@requires("payment.read")
@unit_of_work
def show(ctx: Ctx, number: str) -> str:
    """One order: facts, clock, every step, every exchange, and its money posting by posting."""
    row = queries.readable(ctx, queries.by_number(ctx, number))
    steps = course.steps(ctx, row.id)
    moves = [(name, MOVES[name]) for name in OFFERED.get(row.state, ()) if _may(ctx, row, name)]
    people = {row.made_by, row.approved_by, *(step.actor for step in steps)}
    return render(
        "marketplace/payments/order.html",
        row=row,
        clock=course.clock_of(row, ctx.now),
        steps=steps,
        names=queries.names(ctx, {person for person in people if person}),
        attempts=course.attempts(ctx, row.id),
        facts_learnt=course.observations(ctx, row.id),
        **_receipts(ctx, row),
        lines=queries.lines(ctx, row.id),
        invoices=queries.invoices_of(ctx, row.milestone_id),
        may_deduct=row.state == "draft" and _may(ctx, row, "submit"),
        may_invoice=_may(ctx, row, "submit"),
        may_enter=_may_enter(ctx, row),
        may_confirm=ctx.actor.may("payment.approve"),
        trace=course.trace(ctx, row),
        moves=moves,
        done=done(),
    )


def _may(ctx: Ctx, row: PaymentOrder, name: str) -> bool:
    permission = "payment.make" if name in MAKING else "payment.approve"
    return ctx.actor.organisation_id == row.department_id and ctx.actor.may(permission)


def _may_enter(ctx: Ctx, row: PaymentOrder) -> bool:
    states = {state for outcome in rules.RECEIVABLE.values() for state in outcome}
    by_hand = not queries.gateway(ctx, row.gateway).caps.dedupes_forever
    return by_hand and row.state in states and _may(ctx, row, "submit")


def _receipts(ctx: Ctx, row: PaymentOrder) -> dict[str, Any]:
    offered = row.state == "paid" and queries.gateway(ctx, row.gateway).caps.gives_receipts
    return {
        "receipts": queries.receipts(ctx, row.id),
        "request": queries.receipt_request(ctx, row.id),
        "may_ask": offered and _may(ctx, row, "submit"),
    }


@door.get("/dept/payments/<number>/<any(submit, hold, replace):step>")
@requires("payment.make")
@unit_of_work
def make_step(ctx: Ctx, number: str, step: str) -> str:
    """One decision of the maker, on a page of its own."""
    return _step(ctx, number, step, {}, {})


@door.post("/dept/payments/<number>/<any(submit, hold, replace):step>")
@requires("payment.make")
@unit_of_work
def make(ctx: Ctx, number: str, step: str) -> ResponseReturnValue:
    """Do it."""
    return _take(ctx, number, step)


@door.get("/dept/payments/<number>/<any(approve, 'send-back', resume, withdraw, resend):step>")
@requires("payment.approve")
@unit_of_work
def check_step(ctx: Ctx, number: str, step: str) -> str:
    """One decision of the checker, on a page of its own."""
    return _step(ctx, number, step, {}, {})


@door.post("/dept/payments/<number>/<any(approve, 'send-back', resume, withdraw, resend):step>")
@requires("payment.approve")
@unit_of_work
def check(ctx: Ctx, number: str, step: str) -> ResponseReturnValue:
    """Do it."""
    return _take(ctx, number, step)


def _step(ctx: Ctx, number: str, step: str, form: Any, errors: dict[str, list[str]]) -> str:
    row = queries.readable(ctx, queries.by_number(ctx, number))
    made_by = queries.names(ctx, {row.made_by} if row.made_by else set())
    return render(
        "marketplace/payments/step.html", row=row, move=MOVES[step], made_by=made_by, form=form, errors=errors
    )


def _take(ctx: Ctx, number: str, step: str) -> ResponseReturnValue:
    row = queries.readable(ctx, queries.by_number(ctx, number))
    move = MOVES[step]
    facts: dict[str, Any] = {}
    if move.asks is not None:
        facts, errors = form_of(move.asks, request.form)
        if errors:
            return _step(ctx, number, step, request.form, errors), 422
    try:
        after = move.verb(ctx, row.id, **facts)
    except DomainError as error:
        return _step(ctx, number, step, request.form, said(error)), 422
    return see_other(url_for("marketplace_payments.show", number=after.number), done=step)


@door.get("/dept/payments/<number>/receipt")
@requires("payment.make")
@unit_of_work
def receipt_form(ctx: Ctx, number: str) -> str:
    """The form for a treasury receipt."""
    return _receipt(ctx, number, {}, {})


@door.post("/dept/payments/<number>/receipt")
@requires("payment.make")
@unit_of_work
def enter_receipt(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Enter a treasury receipt; somebody else confirms it."""
    row = queries.readable(ctx, queries.by_number(ctx, number))
    data, errors = form_of(PaymentReceiptIn, request.form)
    if errors:
        return _receipt(ctx, number, request.form, errors), 422
    service.enter_receipt(ctx, row.id, **data)
    return see_other(url_for("marketplace_payments.show", number=number), done="receipt")


@door.post("/dept/payments/<number>/receipts/<receipt_id>/confirm")
@requires("payment.approve")
@unit_of_work
def confirm_receipt(ctx: Ctx, number: str, receipt_id: str) -> ResponseReturnValue:
    """Confirm a receipt that somebody else entered."""
    service.confirm_receipt(ctx, receipt_id)
    return see_other(url_for("marketplace_payments.show", number=number), done="confirmed")


@door.post("/dept/payments/<number>/receipts/ask")
@requires("payment.make")
@unit_of_work
def ask_receipt(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Ask the provider again for the official receipt."""
    receipts.ask_again(ctx, queries.readable(ctx, queries.by_number(ctx, number)).id)
    return see_other(url_for("marketplace_payments.show", number=number), done="asked-receipt")


@door.get("/payments/<number>/receipts/<receipt_id>/file")
@signed_in
@unit_of_work
def receipt_file(ctx: Ctx, number: str, receipt_id: str) -> ResponseReturnValue:
    """The file of a receipt, for the department, the agency and auditors."""
    row = queries.readable(ctx, queries.by_number(ctx, number))
    found, file = queries.receipt_file(ctx, row, receipt_id)
    return attachment(file, file_name(row.number, found.media_type), found.media_type)


def _receipt(ctx: Ctx, number: str, form: Any, errors: dict[str, list[str]]) -> str:
    row = queries.readable(ctx, queries.by_number(ctx, number))
    outcomes = [
        (outcome, t(LABELS["payment.state"][outcome]))
        for outcome, states in rules.RECEIVABLE.items()
        if row.state in states
    ]
    return render("marketplace/payments/receipt.html", row=row, outcomes=outcomes, form=form, errors=errors)
