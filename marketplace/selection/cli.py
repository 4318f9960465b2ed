"""Terminal door: check a draw or a ranking without trusting the market; needs no database."""

import json
from collections.abc import Mapping
from typing import Any, TextIO

import click

from marketplace.selection import rfc3797 as rfc
from marketplace.selection.methods import BUILTINS
from marketplace.selection.ranking import verify_ranking
from marketplace.selection.rules import verify_draw
from marketplace.selection.sources.beacon import Beacon, signs

BAD_SIGNATURE = "drand信标的签名不是该网络在这一轮的签名"


@click.group("draw", help="摇号记录")
def draw() -> None:
    """Group of the commands about draws."""


@draw.command("verify", help="核验公开的摇号记录（JSON 文件，“-”表示标准输入）")
@click.option("--rfc3797", is_flag=True, help="核验他处按 RFC 3797 举行的摇号：{sources, pool, picks}")
@click.option("--beacon", is_flag=True, help="同时核验 drand 信标的签名（须安装 marketplace[drand]）")
@click.argument("file", type=click.File(encoding="utf-8"))
def verify(file: TextIO, *, rfc3797: bool, beacon: bool) -> None:
    """Recompute every step of a published record; exit code 1 when anything differs."""
    record = _read(file)
    problems = rfc.verify(record) if rfc3797 else verify_draw(record)
    if beacon and not problems:
        problems = [BAD_SIGNATURE for value in record.get("public", []) if not _is_signed(value)]
    _judge(problems)
    if rfc3797:
        click.echo(f"通过：{record['pool']}名候选，依次抽中 {'、'.join(str(pick) for pick in record['picks'])} 号")
        return
    click.echo(f"通过：采购项目{record['tender']}，{len(record['pool'])}名候选，第一位 {record['order'][0]}")


def _is_signed(value: Mapping[str, Any]) -> bool:
    return value["source"] != Beacon.code or signs(value["round"], value["signature"])


@click.group("ranking", help="选取记录")
def ranking() -> None:
    """Group of the commands about rankings."""


@ranking.command("verify", help="核验公开的选取记录（JSON 文件，“-”表示标准输入）")
@click.argument("file", type=click.File(encoding="utf-8"))
def verify_record(file: TextIO) -> None:
    """Rank the offers of a published record again; exit code 1 when anything differs."""
    record = _read(file)
    _judge(verify_ranking(record, BUILTINS))
    first = record["order"][0]
    known = f"采购项目{record['tender']}，{len(record['offers'])}份有效报价"
    click.echo(f"通过：{known}，第一位 {first['label']}：{first['reason']}")


def _read(file: TextIO) -> Any:
    try:
        return json.load(file)
    except ValueError as error:
        raise click.ClickException(f"不是有效的 JSON 文件：{error}") from error


def _judge(problems: list[str]) -> None:
    for problem in problems:
        click.echo(f"不符：{problem}")
    if problems:
        raise click.exceptions.Exit(1)


commands: list[click.Command] = [draw, ranking]
