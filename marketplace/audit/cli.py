"""Terminal door of the log: seal now, check everything, export, check a file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from marketplace.audit import queries, service, verifier
from marketplace.web.terminal import work


@click.group("audit", help="事件日志")
def audit() -> None:
    """Group of the commands about the log."""


@audit.command("seal", help="立即封存待封存的事件并签署树头")
def seal() -> None:
    """Seal what waits; prints size and root of the newest head."""
    with work() as ctx:
        head = service.seal(ctx)
        click.echo(f"{head.size} {head.root}" if head else "日志为空")


@audit.command("verify", help="重新计算全部事件、树和树头签名")
def verify() -> None:
    """Check the whole log; every problem on a line, exit code 1 when there is one."""
    with work(write=False) as ctx:
        problems = queries.problems(ctx)
        head = queries.latest_head(ctx)
        size = head.size if head else 0
    for problem in problems:
        click.echo(problem)
    if problems:
        raise click.ClickException(f"日志核验未通过：{len(problems)} 个问题")
    click.echo(f"日志核验通过：已封存 {size} 个事件")


@audit.command("export", help="导出日志（每行一个 JSON）：树头，随后依次为每个叶子；未公开的内容不导出")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def export(file: Path) -> None:
    """Write the log as anybody may copy it."""
    with work(write=False) as ctx, file.open("w", encoding="utf-8") as stream:
        head = queries.latest_head(ctx)
        stream.write(json.dumps({"head": queries.head_document(head) if head else None}) + "\n")
        count = 0
        for line in queries.published(ctx):
            stream.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
            count += 1
    click.echo(f"已导出 {count} 个叶子")


@audit.command("check", help="离线核验回执、证明、树头或摇号记录文件")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--key", default=None, help="要求的签名公钥（十六进制）")
def check(file: str, key: str | None) -> None:
    """The same check as the one-file verifier."""
    raise SystemExit(verifier.main([file, *(["--key", key] if key else [])]))


@click.command("verify", help="离线核验回执、证明、树头、开启记录、摇号或选取记录文件；不连接数据库")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--key", default=None, help="要求的签名公钥（十六进制）")
def verify_files(files: tuple[str, ...], key: str | None) -> None:
    """Check every file by the one-file verifier; exit code 0 only when all of them hold with nothing left on trust."""
    codes = []
    for file in files:
        click.echo(f"{file}:")
        codes.append(verifier.main([file, *(["--key", key] if key else [])]))
    raise SystemExit(next(code for code in (2, 1, 3, 0) if code in codes))


commands: list[click.Command] = [audit, verify_files]
