"""Reading the books."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.kernel.context import Ctx
from marketplace.ledger.errors import LedgerAccountNotFound, PostingNotFound
from marketplace.ledger.models import Balance, ClosedYear, LedgerAccount, Posting
from marketplace.ledger.rules import Leg, walk_back

POSTING_KEY = (Posting.created_at, Posting.id)
NET = Balance.credits_fen - Balance.debits_fen


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One row of the trial balance; amounts in fen."""

    book: str
    fiscal_year: int
    kind: str
    debits_fen: int
    credits_fen: int

    @property
    def balance_fen(self) -> int:
        return self.credits_fen - self.debits_fen


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One posting on the way back; depth 0 is the one that was asked for."""

    depth: int
    posting: Posting
    source: LedgerAccount
    target: LedgerAccount


def account(ctx: Ctx, account_id: str) -> LedgerAccount:
    """One account. Raises LedgerAccountNotFound."""
    found = ctx.session.get(LedgerAccount, account_id)
    if found is None:
        raise LedgerAccountNotFound(account=account_id)
    return found


def accounts(ctx: Ctx, account_ids: Iterable[str]) -> dict[str, LedgerAccount]:
    """Those of the accounts that are open, by id."""
    wanted = select(LedgerAccount).where(LedgerAccount.id.in_(list(account_ids)))
    return {row.id: row for row in ctx.session.scalars(wanted)}


def balance_fen(ctx: Ctx, account_id: str) -> int:
    """Credits minus debits in fen. Raises LedgerAccountNotFound."""
    found = ctx.session.scalar(select(NET).where(Balance.account_id == account_id))
    if found is None:
        raise LedgerAccountNotFound(account=account_id)
    return int(found)


def balances_fen(ctx: Ctx, account_ids: Iterable[str]) -> dict[str, int]:
    """Several balances at one instant; an account that was never opened counts as zero."""
    wanted = list(account_ids)
    rows = ctx.session.execute(select(Balance.account_id, NET).where(Balance.account_id.in_(wanted)))
    return dict.fromkeys(wanted, 0) | {row[0]: int(row[1]) for row in rows}


def totals_by_root(ctx: Ctx, roots: Collection[str]) -> dict[str, dict[str, int]]:
    """Root owner → kind of account → summed balance in fen, floor-guarded accounts only."""
    rows = ctx.session.execute(
        select(LedgerAccount.root, LedgerAccount.kind, func.sum(NET))
        .join(Balance, Balance.account_id == LedgerAccount.id)
        .where(LedgerAccount.root.in_(roots), LedgerAccount.floor0)
        .group_by(LedgerAccount.root, LedgerAccount.kind)
    )
    totals: dict[str, dict[str, int]] = {root: {} for root in roots}
    for root, kind, amount in rows:
        totals[root][kind] = int(amount)
    return totals


def trial_balance(ctx: Ctx, fiscal_year: int | None = None) -> list[TrialLine]:
    """试算平衡表: debits and credits by book, year and kind of account."""
    query = (
        select(
            LedgerAccount.book,
            LedgerAccount.fiscal_year,
            LedgerAccount.kind,
            func.sum(Balance.debits_fen),
            func.sum(Balance.credits_fen),
        )
        .join(Balance, Balance.account_id == LedgerAccount.id)
        .group_by(LedgerAccount.book, LedgerAccount.fiscal_year, LedgerAccount.kind)
        .order_by(LedgerAccount.book, LedgerAccount.fiscal_year, LedgerAccount.kind)
    )
    if fiscal_year is not None:
        query = query.where(LedgerAccount.fiscal_year == fiscal_year)
    return [TrialLine(book, year, kind, int(d), int(c)) for book, year, kind, d, c in ctx.session.execute(query)]


def posting(ctx: Ctx, posting_id: str) -> Posting | None:
    """One posting, or None where that business event was never booked."""
    return ctx.session.get(Posting, posting_id)


def postings_of_root(root: str) -> Select[Posting]:
    """All postings that touch the accounts of one root owner, to be paged by (created_at, id)."""
    owned = select(LedgerAccount.id).where(LedgerAccount.root == root)
    return select(Posting).where(or_(Posting.debit_id.in_(owned), Posting.credit_id.in_(owned)))


def is_closed(ctx: Ctx, book: str, fiscal_year: int) -> bool:
    """Whether the book of that year takes no more postings."""
    return ctx.session.get(ClosedYear, (book, fiscal_year)) is not None


def trace(ctx: Ctx, reference: str) -> list[TraceStep]:
    """From a receipt back to the appropriation.

    reference: a posting id, or the reference its postings carry. Raises PostingNotFound.
    """
    start = _postings_named(ctx, reference)
    if not start:
        raise PostingNotFound(reference=reference)
    known = {row.id: row for row in start}
    sides = _accounts(ctx, known.values())
    credited: dict[str, list[Leg]] = {}
    ring = {row.debit_id for row in start}
    while ring := {wanted for wanted in ring if wanted not in credited and sides[wanted].floor0}:
        fed = list(ctx.session.scalars(select(Posting).where(Posting.credit_id.in_(ring)).order_by(Posting.created_at)))
        known |= {row.id: row for row in fed}
        sides |= _accounts(ctx, fed)
        for wanted in ring:
            credited[wanted] = [_leg(row, sides) for row in fed if row.credit_id == wanted]
        ring = {row.debit_id for row in fed if not _is_foreign(row, credited[row.credit_id])}
    trail = walk_back([_leg(row, sides) for row in start], credited)
    return [TraceStep(depth, known[leg.id], sides[leg.debit_id], sides[leg.credit_id]) for depth, leg in trail]


def _is_foreign(row: Posting, feeders: list[Leg]) -> bool:
    """A release of another holder into a shared account that also has an origin outside."""
    mine = next(leg for leg in feeders if leg.id == row.id)
    return any(leg.outside for leg in feeders) and not mine.outside


def _postings_named(ctx: Ctx, reference: str) -> list[Posting]:
    exact = ctx.session.get(Posting, reference)
    if exact is not None:
        return [exact]
    named = select(Posting).where(Posting.reference == reference).order_by(Posting.created_at.desc(), Posting.id.desc())
    return list(ctx.session.scalars(named))


def _accounts(ctx: Ctx, postings: Iterable[Posting]) -> dict[str, LedgerAccount]:
    return accounts(ctx, {side for row in postings for side in (row.debit_id, row.credit_id)})


def _leg(row: Posting, sides: dict[str, LedgerAccount]) -> Leg:
    return Leg(row.id, row.debit_id, row.credit_id, outside=not sides[row.debit_id].floor0)


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
