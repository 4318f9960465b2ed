"""Lists over the whole of the books: for checks, vouchers and exports."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, Subquery, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.kernel.context import Ctx
from marketplace.ledger.models import Balance, LedgerAccount, Posting
from marketplace.ledger.queries import NET
from marketplace.ledger.rules import CLEARING


def crossing_postings(ctx: Ctx, limit: int) -> list[str]:
    """Ids of postings between two owners where neither side is a control account."""
    source, target = aliased(LedgerAccount), aliased(LedgerAccount)
    return list(
        ctx.session.scalars(
            select(Posting.id)
            .join(source, source.id == Posting.debit_id)
            .join(target, target.id == Posting.credit_id)
            .where(source.floor0, target.floor0, source.root != target.root)
            .order_by(Posting.id)
            .limit(limit)
        )
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """A posting with whose money it moved and where from; amount in fen."""

    id: str
    kind: str
    amount_fen: int
    reference: str
    business_date: date
    root: str
    source_kind: str


def moves_into(ctx: Ctx, *, roots: Collection[str], kinds: Collection[str]) -> list[Moved]:
    """Postings of some kinds that credited accounts of these roots, in the order of booking."""
    source, target = aliased(LedgerAccount), aliased(LedgerAccount)
    rows = ctx.session.execute(
        select(
            Posting.id,
            Posting.kind,
            Posting.amount_fen,
            Posting.reference,
            Posting.business_date,
            target.root,
            source.kind,
        )
        .join(target, target.id == Posting.credit_id)
        .join(source, source.id == Posting.debit_id)
        .where(target.root.in_(list(roots)), Posting.kind.in_(list(kinds)))
        .order_by(Posting.created_at, Posting.id)
    )
    return [Moved(*row) for row in rows]


def credits_to(ctx: Ctx, account_id: str, *, kind: str) -> list[Posting]:
    """Postings of one kind that credited an account, in the order of booking."""
    wanted = select(Posting).where(Posting.credit_id == account_id, Posting.kind == kind)
    return list(ctx.session.scalars(wanted.order_by(Posting.created_at, Posting.id)))


def unbalanced_clearing(ctx: Ctx, limit: int) -> list[tuple[str, str, int]]:
    """Clearing accounts that hold money: (kind, owner, fen)."""
    rows = ctx.session.execute(
        select(LedgerAccount.kind, LedgerAccount.owner, NET)
        .join(Balance, Balance.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind.in_(CLEARING), NET != 0)
        .order_by(LedgerAccount.id)
        .limit(limit)
    )
    return [(kind, owner, int(fen)) for kind, owner, fen in rows]


def rebuilt() -> Select[str, int, int, int, int]:
    """Balances whose counters differ from their postings, added up anew: (account id, debits, sum, credits, sum)."""
    taken, given = _summed(Posting.debit_id), _summed(Posting.credit_id)
    debit, credit = func.coalesce(taken.c.fen, 0), func.coalesce(given.c.fen, 0)
    return (
        select(LedgerAccount.id, Balance.debits_fen, debit, Balance.credits_fen, credit)
        .outerjoin(Balance, Balance.account_id == LedgerAccount.id)
        .outerjoin(taken, taken.c.account_id == LedgerAccount.id)
        .outerjoin(given, given.c.account_id == LedgerAccount.id)
        .where(or_(func.coalesce(Balance.debits_fen, 0) != debit, func.coalesce(Balance.credits_fen, 0) != credit))
        .order_by(LedgerAccount.id)
    )


def _summed(side: InstrumentedAttribute[str]) -> Subquery:
    return select(side.label("account_id"), func.sum(Posting.amount_fen).label("fen")).group_by(side).subquery()
