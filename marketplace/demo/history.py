"""`marketplace replay FILE`: history through our own verbs, in a database of its own."""

import json
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from marketplace import migrate
from marketplace.app import create_app
from marketplace.catalogue import service as catalogue
from marketplace.integration.ocds import TenderRecord, read_package
from marketplace.integration.replay import Replay
from marketplace.integration.replay_report import Report, table
from marketplace.kernel.clock import SimulatedClock, at_shanghai
from marketplace.kernel.context import Runtime
from marketplace.kernel.errors import DomainError
from marketplace.rulebook import service as rulebook
from marketplace.selection.methods import BUILTINS
from marketplace.selection.methods.average_price import VARIANTS
from marketplace.web import terminal

# A Monday inside the working-day calendar; recorded dates are other countries' and other years'.
START = at_shanghai(date(2025, 1, 6), 9)
# Both variants of the average are methods of their own to whoever pays.
ALL = [name for code in BUILTINS for name in ([f"average/{one}" for one in VARIANTS] if code == "average" else [code])]


@click.command("replay")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--method",
    default="lowest",
    show_default=True,
    help="Selection method, average/A or average/B; `all`: side by side.",
)
@click.option("--report", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the report here.")
def command(file: Path, method: str, report_file: Path | None) -> None:
    """Play a recorded OCDS release package through the market's own verbs and compare the awards."""
    try:
        records = read_package(file)
    except DomainError as error:
        raise terminal.Refused(error) from error
    results = [_play(name, records) for name in (ALL if method == "all" else [method])]
    if report_file is not None:
        written = results if method == "all" else results[0]
        report_file.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if method == "all":
        click.echo(table(results))
        return
    brief = {key: value for key, value in results[0].items() if key not in {"records", "without_award"}}
    click.echo(json.dumps({**brief, "records": len(results[0]["records"])}, ensure_ascii=False, indent=1))


def _play(name: str, records: Sequence[TenderRecord]) -> dict[str, Any]:
    """Play every record by one method in a market of its own. name: code, or code/variant."""
    method, _, variant = name.partition("/")
    report = Report(method, variant)
    with tempfile.TemporaryDirectory(prefix="marketplace-replay-") as folder:
        clock = SimulatedClock(START)
        runtime = _market(Path(folder), clock)
        if method not in runtime.plugins["selection_methods"]:
            known = ", ".join(sorted(runtime.plugins["selection_methods"]))
            raise click.BadParameter(f"{method} is not one of {known}", param_hint="--method")
        begin = time.perf_counter()
        with click.progressbar(length=len(records), label=f"replay {name}") as bar:
            Replay(runtime, clock, method, report, variant).play(records, bar.update)
        report.seconds = time.perf_counter() - begin
    return report.as_json()


def _market(folder: Path, clock: SimulatedClock) -> Runtime:
    """A market of its own: the replay never touches the real one."""
    settings = {
        "MARKETPLACE_DATABASE_URL": f"sqlite:///{folder / 'replay.db'}",
        "MARKETPLACE_KEY_FILE": str(folder / "keys.toml"),
        "MARKETPLACE_FILES": str(folder / "files"),
    }
    app = create_app(settings, clock=clock, holds_keys=True)
    with app.app_context():
        migrate.upgrade(app.extensions["sqlalchemy"].engine)
    runtime: Runtime = app.extensions["marketplace"]
    with runtime.work() as ctx:
        rulebook.seed(ctx)
        catalogue.seed(ctx)
    return runtime
