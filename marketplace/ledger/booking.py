"""Many postings in a handful of statements: lock, recognise, judge in order, move, write.

One posting is a batch of one. The rows of the accounts are locked in the order of their ids, so that two batches never
wait for each other; the balance of a hot account is held for the statements of the batch, not for one round trip each.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ARRAY, String, Table, bindparam, func, insert, select, text, update
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.ledger.errors import (
    AmountNotPositive,
    BooksDiffer,
    LedgerAccountNotFound,
    Overdrawn,
    PostingDiffers,
    SameLedgerAccount,
    YearClosed,
)
from marketplace.ledger.models import Balance, ClosedYear, LedgerAccount, Posting
from marketplace.ledger.rules import Content, Entry

CHUNK = 10_000
_BALANCE, _POSTING = cast("Table", Balance.__table__), cast("Table", Posting.__table__)
_COLUMNS = {
    "id": "text",
    "debit_id": "text",
    "credit_id": "text",
    "amount_fen": "bigint",
    "kind": "text",
    "business_date": "date",
    "fiscal_year": "integer",
    "reverses": "text",
    "reference": "text",
}


@dataclass(slots=True)
class Held:
    """An account while a batch is judged: what it holds and what the batch adds to its counters, in fen."""

    net_fen: int
    floor0: bool
    closed: bool
    book: str
    debits_fen: int = 0
    credits_fen: int = 0


def book(ctx: Ctx, entries: Sequence[Entry]) -> int:
    """Book all entries or none; returns how many were new. Each is judged after those before it.

    Raises AmountNotPositive, SameLedgerAccount, PostingDiffers, Overdrawn, YearClosed, LedgerAccountNotFound,
    BooksDiffer.
    """
    wanted = _once(entries)
    for year in sorted({entry.fiscal_year for entry in wanted.values()}):
        ctx.lock(year_lock(year), shared=True)
    held = hold(ctx, {side for entry in wanted.values() for side in (entry.debit_id, entry.credit_id)})
    fresh = _unknown(ctx, wanted)
    closed = _closed_years(ctx, {entry.fiscal_year for entry in fresh}) if fresh else frozenset()
    for entry in fresh:
        _judge(held, entry, closed)
    if fresh:
        _move(ctx, held)
        _write(ctx, fresh)
    return len(fresh)


def year_lock(fiscal_year: int) -> str:
    """The lock that postings share and closing a year takes alone."""
    return f"ledger-year/{fiscal_year}"


def _once(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Entries by id in their order; one that stands twice must say the same twice."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if type(entry.amount_fen) is not int or entry.amount_fen <= 0:
            raise AmountNotPositive(field="amount_fen")
        if entry.debit_id == entry.credit_id:
            raise SameLedgerAccount
        first = found.setdefault(entry.id, entry)
        if first is not entry and first.content != entry.content:
            raise PostingDiffers(id=entry.id)
    return found


def hold(ctx: Ctx, ids: Collection[str]) -> dict[str, Held]:
    """Take the rows in the order of their ids and hold them until commit."""
    found: dict[str, Held] = {}
    for chunk in _chunks(sorted(set(ids))):
        rows = ctx.session.execute(
            select(
                Balance.account_id,
                Balance.credits_fen - Balance.debits_fen,
                Balance.floor0,
                Balance.closed,
                LedgerAccount.book,
            )
            .join(LedgerAccount, LedgerAccount.id == Balance.account_id)
            .where(_among(ctx, Balance.account_id, chunk))
            .order_by(Balance.account_id)
            .with_for_update(of=Balance)
        )
        found |= {id: Held(int(net), floor0, closed, book) for id, net, floor0, closed, book in rows}
    missing = set(ids) - set(found)
    if missing:
        raise LedgerAccountNotFound(account=min(missing))
    return found


def _unknown(ctx: Ctx, wanted: Mapping[str, Entry]) -> list[Entry]:
    """Entries that are not booked yet; read after the accounts are locked, so that a repetition sees the first."""
    known: dict[str, Content] = {}
    for chunk in _chunks(list(wanted)):
        rows = ctx.session.execute(
            select(
                Posting.id,
                Posting.debit_id,
                Posting.credit_id,
                Posting.amount_fen,
                Posting.kind,
                Posting.reference,
                Posting.fiscal_year,
                Posting.reverses,
            ).where(_among(ctx, Posting.id, chunk))
        )
        known |= {row[0]: Content(*row[1:]) for row in rows}
    for id, content in known.items():
        if content != wanted[id].content:
            raise PostingDiffers(id=id)
    return [entry for id, entry in wanted.items() if id not in known]


def _closed_years(ctx: Ctx, years: set[int]) -> frozenset[tuple[str, int]]:
    rows = ctx.session.execute(
        select(ClosedYear.book, ClosedYear.fiscal_year).where(ClosedYear.fiscal_year.in_(sorted(years)))
    )
    return frozenset((book, year) for book, year in rows)


def _judge(held: Mapping[str, Held], entry: Entry, closed: frozenset[tuple[str, int]]) -> None:
    source, target, amount = held[entry.debit_id], held[entry.credit_id], entry.amount_fen
    if len({source.book, target.book} - {"control"}) > 1:
        raise BooksDiffer(debit_book=source.book, credit_book=target.book)
    if source.closed or target.closed or {(source.book, entry.fiscal_year), (target.book, entry.fiscal_year)} & closed:
        raise YearClosed(fiscal_year=entry.fiscal_year)
    if source.floor0 and source.net_fen < amount:
        raise _overdrawn(entry, source.net_fen)
    source.net_fen -= amount
    source.debits_fen += amount
    target.net_fen += amount
    target.credits_fen += amount


def _overdrawn(entry: Entry, available_fen: int) -> Overdrawn:
    return Overdrawn(
        account=entry.debit_id,
        available_fen=available_fen,
        needed_fen=entry.amount_fen,
        available=yuan(available_fen),
        needed=yuan(entry.amount_fen),
    )


_GROW = (
    update(_BALANCE)
    .where(
        _BALANCE.c.account_id == bindparam("of"),
        ~_BALANCE.c.closed,
        ~_BALANCE.c.floor0 | (_BALANCE.c.credits_fen - _BALANCE.c.debits_fen + bindparam("net") >= 0),
    )
    .values(
        debits_fen=_BALANCE.c.debits_fen + bindparam("debits"),
        credits_fen=_BALANCE.c.credits_fen + bindparam("credits"),
        version=_BALANCE.c.version + 1,
    )
)
_GROW_MANY = text(
    "UPDATE marketplace_ledger_balance b SET debits_fen = b.debits_fen + v.debits, "
    "credits_fen = b.credits_fen + v.credits, version = b.version + 1 "
    "FROM unnest(CAST(:of AS text[]), CAST(:debits AS bigint[]), CAST(:credits AS bigint[])) AS v(id, debits, credits) "
    "WHERE b.account_id = v.id AND NOT b.closed "
    "AND (NOT b.floor0 OR b.credits_fen - b.debits_fen + v.credits - v.debits >= 0)"
)
_WRITE_MANY = text(
    f"INSERT INTO marketplace_ledger_posting ({', '.join(_COLUMNS)}, actor, created_at) "  # noqa: S608 - our own names
    f"SELECT *, CAST(:actor AS text), CAST(:created_at AS timestamptz) "
    f"FROM unnest({', '.join(f'CAST(:{name} AS {kind}[])' for name, kind in _COLUMNS.items())})"
)


def _move(ctx: Ctx, held: Mapping[str, Held]) -> None:
    """Grow the counters, each on condition: the database judges once more what was judged on the locked rows."""
    moved = [(id, row) for id, row in sorted(held.items()) if row.debits_fen or row.credits_fen]
    connection = ctx.session.connection()
    if _postgresql(ctx):
        columns = {
            "of": [id for id, _ in moved],
            "debits": [row.debits_fen for _, row in moved],
            "credits": [row.credits_fen for _, row in moved],
        }
        done = connection.execute(_GROW_MANY, columns).rowcount
    else:
        rows = [
            {
                "of": id,
                "debits": row.debits_fen,
                "credits": row.credits_fen,
                "net": row.credits_fen - row.debits_fen,
            }
            for id, row in moved
        ]
        done = connection.execute(_GROW, rows).rowcount
    if done != len(moved):
        raise Overdrawn(account="", available_fen=0, needed_fen=0, available=yuan(0), needed=yuan(0))


def _write(ctx: Ctx, fresh: Sequence[Entry]) -> None:
    connection = ctx.session.connection()
    common = {"actor": ctx.actor.login_id or ctx.actor.kind, "created_at": ctx.now}
    if _postgresql(ctx):
        columns: dict[str, Any] = {name: [getattr(entry, name) for entry in fresh] for name in _COLUMNS}
        connection.execute(_WRITE_MANY, columns | common)
    else:
        rows = [{name: getattr(entry, name) for name in _COLUMNS} | common for entry in fresh]
        connection.execute(insert(_POSTING), rows)


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _among(ctx: Ctx, column: InstrumentedAttribute[str], ids: Sequence[str]) -> Any:
    """column IN ids, as one array on PostgreSQL, whose statements take few parameters."""
    return column == func.any(bindparam(None, list(ids), ARRAY(String))) if _postgresql(ctx) else column.in_(ids)


def _postgresql(ctx: Ctx) -> bool:
    return ctx.session.get_bind().dialect.name == "postgresql"
