"""Terminal door: look at tenders, and close one whose time has come."""

import json
import secrets
from pathlib import Path
from typing import TextIO

import click

from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.keys import KEEPERS, KeyRing, new_keeper
from marketplace.kernel.money import yuan
from marketplace.selection import rules as draws
from marketplace.selection import stock
from marketplace.tenders import queries, rules, service
from marketplace.tenders.models import Tender
from marketplace.tenders.queries import openings
from marketplace.tenders.schemas import LABELS
from marketplace.web.terminal import work

SEALED = {
    "envelope": "密钥份额（报名截止后提交）",
    "seed_envelope": "摇号种子（名单冻结后提交）",
    "invite_envelope": "邀请抽取种子（公告发布后尽快提交）",
}


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
        cursor: str | None = None
        rows: list[Tender] = []
        while len(rows) < limit:
            page = queries.page_of_notices(ctx, text=text, cursor=cursor, stage=stage)
            rows, cursor = [*rows, *page.items], page.next
            if cursor is None:
                break
        for row in rows[:limit]:
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


@click.group("keeper", help="报价密钥与摇号种子的保管人")
def keeper() -> None:
    """Group of the commands about keepers."""


@keeper.command("new", help="为保管人生成一对密钥；私钥只显示这一次")
@click.argument("name", type=click.Choice(KEEPERS))
def new(name: str) -> None:
    """A pair of keys for one keeper; run it on the keeper's own machine."""
    private, published = new_keeper()
    click.echo(f"公钥（交运营机构写入 MARKETPLACE_KEEPERS）：\n{name}={published}")
    click.echo(f"私钥（抄录两份，分开封存；丢失后本保管人的份额无法解出）：\n{name}={private}")


@keeper.command("unseal", help="解出份额文件中的份额和种子；不联网，不用数据库")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option(
    "--key", envvar="MARKETPLACE_KEEPER_KEY", prompt="私钥", hide_input=True, help="保管人的私钥（64位十六进制）"
)
def unseal(file: TextIO, key: str) -> None:
    """Print what a keeper hands in; exit code 1 when the key or the file does not fit."""
    try:
        sealed = json.load(file)
        ring = KeyRing(b"", {}, {sealed["keeper"]: key.strip()})
        found = {name: ring.unseal(sealed["keeper"], sealed[name]).hex() for name in SEALED if sealed.get(name)}
    except (ValueError, KeyError, TypeError) as error:
        raise click.ClickException("私钥与份额文件不符，或文件不完整") from error
    click.echo(f"采购项目：{sealed['tender']}　保管人：{rules.KEEPER_NAMES[sealed['keeper']]}")
    for name, text in found.items():
        click.echo(f"{SEALED[name]}：\n{text}")


@keeper.command("hand-in", help="报名截止后提交份额；不给出份额时用本机持有的私钥")
@click.argument("number")
@click.option("--keeper", "name", required=True, type=click.Choice(KEEPERS), help="保管人")
@click.option("--share", default="", help="份额（66位十六进制）")
def hand_in(number: str, name: str, share: str) -> None:
    """Hand in a keeper's share; with the last one needed the bids are opened."""
    with work() as ctx:
        tender = queries.by_number(ctx, number)
        text = share or ctx.keys.unseal(name, openings.sealed(ctx, tender, name)["envelope"]).hex()
        row = service.hand_in_share(ctx, tender.id, keeper=name, share=text)
        click.echo(f"{row.number} {LABELS['tender.stage'][row.stage]}")


@keeper.command("seeds", help="生成一批摇号承诺，输出为文件内容；种子只封存给本保管人。不联网，不用数据库")
@click.argument("name", type=click.Choice(draws.KEEPERS))
@click.option("--public", required=True, help="本保管人的公钥（64位十六进制）")
@click.option("--count", default=50, show_default=True, type=click.IntRange(1, stock.MOST), help="份数")
def seeds(name: str, public: str, count: int) -> None:
    """Commitments made on a keeper's own machine; `keeper deposit` or the keepers' page takes them in."""
    try:
        made = stock.made(KeyRing(b"", {name: public.strip()}), name, count, secrets.token_bytes)
    except ValueError as error:
        raise click.ClickException("公钥不是64位十六进制") from error
    click.echo(json.dumps({"keeper": name, "commitments": made}))


@keeper.command("deposit", help="交存摇号承诺：给出文件则交存其内容，不给出则用本机持有的私钥生成")
@click.argument("name", type=click.Choice(draws.KEEPERS))
@click.argument("file", type=click.File(encoding="utf-8"), required=False)
@click.option(
    "--count", default=50, show_default=True, type=click.IntRange(1, stock.MOST), help="不给出文件时生成的份数"
)
def deposit(name: str, file: TextIO | None, count: int) -> None:
    """Fill a keeper's stock by hand; prints how many lie there."""
    try:
        rows = json.load(file)["commitments"] if file else []
    except (ValueError, LookupError, TypeError) as error:
        raise click.ClickException("不是摇号承诺文件") from error
    with work() as ctx:
        if file:
            stock.hand_in(ctx, name, rows)
        else:
            stock.deposit(ctx, name, count)
        click.echo(f"{rules.KEEPER_NAMES[name]}：预存摇号承诺 {stock.in_stock(ctx, name)} 份")


@keeper.command("waiting", help="列出等待某一保管人的采购项目")
@click.argument("name", type=click.Choice(KEEPERS))
def waiting(name: str) -> None:
    """One line per tender that waits for a keeper."""
    with work(write=False) as ctx:
        for tender, waits in openings.duties(ctx, name):
            click.echo(f"{tender.number}  {waits}  {tender.title}")


@click.group("import", help="导入其他系统的历史数据")
def import_() -> None:
    """Group of the commands that take over history."""


@import_.command("tenders", help="核对历史采购项目文件；加 --write 才写入")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--write", is_flag=True, help="全部核对通过后写入；不加只核对")
def import_tenders(file: Path, *, write: bool) -> None:
    """One line per problem, then the sum. Exit code 1 when a line has a problem."""
    with work() as ctx:
        report = service.import_history(ctx, file.read_bytes(), dry_run=not write)
    for problem in report.problems:
        click.echo(f"第{problem.line}行  {problem.column}  {problem.text}", err=True)
    done = "已写入" if report.written else "未写入"
    click.echo(f"{done}：采购项目{report.tenders}个，错误{len(report.problems)}处")
    if report.problems:
        raise SystemExit(1)


commands: list[click.Command] = [tenders, keeper, import_]
