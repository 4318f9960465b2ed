"""Signing in and out, own sign-ins, tokens and switching, as a browser sees them."""

import re

import pytest

from marketplace.identity import queries, service
from marketplace.identity.pages import local_path
from marketplace.testing.identity import PASSWORD, a_member, an_organisation

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

COOKIE = "marketplace_sign_in"


def enter(browser, username="jia", password=PASSWORD, **more):
    return browser.post("/sign-in", data={"username": username, "password": password, **more})


def test_the_form_asks_for_name_and_password(client):
    page = client.get("/sign-in")
    assert page.status_code == 200
    assert 'autocomplete="current-password"' in page.text


def test_a_right_password_leads_to_the_desk_with_a_cookie_scripts_cannot_read(client, jia):
    answer = enter(client)
    assert answer.status_code == 303
    assert answer.location == "/desk"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert jia.name in client.get("/me/security").text


def test_over_https_the_cookie_is_secure(client, jia):
    answer = client.post("/sign-in", data={"username": "jia", "password": PASSWORD}, base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]


def words(answer):
    return re.findall(r'class="mk-error">(.*?)</p>', answer.text)


def test_wrong_name_wrong_password_and_locked_look_the_same(client, jia, work):
    wrong_name, wrong_password = enter(client, username="nobody"), enter(client, password="wrong-password-1")
    with work() as ctx:
        service.lock_login(ctx, jia.login_id, reason="离职")
    locked = enter(client)
    assert {answer.status_code for answer in (wrong_name, wrong_password, locked)} == {403}
    assert words(wrong_name) == words(wrong_password) == words(locked) != []
    assert "Set-Cookie" not in wrong_name.headers


def test_ten_refused_posts_lock_the_door_for_a_quarter_of_an_hour(client, jia, clock):
    for _ in range(10):
        enter(client, password="wrong-password-1")
    assert enter(client).status_code == 403
    clock.advance(minutes=15)
    assert enter(client).status_code == 303


def test_an_empty_form_is_refused_at_both_fields(client):
    answer = client.post("/sign-in", data={})
    assert answer.status_code == 422
    assert 'href="#f-username"' in answer.text
    assert 'href="#f-password"' in answer.text


def test_the_password_never_comes_back_in_the_page(client, jia):
    assert "wrong-password-1" not in enter(client, password="wrong-password-1").text


def test_a_form_from_another_site_is_refused(client, jia):
    answer = client.post(
        "/sign-in", data={"username": "jia", "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("target", ["/desk", "/tenders/ZJ-2026-000001?x=1", "/"])
def test_a_path_of_ours_is_followed_after_signing_in(client, jia, target):
    assert enter(client, next=target).location == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\n/evil",
    ],
)
def test_another_site_is_never_followed(client, jia, target):
    assert local_path(target) == ""
    assert enter(client, next=target).location == "/desk"


def test_a_guarded_page_sends_to_sign_in_and_back(client, jia):
    answer = client.get("/me/tokens")
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=")
    assert 'value="/me/tokens"' in client.get(answer.location).text


def test_signing_in_again_ends_the_former_sign_in_of_this_browser(client, jia, work):
    enter(client)
    old = client.get_cookie(COOKIE).value
    enter(client)
    with work(write=False) as ctx:
        assert queries.live_sign_in(ctx, old) is None
        assert queries.live_sign_in(ctx, client.get_cookie(COOKIE).value)


def test_signing_out_kills_the_token_on_the_server(client, jia):
    enter(client)
    old = client.get_cookie(COOKIE).value
    assert client.post("/sign-out").status_code == 303
    client.set_cookie(COOKIE, old)
    assert client.get("/me/security").status_code == 303


def test_using_the_pages_keeps_a_sign_in_alive_and_idling_ends_it(client, jia, clock):
    enter(client)
    for _ in range(3):
        clock.advance(minutes=20)
        assert client.get("/me/security").status_code == 200
    clock.advance(minutes=31)
    assert client.get("/me/security").status_code == 303


def test_twelve_hours_end_even_a_busy_sign_in(client, jia, clock):
    enter(client)
    for _ in range(35):
        clock.advance(minutes=20)
        assert client.get("/me/security").status_code == 200
    clock.advance(minutes=20)
    assert client.get("/me/security").status_code == 303


def test_another_sign_in_of_ones_own_is_shown_and_ended(app, client, jia):
    enter(client)
    other = app.test_client()
    enter(other)
    page = client.get("/me/security").text
    [path] = re.findall(r'action="(/me/security/sign-ins/\w+/end)"', page)
    assert client.post(path).status_code == 303
    assert other.get("/me/security").status_code == 303
    assert client.get("/me/security").status_code == 200


def test_somebody_elses_sign_in_answers_like_a_missing_one(app, client, jia, work):
    with work() as ctx:
        yi = a_member(ctx, "enterprise", username="yi")
    other = app.test_client()
    enter(other, username="yi")
    with work(write=False) as ctx:
        theirs = queries.sign_ins(ctx, yi.login_id)[0].id
    enter(client)
    real = client.post(f"/me/security/sign-ins/{theirs}/end")
    made_up = client.post(f"/me/security/sign-ins/{'0' * 32}/end")
    assert real.status_code == made_up.status_code == 404
    assert other.get("/me/security").status_code == 200


def change(browser, **over):
    data = {"current": PASSWORD, "password": "walnut-ferry-9021", "again": "walnut-ferry-9021"}
    return browser.post("/me/security", data={**data, **over})


def test_the_password_is_changed_and_other_browsers_are_out(app, client, jia):
    other = app.test_client()
    enter(client)
    enter(other)
    assert change(client).location == "/me/security?done=password"
    assert client.get("/me/security").status_code == 200
    assert other.get("/me/security").status_code == 303


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"current": "wrong-password-1"}, "current"),
        ({"password": "short", "again": "short"}, "password"),
        ({"again": "something-else-1"}, "again"),
        ({"current": ""}, "current"),
    ],
)
def test_a_wrong_password_change_is_explained_at_its_field(client, jia, wrong, field):
    enter(client)
    answer = change(client, **wrong)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert enter(client).status_code == 303


def test_a_token_is_shown_once_works_and_is_revoked(client, jia):
    enter(client)
    issued = client.post("/me/tokens", data={"name": "财务系统", "scopes": ["tender.draft"], "days": "30"})
    [secret] = re.findall(r"mkt_[\w-]{40,}", issued.text)
    assert issued.headers["Cache-Control"] == "no-store"
    listed = client.get("/me/tokens").text
    assert secret not in listed
    assert "财务系统" in listed
    bearer = {"Authorization": f"Bearer {secret}"}
    client.delete_cookie(COOKIE)
    assert client.get("/api/v1/me", headers=bearer).json["permissions"] == ["tender.draft"]
    enter(client)
    [path] = re.findall(r'action="(/me/tokens/\w+/revoke)"', client.get("/me/tokens").text)
    assert client.post(path).status_code == 303
    client.delete_cookie(COOKIE)
    assert client.get("/api/v1/me", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["bid.place"]}, "scopes"),
        ({"days": "0"}, "days"),
        ({"days": "many"}, "days"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_token_is_explained_at_its_field(client, jia, wrong, field):
    enter(client)
    answer = client.post("/me/tokens", data={"name": "财务系统", "scopes": ["tender.draft"], "days": "30", **wrong})
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text


def test_a_person_with_two_organisations_chooses_and_gets_a_new_token(client, jia, work):
    with work() as ctx:
        second = an_organisation(ctx, kind="agency", name="江苏诚达工程咨询有限公司")
        service.grant(ctx, login_id=jia.login_id, organisation_id=second.id, role="agency")
    assert enter(client).location == "/switch"
    with work(write=False) as ctx:
        now = queries.live_sign_in(ctx, client.get_cookie(COOKIE).value).organisation_id
    target = second.id if now != second.id else jia.organisation_id
    assert "江苏诚达工程咨询有限公司" in client.get("/switch").text
    old = client.get_cookie(COOKIE).value
    assert client.post("/switch", data={"organisation_id": target}).status_code == 303
    assert client.get_cookie(COOKIE).value != old
    assert client.get("/api/v1/me").json["organisation_id"] == target


def test_a_strange_organisation_cannot_be_chosen(client, jia, work):
    with work() as ctx:
        strange = an_organisation(ctx)
    enter(client)
    assert client.post("/switch", data={"organisation_id": strange.id}).status_code == 404


@pytest.mark.parametrize("path", ["/sign-in", "/me/security", "/me/tokens", "/switch"])
def test_every_page_speaks_english_without_a_chinese_word_of_ours(client, jia, path):
    if path != "/sign-in":
        enter(client)
    page = client.get(path, query_string={"lang": "en"}).text
    main = page[page.index("<main") : page.index("</main>")]
    for own in (jia.name, jia.organisation_name):
        main = main.replace(own, "")
    assert re.findall(r"[\u4e00-\u9fff]+", main) == []
