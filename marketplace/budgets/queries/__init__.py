"""Reading lines, and the encumbrances that draw on them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Select, select

from marketplace.budgets.errors import BudgetLineNotFound, EncumbranceNotFound
from marketplace.budgets.models import BudgetLine, Encumbrance, EncumbranceShare
from marketplace.kernel.context import Ctx


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


def own_department(ctx: Ctx, department_id: str) -> None:
    """Refuse another department's business; the terminal and the system act for all. Raises BudgetLineNotFound."""
    if ctx.actor.kind not in {"system", "terminal"} and ctx.actor.organisation_id != department_id:
        raise BudgetLineNotFound


def own_line(ctx: Ctx, line_id: str) -> BudgetLine:
    """A line that the actor may write on. Raises BudgetLineNotFound."""
    found = line(ctx, line_id)
    own_department(ctx, found.department_id)
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


def encumbrance(ctx: Ctx, encumbrance_id: str) -> Encumbrance:
    """One encumbrance. Raises EncumbranceNotFound."""
    found = ctx.session.get(Encumbrance, encumbrance_id)
    if found is None:
        raise EncumbranceNotFound
    return found


def encumbrances(line_id: str) -> Select[Encumbrance]:
    """Encumbrances that draw on one line, to be paged by id."""
    drawing = select(EncumbranceShare.encumbrance_id).where(EncumbranceShare.line_id == line_id)
    return select(Encumbrance).where(Encumbrance.id.in_(drawing))


@dataclass(frozen=True, slots=True)
class Share:
    """One line that an encumbrance draws on: its place in the order, and whether it still does."""

    seq: int
    line: BudgetLine
    active: bool


def shares(ctx: Ctx, encumbrance_id: str) -> list[Share]:
    """The lines of an encumbrance in their order."""
    return shares_of(ctx, [encumbrance_id])[encumbrance_id]


def shares_of(ctx: Ctx, ids: Collection[str]) -> dict[str, list[Share]]:
    """The lines of several encumbrances in their order, in one read."""
    rows = ctx.session.execute(
        select(EncumbranceShare.encumbrance_id, EncumbranceShare.seq, BudgetLine, EncumbranceShare.active)
        .join(BudgetLine, BudgetLine.id == EncumbranceShare.line_id)
        .where(EncumbranceShare.encumbrance_id.in_(ids))
        .order_by(EncumbranceShare.seq)
    )
    found: dict[str, list[Share]] = {id: [] for id in ids}
    for id, seq, line, active in rows:
        found[id].append(Share(seq, line, active))
    return found


def lines_of_year(ctx: Ctx, department_id: str, fiscal_year: int) -> list[BudgetLine]:
    """All lines of a department and year in the order of their ids."""
    wanted = lines(ctx, department_id).where(BudgetLine.fiscal_year == fiscal_year)
    return list(ctx.session.scalars(wanted.order_by(BudgetLine.id)))


def lines_by_id(ctx: Ctx, line_ids: Iterable[str]) -> dict[str, BudgetLine]:
    """Several lines in one read."""
    wanted = select(BudgetLine).where(BudgetLine.id.in_(set(line_ids)))
    return {row.id: row for row in ctx.session.scalars(wanted)}
