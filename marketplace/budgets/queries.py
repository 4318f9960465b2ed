"""Reading lines, encumbrances and how much stands where."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from marketplace.budgets.errors import (
    BudgetLineNotFound,
    ClosingNotFound,
    EncumbranceNotFound,
    SheetNotFound,
    TransferNotFound,
)
from marketplace.budgets.models import (
    Appropriation,
    BudgetLine,
    BudgetSheet,
    BudgetTransfer,
    ClosingLine,
    ClosingRun,
    Encumbrance,
    EncumbranceShare,
)
from marketplace.budgets.rules import ENCUMBRANCE_STAGES, STAGES, encumbrance_owner, line_owner, posting_id
from marketplace.identity.models import Login
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
    """Encumbrances that draw on one line, to be paged by id."""
    drawing = select(EncumbranceShare.encumbrance_id).where(EncumbranceShare.line_id == line_id)
    return select(Encumbrance).where(Encumbrance.id.in_(drawing))


def closing_of(ctx: Ctx, department_id: str, fiscal_year: int) -> ClosingRun | None:
    """The closing run of a department and year, or None."""
    return ctx.session.scalar(
        select(ClosingRun)
        .where(ClosingRun.department_id == department_id, ClosingRun.fiscal_year == fiscal_year)
        .execution_options(populate_existing=True)
    )


def account_of(line: BudgetLine, encumbrance_id: str, stage: str) -> str:
    """Ledger account id of a stage; available and lapsed belong to the line."""
    owner = encumbrance_owner(line.id, encumbrance_id) if stage in ENCUMBRANCE_STAGES else line_owner(line.id)
    return account_id("budget", stage, owner, line.fiscal_year)


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


def booked(ctx: Ctx, encumbrance_id: str, verb: str, reference: str, among: Sequence[Share]) -> dict[int, int]:
    """Fen of one move by the place of the line; empty where it was never booked."""
    named = {posting_id(encumbrance_id, verb, reference, share.seq): share.seq for share in among}
    return {named[id]: fen for id, fen in ledger.amounts_of(ctx, named).items()}


def stages(ctx: Ctx, encumbrance_id: str) -> dict[str, int]:
    """Fen of one encumbrance by stage over all its lines: reserved, obligated, due, transit, paid."""
    return stages_of(ctx, {encumbrance_id: shares(ctx, encumbrance_id)})[encumbrance_id]


def stages_of(ctx: Ctx, among: Mapping[str, Sequence[Share]]) -> dict[str, dict[str, int]]:
    """The same of several encumbrances in one read. among: the lines of each."""
    named = {
        account_of(share.line, id, stage): (id, stage)
        for id, found in among.items()
        for share in found
        for stage in ENCUMBRANCE_STAGES
    }
    totals = {id: dict.fromkeys(ENCUMBRANCE_STAGES, 0) for id in among}
    for account, fen in ledger.balances_fen(ctx, named).items():
        id, stage = named[account]
        totals[id][stage] += fen
    return totals


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


def lines_of_year(ctx: Ctx, department_id: str, fiscal_year: int) -> list[BudgetLine]:
    """All lines of a department and year in the order of their ids."""
    wanted = lines(ctx, department_id).where(BudgetLine.fiscal_year == fiscal_year)
    return list(ctx.session.scalars(wanted.order_by(BudgetLine.id)))


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


def lines_by_id(ctx: Ctx, line_ids: Iterable[str]) -> dict[str, BudgetLine]:
    """Several lines in one read."""
    wanted = select(BudgetLine).where(BudgetLine.id.in_(set(line_ids)))
    return {row.id: row for row in ctx.session.scalars(wanted)}


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


def names_of(ctx: Ctx, login_ids: Iterable[str]) -> dict[str, str]:
    """Names of people by login, for screens."""
    rows = ctx.session.execute(select(Login.id, Login.name).where(Login.id.in_(set(login_ids))))
    return {id: name for id, name in rows}  # noqa: C416


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


def appropriations(department_id: str | None) -> Select[Appropriation]:
    """Appropriation documents of one department, or of all, to be paged by id."""
    wanted = select(Appropriation)
    return wanted if department_id is None else wanted.where(Appropriation.department_id == department_id)
