"""Transfers between lines: ask, approve, send back, withdraw."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.budgets import queries, transfers
from marketplace.budgets.models import BudgetTransfer
from marketplace.budgets.pages.doorway import done, door, whose
from marketplace.budgets.queries import balances, papers
from marketplace.budgets.schemas.papers import TransferIn, TransferRefusal
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import yuan
from marketplace.web.doors import form_of, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of


@door.get("/dept/budgets/transfers")
@requires("budget.read")
@unit_of_work
def show_transfers(ctx: Ctx) -> str:
    """Transfers of the department: those that wait for a second person first."""
    return _page(ctx, {}, {})


@door.post("/dept/budgets/transfers")
@requires("budget.write")
@unit_of_work
def ask_transfer(ctx: Ctx) -> ResponseReturnValue:
    """Ask for money to go to another line."""
    data, errors = form_of(TransferIn, request.form)
    if errors:
        return _page(ctx, request.form, errors), 422
    try:
        transfers.ask(ctx, **data)
    except DomainError as error:
        return _page(ctx, request.form, {error.field or "_": [error.say(t)]}), 422
    return see_other(url_for("marketplace_budgets.show_transfers"), done="asked")


@door.post("/dept/budgets/transfers/<transfer_id>/approve")
@requires("budget.write")
@unit_of_work
def approve_transfer(ctx: Ctx, transfer_id: str) -> ResponseReturnValue:
    """Let the money go, as the second person."""
    transfers.approve(ctx, transfer_id)
    return see_other(url_for("marketplace_budgets.show_transfers"), done="approved")


@door.post("/dept/budgets/transfers/<transfer_id>/refuse")
@requires("budget.write")
@unit_of_work
def refuse_transfer(ctx: Ctx, transfer_id: str) -> ResponseReturnValue:
    """Send it back and say why."""
    data, errors = form_of(TransferRefusal, request.form)
    if errors:
        return _page(ctx, {}, {"_": [t("退回时请写明理由")]}), 422
    transfers.refuse(ctx, transfer_id, **data)
    return see_other(url_for("marketplace_budgets.show_transfers"), done="refused")


@door.post("/dept/budgets/transfers/<transfer_id>/withdraw")
@requires("budget.write")
@unit_of_work
def withdraw_transfer(ctx: Ctx, transfer_id: str) -> ResponseReturnValue:
    """Give up one's own request."""
    transfers.withdraw(ctx, transfer_id)
    return see_other(url_for("marketplace_budgets.show_transfers"), done="withdrawn")


def _page(ctx: Ctx, form: Any, errors: dict[str, list[str]]) -> str:
    wanted, key = papers.transfers(whose(ctx)), (BudgetTransfer.id,)
    found = page_of(ctx.session, wanted, key=key, descending=True, cursor=request.args.get("after"))
    named = queries.lines_by_id(ctx, [id for row in found.items for id in (row.source_id, row.target_id)])
    people = {row.asked_by for row in found.items} | {row.decided_by for row in found.items if row.decided_by}
    return render(
        "marketplace/budgets/transfers.html",
        page=found,
        lines=named,
        people=papers.names_of(ctx, people),
        options=_options(ctx),
        form=form,
        errors=errors,
        done=done(),
    )


def _options(ctx: Ctx) -> list[tuple[str, str]]:
    """Lines of this year and the last one that may give or take, with what is free on them."""
    mine, year = ctx.actor.organisation_id or "", shanghai_date(ctx.now).year
    found = [line for y in (year, year - 1) for line in queries.lines_of_year(ctx, mine, y)]
    stages = balances.stages_of_lines(ctx, [line.id for line in found])
    return [
        (line.id, t("{year}年　{name}（可用{free}元）", year=line.fiscal_year, name=line.name, free=yuan(free)))
        for line in found
        for free in [stages[line.id]["available"]]
    ]
