"""Terminal door of buyers."""

import click

from marketplace.buyers import queries, service
from marketplace.buyers.models import Buyer
from marketplace.web.paging import page_of
from marketplace.web.terminal import work


@click.group("buyers")
def buyers() -> None:
    """Set up departments and list buyers."""


@buyers.command("create-department")
@click.option("--name", required=True)
@click.option("--uscc", required=True, help="Unified social credit code, 18 characters.")
@click.option("--region", required=True, help="Division code (GB/T 2260), 6 digits.")
@click.option("--contact", required=True, help="The contact person's name.")
@click.option("--phone", required=True)
@click.option("--address", default="")
@click.option("--username", required=True, help="User name of the first login.")
@click.password_option(help="Asked for when not given.")
def create_department(
    name: str, uscc: str, region: str, contact: str, phone: str, address: str, username: str, password: str
) -> None:
    """Set up a department with its first login; prints its id."""
    with work() as ctx:
        made = service.register(
            ctx,
            kind="department",
            name=name,
            uscc=uscc,
            region=region,
            contact=contact,
            phone=phone,
            address=address,
            username=username,
            password=password,
        )
    click.echo(made.id)


@buyers.command("list")
@click.option("--kind", type=click.Choice(["enterprise", "department"]))
def listing(kind: str | None) -> None:
    """List the newest buyers."""
    with work(write=False) as ctx:
        page = page_of(ctx.session, queries.buyers(kind), key=(Buyer.id,), descending=True, rows=100)
    for row in page.items:
        click.echo(f"{row.id}  {row.uscc}  {row.region}  {row.name}")


commands: list[click.Command] = [buyers]
