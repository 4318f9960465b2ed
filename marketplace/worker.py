"""The worker: APScheduler with one job, tick. Several may run; rows, not schedulers, are the truth."""

import gc
import logging
import signal
import threading
from typing import Any

import click
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from marketplace.kernel.context import Runtime
from marketplace.kernel.keeping import LIMIT
from marketplace.web import terminal

log = logging.getLogger("marketplace.worker")
TICK_SECONDS = 1
# While every tick finds as much as it takes, so many follow each other without waiting for the next second.
ROUNDS = 100
# What a closing makes is given back by counting; the collector would walk through all of it again and again.
COLLECT = (50_000, 20, 20)


def start(runtime: Runtime, seconds: float = TICK_SECONDS) -> BackgroundScheduler:
    """Start ticking in the background; returns the scheduler so that the caller can shut it down."""
    # A tick that works on past the next second is no news.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC")
    scheduler.add_job(
        _tick,
        "interval",
        args=[runtime, scheduler],
        seconds=seconds,
        id="tick",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    return scheduler


def _tick(runtime: Runtime, scheduler: BackgroundScheduler) -> None:
    """One tick, and more at once while they are full; a database that is away must not end the worker."""
    try:
        for _ in range(ROUNDS):
            if runtime.tick() < LIMIT or not scheduler.running:
                break
    except Exception:
        log.exception("tick failed; the next one tries again")


@click.command("worker")
@click.option("--once", is_flag=True, help="Keep what is due now and end.")
def command(*, once: bool) -> None:
    """Keep the deadlines: closing, publicity, payments, sealing, sweeps."""
    runtime = terminal.runtime()
    gc.set_threshold(*COLLECT)
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
