"""Statements handed to the driver as they are: the same rows, the same refusals, the same end of a lost connection."""

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.identity.rules import make_uscc
from marketplace.kernel import quick
from marketplace.kernel.base import constraint_of
from marketplace.kernel.events import EventRow
from marketplace.kernel.outbox import Message
from marketplace.kernel.quick import Quick
from marketplace.tenders.models import Tender
from marketplace.testing.tenders import a_tender

EVENTS, TENDERS = EventRow.__table__, Tender.__table__
ODD = "\t\\N\n\\.\r'\"{}"
ALL = select(TENDERS).where(TENDERS.c.closes_at > bindparam("at", type_=TENDERS.c.closes_at.type), TENDERS.c.seq > 0)


def test_rows_are_those_of_the_toolkit_with_names_and_types(work):
    a_tender(work, avoidances=[{"uscc": make_uscc("7"), "reason": "参与前期咨询"}])
    with work(write=False) as ctx:
        at = {"at": ctx.now}
        [plain] = ctx.session.connection().execute(ALL, at).all()
        [quick] = Quick(ALL).rows(ctx.session, at)
    assert tuple(quick) == tuple(plain)
    assert (quick.closes_at, quick.avoidances, quick.urgent) == (plain.closes_at, plain.avoidances, plain.urgent)
    assert quick.closes_at.tzinfo is not None


def test_a_refusal_is_the_one_that_the_toolkit_would_raise(work):
    a_tender(work)
    with work(write=False) as ctx:
        row = dict(ctx.session.execute(select(EVENTS).limit(1)).mappings().one())
    for act in (lambda ctx: Quick(insert(EVENTS)).count(ctx.session, row), lambda ctx: insert_plainly(ctx, row)):
        with work() as ctx:
            with pytest.raises(IntegrityError) as refused:
                act(ctx)
            assert constraint_of(refused.value) in {"pk_marketplace_event", "uq_marketplace_event_id"}
            assert row["body"] not in str(refused.value)
            ctx.session.rollback()


def insert_plainly(ctx, row):
    ctx.session.connection().execute(insert(EVENTS), row)


def test_after_a_lost_connection_the_next_one_is_a_new_one(runtime):
    count = Quick(select(EVENTS.c.id))
    with pytest.raises(DBAPIError), runtime.glance() as ctx:
        ctx.session.connection().connection.driver_connection.close()
        count.rows(ctx.session, {})
    with runtime.glance() as ctx:
        assert isinstance(count.rows(ctx.session, {}), list)


def test_after_a_rollback_a_statement_belongs_to_the_next_transaction(work):
    a_tender(work)
    touch = Quick(update(TENDERS).values(title=bindparam("called")))
    with work() as ctx:
        assert touch.count(ctx.session, {"called": "甲"}) == 1
        ctx.session.rollback()
        assert touch.count(ctx.session, {"called": "乙"}) == 1
    with pytest.raises(ZeroDivisionError), work() as ctx:
        touch.count(ctx.session, {"called": "丙"})
        1 / 0  # noqa: B018
    with work(write=False) as ctx:
        assert ctx.session.scalar(select(TENDERS.c.title)) == "乙"


def test_a_small_change_rides_along_once_or_is_made_by_itself(work):
    tender = a_tender(work)
    main = Quick(update(TENDERS).where(TENDERS.c.id == bindparam("one")).values(title=bindparam("called")))
    small = Quick(update(TENDERS).where(TENDERS.c.id == bindparam("none")).values(conditions=bindparam("said")))
    with work() as ctx:
        able = ctx.session.get_bind().dialect.name == "postgresql"
        count = main.count_all if able else main.count
        quick.offer(ctx.session, lambda: small.write(ctx.session, {"none": "nobody", "said": "丁"}))
        assert count(ctx.session, {"one": tender.id, "called": "甲"}) == 1
        assert count(ctx.session, {"one": tender.id, "called": "乙"}) == 1
        small.write(ctx.session, {"none": tender.id, "said": "戊"})
    with work(write=False) as ctx:
        row = ctx.session.get_one(Tender, tender.id)
        assert (row.title, row.conditions) == ("乙", "戊")


def test_rows_written_together_have_their_types_and_are_refused_together(work):
    columns = ("id", "topic", "payload", "created_at", "due_at", "tries")
    write = Quick(insert(Message.__table__), columns=columns)

    def row(ctx, id):
        return dict(zip(columns, (id, ODD, {"名": [1, ODD]}, ctx.now, ctx.now, 0), strict=True))

    with work() as ctx:
        write.write_all(ctx.session, [])
        write.write_all(ctx.session, [row(ctx, "a"), row(ctx, "b")])
        found = ctx.session.scalars(select(Message).order_by(Message.id)).all()
        assert [(one.id, one.topic, one.payload, one.created_at, one.error) for one in found] == [
            (id, ODD, {"名": [1, ODD]}, ctx.now, None) for id in ("a", "b")
        ]
    with work() as ctx:
        with pytest.raises(IntegrityError) as refused:
            write.write_all(ctx.session, [row(ctx, "c"), row(ctx, "a")])
        assert constraint_of(refused.value) in {"pk_marketplace_message", "uq_marketplace_message_id"}
        ctx.session.rollback()
    with work(write=False) as ctx:
        assert ctx.session.scalars(select(Message.id).order_by(Message.id)).all() == ["a", "b"]


def test_a_column_that_only_python_would_fill_in_must_be_given(work):
    with work() as ctx, pytest.raises(TypeError, match="must be given"):
        Quick(insert(Message.__table__), columns=("id", "topic")).write_all(ctx.session, [{"id": "a", "topic": "x"}])
