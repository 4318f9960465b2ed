"""The end of a year: its run, the lines it has dealt with, and what still draws on them."""

from sqlalchemy import select

from marketplace.budgets.errors import ClosingNotFound
from marketplace.budgets.models import BudgetLine, ClosingLine, ClosingRun, Encumbrance, EncumbranceShare
from marketplace.budgets.queries import line, lines_of_year
from marketplace.budgets.queries.balances import stages_of_encumbrances
from marketplace.kernel.context import Ctx


def closing_of(ctx: Ctx, department_id: str, fiscal_year: int) -> ClosingRun | None:
    """The closing run of a department and year, or None."""
    return ctx.session.scalar(
        select(ClosingRun)
        .where(ClosingRun.department_id == department_id, ClosingRun.fiscal_year == fiscal_year)
        .execution_options(populate_existing=True)
    )


def years(ctx: Ctx, department_id: str | None) -> list[int]:
    """Years that have lines, newest first."""
    wanted = select(BudgetLine.fiscal_year).distinct().order_by(BudgetLine.fiscal_year.desc())
    if department_id is not None:
        wanted = wanted.where(BudgetLine.department_id == department_id)
    return list(ctx.session.scalars(wanted))


def line_after(ctx: Ctx, line_id: str) -> BudgetLine | None:
    """The line of the next year that goes on with this one, or None."""
    return ctx.session.scalar(select(BudgetLine).where(BudgetLine.carried_from == line_id))


def times_carried(ctx: Ctx, found: BudgetLine) -> int:
    """Through how many year ends the line's money has come."""
    times = 0
    while found.carried_from is not None:
        found = line(ctx, found.carried_from)
        times += 1
    return times


def drawing_on(ctx: Ctx, line_id: str) -> list[str]:
    """Ids of encumbrances that still draw on a line, in their order."""
    wanted = select(EncumbranceShare.encumbrance_id).where(EncumbranceShare.line_id == line_id, EncumbranceShare.active)
    return list(ctx.session.scalars(wanted.order_by(EncumbranceShare.encumbrance_id)))


def is_settled(ctx: Ctx, line_id: str) -> bool:
    """Whether the closing of its year has dealt with a line."""
    return ctx.session.scalar(select(ClosingLine.line_id).where(ClosingLine.line_id == line_id)) is not None


def unsettled_lines(ctx: Ctx, run: ClosingRun) -> list[BudgetLine]:
    """Lines that the closing run has not dealt with, in the order of their ids."""
    done = set(ctx.session.scalars(select(ClosingLine.line_id).where(ClosingLine.run_id == run.id)))
    return [row for row in lines_of_year(ctx, run.department_id, run.fiscal_year) if row.id not in done]


def held_by_need(ctx: Ctx, department_id: str, fiscal_year: int) -> list[tuple[str, dict[str, int]]]:
    """What the needs of a year hold on its lines: reference and fen by stage, by the order of the needs."""
    rows = ctx.session.execute(
        select(EncumbranceShare.encumbrance_id, Encumbrance.reference, BudgetLine)
        .join(Encumbrance, Encumbrance.id == EncumbranceShare.encumbrance_id)
        .join(BudgetLine, BudgetLine.id == EncumbranceShare.line_id)
        .where(BudgetLine.department_id == department_id, BudgetLine.fiscal_year == fiscal_year)
        .order_by(EncumbranceShare.encumbrance_id, EncumbranceShare.seq)
    )
    found: list[tuple[str, dict[str, int]]] = []
    for id, reference, row in rows:
        found.append((reference, stages_of_encumbrances(ctx, row, [id])[id]))
    return found


def settled_lines(ctx: Ctx, run_id: str) -> dict[str, ClosingLine]:
    """What a closing run did, by line."""
    rows = ctx.session.scalars(select(ClosingLine).where(ClosingLine.run_id == run_id))
    return {row.line_id: row for row in rows}


def run_of(ctx: Ctx, department_id: str, fiscal_year: int) -> ClosingRun:
    """The closing run of a department and year. Raises ClosingNotFound."""
    found = closing_of(ctx, department_id, fiscal_year)
    if found is None:
        raise ClosingNotFound
    return found


def unclosed_years(ctx: Ctx, up_to: int) -> list[tuple[str, int]]:
    """Departments and years with lines, up to a year, whose year is not sealed."""
    sealed = (
        select(ClosingRun.id)
        .where(
            ClosingRun.department_id == BudgetLine.department_id,
            ClosingRun.fiscal_year == BudgetLine.fiscal_year,
            ClosingRun.state == "sealed",
        )
        .exists()
    )
    rows = ctx.session.execute(
        select(BudgetLine.department_id, BudgetLine.fiscal_year)
        .where(BudgetLine.fiscal_year <= up_to, ~sealed)
        .distinct()
        .order_by(BudgetLine.department_id, BudgetLine.fiscal_year)
    )
    return [(department, year) for department, year in rows]
