"""JSON door of buyers."""

from typing import Any

from flask import request

from marketplace.buyers import queries, service
from marketplace.buyers.models import Buyer, Delegate
from marketplace.buyers.schemas import (
    BuyerOut,
    BuyersOut,
    DelegateIn,
    DelegateOut,
    DelegatesOut,
    DepartmentIn,
    DetailsIn,
    EnterpriseIn,
)
from marketplace.kernel.context import Ctx
from marketplace.web.doors import api_door, public, requires, unit_of_work
from marketplace.web.paging import Page, page_of

api = api_door("buyers", __name__)


@api.get("/buyers")
@public
@unit_of_work
@api.response(200, BuyersOut)
def list_buyers(ctx: Ctx) -> Page[Buyer]:
    """Buyers, newest first; `kind=enterprise|department` narrows the list."""
    wanted = queries.buyers(request.args.get("kind"))
    return page_of(ctx.session, wanted, key=(Buyer.id,), descending=True, cursor=request.args.get("after"))


@api.post("/buyers")
@public
@unit_of_work
@api.arguments(EnterpriseIn)
@api.response(201, BuyerOut)
def register(ctx: Ctx, data: dict[str, Any]) -> Buyer:
    """Register an enterprise by commitment: in at once when the form checks pass."""
    return service.register(ctx, kind="enterprise", **data)


@api.post("/departments")
@requires("organisation.create")
@unit_of_work
@api.arguments(DepartmentIn)
@api.response(201, BuyerOut)
def create_department(ctx: Ctx, data: dict[str, Any]) -> Buyer:
    """Set up a department."""
    return service.register(ctx, kind="department", **data)


@api.get("/buyers/<buyer_id>")
@public
@unit_of_work
@api.response(200, BuyerOut)
def show(ctx: Ctx, buyer_id: str) -> Buyer:
    """One buyer."""
    return queries.buyer(ctx, buyer_id)


@api.put("/buyers/<buyer_id>")
@requires("buyer.edit")
@unit_of_work
@api.arguments(DetailsIn)
@api.response(200, BuyerOut)
def amend(ctx: Ctx, data: dict[str, Any], buyer_id: str) -> Buyer:
    """Change one's own details."""
    return service.amend(ctx, buyer_id, **data)


@api.get("/delegates")
@requires("buyer.edit")
@unit_of_work
@api.response(200, DelegatesOut)
def list_delegates(ctx: Ctx) -> Page[Delegate]:
    """Everybody the buyer has delegated, newest first."""
    wanted = queries.delegates(queries.own_buyer(ctx).id)
    return page_of(ctx.session, wanted, key=(Delegate.id,), descending=True, cursor=request.args.get("after"))


@api.post("/delegates")
@requires("buyer.edit")
@unit_of_work
@api.arguments(DelegateIn)
@api.response(201, DelegateOut)
def add_delegate(ctx: Ctx, data: dict[str, Any]) -> Delegate:
    """Delegate a person until the end of a day."""
    return service.add_delegate(ctx, queries.own_buyer(ctx).id, **data)


@api.delete("/delegates/<delegate_id>")
@requires("buyer.edit")
@unit_of_work
@api.response(204)
def end_delegate(ctx: Ctx, delegate_id: str) -> None:
    """End a delegation before its day."""
    service.end_delegate(ctx, queries.own_buyer(ctx).id, delegate_id)
