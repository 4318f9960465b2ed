"""Terminal door of the department budget."""

import click

from marketplace.budgets import queries, rules, service
from marketplace.budgets.models import BudgetLine
from marketplace.kernel.money import parse_yuan, yuan
from marketplace.web.terminal import work


@click.group("budgets")
def budgets() -> None:
    """Appropriate money to departments and list their budget lines."""


@budgets.command("appropriate")
@click.option("--department", required=True, help="organisation id of the department")
@click.option("--year", required=True, type=int, help="fiscal year")
@click.option("--name", required=True, help="name of the line")
@click.option("--function-code", required=True, help="7 digits")
@click.option("--economic-code", required=True, help="5 digits")
@click.option("--source", type=click.Choice(rules.SOURCES), default="treasury", show_default=True)
@click.option("--amount", required=True, help="yuan, e.g. 120000.00")
@click.option("--document", required=True, help="number of the appropriation document")
def appropriate(
    department: str,
    year: int,
    name: str,
    function_code: str,
    economic_code: str,
    source: str,
    amount: str,
    document: str,
) -> None:
    """Put money on a budget line; the same document books once."""
    with work() as ctx:
        line = service.appropriate(
            ctx,
            department_id=department,
            fiscal_year=year,
            name=name,
            function_code=function_code,
            economic_code=economic_code,
            source=source,
            amount_fen=parse_yuan(amount),
            document=document,
        )
        held = queries.line_stages(ctx, line.id)["available"]
        click.echo(f"{line.id}  {line.fiscal_year}  {line.name}  {yuan(held)}")


@budgets.command("lines")
@click.option("--department", help="organisation id; all departments without it")
def lines(department: str | None) -> None:
    """List budget lines with what stands in which stage."""
    with work(write=False) as ctx:
        found = list(ctx.session.scalars(queries.lines(ctx, department).order_by(BudgetLine.id)))
        stages = queries.stages_of_lines(ctx, [line.id for line in found])
        for line in found:
            held = "  ".join(f"{name}={yuan(stages[line.id][name])}" for name in rules.STAGES)
            click.echo(f"{line.id}  {line.fiscal_year}  {line.name}  {held}")


commands: list[click.Command] = [budgets]
