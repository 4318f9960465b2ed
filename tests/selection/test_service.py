import hashlib

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from marketplace.kernel.errors import KeyNotHeld
from marketplace.kernel.events import EventRow
from marketplace.selection import queries, service
from marketplace.selection.errors import AlreadyCommitted, AlreadyDrawn, CommitmentMissing, DrawNotFound, MethodUnknown
from marketplace.selection.models import Commitment, Draw
from marketplace.selection.ports import Offer
from marketplace.selection.rules import KEEPERS, WITHHELD, verify_draw

TENDER, NUMBER = "t" * 32, "ZJ-2026-000001"


def some_offers(ctx, prices):
    return [Offer(f"o{i}", f"9132{i:014d}/{NUMBER}", f"a{i}", price, ctx.now) for i, price in enumerate(prices)]


def types_of(ctx):
    wanted = select(EventRow.type).where(EventRow.subject == f"tender/{TENDER}")
    return list(ctx.session.scalars(wanted.order_by(EventRow.id)))


def choose(ctx, prices, method="lowest"):
    return service.choose(ctx, tender_id=TENDER, number=NUMBER, method=method, offers=some_offers(ctx, prices))


def test_commitments_of_both_keepers_are_published_before_any_bid(work):
    with work() as ctx:
        made = service.commit(ctx, TENDER)
    with work() as ctx:
        assert queries.commitments(ctx, TENDER) == made
        assert set(made) == set(KEEPERS)
        assert types_of(ctx) == ["selection.commitment.published"]


def test_the_seeds_lie_in_the_keepers_envelopes_and_open_to_the_commitment(work):
    with work() as ctx:
        made = service.commit(ctx, TENDER)
        for row in ctx.session.scalars(select(Commitment)):
            seed = ctx.keys.unseal(row.keeper, row.envelope)
            assert hashlib.sha256(seed).hexdigest() == made[row.keeper]
            assert seed.hex() not in row.envelope


def test_commitments_are_made_once(work):
    with work() as ctx:
        service.commit(ctx, TENDER)
    with pytest.raises(AlreadyCommitted), work() as ctx:
        service.commit(ctx, TENDER)


def test_a_draw_leaves_a_record_that_anyone_can_repeat(work):
    with work() as ctx:
        service.commit(ctx, TENDER)
        choice = choose(ctx, [5, 5, 5, 4], "random")
    with work() as ctx:
        record = queries.draw_of(ctx, NUMBER).record
    assert verify_draw(record) == []
    assert record == choice.draw
    labels = {f"o{i}": f"9132{i:014d}/{NUMBER}" for i in range(4)}
    assert [labels[id] for id in choice.ranking] == record["order"]


def test_prices_that_differ_need_no_draw_and_show_no_seed(work):
    with work() as ctx:
        service.commit(ctx, TENDER)
        choice = choose(ctx, [7, 5, 6])
        assert choice.ranking == ("o1", "o2", "o0")
        assert choice.draw is None
        with pytest.raises(DrawNotFound):
            queries.draw_of(ctx, NUMBER)


def test_a_tie_goes_through_the_draw(work):
    with work() as ctx:
        service.commit(ctx, TENDER)
        choice = choose(ctx, [7, 5, 5])
    assert len(choice.draw["pool"]) == 3
    dearest = f"9132{0:014d}/{NUMBER}"
    drawn_first = next(label for label in choice.draw["order"] if label != dearest)
    assert choice.ranking[0] == f"o{int(drawn_first[4:18])}"
    assert choice.ranking[2] == "o0"


def test_a_draw_is_never_repeated(work):
    with work() as ctx:
        service.commit(ctx, TENDER)
        choose(ctx, [5, 5], "random")
    with pytest.raises(AlreadyDrawn), work() as ctx:
        choose(ctx, [5, 5], "random")


def test_without_commitments_no_draw_is_held(work):
    with pytest.raises(CommitmentMissing), work() as ctx:
        choose(ctx, [5, 5], "random")


def test_an_unknown_method_is_refused(work):
    with pytest.raises(MethodUnknown), work() as ctx:
        choose(ctx, [5], "highest")


@pytest.mark.parametrize("how", ["another seed", "a damaged envelope"])
def test_a_seed_that_does_not_fit_its_commitment_is_an_incident_with_a_fixed_fallback(work, how):
    with work() as ctx:
        for keeper in KEEPERS:
            seed = ctx.entropy(32)
            envelope = ctx.keys.seal_to(keeper, seed if keeper == "operator" else b"x" * 32)
            if keeper == "regulator" and how == "a damaged envelope":
                envelope = envelope[:-2] + ("00" if envelope[-2:] != "00" else "11")
            digest = hashlib.sha256(seed).hexdigest()
            row = {"id": ctx.new_id(), "tender_id": TENDER, "keeper": keeper, "committed_at": ctx.now}
            ctx.session.add(Commitment(**row, digest=digest, envelope=envelope))
        ctx.session.flush()
        choice = choose(ctx, [5, 5], "random")
    assert choice.draw["seeds"]["regulator"] == choice.draw["commitments"]["regulator"]
    assert verify_draw(choice.draw) == [WITHHELD.format(keeper="regulator")]
    with work() as ctx:
        assert types_of(ctx) == ["selection.pool.frozen", "selection.seed.withheld", "selection.draw.held"]


def test_a_process_without_the_keepers_keys_cannot_draw(work, runtime):
    with work() as ctx:
        service.commit(ctx, TENDER)
    runtime.keys.private.clear()
    with pytest.raises(KeyNotHeld), work() as ctx:
        choose(ctx, [5, 5], "random")


@pytest.mark.parametrize("table", [Draw.__tablename__, Commitment.__tablename__])
def test_the_memory_of_draws_refuses_change(work, table):
    with work() as ctx:
        service.commit(ctx, TENDER)
        choose(ctx, [5, 5], "random")
    with pytest.raises(DatabaseError, match="append-only"), work() as ctx:
        ctx.session.execute(text(f"DELETE FROM {table}"))
