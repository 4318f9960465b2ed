"""HTML door of supervision: complaints, findings, cases and lists. The agency's part stands in own.py."""

from collections.abc import Callable
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from marketplace.agencies import queries as agencies
from marketplace.kernel.context import Ctx
from marketplace.supervision import queries, service
from marketplace.supervision.models import Complaint, ExitCase, Sanction
from marketplace.supervision.own import Errors, after, attempt, case_page, door, options, show, to
from marketplace.supervision.schemas import (
    ComplaintDecisionIn,
    ComplaintIn,
    ExitCaseIn,
    ExitDecisionIn,
    FindingIn,
    GroundsIn,
)
from marketplace.web.doors import public, requires, unit_of_work
from marketplace.web.paging import page_of
from marketplace.web.schemas import Schema

STEPS: dict[str, tuple[type[Schema], Callable[..., Complaint], str]] = {
    "accept": (Schema, service.accept, "accepted"),
    "refuse": (GroundsIn, service.refuse, "refused"),
    "decide": (ComplaintDecisionIn, service.decide, "decided"),
}


@door.route("/complaints/new", methods=["GET", "POST"])
@public
@unit_of_work
def new_complaint(ctx: Ctx) -> ResponseReturnValue:
    """The form: what about, what for, what happened, who asks; then the receipt."""

    def form(given: Any, errors: Errors) -> str:
        kinds, categories = options("complaint.about"), options("complaint.category")
        return show("new_complaint", form=given, errors=errors, kinds=kinds, categories=categories)

    if request.method != "POST":
        return form(request.args, {})
    return attempt(
        ComplaintIn,
        lambda data: to("complaint", "filed", number=service.complain(ctx, **data).number),
        lambda errors: form(request.form, errors),
    )


@door.get("/complaints/<number>")
@public
@unit_of_work
def complaint(ctx: Ctx, number: str) -> str:
    """Receipt and progress; nothing that says who complained."""
    return show("complaint", complaint=queries.complaint_numbered(ctx, number))


@door.get("/lists/black")
@public
@unit_of_work
def black_list(ctx: Ctx) -> str:
    """清退与暂停名单 with reason, period and deciding body."""
    key = (Sanction.starts_at, Sanction.id)
    page = page_of(ctx.session, queries.sanctions(), key=key, descending=True, cursor=after())
    return show("black_list", page=page, rows=queries.listed(ctx, page.items))


@door.get("/regulator/complaints")
@requires("complaint.decide")
@unit_of_work
def complaint_queue(ctx: Ctx) -> str:
    """Open complaints by due date; ?state= for the decided ones."""
    state = request.args.get("state") or None
    page = page_of(ctx.session, queries.complaints(state), key=(Complaint.due_at, Complaint.id), cursor=after())
    return show(
        "complaint_queue",
        page=page,
        states=options("complaint.state"),
        names=queries.agency_names(ctx, [row.agency_id for row in page.items if row.agency_id]),
    )


@door.get("/regulator/complaints/<complaint_id>")
@requires("complaint.decide")
@unit_of_work
def handle_complaint(ctx: Ctx, complaint_id: str) -> str:
    """One complaint with what may be done now."""
    return _handling(ctx, complaint_id, {}, {})


def _handling(ctx: Ctx, complaint_id: str, form: Any, errors: Errors) -> str:
    row = queries.complaint(ctx, complaint_id)
    return show(
        "handle_complaint",
        complaint=row,
        who=queries.complainant(ctx, row),
        agency=agencies.agency(ctx, row.agency_id) if row.agency_id else None,
        kinds=options("finding.kind"),
        form=form,
        errors=errors,
    )


@door.post("/regulator/complaints/<complaint_id>/<any(accept, refuse, decide):step>")
@requires("complaint.decide")
@unit_of_work
def handle(ctx: Ctx, complaint_id: str, step: str) -> ResponseReturnValue:
    """Take it up, decline it with a reason, or decide it."""
    schema, verb, done = STEPS[step]
    return attempt(
        schema,
        lambda data: verb(ctx, complaint_id, **data),
        lambda errors: _handling(ctx, complaint_id, request.form, errors),
        to("handle_complaint", done, complaint_id=complaint_id),
    )


@door.route("/regulator/findings/new", methods=["GET", "POST"])
@requires("finding.decide")
@unit_of_work
def new_finding(ctx: Ctx) -> ResponseReturnValue:
    """Put a decided breach on record."""

    def form(given: Any, errors: Errors) -> str:
        return show("new_finding", form=given, errors=errors, kinds=options("finding.kind"))

    def act(data: dict[str, Any]) -> None:
        service.record_finding(ctx, agency_id=agencies.by_uscc(ctx, data.pop("uscc")).id, **data)

    if request.method != "POST":
        return form(request.args, {})
    return attempt(FindingIn, act, lambda errors: form(request.form, errors), to("case_queue", "found"))


@door.get("/regulator/cases")
@requires("supervision.read")
@unit_of_work
def case_queue(ctx: Ctx) -> str:
    """Open cases by end of the defence period; ?state= for the decided ones."""
    return _cases(ctx, {}, {})


@door.post("/regulator/cases")
@requires("exit.decide")
@unit_of_work
def open_case(ctx: Ctx) -> ResponseReturnValue:
    """Open a case by hand under a rule that the decided facts meet."""

    def act(data: dict[str, Any]) -> str:
        row = service.open_case(ctx, agency_id=agencies.by_uscc(ctx, data["uscc"]).id, rule=data["rule"])
        return to("case", "opened", case_id=row.id)

    return attempt(ExitCaseIn, act, lambda errors: _cases(ctx, request.form, errors))


def _cases(ctx: Ctx, form: Any, errors: Errors) -> str:
    state = request.args.get("state") or None
    page = page_of(ctx.session, queries.cases(state), key=(ExitCase.defence_due, ExitCase.id), cursor=after())
    return show(
        "case_queue",
        page=page,
        states=options("case.state"),
        exit_rules=options("exit.rule"),
        names=queries.agency_names(ctx, [row.agency_id for row in page.items]),
        form=form,
        errors=errors,
    )


@door.get("/regulator/cases/<case_id>")
@requires("supervision.read")
@unit_of_work
def case(ctx: Ctx, case_id: str) -> str:
    """Facts, rule, defence and decision."""
    return case_page(ctx, queries.case(ctx, case_id), "case", {}, {})


@door.post("/regulator/cases/<case_id>/decide")
@requires("exit.decide")
@unit_of_work
def decide_case(ctx: Ctx, case_id: str) -> ResponseReturnValue:
    """Confirm or dismiss; not by the one who opened it."""
    return attempt(
        ExitDecisionIn,
        lambda data: service.decide_case(ctx, case_id, **data),
        lambda errors: case_page(ctx, queries.case(ctx, case_id), "case", request.form, errors),
        to("case", "decided", case_id=case_id),
    )


@door.post("/regulator/sanctions/<sanction_id>/lift")
@requires("exit.decide")
@unit_of_work
def lift(ctx: Ctx, sanction_id: str) -> ResponseReturnValue:
    """End a suspension early."""
    row = queries.case(ctx, queries.sanction(ctx, sanction_id).case_id)
    return attempt(
        GroundsIn,
        lambda data: service.lift(ctx, sanction_id, **data),
        lambda errors: case_page(ctx, row, "case", request.form, errors),
        to("case", "lifted", case_id=row.id),
    )
