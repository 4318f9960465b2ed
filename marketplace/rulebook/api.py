"""JSON door of the rulebook and the working-day calendar."""

from datetime import date
from typing import Any

from flask import request

from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries, service
from marketplace.rulebook.models import CalendarDay, RuleSet
from marketplace.rulebook.rules import Rules
from marketplace.rulebook.schemas import (
    CalendarDayIn,
    CalendarDayOut,
    CalendarDaysOut,
    CalendarYearQuery,
    RuleSetIn,
    RuleSetOut,
    RuleSetsOut,
    RulesOut,
    RulesQuery,
)
from marketplace.web.doors import api_door, public, requires, unit_of_work
from marketplace.web.paging import Page, page_of

api = api_door("rulebook", __name__)


@api.get("/rules")
@public
@unit_of_work
@api.arguments(RulesQuery, location="query")
@api.response(200, RulesOut)
def rules_in_force(ctx: Ctx, data: dict[str, Any]) -> dict[str, Any]:
    """All rules in force for a region, now or at an instant."""
    return _shown(queries.rules_at(ctx, data["region"], data["at"] or ctx.now))


@api.get("/rules/<ruleset_id>")
@public
@unit_of_work
@api.response(200, RulesOut)
def rules_by_id(ctx: Ctx, ruleset_id: str) -> dict[str, Any]:
    """Exactly the rules that a tender was born under, by the id it stores."""
    return _shown(queries.rules_of(ctx, ruleset_id))


def _shown(found: Rules) -> dict[str, Any]:
    # Rules answer [key] with the value of a rule, so they cannot be dumped by attribute.
    return {"id": found.id, "region": found.region, "entries": found.entries}


@api.post("/rules")
@requires("rulebook.publish")
@unit_of_work
@api.arguments(RuleSetIn)
@api.response(201, RuleSetOut)
def publish(ctx: Ctx, data: dict[str, Any]) -> RuleSet:
    """Publish a region's next version; it never reaches back."""
    return service.publish(ctx, data.pop("region"), **data)


@api.get("/rule-sets")
@public
@unit_of_work
@api.response(200, RuleSetsOut)
def list_rule_sets(ctx: Ctx) -> Page[RuleSet]:
    """Published versions by region; `region` narrows the list."""
    wanted = queries.rule_sets(request.args.get("region"))
    return page_of(ctx.session, wanted, key=(RuleSet.region, RuleSet.version), cursor=request.args.get("after"))


@api.get("/rule-sets/<rule_set_id>")
@public
@unit_of_work
@api.response(200, RuleSetOut)
def show_rule_set(ctx: Ctx, rule_set_id: str) -> RuleSet:
    """One version: what its region itself sets."""
    return queries.rule_set(ctx, rule_set_id)


@api.get("/calendar")
@public
@unit_of_work
@api.arguments(CalendarYearQuery, location="query")
@api.response(200, CalendarDaysOut)
def list_days(ctx: Ctx, data: dict[str, Any]) -> dict[str, Any]:
    """Every day of a year and whether people work on it."""
    year = data["year"]
    return {"items": ctx.session.scalars(queries.calendar_days(date(year, 1, 1), date(year, 12, 31))).all()}


@api.post("/calendar")
@requires("calendar.edit")
@unit_of_work
@api.arguments(CalendarDayIn)
@api.response(200, CalendarDayOut)
def set_day(ctx: Ctx, data: dict[str, Any]) -> CalendarDay:
    """Declare a day to be a working day or a day off."""
    return service.set_day(ctx, data.pop("day"), **data)
