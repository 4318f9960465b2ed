"""Many postings in a handful of statements: lock, recognise, judge in order, move, write.

One posting is a batch of one. The rows of the accounts are locked in the order of their ids, so that two batches never
wait for each other; the balance of a hot account is held for the statements of the batch, not for one round trip each.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Date
from sqlalchemy.types import TypeEngine

from marketplace.kernel.base import Instant
from marketplace.kernel.bulk import stream
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
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
from marketplace.ledger.rules import Content, Entry, Request

CHUNK = 10_000
_COLUMNS = (
    "id, debit_id, credit_id, amount_fen, kind, business_date, fiscal_year, reverses, reference, actor, created_at"
)
_INSTANT, _DATE = Instant(), Date()
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
_WRITE = f"INSERT INTO marketplace_ledger_posting ({_COLUMNS}) VALUES ({', '.join('?' * 11)})"  # noqa: S608 - our own names
_COPY = f"COPY marketplace_ledger_posting ({_COLUMNS}) FROM STDIN"


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
    [verdict] = book_each(ctx, [Request(_actor(ctx), entries)])
    if isinstance(verdict, DomainError):
        raise verdict
    return verdict


def book_each(ctx: Ctx, requests: Sequence[Request]) -> list[int | DomainError]:
    """Book each request whole or not at all, in their order: how many of its entries were new, or why it was refused.

    A request is judged after those before it, and one that is refused takes nothing from those after it.
    """
    asked = [_once(request.entries) for request in requests]
    wanted = [entry for one in asked if not isinstance(one, DomainError) for entry in one.values()]
    years = {entry.fiscal_year for entry in wanted}
    ctx.session.flush()
    for year in sorted(years):
        ctx.lock(year_lock(year), shared=True)
    connection = ctx.session.connection()
    held = _held(connection, {side for entry in wanted for side in (entry.debit_id, entry.credit_id)})
    booked, closed = _booked(connection, {entry.id for entry in wanted}), _closed_years(connection, years)
    decided = [one if isinstance(one, DomainError) else _decide(held, one, booked, closed) for one in asked]
    if any(isinstance(one, list) and one for one in decided):
        _move(connection, held)
    fresh: dict[str, list[Entry]] = {}
    for request, one in zip(requests, decided, strict=True):
        if isinstance(one, list):
            fresh.setdefault(request.actor, []).extend(one)
    for actor, entries in fresh.items():
        if entries:
            _write(connection, entries, actor, ctx.now)
    return [len(one) if isinstance(one, list) else one for one in decided]


def year_lock(fiscal_year: int) -> str:
    """The lock that postings share and closing a year takes alone."""
    return f"ledger-year/{fiscal_year}"


def _actor(ctx: Ctx) -> str:
    return ctx.actor.login_id or ctx.actor.kind


def _once(entries: Sequence[Entry]) -> dict[str, Entry] | DomainError:
    """Entries by id in their order; one that stands twice must say the same twice."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if type(entry.amount_fen) is not int or entry.amount_fen <= 0:
            return AmountNotPositive(field="amount_fen")
        if entry.debit_id == entry.credit_id:
            return SameLedgerAccount()
        first = found.setdefault(entry.id, entry)
        if first is not entry and first.content != entry.content:
            return PostingDiffers(id=entry.id)
    return found


def hold(ctx: Ctx, ids: Collection[str]) -> dict[str, Held]:
    """Take the rows in the order of their ids and hold them until commit. Raises LedgerAccountNotFound."""
    found = _held(ctx.session.connection(), ids)
    missing = set(ids).difference(found)
    if missing:
        raise LedgerAccountNotFound(account=min(missing))
    return found


def _held(connection: Connection, ids: Collection[str]) -> dict[str, Held]:
    found: dict[str, Held] = {}
    for chunk in _chunks(sorted(set(ids))):
        found |= {
            id: Held(net, floor0, closed, book) for id, net, floor0, closed, book in _ask(connection, _HOLD, chunk)
        }
    return found


def _booked(connection: Connection, ids: Collection[str]) -> dict[str, Content | Entry]:
    """Those that are booked already; read after the accounts are locked, so that a repetition sees the first."""
    found: dict[str, Content | Entry] = {}
    for chunk in _chunks(sorted(ids)):
        found |= {id: Content(*content) for id, *content in _ask(connection, _KNOWN, chunk)}
    return found


def _decide(
    held: Mapping[str, Held],
    wanted: Mapping[str, Entry],
    booked: dict[str, Content | Entry],
    closed: frozenset[tuple[str, int]],
) -> list[Entry] | DomainError:
    """Which entries of a request are new, all of them allowed; or why it is refused, and then it has moved nothing."""
    fresh: list[Entry] = []
    try:
        for id, entry in wanted.items():
            before = booked.get(id)
            if before is None:
                _judge(held, entry, closed)
                fresh.append(entry)
            elif (before.content if isinstance(before, Entry) else before) != entry.content:
                raise PostingDiffers(id=id)
    except DomainError as error:
        for entry in fresh:
            _shift(held[entry.debit_id], held[entry.credit_id], -entry.amount_fen)
        return error
    booked.update((entry.id, entry) for entry in fresh)
    return fresh


def _closed_years(connection: Connection, years: set[int]) -> frozenset[tuple[str, int]]:
    found = set()
    for year in years:
        rows = connection.exec_driver_sql(_sql(connection, _CLOSED), (year,))
        found |= {(book, year) for (book,) in rows}
    return frozenset(found)


def _judge(held: Mapping[str, Held], entry: Entry, closed: frozenset[tuple[str, int]]) -> None:
    source, target, amount = held.get(entry.debit_id), held.get(entry.credit_id), entry.amount_fen
    if source is None or target is None:
        raise LedgerAccountNotFound(account=entry.debit_id if source is None else entry.credit_id)
    if source.book != target.book and "control" not in {source.book, target.book}:
        raise BooksDiffer(debit_book=source.book, credit_book=target.book)
    if source.closed or target.closed or {(source.book, entry.fiscal_year), (target.book, entry.fiscal_year)} & closed:
        raise YearClosed(fiscal_year=entry.fiscal_year)
    if source.floor0 and source.net_fen < amount:
        raise _overdrawn(entry, source.net_fen)
    _shift(source, target, amount)


def _shift(source: Held, target: Held, amount_fen: int) -> None:
    source.net_fen -= amount_fen
    source.debits_fen += amount_fen
    target.net_fen += amount_fen
    target.credits_fen += amount_fen


def _overdrawn(entry: Entry, available_fen: int) -> Overdrawn:
    return Overdrawn(
        account=entry.debit_id,
        available_fen=available_fen,
        needed_fen=entry.amount_fen,
        available=yuan(available_fen),
        needed=yuan(entry.amount_fen),
    )


def _move(connection: Connection, held: Mapping[str, Held]) -> None:
    """Grow the counters, each on condition: the database judges once more what was judged on the locked rows."""
    moved = [
        (id, row.debits_fen, row.credits_fen) for id, row in sorted(held.items()) if row.debits_fen or row.credits_fen
    ]
    if _postgresql(connection):
        done = connection.exec_driver_sql(_GROW_MANY, tuple(map(list, zip(*moved, strict=True)))).rowcount
    else:
        rows = [(debits, credits, id, credits - debits) for id, debits, credits in moved]
        done = connection.exec_driver_sql(_GROW, rows).rowcount
    if done != len(moved):
        raise Overdrawn(account="", available_fen=0, needed_fen=0, available=yuan(0), needed=yuan(0))


def _write(connection: Connection, fresh: Sequence[Entry], actor: str, now: datetime) -> None:
    at = _stored(connection, _INSTANT, now)
    days = {day: _stored(connection, _DATE, day) for day in {entry.business_date for entry in fresh}}
    rows = [
        (e.id, e.debit_id, e.credit_id, e.amount_fen, e.kind, days[e.business_date], e.fiscal_year, e.reverses,
         e.reference, actor, at)
        for e in fresh
    ]  # fmt: skip
    if _postgresql(connection):
        stream(connection, _COPY, rows)
    else:
        connection.exec_driver_sql(_WRITE, rows)


def _stored(connection: Connection, kind: TypeEngine[Any], value: Any) -> Any:
    """A value as the driver is handed it at last; once for a batch instead of once for a row."""
    process = kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return value.isoformat() if process is None else process(value)


def _ask(connection: Connection, statement: str, ids: Sequence[str]) -> Any:
    """Rows of a statement over a list of ids, handed over as one value whatever its length."""
    given: Any = list(ids) if _postgresql(connection) else orjson.dumps(ids).decode()
    return connection.exec_driver_sql(_sql(connection, statement), (given,)).all()


def _sql(connection: Connection, statement: str) -> str:
    """A statement in the words of the database; read with SQLite's, where nobody else can write meanwhile."""
    if _postgresql(connection):
        return statement.format(among="= ANY(%s)", lock="FOR UPDATE OF b", one="%s")
    return statement.format(among="IN (SELECT value FROM json_each(?))", lock="", one="?")


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
