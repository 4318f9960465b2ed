"""Signing in: right and wrong passwords, pauses, locks, and what is on record."""

from datetime import timedelta

from argon2 import PasswordHasher
from sqlalchemy import select

from marketplace.identity import queries, rules, service
from marketplace.identity.models import SignIn, SignInBrake
from marketplace.kernel.events import EventRow
from marketplace.testing.identity import PASSWORD, a_login, a_member
from tests.identity.signing_in import OFFICE, attempt, facts, fail, who


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
