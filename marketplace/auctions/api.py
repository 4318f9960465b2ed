"""JSON door: the schedule, the public face of a room, one's own seat, a quote, the audit file."""

from typing import Any

from marketplace.auctions import queries, service
from marketplace.auctions.queries import Listed, View
from marketplace.auctions.schemas import (
    AuctionAuditOut,
    AuctionListedOut,
    AuctionOut,
    AuctionReceiptOut,
    AuctionSeatOut,
    QuoteIn,
)
from marketplace.kernel.context import Ctx
from marketplace.web.doors import api_door, public, requires, unit_of_work
from marketplace.web.idempotency import sealed_but

api = api_door("auctions", __name__)


@api.get("/auctions")
@public
@unit_of_work
@api.response(200, AuctionListedOut(many=True))
def schedule(ctx: Ctx) -> list[Listed]:
    """Rooms to come and running, soonest first; at most a hundred."""
    return queries.listed(ctx)


@api.get("/auctions/<number>")
@public
@unit_of_work
@api.response(200, AuctionOut)
def room(ctx: Ctx, number: str) -> dict[str, Any]:
    """The public state of a room; what is still sealed is not in it."""
    return queries.room(ctx, number).face


@api.get("/auctions/<number>/seat")
@requires("bid.place")
@unit_of_work
@api.response(200, AuctionSeatOut)
def seat(ctx: Ctx, number: str) -> View:
    """The room from one's own seat."""
    return queries.my_view(ctx, number)


@api.post("/auctions/<number>/quotes")
@sealed_but()
@requires("bid.place")
@unit_of_work
@api.arguments(QuoteIn)
@api.response(201, AuctionReceiptOut)
def place_quote(ctx: Ctx, data: dict[str, Any], number: str) -> dict[str, Any]:
    """Quote for one's own seat; answers with a signed receipt."""
    return service.place_quote(ctx, number, **data)


@api.get("/auctions/<number>/audit.json")
@public
@unit_of_work
@api.response(200, AuctionAuditOut)
def audit(ctx: Ctx, number: str) -> dict[str, Any]:
    """Everything that happened in an ended room: anybody can repeat it with `marketplace auction verify`."""
    return queries.audit_file(ctx, number)
