"""HTML door of the department budget."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.budgets import queries, rules, service
from marketplace.budgets.models import BudgetLine, Encumbrance
from marketplace.budgets.schemas import LABELS, AppropriationIn
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.ledger.queries import POSTING_KEY
from marketplace.web.doors import form_of, page_door, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

door = page_door("budgets", __name__)

DONE = {"appropriated": "指标已下达"}
BAR_WIDTH = 600


def _done() -> str:
    return t(DONE.get(request.args.get("done", ""), ""))


@door.get("/dept/budgets")
@requires("budget.read")
@unit_of_work
def board(ctx: Ctx) -> str:
    """The department's lines with what stands in which stage."""
    wanted = queries.lines(ctx, None if queries.sees_all(ctx) else ctx.actor.organisation_id or "")
    page = page_of(ctx.session, wanted, key=(BudgetLine.id,), descending=True, cursor=request.args.get("after"))
    stages = queries.stages_of_lines(ctx, [line.id for line in page.items])
    return render("marketplace/budgets/board.html", page=page, stages=stages, names=rules.STAGES, done=_done())


@door.get("/dept/budgets/new")
@requires("budget.write")
@unit_of_work
def new(ctx: Ctx) -> str:
    """The form that a finance clerk fills from the appropriation document."""
    return _form({"fiscal_year": str(shanghai_date(ctx.now).year)}, {})


@door.post("/dept/budgets/new")
@requires("budget.write")
@unit_of_work
def appropriate(ctx: Ctx) -> ResponseReturnValue:
    """Put the money on the line."""
    data, errors = form_of(AppropriationIn, request.form)
    if errors:
        return _form(request.form, errors), 422
    try:
        line = service.appropriate(ctx, department_id=ctx.actor.organisation_id or "", **data)
    except DomainError as error:
        if error.field is None:
            raise
        return _form(request.form, {error.field: [error.say(t)]}), 422
    return see_other(url_for("marketplace_budgets.show", line_id=line.id), done="appropriated")


@door.get("/dept/budgets/<line_id>")
@requires("budget.read")
@unit_of_work
def show(ctx: Ctx, line_id: str) -> str:
    """One line: stages, what they are for, and every move in words."""
    line = queries.line_for(ctx, line_id)
    stages = queries.line_stages(ctx, line.id)
    uses = page_of(ctx.session, queries.encumbrances(line.id), key=(Encumbrance.id,), descending=True, rows=100)
    moves = page_of(
        ctx.session, queries.postings(line.id), key=POSTING_KEY, descending=True, cursor=request.args.get("after")
    )
    return render(
        "marketplace/budgets/line.html",
        line=line,
        stages=stages,
        names=rules.STAGES,
        total=sum(stages.values()),
        bar=rules.bar(stages, BAR_WIDTH),
        uses=uses,
        use_stages=queries.stages_of_encumbrances(ctx, line, [row.id for row in uses.items]),
        use_names=rules.ENCUMBRANCE_STAGES,
        shown=rules.shown,
        page=moves,
        done=_done(),
    )


def _form(form: Any, errors: dict[str, list[str]]) -> str:
    sources = [(code, t(text)) for code, text in LABELS["budget.source"].items()]
    return render("marketplace/budgets/new.html", form=form, errors=errors, sources=sources)
