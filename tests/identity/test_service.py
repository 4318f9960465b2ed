"""Organisations, roles, sign-in, lock-out, switching and tokens, one unit of work at a time."""

import json
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from marketplace.identity import errors, queries, rules, service
from marketplace.identity.models import Login, SignIn, SignInBrake, Token
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.events import EventRow
from marketplace.kernel.ports import Actor
from marketplace.testing.identity import PASSWORD, a_colleague, a_login, a_member, a_sign_in, an_organisation

OFFICE = "203.0.113.7"


@pytest.fixture
def jia(work):
    """An enterprise's buyer called jia."""
    with work() as ctx:
        return a_member(ctx, "enterprise", username="jia")


def attempt(work, password=PASSWORD, username="jia", address=OFFICE):
    with work(Actor.public()) as ctx:
        return service.sign_in(ctx, username=username, password=password, address=address)


def fail(work, times, **given):
    return [attempt(work, "not-the-password", **given) for _ in range(times)]


def actor_in(use):
    return use and use.actor


def who(work, token):
    with work(write=False) as ctx:
        return actor_in(queries.use_of_sign_in(ctx, token))


def facts(work, type_):
    with work(write=False) as ctx:
        return [json.loads(row.body) for row in ctx.session.scalars(select(EventRow).where(EventRow.type == type_))]


# --- organisations and logins


def test_the_same_code_in_another_spelling_is_the_same_organisation(work):
    with work() as ctx:
        first = an_organisation(ctx, uscc="9144030071526726XG")
        assert first.uscc == "9144030071526726XG"
    with work() as ctx, pytest.raises(errors.OrganisationExists) as refused:
        an_organisation(ctx, uscc=" 91440300 71526726xg ")
    assert refused.value.field == "uscc"


def test_one_company_may_be_an_agency_and_also_an_enterprise_that_buys(work):
    with work() as ctx:
        agency = an_organisation(ctx, kind="agency", uscc="9144030071526726XG")
        buyer = an_organisation(ctx, kind="enterprise", uscc="9144030071526726XG")
        assert agency.id != buyer.id


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"kind": "bank"}, errors.KindUnknown),
        ({"name": " "}, errors.NameInvalid),
        ({"region": "江苏"}, errors.RegionInvalid),
        ({"region": "３２００００"}, errors.RegionInvalid),
        ({"uscc": "1"}, errors.UsccInvalid),
    ],
)
def test_a_wrong_detail_of_an_organisation_names_its_field(work, wrong, error):
    with work() as ctx, pytest.raises(error) as refused:
        an_organisation(ctx, **wrong)
    assert refused.value.field == next(iter(wrong))
    assert refused.value.advise()


def test_a_user_name_is_taken_in_every_spelling(work, jia):
    with work() as ctx, pytest.raises(errors.UsernameTaken):
        a_login(ctx, username="ＪＩＡ")


def test_a_password_made_of_the_organisations_name_is_refused(work):
    with work() as ctx, pytest.raises(errors.PasswordTooCommon):
        a_login(ctx, password="恒信实业有限公司2026", context=["恒信实业有限公司"])


def test_the_password_itself_is_stored_nowhere(work, monkeypatch):
    monkeypatch.setattr(rules, "HASHER", rules.STRONG)
    with work() as ctx:
        a_member(ctx, "enterprise", username="jia")
        row = ctx.session.scalar(select(Login).where(Login.username == "jia"))
        assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert PASSWORD not in row.password_hash


# --- roles


def test_the_second_administrator_role_is_refused_even_in_another_organisation(work):
    with work() as ctx:
        actor = a_member(ctx, "operator", "sysadmin")
        other = an_organisation(ctx, kind="operator")
    for role in ("secadmin", "auditadmin"):
        with work() as ctx, pytest.raises(errors.AdministratorsApart):
            service.grant(ctx, login_id=actor.login_id, organisation_id=other.id, role=role)


def test_an_operator_cannot_make_an_administrator_and_a_security_administrator_can(work):
    with work() as ctx:
        operator = a_member(ctx, "operator", "operator")
        security = a_colleague(ctx, operator.organisation_id, "secadmin")
        login = a_login(ctx)
    with work(operator) as ctx, pytest.raises(NotPermitted):
        service.grant(ctx, login_id=login.id, organisation_id=operator.organisation_id, role="auditadmin")
    with work(security) as ctx:
        row = service.grant(ctx, login_id=login.id, organisation_id=operator.organisation_id, role="auditadmin")
        assert row.granted_by == security.login_id


def test_the_same_role_twice_is_a_conflict(work, jia):
    with pytest.raises(errors.MembershipExists), work() as ctx:
        service.grant(ctx, login_id=jia.login_id, organisation_id=jia.organisation_id, role="buyer")


def test_an_actor_holds_the_permissions_of_all_its_roles_in_the_organisation(work):
    with work() as ctx:
        actor = a_member(ctx, "department", "department")
        service.grant(ctx, login_id=actor.login_id, organisation_id=actor.organisation_id, role="finance")
        both = queries.person(ctx, actor.login_id, actor.organisation_id)
    assert both.roles == {"department", "finance"}
    assert both.permissions == rules.permissions_of(["department", "finance"])


def test_a_lost_role_ends_what_it_allowed_at_once(work, jia):
    token = attempt(work).token
    assert who(work, token).may("tender.draft")
    with work() as ctx:
        service.revoke(ctx, login_id=jia.login_id, organisation_id=jia.organisation_id, role="buyer")
    assert who(work, token) is None
    with work() as ctx, pytest.raises(errors.MembershipNotFound):
        service.revoke(ctx, login_id=jia.login_id, organisation_id=jia.organisation_id, role="buyer")


# --- sign-in


def test_the_right_password_opens_a_sign_in_whose_token_is_not_stored(work, jia):
    made = attempt(work, username=" JIA ")
    assert who(work, made.token).login_id == jia.login_id
    with work(write=False) as ctx:
        row = ctx.session.scalar(select(SignIn))
        assert row.token_hash == rules.digest(made.token)
        assert made.token not in {row.id, row.token_hash}
        assert row.address == "203.0.*.*"


def test_unknown_name_wrong_password_pause_and_lock_are_refused_in_the_same_words(work, jia):
    refusals = [attempt(work, username="nobody").refusal(), attempt(work, "wrong-password-1").refusal()]
    fail(work, 10)
    refusals.append(attempt(work).refusal())
    with work() as ctx:
        service.lock_login(ctx, jia.login_id, reason="离职")
    refusals.append(attempt(work).refusal())
    assert len({(r.code, r.text, r.advise(), r.kind, r.field) for r in refusals}) == 1


def test_a_login_without_any_role_cannot_sign_in(work):
    with work() as ctx:
        a_login(ctx, username="bare")
    assert attempt(work, username="bare").token is None


def test_a_refused_sign_in_is_counted_and_kept(work, jia):
    fail(work, 3)
    with work(write=False) as ctx:
        assert ctx.session.scalar(select(SignInBrake.failures).order_by(SignInBrake.failures.desc())) == 3
    assert {fact["data"]["failures"] for fact in facts(work, "identity.sign_in.failed")} == {1, 2, 3}


def test_after_five_failures_even_the_right_password_waits_two_seconds(work, jia, clock):
    last = fail(work, 5)[-1]
    assert last.retry_at == clock() + timedelta(seconds=2)
    clock.advance(seconds=2)
    assert attempt(work).token


def test_ten_failures_pause_the_name_for_a_quarter_of_an_hour(work, jia, clock):
    fail(work, 10)
    clock.advance(minutes=14, seconds=59)
    assert attempt(work).token is None
    clock.advance(seconds=1)
    assert attempt(work).token


def test_trying_during_a_pause_does_not_prolong_it(work, jia, clock):
    fail(work, 10)
    clock.advance(minutes=14)
    fail(work, 20)
    clock.advance(minutes=1)
    assert attempt(work).token


def test_a_pause_of_one_name_does_not_touch_another(work, jia):
    with work() as ctx:
        a_member(ctx, "enterprise", username="yi")
    fail(work, 12)
    assert attempt(work).token is None
    assert attempt(work, username="yi").token


def test_an_unknown_name_is_slowed_down_like_a_known_one(work, jia):
    known = fail(work, 10)
    unknown = fail(work, 10, username="nobody", address="198.51.100.9")
    assert [a.retry_at for a in known] == [a.retry_at for a in unknown]


def test_ten_names_from_one_address_pause_the_address_and_no_other(work, jia, clock):
    for number in range(10):
        fail(work, 1, username=f"guess{number}")
    assert attempt(work).token is None
    assert attempt(work, address="198.51.100.9").token
    clock.advance(minutes=15)
    assert attempt(work).token


def test_success_forgets_the_failures(work, jia):
    fail(work, 4)
    assert attempt(work).token
    fail(work, 4)
    assert attempt(work).token


def test_a_security_administrator_can_lift_a_pause(work, jia):
    fail(work, 10)
    with work() as ctx:
        service.unlock_login(ctx, jia.login_id)
    assert attempt(work).token


def test_an_old_hash_is_renewed_at_sign_in(work, jia, monkeypatch):
    monkeypatch.setattr(rules, "HASHER", rules.STRONG)
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with work() as ctx:
        queries.login(ctx, jia.login_id).password_hash = weak
    assert attempt(work).token
    with work(write=False) as ctx:
        assert "m=19456,t=2" in queries.login(ctx, jia.login_id).password_hash


def test_the_log_of_sign_ins_holds_no_name_no_address_and_no_secret(work, jia):
    token = attempt(work).token
    fail(work, 1, username="my-password-by-mistake")
    fail(work, 10)
    with work(write=False) as ctx:
        whole = " ".join(ctx.session.scalars(select(EventRow.body).where(EventRow.type.like("identity.sign_in.%"))))
    assert "identity.sign_in.paused" in whole
    for secret in (token, PASSWORD, "my-password-by-mistake", OFFICE, "jia", "李晓梅"):
        assert secret not in whole


# --- the life of a sign-in


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


# --- tokens


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
