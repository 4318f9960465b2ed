"""`marketplace bench`: measure, print, and with --gate judge."""

import json
from pathlib import Path

import click

from marketplace.bench.frame import BrokenInvariantError, heading
from marketplace.bench.scenarios import SCENARIOS, run


@click.command("bench")
@click.option("--only", default="", help="Rows to measure, e.g. B1,B18.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Append one line per row.")
@click.option("--gate", is_flag=True, help="Exit 1 when a row fails its goal.")
def command(only: str, json_file: Path | None, *, gate: bool) -> None:
    """Measure against floors of the same run."""
    wanted = [name.strip().upper() for name in only.split(",") if name.strip()] or list(SCENARIOS)
    if unknown := set(wanted) - set(SCENARIOS):
        raise click.ClickException(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    click.echo(heading())
    passed, failed, broken = 0, 0, 0
    for name in wanted:
        try:
            row = run(name)
        except BrokenInvariantError as error:
            broken += 1
            click.echo(f"{name:4} invariant broken, no number: {error}")
            continue
        click.echo(str(row))
        if json_file is not None:
            with json_file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row.as_json(), ensure_ascii=False) + "\n")
        bad = row.verdict in {"FAIL", "BADFLOOR"}
        passed, failed = passed + (not bad), failed + bad
    click.echo(f"{passed} passed, {failed + broken} failed")
    if broken or (gate and failed):
        raise SystemExit(1)
