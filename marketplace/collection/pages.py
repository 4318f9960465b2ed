"""HTML door of collecting: the enterprise pays, the agency receives and gives back, the clerk looks after the rest."""

import io
from typing import Any

import segno
from flask import request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.agencies import queries as agencies
from marketplace.collection import holding, queries, rules, service
from marketplace.collection.models import Collection, Refund, UnallocatedReceipt
from marketplace.collection.schemas import LABELS, CollectionIn, CollectionReasonIn, MerchantIn, RefundIn
from marketplace.identity import queries as identity
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.payments import queries as payments
from marketplace.web.doors import form_of, page_door, render, requires, see_other, signed_in, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

door = page_door("collection", __name__)

DONE = {
    "asked": "付款单已生成",
    "cancelled": "已取消，正在关闭",
    "merchant": "收款商户号已保存",
    "refund": "退款已发起",
    "release": "提前结算已申请，等待另一人确认",
    "released": "提前结算已确认，正在结算",
    "allocated": "已认领",
    "returned": "已发起退回",
}
Errors = dict[str, list[str]]


def _done() -> str:
    return t(DONE.get(request.args.get("done", ""), ""))


def _say(error: DomainError) -> Errors:
    return {error.field or "_": [error.say(t), error.advise(t)]}


def qr(text: str) -> Markup:
    """A text as a QR code, inline."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=5, border=2, xmldecl=False, title=t("付款二维码"))
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn by us; the text itself is only shapes


@door.get("/buyer/payments")
@requires("collection.pay")
@unit_of_work
def due(ctx: Ctx) -> str:
    """What the enterprise has to pay, and what it paid."""
    return _due(ctx, {})


def _due(ctx: Ctx, errors: Errors) -> str:
    mine = ctx.actor.organisation_id or ""
    wanted = queries.collections_for(ctx)
    parts, ahead = queries.due_parts(ctx, mine), queries.held_parts(ctx, mine)
    return render(
        "marketplace/collection/due.html",
        parts=parts,
        ahead=ahead,
        hold_days=queries.hold_days(ctx),
        payees={part.agency_id: agencies.agency(ctx, part.agency_id).name for part in (*parts, *ahead)},
        page=page_of(ctx.session, wanted, key=(Collection.id,), descending=True, cursor=request.args.get("after")),
        errors=errors,
        done=_done(),
    )


@door.post("/buyer/payments")
@requires("collection.pay")
@unit_of_work
def ask(ctx: Ctx) -> ResponseReturnValue:
    """Pay one milestone, by code or by page."""
    data, errors = form_of(CollectionIn, request.form)
    if errors:
        return _due(ctx, errors), 422
    try:
        made = service.ask(ctx, data["milestone_id"], way=data["way"], hold=data["hold"])
    except DomainError as error:
        ctx.session.expire_all()
        return _due(ctx, _say(error)), 409
    return see_other(url_for("marketplace_collection.show", number=made.number), done="asked")


@door.get("/collections/<number>")
@signed_in
@unit_of_work
def show(ctx: Ctx, number: str) -> str:
    """One collection: the code while it waits, the receipt once it is paid. Reloads itself while something may come."""
    return _show(ctx, number, {}, {})


def _show(ctx: Ctx, number: str, form: Any, errors: Errors) -> str:
    row = queries.readable(ctx, queries.by_number(ctx, number))
    refunds = queries.refunds_of(ctx, row.id)
    settlements, steps = holding.settlements_of(ctx, row.id), queries.steps(ctx, row.id)
    underway = {refund.state for refund in refunds} | {one.state for one in settlements}
    given = sum(refund.amount_fen for refund in refunds if refund.state != "refused")
    mine = ctx.actor.organisation_id
    return render(
        "marketplace/collection/collection.html",
        row=row,
        agency=agencies.agency(ctx, row.agency_id).name,
        code=qr(row.action) if row.state == "waiting" and row.way == "qr" else "",
        moving=row.state in rules.OPEN or not underway.isdisjoint(rules.REFUND_OPEN),
        settlements=settlements,
        may_confirm=row.release_asked_by is not None and row.release_asked_by != ctx.actor.login_id,
        refunds=refunds,
        facts_learnt=queries.facts_of(ctx, [row.id, *(refund.id for refund in refunds)]),
        steps=steps,
        names=payments.names(ctx, {step.actor for step in steps}),
        may_pay=mine == row.buyer_id and ctx.actor.may("collection.pay"),
        may_refund=mine == row.agency_id and rules.refundable(row.state, row.hold_state) and given < row.amount_fen,
        left_fen=row.amount_fen - given,
        key=f"{row.number}/{len(refunds) + 1}",
        form=form,
        errors=errors,
        done=_done(),
    )


@door.post("/collections/<number>/cancel")
@requires("collection.pay")
@unit_of_work
def cancel(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Give a collection up."""
    service.cancel(ctx, queries.readable(ctx, queries.by_number(ctx, number)).id)
    return see_other(url_for("marketplace_collection.show", number=number), done="cancelled")


@door.post("/collections/<number>/release")
@requires("collection.pay")
@unit_of_work
def ask_release(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Ask that held money is settled before acceptance."""
    data, errors = form_of(CollectionReasonIn, request.form)
    if errors:
        return _show(ctx, number, request.form, errors), 422
    holding.ask_release(ctx, queries.readable(ctx, queries.by_number(ctx, number)).id, **data)
    return see_other(url_for("marketplace_collection.show", number=number), done="release")


@door.post("/collections/<number>/release/confirm")
@requires("collection.pay")
@unit_of_work
def confirm_release(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Confirm it, as a second person of the payer."""
    holding.confirm_release(ctx, queries.readable(ctx, queries.by_number(ctx, number)).id)
    return see_other(url_for("marketplace_collection.show", number=number), done="released")


@door.post("/collections/<number>/refund")
@requires("collection.refund")
@unit_of_work
def refund(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Give money back."""
    data, errors = form_of(RefundIn, request.form)
    if errors:
        return _show(ctx, number, request.form, errors), 422
    try:
        service.refund(ctx, queries.readable(ctx, queries.by_number(ctx, number)).id, **data)
    except DomainError as error:
        ctx.session.expire_all()
        return _show(ctx, number, request.form, _say(error)), 409
    return see_other(url_for("marketplace_collection.show", number=number), done="refund")


@door.get("/collections/<number>/receipt")
@signed_in
@unit_of_work
def receipt(ctx: Ctx, number: str) -> ResponseReturnValue:
    """The receipt of a paid collection, to print or keep."""
    row = queries.readable(ctx, queries.by_number(ctx, number))
    if row.state != "paid":
        return see_other(url_for("marketplace_collection.show", number=number))
    agency, buyer = (identity.organisation(ctx, id).name for id in (row.agency_id, row.buyer_id))
    refunds = [refund for refund in queries.refunds_of(ctx, row.id) if refund.state == "refunded"]
    facts = queries.facts_of(ctx, [row.id])
    template = "marketplace/collection/receipt.html"
    return render(template, row=row, agency=agency, buyer=buyer, refunds=refunds, facts_learnt=facts)


@door.get("/agency/collections")
@requires("collection.refund")
@unit_of_work
def received(ctx: Ctx) -> str:
    """The agency's merchant number and what enterprises paid it."""
    return _received(ctx, {}, {})


@door.post("/agency/collections")
@requires("collection.refund")
@unit_of_work
def set_merchant(ctx: Ctx) -> ResponseReturnValue:
    """Save the merchant number."""
    data, errors = form_of(MerchantIn, request.form)
    if errors:
        return _received(ctx, request.form, errors), 422
    try:
        service.set_merchant(ctx, ctx.actor.organisation_id or "", **data)
    except DomainError as error:
        return _received(ctx, request.form, _say(error)), 422
    return see_other(url_for("marketplace_collection.received"), done="merchant")


def _received(ctx: Ctx, form: Any, errors: Errors) -> str:
    wanted = queries.collections_for(ctx)
    page = page_of(ctx.session, wanted, key=(Collection.id,), descending=True, cursor=request.args.get("after"))
    found = queries.merchant(ctx, ctx.actor.organisation_id or "")
    template = "marketplace/collection/received.html"
    return render(template, merchant=found, page=page, form=form, errors=errors, done=_done())


@door.get("/finance/collections")
@requires("collection.read")
@unit_of_work
def board(ctx: Ctx) -> str:
    """Every collection, by state."""
    state = request.args.get("state", "")
    wanted = queries.collections_for(ctx, state if state in LABELS["collection.state"] else "")
    page = page_of(ctx.session, wanted, key=(Collection.id,), descending=True, cursor=request.args.get("after"))
    states = [(code, t(text)) for code, text in LABELS["collection.state"].items()]
    return render("marketplace/collection/board.html", page=page, states=states)


@door.get("/finance/refunds")
@requires("collection.read")
@unit_of_work
def refunds(ctx: Ctx) -> str:
    """Every refund, by state."""
    state = request.args.get("state", "")
    wanted = queries.refunds(state if state in LABELS["refund.state"] else "")
    page = page_of(ctx.session, wanted, key=(Refund.id,), descending=True, cursor=request.args.get("after"))
    of = {row.id: ctx.session.get(Collection, row.collection_id) for row in page.items}
    states = [(code, t(text)) for code, text in LABELS["refund.state"].items()]
    return render("marketplace/collection/refunds.html", page=page, of=of, states=states)


@door.get("/finance/receipts")
@requires("collection.read")
@unit_of_work
def unallocated(ctx: Ctx) -> str:
    """Money that came late, and what became of it."""
    return _unallocated(ctx, {}, {})


def _unallocated(ctx: Ctx, form: Any, errors: Errors) -> str:
    rows = ctx.session.execute(queries.receipts().order_by(UnallocatedReceipt.id.desc()).limit(100)).all()
    ids = {id for _, came in rows for id in (came.buyer_id, came.agency_id)}
    parties = {id: identity.organisation(ctx, id).name for id in ids}
    template = "marketplace/collection/unallocated.html"
    return render(template, rows=rows, parties=parties, form=form, errors=errors, done=_done())


@door.post("/finance/receipts/<receipt_id>/<any(allocate, refund):step>")
@requires("collection.allocate")
@unit_of_work
def end_receipt(ctx: Ctx, receipt_id: str, step: str) -> ResponseReturnValue:
    """Let it count, or send it back."""
    data, errors = form_of(CollectionReasonIn, request.form)
    if errors:
        return _unallocated(ctx, request.form, errors), 422
    try:
        if step == "allocate":
            service.allocate(ctx, receipt_id, **data)
        else:
            service.give_back_receipt(ctx, receipt_id, **data)
    except DomainError as error:
        ctx.session.expire_all()
        return _unallocated(ctx, request.form, _say(error)), 409
    done = "allocated" if step == "allocate" else "returned"
    return see_other(url_for("marketplace_collection.unallocated"), done=done)
