"""Statements: their files, their balances, and what a seal covers."""

from datetime import date
from hashlib import sha256
from pathlib import Path

from sqlalchemy import func, select

from marketplace.kernel.context import Ctx
from marketplace.reconciliation import rules
from marketplace.reconciliation.errors import DayNotFound
from marketplace.reconciliation.models import ReconBreak, ReconDay, ReconMatch, Statement, StatementLine


def statement(ctx: Ctx, statement_id: str) -> Statement:
    """One statement. Raises DayNotFound."""
    found = ctx.session.get(Statement, statement_id)
    if found is None:
        raise DayNotFound
    return found


def last_closing_fen(ctx: Ctx, account: str, day: date) -> int | None:
    """Closing balance of the latest statement before a day."""
    wanted = select(Statement.closing_fen).where(Statement.account == account, Statement.day < day)
    alive = wanted.where(Statement.superseded_at.is_(None), Statement.closing_fen.is_not(None))
    return ctx.session.scalar(alive.order_by(Statement.day.desc()).limit(1))


def counts(ctx: Ctx, day: ReconDay) -> dict[str, int]:
    """How a day stands: lines, matched lines, open breaks."""
    matched = select(func.count(func.distinct(ReconMatch.seq))).where(ReconMatch.statement_id == day.statement_id)
    open_ = select(func.count()).select_from(ReconBreak)
    open_ = open_.where(ReconBreak.account == day.account, ReconBreak.day == day.day, ReconBreak.state.in_(rules.OPEN))
    return {
        "lines": statement(ctx, day.statement_id).line_count,
        "matched": ctx.session.scalar(matched) or 0,
        "breaks": ctx.session.scalar(open_) or 0,
    }


def digest(ctx: Ctx, statement_id: str) -> str:
    """What a seal covers: every line and every match of a statement, hashed in their order."""
    summed = sha256(statement_id.encode())
    columns = (StatementLine.seq, StatementLine.line_id, StatementLine.number, StatementLine.amount_fen)
    lines = select(*columns).where(StatementLine.statement_id == statement_id).order_by(StatementLine.seq)
    pairs = select(ReconMatch.seq, ReconMatch.claim, ReconMatch.by_pass).where(ReconMatch.statement_id == statement_id)
    for wanted in (lines, pairs.order_by(ReconMatch.seq, ReconMatch.claim)):
        for row in ctx.session.execute(wanted.execution_options(yield_per=5000)):
            summed.update("\x1f".join(map(str, row)).encode() + b"\n")
    return summed.hexdigest()


def broken_seals(ctx: Ctx) -> list[ReconDay]:
    """Closed days whose lines or matches are not what was sealed."""
    closed = ctx.session.scalars(select(ReconDay).where(ReconDay.state == "closed").order_by(ReconDay.day)).all()
    return [day for day in closed if digest(ctx, day.statement_id) != day.digest]


def folder(ctx: Ctx) -> Path:
    """Where statement files are kept."""
    return Path(str(ctx.settings["MARKETPLACE_FILES"])) / "statements"
