"""Keeping promises: what a worker does in one tick. Rows are the truth: workers take different ones, each is kept once.

Where a handler takes many, a worker takes a portion for a while (the lease), prepares what can be prepared without
holding anybody up, and then claims and keeps them in one unit of work. A lease only keeps two from doing the same
work: what was claimed by another meanwhile is left alone, and what a killed worker had taken is taken by the next.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from marketplace.kernel import deadlines, outbox
from marketplace.kernel.errors import LostRace

if TYPE_CHECKING:
    from marketplace.kernel.context import Batch, Runtime

log = logging.getLogger("marketplace")

# How many promises a tick looks for, and how many of one kind are kept in one unit of work.
LIMIT, PORTION = 200, 100


def tick(runtime: "Runtime", limit: int) -> int:
    """Keep due promises, then send what waits to be sent; returns how many promises this call kept."""
    _promise_recurring(runtime)
    with runtime.glance() as ctx:
        waiting = deadlines.due(ctx.session, ctx.now, limit)
        mail = runtime.deliver is not None and outbox.any_waiting(ctx.session, ctx.now)
    kept = sum(_keep(runtime, id) for id, kind in waiting if kind not in runtime.batches)
    found = {kind for _, kind in waiting}
    kept += sum(_keep_many(runtime, kind, limit) for kind in runtime.batches if kind in found)
    if mail or kept:
        _drain(runtime)
    for hook in runtime.after_tick:
        hook(runtime)
    return kept


def _promise_recurring(runtime: "Runtime") -> None:
    if runtime.recurring_promised:
        return
    with runtime.work(write=False) as ctx:
        missing = [kind for kind in runtime.recurring if not deadlines.known(ctx.session, kind, "market")]
    runtime.recurring_promised = not missing
    if not missing:
        return
    try:
        with runtime.work() as ctx:
            for kind in missing:
                ctx.promise(kind, "market", runtime.recurring[kind](ctx.now))
    except LostRace:
        log.debug("another worker has promised the recurring deadlines")


def _keep_many(runtime: "Runtime", kind: str, limit: int) -> int:
    """Keep due promises of a kind whose handler takes many, a portion at a time, up to a limit."""
    kept = 0
    for _ in range(0, limit, PORTION):
        with runtime.work() as ctx:
            taken = deadlines.take(ctx.session, kind, ctx.now, PORTION)
        if not taken:
            break
        kept += _keep_some(runtime, kind, taken)
    return kept


def _keep_some(runtime: "Runtime", kind: str, taken: Mapping[str, str]) -> int:
    """Keep promises of one kind in one unit of work; when that fails, each by itself: one must not harm another."""
    if len(taken) > 1:
        try:
            return _keep_together(runtime, runtime.batches[kind], taken)
        except Exception:
            log.exception("%s deadlines failed together; now each by itself", len(taken))
    return sum(_keep(runtime, id) for id in taken)


def _keep_together(runtime: "Runtime", batch: "Batch", taken: Mapping[str, str]) -> int:
    prepared = _prepared(runtime, batch, sorted(taken.values()))
    with runtime.work() as ctx:
        claimed = deadlines.claim_many(ctx.session, taken, ctx.now)
        if claimed:
            batch.keep(ctx, sorted(claimed.values()), prepared)
    return len(claimed)


def _prepared(runtime: "Runtime", batch: "Batch", subjects: list[str]) -> Any:
    """What could be prepared, or None: then the handler does without, and says itself what is wrong."""
    try:
        with runtime.work(write=False) as ctx:
            return batch.prepare(ctx, subjects)
    except Exception:
        log.exception("%s deadlines could not be prepared", len(subjects))
        return None


def _keep(runtime: "Runtime", id: str) -> bool:
    try:
        with runtime.work() as ctx:
            taken = deadlines.claim(ctx.session, id, ctx.now)
            if taken is None:
                return False
            kind, subject = taken
            runtime.handlers[kind](ctx, subject)
            if kind in runtime.recurring:
                ctx.promise(kind, subject, runtime.recurring[kind](ctx.now))
    except Exception as error:
        log.exception("deadline %s failed", id)
        with runtime.work() as ctx:
            said = f"{type(error).__name__}: {error}"
            deadlines.note_failure(ctx.session, id, ctx.now, said, endless=runtime.recurring)
        return False
    return True


def _drain(runtime: "Runtime") -> None:
    if runtime.deliver is None:
        return
    with runtime.work() as ctx:
        taken = outbox.take(ctx.session, ctx.now)
    # No transaction is open while a host listens: its handler may write to the same database.
    results = {one.id: _hand_over(runtime, one.id, one.topic, one.payload) for one in taken}
    if results:
        with runtime.work() as ctx:
            outbox.settle(ctx.session, results, ctx.now)


def _hand_over(runtime: "Runtime", id: str, topic: str, payload: Mapping[str, Any]) -> str | None:
    assert runtime.deliver is not None
    try:
        runtime.deliver(topic, payload)
    except Exception as error:
        log.exception("message %s was not delivered", id)
        return f"{type(error).__name__}: {error}"
    return None
