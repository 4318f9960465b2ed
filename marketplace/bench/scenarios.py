"""The rows: each function measures one scenario of the goal table and checks its invariants."""

import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response
from sqlalchemy import insert, select
from werkzeug.test import EnvironBuilder

from marketplace import create_app, migrate
from marketplace.bench.frame import BrokenInvariantError, Row, cpu_us, python, row
from marketplace.kernel.deadlines import Deadline
from marketplace.web.serving import NoSession


def _market(folder: Path) -> Flask:
    settings = {
        "MARKETPLACE_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "MARKETPLACE_KEY_FILE": str(folder / "keys.toml"),
        "MARKETPLACE_FILES": str(folder / "files"),
    }
    app = create_app(settings, holds_keys=True)
    with app.app_context():
        migrate.upgrade(app.extensions["sqlalchemy"].engine)
    return app


def _get(app: Flask, path: str) -> Callable[[], bytes]:
    environ = EnvironBuilder(path=path).get_environ()

    def ask() -> bytes:
        status: list[str] = []

        def begin(code: str, headers: Any, error: Any = None) -> Any:
            status.append(code)

        body = b"".join(app.wsgi_app(dict(environ), begin))
        if not status[0].startswith("200"):
            raise BrokenInvariantError(f"{path}: {status[0]}")
        return body

    return ask


def health(folder: Path) -> Row:
    """B1: GET /healthz through the whole stack, beside a bare Flask app with one route."""
    bare = Flask("bare", static_folder=None)
    bare.session_interface = NoSession()
    bare.add_url_rule("/healthz", view_func=lambda: Response(b"ok\n", mimetype="text/plain"))
    ours, floor = _get(_market(folder), "/healthz"), _get(bare, "/healthz")
    repeats = 3000
    return row("B1", "GET /healthz", "us", 1.15, lambda: cpu_us(floor, repeats), lambda: cpu_us(ours, repeats))


def sweep(folder: Path, rows: int = 1_000_000) -> Row:
    """B18: one tick with a million promises, none due, beside one keyset query on the same table."""
    app = _market(folder)
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


_FLOOR = "import flask, flask_sqlalchemy, marshmallow, apscheduler, sqlalchemy.orm, flask_smorest, psycopg, orjson"
_START = """
from marketplace import create_app
app = create_app()
assert app.test_client().get("/healthz").status_code == 200
"""
_PSS = """
import re
print(sum(int(kb) for kb in re.findall(r"^Pss:\\s+(\\d+)", open("/proc/self/smaps_rollup").read(), re.M)) / 1024)
"""


def start(folder: Path) -> Row:
    """B19: process start to first answer, beside importing the prescribed packages alone; PSS of one web process."""
    _market(folder)
    environment = {
        "MARKETPLACE_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "MARKETPLACE_KEY_FILE": str(folder / "keys.toml"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    memory: list[float] = []

    def run(code: str) -> float:
        begin = time.perf_counter()
        done = subprocess.run(
            [python(), "-c", code + _PSS], env=environment, cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BrokenInvariantError(done.stderr)
        memory.append(float(done.stdout))
        return (time.perf_counter() - begin) * 1000

    return row(
        "B19",
        "start to first answer",
        "ms",
        1.4,
        lambda: run(_FLOOR),
        lambda: run(_START),
        lambda: f"PSS {memory[-1]:.0f} MB",
    )


SCENARIOS: dict[str, Callable[[Path], Row]] = {"B1": health, "B18": sweep, "B19": start}


def run(id: str) -> Row:
    """Measure one row in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="marketplace-bench-") as folder:
        return SCENARIOS[id](Path(folder))
