"""指标导入与导出: a table of appropriations is tried first, then booked whole or not at all."""

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import select

from marketplace.budgets import queries, sheets
from marketplace.budgets.appropriating import Paper, appropriate
from marketplace.budgets.errors import SheetHasFaults, SheetNotFound
from marketplace.budgets.events import SheetBooked
from marketplace.budgets.models import Appropriation, BudgetSheet
from marketplace.budgets.moving import short, who
from marketplace.budgets.queries import balances, closings, papers
from marketplace.budgets.rules import FROZEN, SOURCE_WORDS
from marketplace.budgets.trial import (
    AMOUNT,
    DAY,
    HEADINGS,
    NAME,
    YEAR,
    Fault,
    Trial,
    Wanted,
    between,
    faults_of,
    wanted_of,
)
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.ledger import listing
from marketplace.ledger import queries as ledger


def upload(ctx: Ctx, *, name: str, content: bytes) -> BudgetSheet:
    """Keep a file of the actor's department to be tried and booked; nothing is booked yet. Raises SheetRefused."""
    ctx.require("budget.write")
    sheets.read(content, HEADINGS)
    row = BudgetSheet(
        id=ctx.new_id(),
        department_id=ctx.actor.organisation_id or "",
        name=name[:200],
        sha256=sha256(content).hexdigest(),
        content=content,
        uploaded_at=ctx.now,
        uploaded_by=who(ctx),
    )
    ctx.session.add(row)
    ctx.session.flush()
    return row


def try_out(ctx: Ctx, department_id: str, content: bytes) -> Trial:
    """试算: what a file would do and every fault in it, by row and heading; nothing is written. Raises SheetRefused."""
    faults: list[Fault] = []
    wanted: list[Wanted] = []
    for line in sheets.read(content, HEADINGS):
        found = faults_of(line)
        faults += found
        if not found:
            wanted.append(wanted_of(line))
    faults += between(wanted)
    known, clashes = _against_the_books(ctx, department_id, wanted)
    return Trial(
        wanted, sorted([*faults, *clashes], key=lambda fault: (fault.row, HEADINGS.index(fault.column))), known
    )


def book(ctx: Ctx, sheet_id: str) -> Trial:
    """导入: book every row of a tried file, or none.

    Raises SheetHasFaults, SheetNotFound and what appropriate raises.
    """
    ctx.require("budget.write")
    row = ctx.session.scalar(select(BudgetSheet).where(BudgetSheet.id == sheet_id).with_for_update())
    if row is None:
        raise SheetNotFound
    queries.own_department(ctx, row.department_id)
    trial = try_out(ctx, row.department_id, row.content)
    if row.booked_at is not None:
        return trial
    if trial.faults:
        raise SheetHasFaults(count=len(trial.faults))
    _appropriate(ctx, row.department_id, trial.wanted)
    row.booked_at, row.booked_by = ctx.now, who(ctx)
    ctx.record(
        SheetBooked(
            subject=f"budget-sheet/{row.id}", sha256=row.sha256, rows=len(trial.wanted), amount_fen=trial.total_fen
        )
    )
    ctx.session.flush()
    return trial


def book_content(ctx: Ctx, department_id: str, content: bytes) -> Trial:
    """The same for the terminal: try a file and book it whole. Raises SheetRefused, SheetHasFaults."""
    trial = try_out(ctx, department_id, content)
    if trial.faults:
        raise SheetHasFaults(count=len(trial.faults))
    _appropriate(ctx, department_id, trial.wanted)
    return trial


def rows_of(ctx: Ctx, department_id: str, fiscal_year: int) -> list[list[str]]:
    """导出: every appropriation of a department and year as rows under HEADINGS, fit to be imported again."""
    lines = {line.id: line for line in queries.lines_of_year(ctx, department_id, fiscal_year)}
    days = {
        row.number: row.issued_on
        for row in ctx.session.scalars(
            papers.appropriations(department_id).where(Appropriation.fiscal_year == fiscal_year)
        )
    }
    words = {code: word for word, code in SOURCE_WORDS.items()}
    rows = []
    for line in lines.values():
        for posting in listing.credits_to(ctx, balances.account_of(line, "", "available"), kind="appropriate"):
            day = days.get(posting.reference)
            facts = (line.name, line.function_code, line.economic_code, line.project, words[line.source])
            rows.append(
                [
                    str(line.fiscal_year),
                    posting.reference,
                    day.isoformat() if day else "",
                    *facts,
                    yuan(posting.amount_fen).replace(",", ""),
                ]
            )
    return rows


def _appropriate(ctx: Ctx, department_id: str, wanted: Sequence[Wanted]) -> None:
    for row in wanted:
        appropriate(
            ctx,
            department_id=department_id,
            fiscal_year=row.fiscal_year,
            name=row.name,
            function_code=row.function_code,
            economic_code=row.economic_code,
            source=row.source,
            amount_fen=row.amount_fen,
            document=row.document,
            project=row.project,
            paper=Paper(row.issued_on),
        )


def _against_the_books(ctx: Ctx, department_id: str, wanted: Sequence[Wanted]) -> tuple[int, list[Fault]]:
    """What rows say against what is booked; how many are booked already, word for word."""
    faults: list[Fault] = []
    known = 0
    frozen = {year for year in {row.fiscal_year for row in wanted} if _is_frozen(ctx, department_id, year)}
    kept = {
        (row.fiscal_year, row.number): row.issued_on
        for row in ctx.session.scalars(papers.appropriations(department_id))
    }
    for row in wanted:
        line = queries.line_named(ctx, department_id, row.fiscal_year, row.name)
        if line is not None and row.codes != (line.function_code, line.economic_code, line.project, line.source):
            faults.append(Fault(row.row, NAME, "line_differs"))
        day = kept.get((row.fiscal_year, row.document))
        if day and row.issued_on and day != row.issued_on:
            faults.append(Fault(row.row, DAY, "day_differs", row.document))
        booked = None if line is None else ledger.posting(ctx, f"{line.id}/appropriate/{short(row.document)}")
        if booked is not None and booked.amount_fen != row.amount_fen:
            faults.append(Fault(row.row, AMOUNT, "booked_differs", yuan(booked.amount_fen)))
        elif booked is not None:
            known += 1
        elif row.fiscal_year in frozen:
            faults.append(Fault(row.row, YEAR, "frozen"))
    return known, faults


def _is_frozen(ctx: Ctx, department_id: str, fiscal_year: int) -> bool:
    run = closings.closing_of(ctx, department_id, fiscal_year)
    return run is not None and run.state in FROZEN
