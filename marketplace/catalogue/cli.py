"""Terminal door of the catalogue."""

from pathlib import Path

import click

from marketplace.catalogue import queries, rules, service
from marketplace.catalogue.errors import ImportRefused
from marketplace.web.terminal import work


@click.group("catalogue")
def catalogue() -> None:
    """List, import and export the intermediary services."""


@catalogue.command("seed")
def seed() -> None:
    """Add the items of the fourteen fields that are not there yet; what is there stays."""
    with work() as ctx:
        service.seed(ctx)
        click.echo(f"{len(ctx.session.scalars(queries.items()).all())} items")


@catalogue.command("list")
@click.option("--mode", type=click.Choice(list(rules.MODES)), help="qualification mode")
@click.option("--search", default="", help="words in code, name, field, authority or basis")
@click.option("--all", "everything", is_flag=True, help="cancelled items too")
def list_items(mode: str | None, search: str, everything: bool) -> None:
    """List the items that are kept."""
    with work(write=False) as ctx:
        wanted = queries.items(mode=mode or "", text=search, kept=None if everything else True)
        for row in ctx.session.scalars(wanted):
            state = "" if row.kept else f"  (cancelled {row.cancelled_on}: {row.cancel_reason})"
            click.echo(f"{row.code}  {row.name}  {rules.MODES[row.qualification_mode]}  {row.authority}{state}")


@catalogue.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="only report")
def import_items(file: Path, dry_run: bool) -> None:
    """Import a CSV FILE (UTF-8), all of it or nothing; every error is listed by line and column."""
    with work() as ctx:
        report = service.import_csv(ctx, file.read_bytes(), dry_run=dry_run)
        for error in report.errors:
            click.echo(f"{file.name}:{error.line}: {error.column}: {error.error.text}", err=True)
        if report.errors:
            raise ImportRefused(count=len(report.errors))
        kept = len(report.unchanged)
        verb = "imported" if report.written else "would import"
        click.echo(f"{verb}: {len(report.added)} added, {len(report.changed)} changed, {kept} unchanged")


@catalogue.command("export")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="file to write; else standard output")
def export_items(output: Path | None) -> None:
    """Export the whole catalogue as CSV (UTF-8 with byte order mark when written to a file)."""
    with work(write=False) as ctx:
        text = service.export_csv(ctx)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_bytes(text.encode("utf-8-sig"))
        click.echo(f"{output}: {text.count(chr(10)) - 1} items")


commands: list[click.Command] = [catalogue]
