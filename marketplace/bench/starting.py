"""B19: how long until the first answer, and how much memory."""

import subprocess
import time
from pathlib import Path

from marketplace.bench.frame import BrokenInvariantError, Row, python, row
from marketplace.bench.market import market

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
    market(folder)
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
