"""The console script `marketplace`: every domain's commands and the ones that run the service."""

import click

from marketplace import migrate, worker
from marketplace.app import create_app
from marketplace.bench.command import command as bench_command
from marketplace.extension import commands
from marketplace.kernel.errors import DomainError
from marketplace.operations import check_command, config_command, serve_command
from marketplace.web.terminal import Opener, Refused


class Root(click.Group):
    """The root group: shows refusals as refusals."""

    def invoke(self, ctx: click.Context) -> object:
        ctx.obj = ctx.obj or Opener(lambda: create_app(holds_keys=True))
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise Refused(error) from error


group = Root("marketplace", help="网上中介服务超市 · the intermediary service marketplace")
for _command in [
    *commands(),
    migrate.group,
    worker.command,
    serve_command,
    config_command,
    check_command,
    bench_command,
]:
    group.add_command(_command)


def main() -> None:
    """Entry point of the console script."""
    group()
