"""The ledger: postings in batches on spread and hot accounts, and the audit of a million; one by one is in hotline.

Every run ends with the invariants of the books; a run that broke one prints no number. The fdatasync rate is taken
beside each run that commits, because the commit is the wall that one posting at a time runs into.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import func, select

from marketplace.bench.frame import BrokenInvariantError, Row, fdatasync_ms, foreign, pairs
from marketplace.bench.market import POSTGRESQL, SQLITE, Place, market, place
from marketplace.kernel.context import Runtime
from marketplace.ledger import check, listing
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Posting
from marketplace.ledger.rules import Entry

GOAL_PER_SECOND = 20_000.0
BATCH, LARGE, LINES, FILL_FEN = 1000, 10_000, 500, 10**13
DAY = date(2026, 3, 2)
_COLUMNS = (
    "id, debit_id, credit_id, amount_fen, kind, business_date, fiscal_year, reverses, reference, actor, created_at"
)


def batches(folder: Path) -> Row:
    """L1: postings a second in batches of 10,000, as a settlement is, over 500 lines on SQLite; the goal is 20,000."""
    return _batches("L1", folder, LARGE)


def small_batches(folder: Path) -> Row:
    """L1K: the same in batches of 1,000: each posting is nearly the only one on its pages of both indexes."""
    return _batches("L1K", folder, BATCH)


def _batches(id: str, folder: Path, size: int) -> Row:
    """Beside it the raw SQL in batches of the same size."""
    runtime = market(folder).extensions["marketplace"]
    transfers = _transfers(runtime, hot=False)
    cpu = list[float]()

    def book() -> float:
        begin = time.process_time()
        rate = _booked(runtime, transfers, 2 * LARGE // size, size)
        cpu.append((time.process_time() - begin) * 1e6 / (2 * LARGE))
        return rate

    with foreign() as load:
        floors, rates = pairs(lambda: _raw_sqlite(folder, size), book, 3)
    sound(runtime)
    told = f"raw SQL {sorted(floors)[1]:.0f}/s, {_fsyncs():.0f} fsync/s; one commit per {size} postings"
    ratios = [found / GOAL_PER_SECOND for found in rates]
    name, rate = f"postings in batches of {size}", sorted(rates)[1]
    return Row(id, name, "/s", rate, GOAL_PER_SECOND, ratios, 1.0, told, load.percent,
               True, False, {"cpu_us": median(cpu)})  # fmt: skip


def hot(folder: Path) -> Row:
    """B16: the same transfers all through one platform account, beside uniform accounts, on PostgreSQL."""
    with place(folder, POSTGRESQL) as where:
        return _hot("B16", where)


def hot_sqlite(folder: Path) -> Row:
    """B16S: the same on SQLite."""
    with place(folder, SQLITE) as where:
        return _hot("B16S", where)


def settlement(folder: Path, transfers: int = 10_000) -> Row:
    """B17: one settlement batch of 10,000 transfers beside COPY of the same rows, on PostgreSQL; sum is zero."""
    with place(folder, POSTGRESQL) as where, foreign() as load:
        made = _transfers(where.runtime, hot=False, each=2)
        copy_us, book_us = list[float](), list[float]()
        floors, rates = pairs(
            lambda: _with_cpu(where, copy_us, transfers, lambda: _copied(where, transfers)),
            lambda: _with_cpu(where, book_us, transfers, lambda: _booked(where.runtime, made, 1, transfers)),
            3,
        )
        sound(where.runtime)
    ratios = [found / floor for found, floor in zip(rates, floors, strict=True)]
    figures = {"cpu_us": median(book_us), "copy_us": median(copy_us), "by_cpu": median(copy_us) / median(book_us)}
    told = f"own indexes and foreign keys included; {_fsyncs():.0f} fsync/s"
    return Row("B17", "settlement of 10,000", "/s", sorted(rates)[1], sorted(floors)[1], ratios, 0.2, told,
               load.percent, True, False, figures)  # fmt: skip


def _with_cpu(where: Place, into: list[float], rows: int, work: Callable[[], float]) -> float:
    """Do the work; note how many microseconds of CPU a row took, of this process and the database together."""
    before = where.cpu_us() + time.process_time() * 1e6
    rate = work()
    into.append((where.cpu_us() + time.process_time() * 1e6 - before) / rows)
    return rate


def audit(folder: Path, postings: int = 1_000_000) -> Row:
    """L3: seconds to add a million postings up again and compare every balance, beside one bare sum of them."""
    runtime = market(folder).extensions["marketplace"]
    transfers = _transfers(runtime, hot=False)
    for _ in range(postings // 50_000):
        _booked(runtime, transfers, 5, 10_000)

    def bare() -> float:
        with runtime.work(write=False) as ctx:
            return _timed(lambda: ctx.session.execute(select(func.sum(Posting.amount_fen))).all())

    def rebuilt() -> float:
        with runtime.work(write=False) as ctx:
            found: list[Any] = []
            seconds = _timed(lambda: found.extend(ctx.session.execute(listing.rebuilt())))
            if found:
                raise BrokenInvariantError(f"{len(found)} balances differ")
            return seconds

    with foreign() as load:
        floors, subjects = pairs(bare, rebuilt, 3)
    whole = _timed(lambda: sound(runtime))
    ratios = [subject / floor for subject, floor in zip(subjects, floors, strict=True)]
    told = f"all invariants of the books {whole:.1f} s"
    return Row("L3", f"audit of {postings} postings", "s", sorted(subjects)[1], sorted(floors)[1], ratios, 60.0, told,
               load.percent, cpu=False)  # fmt: skip


def _hot(id: str, where: Place) -> Row:
    uniform, through_one = _transfers(where.runtime, hot=False), _transfers(where.runtime, hot=True)
    with foreign() as load:
        floors, rates = pairs(
            lambda: _booked(where.runtime, uniform, 8), lambda: _booked(where.runtime, through_one, 8)
        )
    sound(where.runtime)
    ratios = [found / floor for found, floor in zip(rates, floors, strict=True)]
    told = f"batches of {BATCH}; {_fsyncs():.0f} fsync/s"
    return Row(id, "all through one account", "/s", sorted(rates)[2], sorted(floors)[2], ratios, 0.9, told,
               load.percent, True, False)  # fmt: skip


Transfers = Iterator[Entry]


def _transfers(runtime: Runtime, *, hot: bool, each: int = 1) -> Transfers:
    """Endless transfers between purses: each pair its own, or all out of one."""
    sources, targets = purses(runtime, 1 if hot else LINES * each), sinks(runtime, LINES * each)
    mark = f"{'hot' if hot else 'spread'}-{each}"
    return (
        Entry(
            id=f"bench/{mark}/{n}",
            debit_id=sources[n % len(sources)],
            credit_id=targets[n % len(targets)],
            amount_fen=1 + n % 97,
            kind="settle",
            reference=f"payment/ZF-2026-{n:09d}",
            fiscal_year=2026,
            business_date=DAY,
        )
        for n in count()
    )


def _booked(runtime: Runtime, transfers: Transfers, batches: int, size: int = BATCH) -> float:
    """Postings a second of so many batches, each its own commit."""
    made = [[next(transfers) for _ in range(size)] for _ in range(batches)]

    def book() -> None:
        for entries in made:
            with runtime.work() as ctx:
                ledger.post_all(ctx, entries)

    return batches * size / _timed(book)


def purses(runtime: Runtime, number: int) -> list[str]:
    """Available accounts of so many lines, each with more money than any run can move; in one commit."""
    with runtime.work() as ctx:
        source = ledger.open_account(
            ctx, book="budget", kind="authority", owner="department/bench", fiscal_year=2026, floor0=False
        )
        owners = [f"line/bench-{n}" for n in range(number)]
        found = [
            ledger.open_account(ctx, book="budget", kind="available", owner=owner, fiscal_year=2026).id
            for owner in owners
        ]
        ledger.post_all(
            ctx,
            [Entry(f"bench/fill/{id}", source.id, id, FILL_FEN, "appropriate", "bench", 2026, DAY) for id in found],
        )
        return found


def sinks(runtime: Runtime, number: int) -> list[str]:
    """Control accounts that money is moved to, so that no line's total is touched twice; in one commit."""
    with runtime.work() as ctx:
        owners = [f"bench/{n}" for n in range(number)]
        return [
            ledger.open_account(ctx, book="budget", kind="bench", owner=owner, fiscal_year=2026, floor0=False).id
            for owner in owners
        ]


def _raw_sqlite(folder: Path, size: int, rows: int = 2 * LARGE) -> float:
    """Rows a second of the bare statements that a batch cannot do without, in the same file."""
    with sqlite3.connect(folder / "bench.db", timeout=30) as raw:
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute(f"CREATE TABLE IF NOT EXISTS bench_raw ({_COLUMNS}, PRIMARY KEY (id))")
        first = raw.execute("SELECT count(*) FROM bench_raw").fetchone()[0]
        made = [_plain(first + n) for n in range(rows)]

        def write() -> None:
            for start in range(0, rows, size):
                raw.executemany(f"INSERT INTO bench_raw VALUES ({', '.join('?' * 11)})", made[start : start + size])
                raw.commit()

        return rows / _timed(write)


def _copied(where: Place, rows: int) -> float:
    """Rows a second of COPY into a table of the same columns with a primary key."""
    with _engine(where).begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE IF NOT EXISTS bench_raw (LIKE marketplace_ledger_posting, PRIMARY KEY (id))"
        )
        first = connection.exec_driver_sql("SELECT count(*) FROM bench_raw").scalar() or 0
    made = [_plain(first + n) for n in range(rows)]

    def copy() -> None:
        with _engine(where).begin() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            with driver.cursor().copy(f"COPY bench_raw ({_COLUMNS}) FROM STDIN") as stream:
                for row in made:
                    stream.write_row(row)

    return rows / _timed(copy)


def _engine(where: Place) -> Any:
    with where.app.app_context():
        return where.app.extensions["sqlalchemy"].engine


def _plain(number: int) -> tuple[Any, ...]:
    """A posting as bare values."""
    side = f"{number % LINES:032x}"
    now = datetime.now(UTC).isoformat()
    reference = f"payment/ZF-2026-{number:09d}"
    return (f"raw/{number}", side, side, 1, "settle", DAY.isoformat(), 2026, None, reference, "system", now)


def sound(runtime: Runtime) -> None:
    """Raise BrokenInvariantError unless every invariant of the books holds."""
    with runtime.work(write=False) as ctx:
        broken = check.run(ctx)
    if broken:
        raise BrokenInvariantError("; ".join(f"{one.invariant}: {one.text}" for one in broken[:3]))


def _fsyncs() -> float:
    """fdatasync calls a second of this disk, at the median."""
    return 1000 / fdatasync_ms(60)[0]


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
