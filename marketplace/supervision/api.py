"""JSON door of supervision."""

from typing import Any

from flask import request

from marketplace.agencies import queries as agencies
from marketplace.kernel.context import Ctx
from marketplace.supervision import queries, service
from marketplace.supervision.models import Complaint, ExitCase, Finding, Sanction
from marketplace.supervision.schemas import (
    ComplaintDecisionIn,
    ComplaintFullOut,
    ComplaintIn,
    ComplaintOut,
    ComplaintsOut,
    DefenceIn,
    ExitCaseIn,
    ExitCaseOut,
    ExitCasesOut,
    ExitDecisionIn,
    FindingIn,
    FindingOut,
    GroundsIn,
    SanctionOut,
    SanctionsOut,
)
from marketplace.web.doors import api_door, public, requires, unit_of_work
from marketplace.web.paging import Page, page_of

api = api_door("supervision", __name__)


@api.post("/complaints")
@public
@unit_of_work
@api.arguments(ComplaintIn)
@api.response(201, ComplaintOut)
def complain(ctx: Ctx, data: dict[str, Any]) -> Complaint:
    """File a complaint; anybody may."""
    return service.complain(ctx, **data)


@api.get("/complaints/<number>")
@public
@unit_of_work
@api.response(200, ComplaintOut)
def show_complaint(ctx: Ctx, number: str) -> Complaint:
    """How far a complaint has come, by its receipt number."""
    return queries.complaint_numbered(ctx, number)


@api.get("/agency/complaints")
@requires("agency.edit")
@unit_of_work
@api.response(200, ComplaintsOut)
def list_own_complaints(ctx: Ctx) -> Page[Complaint]:
    """Complaints about my agency that were taken up, newest first; never who complained."""
    wanted = queries.complaints_about(ctx.actor.organisation_id or "")
    return page_of(ctx.session, wanted, key=(Complaint.id,), descending=True, cursor=request.args.get("after"))


@api.post("/complaints/<complaint_id>/answer")
@requires("agency.edit")
@unit_of_work
@api.arguments(DefenceIn)
@api.response(200, ComplaintFullOut)
def answer(ctx: Ctx, data: dict[str, Any], complaint_id: str) -> Complaint:
    """Tell the agency's side; it may be added to until the time is over."""
    return service.answer(ctx, complaint_id, **data)


@api.get("/complaints")
@requires("complaint.decide")
@unit_of_work
@api.response(200, ComplaintsOut)
def list_complaints(ctx: Ctx) -> Page[Complaint]:
    """Open complaints, the most urgent first."""
    key = (Complaint.due_at, Complaint.id)
    return page_of(ctx.session, queries.complaints(), key=key, cursor=request.args.get("after"))


@api.post("/complaints/<complaint_id>/acceptance")
@requires("complaint.decide")
@unit_of_work
@api.response(200, ComplaintFullOut)
def accept(ctx: Ctx, complaint_id: str) -> Complaint:
    """Take a complaint up."""
    return service.accept(ctx, complaint_id)


@api.post("/complaints/<complaint_id>/refusal")
@requires("complaint.decide")
@unit_of_work
@api.arguments(GroundsIn)
@api.response(200, ComplaintFullOut)
def refuse(ctx: Ctx, data: dict[str, Any], complaint_id: str) -> Complaint:
    """Decline to take a complaint up."""
    return service.refuse(ctx, complaint_id, **data)


@api.post("/complaints/<complaint_id>/decision")
@requires("complaint.decide")
@unit_of_work
@api.arguments(ComplaintDecisionIn)
@api.response(200, ComplaintFullOut)
def decide(ctx: Ctx, data: dict[str, Any], complaint_id: str) -> Complaint:
    """Uphold or dismiss a complaint."""
    return service.decide(ctx, complaint_id, **data)


@api.post("/findings")
@requires("finding.decide")
@unit_of_work
@api.arguments(FindingIn)
@api.response(201, FindingOut)
def record_finding(ctx: Ctx, data: dict[str, Any]) -> Finding:
    """Put a decided breach on record."""
    agency = agencies.by_uscc(ctx, data.pop("uscc"))
    return service.record_finding(ctx, agency_id=agency.id, **data)


@api.get("/exit-cases")
@requires("supervision.read")
@unit_of_work
@api.response(200, ExitCasesOut)
def list_cases(ctx: Ctx) -> Page[ExitCase]:
    """Open exit cases, the oldest first."""
    key = (ExitCase.defence_due, ExitCase.id)
    return page_of(ctx.session, queries.cases(), key=key, cursor=request.args.get("after"))


@api.post("/exit-cases")
@requires("exit.decide")
@unit_of_work
@api.arguments(ExitCaseIn)
@api.response(201, ExitCaseOut)
def open_case(ctx: Ctx, data: dict[str, Any]) -> ExitCase:
    """Open a case under an exit rule that the decided facts meet."""
    return service.open_case(ctx, agency_id=agencies.by_uscc(ctx, data["uscc"]).id, rule=data["rule"])


@api.get("/exit-cases/<case_id>")
@requires("supervision.read")
@unit_of_work
@api.response(200, ExitCaseOut)
def show_case(ctx: Ctx, case_id: str) -> ExitCase:
    """One case."""
    return queries.case(ctx, case_id)


@api.post("/exit-cases/<case_id>/defence")
@requires("agency.edit")
@unit_of_work
@api.arguments(DefenceIn)
@api.response(200, ExitCaseOut)
def defend(ctx: Ctx, data: dict[str, Any], case_id: str) -> ExitCase:
    """The agency answers to its case."""
    return service.defend(ctx, case_id, **data)


@api.post("/exit-cases/<case_id>/decision")
@requires("exit.decide")
@unit_of_work
@api.arguments(ExitDecisionIn)
@api.response(200, ExitCaseOut)
def decide_case(ctx: Ctx, data: dict[str, Any], case_id: str) -> ExitCase:
    """Confirm or dismiss a case; not by the one who opened it."""
    return service.decide_case(ctx, case_id, **data)


@api.get("/sanctions")
@public
@unit_of_work
@api.response(200, SanctionsOut)
def list_sanctions(ctx: Ctx) -> Page[Sanction]:
    """Suspensions and removals in force, the newest first."""
    key = (Sanction.starts_at, Sanction.id)
    return page_of(ctx.session, queries.sanctions(), key=key, descending=True, cursor=request.args.get("after"))


@api.post("/sanctions/<sanction_id>/lift")
@requires("exit.decide")
@unit_of_work
@api.arguments(GroundsIn)
@api.response(200, SanctionOut)
def lift(ctx: Ctx, data: dict[str, Any], sanction_id: str) -> Sanction:
    """End a suspension before its term."""
    return service.lift(ctx, sanction_id, **data)
