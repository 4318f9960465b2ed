"""Reconciliation: a statement of a hundred thousand lines, taken in, matched and closed in a process of its own."""

import json
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from marketplace.bench.frame import BrokenInvariantError, Row, python, row
from marketplace.bench.market import market
from marketplace.catalogue import service as catalogue
from marketplace.kernel.clock import shanghai_date
from marketplace.payments.gateways.bills import Bill
from marketplace.rulebook import service as rulebook
from marketplace.testing.reconciliation import ACCOUNT, a_bill, paid_orders

LINES = 100_000
SECONDS, MEGABYTES = 20.0, 300.0

_SUBJECT = """
import json, re, sys, time
from datetime import date
from pathlib import Path
from marketplace import create_app
from marketplace.reconciliation import service
from marketplace.reconciliation.queries import statements
account, day, file = sys.argv[1], date.fromisoformat(sys.argv[2]), Path(sys.argv[3])
runtime = create_app(holds_keys=True).extensions["marketplace"]
wall, cpu = time.perf_counter(), time.process_time()
with runtime.work() as ctx:
    found = service.import_statement(ctx, account=account, day=day, form="alipay-account", content=file.read_bytes())
    counts = statements.counts(ctx, found)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
# Of this program alone: ru_maxrss keeps what the process was before it became this program.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"counts": counts, "wall": wall, "cpu": cpu, "peak": peak}))
"""


def reconcile(folder: Path, lines: int = LINES) -> Row:
    """R1: import and match 100,000 lines, CPU beside reading the same file; 20 s and 300 MB are the goal.

    The floor reads every line and proves the file whole; the subject also stores, matches and looks for breaks.
    """
    app = market(folder)
    runtime = app.extensions["marketplace"]
    day = shanghai_date(runtime.clock()) - timedelta(days=1)
    with runtime.work() as ctx:
        rulebook.seed(ctx)
        catalogue.seed(ctx)
    raw = a_bill(paid_orders(runtime.work, lines, day=day), day=day)
    file = folder / "bill.zip"
    file.write_bytes(raw)

    def floor() -> float:
        begin = time.process_time()
        if sum(1 for _ in Bill("alipay-account", raw, day).lines()) != lines:
            raise BrokenInvariantError("a line was not read")
        return time.process_time() - begin

    known: dict[str, Any] = {}

    def subject() -> float:
        if not known:
            known.update(_run(folder, day.isoformat(), file))
            if known["counts"] != {"lines": lines, "matched": lines, "breaks": 0}:
                raise BrokenInvariantError(str(known["counts"]))
            if known["cpu"] > SECONDS * lines / LINES or known["peak"] > MEGABYTES:
                raise BrokenInvariantError(f"{known['cpu']:.1f} s of CPU, {known['peak']:.0f} MB")
        return float(known["cpu"])

    def said() -> str:
        return f"{known['wall']:.1f} s wall, {known['peak']:.0f} MB peak"

    return row("R1", f"reconcile {lines:,} lines", "s CPU", 12.0, floor, subject, said)


def _run(folder: Path, day: str, file: Path) -> dict[str, Any]:
    environment = {
        "MARKETPLACE_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "MARKETPLACE_KEY_FILE": str(folder / "keys.toml"),
        "MARKETPLACE_FILES": str(folder / "files"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [python(), "-c", _SUBJECT, ACCOUNT, day, str(file)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BrokenInvariantError(done.stderr[-400:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found
