"""HTML door of supervision, the agency's part: its cases, findings and complaints. The rest stands in pages.py."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.agencies import queries as agencies
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.supervision import queries, service
from marketplace.supervision.models import Complaint, ExitCase, Finding
from marketplace.supervision.schemas import LABELS, DefenceIn
from marketplace.web.doors import form_of, page_door, render, requires, see_other, unit_of_work
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
    "answered": "答复已提交",
    "lifted": "已提前解除",
}
Errors = dict[str, list[str]]
Act = Callable[[dict[str, Any]], Any]
Again = Callable[[Errors], str]


def show(template: str, **context: Any) -> str:
    """A page of supervision, with what was just done."""
    done = t(DONE.get(request.args.get("done", ""), ""))
    return render(f"marketplace/supervision/{template}.html", done=done, **context)


def options(name: str) -> list[tuple[str, str]]:
    """The choices of a list of words."""
    return [(code, t(text)) for code, text in LABELS[name].items()]


def after() -> str | None:
    """The cursor of a list."""
    return request.args.get("after")


def attempt(schema: type[Schema], act: Act, again: Again, target: str = "") -> ResponseReturnValue:
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


def to(view: str, done: str, **values: str) -> str:
    """Where to go on to, and what was done."""
    return url_for(f"marketplace_supervision.{view}", _external=False, done=done, **values)


def case_page(ctx: Ctx, row: ExitCase, template: str, form: Any, errors: Errors) -> str:
    """One case as a page."""
    return show(
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
    """The agency's cases, findings, and the complaints it answers for."""
    mine = ctx.actor.organisation_id or ""
    page = page_of(ctx.session, queries.cases_of(mine), key=(ExitCase.id,), descending=True, cursor=after())
    found = page_of(ctx.session, queries.findings(mine), key=(Finding.id,), descending=True, rows=100)
    about = page_of(ctx.session, queries.complaints_about(mine), key=(Complaint.id,), descending=True, rows=100)
    return show("own_cases", page=page, findings=found.items, complaints=about.items)


@door.get("/agency/cases/<case_id>")
@requires("agency.edit")
@unit_of_work
def own_case(ctx: Ctx, case_id: str) -> str:
    """One case with the form for the defence."""
    return case_page(ctx, queries.case_for_agency(ctx, case_id), "own_case", {}, {})


@door.post("/agency/cases/<case_id>")
@requires("agency.edit")
@unit_of_work
def defend(ctx: Ctx, case_id: str) -> ResponseReturnValue:
    """File the defence."""
    row = queries.case_for_agency(ctx, case_id)
    return attempt(
        DefenceIn,
        lambda data: service.defend(ctx, case_id, **data),
        lambda errors: case_page(ctx, row, "own_case", request.form, errors),
        to("own_case", "defended", case_id=case_id),
    )


@door.get("/agency/complaints/<complaint_id>")
@requires("agency.edit")
@unit_of_work
def own_complaint(ctx: Ctx, complaint_id: str) -> str:
    """What the agency is complained of, never by whom, with the form for its answer."""
    return show("own_complaint", complaint=queries.complaint_of_agency(ctx, complaint_id), form={}, errors={})


@door.post("/agency/complaints/<complaint_id>")
@requires("agency.edit")
@unit_of_work
def answer(ctx: Ctx, complaint_id: str) -> ResponseReturnValue:
    """File the answer."""
    row = queries.complaint_of_agency(ctx, complaint_id)
    return attempt(
        DefenceIn,
        lambda data: service.answer(ctx, complaint_id, **data),
        lambda errors: show("own_complaint", complaint=row, form=request.form, errors=errors),
        to("own_complaint", "answered", complaint_id=complaint_id),
    )
