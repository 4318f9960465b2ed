"""JSON door of reconciliation."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.reconciliation import queries, rules, service
from marketplace.reconciliation.models import ReconBreak, ReconDay
from marketplace.reconciliation.queries import statements
from marketplace.reconciliation.schemas import (
    BreakAssignIn,
    BreakOut,
    BreakProposeIn,
    BreaksOut,
    BreaksQuery,
    ReconDayOut,
    ReconDaysOut,
    ReconDaysQuery,
    ReconReasonIn,
    StatementFileIn,
    StatementIn,
)
from marketplace.web.doors import api_door, requires, unit_of_work
from marketplace.web.paging import Page, page_of

api = api_door("reconciliation", __name__)


def _told(ctx: Ctx, day: ReconDay) -> dict[str, Any]:
    return queries.as_dict(day, statements.counts(ctx, day))


@api.get("/reconciliation/days")
@requires("reconcile.read")
@unit_of_work
@api.arguments(ReconDaysQuery, location="query")
@api.response(200, ReconDaysOut)
def list_days(ctx: Ctx, asked: dict[str, Any]) -> Page[dict[str, Any]]:
    """Days and how they stand, newest first."""
    wanted = queries.days(asked.get("account", ""), asked.get("state", ""))
    key = (ReconDay.day, ReconDay.id)
    page = page_of(ctx.session, wanted, key=key, descending=True, cursor=asked.get("after"))
    return Page([_told(ctx, day) for day in page.items], page.next)


@api.post("/reconciliation/statements")
@requires("reconcile.write")
@unit_of_work
@api.arguments(StatementIn, location="form")
@api.arguments(StatementFileIn, location="files")
@api.response(201, ReconDayOut)
def import_statement(ctx: Ctx, data: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
    """Take a statement file in and match it; the same file again changes nothing."""
    return _told(ctx, service.import_statement(ctx, content=files["file"].read(), **data))


@api.get("/reconciliation/days/<day_id>")
@requires("reconcile.read")
@unit_of_work
@api.response(200, ReconDayOut)
def get_day(ctx: Ctx, day_id: str) -> dict[str, Any]:
    """One day."""
    return _told(ctx, queries.day_by_id(ctx, day_id))


@api.post("/reconciliation/days/<day_id>/match")
@requires("reconcile.write")
@unit_of_work
@api.response(200, ReconDayOut)
def match(ctx: Ctx, day_id: str) -> dict[str, Any]:
    """Run the passes again."""
    return _told(ctx, service.match(ctx, day_id))


@api.post("/reconciliation/days/<day_id>/close")
@requires("reconcile.approve")
@unit_of_work
@api.response(200, ReconDayOut)
def close(ctx: Ctx, day_id: str) -> dict[str, Any]:
    """Close and seal a day."""
    return _told(ctx, service.close_day(ctx, day_id))


@api.post("/reconciliation/days/<day_id>/reopen")
@requires("reconcile.approve")
@unit_of_work
@api.arguments(ReconReasonIn)
@api.response(200, ReconDayOut)
def reopen(ctx: Ctx, data: dict[str, Any], day_id: str) -> dict[str, Any]:
    """Open a closed day again."""
    return _told(ctx, service.reopen_day(ctx, day_id, **data))


@api.get("/reconciliation/breaks")
@requires("reconcile.read")
@unit_of_work
@api.arguments(BreaksQuery, location="query")
@api.response(200, BreaksOut)
def list_breaks(ctx: Ctx, asked: dict[str, Any]) -> Page[ReconBreak]:
    """Breaks, the oldest first; open ones unless a state is asked for."""
    states = [asked["state"]] if "state" in asked else rules.OPEN
    wanted = queries.breaks(account=asked.get("account", ""), kind=asked.get("kind", ""), states=states)
    return page_of(ctx.session, wanted, key=(ReconBreak.id,), cursor=asked.get("after"))


@api.get("/reconciliation/breaks/<break_id>")
@requires("reconcile.read")
@unit_of_work
@api.response(200, BreakOut)
def get_break(ctx: Ctx, break_id: str) -> ReconBreak:
    """One break."""
    return queries.break_(ctx, break_id)


@api.post("/reconciliation/breaks/<break_id>/assign")
@requires("reconcile.write")
@unit_of_work
@api.arguments(BreakAssignIn)
@api.response(200, BreakOut)
def assign(ctx: Ctx, data: dict[str, Any], break_id: str) -> ReconBreak:
    """Say who answers for a break."""
    return service.assign(ctx, break_id, **data)


@api.post("/reconciliation/breaks/<break_id>/propose")
@requires("reconcile.write")
@unit_of_work
@api.arguments(BreakProposeIn)
@api.response(200, BreakOut)
def propose(ctx: Ctx, data: dict[str, Any], break_id: str) -> ReconBreak:
    """Say how a break ends."""
    return service.propose(ctx, break_id, **data)


@api.post("/reconciliation/breaks/<break_id>/confirm")
@requires("reconcile.approve")
@unit_of_work
@api.response(200, BreakOut)
def confirm(ctx: Ctx, break_id: str) -> ReconBreak:
    """Agree as the second person."""
    return service.confirm(ctx, break_id)


@api.post("/reconciliation/breaks/<break_id>/refuse")
@requires("reconcile.approve")
@unit_of_work
@api.arguments(ReconReasonIn)
@api.response(200, BreakOut)
def refuse(ctx: Ctx, data: dict[str, Any], break_id: str) -> ReconBreak:
    """Do not agree as the second person."""
    return service.refuse(ctx, break_id, **data)
