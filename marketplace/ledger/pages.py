"""HTML door of the books, for auditors: the trial balance, the invariants, and the way back of any posting."""

from flask import request
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.ledger import check, queries
from marketplace.ledger.errors import PostingNotFound
from marketplace.web.doors import page_door, render, requires, unit_of_work
from marketplace.web.language import t

door = page_door("ledger", __name__)


@door.get("/audit/ledger")
@requires("ledger.read")
@unit_of_work
def books(ctx: Ctx) -> str:
    """Debits and credits by book, year and kind, and whether every invariant holds now."""
    lines, broken = queries.trial_balance(ctx), check.run(ctx)
    return render("marketplace/ledger/books.html", lines=lines, broken=broken, count=len(check.INVARIANTS))


@door.get("/audit/ledger/trace")
@requires("ledger.read")
@unit_of_work
def trace(ctx: Ctx) -> ResponseReturnValue:
    """From a receipt, an order or a posting back to the appropriation. ?reference=, or nothing yet."""
    reference = request.args.get("reference", "").strip()
    try:
        steps = queries.trace(ctx, reference) if reference else []
    except PostingNotFound as error:
        return render("marketplace/ledger/trace.html", steps=[], reference=reference, problem=error.say(t)), 404
    return render("marketplace/ledger/trace.html", steps=steps, reference=reference, problem="")
