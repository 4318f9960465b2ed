"""HTML door of reconciliation: days, one day, the statement form, breaks, one break and its steps."""

from typing import Any

from flask import request, send_file, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.payments import queries as payments
from marketplace.reconciliation import queries, rules, service, trail
from marketplace.reconciliation.models import ReconBreak, ReconDay
from marketplace.reconciliation.queries import statements
from marketplace.reconciliation.schemas import (
    FORMS,
    LABELS,
    BreakAssignIn,
    BreakProposeIn,
    ReconReasonIn,
    StatementIn,
)
from marketplace.web.doors import form_of, page_door, render, requires, see_other, signed_in, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

door = page_door("reconciliation", __name__)

DONE = {
    "imported": "对账文件已导入并勾对",
    "matched": "已重新勾对",
    "closed": "已关账并封存",
    "reopened": "已重新开账",
    "assigned": "已指定责任人",
    "proposed": "处理意见已提出，等待他人确认",
    "confirmed": "已确认，差异处理完毕",
    "refused": "已退回",
}
Errors = dict[str, list[str]]


def _done() -> str:
    return t(DONE.get(request.args.get("done", ""), ""))


def _words(name: str) -> list[tuple[str, str]]:
    return [(code, t(text)) for code, text in LABELS[name].items()]


@door.get("/finance/days")
@requires("reconcile.read")
@unit_of_work
def days(ctx: Ctx) -> str:
    """Days by account, newest first."""
    wanted = queries.days(request.args.get("account", ""), request.args.get("state", ""))
    key = (ReconDay.day, ReconDay.id)
    page = page_of(ctx.session, wanted, key=key, descending=True, cursor=request.args.get("after"))
    return render(
        "marketplace/reconciliation/days.html",
        page=page,
        counts={day.id: statements.counts(ctx, day) for day in page.items},
        accounts=[(name, t(LABELS["recon.account"].get(name, name))) for name in queries.accounts(ctx)],
        states=_words("recon.state"),
        done=_done(),
    )


@door.get("/finance/statements/new")
@requires("reconcile.write")
@unit_of_work
def statement_form(ctx: Ctx) -> str:
    """The form for a statement file."""
    return _statement(ctx, {}, {})


@door.post("/finance/statements/new")
@requires("reconcile.write")
@unit_of_work
def import_statement(ctx: Ctx) -> ResponseReturnValue:
    """Take a statement file in."""
    data, errors = form_of(StatementIn, request.form)
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        errors = {**errors, "file": [t("请选择对账文件")]}
    if errors or upload is None:
        return _statement(ctx, request.form, errors), 422
    try:
        day = service.import_statement(ctx, content=upload.read(), **data)
    except DomainError as error:
        return _statement(ctx, request.form, {error.field or "_": [error.say(t), error.advise(t)]}), 422
    return see_other(url_for("marketplace_reconciliation.show_day", day_id=day.id), done="imported")


def _statement(ctx: Ctx, form: Any, errors: Errors) -> str:
    accounts = [(name, t(LABELS["recon.account"].get(name, name))) for name in queries.accounts(ctx)]
    forms = [(code, t(LABELS["recon.form"][code])) for code in FORMS]
    template = "marketplace/reconciliation/statement.html"
    return render(template, form=form, errors=errors, accounts=accounts, forms=forms)


@door.get("/finance/days/<day_id>")
@requires("reconcile.read")
@unit_of_work
def show_day(ctx: Ctx, day_id: str) -> str:
    """One day: the file, its totals, the breaks, what was done."""
    return _day(ctx, day_id, {}, {})


def _day(ctx: Ctx, day_id: str, form: Any, errors: Errors) -> str:
    day = queries.day_by_id(ctx, day_id)
    steps = queries.steps(ctx, f"recon-day/{day.id}")
    return render(
        "marketplace/reconciliation/day.html",
        day=day,
        statement=statements.statement(ctx, day.statement_id),
        counts=statements.counts(ctx, day),
        breaks=queries.breaks_of(ctx, day.account, day.day),
        steps=steps,
        names=payments.names(ctx, {step.actor for step in steps}),
        form=form,
        errors=errors,
        done=_done(),
    )


@door.post("/finance/days/<day_id>/match")
@requires("reconcile.write")
@unit_of_work
def match(ctx: Ctx, day_id: str) -> ResponseReturnValue:
    """Run the passes again."""
    return _take_day(ctx, day_id, "matched", lambda: service.match(ctx, day_id))


@door.post("/finance/days/<day_id>/close")
@requires("reconcile.approve")
@unit_of_work
def close(ctx: Ctx, day_id: str) -> ResponseReturnValue:
    """Close and seal a day."""
    return _take_day(ctx, day_id, "closed", lambda: service.close_day(ctx, day_id))


@door.post("/finance/days/<day_id>/reopen")
@requires("reconcile.approve")
@unit_of_work
def reopen(ctx: Ctx, day_id: str) -> ResponseReturnValue:
    """Open a closed day again."""
    data, errors = form_of(ReconReasonIn, request.form)
    if errors:
        return _day(ctx, day_id, request.form, errors), 422
    return _take_day(ctx, day_id, "reopened", lambda: service.reopen_day(ctx, day_id, **data))


def _take_day(ctx: Ctx, day_id: str, done: str, act: Any) -> ResponseReturnValue:
    try:
        act()
    except DomainError as error:
        ctx.session.expire_all()
        return _day(ctx, day_id, request.form, {error.field or "_": [error.say(t), error.advise(t)]}), 422
    return see_other(url_for("marketplace_reconciliation.show_day", day_id=day_id), done=done)


@door.get("/payments/<number>/trace")
@signed_in
@unit_of_work
def trace(ctx: Ctx, number: str) -> str:
    """One fen of a payment, from the appropriation document to the provider's own line, as a picture and as a table."""
    found = payments.by_number(ctx, number)
    order = found if found is not None and ctx.actor.may("reconcile.read") else payments.readable(ctx, found)
    asked = request.args.get("fen", "1")
    fen = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else 1
    return render(
        "marketplace/reconciliation/trace.html", trail=trail.walk(ctx, order, fen), kinds=LABELS["trail.stop"]
    )


@door.get("/finance/statements/<statement_id>/file")
@requires("reconcile.read")
@unit_of_work
def statement_file(ctx: Ctx, statement_id: str) -> ResponseReturnValue:
    """The file as the provider made it."""
    book = statements.statement(ctx, statement_id)
    suffix = "csv" if book.form == "bank-csv" else "zip"
    name = f"{book.account.replace(':', '-')}-{book.day}.{suffix}"
    path = (statements.folder(ctx) / book.sha256).resolve()
    return send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name=name)


@door.get("/finance/breaks")
@requires("reconcile.read")
@unit_of_work
def breaks(ctx: Ctx) -> str:
    """Open breaks, the oldest first."""
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    states = [state] if state in LABELS["break.state"] else rules.OPEN
    wanted = queries.breaks(kind=kind, account=request.args.get("account", ""), states=states)
    page = page_of(ctx.session, wanted, key=(ReconBreak.id,), cursor=request.args.get("after"))
    return render(
        "marketplace/reconciliation/breaks.html",
        page=page,
        ages={row.id: rules.age_days(row.found_at, row.ended_at or ctx.now) for row in page.items},
        names=payments.names(ctx, {row.owner for row in page.items if row.owner}),
        grave=rules.GRAVE,
        states=_words("break.state"),
        kinds=_words("break.kind"),
    )


@door.get("/finance/breaks/<break_id>")
@requires("reconcile.read")
@unit_of_work
def show_break(ctx: Ctx, break_id: str) -> str:
    """One break with both sides, and what may be done about it."""
    return _break(ctx, break_id, {}, {})


def _break(ctx: Ctx, break_id: str, form: Any, errors: Errors) -> str:
    row = queries.break_(ctx, break_id)
    steps = queries.steps(ctx, f"recon-break/{row.id}")
    people = {row.owner, row.proposed_by, row.confirmed_by, *(step.actor for step in steps)} - {None}
    return render(
        "marketplace/reconciliation/break.html",
        row=row,
        line=queries.line_of(ctx, row),
        age=rules.age_days(row.found_at, row.ended_at or ctx.now),
        grave=row.kind in rules.GRAVE,
        actions=[(code, t(LABELS["break.action"][code])) for code in rules.ACTIONS[row.kind]],
        steps=steps,
        names=payments.names(ctx, {person for person in people if person}),
        may_write=ctx.actor.may("reconcile.write") and rules.BREAK.allows(row.state, "propose"),
        may_confirm=ctx.actor.may("reconcile.approve") and rules.BREAK.allows(row.state, "confirm"),
        form=form,
        errors=errors,
        done=_done(),
    )


@door.post("/finance/breaks/<break_id>/<any(assign, propose):step>")
@requires("reconcile.write")
@unit_of_work
def write_step(ctx: Ctx, break_id: str, step: str) -> ResponseReturnValue:
    """Somebody answers for it, or says how it ends."""
    schema, verb = {"assign": (BreakAssignIn, service.assign), "propose": (BreakProposeIn, service.propose)}[step]
    return _take(ctx, break_id, step, schema, verb)


@door.post("/finance/breaks/<break_id>/<any(confirm, refuse):step>")
@requires("reconcile.approve")
@unit_of_work
def approve_step(ctx: Ctx, break_id: str, step: str) -> ResponseReturnValue:
    """The second person agrees or does not."""
    schema, verb = {"confirm": (None, service.confirm), "refuse": (ReconReasonIn, service.refuse)}[step]
    return _take(ctx, break_id, step, schema, verb)


def _take(ctx: Ctx, break_id: str, step: str, schema: Any, verb: Any) -> ResponseReturnValue:
    data, errors = form_of(schema, request.form) if schema else ({}, {})
    if errors:
        return _break(ctx, break_id, request.form, errors), 422
    try:
        verb(ctx, break_id, **data)
    except DomainError as error:
        ctx.session.expire_all()
        return _break(ctx, break_id, request.form, {error.field or "_": [error.say(t), error.advise(t)]}), 422
    done = {"assign": "assigned", "propose": "proposed", "confirm": "confirmed", "refuse": "refused"}[step]
    return see_other(url_for("marketplace_reconciliation.show_break", break_id=break_id), done=done)
