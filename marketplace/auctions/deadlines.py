"""Timer door: arrange rooms, move those whose time has come, finish those that ended."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

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


def _key_due(ctx: Ctx, auction_id: str) -> None:
    """Source: rulebook bidding.late_seconds."""
    service.await_key(ctx, auction_id)


def _key_void(ctx: Ctx, auction_id: str) -> None:
    """Source: rulebook opening.void_workdays."""
    service.void_unopened(ctx, auction_id)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a batch did. more: whether others may be waiting. faces: what is new to see, by number.

    rest: seconds until the next room has to move, as it was known before; None when none will.
    """

    more: bool
    faces: dict[str, dict[str, Any]]
    rest: float | None


def drive_some(runtime: Runtime) -> Progress:
    """Move one batch of the rooms that are due. Several drivers at once share them."""
    with runtime.glance() as ctx:  # a write transaction is not opened for nothing
        due = queries.next_due(ctx)
        rest = None if due is None else (due - ctx.now).total_seconds()
    if rest is None or rest > 0:
        return Progress(more=False, faces={}, rest=rest)
    with runtime.work() as ctx:
        done = service.drive(ctx)
    return Progress(done.rooms == service.BATCH, done.faces, None)


def drive(runtime: Runtime) -> None:
    """Move all rooms that are due."""
    while drive_some(runtime).more:
        pass


HANDLERS: dict[str, Callable[[Ctx, str], None]] = {
    "auction.schedule": _schedule,
    "auction.finish": _finish,
    "auction.key_due": _key_due,
    "auction.key_void": _key_void,
}
AFTER_TICK = [drive]
