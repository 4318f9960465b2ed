"""Terminal door: look into a room, check its published record, move what is due by hand."""

import json
from typing import TextIO

import click

from marketplace.auctions import queries, service
from marketplace.auctions.rules import value_text, verify_audit
from marketplace.auctions.schemas import LABELS
from marketplace.kernel.clock import SHANGHAI
from marketplace.web.terminal import work


@click.group("auction", help="网上竞价室")
def auction() -> None:
    """Group of the commands about auction rooms."""


@auction.command("show", help="查看一间竞价室（只有代号，没有名称）")
@click.argument("number")
def show(number: str) -> None:
    """The public face of a room."""
    with work(write=False) as ctx:
        row = queries.room(ctx, number)
        starts = row.starts_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        status, form = LABELS["auction.status"][row.status], LABELS["auction.form"][row.face["form"]]
        click.echo(f"{row.number}  {form}  {status}  开始：{starts}")
        if stage := row.face["stage"]:
            click.echo(f"阶段：{LABELS['auction.stage'][stage['kind']]}  截止：{stage['ends_at']}")
        for line in row.face["standings"]:
            click.echo(f"  第{line['place']}位  {line['seat']}号  {value_text(line['value'], row.face['unit'])}")


@auction.command("verify", help="核验公开的竞价过程文件（JSON 文件，“-”表示标准输入）")
@click.argument("file", type=click.File(encoding="utf-8"))
def verify(file: TextIO) -> None:
    """Repeat every stage and quote of a published record; exit code 1 when anything differs. Needs no database."""
    try:
        record = json.load(file)
    except ValueError as error:
        raise click.ClickException(f"不是有效的 JSON 文件：{error}") from error
    problems = verify_audit(record)
    for problem in problems:
        click.echo(f"不符：{problem}")
    if problems:
        raise click.exceptions.Exit(1)
    last = record["entries"][-1]
    click.echo(
        f"通过：采购项目{record['tender']}，{len(record['entries'])}条记录，第一位{last['standings'][0]['seat']}号"
    )


@auction.command("drive", help="推进到时的竞价室，与后台进程所做相同")
def drive() -> None:
    """Move every room whose time has come by one step."""
    with work() as ctx:
        click.echo(f"{service.drive(ctx).rooms}间")


commands: list[click.Command] = [auction]
