"""Terminal door of reconciliation."""

from datetime import datetime
from pathlib import Path

import click

from marketplace.kernel.money import yuan
from marketplace.reconciliation import fetching, queries, service
from marketplace.reconciliation.models import ReconBreak, ReconDay
from marketplace.reconciliation.queries import statements
from marketplace.reconciliation.schemas import FORMS
from marketplace.web.terminal import runtime, work

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("reconcile")
def reconcile() -> None:
    """Compare the providers' books with ours, day by day."""


@reconcile.command("import")
@click.argument("account")
@click.argument("day", type=DAY)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--form", type=click.Choice(FORMS), default="alipay-account", show_default=True)
@click.option("--replace", is_flag=True, help="the file corrects an earlier one of that day")
def import_(account: str, day: datetime, file: Path, form: str, *, replace: bool) -> None:
    """Take a statement file in and match it."""
    with work() as ctx:
        made = service.import_statement(
            ctx, account=account, day=day.date(), form=form, content=file.read_bytes(), replace=replace
        )
        counts = statements.counts(ctx, made)
    click.echo(f"{counts['lines']} lines, {counts['matched']} matched, {counts['breaks']} breaks open")


@reconcile.command("fetch")
def fetch() -> None:
    """Fetch the statements that are due, as the worker does after each tick."""
    click.echo(f"{fetching.run_due(runtime())} statements taken in")


@reconcile.command("days")
@click.option("--account", default="", help="only this account")
@click.option("--limit", type=int, default=30, show_default=True)
def days(account: str, limit: int) -> None:
    """List days, newest first."""
    with work(write=False) as ctx:
        for day in ctx.session.scalars(queries.days(account).order_by(ReconDay.day.desc(), ReconDay.id).limit(limit)):
            counts = statements.counts(ctx, day)
            click.echo(
                f"{day.day}  {day.account:<18} {day.state:<7} {counts['matched']}/{counts['lines']} matched, "
                f"{counts['breaks']} breaks  {day.digest[:16]}"
            )


@reconcile.command("breaks")
@click.option("--account", default="", help="only this account")
def breaks(account: str) -> None:
    """List open breaks, the oldest first."""
    with work(write=False) as ctx:
        for row in ctx.session.scalars(queries.breaks(account=account).order_by(ReconBreak.id)):
            click.echo(f"{row.id}  {row.day}  {row.kind:<14}{yuan(row.amount_fen):>16}  {row.state}  {row.number}")


@reconcile.command("close")
@click.argument("account")
@click.argument("day", type=DAY)
def close(account: str, day: datetime) -> None:
    """Close and seal a day."""
    with work() as ctx:
        closed = service.close_day(ctx, queries.day_of(ctx, account, day.date()).id)
    click.echo(f"closed, sealed as {closed.digest}")


@reconcile.command("check")
def check() -> None:
    """Recompute the seal of every closed day; exit 1 where one is broken."""
    with work(write=False) as ctx:
        broken = statements.broken_seals(ctx)
    for day in broken:
        click.echo(f"{day.account} {day.day}: lines or matches are not what was sealed", err=True)
    if broken:
        raise click.exceptions.Exit(1)
    click.echo("every closed day is as it was sealed")


commands: list[click.Command] = [reconcile]
