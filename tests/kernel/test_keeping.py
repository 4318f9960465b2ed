"""Promises that are kept many at once: portions, leases, two workers, and workers that die or are slow."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.kernel import deadlines, keeping
from marketplace.kernel.context import Batch
from marketplace.kernel.deadlines import Deadline
from marketplace.worker import _tick

PORTION, KIND = 3, "test.many"
SUBJECTS = [f"thing/{number}" for number in range(2 * PORTION)]


class Killed(BaseException):
    """What ends a worker where it stands."""


@pytest.fixture
def kept(runtime, monkeypatch):
    """Six promises that are due, kept three at a time; what was kept, in order, alone or not."""
    found = []

    def keep(ctx, subjects, prepared):
        assert prepared is None or set(subjects) <= set(prepared)
        found.extend(subjects)

    monkeypatch.setattr(keeping, "PORTION", PORTION)
    runtime.handlers = {KIND: lambda ctx, subject: found.append(subject)}
    runtime.batches = {KIND: Batch(keep, lambda ctx, subjects: subjects)}
    runtime.recurring, runtime.after_tick = {}, []
    with runtime.work() as ctx:
        for subject in SUBJECTS:
            ctx.promise(KIND, subject, ctx.now)
    return found


def preparing(runtime, prepare):
    runtime.batches = {KIND: Batch(runtime.batches[KIND].keep, prepare)}


def test_a_tick_keeps_portion_after_portion_up_to_its_limit(runtime, kept):
    assert (runtime.tick(PORTION), runtime.tick(), runtime.tick()) == (PORTION, PORTION, 0)
    assert sorted(kept) == SUBJECTS


def test_two_workers_take_different_ones(runtime, kept):
    """Both have their portion in hand before one of them goes on."""
    met, portions = threading.Barrier(2, timeout=20), []

    def prepare(ctx, subjects):
        portions.append(subjects)
        met.wait()
        return subjects

    preparing(runtime, prepare)
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(runtime.tick, [PORTION, PORTION])) == len(SUBJECTS)
    assert sorted(portions[0] + portions[1]) == SUBJECTS
    assert sorted(kept) == SUBJECTS


def test_what_a_dead_worker_had_taken_is_taken_by_another_after_the_lease(runtime, clock, kept):
    def die(ctx, subjects):
        raise Killed

    healthy = runtime.batches
    preparing(runtime, die)
    with pytest.raises(Killed):
        runtime.tick()
    runtime.batches = healthy
    assert (runtime.tick(), len(kept)) == (PORTION, PORTION)
    clock.advance(seconds=deadlines.LEASE.total_seconds() - 1)
    assert runtime.tick() == 0
    clock.advance(seconds=1)
    assert runtime.tick() == PORTION
    assert sorted(kept) == SUBJECTS


def test_a_worker_whose_lease_runs_out_keeps_nothing_again(runtime, clock, kept):
    """While it prepares, another takes what it had, and keeps it; and it claims what is left: nothing."""
    turns = Counter()

    def slow(ctx, subjects):
        turns["slow"] += 1
        if turns["slow"] == 1:
            clock.advance(seconds=deadlines.LEASE.total_seconds())
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(runtime.tick).result() == len(SUBJECTS)
        return subjects

    preparing(runtime, slow)
    assert runtime.tick() == 0
    assert sorted(kept) == SUBJECTS


def test_a_lease_puts_off_no_promise_that_is_moved_or_withdrawn(runtime, clock, kept):
    with runtime.work() as ctx:
        taken = deadlines.take(ctx.session, KIND, ctx.now, PORTION)
        ctx.promise(KIND, SUBJECTS[0], ctx.now + timedelta(seconds=1))
        ctx.release(KIND, SUBJECTS[1])
    assert sorted(taken.values()) == SUBJECTS[:PORTION]
    clock.advance(seconds=1)
    assert runtime.tick() == PORTION + 1
    clock.advance(seconds=deadlines.LEASE.total_seconds())
    assert runtime.tick() == 1
    assert sorted(kept) == [SUBJECTS[0], *SUBJECTS[2:]]


def test_a_worker_goes_on_at_once_while_ticks_are_full_and_until_it_is_told_to_stop():
    class Ticking:
        running, rounds = True, 0

        def tick(self):
            self.rounds += 1
            self.running = self.rounds != 3
            return keeping.LIMIT if self.rounds != 5 else 1

    ticking = Ticking()
    _tick(ticking, ticking)
    assert ticking.rounds == 3
    _tick(ticking, ticking)
    assert ticking.rounds == 5


def test_one_that_fails_is_tried_again_by_itself_and_the_others_are_kept(runtime, clock, kept):
    def keep(ctx, subjects, prepared):
        raise ValueError("together")

    def alone(ctx, subject):
        if subject == SUBJECTS[0]:
            raise ValueError("alone")
        kept.append(subject)

    runtime.handlers, runtime.batches = {KIND: alone}, {KIND: Batch(keep, lambda ctx, subjects: None)}
    assert runtime.tick() == len(SUBJECTS) - 1
    with runtime.work(write=False) as ctx:
        waiting = ctx.session.scalars(select(Deadline).where(Deadline.subject == SUBJECTS[0])).one()
        assert (waiting.done_at, waiting.tries) == (None, 1)
        assert waiting.retry_at == clock() + deadlines.FIRST_RETRY
