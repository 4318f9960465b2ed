"""Terminal door of collecting."""

import click

from marketplace.collection import holding, queries, sender
from marketplace.collection.models import Collection, UnallocatedReceipt
from marketplace.identity.cli import clerk
from marketplace.kernel.money import yuan
from marketplace.web.terminal import runtime, work


@click.group("collection")
def collection() -> None:
    """Collections from enterprises, refunds, money without an owner."""


@collection.command("run")
@click.option("--limit", type=int, default=100, show_default=True)
def run(limit: int) -> None:
    """Do what is due on the wire, as the worker does after each tick."""
    click.echo(f"{sender.run_due(runtime(), limit)} collections and refunds touched")


@collection.command("list")
@click.option("--state", default="", help="only collections in this state")
@click.option("--limit", type=int, default=50, show_default=True)
def list_(state: str, limit: int) -> None:
    """List collections, newest first."""
    with work(write=False) as ctx:
        wanted = queries.collections_for(ctx, state).order_by(Collection.id.desc()).limit(limit)
        for row in ctx.session.scalars(wanted):
            held = f"  {row.hold_state}" if row.hold_state else ""
            click.echo(f"{row.number}  {row.state:<8} {yuan(row.amount_fen):>16}  {row.way}  {row.last_code}{held}")


@collection.command("receipts")
def receipts() -> None:
    """List money that waits for an owner."""
    with work(write=False) as ctx:
        for row, came in ctx.session.execute(queries.receipts("waiting").order_by(UnallocatedReceipt.id)):
            click.echo(f"{row.id}  {came.number}  {yuan(row.amount_fen):>16}")


@collection.command("release")
@click.argument("number")
@click.option("--as", "username", required=True, help="a person of the payer; the first asks, another one confirms")
@click.option("--reason", default="", help="why it is settled before acceptance; of the first")
def release(number: str, username: str, reason: str) -> None:
    """Let held money go to the agency before acceptance, by two persons."""
    with work(write=False) as ctx:
        found = queries.readable(ctx, queries.by_number(ctx, number))
    with work(clerk(username, found.buyer_id)) as ctx:
        if found.release_asked_by is None:
            holding.ask_release(ctx, found.id, reason=reason)
            click.echo(f"{number}: asked, waits for a second person")
        else:
            click.echo(f"{number}: {holding.confirm_release(ctx, found.id).hold_state}")


commands: list[click.Command] = [collection]
