"""Inquiries: who is invited, and the seeds by which the others are drawn."""

import json

import pytest
from sqlalchemy import select

from marketplace.agencies import queries as firms
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.events import EventRow
from marketplace.rulebook import service as rulebook
from marketplace.selection.errors import SeedWrong
from marketplace.selection.rules import incidents, verify_draw
from marketplace.tenders import queries, service
from marketplace.tenders.errors import NotEligible
from marketplace.tenders.queries import asking, openings
from marketplace.tenders.service import inviting
from marketplace.testing.identity import a_member
from marketplace.testing.selection import keys_apart
from marketplace.testing.tenders import a_bid, let_it_close
from tests.tenders.weighing import an_inquiry, invited


def test_the_named_and_one_that_was_drawn_are_invited_and_nobody_else_may_quote(work, runtime):
    tender, _, bidders = an_inquiry(work, runtime)
    listed = invited(work, tender)
    assert sorted(listed.values()) == [False, False, True]
    assert all(not listed[bidder.organisation_id] for bidder in bidders[:2])
    (outsider,) = [bidder for bidder in bidders if bidder.organisation_id not in listed]
    with pytest.raises(NotEligible), work(outsider) as ctx:
        service.place_bid(ctx, tender.id, price_fen=8_000_000, days=20)


def test_the_draw_of_the_invited_can_be_recomputed_and_is_secret_until_the_opening(work, runtime, clock):
    tender, _, bidders = an_inquiry(work, runtime)
    listed = invited(work, tender)
    with work() as ctx:
        row = ctx.session.scalar(select(EventRow).where(EventRow.type == "tender.invitees.drawn"))
        assert row.sealed
        assert row not in queries.trail(ctx, queries.tender(ctx, tender.id))
    for bidder in bidders:
        if bidder.organisation_id in listed:
            a_bid(work, bidder, tender.id, 8_000_000)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        found = queries.tender(ctx, tender.id)
        record = asking.invitation_draw(ctx, found)
        assert verify_draw(record) == []
        commitments = {keeper: kept["commitment"] for keeper, kept in found.invite_draw.items()}
        assert record["commitments"] == commitments
        drawn = next(id for id, chosen in listed.items() if chosen)
        assert record["order"][0].startswith(firms.agency(ctx, drawn).uscc)


@pytest.fixture
def kept_apart(runtime):
    """The keepers' private keys, taken away from the service."""
    return keys_apart(runtime)


def ticks_with(runtime, private, keeper):
    """The worker of one keeper, who holds no other key."""
    runtime.keys.private[keeper] = private[keeper]
    runtime.settle()
    runtime.keys.private.clear()


def told_of(work, tender, type_):
    with work(write=False) as ctx:
        wanted = select(EventRow).where(EventRow.subject == f"tender/{tender.id}", EventRow.type == type_)
        return [json.loads(row.body)["data"] for row in ctx.session.scalars(wanted)]


def test_the_keepers_of_two_processes_reveal_one_after_the_other_and_the_invited_are_drawn(work, runtime, kept_apart):
    tender, *_ = an_inquiry(work, runtime)
    ticks_with(runtime, kept_apart, "operator")
    assert sorted(invited(work, tender).values()) == [False, False]
    ticks_with(runtime, kept_apart, "regulator")
    assert sorted(invited(work, tender).values()) == [False, False, True]
    assert [row["keeper"] for row in told_of(work, tender, "selection.seed.revealed")] == ["operator"]
    [drawn] = told_of(work, tender, "tender.invitees.drawn")
    assert verify_draw(drawn["record"]) == []
    seeds = str(told_of(work, tender, "selection.seed.revealed"))
    assert drawn["record"]["salt"] not in seeds, "whoever reads a seed before the opening can tell who is invited"


def test_a_seed_that_is_not_revealed_in_time_is_replaced_by_rule_and_named_as_an_incident(
    work, runtime, clock, kept_apart
):
    tender, *_ = an_inquiry(work, runtime)
    ticks_with(runtime, kept_apart, "operator")
    clock.advance(minutes=1_439)
    runtime.settle()
    assert sorted(invited(work, tender).values()) == [False, False]
    clock.advance(minutes=1)
    runtime.settle()
    assert sorted(invited(work, tender).values()) == [False, False, True]
    assert [row["keeper"] for row in told_of(work, tender, "selection.seed.withheld")] == ["regulator"]
    [drawn] = told_of(work, tender, "tender.invitees.drawn")
    assert drawn["record"]["withheld"] == ["regulator"]
    assert incidents(drawn["record"]) == verify_draw(drawn["record"]) != []


def test_a_seed_is_handed_in_by_its_own_keeper_and_must_be_the_promised_one(work, runtime, kept_apart, client, sign_in):
    tender, *_ = an_inquiry(work, runtime)
    with work() as ctx:
        clerk = a_member(ctx, "operator", "operator", username="yunying")
        runtime.keys.private.update(kept_apart)
        sealed = openings.sealed(ctx, queries.tender(ctx, tender.id), "operator")
        seed = runtime.keys.unseal("operator", sealed["invite_envelope"]).hex()
        runtime.keys.private.clear()
    with pytest.raises(NotPermitted), work(clerk) as ctx:
        service.reveal_invitation_seed(ctx, tender.id, keeper="regulator", seed=seed)
    with pytest.raises(SeedWrong), work(clerk) as ctx:
        service.reveal_invitation_seed(ctx, tender.id, keeper="operator", seed="00" * 32)
    page = f"/keeper/{tender.number}"
    sign_in(client, "yunying")
    door = f"/api/v1/tenders/{tender.id}/invitation/seeds"
    assert client.post(door, json={"seed": "00" * 32}).json["code"] == "selection.seed_wrong"
    assert client.post(door, json={"seed": seed, "keeper": "regulator"}).status_code == 403
    assert "抽取受邀机构的种子" in client.get(page).text
    assert client.post(f"{page}/seed", data={"seed": "00" * 32}).status_code == 422
    assert client.post(f"{page}/seed", data={"seed": seed}).status_code == 303
    assert "贵单位的种子已提交" in client.get(page).text
    assert client.post(door, json={"seed": seed}).json["number"] == tender.number
    ticks_with(runtime, kept_apart, "regulator")
    assert sorted(invited(work, tender).values()) == [False, False, True]
    with work(clerk) as ctx:  # again, and too late: nothing changes
        service.reveal_invitation_seed(ctx, tender.id, keeper="operator", seed=seed)
    assert len(told_of(work, tender, "selection.seed.revealed")) == 1


def test_the_invited_keep_half_of_the_sign_up_time_whatever_the_seeds_do(work, runtime, kept_apart):
    with work() as ctx:
        rulebook.publish(ctx, "320700", values={"draw.reveal_minutes": 40_000})
    tender, *_ = an_inquiry(work, runtime)
    with work() as ctx:
        half = (tender.closes_at - tender.published_at) / 2
        assert inviting.reveal_due_at(ctx, queries.tender(ctx, tender.id)) == tender.published_at + half
