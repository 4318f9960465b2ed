"""Four verbs on the books: open an account, post, reverse, close a year."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import insert, not_, or_, select, update

from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.ledger import queries
from marketplace.ledger.errors import (
    AlreadyReversed,
    AmountNotPositive,
    BooksDiffer,
    LedgerAccountNotFound,
    Overdrawn,
    PostingDiffers,
    PostingNotFound,
    PostingNotReversible,
    SameLedgerAccount,
    YearClosed,
)
from marketplace.ledger.events import YearWasClosed
from marketplace.ledger.models import Balance, ClosedYear, LedgerAccount, Posting
from marketplace.ledger.rules import Content, account_id, root_of


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
        empty = {"debits_fen": 0, "credits_fen": 0, "version": 0}
        ctx.session.execute(insert(Balance), [{"account_id": row.id, "floor0": floor0, **empty} for row in fresh])
    found |= {row.id: row for row in fresh}
    return [found[id] for id in wanted.values()]


def post(
    ctx: Ctx,
    *,
    id: str,
    debit_id: str,
    credit_id: str,
    amount_fen: int,
    kind: str,
    reference: str,
    fiscal_year: int,
    business_date: date,
) -> Posting:
    """Move an amount from the debited to the credited account, once per id.

    id: text of the business event; amount_fen: integer fen above zero. The same id with the same content is a no-op
    and the date first booked stands. Raises PostingDiffers, Overdrawn, YearClosed, LedgerAccountNotFound, BooksDiffer.
    """
    content = Content(debit_id, credit_id, amount_fen, kind, reference, fiscal_year, None)
    return _book(ctx, id, content, business_date)


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
    content = Content(
        first.credit_id, first.debit_id, first.amount_fen, first.kind, first.reference, first.fiscal_year, first.id
    )
    return _book(ctx, id, content, business_date)


def close_year(ctx: Ctx, *, book: str, fiscal_year: int) -> None:
    """Refuse every later posting into that book and year; closing it again changes nothing."""
    ctx.lock(_year_lock(book, fiscal_year))
    if queries.is_closed(ctx, book, fiscal_year):
        return
    ctx.session.add(ClosedYear(book=book, fiscal_year=fiscal_year, closed_at=ctx.now, closed_by=_actor(ctx)))
    ctx.session.flush()
    ctx.record(YearWasClosed(subject=f"ledger/{book}-{fiscal_year}", book=book, fiscal_year=fiscal_year))


def _book(ctx: Ctx, id: str, content: Content, business_date: date) -> Posting:
    _require_shape(content)
    available, book = _lock_balances(ctx, content)
    known = ctx.session.get(Posting, id)
    if known is not None:
        return _same(known, content)
    _require_open_year(ctx, book, content.fiscal_year)
    if not _move(ctx, content):
        raise Overdrawn(
            account=content.debit_id,
            available_fen=available,
            needed_fen=content.amount_fen,
            available=yuan(available),
            needed=yuan(content.amount_fen),
        )
    return _write(ctx, id, content, business_date)


def _require_shape(content: Content) -> None:
    if type(content.amount_fen) is not int or content.amount_fen <= 0:
        raise AmountNotPositive(field="amount_fen")
    if content.debit_id == content.credit_id:
        raise SameLedgerAccount


def _lock_balances(ctx: Ctx, content: Content) -> tuple[int, str]:
    """Take both rows in sorted order, so that two postings can never wait for each other.

    Returns the fen that the source holds and the book.
    """
    rows = ctx.session.execute(
        select(Balance.account_id, queries.NET, LedgerAccount.book)
        .join(LedgerAccount, LedgerAccount.id == Balance.account_id)
        .where(Balance.account_id.in_((content.debit_id, content.credit_id)))
        .order_by(Balance.account_id)
        .with_for_update(of=Balance)
    )
    found = {id: (int(net), book) for id, net, book in rows}
    for side in (content.debit_id, content.credit_id):
        if side not in found:
            raise LedgerAccountNotFound(account=side)
    (available, book), (_, other) = found[content.debit_id], found[content.credit_id]
    if len({book, other} - {"control"}) > 1:
        raise BooksDiffer(debit_book=book, credit_book=other)
    return available, other if book == "control" else book


def _same(known: Posting, content: Content) -> Posting:
    stored = Content(
        known.debit_id,
        known.credit_id,
        known.amount_fen,
        known.kind,
        known.reference,
        known.fiscal_year,
        known.reverses,
    )
    if stored != content:
        raise PostingDiffers(id=known.id)
    return known


def _require_open_year(ctx: Ctx, book: str, fiscal_year: int) -> None:
    ctx.lock(_year_lock(book, fiscal_year), shared=True)
    if queries.is_closed(ctx, book, fiscal_year):
        raise YearClosed(fiscal_year=fiscal_year)


def _move(ctx: Ctx, content: Content) -> bool:
    """Debit on condition, then credit; false, and nothing written, where the source holds too little."""
    amount = content.amount_fen
    enough = or_(not_(Balance.floor0), Balance.credits_fen - Balance.debits_fen >= amount)
    taken = ctx.session.execute(
        update(Balance)
        .where(Balance.account_id == content.debit_id, enough)
        .values(debits_fen=Balance.debits_fen + amount, version=Balance.version + 1)
        .returning(Balance.account_id)
        .execution_options(synchronize_session=False)
    )
    if taken.first() is None:
        return False
    ctx.session.execute(
        update(Balance)
        .where(Balance.account_id == content.credit_id)
        .values(credits_fen=Balance.credits_fen + amount, version=Balance.version + 1)
        .execution_options(synchronize_session=False)
    )
    return True


def _write(ctx: Ctx, id: str, content: Content, business_date: date) -> Posting:
    written = Posting(
        id=id,
        debit_id=content.debit_id,
        credit_id=content.credit_id,
        amount_fen=content.amount_fen,
        kind=content.kind,
        business_date=business_date,
        fiscal_year=content.fiscal_year,
        reverses=content.reverses,
        reference=content.reference,
        actor=_actor(ctx),
        created_at=ctx.now,
    )
    ctx.session.add(written)
    ctx.session.flush()
    return written


def _actor(ctx: Ctx) -> str:
    return ctx.actor.login_id or ctx.actor.kind


def _year_lock(book: str, fiscal_year: int) -> str:
    return f"ledger-year/{book}/{fiscal_year}"
