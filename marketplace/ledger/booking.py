"""Many postings in a handful of statements: lock, recognise, judge in order, move, write.

One posting is a batch of one. The rows of the accounts are locked in the order of their ids, so that two batches never
wait for each other; the balance of a hot account is held for the statements of the batch, not for one round trip each.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import Date
from sqlalchemy.types import TypeEngine

from marketplace.kernel.base import Instant
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
from marketplace.ledger.rules import Content, Entry

CHUNK = 10_000
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
_VALUES = [attrgetter(name) for name in _COLUMNS]
# Statements in the drivers' own words: on the path of every fen the query builder would cost more than the database.
_HOLD = (
    "SELECT b.account_id, b.credits_fen - b.debits_fen, b.floor0, b.closed, a.book FROM marketplace_ledger_balance b "
    "JOIN marketplace_ledger_account a ON a.id = b.account_id WHERE b.account_id {among} ORDER BY b.account_id {lock}"
)
_KNOWN = (
    "SELECT id, debit_id, credit_id, amount_fen, kind, reference, fiscal_year, reverses "
    "FROM marketplace_ledger_posting WHERE id {among}"
)
_CLOSED = "SELECT book FROM marketplace_ledger_closed_year WHERE fiscal_year = {one}"
_GROW = (
    "UPDATE marketplace_ledger_balance SET debits_fen = debits_fen + ?, credits_fen = credits_fen + ?, "
    "version = version + 1 WHERE account_id = ? AND NOT closed AND (NOT floor0 OR credits_fen - debits_fen + ? >= 0)"
)
_GROW_MANY = (
    "UPDATE marketplace_ledger_balance b SET debits_fen = b.debits_fen + v.debits, "
    "credits_fen = b.credits_fen + v.credits, version = b.version + 1 "
    "FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS v(id, debits, credits) "
    "WHERE b.account_id = v.id AND NOT b.closed "
    "AND (NOT b.floor0 OR b.credits_fen - b.debits_fen + v.credits - v.debits >= 0)"
)
_INTO = f"INSERT INTO marketplace_ledger_posting ({', '.join(_COLUMNS)}, actor, created_at) "
_WRITE = f"{_INTO} VALUES ({', '.join('?' * (len(_COLUMNS) + 2))})"
_WRITE_MANY = (  # our own names and types, nobody's input
    f"{_INTO} SELECT v.*, w.* FROM (SELECT %s::text, %s::timestamptz) AS w, "  # noqa: S608
    f"unnest({', '.join(f'%s::{kind}[]' for kind in _COLUMNS.values())}) AS v"
)


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
    ctx.session.flush()
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
    """Take the rows in the order of their ids and hold them until commit. Raises LedgerAccountNotFound."""
    found: dict[str, Held] = {}
    for chunk in _chunks(sorted(set(ids))):
        found |= {id: Held(net, floor0, closed, book) for id, net, floor0, closed, book in _ask(ctx, _HOLD, chunk)}
    missing = set(ids).difference(found)
    if missing:
        raise LedgerAccountNotFound(account=min(missing))
    return found


def _unknown(ctx: Ctx, wanted: Mapping[str, Entry]) -> list[Entry]:
    """Entries that are not booked yet; read after the accounts are locked, so that a repetition sees the first."""
    known: set[str] = set()
    for chunk in _chunks(list(wanted)):
        for id, *content in _ask(ctx, _KNOWN, chunk):
            if Content(*content) != wanted[id].content:
                raise PostingDiffers(id=id)
            known.add(id)
    return [entry for id, entry in wanted.items() if id not in known] if known else list(wanted.values())


def _closed_years(ctx: Ctx, years: set[int]) -> frozenset[tuple[str, int]]:
    found = set()
    for year in years:
        rows = ctx.session.connection().exec_driver_sql(_sql(ctx, _CLOSED), (year,))
        found |= {(book, year) for (book,) in rows}
    return frozenset(found)


def _judge(held: Mapping[str, Held], entry: Entry, closed: frozenset[tuple[str, int]]) -> None:
    source, target, amount = held[entry.debit_id], held[entry.credit_id], entry.amount_fen
    if source.book != target.book and "control" not in {source.book, target.book}:
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


def _move(ctx: Ctx, held: Mapping[str, Held]) -> None:
    """Grow the counters, each on condition: the database judges once more what was judged on the locked rows."""
    moved = [
        (id, row.debits_fen, row.credits_fen) for id, row in sorted(held.items()) if row.debits_fen or row.credits_fen
    ]
    connection = ctx.session.connection()
    if _postgresql(ctx):
        done = connection.exec_driver_sql(_GROW_MANY, tuple(map(list, zip(*moved, strict=True)))).rowcount
    else:
        rows = [(debits, credits, id, credits - debits) for id, debits, credits in moved]
        done = connection.exec_driver_sql(_GROW, rows).rowcount
    if done != len(moved):
        raise Overdrawn(account="", available_fen=0, needed_fen=0, available=yuan(0), needed=yuan(0))


def _write(ctx: Ctx, fresh: Sequence[Entry]) -> None:
    connection = ctx.session.connection()
    actor = ctx.actor.login_id or ctx.actor.kind
    if _postgresql(ctx):
        columns = [[value(entry) for entry in fresh] for value in _VALUES]
        connection.exec_driver_sql(_WRITE_MANY, (actor, ctx.now, *columns))
        return
    now = _stored(ctx, Instant(), ctx.now)
    days = {day: _stored(ctx, Date(), day) for day in {entry.business_date for entry in fresh}}
    rows = [
        (e.id, e.debit_id, e.credit_id, e.amount_fen, e.kind, days[e.business_date], e.fiscal_year, e.reverses,
         e.reference, actor, now)
        for e in fresh
    ]  # fmt: skip
    connection.exec_driver_sql(_WRITE, rows)


def _stored(ctx: Ctx, kind: TypeEngine[Any], value: object) -> Any:
    """A value as the column type would hand it to the driver; once for a batch instead of once for a row."""
    process = kind.dialect_impl(ctx.session.get_bind().dialect).bind_processor(ctx.session.get_bind().dialect)
    return value if process is None else process(value)


def _ask(ctx: Ctx, statement: str, ids: Sequence[str]) -> Any:
    """Rows of a statement over a list of ids, handed over as one value whatever its length."""
    connection = ctx.session.connection()
    given: Any = list(ids) if _postgresql(ctx) else orjson.dumps(ids).decode()
    return connection.exec_driver_sql(_sql(ctx, statement), (given,)).all()


def _sql(ctx: Ctx, statement: str) -> str:
    """A statement in the words of the database; read with SQLite's, where nobody else can write meanwhile."""
    if _postgresql(ctx):
        return statement.format(among="= ANY(%s)", lock="FOR UPDATE OF b", one="%s")
    return statement.format(among="IN (SELECT value FROM json_each(?))", lock="", one="?")


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _postgresql(ctx: Ctx) -> bool:
    return ctx.session.get_bind().dialect.name == "postgresql"
