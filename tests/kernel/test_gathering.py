"""Rows that are written together at the end of a block."""

import pytest
from sqlalchemy import func, select

from marketplace.kernel import gathering
from marketplace.kernel.deadlines import Deadline
from marketplace.kernel.events import EventRow, Unsealed
from marketplace.kernel.outbox import Message
from marketplace.tenders.events import TenderFailed


def written(ctx):
    """How many events, leaves that wait, messages and promises there are."""
    tables = (EventRow.id, Unsealed.event_id, Message.id, Deadline.id)
    return [ctx.session.scalar(select(func.count(column))) for column in tables]


def say(ctx):
    ctx.record(TenderFailed("tender/1", "ZJ-1", "流标"))
    ctx.send("tender.failed", {"number": "ZJ-1"})
    ctx.promise("tender.close", "1", ctx.now, first=True)


def test_a_block_writes_everything_at_its_end(work):
    with work() as ctx:
        before = written(ctx)
        with gathering.together(ctx.session):
            say(ctx)
            inside = written(ctx)
        assert inside == before
        assert written(ctx) == [number + 1 for number in before]


def test_a_block_that_fails_writes_nothing_and_what_follows_is_written_at_once(work):
    with work() as ctx:
        before = written(ctx)
        with pytest.raises(ValueError, match="no"), gathering.together(ctx.session):
            say(ctx)
            raise ValueError("no")
        assert written(ctx) == before
        say(ctx)
        assert written(ctx) == [number + 1 for number in before]
