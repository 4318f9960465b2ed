"""Terminal door of payments."""

from datetime import date, datetime
from pathlib import Path

import click

from marketplace.identity.cli import clerk
from marketplace.kernel.money import yuan
from marketplace.payments import fetching, flight, queries, receipts, service
from marketplace.payments.models import PaymentOrder
from marketplace.payments.sandbox.__main__ import main as sandbox
from marketplace.web.terminal import runtime, work


@click.group("payments")
def payments() -> None:
    """Send approved payments, list them, enter treasury receipts."""


@payments.command("run")
@click.option("--limit", type=int, default=100, show_default=True)
def run(limit: int) -> None:
    """Do what is due for every open order, as the worker does after each tick."""
    click.echo(f"{flight.run_due(runtime(), limit)} payment orders touched")


@payments.command("orders")
@click.option("--state", default="", help="only orders in this state")
@click.option("--limit", type=int, default=50, show_default=True)
def orders(state: str, limit: int) -> None:
    """List payment orders, newest first."""
    with work(write=False) as ctx:
        wanted = queries.orders(None, [state] if state else []).order_by(PaymentOrder.id.desc()).limit(limit)
        for row in ctx.session.scalars(wanted):
            flag = " !" if row.attention else ""
            click.echo(f"{row.number}  {row.state:<9} {yuan(row.amount_fen):>16}  {row.gateway}  {row.last_code}{flag}")


@payments.command("receipt")
@click.argument("number")
@click.argument("outcome", type=click.Choice(["paid", "refused", "returned"]))
@click.argument("document")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
def receipt(number: str, outcome: str, document: str, day: datetime) -> None:
    """Enter a treasury receipt; a person with the right to approve confirms it on the order's page."""
    with work() as ctx:
        found = queries.readable(ctx, queries.by_number(ctx, number))
        entered = service.enter_receipt(
            ctx, found.id, outcome=outcome, document=document, occurred_on=date(day.year, day.month, day.day)
        )
        click.echo(f"{entered.id}: entered, waits for confirmation")


@payments.command("ask-receipt")
@click.argument("number")
def ask_receipt(number: str) -> None:
    """Ask the provider again for the official receipt of a paid order."""
    with work() as ctx:
        found = queries.readable(ctx, queries.by_number(ctx, number))
        receipts.ask_again(ctx, found.id)
    click.echo(f"{fetching.run_due(runtime(), 100)} receipts asked for")


@payments.command("check-receipts")
def check_receipts() -> None:
    """Compare every kept receipt file with the hash on record; exit 1 if one is gone or changed."""
    with work(write=False) as ctx:
        changed = [f"{found.sha256}: {found.document}" for found in queries.changed_files(ctx)]
    for line in changed:
        click.echo(line)
    if changed:
        raise click.ClickException(f"{len(changed)} receipt files are gone or changed; restore them from a backup")
    click.echo("every receipt file is as it came")


@payments.command("treasury-file")
@click.argument("number")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def treasury_file(number: str, folder: Path) -> None:
    """Write a treasury order's application and its manifest into a folder, as they were frozen at approval."""
    with work(write=False) as ctx:
        row = queries.readable(ctx, queries.by_number(ctx, number))
        if row.gateway != "treasury" or row.payload is None:
            raise click.ClickException(f"{number} has no application for the treasury")
        content = ctx.keys.decrypt(row.payload)
    (folder / f"{number}.json").write_bytes(content)
    (folder / f"{number}.sha256").write_text(f"{row.digest}  {number}.json\n")
    click.echo(f"{number}.json and {number}.sha256 written")


@payments.command("treasury-receipt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--department", required=True, help="organisation id of the department")
@click.option("--as", "username", required=True, help="the clerk who brings it; an outcome waits for a second person")
def treasury_receipt(file: Path, manifest: Path, department: str, username: str) -> None:
    """Take a treasury receipt file in with its manifest."""
    with work(clerk(username, department)) as ctx:
        row = service.take_receipt_file(ctx, raw=file.read_bytes(), manifest=manifest.read_text("utf-8", "replace"))
        click.echo(f"{row.number}: {row.state}")


commands: list[click.Command] = [payments, sandbox]
