"""The console script `marketplace`: the same commands as a host's `flask marketplace`."""

from marketplace.app import create_app
from marketplace.extension import CommandGroup
from marketplace.web.terminal import Opener

group = CommandGroup("marketplace", help="网上中介服务超市 · intermediary service marketplace")


def main() -> None:
    """Entry point of the console script."""
    group(obj=Opener(lambda: create_app(holds_keys=True)))
