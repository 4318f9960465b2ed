"""`python -m marketplace.payments.sandbox`: the sandbox in a process of its own."""

import json
import signal
import threading
from pathlib import Path

import click

from marketplace.payments.sandbox import RealKeysNearby, start_sandbox


@click.command("sandbox")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("var/sandbox"),
    envvar="MARKETPLACE_SANDBOX",
    show_default=True,
    help="its keys, its book and the address it listens on",
)
@click.option("--port", type=int, default=0, help="0 takes a free port of the loopback address")
@click.option("--certificates", is_flag=True, help="speak certificate mode instead of key mode")
def main(folder: Path, port: int, *, certificates: bool) -> None:
    """Run the payment sandbox: play money, loopback only."""
    try:
        sandbox = start_sandbox(folder, port=port, certificates=certificates)
    except RealKeysNearby as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(json.dumps({"url": sandbox.url, "note": "sandbox: no real money"}))
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    sandbox.stop()


if __name__ == "__main__":
    main()
