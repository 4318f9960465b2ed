"""Terminal door of supervision."""

import click

from marketplace.supervision import queries, service
from marketplace.supervision.models import ExitCase
from marketplace.web.terminal import work


@click.group("supervision")
def supervision() -> None:
    """Run the exit rules and list exit cases."""


@supervision.command("sweep")
def sweep() -> None:
    """Ask every exit rule about every agency now; the timer does the same every night."""
    with work() as ctx:
        opened = service.sweep(ctx)
        names = queries.agency_names(ctx, [row.agency_id for row in opened])
        for row in opened:
            click.echo(f"{row.number}  {row.rule}  {names[row.agency_id][0]}")
        click.echo(f"{len(opened)} cases opened")


@supervision.command("cases")
@click.option("--state", help="noticed, defended, undefended, confirmed, dismissed or moot; all open ones without it")
def cases(state: str | None) -> None:
    """List exit cases."""
    with work(write=False) as ctx:
        rows = list(ctx.session.scalars(queries.cases(state).order_by(ExitCase.defence_due, ExitCase.id)))
        names = queries.agency_names(ctx, [row.agency_id for row in rows])
        for row in rows:
            due = row.defence_due.isoformat(timespec="minutes")
            click.echo(f"{row.number}  {row.state}  {row.rule}  {due}  {names[row.agency_id][0]}")


commands: list[click.Command] = [supervision]
