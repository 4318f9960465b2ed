"""Terminal door: check a draw without trusting the market; needs no database."""

import json
from typing import TextIO

import click

from marketplace.selection.rules import verify_draw


@click.group("draw", help="摇号记录")
def draw() -> None:
    """Group of the commands about draws."""


@draw.command("verify", help="核验公开的摇号记录（JSON 文件，“-”表示标准输入）")
@click.argument("file", type=click.File(encoding="utf-8"))
def verify(file: TextIO) -> None:
    """Recompute every step of a published record; exit code 1 when anything differs."""
    try:
        record = json.load(file)
    except ValueError as error:
        raise click.ClickException(f"不是有效的 JSON 文件：{error}") from error
    problems = verify_draw(record)
    for problem in problems:
        click.echo(f"不符：{problem}")
    if problems:
        raise click.exceptions.Exit(1)
    click.echo(f"通过：采购项目{record['tender']}，{len(record['pool'])}名候选，第一位 {record['order'][0]}")


commands: list[click.Command] = [draw]
