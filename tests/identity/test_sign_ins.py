"""The life of a sign-in: idle and absolute ends, other devices, new passwords, switching."""

from datetime import timedelta

import pytest

from marketplace.identity import errors, queries, service
from marketplace.kernel.ports import Actor
from marketplace.testing.identity import PASSWORD, a_member, a_sign_in, an_organisation
from tests.identity.signing_in import actor_in, attempt, who


def test_a_sign_in_ends_after_thirty_idle_minutes(work, jia, clock):
    token = attempt(work).token
    clock.advance(minutes=29)
    assert who(work, token)
    clock.advance(minutes=1)
    assert who(work, token) is None


def test_use_prolongs_a_sign_in_but_never_beyond_twelve_hours(work, jia, clock):
    token = attempt(work).token
    for _ in range(35):
        clock.advance(minutes=20)
        with work(Actor.public()) as ctx:
            service.note_use(ctx, sign_in=token)
    assert who(work, token)
    clock.advance(minutes=20)
    assert who(work, token) is None


def test_signing_out_ends_it_at_once(work, jia):
    token = attempt(work).token
    with work(jia) as ctx:
        service.sign_out(ctx, token)
    assert who(work, token) is None


def test_one_sees_and_ends_only_ones_own_sign_ins(work, jia):
    mine, other = attempt(work).token, attempt(work).token
    with work() as ctx:
        yi = a_member(ctx, "enterprise", username="yi")
        a_sign_in(ctx, "yi")
        theirs = queries.sign_ins(ctx, yi.login_id)[0].id
    with work(jia) as ctx:
        assert len(queries.sign_ins(ctx, jia.login_id)) == 2
        service.end_sign_in(ctx, queries.live_sign_in(ctx, other).id)
    assert who(work, other) is None
    assert who(work, mine)
    with work(jia) as ctx, pytest.raises(errors.SignInNotFound):
        service.end_sign_in(ctx, theirs)


def test_a_new_password_ends_every_other_sign_in_and_every_token(work, jia):
    mine, other = attempt(work).token, attempt(work).token
    with work(jia) as ctx:
        _, secret = service.issue_token(ctx, name="接口", scopes=["tender.draft"], days=30)
        service.change_password(ctx, current=PASSWORD, password="walnut-ferry-9021", token=mine)
    assert who(work, mine)
    assert who(work, other) is None
    with work(write=False) as ctx:
        assert actor_in(queries.use_of_token(ctx, secret)) is None
    assert attempt(work).token is None
    assert attempt(work, "walnut-ferry-9021").token


@pytest.mark.parametrize(
    ("given", "error", "field"),
    [
        ({"current": "wrong-password-1", "password": "walnut-ferry-9021"}, errors.PasswordWrong, "current"),
        ({"current": PASSWORD, "password": "short"}, errors.PasswordTooShort, "password"),
        ({"current": PASSWORD, "password": "jia-jia-jia-jia"}, errors.PasswordTooCommon, "password"),
    ],
)
def test_a_password_change_is_refused_at_its_field(work, jia, given, error, field):
    with work(jia) as ctx, pytest.raises(error) as refused:
        service.change_password(ctx, **given)
    assert refused.value.field == field


def test_locking_a_login_ends_its_sign_ins_and_tokens_at_once(work, jia):
    token = attempt(work).token
    with work(jia) as ctx:
        _, secret = service.issue_token(ctx, name="接口", scopes=["tender.draft"], days=30)
    with work() as ctx:
        service.lock_login(ctx, jia.login_id, reason="离职")
    with work() as ctx:
        service.unlock_login(ctx, jia.login_id)
        assert actor_in(queries.use_of_sign_in(ctx, token)) is None
        assert actor_in(queries.use_of_token(ctx, secret)) is None
    assert attempt(work).token


def test_switching_the_organisation_kills_the_old_token_and_keeps_the_last_hour(work, jia, clock):
    with work() as ctx:
        second = an_organisation(ctx, kind="agency")
        service.grant(ctx, login_id=jia.login_id, organisation_id=second.id, role="agency")
    old = attempt(work).token
    clock.advance(minutes=20)
    with work(jia) as ctx:
        new = service.switch(ctx, token=old, organisation_id=second.id)
    assert who(work, old) is None
    assert who(work, new).roles == {"agency"}
    with work(write=False) as ctx:
        assert queries.live_sign_in(ctx, new).began_at == clock() - timedelta(minutes=20)


def test_switching_to_a_strange_organisation_is_refused(work, jia):
    token = attempt(work).token
    with work() as ctx:
        strange = an_organisation(ctx)
    with work(jia) as ctx, pytest.raises(errors.OrganisationNotFound):
        service.switch(ctx, token=token, organisation_id=strange.id)
    assert who(work, token)
