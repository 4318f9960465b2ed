"""Reading lines, encumbrances and how much stands where."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select

from marketplace.budgets.errors import BudgetLineNotFound, EncumbranceNotFound
from marketplace.budgets.models import BudgetLine, Encumbrance
from marketplace.budgets.rules import ENCUMBRANCE_STAGES, STAGES, encumbrance_owner, line_owner
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.context import Ctx
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Posting
from marketplace.ledger.rules import account_id


def line(ctx: Ctx, line_id: str) -> BudgetLine:
    """One budget line. Raises BudgetLineNotFound."""
    found = ctx.session.get(BudgetLine, line_id)
    if found is None:
        raise BudgetLineNotFound
    return found


def line_for(ctx: Ctx, line_id: str) -> BudgetLine:
    """One line for the one who asks: the department itself, or whoever audits.

    Raises BudgetLineNotFound for another department's too: whether it exists is nobody else's business.
    """
    found = line(ctx, line_id)
    if found.department_id != ctx.actor.organisation_id and not sees_all(ctx):
        raise BudgetLineNotFound
    return found


def sees_all(ctx: Ctx) -> bool:
    """Auditors, the terminal and the system read every department's budget."""
    return ctx.actor.may("ledger.read")


def line_named(ctx: Ctx, department_id: str, fiscal_year: int, name: str) -> BudgetLine | None:
    """The one line of that department, year and name, or None."""
    return ctx.session.scalar(
        select(BudgetLine).where(
            BudgetLine.department_id == department_id, BudgetLine.fiscal_year == fiscal_year, BudgetLine.name == name
        )
    )


def lines(ctx: Ctx, department_id: str | None = None) -> Select[BudgetLine]:
    """Budget lines of one department, or of all, to be paged by id."""
    query = select(BudgetLine)
    return query if department_id is None else query.where(BudgetLine.department_id == department_id)


def lines_to_choose(ctx: Ctx, department_id: str, at: datetime) -> list[tuple[BudgetLine, int]]:
    """Lines of the department's current year with what is available (fen), for a posting form."""
    year = at.astimezone(SHANGHAI).year
    found = list(
        ctx.session.scalars(lines(ctx, department_id).where(BudgetLine.fiscal_year == year).order_by(BudgetLine.id))
    )
    stages = stages_of_lines(ctx, [row.id for row in found])
    return [(row, stages[row.id]["available"]) for row in found]


def encumbrance(ctx: Ctx, encumbrance_id: str) -> Encumbrance:
    """One encumbrance. Raises EncumbranceNotFound."""
    found = ctx.session.get(Encumbrance, encumbrance_id)
    if found is None:
        raise EncumbranceNotFound
    return found


def encumbrances(line_id: str) -> Select[Encumbrance]:
    """Encumbrances of one line, to be paged by id."""
    return select(Encumbrance).where(Encumbrance.line_id == line_id)


def encumbrance_of(ctx: Ctx, line_id: str, reference: str) -> Encumbrance | None:
    """The encumbrance of one need on one line, or None."""
    return ctx.session.scalar(
        select(Encumbrance).where(Encumbrance.line_id == line_id, Encumbrance.reference == reference)
    )


def account_of(line: BudgetLine, encumbrance_id: str, stage: str) -> str:
    """Ledger account id of a stage; available and lapsed belong to the line."""
    owner = encumbrance_owner(line.id, encumbrance_id) if stage in ENCUMBRANCE_STAGES else line_owner(line.id)
    return account_id("budget", stage, owner, line.fiscal_year)


def stages(ctx: Ctx, encumbrance_id: str) -> dict[str, int]:
    """Fen of one encumbrance by stage: reserved, obligated, due, transit, paid."""
    row = encumbrance(ctx, encumbrance_id)
    return stages_of_encumbrances(ctx, line(ctx, row.line_id), [row.id])[row.id]


def stages_of_encumbrances(ctx: Ctx, line: BudgetLine, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Stages of several encumbrances of one line in one read."""
    named = {(id, stage): account_of(line, id, stage) for id in ids for stage in ENCUMBRANCE_STAGES}
    held = ledger.balances_fen(ctx, named.values())
    return {id: {stage: held[named[id, stage]] for stage in ENCUMBRANCE_STAGES} for id in ids}


def line_stages(ctx: Ctx, line_id: str) -> dict[str, int]:
    """Fen of one line by stage, its encumbrances included."""
    return stages_of_lines(ctx, [line_id])[line_id]


def stages_of_lines(ctx: Ctx, line_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Stages of several lines in one read."""
    totals = ledger.totals_by_root(ctx, [line_owner(id) for id in line_ids])
    return {id: dict.fromkeys(STAGES, 0) | totals[line_owner(id)] for id in line_ids}


def available_fen(ctx: Ctx, line_id: str) -> int:
    """What a new need may still take, in fen."""
    return ledger.balance_fen(ctx, account_of(line(ctx, line_id), "", "available"))


def postings(line_id: str) -> Select[Posting]:
    """Every move of a line's money, to be paged by (created_at, id)."""
    return ledger.postings_of_root(line_owner(line_id))
