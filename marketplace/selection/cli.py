"""Terminal door: check a draw or a ranking without trusting the market; needs no database."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import click

from marketplace.audit.verifier import trusted
from marketplace.selection import rfc3797 as rfc
from marketplace.selection.methods import BUILTINS
from marketplace.selection.ranking import verify_ranking
from marketplace.selection.rules import verify_draw

# Nothing differs, but the record takes something on trust.
ON_TRUST = 3


@click.group("draw", help="摇号记录")
def draw() -> None:
    """Group of the commands about draws."""


@draw.command("verify", help="核验公开的摇号记录（JSON 文件，“-”表示标准输入）")
@click.option("--rfc3797", is_flag=True, help="核验他处按 RFC 3797 举行的摇号：{sources, pool, picks}")
@click.argument("file", type=click.File(encoding="utf-8"))
def verify(file: TextIO, *, rfc3797: bool) -> None:
    """Recompute every step of a published record; exit code 1 when anything differs, 3 for what is taken on trust."""
    record = _read(file)
    _judge(rfc.verify(record) if rfc3797 else verify_draw(record))
    if rfc3797:
        click.echo(f"通过：{record['pool']}名候选，依次抽中 {'、'.join(str(pick) for pick in record['picks'])} 号")
        return
    click.echo(f"通过：采购项目{record['tender']}，{len(record['pool'])}名候选，第一位 {record['order'][0]}")
    _tell_trust(record)


@click.group("ranking", help="选取记录")
def ranking() -> None:
    """Group of the commands about rankings."""


@ranking.command("verify", help="核验公开的选取记录（JSON 文件，“-”表示标准输入）")
@click.argument("file", type=click.File(encoding="utf-8"))
def verify_record(file: TextIO) -> None:
    """Rank the offers of a published record again; exit code 1 when anything differs, 3 for what is on trust."""
    record = _read(file)
    _judge(verify_ranking(record, BUILTINS))
    first = record["order"][0]
    known = f"采购项目{record['tender']}，{len(record['offers'])}份有效报价"
    click.echo(f"通过：{known}，第一位 {first['label']}：{first['reason']}")
    _tell_trust(record)


def _tell_trust(record: Mapping[str, Any]) -> None:
    left: Sequence[str] = [sentence for part in trusted(record).values() for sentence in part]
    for sentence in left:
        click.echo(f"未核验：{sentence}")
    if left:
        raise click.exceptions.Exit(ON_TRUST)


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
