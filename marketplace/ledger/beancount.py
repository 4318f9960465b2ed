"""The books as beancount text, so that a second program adds them up: `marketplace ledger export`.

Every account stands under Equity, a credit is positive, and the last lines assert every balance that we keep, to
the fen: without "~ 0.00" beancount would let one fen pass.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import func, select

from marketplace.kernel.context import Ctx
from marketplace.ledger.models import Balance, LedgerAccount, Posting
from marketplace.ledger.queries import NET

_BEGIN = date(1990, 1, 1)
_CHUNK = 2000


def export(ctx: Ctx, fiscal_year: int | None = None) -> Iterator[str]:
    """Lines of text: accounts, postings by day, and a balance to check for each account.

    fiscal_year: only accounts of that year, and postings between them and others; all without it.
    """
    names = _accounts(ctx)
    kept = {id for id, (_, year) in names.items() if fiscal_year in {None, year}}
    yield 'option "title" "网上中介服务超市"'
    yield 'option "operating_currency" "CNY"'
    for name, _ in names.values():
        yield f"{_BEGIN} open {name} CNY"
    for id, day, kind, reference, debit, credit, fen in _postings(ctx):
        if fiscal_year is None or debit in kept or credit in kept:
            yield ""
            yield f'{day} * "{kind}" "{_quoted(reference)}"'
            yield f'  posting: "{_quoted(id)}"'
            yield f"  {names[credit][0]}  {_yuan(fen)} CNY"
            yield f"  {names[debit][0]}  {_yuan(-fen)} CNY"
    yield ""
    last = ctx.session.scalar(select(func.max(Posting.business_date))) or _BEGIN
    for id, fen in ctx.session.execute(select(Balance.account_id, NET).order_by(Balance.account_id)):
        if id in kept:
            yield f"{last + timedelta(days=1)} balance {names[id][0]}  {_yuan(int(fen))} ~ 0.00 CNY"


def _accounts(ctx: Ctx) -> dict[str, tuple[str, int]]:
    rows = ctx.session.execute(
        select(LedgerAccount.id, LedgerAccount.book, LedgerAccount.kind, LedgerAccount.fiscal_year).order_by(
            LedgerAccount.id
        )
    )
    return {
        id: (f"Equity:{book.title()}:{kind.title().replace('_', '-')}:Y{year}:A{id.upper()}", year)
        for id, book, kind, year in rows
    }


def _postings(ctx: Ctx) -> Iterator[tuple[str, date, str, str, str, str, int]]:
    rows = ctx.session.execute(
        select(
            Posting.id,
            Posting.business_date,
            Posting.kind,
            Posting.reference,
            Posting.debit_id,
            Posting.credit_id,
            Posting.amount_fen,
        )
        .order_by(Posting.business_date, Posting.created_at, Posting.id)
        .execution_options(yield_per=_CHUNK)
    )
    yield from rows


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _yuan(fen: int) -> str:
    sign, value = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{value // 100}.{value % 100:02d}"
