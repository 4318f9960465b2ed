"""The security administrator's pages and doors: open a login, appoint, dismiss, lock, and never oneself."""

import pytest

from marketplace.identity import queries
from marketplace.testing.identity import PASSWORD, a_member


@pytest.fixture
def keeper(work):
    """The operator's security administrator."""
    with work() as ctx:
        return a_member(ctx, "operator", "secadmin", username="anquan")


@pytest.fixture
def home(work):
    """A department with somebody in it."""
    with work() as ctx:
        member = a_member(ctx, "department", username="bumen")
        return queries.organisation(ctx, member.organisation_id)


def opened(client, username="caiwu"):
    answer = client.post("/admin/logins/new", data={"username": username, "name": "赵会计", "password": PASSWORD})
    assert answer.status_code == 303
    return answer.location.split("/")[-1].split("?")[0]


def test_a_new_login_is_opened_appointed_and_may_then_act(client, keeper, home, sign_in, work):
    login_id = opened(sign_in(client, "anquan"))
    given = {"kind": "department", "uscc": home.uscc, "role": "finance"}
    assert client.post(f"/admin/logins/{login_id}/roles", data=given).status_code == 303
    page = client.get(f"/admin/logins/{login_id}").text
    assert home.name in page
    with work() as ctx:
        assert queries.person(ctx, login_id, home.id).may("payment.approve")
    assert "caiwu" in client.get("/admin/logins?q=赵会").text
    assert "caiwu" not in client.get("/admin/logins?q=没有").text


def test_a_role_is_taken_away_with_one_button(client, keeper, home, sign_in, work):
    login_id = opened(sign_in(client, "anquan"))
    client.post(f"/admin/logins/{login_id}/roles", data={"kind": "department", "uscc": home.uscc, "role": "finance"})
    with work() as ctx:
        [held] = queries.memberships(ctx, login_id)
    assert client.post(f"/admin/logins/{login_id}/roles/{held.id}/revoke").status_code == 303
    with work() as ctx:
        assert queries.memberships(ctx, login_id) == []


def test_a_locked_login_is_shown_as_stopped_until_it_is_restored(client, keeper, home, sign_in, work):
    sign_in(client, "anquan")
    with work() as ctx:
        login_id = queries.login_by_username(ctx, "bumen").id
    assert client.post(f"/admin/logins/{login_id}/lock", data={"reason": ""}).status_code == 422
    assert client.post(f"/admin/logins/{login_id}/lock", data={"reason": "离职"}).status_code == 303
    with work() as ctx:
        assert queries.login(ctx, login_id).locked_at is not None
    assert client.post(f"/admin/logins/{login_id}/unlock").status_code == 303
    with work() as ctx:
        assert queries.login(ctx, login_id).locked_at is None


def test_nobody_appoints_or_locks_their_own_login(client, keeper, home, sign_in):
    sign_in(client, "anquan")
    given = {"kind": "department", "uscc": home.uscc, "role": "finance"}
    assert client.post(f"/admin/logins/{keeper.login_id}/roles", data=given).status_code == 403
    assert client.post(f"/admin/logins/{keeper.login_id}/lock", data={"reason": "试"}).status_code == 403


def test_an_unknown_organisation_is_told_at_its_field(client, keeper, home, sign_in):
    login_id = opened(sign_in(client, "anquan"))
    given = {"kind": "authority", "uscc": home.uscc, "role": "authority"}
    answer = client.post(f"/admin/logins/{login_id}/roles", data=given)
    assert answer.status_code == 422
    assert 'id="uscc-error"' in answer.text or "mk-error" in answer.text


def test_no_other_administrator_may_open_logins(client, sign_in, work):
    with work() as ctx:
        a_member(ctx, "operator", "sysadmin", username="xitong")
    sign_in(client, "xitong")
    assert client.get("/admin/logins").status_code == 403
    assert (
        client.post("/api/v1/logins", json={"username": "x1", "name": "某人", "password": PASSWORD}).status_code == 403
    )


def test_the_same_verbs_are_there_as_json(client, keeper, home, sign_in):
    sign_in(client, "anquan")
    made = client.post("/api/v1/logins", json={"username": "fuhe", "name": "钱复核", "password": PASSWORD})
    assert made.status_code == 201
    assert "password" not in str(made.json)
    base = f"/api/v1/logins/{made.json['id']}"
    role = client.post(f"{base}/roles", json={"kind": "department", "uscc": home.uscc, "role": "finance"})
    assert role.status_code == 201
    assert client.post(f"{base}/lock", json={"reason": "核查"}).json["locked_at"]
    assert client.delete(f"{base}/lock").json["locked_at"] is None
    assert client.delete(f"{base}/roles/{role.json['id']}").status_code == 204
    assert made.json["id"] in [row["id"] for row in client.get("/api/v1/logins").json["items"]]
