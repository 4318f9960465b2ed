"""Terminal door of relations: take over a registry's file."""

from pathlib import Path

import click

from marketplace.relations import service
from marketplace.web.terminal import work


@click.group("relations", help="关联关系")
def relations() -> None:
    """Group of the commands about relations."""


@relations.command("import", help="核对登记机关的关联关系文件；加 --write 才写入")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--write", is_flag=True, help="全部核对通过后写入；不加只核对")
def import_(file: Path, *, write: bool) -> None:
    """One line per problem, then the sums. Exit code 1 when a line has a problem."""
    with work() as ctx:
        report = service.import_file(ctx, file.read_bytes(), dry_run=not write)
    for problem in report.problems:
        click.echo(f"第{problem.line}行  {problem.error.say()}  {problem.error.advise()}", err=True)
    words = "已写入" if report.written else "未写入"
    click.echo(f"{words}：单位{report.organisations}个，关系{report.relations}条，错误{len(report.problems)}处")
    if report.problems:
        raise SystemExit(1)


commands: list[click.Command] = [relations]
