"""Terminal door of contracts."""

import click

from marketplace.contracts import queries
from marketplace.contracts.models import Contract
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.money import yuan
from marketplace.web.terminal import work


@click.group("contracts")
def contracts() -> None:
    """List published contracts and show one with its milestones."""


@contracts.command("list")
@click.option("--limit", default=50, show_default=True, help="how many, newest first")
def list_(limit: int) -> None:
    """List contracts in force, finished or ended."""
    with work(write=False) as ctx:
        wanted = queries.published().order_by(Contract.signed_at.desc(), Contract.id.desc()).limit(limit)
        for row in ctx.session.scalars(wanted):
            click.echo(f"{row.number}  {row.status:10}  {yuan(row.amount_fen):>16}  {row.title}")


@contracts.command("show")
@click.argument("number")
def show(number: str) -> None:
    """Show one contract: parties, money, milestones."""
    with work(write=False) as ctx:
        row = queries.by_number(ctx, number)
        names = queries.names(ctx, [row])
        click.echo(f"{row.number}  {row.title}  {row.status}")
        click.echo(f"{names[row.buyer_id]} → {names[row.agency_id]}  {yuan(row.amount_fen)}")
        for part in queries.milestones(ctx, row.id):
            late = "  late" if part.late_since else ""
            click.echo(
                f"  {part.seq}. {part.title}  {yuan(part.amount_fen)}  {shanghai_date(part.due_at)}  "
                f"{part.status}{late}"
            )


commands: list[click.Command] = [contracts]
