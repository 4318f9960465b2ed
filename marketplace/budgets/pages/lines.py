"""Lines of the department budget and the documents that put money on them."""

import hashlib
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.budgets import queries, rules, service
from marketplace.budgets.models import Appropriation, BudgetLine, Encumbrance
from marketplace.budgets.pages.doorway import done, door, whose
from marketplace.budgets.queries import balances, closings, papers
from marketplace.budgets.schemas import LABELS
from marketplace.budgets.schemas.papers import AppropriationIn
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.ledger.queries import POSTING_KEY
from marketplace.web.doors import form_of, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

BAR_WIDTH = 600


@door.get("/dept/budgets")
@requires("budget.read")
@unit_of_work
def board(ctx: Ctx) -> str:
    """The department's lines with what stands in which stage."""
    wanted, year = queries.lines(ctx, whose(ctx)), request.args.get("year", "")
    if year.isdecimal():
        wanted = wanted.where(BudgetLine.fiscal_year == int(year[:9]))
    page = page_of(ctx.session, wanted, key=(BudgetLine.id,), descending=True, cursor=request.args.get("after"))
    stages = balances.stages_of_lines(ctx, [line.id for line in page.items])
    years = closings.years(ctx, whose(ctx))
    waiting = papers.waiting_count(ctx, whose(ctx))
    return render(
        "marketplace/budgets/board.html",
        page=page,
        stages=stages,
        names=rules.STAGES,
        years=years,
        waiting=waiting,
        done=done(),
    )


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
    paper = service.Paper(data.pop("issued_on", None), *_attached())
    try:
        line = service.appropriate(ctx, department_id=ctx.actor.organisation_id or "", paper=paper, **data)
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
    stages = balances.line_stages(ctx, line.id)
    uses = page_of(ctx.session, queries.encumbrances(line.id), key=(Encumbrance.id,), descending=True, rows=100)
    moves = page_of(
        ctx.session, balances.postings(line.id), key=POSTING_KEY, descending=True, cursor=request.args.get("after")
    )
    return render(
        "marketplace/budgets/line.html",
        line=line,
        stages=stages,
        names=rules.STAGES,
        total=sum(stages.values()),
        bar=rules.bar(stages, BAR_WIDTH),
        uses=uses,
        use_stages=balances.stages_of_encumbrances(ctx, line, [row.id for row in uses.items]),
        use_names=rules.ENCUMBRANCE_STAGES,
        shown=rules.shown,
        page=moves,
        done=done(),
    )


@door.get("/dept/budgets/documents")
@requires("budget.read")
@unit_of_work
def documents(ctx: Ctx) -> str:
    """Appropriation documents: number, date, and the digest of the file."""
    wanted, key = papers.appropriations(whose(ctx)), (Appropriation.id,)
    page = page_of(ctx.session, wanted, key=key, descending=True, cursor=request.args.get("after"))
    return render("marketplace/budgets/documents.html", page=page)


def _attached() -> tuple[str, str | None]:
    """Name and SHA-256 of the document's file, where one was attached; the file itself stays with the department."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return "", None
    return file.filename[:200], hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]


def _form(form: Any, errors: dict[str, list[str]]) -> str:
    sources = [(code, t(text)) for code, text in LABELS["budget.source"].items()]
    return render("marketplace/budgets/new.html", form=form, errors=errors, sources=sources)
