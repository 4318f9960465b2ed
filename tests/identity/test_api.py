"""The JSON door of identity and the providers behind every request."""

from datetime import datetime, timedelta

import pytest

from marketplace.identity import service
from marketplace.identity.providers import BUILTINS, HeaderProvider, HostProvider
from marketplace.identity.providers.header import IDENTITY, SIGNATURE, sign
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.ports import Actor
from marketplace.testing.identity import a_member, an_organisation

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once


@pytest.fixture
def secret(work, jia):
    """An API token of jia that may draft tenders."""
    with work(jia) as ctx:
        return service.issue_token(ctx, name="接口", scopes=["tender.draft"], days=30)[1]


def test_without_a_sign_in_the_answer_is_401_as_a_problem(client):
    answer = client.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"


def test_me_tells_who_asks_with_roles_and_permissions(client, jia, sign_in):
    told = sign_in(client, "jia").get("/api/v1/me").json
    assert told["organisation_id"] == jia.organisation_id
    assert told["roles"] == ["buyer"]
    assert "tender.publish" in told["permissions"]
    assert told["kind"] == "person"


def test_a_wrong_bearer_token_never_falls_back_to_the_cookie(client, jia, sign_in):
    sign_in(client, "jia")
    assert client.get("/api/v1/me", headers={"Authorization": "Bearer mkt_wrong"}).status_code == 401


def test_a_token_is_issued_listed_and_revoked_by_json(client, jia, sign_in):
    sign_in(client, "jia")
    made = client.post("/api/v1/tokens", json={"name": "接口", "scopes": ["tender.draft"], "days": 7})
    assert made.status_code == 201
    assert made.json["secret"].startswith("mkt_")
    [listed] = client.get("/api/v1/tokens").json["items"]
    assert listed["id"] == made.json["token"]["id"]
    assert "secret_hash" not in listed
    assert client.delete(f"/api/v1/tokens/{listed['id']}").status_code == 204
    assert client.get("/api/v1/tokens").json["items"] == []


def test_too_wide_a_scope_is_refused_with_its_field(client, jia, sign_in):
    answer = sign_in(client, "jia").post("/api/v1/tokens", json={"name": "接口", "scopes": ["bid.place"], "days": 7})
    assert answer.status_code == 422
    assert answer.json["code"] == "identity.scope_not_held"
    assert "scopes" in answer.json["errors"]


def test_a_token_cannot_issue_another(client, secret):
    answer = client.post(
        "/api/v1/tokens",
        json={"name": "接口", "scopes": ["tender.draft"], "days": 7},
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 403
    assert answer.json["code"] == "identity.person_needed"


def test_somebody_elses_token_answers_like_a_missing_one(client, jia, secret, work, sign_in):
    with work() as ctx:
        a_member(ctx, "enterprise", username="yi")
    mine = sign_in(client, "jia").get("/api/v1/tokens").json["items"][0]["id"]
    sign_in(client, "yi")
    real, made_up = client.delete(f"/api/v1/tokens/{mine}"), client.delete(f"/api/v1/tokens/{'0' * 32}")
    assert real.status_code == made_up.status_code == 404
    assert real.json == made_up.json


def test_the_use_of_a_token_is_noted_by_the_day(client, secret, work, jia, sign_in, clock):
    bearer = {"Authorization": f"Bearer {secret}"}

    def used():
        return client.get("/api/v1/tokens", headers=bearer).json["items"][0]["last_used_at"]

    first = used()
    assert datetime.fromisoformat(first) == at_shanghai(shanghai_date(clock()))
    clock.set(at_shanghai(shanghai_date(clock()), 23, 59))
    assert used() == first
    clock.advance(minutes=1)
    assert used() != first


# --- the providers


def header(secret, username, uscc, at):
    value = f"{username};{uscc};{at.isoformat()}"
    return {IDENTITY: value, SIGNATURE: sign(secret, value)}


@pytest.fixture
def gateway(runtime, monkeypatch):
    """The header provider's answer to a set of headers."""
    monkeypatch.setitem(runtime.settings, "MARKETPLACE_HEADER_SECRET", "between-us")

    def ask(headers):
        with runtime.work(Actor.public(), write=False) as ctx:
            return HeaderProvider().identify(ctx, headers, {})

    return ask


def test_a_signed_header_names_a_login_of_ours(gateway, jia, clock):
    assert gateway(header("between-us", "JIA", "", clock())).login_id == jia.login_id


def test_a_signed_header_may_name_the_organisation_too(gateway, jia, clock, work):
    with work() as ctx:
        second = an_organisation(ctx, kind="agency")
        service.grant(ctx, login_id=jia.login_id, organisation_id=second.id, role="agency")
    assert gateway(header("between-us", "jia", second.uscc, clock())).roles == {"agency"}
    assert gateway(header("between-us", "jia", "9144030071526726XG", clock())) is None


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_or_early_header_is_nobody(gateway, jia, clock, minutes):
    assert gateway(header("between-us", "jia", "", clock() + timedelta(minutes=minutes))) is None


def test_a_header_with_a_foreign_or_missing_signature_is_nobody(gateway, jia, clock):
    assert gateway(header("guessed", "jia", "", clock())) is None
    assert gateway({IDENTITY: f"jia;;{clock().isoformat()}"}) is None
    assert gateway({IDENTITY: "jia;;yesterday", SIGNATURE: sign("between-us", "jia;;yesterday")}) is None
    assert gateway({}) is None


def test_without_a_shared_secret_no_header_counts(runtime, jia, clock):
    with runtime.work(Actor.public(), write=False) as ctx:
        assert HeaderProvider().identify(ctx, header("", "jia", "", clock()), {}) is None


def test_a_host_says_who_is_asking(runtime):
    known = Actor("l1", "主人", "o1", "单位", frozenset({"buyer"}), frozenset({"tender.draft"}))
    provider = HostProvider(lambda headers, cookies: known if headers.get("X-Staff") == "1" else None)
    with runtime.work(Actor.public(), write=False) as ctx:
        assert provider.identify(ctx, {"X-Staff": "1"}, {}) is known
        assert provider.identify(ctx, {}, {}) is None


def test_local_and_header_are_built_in(runtime):
    assert set(BUILTINS) == {"local", "header"}
    assert set(BUILTINS) <= set(runtime.plugins["identity_providers"])
