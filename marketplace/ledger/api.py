"""JSON door of the books, for auditors."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.ledger import check, queries
from marketplace.ledger.schemas import BooksOut, TraceOut, TraceQuery
from marketplace.web.doors import api_door, requires, unit_of_work

api = api_door("ledger", __name__)


@api.get("/ledger")
@requires("ledger.read")
@unit_of_work
@api.response(200, BooksOut)
def show_books(ctx: Ctx) -> dict[str, Any]:
    """The trial balance of every book and year, and what is wrong with the books, if anything."""
    return {"lines": queries.trial_balance(ctx), "invariants": len(check.INVARIANTS), "broken": check.run(ctx)}


@api.get("/ledger/trace")
@requires("ledger.read")
@unit_of_work
@api.arguments(TraceQuery, location="query")
@api.response(200, TraceOut)
def trace(ctx: Ctx, asked: dict[str, Any]) -> dict[str, Any]:
    """From a posting, or the reference its postings carry, back to the appropriation."""
    return {"steps": queries.trace(ctx, asked["reference"])}
