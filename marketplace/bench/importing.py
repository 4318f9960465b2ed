"""The rows of history taken over in bulk, on both databases."""

import os
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Table, insert, select

from marketplace.bench import processes
from marketplace.bench.archive import history_file, with_buyer
from marketplace.bench.frame import BrokenInvariantError, Row, foreign, pairs
from marketplace.kernel.bulk import Bulk
from marketplace.kernel.context import Runtime
from marketplace.tenders import service
from marketplace.tenders.models import Tender
from marketplace.testing import postgres

GOAL, GOAL_OF_COPY = 0.6, 0.3
TABLE = cast("Table", Tender.__table__)
Bare = Callable[[Connection, list[dict[str, Any]]], object]
Cpu = Callable[[], float]


def _import(runtime: Runtime, file: bytes, rows: int, cpu_us: Cpu) -> float:
    """Rows a second of CPU, checked, indexed and recorded. Raises BrokenInvariantError."""
    begin = cpu_us()
    with runtime.work() as ctx:
        report = service.import_history(ctx, file, dry_run=False)
    if report.tenders != rows or not report.written:
        raise BrokenInvariantError(f"{report.tenders} of {rows} written")
    return rows * 1e6 / (cpu_us() - begin)


def _bare(runtime: Runtime, copy: int, rows: int, cpu_us: Cpu, write: Bare) -> float:
    """Rows a second of CPU by writing the bare rows alone."""
    with runtime.work() as ctx:
        connection = ctx.session.connection()
        known = dict(connection.execute(select(TABLE).limit(1)).mappings().one())
        own: list[dict[str, Any]] = [
            {"id": f"{copy:08x}{place:024x}", "seq": None, "number": f"F{copy}-{place}"} for place in range(rows)
        ]
        copies = [{**known, **one} for one in own]
        begin = cpu_us()
        write(connection, copies)
        taken = cpu_us() - begin
        ctx.session.rollback()
    return rows * 1e6 / taken


def _executemany(connection: Connection, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(TABLE), rows)


def _copy(connection: Connection, rows: list[dict[str, Any]]) -> None:
    Bulk(TABLE, list(rows[0]), same={}, twins={}).write(connection, (list(row.values()) for row in rows))


def _own_us() -> float:
    return processes.cpu_us_of([os.getpid()])


def _measured(
    runtime: Runtime, uscc: str, rows: int, cpu_us: Cpu, write: Bare
) -> tuple[list[float], list[float], float]:
    """Rows a second: bare ones, imported ones; and the load of others."""
    file = history_file(rows, uscc)
    copies = iter(range(1, 100))

    def subject() -> float:
        return _import(runtime, file.replace(b"LS-", f"L{next(copies)}-".encode()), rows, cpu_us)

    subject()
    with foreign() as load:
        found = pairs(lambda: _bare(runtime, next(copies), rows, cpu_us, write), subject, count=2)
    return *found, load.percent


def _row(id: str, name: str, goal: float, found: tuple[list[float], list[float], float]) -> Row:
    floors, subjects, load = found
    ratios = [s / f for f, s in zip(floors, subjects, strict=True)]
    fast, slow = statistics.median(subjects), statistics.median(floors)
    return Row(id, name, "/s", fast, slow, ratios, goal, "", load, at_least=True)


def history(folder: Path, rows: int = 20_000) -> Row:
    """B20: the import of history, beside executemany of the bare rows."""
    _, runtime, uscc = with_buyer(folder)
    found = _measured(runtime, uscc, rows, _own_us, _executemany)
    return _row("B20", f"import {rows // 1000}k rows, SQLite", GOAL, found)


def history_postgresql(folder: Path, rows: int = 20_000) -> Row:
    """B20P: the same on PostgreSQL, its own CPU included, beside COPY of the bare rows."""
    with postgres.Server(durable=True) as server:
        app, runtime, uscc = with_buyer(folder, server.url(server.create()))

        def cpu_us() -> float:
            return processes.cpu_us_of([os.getpid(), *processes.tree(server.pid)])

        found = _measured(runtime, uscc, rows, cpu_us, _copy)
        with app.app_context():
            app.extensions["sqlalchemy"].engine.dispose()
    return _row("B20P", f"import {rows // 1000}k rows, PG", GOAL_OF_COPY, found)


def history_full(folder: Path) -> Row:
    """B20 with 100,000 rows."""
    return history(folder, 100_000)


def history_postgresql_full(folder: Path) -> Row:
    """B20P with 100,000 rows."""
    return history_postgresql(folder, 100_000)
