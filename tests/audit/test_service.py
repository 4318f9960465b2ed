"""Sealing, proofs over the database, and that every later change is found."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
from sqlalchemy import func, select, text

from marketplace.audit import errors, queries, service, verifier
from marketplace.audit.models import Leaf, Node, TreeHead
from marketplace.kernel.events import Event, EventRow, Unsealed
from marketplace.kernel.ports import Actor


@dataclass(frozen=True, slots=True)
class Sampled(Event):
    type: ClassVar[str] = "sample.thing.noted"
    note: str


@dataclass(frozen=True, slots=True)
class Hidden(Event):
    type: ClassVar[str] = "sample.thing.hidden"
    sealed: ClassVar[bool] = True
    digest: str


@dataclass(frozen=True, slots=True)
class Private(Event):
    type: ClassVar[str] = "sample.thing.kept"
    public: ClassVar[bool] = False
    note: str


@pytest.fixture
def emptied(work):
    """A log in which everything recorded while seeding is sealed."""
    with work() as ctx:
        head = service.seal(ctx)
        return head.size if head else 0


def record(ctx, count, subject="sample/1"):
    return [ctx.record(Sampled(subject=subject, note=f"第{number}件")) for number in range(count)]


def test_sealing_moves_every_waiting_event_into_the_tree(work, emptied):
    with work() as ctx:
        record(ctx, 5)
        head = service.seal(ctx)
        assert head.size == emptied + 5
        assert ctx.session.scalar(select(func.count()).select_from(Unsealed)) == 0
        assert ctx.session.scalar(select(func.count()).select_from(Leaf)) == emptied + 5


def test_sealing_nothing_makes_no_new_head(work, emptied):
    with work() as ctx:
        record(ctx, 1)
        first = service.seal(ctx)
        assert service.seal(ctx).size == first.size
        assert ctx.session.scalar(select(func.count()).select_from(TreeHead).where(TreeHead.size == first.size)) == 1


def test_the_timer_seals_every_minute(work, runtime, clock):
    with work() as ctx:
        wanted = record(ctx, 3)
    runtime.settle()
    clock.advance(minutes=2)
    runtime.settle()
    with work() as ctx:
        assert queries.inclusion(ctx, wanted[0].id)["head"]["size"] >= 3


def test_every_event_proves_itself_against_the_head_of_any_sealing(work, emptied):
    recorded = []
    for count in (1, 2, 3, 7):
        with work() as ctx:
            recorded += record(ctx, count)
            service.seal(ctx)
    with work() as ctx:
        for item in recorded:
            proof = queries.inclusion(ctx, item.id)
            assert verifier.check_document(proof, ctx.keys.public_key) == {"inclusion": [], "head": []}
            assert proof["inclusion"]["leaf"] == item.leaf
            assert queries.inclusion_of_leaf(ctx, item.leaf.upper()) == proof


def test_every_pair_of_heads_is_consistent(work, emptied):
    sizes = []
    for count in (1, 2, 3, 7):
        with work() as ctx:
            record(ctx, count)
            sizes.append(service.seal(ctx).size)
    with work() as ctx:
        for first in sizes:
            for second in [size for size in sizes if size >= first]:
                proof = {"consistency": queries.consistency(ctx, first, second)}
                assert verifier.check_document(proof, ctx.keys.public_key) == {"consistency": []}


def test_an_event_that_waits_is_told_from_one_that_never_was(work, emptied):
    with work() as ctx:
        waiting = record(ctx, 1)[0]
        ctx.session.flush()
        with pytest.raises(errors.EventNotSealed):
            queries.inclusion(ctx, waiting.id)
        with pytest.raises(errors.EventNotSealed):
            queries.inclusion_of_leaf(ctx, waiting.leaf)
        with pytest.raises(errors.EventNotFound):
            queries.inclusion(ctx, "0" * 32)
        with pytest.raises(errors.EventNotFound):
            queries.inclusion_of_leaf(ctx, "0" * 64)


def test_heads_that_were_never_signed_or_stand_reversed_are_refused(work, emptied):
    with work() as ctx:
        record(ctx, 2)
        size = service.seal(ctx).size
        with pytest.raises(errors.HeadNotFound):
            queries.consistency(ctx, size, size + 1)
        for first in (0, size + 1):
            with pytest.raises(errors.SizesReversed):
                queries.consistency(ctx, first, size)


def test_a_log_that_nobody_touched_has_no_problem(work, emptied):
    with work() as ctx:
        record(ctx, 6)
        service.seal(ctx)
        record(ctx, 2)
    with work() as ctx:
        assert queries.problems(ctx) == []


def _meddle(ctx, statement, **facts):
    """Change a row as an administrator who can drop the triggers."""
    table = statement.split()[2 if statement.startswith("DELETE") else 1]
    if ctx.session.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            ctx.session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
    else:
        ctx.session.execute(text(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"))
    ctx.session.execute(text(statement), facts)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE marketplace_event SET body = replace(body, '第1件', '第9件') WHERE id = :event", "的内容被改动"),
        ("UPDATE marketplace_event SET actor = 'someone' WHERE id = :event", "的内容被改动"),
        ("UPDATE marketplace_event SET subject = 'other/1' WHERE id = :event", "的内容被改动"),
        ("DELETE FROM marketplace_event WHERE id = :event", "被删除"),
        ("UPDATE marketplace_leaf SET hash = :zero WHERE event_id = :event", "与它的叶子不符"),
        ("DELETE FROM marketplace_leaf WHERE event_id = :event", "从未封存"),
        ("UPDATE marketplace_node SET hash = :zero WHERE level = 1", "节点"),
        ("DELETE FROM marketplace_node WHERE level = 1", "节点"),
        ("UPDATE marketplace_tree_head SET root = :zero", "的根与日志不符"),
        ("UPDATE marketplace_tree_head SET signature = :zero", "的签名无效"),
    ],
)
def test_every_later_change_is_found(work, emptied, statement, told):
    with work() as ctx:
        event = record(ctx, 4)[1].id
        service.seal(ctx)
    with work() as ctx:
        values = {"event": event, "zero": "0" * 64}
        _meddle(ctx, statement, **{name: value for name, value in values.items() if f":{name}" in statement})
    with work() as ctx:
        assert any(told in problem for problem in queries.problems(ctx))


def test_an_edit_that_repairs_its_own_leaf_is_found_by_the_head(work, emptied):
    with work() as ctx:
        event = record(ctx, 4)[1].id
        service.seal(ctx)
    with work() as ctx:
        row = ctx.session.get(EventRow, event)
        body = row.body.replace("第1件", "第9件")
        leaf = verifier.hash_leaf(body.encode()).hex()
        _meddle(ctx, "UPDATE marketplace_event SET body = :b, leaf = :l WHERE id = :e", b=body, l=leaf, e=event)
        _meddle(ctx, "UPDATE marketplace_leaf SET hash = :l WHERE event_id = :e", l=leaf, e=event)
    with work() as ctx:
        assert any("的根与日志不符" in problem for problem in queries.problems(ctx))


def test_two_exchanged_leaves_are_found(work, emptied):
    with work() as ctx:
        record(ctx, 4)
        service.seal(ctx)
    with work() as ctx:
        a, b = ctx.session.scalars(select(Leaf).order_by(Leaf.index.desc()).limit(2)).all()
        pair = [(a.index, b.event_id, b.hash), (b.index, a.event_id, a.hash)]
        for at, (_, _, value) in enumerate(pair):
            _meddle(
                ctx,
                "UPDATE marketplace_leaf SET event_id = :t WHERE hash = :h",
                t=f"temporary{at}",
                h=value,
            )
        for index, event_id, value in pair:
            _meddle(
                ctx,
                "UPDATE marketplace_leaf SET event_id = :e, hash = :h WHERE index = :i"
                if ctx.session.get_bind().dialect.name != "sqlite"
                else 'UPDATE marketplace_leaf SET event_id = :e, hash = :h WHERE "index" = :i',
                e=event_id,
                h=value,
                i=index,
            )
    with work() as ctx:
        assert queries.problems(ctx) != []


def test_the_database_itself_refuses_to_change_the_log(work, emptied):
    from sqlalchemy.exc import DBAPIError

    for table in ("marketplace_leaf", "marketplace_node", "marketplace_tree_head"):
        with work() as ctx:
            record(ctx, 4)
            service.seal(ctx)
        with pytest.raises(DBAPIError, match="append-only"), work() as ctx:
            ctx.session.execute(text(f"DELETE FROM {table}"))


def test_reading_a_proof_costs_a_logarithmic_number_of_reads(work, emptied):
    from sqlalchemy import event as sa_event

    with work() as ctx:
        wanted = record(ctx, 300)[150]
        service.seal(ctx)
    with work() as ctx:
        seen = []
        engine = ctx.session.get_bind()
        listener = lambda *args: seen.append(args[2])  # noqa: E731
        sa_event.listen(engine, "before_cursor_execute", listener)
        queries.inclusion(ctx, wanted.id)
        sa_event.remove(engine, "before_cursor_execute", listener)
    assert len(seen) < 30


def test_a_sealed_event_shows_its_leaf_and_nothing_else_until_the_opening(work, emptied):
    from marketplace.tenders.events import BidsOpened

    with work() as ctx:
        hidden = ctx.record(Hidden(subject="tender/1", digest="ab"))
        service.seal(ctx)
    with work() as ctx:
        for viewer in (Actor.public(), Actor.system()):
            shown = queries.event(ctx, hidden.id, viewer)
            assert (shown["event"], shown["leaf"]) == (None, hidden.leaf)
            assert shown["inclusion"] is None
            assert queries.trail(ctx, "tender/1", viewer) == []
        assert hidden.id not in {line["id"] for line in queries.published(ctx)}
    with work() as ctx:
        assert BidsOpened.type == queries.OPENING_TYPE
        ctx.record(BidsOpened(subject="tender/1", number="1", digests=["ab"], offers=[]))
        service.seal(ctx)
    with work() as ctx:
        assert verifier.check_document(queries.event(ctx, hidden.id, Actor.public()))["inclusion"] == []
        assert queries.event(ctx, hidden.id, Actor.public())["event"]["data"] == {"digest": "ab"}
        trail = queries.trail(ctx, "tender/1", Actor.public(), opened=True)
        assert {step.type for step in trail} == {"sample.thing.hidden", "tender.bids.opened"}
        assert any(line["event"] for line in queries.published(ctx) if line["id"] == hidden.id)


def test_a_private_event_is_shown_to_its_own_organisation_and_to_auditors_only(work, emptied):
    own = Actor("l1", "李", organisation_id="o1")
    auditor = Actor("l2", "王", organisation_id="o2", permissions=frozenset({"audit.read"}))
    with work(own) as ctx:
        kept = ctx.record(Private(subject="thing/1", note="内部"))
    with work() as ctx:
        for viewer, seen in ((Actor.public(), False), (own, True), (auditor, True)):
            assert bool(queries.event(ctx, kept.id, viewer)["event"]) is seen
            assert bool(queries.trail(ctx, "thing/1", viewer)) is seen


def test_a_trail_is_told_in_order_with_its_facts(work):
    with work() as ctx:
        record(ctx, 1, subject="thing/2")
    with work() as ctx:
        step = queries.trail(ctx, "thing/2", Actor.public())[0]
        assert (step.type, step.data, len(step.leaf)) == ("sample.thing.noted", {"note": "第0件"}, 64)


def test_stored_nodes_are_only_complete_ones(work, emptied):
    with work() as ctx:
        record(ctx, 11)
        size = service.seal(ctx).size
        stored = ctx.session.scalars(select(Node)).all()
        assert len(stored) == sum(size >> level for level in range(1, 40))
