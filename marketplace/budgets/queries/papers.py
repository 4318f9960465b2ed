"""Appropriation documents, transfers and uploaded tables; the names on them."""

from collections.abc import Iterable

from sqlalchemy import Select, func, select

from marketplace.budgets.errors import SheetNotFound, TransferNotFound
from marketplace.budgets.models import Appropriation, BudgetSheet, BudgetTransfer
from marketplace.budgets.queries import sees_all
from marketplace.identity.models import Login
from marketplace.kernel.context import Ctx


def transfers(department_id: str | None) -> Select[BudgetTransfer]:
    """Transfers of one department, or of all, to be paged by id."""
    wanted = select(BudgetTransfer)
    return wanted if department_id is None else wanted.where(BudgetTransfer.department_id == department_id)


def waiting_transfers(ctx: Ctx, department_id: str, fiscal_year: int) -> list[BudgetTransfer]:
    """Transfers of a year that nobody has decided."""
    wanted = transfers(department_id).where(BudgetTransfer.fiscal_year == fiscal_year, BudgetTransfer.state == "asked")
    return list(ctx.session.scalars(wanted.order_by(BudgetTransfer.id)))


def waiting_count(ctx: Ctx, department_id: str | None) -> int:
    """How many transfers nobody has decided."""
    asked = transfers(department_id).where(BudgetTransfer.state == "asked").subquery()
    return ctx.session.scalar(select(func.count()).select_from(asked)) or 0


def transfer(ctx: Ctx, transfer_id: str) -> BudgetTransfer:
    """One transfer that the actor may see. Raises TransferNotFound."""
    found = ctx.session.get(BudgetTransfer, transfer_id)
    if found is None or not (sees_all(ctx) or found.department_id == ctx.actor.organisation_id):
        raise TransferNotFound
    return found


def sheet(ctx: Ctx, sheet_id: str) -> BudgetSheet:
    """One uploaded file of the actor's own department. Raises SheetNotFound."""
    found = ctx.session.get(BudgetSheet, sheet_id)
    if found is None or found.department_id != ctx.actor.organisation_id:
        raise SheetNotFound
    return found


def names_of(ctx: Ctx, login_ids: Iterable[str]) -> dict[str, str]:
    """Names of people by login, for screens."""
    rows = ctx.session.execute(select(Login.id, Login.name).where(Login.id.in_(set(login_ids))))
    return {id: name for id, name in rows}  # noqa: C416


def appropriations(department_id: str | None) -> Select[Appropriation]:
    """Appropriation documents of one department, or of all, to be paged by id."""
    wanted = select(Appropriation)
    return wanted if department_id is None else wanted.where(Appropriation.department_id == department_id)
