"""JSON door of late payment."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.overdue import queries, service
from marketplace.overdue.models import SmallFirm
from marketplace.overdue.schemas import OverdueOut, OverdueQuery, SizeIn, SizeOut
from marketplace.web.doors import api_door, public, requires, unit_of_work

api = api_door("overdue", __name__)


@api.get("/overdue")
@public
@unit_of_work
@api.arguments(OverdueQuery, location="query")
@api.response(200, OverdueOut)
def list_overdue(ctx: Ctx, asked: dict[str, Any]) -> dict[str, Any]:
    """Overdue payments, for everybody; of one payer or of all."""
    items = queries.overdue(ctx, asked["payer"])
    return {"payers": queries.by_payer(items), "items": items}


@api.put("/firm-size")
@requires("agency.edit")
@unit_of_work
@api.arguments(SizeIn)
@api.response(200, SizeOut)
def declare_size(ctx: Ctx, data: dict[str, Any]) -> SmallFirm:
    """Declare the size of the actor's firm."""
    return service.declare_size(ctx, ctx.actor.organisation_id or "", **data)
