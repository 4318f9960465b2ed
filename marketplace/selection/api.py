"""JSON door: the public record of every draw."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.selection import queries
from marketplace.selection.schemas import DrawRecordOut
from marketplace.web.doors import api_door, public, unit_of_work

api = api_door("selection", __name__)


@api.get("/draws/<number>.json")
@public
@unit_of_work
@api.response(200, DrawRecordOut)
def draw(ctx: Ctx, number: str) -> dict[str, Any]:
    """The record of a tender's draw, as `marketplace draw verify` reads it."""
    return queries.draw_of(ctx, number).record
