"""Terminal door of the agencies."""

from __future__ import annotations

from datetime import datetime

import click

from marketplace.agencies import queries, service
from marketplace.agencies.models import Agency
from marketplace.kernel.clock import SHANGHAI
from marketplace.web.paging import MAX_ROWS, page_of
from marketplace.web.terminal import work


@click.group("agencies", help="中介服务机构")
def agencies() -> None:
    """Group of the commands about agencies."""


def _line(row: Agency) -> str:
    stars = f"{row.stars}★" if row.stars else "—"
    return f"{row.uscc}  {row.standing:<9}  {stars}  {row.name}"


@agencies.command("list", help="列出机构，可按名称、事项、地区和状态筛选")
@click.option("--text", default="", help="名称、服务或地区中的词")
@click.option("--item", default="", help="服务事项编号")
@click.option("--region", default="", help="行政区划代码，例如 320000")
@click.option("--standing", default="", help="active、suspended、left 或 expelled")
def list_agencies(text: str, item: str, region: str, standing: str) -> None:
    """Print every agency that fits, newest first."""
    with work(write=False) as ctx:
        wanted = queries.directory(text=text, item_code=item, region=region, standing=standing)
        after: str | None = None
        while True:
            page = page_of(ctx.session, wanted, key=(Agency.id,), descending=True, cursor=after, rows=MAX_ROWS)
            for row in page.items:
                click.echo(_line(row))
            after = page.next
            if after is None:
                break


@agencies.command("show", help="显示一家机构")
@click.argument("uscc")
def show(uscc: str) -> None:
    """Print an agency with services, certificates and running suspensions."""
    with work(write=False) as ctx:
        row = queries.by_uscc(ctx, uscc)
        click.echo(_line(row))
        for scope in queries.scopes(ctx, row.id):
            click.echo(f"服务事项 {scope.item_code}")
        for paper in queries.qualifications(ctx, row.id):
            click.echo(f"资质 {paper.item_code} {paper.number} {paper.valid_from} — {paper.valid_to or '长期'}")
        for stop in queries.suspensions(ctx, row.id):
            click.echo(f"暂停 {stop.id} {stop.reach} 至 {stop.until or '消除原因'}：{stop.reason}")


@agencies.command("suspend", help="暂停一家机构的全部服务或一个事项")
@click.argument("uscc")
@click.option("--reason", required=True, help="原因，将对外公示")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), default=None, help="截止日（北京时间零时恢复），不填则须人工恢复"
)
@click.option("--reach", default="all", show_default=True, help="all 或服务事项编号")
def suspend(uscc: str, reason: str, until: datetime | None, reach: str) -> None:
    """Suspend; prints the id that reinstates it."""
    with work() as ctx:
        row = queries.by_uscc(ctx, uscc)
        end = until.replace(tzinfo=SHANGHAI) if until else None
        stop = service.suspend(ctx, row.id, reason=reason, until=end, reach=reach)
        click.echo(stop.id)


@agencies.command("reinstate", help="提前解除一项暂停")
@click.argument("uscc")
@click.argument("suspension_id")
def reinstate(uscc: str, suspension_id: str) -> None:
    """End one suspension now."""
    with work() as ctx:
        row = service.reinstate(ctx, queries.by_uscc(ctx, uscc).id, suspension_id=suspension_id)
        click.echo(_line(row))


commands: list[click.Command] = [agencies]
