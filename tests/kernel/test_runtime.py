"""The unit of work, promises, the event log and the database's own refusals."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import deadlines
from marketplace.kernel.deadlines import Deadline
from marketplace.kernel.events import Event, EventRow, Unsealed, canonical, leaf_hash


@dataclass(frozen=True, slots=True)
class ThingDone(Event):
    type: ClassVar[str] = "test.thing.done"
    amount_fen: int = 0


@dataclass(frozen=True, slots=True)
class SecretThingDone(Event):
    type: ClassVar[str] = "test.secret.done"
    sealed: ClassVar[bool] = True


def test_an_event_is_stored_with_the_hash_of_its_own_text(work):
    with work() as ctx:
        done = ctx.record(ThingDone("thing/1", 5))
    with work(write=False) as ctx:
        row = ctx.session.get(EventRow, done.id)
        assert row.leaf == leaf_hash(row.body.encode()) == done.leaf
        assert ctx.session.get(Unsealed, done.id) is not None


def test_a_sealed_event_does_not_say_who(work):
    with work() as ctx:
        done = ctx.record(SecretThingDone("thing/1"))
        ctx.session.flush()
        assert ctx.session.get(EventRow, done.id).actor == "sealed"


@pytest.mark.parametrize("change", ["UPDATE marketplace_event SET type = 'x'", "DELETE FROM marketplace_event"])
def test_the_database_refuses_to_change_the_past(work, change):
    with work() as ctx:
        ctx.record(ThingDone("thing/1"))
    with pytest.raises(DBAPIError, match="append-only"), work() as ctx:
        ctx.session.execute(text(change))


def test_a_read_unit_cannot_write(work):
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), work(write=False) as ctx:
        ctx.record(ThingDone("thing/1"))
        ctx.session.flush()


def test_a_refused_unit_leaves_nothing(work):
    with pytest.raises(RuntimeError), work() as ctx:
        ctx.record(ThingDone("thing/1"))
        ctx.session.flush()
        raise RuntimeError
    with work(write=False) as ctx:
        assert ctx.session.scalars(select(EventRow).where(EventRow.type == "test.thing.done")).all() == []


def test_a_promise_is_kept_once_and_not_before_its_time(runtime, clock):
    kept = []
    runtime.handlers = {"test.act": lambda ctx, subject: kept.append((subject, ctx.now))}
    runtime.recurring, runtime.after_tick = {}, []
    with runtime.work() as ctx:
        ctx.promise("test.act", "thing/1", ctx.now + timedelta(hours=1))
    assert runtime.tick() == 0
    clock.advance(hours=1)
    assert (runtime.tick(), runtime.tick()) == (1, 0)
    assert kept == [("thing/1", clock())]


def test_promising_again_moves_the_date_instead_of_doubling_it(runtime, clock):
    kept = []
    runtime.handlers = {"test.act": lambda ctx, subject: kept.append(subject)}
    runtime.recurring, runtime.after_tick = {}, []
    for hours in (1, 3):
        with runtime.work() as ctx:
            ctx.promise("test.act", "thing/1", clock() + timedelta(hours=hours))
    clock.advance(hours=2)
    assert runtime.tick() == 0
    clock.advance(hours=2)
    assert (runtime.tick(), kept) == (1, ["thing/1"])


def test_a_failing_handler_is_noted_and_tried_again_later(runtime, clock):
    def fail(ctx, subject):
        ctx.record(ThingDone(subject))
        raise ValueError("no")

    runtime.handlers = {"test.act": fail}
    runtime.recurring, runtime.after_tick = {}, []
    with runtime.work() as ctx:
        ctx.promise("test.act", "thing/1", ctx.now)
    assert (runtime.tick(), runtime.tick()) == (0, 0)
    with runtime.work(write=False) as ctx:
        row = ctx.session.scalars(select(Deadline).where(Deadline.kind == "test.act")).one()
        assert (row.tries, row.error, row.done_at) == (1, "ValueError: no", None)
        assert ctx.session.scalars(select(EventRow).where(EventRow.type == "test.thing.done")).all() == []
    runtime.handlers = {"test.act": lambda ctx, subject: None}
    clock.advance(seconds=6)
    assert runtime.tick() == 1


def test_numbers_of_a_series_follow_each_other(work):
    with work() as ctx:
        assert [ctx.number("ZZ"), ctx.number("ZZ")] == ["ZZ-2026-000001", "ZZ-2026-000002"]


def test_ids_sort_by_time_and_are_version_7(runtime, clock):
    with runtime.work(write=False) as ctx:
        first = ctx.new_id()
    clock.advance(seconds=1)
    with runtime.work(write=False) as ctx:
        second = ctx.new_id()
    assert first < second
    assert (first[12], len(first)) == ("7", 32)


trees = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.once
@settings(max_examples=50)
@given(trees)
@example({'\x00\x7f\u2028\\"': "\x1f\b\f/", "\uffff": 1, "\U00010000": 2})
def test_canonical_json_is_the_same_by_whichever_library(value):
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert canonical(value) == plain.encode()


def test_canonical_json_refuses_floats():
    with pytest.raises(TypeError):
        canonical({"price": 1.5})


def test_a_recurring_promise_is_never_given_up(runtime, clock):
    kept = []

    def fail(ctx, subject):
        raise ValueError("no")

    runtime.handlers, runtime.after_tick = {"test.nightly": fail}, []
    runtime.recurring = {"test.nightly": lambda now: now + timedelta(minutes=1)}
    for _ in range(30):
        clock.advance(hours=2)
        runtime.tick()
    runtime.handlers = {"test.nightly": lambda ctx, subject: kept.append(subject)}
    clock.advance(hours=2)
    assert (runtime.tick(), kept) == (1, ["market"])


def test_a_promise_moved_while_a_worker_keeps_the_old_one_is_not_lost(runtime, clock):
    """Read before the worker commits, written after it: the new date must stand."""
    kept = []
    runtime.handlers = {"test.act": lambda ctx, subject: kept.append(ctx.now)}
    runtime.recurring, runtime.after_tick = {}, []
    with runtime.work() as ctx:
        ctx.promise("test.act", "thing/1", ctx.now)
    with runtime.work() as ctx:
        known = ctx.session.scalars(select(Deadline).where(Deadline.kind == "test.act")).one()
        if ctx.session.get_bind().dialect.name == "postgresql":
            runtime.tick()
            assert len(kept) == 1
        ctx.promise("test.act", "thing/1", ctx.now + timedelta(hours=1))
        assert known.done_at is None
    clock.advance(hours=1)
    assert runtime.tick() == 1


@pytest.mark.parametrize(
    "take",
    [
        lambda ctx, row: deadlines.claim(ctx.session, row, ctx.now),
        lambda ctx, row: deadlines.claim_many(ctx.session, [row], ctx.now),
    ],
    ids=["one", "many"],
)
def test_a_promise_that_two_found_due_and_the_first_moved_is_not_taken_by_the_second(runtime, clock, take):
    with runtime.work() as ctx:
        ctx.promise("test.act", "thing/1", ctx.now)
    with runtime.work(write=False) as ctx:
        [id] = [row.id for row in ctx.session.scalars(select(Deadline)) if row.kind == "test.act"]
        assert id in dict(deadlines.due(ctx.session, ctx.now))  # both workers read this
    with runtime.work() as ctx:
        assert take(ctx, id)
        ctx.promise("test.act", "thing/1", ctx.now + timedelta(days=2))
    with runtime.work() as ctx:
        assert not take(ctx, id)
    clock.advance(days=2)
    with runtime.work() as ctx:
        assert take(ctx, id)


def test_what_was_to_be_stored_stands_in_no_error_text(runtime, caplog):
    price = str(88 * 100_003)

    def fail(ctx, subject):
        ctx.session.execute(text("INSERT INTO marketplace_nowhere VALUES (:price)"), {"price": price})

    runtime.handlers = {"test.open": fail}
    runtime.recurring, runtime.after_tick = {}, []
    with runtime.work() as ctx:
        ctx.promise("test.open", "thing/1", ctx.now)
    runtime.tick()
    with runtime.work(write=False) as ctx:
        noted = ctx.session.scalars(select(Deadline.error).where(Deadline.kind == "test.open")).one()
    assert "marketplace_nowhere" in noted
    assert price not in noted + caplog.text
