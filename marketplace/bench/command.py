"""`marketplace bench`: measure, print, and with --gate judge."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from marketplace.bench import ratchet
from marketplace.bench.frame import BrokenInvariantError, Row, heading
from marketplace.bench.rows import FULL, QUICK, ROWS, names, run


@click.command("bench")
@click.option("--suite", type=click.Choice([QUICK, FULL]), default=QUICK, show_default=True, help="Which rows.")
@click.option("--only", default="", help="Rows to measure, e.g. B1,B18.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Append one line per row.")
@click.option("--gate", is_flag=True, help="Exit 1 when a row fails its goal.")
@click.option(
    "--ratchet", "held", is_flag=True, help="Exit 1 when a CPU ratio is twice in a row much worse than stored."
)
@click.option("--store", is_flag=True, help="Store the CPU ratios of this run for --ratchet.")
def command(suite: str, only: str, json_file: Path | None, *, gate: bool, held: bool, store: bool) -> None:
    """Measure against floors of the same run."""
    wanted = [name.strip().upper() for name in only.split(",") if name.strip()] or names(suite)
    if unknown := set(wanted) - set(ROWS):
        raise click.ClickException(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    click.echo(heading())
    rows, broken = _measured(wanted, json_file)
    failed = sum(row.verdict in {"FAIL", "BADFLOOR"} for row in rows)
    slipped = _slipped_twice(rows) if held else []
    for words in slipped:
        click.echo(words)
    if store:
        ratchet.store(rows)
    wrong = len(slipped) if held and not gate else failed  # a goal that is not reached yet is no step back
    click.echo(f"{len(rows) - wrong} passed, {wrong + broken} failed")
    if broken or slipped or (gate and failed):
        raise SystemExit(1)


def _slipped_twice(rows: Sequence[Row]) -> list[str]:
    """What is much worse than stored now and when measured once more: one bad moment of a machine is no slip."""
    suspects = [row.id for row in rows if ratchet.slipped([row])]
    return ratchet.slipped([run(name) for name in suspects])


def _measured(wanted: Sequence[str], json_file: Path | None) -> tuple[list[Row], int]:
    """The rows that gave a number, and how many broke an invariant."""
    rows: list[Row] = []
    for name in wanted:
        try:
            row = run(name)
        except BrokenInvariantError as error:
            click.echo(f"{name:4} invariant broken, no number: {error}")
            continue
        rows.append(row)
        click.echo(str(row))
        if json_file is not None:
            with json_file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row.as_json(), ensure_ascii=False) + "\n")
    return rows, len(wanted) - len(rows)
