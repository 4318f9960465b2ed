"""Timer door: arrange rooms, move those whose time has come, finish those that ended."""

from collections.abc import Callable
from datetime import timedelta

from marketplace.auctions import queries, service
from marketplace.kernel.context import Ctx, Runtime
from marketplace.selection import ceremony
from marketplace.selection.errors import DrawAwaited

LOOK_AGAIN = timedelta(minutes=1)


def _schedule(ctx: Ctx, tender_id: str) -> None:
    service.schedule(ctx, tender_id)


def _finish(ctx: Ctx, auction_id: str) -> None:
    """An award that waits for the seeds of a draw is undone, but for the frozen pool, and tried again."""
    try:
        with ctx.session.begin_nested():
            service.finish(ctx, auction_id)
    except DrawAwaited as waiting:
        ceremony.freeze(ctx, **waiting.pool)
        ctx.promise("auction.finish", auction_id, ctx.now + LOOK_AGAIN)


def drive_some(runtime: Runtime) -> bool:
    """Move one batch of the rooms that are due; whether more may be waiting. Several drivers at once share them."""
    with runtime.work(write=False) as ctx:
        if not queries.is_due(ctx):
            return False
    with runtime.work() as ctx:
        return service.drive(ctx) == service.BATCH


def drive(runtime: Runtime) -> None:
    """Move all rooms that are due."""
    while drive_some(runtime):
        pass


HANDLERS: dict[str, Callable[[Ctx, str], None]] = {"auction.schedule": _schedule, "auction.finish": _finish}
AFTER_TICK = [drive]
