"""Terminal door of the ledger."""

import click

from marketplace.kernel.money import yuan
from marketplace.ledger import beancount, queries
from marketplace.ledger import check as checks
from marketplace.web.terminal import work


@click.group("ledger")
def ledger() -> None:
    """Check the books and trace money."""


@ledger.command("check")
def check() -> None:
    """Run every invariant of the books; exit 1 where one is broken."""
    with work(write=False) as ctx:
        broken = checks.run(ctx)
        lines = queries.trial_balance(ctx)
    for line in lines:
        click.echo(f"{line.book:<8}{line.fiscal_year}  {line.kind:<12}{yuan(line.balance_fen):>20}")
    for problem in broken:
        click.echo(f"{problem.invariant}: {problem.text}", err=True)
    if broken:
        raise click.exceptions.Exit(1)
    click.echo(f"{len(checks.INVARIANTS)} invariants hold, ledger balanced")


@ledger.command("trace")
@click.argument("reference")
@click.option("--on", is_flag=True, help="Forward: everything that the money was used for.")
def trace(reference: str, *, on: bool) -> None:
    """Walk from a posting or its reference back to the appropriation, or on to its uses."""
    with work(write=False) as ctx:
        for step in queries.trace_on(ctx, reference) if on else queries.trace(ctx, reference):
            row = step.posting
            click.echo(
                f"{'  ' * step.depth}{row.business_date} {row.kind}: {yuan(row.amount_fen)} "
                f"{step.source.kind} → {step.target.kind}  {row.reference}  [{row.id}]"
            )


@ledger.command("export")
@click.option("--year", type=int, help="Fiscal year; all years without it.")
def export(year: int | None) -> None:
    """Print the books as beancount text; `bean-check` adds them up and compares every balance."""
    with work(write=False) as ctx:
        for line in beancount.export(ctx, year):
            click.echo(line)


commands: list[click.Command] = [ledger]
