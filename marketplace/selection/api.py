"""JSON door: the public record of every draw, and what a ceremony takes in."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import NotPermitted
from marketplace.selection import ceremony, queries, rules, stock, witnessing
from marketplace.selection.errors import DrawNotFound
from marketplace.selection.models import Pool, Witness
from marketplace.selection.schemas import (
    DepositIn,
    DrawRecordOut,
    NumbersIn,
    PoolOut,
    SeedIn,
    StockOut,
    WitnessOut,
    WitnessSignIn,
)
from marketplace.web.doors import api_door, public, requires, unit_of_work

api = api_door("selection", __name__)


@api.get("/draws/<number>.json")
@public
@unit_of_work
@api.response(200, DrawRecordOut)
def draw(ctx: Ctx, number: str) -> dict[str, Any]:
    """The record of a tender's draw, as `marketplace draw verify` reads it."""
    return queries.draw_of(ctx, number).record


@api.get("/draws/<number>/pool")
@public
@unit_of_work
@api.response(200, PoolOut)
def pool(ctx: Ctx, number: str) -> Pool:
    """The frozen pool of a draw, before and after it is held."""
    found = queries.pool_or_none(ctx, number)
    if found is None:
        raise DrawNotFound(number=number)
    return found


@api.post("/draws/<number>/seeds")
@requires("share.hand_in")
@unit_of_work
@api.arguments(SeedIn)
@api.response(200, PoolOut)
def reveal_seed(ctx: Ctx, data: dict[str, Any], number: str) -> Pool:
    """A keeper reveals its seed once the pool is frozen; the draw follows by itself."""
    return ceremony.reveal_seed(ctx, number, keeper=_keeper(ctx, data["keeper"]), seed=data["seed"])


def _keeper(ctx: Ctx, named: str | None) -> str:
    keeper = named or next(iter(sorted(rules.keepers_of(ctx.actor.roles))), "")
    if not keeper:
        raise NotPermitted(permission="share.hand_in")
    return keeper


@api.post("/draws/commitments")
@requires("share.hand_in")
@unit_of_work
@api.arguments(DepositIn)
@api.response(200, StockOut)
def deposit(ctx: Ctx, data: dict[str, Any]) -> dict[str, Any]:
    """A keeper that has no worker deposits commitments for the notices to come."""
    keeper = _keeper(ctx, data["keeper"])
    return {"keeper": keeper, "in_stock": stock.hand_in(ctx, keeper, data["commitments"])}


@api.post("/draws/<number>/numbers")
@requires("share.hand_in")
@unit_of_work
@api.arguments(NumbersIn)
@api.response(200, PoolOut)
def enter_numbers(ctx: Ctx, data: dict[str, Any], number: str) -> Pool:
    """Enter what a public source has drawn; a lottery counts when a second person entered the same."""
    return ceremony.enter_numbers(ctx, number, **data)


@api.get("/draws/<number>/witnesses")
@public
@unit_of_work
@api.response(200, WitnessOut(many=True))
def witnesses(ctx: Ctx, number: str) -> list[Witness]:
    """The witnesses of a draw and what they signed."""
    return queries.witnesses(ctx, queries.draw_of(ctx, number).tender_id)


@api.post("/draws/<number>/witnesses/signature")
@public
@unit_of_work
@api.arguments(WitnessSignIn)
@api.response(200, WitnessOut)
def sign(ctx: Ctx, data: dict[str, Any], number: str) -> Witness:
    """A witness signs the record with the code it was given."""
    return witnessing.sign_as_witness(ctx, number, **data)
