"""How much stands where: fen by stage, of encumbrances and of lines, and the moves that brought it there."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select

from marketplace.budgets.models import BudgetLine
from marketplace.budgets.queries import Share, line, lines, shares
from marketplace.budgets.rules import ENCUMBRANCE_STAGES, STAGES, encumbrance_owner, line_owner, posting_id
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.context import Ctx
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Posting
from marketplace.ledger.rules import account_id


def account_of(line: BudgetLine, encumbrance_id: str, stage: str) -> str:
    """Ledger account id of a stage; available and lapsed belong to the line."""
    owner = encumbrance_owner(line.id, encumbrance_id) if stage in ENCUMBRANCE_STAGES else line_owner(line.id)
    return account_id("budget", stage, owner, line.fiscal_year)


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


def lines_to_choose(ctx: Ctx, department_id: str, at: datetime) -> list[tuple[BudgetLine, int]]:
    """Lines of the department's current year with what is available (fen), for a posting form."""
    year = at.astimezone(SHANGHAI).year
    found = list(
        ctx.session.scalars(lines(ctx, department_id).where(BudgetLine.fiscal_year == year).order_by(BudgetLine.id))
    )
    stages = stages_of_lines(ctx, [row.id for row in found])
    return [(row, stages[row.id]["available"]) for row in found]
