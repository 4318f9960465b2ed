"""Tokens of programs: scopes, ends, and what they may never do."""

import json

import pytest
from sqlalchemy import select

from marketplace.identity import errors, queries, service
from marketplace.identity.models import SignInBrake, Token
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.ports import Actor
from marketplace.testing.identity import PASSWORD, a_member
from tests.identity.signing_in import actor_in, facts, fail


def issue(work, actor, scopes=("tender.draft", "tender.publish"), days=30):
    with work(actor) as ctx:
        return service.issue_token(ctx, name="采购系统接口", scopes=scopes, days=days)


def actor_of(work, secret):
    with work(write=False) as ctx:
        return actor_in(queries.use_of_token(ctx, secret))


def test_a_token_carries_a_mark_is_hashed_and_acts_within_its_scopes(work, jia):
    row, secret = issue(work, jia, scopes=["tender.draft"])
    assert secret.startswith("mkt_")
    assert row.prefix == secret[:8]
    actor = actor_of(work, secret)
    assert actor.kind == "token"
    assert actor.permissions == {"tender.draft"}
    with work(write=False) as ctx:
        stored = ctx.session.get(Token, row.id)
        assert secret not in {stored.secret_hash, stored.prefix}


def test_a_token_cannot_hold_more_than_its_holder(work, jia):
    with pytest.raises(errors.ScopeNotHeld):
        issue(work, jia, scopes=["tender.draft", "bid.place"])
    with pytest.raises(errors.ScopesMissing):
        issue(work, jia, scopes=[])


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_lives_between_a_day_and_a_year(work, jia, days):
    with pytest.raises(errors.TokenDaysInvalid):
        issue(work, jia, days=days)


def test_a_token_expires_by_the_clock(work, jia, clock):
    _, secret = issue(work, jia, days=30)
    clock.advance(days=30, seconds=-1)
    assert actor_of(work, secret)
    clock.advance(seconds=1)
    assert actor_of(work, secret) is None


def test_a_revoked_token_is_dead_at_once_and_only_its_holder_can_revoke_it(work, jia):
    row, secret = issue(work, jia)
    with work() as ctx:
        yi = a_member(ctx, "enterprise", username="yi")
    with work(yi) as ctx, pytest.raises(errors.TokenNotFound):
        service.revoke_token(ctx, row.id)
    assert actor_of(work, secret)
    with work(jia) as ctx:
        service.revoke_token(ctx, row.id)
    assert actor_of(work, secret) is None


def test_a_token_loses_what_its_holder_loses(work):
    with work() as ctx:
        actor = a_member(ctx, "department", "department")
        service.grant(ctx, login_id=actor.login_id, organisation_id=actor.organisation_id, role="finance")
        both = queries.person(ctx, actor.login_id, actor.organisation_id)
    _, secret = issue(work, both, scopes=["tender.draft", "payment.approve"])
    with work() as ctx:
        service.revoke(ctx, login_id=actor.login_id, organisation_id=actor.organisation_id, role="finance")
    assert actor_of(work, secret).permissions == {"tender.draft"}


def test_a_token_can_neither_issue_a_token_nor_change_the_password(work, jia):
    _, secret = issue(work, jia)
    actor = actor_of(work, secret)
    with pytest.raises(errors.PersonNeeded):
        issue(work, actor, scopes=["tender.draft"])
    with work(actor) as ctx, pytest.raises(errors.PersonNeeded):
        service.change_password(ctx, current=PASSWORD, password="walnut-ferry-9021")


def test_the_use_of_a_token_is_noted(work, jia, clock):
    row, secret = issue(work, jia)
    clock.advance(hours=2)
    with work(Actor.public()) as ctx:
        service.note_use(ctx, secret=secret)
    with work(write=False) as ctx:
        assert ctx.session.get(Token, row.id).last_used_at == at_shanghai(shanghai_date(clock()))


@pytest.mark.parametrize("secret", ["", "mkt_", "mkt_wrong", "nothing", "mkt_" + "a" * 43])
def test_a_made_up_secret_is_nobody(work, secret):
    assert actor_of(work, secret) is None


def test_every_grant_and_token_is_on_record(work, jia):
    row, secret = issue(work, jia)
    granted = facts(work, "identity.role.granted")[-1]
    assert granted["data"] == {"organisation_id": jia.organisation_id, "role": "buyer"}
    issued = facts(work, "identity.token.issued")[-1]
    assert issued["data"]["token_id"] == row.id
    assert secret not in json.dumps(issued)


def test_the_nightly_sweep_forgets_old_counters(runtime, work, jia, clock):
    fail(work, 3)
    runtime.settle()
    clock.advance(days=2)
    runtime.settle()
    with work(write=False) as ctx:
        assert ctx.session.scalars(select(SignInBrake)).all() == []
