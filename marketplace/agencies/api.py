"""JSON door of the agencies: enter, look up, keep one's own entry."""

from __future__ import annotations

from typing import Any

from marketplace.agencies import queries, service
from marketplace.agencies.models import Agency, Practitioner, Qualification, ServiceScope
from marketplace.agencies.schemas import (
    AfterCheckIn,
    AgenciesOut,
    AgencyDetailsIn,
    AgencyEligibilityOut,
    AgencyJoinIn,
    AgencyOut,
    AgencyPageOut,
    DirectoryQuery,
    EligibilityQuery,
    PractitionerIn,
    PractitionerOut,
    QualificationIn,
    QualificationOut,
    QualificationRenewalIn,
    ServiceScopeIn,
    ServiceScopeOut,
)
from marketplace.kernel.context import Ctx
from marketplace.web.doors import api_door, public, requires, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import Page, page_of

api = api_door("agencies", __name__)


def _mine(ctx: Ctx) -> str:
    return ctx.actor.organisation_id or ""


@api.get("/agencies")
@public
@unit_of_work
@api.arguments(DirectoryQuery, location="query")
@api.response(200, AgenciesOut)
def list_agencies(ctx: Ctx, asked: dict[str, Any]) -> Page[Agency]:
    """The directory, newest entry first; words, item, region, stars and standing narrow it."""
    wanted = queries.directory(
        text=asked["q"],
        item_code=asked["item"],
        region=asked["region"],
        stars=asked["stars"],
        standing=asked["standing"],
    )
    return page_of(ctx.session, wanted, key=(Agency.id,), descending=True, cursor=asked["after"])


@api.post("/agencies")
@public
@unit_of_work
@api.arguments(AgencyJoinIn)
@api.response(201, AgencyOut)
def enter(ctx: Ctx, data: dict[str, Any]) -> Agency:
    """Enter the market by commitment; active at once when the form checks pass."""
    return service.apply(ctx, **data)


@api.get("/agencies/<uscc>")
@public
@unit_of_work
@api.response(200, AgencyPageOut)
def show_agency(ctx: Ctx, uscc: str) -> dict[str, Any]:
    """One agency with its services, certificates and people."""
    row = queries.by_uscc(ctx, uscc)
    return {
        "agency": row,
        "scopes": queries.scopes(ctx, row.id),
        "qualifications": queries.qualifications(ctx, row.id),
        "people": queries.practitioners(ctx, row.id),
    }


@api.post("/agencies/<uscc>/check")
@requires("agency.check")
@unit_of_work
@api.arguments(AfterCheckIn)
@api.response(200, AgencyOut)
def complete_check(ctx: Ctx, data: dict[str, Any], uscc: str) -> Agency:
    """Note the result of the after-check of an entry."""
    return service.complete_check(ctx, queries.by_uscc(ctx, uscc).id, **data)


@api.get("/agency/eligibility")
@requires("agency.edit")
@unit_of_work
@api.arguments(EligibilityQuery, location="query")
@api.response(200, AgencyEligibilityOut)
def eligibility(ctx: Ctx, asked: dict[str, Any]) -> dict[str, Any]:
    """Every reason why my agency may not bid for an item; none means that it may."""
    found = queries.bars(ctx, _mine(ctx), asked["item_code"], asked["closes_at"] or ctx.now)
    bars = [{"code": bar.code, "text": bar.say(t), "remedy": t(bar.remedy)} for bar in found]
    return {"may_bid": not bars, "bars": bars}


@api.patch("/agency/profile")
@requires("agency.edit")
@unit_of_work
@api.arguments(AgencyDetailsIn)
@api.response(200, AgencyOut)
def amend(ctx: Ctx, data: dict[str, Any]) -> Agency:
    """Change what my agency says of itself."""
    return service.amend(ctx, _mine(ctx), **data)


@api.post("/agency/scopes")
@requires("agency.edit")
@unit_of_work
@api.arguments(ServiceScopeIn)
@api.response(201, ServiceScopeOut)
def add_scope(ctx: Ctx, data: dict[str, Any]) -> ServiceScope:
    """Declare one more item."""
    return service.add_scope(ctx, _mine(ctx), data["item_code"])


@api.delete("/agency/scopes/<item_code>")
@requires("agency.edit")
@unit_of_work
@api.response(204)
def drop_scope(ctx: Ctx, item_code: str) -> None:
    """Give up one item."""
    service.drop_scope(ctx, _mine(ctx), item_code)


@api.post("/agency/qualifications")
@requires("agency.edit")
@unit_of_work
@api.arguments(QualificationIn)
@api.response(201, QualificationOut)
def add_qualification(ctx: Ctx, data: dict[str, Any]) -> Qualification:
    """Register a certificate; it works at once."""
    return service.add_qualification(ctx, _mine(ctx), **data)


@api.post("/agency/qualifications/<qualification_id>/renewal")
@requires("agency.edit")
@unit_of_work
@api.arguments(QualificationRenewalIn)
@api.response(201, QualificationOut)
def renew_qualification(ctx: Ctx, data: dict[str, Any], qualification_id: str) -> Qualification:
    """Register the renewal of a certificate."""
    return service.renew_qualification(ctx, qualification_id, **data)


@api.post("/agency/people")
@requires("agency.edit")
@unit_of_work
@api.arguments(PractitionerIn)
@api.response(201, PractitionerOut)
def add_practitioner(ctx: Ctx, data: dict[str, Any]) -> Practitioner:
    """List a practitioner; the identity number is stored encrypted and never shown."""
    certificate = {"title": data["certificate_title"], "number": data["certificate_number"]}
    return service.add_practitioner(
        ctx, _mine(ctx), name=data["name"], id_number=data["id_number"], certificates=[certificate]
    )


@api.delete("/agency/people/<practitioner_id>")
@requires("agency.edit")
@unit_of_work
@api.response(204)
def remove_practitioner(ctx: Ctx, practitioner_id: str) -> None:
    """Take a practitioner off the list."""
    service.remove_practitioner(ctx, practitioner_id)


@api.post("/agency/leave")
@requires("agency.leave")
@unit_of_work
@api.response(200, AgencyOut)
def leave(ctx: Ctx) -> Agency:
    """Leave the market; refused while a contract is open."""
    return service.leave(ctx, _mine(ctx), open_contracts=queries.open_engagements(ctx, _mine(ctx)))
