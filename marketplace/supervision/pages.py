"""HTML door of supervision."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.agencies import queries as agencies
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.supervision import queries, service
from marketplace.supervision.models import Complaint, ExitCase, Finding, Sanction
from marketplace.supervision.schemas import (
    LABELS,
    ComplaintDecisionIn,
    ComplaintIn,
    DefenceIn,
    ExitCaseIn,
    ExitDecisionIn,
    FindingIn,
    GroundsIn,
)
from marketplace.web.doors import form_of, page_door, public, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of
from marketplace.web.schemas import Schema

door = page_door("supervision", __name__)

DONE = {
    "filed": "投诉已提交，请记下受理编号",
    "accepted": "已受理",
    "refused": "已告知不予受理",
    "decided": "已作出决定",
    "found": "认定已记录",
    "opened": "已立案，并告知机构",
    "defended": "申辩已提交",
    "lifted": "已提前解除",
}
Errors = dict[str, list[str]]


STEPS: dict[str, tuple[type[Schema], Callable[..., Complaint], str]] = {
    "accept": (Schema, service.accept, "accepted"),
    "refuse": (GroundsIn, service.refuse, "refused"),
    "decide": (ComplaintDecisionIn, service.decide, "decided"),
}
Act = Callable[[dict[str, Any]], Any]
Again = Callable[[Errors], str]


def _page(template: str, **context: Any) -> str:
    done = t(DONE.get(request.args.get("done", ""), ""))
    return render(f"marketplace/supervision/{template}.html", done=done, **context)


def _options(name: str) -> list[tuple[str, str]]:
    return [(code, t(text)) for code, text in LABELS[name].items()]


def _after() -> str | None:
    return request.args.get("after")


def _attempt(schema: type[Schema], act: Act, again: Again, target: str = "") -> ResponseReturnValue:
    """Load the form and act, then go to `target`, or where `act` says; a wrong field is shown at that field."""
    data, errors = form_of(schema, request.form)
    if errors:
        return again(errors), 422
    try:
        told = act(data)
    except DomainError as error:
        if error.field is None:
            raise
        return again({error.field: [error.say(t)]}), 422
    return see_other(target or str(told))


def _to(view: str, done: str, **values: str) -> str:
    return url_for(f"marketplace_supervision.{view}", _external=False, done=done, **values)


@door.route("/complaints/new", methods=["GET", "POST"])
@public
@unit_of_work
def new_complaint(ctx: Ctx) -> ResponseReturnValue:
    """The form: what about, what for, what happened, who asks; then the receipt."""

    def form(given: Any, errors: Errors) -> str:
        kinds, categories = _options("complaint.about"), _options("complaint.category")
        return _page("new_complaint", form=given, errors=errors, kinds=kinds, categories=categories)

    if request.method != "POST":
        return form(request.args, {})
    return _attempt(
        ComplaintIn,
        lambda data: _to("complaint", "filed", number=service.complain(ctx, **data).number),
        lambda errors: form(request.form, errors),
    )


@door.get("/complaints/<number>")
@public
@unit_of_work
def complaint(ctx: Ctx, number: str) -> str:
    """Receipt and progress; nothing that says who complained."""
    return _page("complaint", complaint=queries.complaint_numbered(ctx, number))


@door.get("/lists/black")
@public
@unit_of_work
def black_list(ctx: Ctx) -> str:
    """清退与暂停名单 with reason, period and deciding body."""
    key = (Sanction.starts_at, Sanction.id)
    page = page_of(ctx.session, queries.sanctions(), key=key, descending=True, cursor=_after())
    return _page("black_list", page=page, rows=queries.listed(ctx, page.items))


@door.get("/regulator/complaints")
@requires("complaint.decide")
@unit_of_work
def complaint_queue(ctx: Ctx) -> str:
    """Open complaints by due date; ?state= for the decided ones."""
    state = request.args.get("state") or None
    page = page_of(ctx.session, queries.complaints(state), key=(Complaint.due_at, Complaint.id), cursor=_after())
    return _page(
        "complaint_queue",
        page=page,
        states=_options("complaint.state"),
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
    return _page(
        "handle_complaint",
        complaint=row,
        who=queries.complainant(ctx, row),
        agency=agencies.agency(ctx, row.agency_id) if row.agency_id else None,
        kinds=_options("finding.kind"),
        form=form,
        errors=errors,
    )


@door.post("/regulator/complaints/<complaint_id>/<any(accept, refuse, decide):step>")
@requires("complaint.decide")
@unit_of_work
def handle(ctx: Ctx, complaint_id: str, step: str) -> ResponseReturnValue:
    """Take it up, decline it with a reason, or decide it."""
    schema, verb, done = STEPS[step]
    return _attempt(
        schema,
        lambda data: verb(ctx, complaint_id, **data),
        lambda errors: _handling(ctx, complaint_id, request.form, errors),
        _to("handle_complaint", done, complaint_id=complaint_id),
    )


@door.route("/regulator/findings/new", methods=["GET", "POST"])
@requires("finding.decide")
@unit_of_work
def new_finding(ctx: Ctx) -> ResponseReturnValue:
    """Put a decided breach on record."""

    def form(given: Any, errors: Errors) -> str:
        return _page("new_finding", form=given, errors=errors, kinds=_options("finding.kind"))

    def act(data: dict[str, Any]) -> None:
        service.record_finding(ctx, agency_id=agencies.by_uscc(ctx, data.pop("uscc")).id, **data)

    if request.method != "POST":
        return form(request.args, {})
    return _attempt(FindingIn, act, lambda errors: form(request.form, errors), _to("case_queue", "found"))


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
        return _to("case", "opened", case_id=row.id)

    return _attempt(ExitCaseIn, act, lambda errors: _cases(ctx, request.form, errors))


def _cases(ctx: Ctx, form: Any, errors: Errors) -> str:
    state = request.args.get("state") or None
    page = page_of(ctx.session, queries.cases(state), key=(ExitCase.defence_due, ExitCase.id), cursor=_after())
    return _page(
        "case_queue",
        page=page,
        states=_options("case.state"),
        exit_rules=_options("exit.rule"),
        names=queries.agency_names(ctx, [row.agency_id for row in page.items]),
        form=form,
        errors=errors,
    )


@door.get("/regulator/cases/<case_id>")
@requires("supervision.read")
@unit_of_work
def case(ctx: Ctx, case_id: str) -> str:
    """Facts, rule, defence and decision."""
    return _case(ctx, queries.case(ctx, case_id), "case", {}, {})


@door.post("/regulator/cases/<case_id>/decide")
@requires("exit.decide")
@unit_of_work
def decide_case(ctx: Ctx, case_id: str) -> ResponseReturnValue:
    """Confirm or dismiss; not by the one who opened it."""
    return _attempt(
        ExitDecisionIn,
        lambda data: service.decide_case(ctx, case_id, **data),
        lambda errors: _case(ctx, queries.case(ctx, case_id), "case", request.form, errors),
        _to("case", "decided", case_id=case_id),
    )


@door.post("/regulator/sanctions/<sanction_id>/lift")
@requires("exit.decide")
@unit_of_work
def lift(ctx: Ctx, sanction_id: str) -> ResponseReturnValue:
    """End a suspension early."""
    row = queries.case(ctx, queries.sanction(ctx, sanction_id).case_id)
    return _attempt(
        GroundsIn,
        lambda data: service.lift(ctx, sanction_id, **data),
        lambda errors: _case(ctx, row, "case", request.form, errors),
        _to("case", "lifted", case_id=row.id),
    )


def _case(ctx: Ctx, row: ExitCase, template: str, form: Any, errors: Errors) -> str:
    return _page(
        template,
        case=row,
        agency=agencies.agency(ctx, row.agency_id),
        findings=queries.findings_named(ctx, row.agency_id, row.finding_ids),
        sanction=queries.sanction_of_case(ctx, row.id),
        form=form,
        errors=errors,
    )


@door.get("/agency/cases")
@requires("agency.edit")
@unit_of_work
def own_cases(ctx: Ctx) -> str:
    """The agency's cases and findings."""
    mine = ctx.actor.organisation_id or ""
    page = page_of(ctx.session, queries.cases_of(mine), key=(ExitCase.id,), descending=True, cursor=_after())
    found = page_of(ctx.session, queries.findings(mine), key=(Finding.id,), descending=True, rows=100)
    return _page("own_cases", page=page, findings=found.items)


@door.get("/agency/cases/<case_id>")
@requires("agency.edit")
@unit_of_work
def own_case(ctx: Ctx, case_id: str) -> str:
    """One case with the form for the defence."""
    return _case(ctx, queries.case_for_agency(ctx, case_id), "own_case", {}, {})


@door.post("/agency/cases/<case_id>")
@requires("agency.edit")
@unit_of_work
def defend(ctx: Ctx, case_id: str) -> ResponseReturnValue:
    """File the defence."""
    row = queries.case_for_agency(ctx, case_id)
    return _attempt(
        DefenceIn,
        lambda data: service.defend(ctx, case_id, **data),
        lambda errors: _case(ctx, row, "own_case", request.form, errors),
        _to("own_case", "defended", case_id=case_id),
    )
