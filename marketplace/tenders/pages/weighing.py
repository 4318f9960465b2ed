"""What people are asked once the bids are open: a low price explained and judged, quotes compared, plans scored."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.tenders import queries, service
from marketplace.tenders.errors.weighing import AssessorNotAsked, ExplanationNotFound
from marketplace.tenders.models import Assessor, Tender
from marketplace.tenders.pages.doorway import done, door, field_errors
from marketplace.tenders.queries import asking
from marketplace.tenders.schemas import TenderReasonIn
from marketplace.tenders.schemas.weighing import ConflictIn, ExplanationIn, ExplanationJudgementIn, ReplacementIn
from marketplace.web.doors import form_of, render, requires, see_other, unit_of_work

Errors = Mapping[str, list[str]]


def _home(number: str) -> str:
    return url_for("marketplace_tenders.manage", number=number)


def _own(ctx: Ctx, number: str) -> Tender:
    return queries.own(ctx, queries.by_number(ctx, number).id)


# --- low prices -------------------------------------------------------------------------------------------------------


def _explain_page(ctx: Ctx, offer_id: str, form: Mapping[str, str], errors: Errors) -> str:
    row = asking.explanation(ctx, offer_id)
    if row is None or row.agency_id != ctx.actor.organisation_id:
        raise ExplanationNotFound
    offer = queries.offer(ctx, offer_id)
    facts = {"tender": queries.tender(ctx, row.tender_id), "offer": offer, "row": row, "form": form, "errors": errors}
    return render("marketplace/tenders/explain.html", **facts, done=done())


@door.get("/agency/offers/<offer_id>/explanation")
@requires("bid.place")
@unit_of_work
def explaining(ctx: Ctx, offer_id: str) -> str:
    """Why one's own quote has to be explained, until when, and the form."""
    return _explain_page(ctx, offer_id, {}, {})


@door.post("/agency/offers/<offer_id>/explanation")
@requires("bid.place")
@unit_of_work
def explain(ctx: Ctx, offer_id: str) -> ResponseReturnValue:
    """Hand the explanation in, once."""
    data, errors = form_of(ExplanationIn, request.form)
    if not errors:
        try:
            service.explain_price(ctx, offer_id, **data)
        except DomainError as error:
            errors = field_errors(error)
        else:
            return see_other(url_for("marketplace_tenders.explaining", offer_id=offer_id), done="explained")
    return _explain_page(ctx, offer_id, request.form, errors), 422


def _judge_page(ctx: Ctx, number: str, offer_id: str, form: Mapping[str, str], errors: Errors) -> str:
    tender, row = _own(ctx, number), asking.explanation(ctx, offer_id)
    if row is None or row.tender_id != tender.id:
        raise ExplanationNotFound
    facts = {"tender": tender, "offer": queries.offer(ctx, offer_id), "row": row, "form": form, "errors": errors}
    return render("marketplace/tenders/judge.html", **facts)


@door.get("/buyer/tenders/<number>/explanations/<offer_id>")
@requires("tender.publish")
@unit_of_work
def judging(ctx: Ctx, number: str, offer_id: str) -> str:
    """One explanation, to be accepted or refused."""
    return _judge_page(ctx, number, offer_id, {}, {})


@door.post("/buyer/tenders/<number>/explanations/<offer_id>")
@requires("tender.publish")
@unit_of_work
def judge(ctx: Ctx, number: str, offer_id: str) -> ResponseReturnValue:
    """Accept or refuse it, with a published reason."""
    data, errors = form_of(ExplanationJudgementIn, request.form)
    if not errors:
        try:
            service.judge_explanation(ctx, offer_id, **data)
        except DomainError as error:
            errors = field_errors(error)
        else:
            return see_other(_home(number), done="judged")
    return _judge_page(ctx, number, offer_id, request.form, errors), 422


# --- the buyer compares, or replaces an assessor ----------------------------------------------------------------------


def _name_page(ctx: Ctx, number: str, offer_id: str, form: Mapping[str, str], errors: Errors) -> str:
    tender, offer = _own(ctx, number), queries.offer(ctx, offer_id)
    return render("marketplace/tenders/choose.html", tender=tender, offer=offer, form=form, errors=errors)


@door.get("/buyer/tenders/<number>/choose/<offer_id>")
@requires("tender.publish")
@unit_of_work
def naming(ctx: Ctx, number: str, offer_id: str) -> str:
    """One page for one grave decision."""
    return _name_page(ctx, number, offer_id, {}, {})


@door.post("/buyer/tenders/<number>/choose/<offer_id>")
@requires("tender.publish")
@unit_of_work
def name(ctx: Ctx, number: str, offer_id: str) -> ResponseReturnValue:
    """Name the offer chosen by comparing, with a published reason."""
    data, errors = form_of(TenderReasonIn, request.form)
    if not errors:
        try:
            service.name_offer(ctx, offer_id, **data)
        except DomainError as error:
            errors = field_errors(error)
        else:
            return see_other(_home(number), done="named")
    return _name_page(ctx, number, offer_id, request.form, errors), 422


def _replace_page(ctx: Ctx, number: str, assessor_id: str, form: Mapping[str, str], errors: Errors) -> str:
    tender = _own(ctx, number)
    row = next((row for row in asking.assessors(ctx, tender.id) if row.id == assessor_id), None)
    if row is None:
        raise AssessorNotAsked
    return render("marketplace/tenders/replace.html", tender=tender, row=row, form=form, errors=errors)


@door.get("/buyer/tenders/<number>/assessors/<assessor_id>")
@requires("tender.publish")
@unit_of_work
def replacing(ctx: Ctx, number: str, assessor_id: str) -> str:
    """Who takes the seat of an assessor that has not finished."""
    return _replace_page(ctx, number, assessor_id, {}, {})


@door.post("/buyer/tenders/<number>/assessors/<assessor_id>")
@requires("tender.publish")
@unit_of_work
def replace(ctx: Ctx, number: str, assessor_id: str) -> ResponseReturnValue:
    """Give the seat to somebody else."""
    tender = _own(ctx, number)
    data, errors = form_of(ReplacementIn, request.form)
    if not errors:
        try:
            service.replace_assessor(ctx, tender.id, assessor_id, **data)
        except DomainError as error:
            error.field = "username" if error.field == "assessors" else error.field
            errors = field_errors(error)
        else:
            return see_other(_home(number), done="replaced")
    return _replace_page(ctx, number, assessor_id, request.form, errors), 422


# --- assessors --------------------------------------------------------------------------------------------------------


@door.get("/assessor")
@requires("tender.score")
@unit_of_work
def seats(ctx: Ctx) -> str:
    """我的评审: the tenders that wait for one's points, and those that are done."""
    return render("marketplace/tenders/seats.html", seats=asking.seats_of(ctx, ctx.actor.login_id or ""), done=done())


def _seat(ctx: Ctx, number: str) -> tuple[Tender, Assessor]:
    for row, tender in asking.seats_of(ctx, ctx.actor.login_id or ""):
        if tender.number == number:
            return tender, row
    raise AssessorNotAsked


def _seat_page(ctx: Ctx, number: str, form: Mapping[str, str], errors: Errors) -> str:
    tender, row = _seat(ctx, number)
    offers = [offer for offer in queries.offers(ctx, tender.id) if offer.status == "valid"]
    facts: dict[str, Any] = {"tender": tender, "row": row, "offers": offers, "form": form, "errors": errors}
    return render("marketplace/tenders/seat.html", **facts, done=done())


@door.get("/assessor/tenders/<number>")
@requires("tender.score")
@unit_of_work
def seat(ctx: Ctx, number: str) -> str:
    """One tender for one assessor: first the declaration, then the plans and the points."""
    return _seat_page(ctx, number, {}, {})


@door.post("/assessor/tenders/<number>/declaration")
@requires("tender.score")
@unit_of_work
def declare(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Declare a conflict of interest, or that there is none."""
    tender, _ = _seat(ctx, number)
    has_conflict = request.form.get("interest") == "yes"
    data, errors = form_of(ConflictIn, {"conflict": request.form.get("conflict", "") if has_conflict else ""})
    if has_conflict and not data.get("conflict"):
        errors = {"conflict": ["请写明利害关系"]}
    if errors:
        return _seat_page(ctx, number, request.form, errors), 422
    service.declare(ctx, tender.id, **data)
    return see_other(url_for("marketplace_tenders.seat", number=number), done="declared")


@door.post("/assessor/tenders/<number>/points")
@requires("tender.score")
@unit_of_work
def give_points(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Hand the points in, for good."""
    tender, _ = _seat(ctx, number)
    typed = {name.removeprefix("points-"): text.strip() for name, text in request.form.items() if name[:7] == "points-"}
    points = {id: int(text) for id, text in typed.items() if text.isascii() and text.isdigit() and len(text) < 4}
    comments = {name.removeprefix("comment-"): text for name, text in request.form.items() if name[:8] == "comment-"}
    try:
        service.give_points(ctx, tender.id, points=points, comments=comments)
    except DomainError as error:
        return _seat_page(ctx, number, request.form, field_errors(error)), 422
    return see_other(url_for("marketplace_tenders.seat", number=number), done="scored")
