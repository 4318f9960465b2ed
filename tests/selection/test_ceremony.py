"""The ceremony of a draw: frozen before revealed, repeated by anybody, withheld seeds named and replaced."""

import json

import pytest
from sqlalchemy import select

from marketplace.kernel.events import EventRow
from marketplace.kernel.ports import Actor
from marketplace.selection import ceremony, errors, witnessing
from marketplace.selection.rules import WITHHELD, verify_draw
from tests.selection.ceremonies import LABELS, LEFT_OUT, NUMBER, TENDER, commit, hold, reveal, seed_of, types_of


def test_where_one_process_keeps_both_seeds_the_draw_is_held_at_once_with_what_was_left_out(work):
    commit(work)
    record = hold(work)
    assert verify_draw(record) == []
    assert record["excluded"] == LEFT_OUT
    assert sorted(record["order"]) == sorted(LABELS) == record["pool"]


def test_the_pool_is_frozen_and_public_before_any_seed_can_be_shown(work, runtime, clock, keys):
    commit(work)
    with pytest.raises(errors.PoolNotFrozen):
        reveal(work, runtime, keys, "operator")
    clock.advance(seconds=1)
    assert hold(work) == "运营机构、监管部门"
    with work() as ctx:
        frozen = ctx.session.scalar(select(EventRow).where(EventRow.type == "selection.pool.frozen"))
        assert json.loads(frozen.body)["data"]["pool"] == sorted(LABELS)
        assert json.loads(frozen.body)["data"]["excluded"] == LEFT_OUT
    clock.advance(seconds=1)
    reveal(work, runtime, keys, "regulator")
    assert hold(work) == "运营机构"
    clock.advance(seconds=1)
    reveal(work, runtime, keys, "operator")
    clock.advance(seconds=1)
    assert verify_draw(hold(work)) == []
    assert types_of(work) == [
        "selection.commitment.published",
        "selection.pool.frozen",
        "selection.seed.revealed",
        "selection.seed.revealed",
        "selection.draw.held",
    ]


def test_a_frozen_pool_does_not_change_whoever_is_left_when_the_draw_is_held(work, runtime, keys):
    commit(work)
    hold(work)
    reveal(work, runtime, keys, "operator", "regulator")
    with work() as ctx:
        record = ceremony.hold(ctx, tender_id=TENDER, number=NUMBER, labels=LABELS[:1])
    assert record["pool"] == sorted(LABELS)


def test_a_wrong_seed_is_refused_and_its_keeper_named(work, runtime, keys):
    commit(work)
    hold(work)
    with pytest.raises(errors.SeedWrong, match="监管部门"), work() as ctx:
        ceremony.reveal_seed(ctx, NUMBER, keeper="regulator", seed=seed_of(runtime, keys, "operator"))
    with pytest.raises(errors.SourceNotNamed), work() as ctx:
        ceremony.reveal_seed(ctx, NUMBER, keeper="mayor", seed="00")


def test_a_withheld_seed_is_an_incident_and_is_replaced_by_its_commitment_never_drawn_anew(work, runtime, clock, keys):
    commit(work)
    hold(work)
    reveal(work, runtime, keys, "operator")
    clock.advance(minutes=59)
    assert hold(work) == "监管部门"
    clock.advance(minutes=1)
    record = hold(work)
    assert record["seeds"]["regulator"] == record["commitments"]["regulator"]
    assert verify_draw(record) == [WITHHELD.format(keeper="regulator")]
    assert "selection.seed.withheld" in types_of(work)
    with pytest.raises(errors.AlreadyDrawn):
        hold(work)
    with pytest.raises(errors.AlreadyDrawn):
        reveal(work, runtime, keys, "regulator")


def test_a_keepers_worker_reveals_by_itself(work, runtime, keys):
    commit(work)
    hold(work)
    for keeper in ("operator", "regulator"):
        runtime.keys.private[keeper] = keys[keeper]
        runtime.tick()
        del runtime.keys.private[keeper]
    assert verify_draw(hold(work)) == []


def test_witnesses_are_named_before_and_sign_after_the_draw(work):
    commit(work)
    with work() as ctx:
        code = witnessing.name_witness(ctx, TENDER, NUMBER, name="陈志远", organisation="县纪委监委", most=1)
    with pytest.raises(errors.WitnessesFull), work() as ctx:
        witnessing.name_witness(ctx, TENDER, NUMBER, name="李敏", organisation="", most=1)
    with pytest.raises(errors.DrawNotFound), work() as ctx:
        witnessing.sign_as_witness(ctx, NUMBER, code=code)
    hold(work)
    with pytest.raises(errors.WitnessUnknown), work(Actor.public()) as ctx:
        witnessing.sign_as_witness(ctx, NUMBER, code="00" * 6)
    for remark in ("过程公开，结果属实", "再签一次"):
        with work(Actor.public()) as ctx:
            row = witnessing.sign_as_witness(ctx, NUMBER, code=f" {code.upper()} ", remark=remark)
    assert (row.name, row.remark) == ("陈志远", "过程公开，结果属实")
    assert types_of(work).count("selection.witness.signed") == 1
    with pytest.raises(errors.WitnessTooLate), work() as ctx:
        witnessing.name_witness(ctx, TENDER, NUMBER, name="李敏", organisation="", most=3)
