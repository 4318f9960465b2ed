"""The award notice and what the agencies can do about it: accept, decline, object."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.agencies import queries as agencies
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.tenders import rules, service
from marketplace.tenders.errors import AwardNotYours
from marketplace.tenders.models import Award, Tender
from marketplace.tenders.pages.doorway import about, award_of, door, field_errors, to_receipt
from marketplace.tenders.schemas import TenderReasonIn
from marketplace.tenders.schemas.awards import ObjectionIn
from marketplace.web.doors import form_of, public, render, requires, see_other, unit_of_work


def _page(tender: Tender) -> str:
    return url_for("marketplace_tenders.award_notice", number=tender.number)


def _choices(ctx: Ctx, tender: Tender, award: Award, opening: dict[str, Any]) -> dict[str, bool]:
    """What the one who is asking may do on the page; the verbs check again."""
    mine = ctx.actor.organisation_id
    took_part = any(offer.agency_id == mine for offers in opening.values() for offer in offers)
    waits = award.ended_at is None and award.accepted_at is None
    return {
        "may_accept": award.agency_id == mine and ctx.actor.may("award.accept") and waits,
        "may_object": bool(mine)
        and took_part
        and award.agency_id != mine
        and rules.STATES.allows(tender.stage, "object"),
    }


@door.get("/awards/<number>")
@public
@unit_of_work
def award_notice(ctx: Ctx, number: str) -> str:
    """中选公示 while it is open to objections, 中选公告 afterwards."""
    tender, award = award_of(ctx, number)
    facts = about(ctx, tender)
    winner = agencies.agency(ctx, award.agency_id)
    choices = _choices(ctx, tender, award, facts["opening"])
    return render("marketplace/tenders/award.html", **facts, agency=winner, **choices)


@door.post("/awards/<number>/accept")
@requires("award.accept")
@unit_of_work
def accept(ctx: Ctx, number: str) -> ResponseReturnValue:
    """The winner takes the work."""
    tender, award = award_of(ctx, number)
    service.accept_award(ctx, award.id)
    return see_other(_page(tender), done="accepted")


@door.get("/awards/<number>/decline")
@requires("award.decline")
@unit_of_work
def decline(ctx: Ctx, number: str) -> str:
    """One page for one grave decision."""
    tender, award = award_of(ctx, number)
    if award.agency_id != ctx.actor.organisation_id:
        raise AwardNotYours
    return render("marketplace/tenders/decline.html", tender=tender, award=award, form={}, errors={})


@door.post("/awards/<number>/decline")
@requires("award.decline")
@unit_of_work
def declined(ctx: Ctx, number: str) -> ResponseReturnValue:
    """The winner gives the work back, with a reason that is published."""
    tender, award = award_of(ctx, number)
    data, errors = form_of(TenderReasonIn, request.form)
    if not errors:
        try:
            service.decline_award(ctx, award.id, **data)
        except DomainError as error:
            errors = field_errors(error)
        else:
            return see_other(url_for("marketplace_tenders.notice", number=number), done="declined")
    page = render("marketplace/tenders/decline.html", tender=tender, award=award, form=request.form, errors=errors)
    return page, 422


@door.get("/awards/<number>/objection")
@requires("objection.file")
@unit_of_work
def object_to(ctx: Ctx, number: str) -> str:
    """The form for an objection."""
    tender, award = award_of(ctx, number)
    return render("marketplace/tenders/objection.html", tender=tender, award=award, form={}, errors={})


@door.post("/awards/<number>/objection")
@requires("objection.file")
@unit_of_work
def objected(ctx: Ctx, number: str) -> ResponseReturnValue:
    """File it; the clock stops."""
    tender, award = award_of(ctx, number)
    data, errors = form_of(ObjectionIn, request.form)
    if not errors:
        try:
            given = service.object_to_award(ctx, award.id, **data)
        except DomainError as error:
            errors = field_errors(error)
        else:
            return to_receipt(number, given, "objected")
    page = render("marketplace/tenders/objection.html", tender=tender, award=award, form=request.form, errors=errors)
    return page, 422
