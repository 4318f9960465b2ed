"""The worker: APScheduler with one job, tick. Several may run; rows, not schedulers, are the truth."""

import logging
import signal
import threading
from typing import Any

import click
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from marketplace.kernel.context import Runtime
from marketplace.web import terminal

log = logging.getLogger("marketplace.worker")
TICK_SECONDS = 1


def start(runtime: Runtime, seconds: float = TICK_SECONDS) -> BackgroundScheduler:
    """Start ticking in the background; returns the scheduler so that the caller can shut it down."""
    scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC")
    scheduler.add_job(
        _tick,
        "interval",
        args=[runtime],
        seconds=seconds,
        id="tick",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    return scheduler


def _tick(runtime: Runtime) -> None:
    """One tick; a database that is away for a moment must not end the worker."""
    try:
        runtime.tick()
    except Exception:
        log.exception("tick failed; the next one tries again")


@click.command("worker")
@click.option("--once", is_flag=True, help="Keep what is due now and end.")
def command(*, once: bool) -> None:
    """Keep the deadlines: closing, publicity, payments, sealing, sweeps."""
    runtime = terminal.runtime()
    if once:
        click.echo(f"kept {runtime.settle()} deadlines")
        return
    stop = threading.Event()

    def end(number: int, frame: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    scheduler = start(runtime)
    click.echo("worker: ticking every second; Ctrl-C ends")
    stop.wait()
    scheduler.shutdown(wait=True)
