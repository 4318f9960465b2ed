"""Terminal door: look at tenders, and close one whose time has come."""

import click

from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.money import yuan
from marketplace.tenders import queries, service
from marketplace.tenders.models import Tender
from marketplace.tenders.schemas import LABELS
from marketplace.web.terminal import work


@click.group("tenders", help="采购项目")
def tenders() -> None:
    """Group of the commands about tenders."""


@tenders.command("list", help="列出已发布的采购项目，最新在前")
@click.option("--stage", default="", help="只列某一阶段，例如 open")
@click.option("--text", default="", help="标题、内容中包含的词")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="最多列出几条")
def list_(stage: str, text: str, limit: int) -> None:
    """One line per published tender."""
    with work(write=False) as ctx:
        wanted = queries.notices(stage=stage, text=text).order_by(Tender.published_at.desc(), Tender.id.desc())
        for row in ctx.session.scalars(wanted.limit(limit)):
            click.echo(f"{row.number}  {LABELS['tender.stage'][row.stage]}  {yuan(row.ceiling_fen)}元  {row.title}")


@tenders.command("show", help="查看一个采购项目")
@click.argument("number")
def show(number: str) -> None:
    """The facts of one tender; offers only after the opening."""
    with work(write=False) as ctx:
        row = queries.by_number(ctx, number)
        closes = row.closes_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if row.closes_at else "-"
        click.echo(f"{row.number} {row.title}\n阶段：{LABELS['tender.stage'][row.stage]}  截止：{closes}")
        click.echo(f"最高限价：{yuan(row.ceiling_fen)}元  方式：{row.method}")
        for offer in queries.offers(ctx, row.id):
            price = "-" if offer.price_fen is None else yuan(offer.price_fen)
            click.echo(f"  {offer.rank or '-'}  {offer.agency_name or '（无法开启）'}  {price}元  {offer.reason}")


@tenders.command("close", help="开启到期的采购项目（须持有开封密钥）")
@click.argument("number")
def close(number: str) -> None:
    """Close one tender by hand, exactly as the timer does."""
    with work() as ctx:
        row = service.close(ctx, queries.by_number(ctx, number).id)
        click.echo(f"{row.number} {LABELS['tender.stage'][row.stage]}")


commands: list[click.Command] = [tenders]
