"""Verbs on the books: open an account, post one or many, reverse, close."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert, not_, select, update

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.ledger import booking, queries
from marketplace.ledger.errors import AlreadyReversed, PostingNotFound, PostingNotReversible
from marketplace.ledger.events import YearWasClosed
from marketplace.ledger.models import Balance, ClosedYear, LedgerAccount, Posting
from marketplace.ledger.rules import Entry, Request, account_id, root_of


def open_account(ctx: Ctx, *, book: str, kind: str, owner: str, fiscal_year: int, floor0: bool = True) -> LedgerAccount:
    """Open an account with an empty balance; opening it again returns the one that is there.

    owner: path of names, its first two parts are the root ("line/7/encumbrance/9"); floor0: may never go below zero.
    """
    return open_accounts(ctx, book=book, kinds=[kind], owner=owner, fiscal_year=fiscal_year, floor0=floor0)[0]


def open_accounts(
    ctx: Ctx, *, book: str, kinds: Sequence[str], owner: str, fiscal_year: int, floor0: bool = True
) -> list[LedgerAccount]:
    """Open several accounts of one owner at once, in the order of kinds; see open_account."""
    wanted = {kind: account_id(book, kind, owner, fiscal_year) for kind in kinds}
    found = queries.accounts(ctx, wanted.values())
    fresh = [
        LedgerAccount(
            id=id,
            book=book,
            kind=kind,
            owner=owner,
            root=root_of(owner),
            fiscal_year=fiscal_year,
            floor0=floor0,
            currency="CNY",
            opened_at=ctx.now,
        )
        for kind, id in wanted.items()
        if id not in found
    ]
    if fresh:
        ctx.session.add_all(fresh)
        ctx.session.flush()
        empty = {"closed": False, "debits_fen": 0, "credits_fen": 0, "version": 0}
        ctx.session.execute(insert(Balance), [{"account_id": row.id, "floor0": floor0, **empty} for row in fresh])
    found |= {row.id: row for row in fresh}
    return [found[id] for id in wanted.values()]


def post(ctx: Ctx, **facts: Any) -> Posting:
    """Move an amount from the debited to the credited account, once per id.

    facts: those of rules.Entry. id: text of the business event; amount_fen: integer fen above zero. The same id with
    the same content is a no-op and the date first booked stands. Raises what post_all raises.
    """
    return _booked(ctx, Entry(**facts))


def post_all(ctx: Ctx, entries: Sequence[Entry]) -> int:
    """Book many postings at once, all or none; returns how many were new. Each is judged after those before it.

    Raises PostingDiffers, Overdrawn, YearClosed, LedgerAccountNotFound, BooksDiffer, AmountNotPositive,
    SameLedgerAccount.
    """
    return booking.book(ctx, entries)


def post_each(ctx: Ctx, requests: Sequence[Request]) -> Sequence[int | DomainError]:
    """Book requests of many clients in the order they came, each whole or not at all; see kernel.writer.OneWriter.

    The answer to each: how many of its entries were new, or the refusal that post_all would raise.
    """
    return booking.book_each(ctx, requests)


def held_fen(ctx: Ctx, account_ids: Collection[str]) -> dict[str, int]:
    """Balances that nobody changes until commit: the accounts are locked in the order of their ids."""
    return {id: row.net_fen for id, row in booking.hold(ctx, account_ids).items()}


def reverse(ctx: Ctx, posting_id: str, *, id: str, business_date: date) -> Posting:
    """Undo a posting by a new one with the sides exchanged; the first stays as it is.

    Raises PostingNotFound, AlreadyReversed, PostingNotReversible and whatever post raises.
    """
    first = ctx.session.get(Posting, posting_id)
    if first is None:
        raise PostingNotFound(reference=posting_id)
    if first.reverses is not None:
        raise PostingNotReversible(id=posting_id)
    other = ctx.session.scalar(select(Posting.id).where(Posting.reverses == posting_id))
    if other is not None and other != id:
        raise AlreadyReversed(id=posting_id)
    entry = Entry(
        id,
        first.credit_id,
        first.debit_id,
        first.amount_fen,
        first.kind,
        first.reference,
        first.fiscal_year,
        business_date,
        first.id,
    )
    return _booked(ctx, entry)


def close_year(ctx: Ctx, *, book: str, fiscal_year: int) -> None:
    """Refuse every later posting into that book and year; closing it again changes nothing."""
    ctx.lock(booking.year_lock(fiscal_year))
    if queries.is_closed(ctx, book, fiscal_year):
        return
    ctx.session.add(ClosedYear(book=book, fiscal_year=fiscal_year, closed_at=ctx.now, closed_by=_actor(ctx)))
    ctx.session.flush()
    ctx.record(YearWasClosed(subject=f"ledger/{book}-{fiscal_year}", book=book, fiscal_year=fiscal_year))


def close_accounts(ctx: Ctx, *, roots: Collection[str], fiscal_year: int) -> int:
    """Refuse every later posting on the accounts of these owners and that year; returns how many were closed.

    roots: first two parts of the owners ("line/7"). Closed accounts are never opened again.
    """
    owned = select(LedgerAccount.id).where(LedgerAccount.root.in_(roots), LedgerAccount.fiscal_year == fiscal_year)
    ids = list(ctx.session.scalars(owned.order_by(LedgerAccount.id)))
    booking.hold(ctx, ids)
    closed = ctx.session.execute(
        update(Balance)
        .where(Balance.account_id.in_(owned), not_(Balance.closed))
        .values(closed=True)
        .execution_options(synchronize_session=False)
    )
    return int(closed.rowcount)  # type: ignore[attr-defined]


def _booked(ctx: Ctx, entry: Entry) -> Posting:
    booking.book(ctx, [entry])
    found = ctx.session.get(Posting, entry.id)
    assert found is not None
    return found


def _actor(ctx: Ctx) -> str:
    return ctx.actor.login_id or ctx.actor.kind
