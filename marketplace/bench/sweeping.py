"""B18: what a tick costs when nothing is due."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from marketplace.bench.frame import BrokenInvariantError, Row, cpu_us, row
from marketplace.bench.market import market
from marketplace.kernel.deadlines import Deadline


def sweep(folder: Path, rows: int = 1_000_000) -> Row:
    """B18: one tick with a million promises, none due, beside one keyset query on the same table."""
    app = market(folder)
    runtime = app.extensions["marketplace"]
    now = datetime.now(UTC)
    with runtime.work() as ctx:
        for start in range(0, rows, 50_000):
            ctx.session.execute(
                insert(Deadline),
                [
                    {
                        "id": f"{n:032x}",
                        "kind": "bench",
                        "subject": str(n),
                        "due_at": now + timedelta(days=30, seconds=n),
                        "tries": 0,
                    }
                    for n in range(start, start + 50_000)
                ],
            )
    runtime.after_tick, runtime.recurring = [], {}
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    wanted = select(Deadline.id).where(Deadline.done_at.is_(None), Deadline.due_at <= now).order_by(Deadline.due_at)

    def floor() -> None:
        with engine.connect() as connection:
            connection.execute(wanted.limit(200)).all()

    def subject() -> None:
        if runtime.tick():
            raise BrokenInvariantError("a promise was kept before its time")

    return row(
        "B18", "tick, 1M promises, none due", "us", 3.0, lambda: cpu_us(floor, 300), lambda: cpu_us(subject, 300)
    )
