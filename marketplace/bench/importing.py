"""The row of history taken over in bulk."""

import statistics
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from marketplace.bench.archive import history_file, with_buyer
from marketplace.bench.frame import BrokenInvariantError, Row, foreign, pairs
from marketplace.kernel.context import Runtime
from marketplace.tenders import service
from marketplace.tenders.models import Tender

GOAL = 0.6


def _import(runtime: Runtime, file: bytes, rows: int) -> float:
    """Rows a second of CPU, checked, indexed and recorded. Raises BrokenInvariantError."""
    begin = time.process_time()
    with runtime.work() as ctx:
        report = service.import_history(ctx, file, dry_run=False)
    if report.tenders != rows or not report.written:
        raise BrokenInvariantError(f"{report.tenders} of {rows} written")
    return rows / (time.process_time() - begin)


def _bare(runtime: Runtime, copy: int, rows: int) -> float:
    """Rows a second of CPU by executemany alone."""
    with runtime.work() as ctx:
        connection = ctx.session.connection()
        known = dict(connection.execute(select(Tender.__table__).limit(1)).mappings().one())
        own: list[dict[str, Any]] = [
            {"id": f"{copy:08x}{place:024x}", "seq": None, "number": f"F{copy}-{place}"} for place in range(rows)
        ]
        copies = [{**known, **one} for one in own]
        begin = time.process_time()
        connection.execute(insert(Tender.__table__), copies)  # type: ignore[arg-type]
        taken = time.process_time() - begin
        ctx.session.rollback()
    return rows / taken


def history(folder: Path, rows: int = 20_000) -> Row:
    """B20: the import of history, beside executemany of the bare rows."""
    _, runtime, uscc = with_buyer(folder)
    file = history_file(rows, uscc)
    copies = iter(range(1, 100))

    def subject() -> float:
        return _import(runtime, file.replace(b"LS-", f"L{next(copies)}-".encode()), rows)

    subject()
    with foreign() as load:
        floors, subjects = pairs(lambda: _bare(runtime, next(copies), rows), subject, count=2)
    ratios = [s / f for f, s in zip(floors, subjects, strict=True)]
    fast, slow = statistics.median(subjects), statistics.median(floors)
    name = f"import {rows // 1000}k rows, SQLite"
    return Row("B20", name, "/s", fast, slow, ratios, GOAL, "", load.percent, at_least=True)


def history_full(folder: Path) -> Row:
    """B20 with 100,000 rows."""
    return history(folder, 100_000)
