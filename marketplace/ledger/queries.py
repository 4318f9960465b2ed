"""Reading the books."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

from marketplace.kernel.context import Ctx
from marketplace.ledger.errors import LedgerAccountNotFound, PostingNotFound
from marketplace.ledger.models import Balance, ClosedYear, LedgerAccount, Posting
from marketplace.ledger.rules import IN, OUT, Leg, other_half, walk_back

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


def amounts_of(ctx: Ctx, posting_ids: Iterable[str]) -> dict[str, int]:
    """Fen of those of the postings that were booked, by id."""
    rows = ctx.session.execute(select(Posting.id, Posting.amount_fen).where(Posting.id.in_(list(posting_ids))))
    return {id: int(fen) for id, fen in rows}


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
    walk = _Walk(ctx)
    ring = walk.learn(start)
    while ring:
        ring = walk.fed_from(ring)
    trail = walk_back([walk.leg(row) for row in start], walk.credited, walk.halves)
    return [
        TraceStep(depth, walk.known[leg.id], walk.sides[leg.debit_id], walk.sides[leg.credit_id])
        for depth, leg in trail
    ]


def trace_on(ctx: Ctx, reference: str) -> list[TraceStep]:
    """From an appropriation, or any posting, forward to everything that its money was used for.

    reference: a posting id, or the reference its postings carry. Raises PostingNotFound.
    """
    ring = _postings_named(ctx, reference)
    if not ring:
        raise PostingNotFound(reference=reference)
    ring.sort(key=lambda row: (row.created_at, row.id))
    steps: list[TraceStep] = []
    seen: set[str] = set()
    depth = 0
    while ring:
        seen.update(row.id for row in ring)
        sides = _accounts(ctx, ring)
        steps += [TraceStep(depth, row, sides[row.debit_id], sides[row.credit_id]) for row in ring]
        ring = [row for row in _users(ctx, ring, sides) if row.id not in seen]
        depth += 1
    return steps


def _users(ctx: Ctx, ring: list[Posting], sides: dict[str, LedgerAccount]) -> list[Posting]:
    """What the money that just arrived was used for; a release back into a shared account starts no new use."""
    onward = {row.credit_id for row in ring if sides[row.credit_id].floor0 and not _is_release(row, sides)}
    passing = [row.id.removesuffix(OUT) + IN for row in ring if row.id.endswith(OUT)]
    query = select(Posting).where(or_(Posting.debit_id.in_(onward), Posting.id.in_(passing)))
    return list(ctx.session.scalars(query.order_by(Posting.created_at, Posting.id)))


def _is_release(row: Posting, sides: dict[str, LedgerAccount]) -> bool:
    source, target = sides[row.debit_id], sides[row.credit_id]
    return source.floor0 and target.owner == target.root != source.owner


class _Walk:
    """What a walk back has read so far: postings, their accounts, who fed which account, and halves of passages."""

    def __init__(self, ctx: Ctx) -> None:
        self._ctx = ctx
        self.known: dict[str, Posting] = {}
        self.sides: dict[str, LedgerAccount] = {}
        self.credited: dict[str, list[Leg]] = {}
        self.halves: dict[str, Leg] = {}

    def learn(self, rows: Iterable[Posting]) -> set[str]:
        """Take postings in, with the first halves of passages; returns the accounts still to be explained."""
        rows = list(rows)
        wanted = {half: row.id for row in rows if (half := other_half(row.id)) is not None}
        first = list(self._ctx.session.scalars(select(Posting).where(Posting.id.in_(wanted)))) if wanted else []
        self.known |= {row.id: row for row in (*rows, *first)}
        self.sides |= _accounts(self._ctx, (*rows, *first))
        self.halves |= {wanted[row.id]: self.leg(row) for row in first}
        asked = {row.debit_id for row in (*rows, *first)}
        return {id for id in asked if id not in self.credited and self.sides[id].floor0}

    def fed_from(self, ring: set[str]) -> set[str]:
        """Read what credited these accounts; returns the accounts that it came from."""
        query = select(Posting).where(Posting.credit_id.in_(ring)).order_by(*POSTING_KEY)
        fed = list(self._ctx.session.scalars(query))
        self.sides |= _accounts(self._ctx, fed)
        for wanted in ring:
            self.credited[wanted] = [self.leg(row) for row in fed if row.credit_id == wanted]
        self.known |= {row.id: row for row in fed}
        return self.learn(row for row in fed if not _is_foreign(row, self.credited[row.credit_id]))

    def leg(self, row: Posting) -> Leg:
        """A posting as the walk needs it."""
        return Leg(row.id, row.debit_id, row.credit_id, outside=not self.sides[row.debit_id].floor0)


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
