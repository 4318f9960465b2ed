"""国库集中支付: the department takes application files to the treasury and brings its receipts back."""

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.payments import queries, service
from marketplace.payments.models import PaymentOrder
from marketplace.payments.pages.doorway import done, door, said
from marketplace.web.doors import attachment, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

Errors = dict[str, list[str]]


@door.get("/dept/treasury")
@requires("payment.make")
@unit_of_work
def treasury(ctx: Ctx) -> str:
    """Applications of the department with their files and hashes, and the form for receipts."""
    return _treasury(ctx, {})


def _treasury(ctx: Ctx, errors: Errors) -> str:
    wanted = queries.applications(ctx.actor.organisation_id or "")
    page = page_of(ctx.session, wanted, key=(PaymentOrder.id,), descending=True, cursor=request.args.get("after"))
    return render("marketplace/payments/treasury.html", page=page, errors=errors, form={}, done=done())


@door.post("/dept/treasury")
@requires("payment.make")
@unit_of_work
def take_receipt(ctx: Ctx) -> ResponseReturnValue:
    """Take a receipt file in; its outcome counts once somebody else confirms it."""
    files = {name: request.files.get(name) for name in ("file", "manifest")}
    errors: Errors = {name: [t("请选择文件")] for name, file in files.items() if file is None or not file.filename}
    if errors:
        return _treasury(ctx, errors), 422
    raw, manifest = (file.read() if file else b"" for file in files.values())
    try:
        row = service.take_receipt_file(ctx, raw=raw, manifest=manifest.decode("utf-8", "replace"))
    except DomainError as error:
        ctx.session.expire_all()
        return _treasury(ctx, said(error)), 422
    return see_other(url_for("marketplace_payments.show", number=row.number), done="receipt")


@door.get("/dept/payments/<number>/<any(application, manifest):part>")
@requires("payment.make")
@unit_of_work
def application(ctx: Ctx, number: str, part: str) -> Response:
    """The application file as it was frozen at approval, or the manifest with its hash."""
    row = queries.application(ctx, number)
    name = f"{row.number}.json"
    facts: tuple[Any, str] = (ctx.keys.decrypt(str(row.payload)), name)
    if part == "manifest":
        facts = (f"{row.digest}  {name}\n", f"{row.number}.sha256")
    return attachment(*facts)
