"""Lines of statements as proofs: which are free, what they tell of our orders, and what they prove."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.collection.models import Collection
from marketplace.kernel.context import Ctx
from marketplace.payments.models import PaymentAttempt, PaymentOrder
from marketplace.reconciliation.models import ReconMatch, StatementLine
from marketplace.reconciliation.queries.movements import SENT


def trades_that_tell(statement_id: str, gateway: str) -> Select[str, str, int, str, datetime, str]:
    """Lines about collections that are not paid here: (collection, number, amount_fen, line_id, at, kind)."""
    return (
        select(
            Collection.id,
            Collection.number,
            StatementLine.amount_fen,
            StatementLine.line_id,
            StatementLine.at,
            StatementLine.kind,
        )
        .join(Collection, Collection.number == StatementLine.number)
        .where(
            StatementLine.statement_id == statement_id,
            StatementLine.amount_fen > 0,
            Collection.gateway == gateway,
            Collection.state != "paid",
        )
        .order_by(StatementLine.seq)
    )


def unmatched_lines(
    statement_id: str, *, after: int = 0, numbers: AbstractSet[str] | None = None
) -> Select[StatementLine]:
    """Lines of a statement that no pass has matched, in their order. after: a seq; numbers: only lines under these."""
    free = ~exists().where(ReconMatch.statement_id == StatementLine.statement_id, ReconMatch.seq == StatementLine.seq)
    wanted = select(StatementLine).where(StatementLine.statement_id == statement_id, StatementLine.seq > after, free)
    if numbers is not None:
        wanted = wanted.where(StatementLine.number.in_(numbers))
    return wanted.order_by(StatementLine.seq)


def lines_that_tell(statement_id: str, gateway: str) -> Select[str, str, str, int, str, datetime, str]:
    """Lines that settle an order whose fate was open, or show one coming back: (order, number, state, …)."""
    went = and_(PaymentOrder.state.in_(SENT), StatementLine.amount_fen == -PaymentOrder.amount_fen)
    out = aliased(StatementLine)
    was_out = exists().where(out.number == PaymentOrder.number, out.amount_fen == -PaymentOrder.amount_fen)
    came = and_(PaymentOrder.state == "paid", StatementLine.amount_fen == PaymentOrder.amount_fen, was_out)
    return (
        select(
            PaymentOrder.id,
            PaymentOrder.number,
            PaymentOrder.state,
            StatementLine.amount_fen,
            StatementLine.line_id,
            StatementLine.at,
            StatementLine.kind,
        )
        .join(PaymentOrder, PaymentOrder.number == StatementLine.number)
        .where(StatementLine.statement_id == statement_id, PaymentOrder.gateway == gateway, or_(went, came))
        .order_by(StatementLine.seq)
    )


def undecided(gateway: str) -> Select[str, datetime, datetime]:
    """Orders whose fate is open and that no line names: (order, first exchange, last exchange)."""
    named = exists().where(StatementLine.number == PaymentOrder.number)
    return (
        select(PaymentOrder.id, func.min(PaymentAttempt.started_at), func.max(PaymentAttempt.started_at))
        .join(PaymentAttempt, PaymentAttempt.order_id == PaymentOrder.id)
        .where(PaymentOrder.gateway == gateway, PaymentOrder.state == "unknown", ~named, PaymentAttempt.what == "send")
        .group_by(PaymentOrder.id)
    )


def match_of(ctx: Ctx, claim: str) -> tuple[ReconMatch, StatementLine] | None:
    """The line that proves one of our movements."""
    wanted = select(ReconMatch, StatementLine).join(
        StatementLine, and_(StatementLine.statement_id == ReconMatch.statement_id, StatementLine.seq == ReconMatch.seq)
    )
    found = ctx.session.execute(wanted.where(ReconMatch.claim == claim).limit(1)).one_or_none()
    return (found[0], found[1]) if found else None


def claims_of_line(ctx: Ctx, statement_id: str, seq: int) -> Sequence[str]:
    """What a line proves: e.g. "order/<id>/pay"."""
    wanted = select(ReconMatch.claim).where(ReconMatch.statement_id == statement_id, ReconMatch.seq == seq)
    return ctx.session.scalars(wanted.order_by(ReconMatch.claim)).all()
