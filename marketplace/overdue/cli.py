"""Terminal door of late payment."""

import click

from marketplace.kernel.money import yuan
from marketplace.overdue import queries
from marketplace.web.terminal import work


@click.command("overdue")
def overdue() -> None:
    """List what should have been paid before today, by payer and contract."""
    with work(write=False) as ctx:
        items = queries.overdue(ctx)
    for payer in queries.by_payer(items):
        click.echo(f"{payer.name}  {payer.count}  {yuan(payer.unpaid_fen)}  interest {yuan(payer.interest_fen)}")
    for item in items:
        click.echo(f"  {item.contract_number}  {yuan(item.unpaid_fen):>16}  {item.days_late} days  {item.payer_name}")
    click.echo(f"{len(items)} amounts overdue")


commands: list[click.Command] = [overdue]
