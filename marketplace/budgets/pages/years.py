"""The end of a year, step by step, and its vouchers."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.budgets import closing, queries, rules, vouchers
from marketplace.budgets.pages.doorway import done, door, table
from marketplace.budgets.queries import balances, closings, papers
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.web.doors import render, requires, see_other, unit_of_work
from marketplace.web.language import t

_NEXT = {
    "announced": "freeze",
    "frozen": "empty",
    "emptied": "settle",
    "settled": "sign",
    "signed": "seal",
    "called_off": "announce",
}
_DONE = {
    "freeze": "frozen",
    "empty": "emptied",
    "settle": "settled",
    "sign": "signed",
    "seal": "sealed",
    "announce": "announced",
    "call_off": "called_off",
}


@door.get("/dept/budgets/years/<int:year>")
@requires("budget.read")
@unit_of_work
def show_year(ctx: Ctx, year: int) -> str:
    """How far the closing has come, what stands in the way, and what became of each line."""
    return _page(ctx, year, "")


@door.post("/dept/budgets/years/<int:year>")
@requires("budget.write")
@unit_of_work
def step_year(ctx: Ctx, year: int) -> ResponseReturnValue:
    """Do one step."""
    step, mine = request.form.get("step", ""), ctx.actor.organisation_id or ""
    try:
        closing.step(ctx, mine, year, step)
    except DomainError as error:
        return _page(ctx, year, f"{error.say(t)}。{error.advise(t)}"), 409
    return see_other(url_for("marketplace_budgets.show_year", year=year), done=_DONE.get(step, ""))


@door.post("/dept/budgets/years/<int:year>/vouchers")
@requires("budget.write")
@unit_of_work
def number_vouchers(ctx: Ctx, year: int) -> Response:
    """Number what has no number yet and hand out the vouchers; again gives the same numbers."""
    mine = ctx.actor.organisation_id or ""
    vouchers.number(ctx, mine, year)
    return table(f"vouchers-{year}", f"{year}凭证", vouchers.HEADINGS, vouchers.rows_of(ctx, mine, year))


def _page(ctx: Ctx, year: int, problem: str) -> str:
    mine = ctx.actor.organisation_id or ""
    lines, run = queries.lines_of_year(ctx, mine, year), closings.closing_of(ctx, mine, year)
    people = [] if run is None else [run.announced_by, run.signed_by or ""]
    state = "called_off" if run is None else run.state
    return render(
        "marketplace/budgets/year.html",
        year=year,
        lines=lines,
        run=run,
        state=state,
        next=_NEXT.get(state, ""),
        at=rules.CLOSING_STATES.index(state) + 2 if state in rules.CLOSING_STATES else 1,
        stages=balances.stages_of_lines(ctx, [line.id for line in lines]),
        names=rules.STAGES,
        settled={} if run is None else closings.settled_lines(ctx, run.id),
        open=[] if run is None or run.state == "sealed" else closing.open_items(ctx, run),
        people=papers.names_of(ctx, people),
        problem=problem,
        done=done(),
    )
