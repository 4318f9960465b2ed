"""JSON door of the department budget. A department sees its own lines; auditors see all."""

from typing import Any

from flask import request

from marketplace.budgets import closing, importing, queries, service, sheets, transfers
from marketplace.budgets.models import Appropriation, BudgetLine, BudgetSheet, BudgetTransfer, Encumbrance
from marketplace.budgets.queries import balances, closings, papers
from marketplace.budgets.schemas import BudgetLineOut, BudgetLinesOut, BudgetLineStagesOut, EncumbrancesOut, PostingsOut
from marketplace.budgets.schemas.papers import (
    AppropriationIn,
    AppropriationsOut,
    SheetFile,
    TransferIn,
    TransferOut,
    TransferRefusal,
    TransfersOut,
    TrialOut,
)
from marketplace.budgets.schemas.years import StepIn, YearOut
from marketplace.budgets.trial import Trial
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
    wanted = queries.lines(ctx, _whose(ctx))
    return page_of(ctx.session, wanted, key=(BudgetLine.id,), descending=True, cursor=request.args.get("after"))


@api.post("/budget-lines")
@requires("budget.write")
@unit_of_work
@api.arguments(AppropriationIn)
@api.response(201, BudgetLineOut)
def appropriate(ctx: Ctx, data: dict[str, Any]) -> BudgetLine:
    """Appropriate money to a line of the caller's department; another document adds to it."""
    paper = service.Paper(data.pop("issued_on", None))
    return service.appropriate(ctx, department_id=ctx.actor.organisation_id or "", paper=paper, **data)


@api.get("/budget-lines/<line_id>")
@requires("budget.read")
@unit_of_work
@api.response(200, BudgetLineStagesOut)
def show_line(ctx: Ctx, line_id: str) -> dict[str, Any]:
    """One line and how much stands in which stage."""
    line = queries.line_for(ctx, line_id)
    facts = {name: getattr(line, name) for name in BudgetLineOut().fields}
    return facts | {"stages": balances.line_stages(ctx, line.id)}


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
    return page_of(ctx.session, balances.postings(line.id), key=POSTING_KEY, descending=True, cursor=after)


@api.get("/budget-appropriations")
@requires("budget.read")
@unit_of_work
@api.response(200, AppropriationsOut)
def list_appropriations(ctx: Ctx) -> Page[Appropriation]:
    """Appropriation documents of the caller's department, newest first."""
    wanted, key = papers.appropriations(_whose(ctx)), (Appropriation.id,)
    return page_of(ctx.session, wanted, key=key, descending=True, cursor=request.args.get("after"))


@api.get("/budget-transfers")
@requires("budget.read")
@unit_of_work
@api.response(200, TransfersOut)
def list_transfers(ctx: Ctx) -> Page[BudgetTransfer]:
    """Transfers of the caller's department, newest first."""
    wanted, key = papers.transfers(_whose(ctx)), (BudgetTransfer.id,)
    return page_of(ctx.session, wanted, key=key, descending=True, cursor=request.args.get("after"))


@api.post("/budget-transfers")
@requires("budget.write")
@unit_of_work
@api.arguments(TransferIn)
@api.response(201, TransferOut)
def ask_transfer(ctx: Ctx, data: dict[str, Any]) -> BudgetTransfer:
    """Ask for money to go from one line to another; it moves when a second person approves."""
    return transfers.ask(ctx, **data)


@api.post("/budget-transfers/<transfer_id>/approve")
@requires("budget.write")
@unit_of_work
@api.response(200, TransferOut)
def approve_transfer(ctx: Ctx, transfer_id: str) -> BudgetTransfer:
    """Let the money go, as the second person."""
    return transfers.approve(ctx, transfer_id)


@api.post("/budget-transfers/<transfer_id>/refuse")
@requires("budget.write")
@unit_of_work
@api.arguments(TransferRefusal)
@api.response(200, TransferOut)
def refuse_transfer(ctx: Ctx, data: dict[str, Any], transfer_id: str) -> BudgetTransfer:
    """Send a transfer back."""
    return transfers.refuse(ctx, transfer_id, **data)


@api.post("/budget-transfers/<transfer_id>/withdraw")
@requires("budget.write")
@unit_of_work
@api.response(200, TransferOut)
def withdraw_transfer(ctx: Ctx, transfer_id: str) -> BudgetTransfer:
    """Give up a transfer that nobody has decided."""
    return transfers.withdraw(ctx, transfer_id)


@api.post("/budget-sheets")
@requires("budget.write")
@unit_of_work
@api.arguments(SheetFile, location="files")
@api.response(201, TrialOut)
def upload_sheet(ctx: Ctx, files: dict[str, Any]) -> dict[str, Any]:
    """Hand in a table of appropriations (multipart/form-data); says what it would do and every fault, books nothing."""
    content = files["file"].stream.read(sheets.MAX_BYTES + 1)
    row = importing.upload(ctx, name=files["file"].filename or "", content=content)
    return _trial(row, importing.try_out(ctx, row.department_id, row.content))


@api.post("/budget-sheets/<sheet_id>/book")
@requires("budget.write")
@unit_of_work
@api.response(200, TrialOut)
def book_sheet(ctx: Ctx, sheet_id: str) -> dict[str, Any]:
    """Book every row of a tried file, or none."""
    trial = importing.book(ctx, sheet_id)
    return _trial(papers.sheet(ctx, sheet_id), trial)


@api.get("/budget-years/<int:year>")
@requires("budget.read")
@unit_of_work
@api.response(200, YearOut)
def show_year(ctx: Ctx, year: int) -> dict[str, Any]:
    """How far the closing of a year of the caller's department has come, and what stands in the way."""
    return _year(ctx, year)


@api.post("/budget-years/<int:year>/steps")
@requires("budget.write")
@unit_of_work
@api.arguments(StepIn)
@api.response(200, YearOut)
def step_year(ctx: Ctx, data: dict[str, Any], year: int) -> dict[str, Any]:
    """Do one step of the closing: announce, freeze, empty, settle, sign, seal, call_off."""
    closing.step(ctx, ctx.actor.organisation_id or "", year, data["step"])
    return _year(ctx, year)


def _whose(ctx: Ctx) -> str | None:
    return None if queries.sees_all(ctx) else ctx.actor.organisation_id or ""


def _trial(row: BudgetSheet, trial: Trial) -> dict[str, Any]:
    return {
        "id": row.id,
        "rows": len(trial.wanted),
        "known": trial.known,
        "total_fen": trial.total_fen,
        "booked": row.booked_at is not None,
        "faults": trial.faults,
    }


def _year(ctx: Ctx, year: int) -> dict[str, Any]:
    mine = ctx.actor.organisation_id or ""
    run = closings.run_of(ctx, mine, year)
    return {
        **{name: getattr(run, name) for name in ("fiscal_year", "state", "digest", "tree_size", "tree_root")},
        "lines": len(queries.lines_of_year(ctx, mine, year)),
        "unsettled": len(closings.unsettled_lines(ctx, run)),
        "open": [] if run.state == "sealed" else closing.open_items(ctx, run),
    }
