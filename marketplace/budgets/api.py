"""JSON door of the department budget. A department sees its own lines; auditors see all."""

from typing import Any

from flask import request

from marketplace.budgets import queries, service
from marketplace.budgets.models import BudgetLine, Encumbrance
from marketplace.budgets.schemas import (
    AppropriationIn,
    BudgetLineOut,
    BudgetLinesOut,
    BudgetLineStagesOut,
    EncumbrancesOut,
    PostingsOut,
)
from marketplace.kernel.context import Ctx
from marketplace.ledger.queries import POSTING_KEY
from marketplace.web.doors import api_door, requires, unit_of_work
from marketplace.web.paging import Page, page_of

api = api_door("budgets", __name__)


@api.get("/budget-lines")
@requires("budget.read")
@unit_of_work
@api.response(200, BudgetLinesOut)
def list_lines(ctx: Ctx) -> Page[BudgetLine]:
    """Budget lines of the caller's department, newest first."""
    wanted = queries.lines(ctx, None if queries.sees_all(ctx) else ctx.actor.organisation_id or "")
    return page_of(ctx.session, wanted, key=(BudgetLine.id,), descending=True, cursor=request.args.get("after"))


@api.post("/budget-lines")
@requires("budget.write")
@unit_of_work
@api.arguments(AppropriationIn)
@api.response(201, BudgetLineOut)
def appropriate(ctx: Ctx, data: dict[str, Any]) -> BudgetLine:
    """Appropriate money to a line of the caller's department; another document adds to it."""
    return service.appropriate(ctx, department_id=ctx.actor.organisation_id or "", **data)


@api.get("/budget-lines/<line_id>")
@requires("budget.read")
@unit_of_work
@api.response(200, BudgetLineStagesOut)
def show_line(ctx: Ctx, line_id: str) -> dict[str, Any]:
    """One line and how much stands in which stage."""
    line = queries.line_for(ctx, line_id)
    facts = {name: getattr(line, name) for name in BudgetLineOut().fields}
    return facts | {"stages": queries.line_stages(ctx, line.id)}


@api.get("/budget-lines/<line_id>/encumbrances")
@requires("budget.read")
@unit_of_work
@api.response(200, EncumbrancesOut)
def list_encumbrances(ctx: Ctx, line_id: str) -> Page[Encumbrance]:
    """What the line's money is put aside for."""
    line = queries.line_for(ctx, line_id)
    key = (Encumbrance.id,)
    return page_of(
        ctx.session, queries.encumbrances(line.id), key=key, descending=True, cursor=request.args.get("after")
    )


@api.get("/budget-lines/<line_id>/postings")
@requires("budget.read")
@unit_of_work
@api.response(200, PostingsOut)
def list_postings(ctx: Ctx, line_id: str) -> Page[Any]:
    """Every move of the line's money, newest first."""
    line = queries.line_for(ctx, line_id)
    after = request.args.get("after")
    return page_of(ctx.session, queries.postings(line.id), key=POSTING_KEY, descending=True, cursor=after)
