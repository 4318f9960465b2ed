"""Terminal door of the department budget."""

from collections.abc import Sequence
from pathlib import Path

import click

from marketplace.budgets import closing, importing, queries, rules, service, sheets, trial, vouchers
from marketplace.budgets.models import BudgetLine
from marketplace.budgets.queries import balances, closings
from marketplace.budgets.rules import CLOSING_STATES, STEPS
from marketplace.budgets.schemas import LABELS
from marketplace.identity.cli import clerk
from marketplace.kernel.money import parse_yuan, yuan
from marketplace.kernel.ports import Actor
from marketplace.web.terminal import work

LINES_AT_ONCE = 20


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
        held = balances.line_stages(ctx, line.id)["available"]
        click.echo(f"{line.id}  {line.fiscal_year}  {line.name}  {yuan(held)}")


@budgets.command("lines")
@click.option("--department", help="organisation id; all departments without it")
def lines(department: str | None) -> None:
    """List budget lines with what stands in which stage."""
    with work(write=False) as ctx:
        found = list(ctx.session.scalars(queries.lines(ctx, department).order_by(BudgetLine.id)))
        stages = balances.stages_of_lines(ctx, [line.id for line in found])
        for line in found:
            held = "  ".join(f"{name}={yuan(stages[line.id][name])}" for name in rules.STAGES)
            click.echo(f"{line.id}  {line.fiscal_year}  {line.name}  {held}")


@budgets.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--department", required=True, help="organisation id of the department")
@click.option("--book", is_flag=True, help="Book every row; without it the file is only tried.")
def import_(file: Path, department: str, *, book: bool) -> None:
    """Try a CSV or Excel table of appropriations and list every fault; with --book enter it whole."""
    content = file.read_bytes()
    with work(write=book) as ctx:
        tried = importing.try_out(ctx, department, content)
        if book and not tried.faults:
            importing.book_content(ctx, department, content)
    for fault in tried.faults:
        said = LABELS["sheet.fault"][fault.kind].format(fact=fault.fact)
        click.echo(f"{fault.row}:{fault.column}: {said}", err=True)
    if tried.faults:
        raise click.exceptions.Exit(1)
    told = "booked" if book else "tried"
    click.echo(f"{len(tried.wanted)} rows {told}, {tried.known} known before, {yuan(tried.total_fen)}")


@budgets.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--department", required=True, help="organisation id of the department")
@click.option("--year", required=True, type=int, help="fiscal year")
def export(file: Path, department: str, year: int) -> None:
    """Write a year's appropriations as a table that can be imported again; the suffix says CSV or Excel."""
    with work(write=False) as ctx:
        _write(file, trial.HEADINGS, importing.rows_of(ctx, department, year))


@budgets.command("vouchers")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--department", required=True, help="organisation id of the department")
@click.option("--year", required=True, type=int, help="fiscal year")
def voucher_command(file: Path, department: str, year: int) -> None:
    """Number what has no number and write the vouchers of both books; again gives the same numbers."""
    with work() as ctx:
        fresh = vouchers.number(ctx, department, year)
        _write(file, vouchers.HEADINGS, vouchers.rows_of(ctx, department, year))
    click.echo(f"{fresh} new numbers")


@budgets.command("close-year")
@click.option("--department", required=True, help="organisation id of the department")
@click.option("--year", required=True, type=int, help="fiscal year")
@click.option("--as", "username", required=True, help="the finance clerk who does this; another one signs")
@click.option("--until", type=click.Choice(STEPS[:-1]), default="settle", show_default=True, help="last step to do")
def close_year(department: str, year: int, username: str, until: str) -> None:
    """Go on with the closing of a year, one unit of work per step, and per batch of lines; may be started again."""
    actor = clerk(username, department)
    for step in STEPS[: STEPS.index(until) + 1]:
        while not _stepped(actor, department, year, step):
            pass
    with work(write=False) as ctx:
        run = closings.run_of(ctx, department, year)
        click.echo(f"{year} {run.state}")


def _stepped(actor: Actor, department: str, year: int, step: str) -> bool:
    """Do one step, or one batch of lines of it; true when the step is done."""
    with work(actor) as ctx:
        run = closings.closing_of(ctx, department, year)
        passed = CLOSING_STATES.index(run.state) if run is not None and run.state in CLOSING_STATES else -1
        if STEPS.index(step) <= passed:
            return True
        if step == "settle":
            return closing.settle_lines(ctx, closings.run_of(ctx, department, year).id, limit=LINES_AT_ONCE) == 0
        closing.step(ctx, department, year, step)
    return True


def _write(file: Path, headings: Sequence[str], rows: list[list[str]]) -> None:
    as_csv = file.suffix.lower() == ".csv"
    file.write_bytes(sheets.as_csv(headings, rows) if as_csv else sheets.as_excel("指标", headings, rows))


commands: list[click.Command] = [budgets]
