"""Terminal door of credit."""

from pathlib import Path

import click

from marketplace.agencies import queries as agencies
from marketplace.credit import imports, queries, rules, service
from marketplace.credit.schemas import LABELS
from marketplace.rulebook.queries import rules_at
from marketplace.web.terminal import work


@click.group("credit")
def credit() -> None:
    """Compute grades, explain a score, import credit records."""


@credit.command("regrade")
def regrade() -> None:
    """Compute the grade of every agency that has anything to score."""
    with work() as ctx:
        click.echo(f"{service.regrade_all(ctx)} agencies graded")


@credit.command("explain")
@click.argument("uscc")
def explain(uscc: str) -> None:
    """Explain every point of an agency's score as of now."""
    with work(write=False) as ctx:
        agency = agencies.by_uscc(ctx, uscc)
        book = rules_at(ctx, agency.region, ctx.now)
        score = rules.score(queries.facts_of(ctx, agency.id), book, ctx.now)
    click.echo(f"{agency.name}  {agency.uscc}  rulebook {book.id}")
    for line in score.lines:
        words = LABELS["credit.line"].get(line.code, line.code)
        click.echo(f"{line.points / 100:+9.2f}  {line.on:10}  {words}  {line.reference}")
    new = "  new" if score.is_new else ""
    click.echo(f"{score.points_hundredths / 100:9.2f}  {'★' * score.stars}{new}")


@credit.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--feed", default="csv", show_default=True, help="name of the credit feed")
@click.option("--write", is_flag=True, help="enter the good rows; without it every row is only checked")
def import_(file: Path, feed: str, write: bool) -> None:
    """Check, and with --write enter, the records of an outside source."""
    with work() as ctx:
        report = imports.import_feed(ctx, feed=feed, content=file.read_bytes(), dry_run=not write)
    for problem in report.problems:
        click.echo(f"row {problem.row}  {problem.column}  {problem.text}", err=True)
    click.echo(f"new {report.recorded}  known {report.known}  refused {len(report.problems)}")


commands: list[click.Command] = [credit]
