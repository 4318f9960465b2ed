"""The buyer's side after posting: the board, and the decisions of one tender."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError, KeyNotHeld
from marketplace.selection import queries as selection
from marketplace.tenders import queries, rules, service
from marketplace.tenders.models import Objection, Tender
from marketplace.tenders.pages import doorway
from marketplace.tenders.pages.doorway import about, award_of, door, field_errors
from marketplace.tenders.queries import asking, changes
from marketplace.tenders.rules import turns
from marketplace.tenders.schemas import LABELS, TenderReasonIn
from marketplace.tenders.schemas.awards import ObjectionDecisionIn
from marketplace.web.doors import form_of, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of


def _own(ctx: Ctx, number: str) -> Tender:
    return queries.own(ctx, queries.by_number(ctx, number).id)


def _home(number: str) -> str:
    return url_for("marketplace_tenders.manage", number=number)


def _whose_turn(ctx: Ctx, tender: Tender) -> str:
    if tender.stage == "explaining" and all(row.status != "asked" for row in asking.explanations(ctx, tender.id)):
        return "buyer"  # everybody has explained: now it is judged
    asks, live = selection.asks(ctx, tender.method), selection.is_live(ctx, tender.method)
    return turns.turn(tender.stage, asks, live=live).who


@door.get("/buyer")
@requires("tender.draft")
@unit_of_work
def board(ctx: Ctx) -> str:
    """The buyer's tenders, by state."""
    found = queries.board(ctx, ctx.actor.organisation_id or "", request.args.get("stage", ""))
    cursor = request.args.get("after") or None
    page = page_of(ctx.session, found, key=(Tender.id,), descending=True, cursor=cursor)
    stages = [(code, t(words)) for code, words in LABELS["tender.stage"].items()]
    return render(
        "marketplace/tenders/board.html", page=page, items=doorway.item_names(ctx), stages=stages, done=doorway.done()
    )


@door.get("/buyer/tenders/<number>")
@requires("tender.draft")
@unit_of_work
def manage(ctx: Ctx, number: str) -> ResponseReturnValue:
    """One tender with what can be decided now. A draft leads to its check page."""
    tender = _own(ctx, number)
    if tender.stage == "draft":
        return see_other(url_for("marketplace_tenders.check_draft", number=number))
    may_cancel = ctx.actor.may("tender.cancel") and rules.STATES.allows(tender.stage, "cancel")
    facts: dict[str, Any] = {
        "may_cancel": may_cancel,
        "may_repost": rules.STATES.allows(tender.stage, "repost") and changes.successor(ctx, tender.id) is None,
        "turn": _whose_turn(ctx, tender),
        "seats": asking.assessors(ctx, tender.id) if tender.assessors else [],
    }
    return render("marketplace/tenders/manage.html", **about(ctx, tender), **facts)


@door.get("/buyer/tenders/<number>/exclude/<offer_id>")
@requires("tender.publish")
@unit_of_work
def excluding(ctx: Ctx, number: str, offer_id: str) -> str:
    """One page for one exclusion."""
    return _exclude_page(ctx, number, offer_id, {}, {})


def _exclude_page(ctx: Ctx, number: str, offer_id: str, form: dict[str, str], errors: dict[str, list[str]]) -> str:
    tender, offer = _own(ctx, number), queries.offer(ctx, offer_id)
    return render("marketplace/tenders/exclude.html", tender=tender, offer=offer, form=form, errors=errors)


@door.post("/buyer/tenders/<number>/exclude/<offer_id>")
@requires("tender.publish")
@unit_of_work
def exclude(ctx: Ctx, number: str, offer_id: str) -> ResponseReturnValue:
    """Exclude an opened bid for a published reason."""
    data, errors = form_of(TenderReasonIn, request.form)
    if not errors:
        try:
            service.exclude_offer(ctx, offer_id, **data)
        except DomainError as error:
            errors = field_errors(error)
        else:
            return see_other(_home(number), done="excluded")
    return _exclude_page(ctx, number, offer_id, request.form, errors), 422


@door.post("/buyer/tenders/<number>/award")
@requires("tender.publish")
@unit_of_work
def award(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Rank what is left after the screening. Where the seeds are kept elsewhere, that process does it next."""
    tender = _own(ctx, number)
    try:
        service.award(ctx, tender.id)
    except KeyNotHeld:
        ctx.promise("tender.award", tender.id, ctx.now)
        return see_other(_home(number), done="awarding")
    return see_other(_home(number), done="awarded" if tender.stage == "publicity" else "asking")


@door.post("/buyer/tenders/<number>/lapse")
@requires("award.confirm")
@unit_of_work
def lapse(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Stop waiting for a signature that is overdue."""
    _, found = award_of(ctx, number)
    service.lapse_award(ctx, found.id)
    return see_other(_home(number), done="lapsed")


@door.post("/buyer/tenders/<number>/confirm")
@requires("award.confirm")
@unit_of_work
def confirm(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Confirm the award after its publicity."""
    _, found = award_of(ctx, number)
    service.confirm_award(ctx, found.id)
    return see_other(url_for("marketplace_tenders.award_notice", number=number), done="confirmed")


@door.get("/objections/<objection_id>")
@requires("objection.decide")
@unit_of_work
def deciding(ctx: Ctx, objection_id: str) -> str:
    """One objection, for the buyer or a regulator."""
    return _decision_page(ctx, queries.objection(ctx, objection_id), {}, {})


def _decision_page(ctx: Ctx, row: Objection, form: dict[str, str], errors: dict[str, list[str]]) -> str:
    tender = queries.tender(ctx, row.tender_id)
    if "authority" not in ctx.actor.roles:
        tender = queries.own(ctx, tender.id)
    names = doorway.names_of(ctx, [row.agency_id])
    return render(
        "marketplace/tenders/decision.html", tender=tender, objection=row, names=names, form=form, errors=errors
    )


@door.post("/objections/<objection_id>")
@requires("objection.decide")
@unit_of_work
def decide(ctx: Ctx, objection_id: str) -> ResponseReturnValue:
    """Answer it: upheld, the award ends and the reserve steps in; dismissed, the clock goes on."""
    row = queries.objection(ctx, objection_id)
    data, errors = form_of(ObjectionDecisionIn, request.form)
    if not errors:
        try:
            service.decide_objection(ctx, row.id, **data)
        except DomainError as error:
            errors = field_errors(error)
        else:
            number = queries.tender(ctx, row.tender_id).number
            return see_other(url_for("marketplace_tenders.notice", number=number), done="decided")
    return _decision_page(ctx, row, request.form, errors), 422
