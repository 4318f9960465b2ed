"""The delivery kit: markers, refusals, forms from elsewhere, languages, cursors, repeated requests."""

import base64
import json

import pytest
from flask import Flask
from marshmallow import fields
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from marketplace.identity import service as identity
from marketplace.kernel.deadlines import Deadline
from marketplace.kernel.errors import DomainError, Kind, Unstorable
from marketplace.kernel.money import parse_yuan
from marketplace.testing.identity import a_member
from marketplace.web import doors, paging
from marketplace.web.schemas import InstantField, Schema, Text, YuanAsFen

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once


class Refusal(DomainError):
    kind = Kind.CONFLICT
    code = "test.refusal"
    message = "编号{number}不能再用"


class ThingIn(Schema):
    title = Text(required=True, longest=10)
    price = YuanAsFen()
    tags = fields.List(Text())
    at = InstantField()


page = doors.page_door("test_page", __name__)
api = doors.api_door("test_api", __name__)


@page.post("/test/refused")
@doors.public
@doors.unit_of_work
def refused(ctx):
    ctx.number("RR")
    raise Refusal(number=7)


@page.post("/test/answered-422")
@doors.public
@doors.unit_of_work
def answered_422(ctx):
    ctx.number("RR")
    return "请修改", 422


@page.post("/test/kept-422")
@doors.public
@doors.unit_of_work
def kept_422(ctx):
    ctx.number("RR")
    doors.keep()
    return "已计数", 422


@api.post("/test/things")
@doors.public
@doors.unit_of_work
@api.arguments(ThingIn)
@api.response(201, ThingIn)
def make_thing(ctx, data):
    if data["title"] == "refuse":
        raise Refusal(number=7, field="title")
    return {"title": ctx.number("TT"), "price": data.get("price")}


@api.get("/test/private")
@doors.requires("tender.publish")
@doors.unit_of_work
def private(ctx):
    return {"ok": True}


@pytest.fixture
def browser(app: Flask, client):
    app.register_blueprint(page)
    app.extensions["marketplace_api"].register_blueprint(api, url_prefix="/api/v1")
    return client


def next_number(runtime, series):
    with runtime.work(write=True) as ctx:
        return int(ctx.number(series)[-6:])


def test_a_refusal_is_a_page_in_words_and_keeps_nothing(browser, runtime):
    answer = browser.post("/test/refused")
    assert answer.status_code == 409
    assert "编号7不能再用" in answer.text
    assert next_number(runtime, "RR") == 1


def test_an_answer_of_422_keeps_nothing(browser, runtime):
    assert browser.post("/test/answered-422").status_code == 422
    assert next_number(runtime, "RR") == 1


def test_an_answer_of_422_is_kept_when_the_view_says_so(browser, runtime):
    assert browser.post("/test/kept-422").status_code == 422
    assert next_number(runtime, "RR") == 2


def test_a_refusal_is_a_problem_document(browser):
    answer = browser.post("/api/v1/test/things", json={"title": "refuse"})
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert answer.json["code"] == "test.refusal"
    assert answer.json["errors"] == {"title": ["编号7不能再用"]}


def test_a_bad_shape_names_every_field_in_our_words(browser):
    answer = browser.post("/api/v1/test/things", json={"price": "1.234", "colour": "red"})
    assert answer.status_code == 422
    assert answer.json["errors"] == {
        "title": ["此项必填"],
        "price": ["请填写金额，最多两位小数，例如 12800.00"],
        "colour": ["不认识的字段"],
    }


def test_the_api_answers_the_unknown_with_401_and_says_so_in_json(browser):
    answer = browser.get("/api/v1/test/private")
    assert (answer.status_code, answer.json["code"]) == (401, "http.401")


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_a_form_of_another_site_is_refused(browser, headers):
    assert browser.post("/test/answered-422", headers=headers).status_code == 400


def test_the_same_key_gets_the_same_answer_and_does_the_work_once(browser, runtime):
    answers = [
        browser.post("/api/v1/test/things", json={"title": "a"}, headers={"Idempotency-Key": "k1"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert next_number(runtime, "TT") == 2


def test_the_same_key_for_another_request_is_refused(browser):
    browser.post("/api/v1/test/things", json={"title": "a"}, headers={"Idempotency-Key": "k1"})
    answer = browser.post("/api/v1/test/things", json={"title": "b"}, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json["code"]) == (409, "web.idempotency_key_reused")


def test_an_answer_given_for_one_organisation_is_not_told_for_another(browser, runtime, sign_in):
    with runtime.work() as ctx:
        first = a_member(ctx, username="shared")
        second = a_member(ctx)
        identity.grant(ctx, login_id=first.login_id, organisation_id=second.organisation_id, role="buyer")
    numbers = []
    for organisation_id in (first.organisation_id, second.organisation_id):
        with runtime.work() as ctx:
            token = identity.open_sign_in(
                ctx, login_id=first.login_id, organisation_id=organisation_id, address="127.0.0.1"
            )
        browser.set_cookie("marketplace_sign_in", token)
        headers = {"Idempotency-Key": "k1", "Sec-Fetch-Site": "same-origin"}
        numbers.append(browser.post("/api/v1/test/things", json={"title": "a"}, headers=headers).json)
    assert numbers[0] != numbers[1]


def test_english_is_chosen_by_the_address_or_the_cookie(browser):
    assert browser.get("/api/v1/test/private?lang=en").json["title"] == "Please sign in first"
    browser.get("/lang/en?next=/healthz")
    assert browser.get("/api/v1/test/private").json["title"] == "Please sign in first"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_language_switch_leads_only_to_our_own_pages(browser, target):
    assert browser.get("/lang/en", query_string={"next": target}).headers["Location"] == "/"


def test_every_page_carries_the_strict_policy(browser):
    headers = browser.get("/").headers
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_form_values_become_data_or_errors_by_field(app):
    form = MultiDict(
        [("title", " 评估 "), ("price", "1,234.5"), ("tags", "a"), ("tags", "b"), ("at", "2026-03-02T09:00")]
    )
    with app.test_request_context():
        data, errors = doors.form_of(ThingIn, form)
        assert errors == {}
        assert (data["title"], data["price"], data["tags"]) == ("评估", parse_yuan("1234.5"), ["a", "b"])
        assert data["at"].isoformat() == "2026-03-02T09:00:00+08:00"
        assert doors.form_of(ThingIn, MultiDict([("title", " ")]))[1] == {"title": ["此项必填"]}


def test_pages_of_a_list_meet_every_row_once(work):
    with work() as ctx:
        for index in range(45):
            ctx.promise("test.never", f"thing/{index:02d}", ctx.now)
    seen, cursor = [], None
    with work(write=False) as ctx:
        while True:
            wanted = select(Deadline).where(Deadline.kind == "test.never")
            found = paging.page_of(
                ctx.session, wanted, key=(Deadline.due_at, Deadline.id), cursor=cursor, descending=True
            )
            seen += [row.subject for row in found.items]
            cursor = found.next
            if cursor is None:
                break
    assert len(seen) == len(set(seen)) == 45


# What no page ever gave out: an instant without a zone, one before the first, a number and a text beyond any column.
FORGED = [
    [{"at": "2026-01-01T00:00:00"}, "x"],
    [{"at": "0001-01-01T00:00:00+08:00"}, "x"],
    [{"at": "2026-01-01T00:00:00+08:00"}, "\ud800"],
    [{"at": "2026-01-01T00:00:00+08:00"}, 10**30],
]


@pytest.mark.parametrize("values", FORGED)
def test_a_forged_cursor_is_refused_and_is_no_server_error(client, values):
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    assert client.get("/api/v1/tenders", query_string={"after": cursor}).status_code == 422
    assert client.get("/tenders", query_string={"after": cursor}).status_code == 422


@pytest.mark.parametrize("address", ["/api/v1/tenders?stage=%00", "/tenders/%00", "/api/v1/letters/%00"])
def test_characters_that_no_database_takes_are_no_server_error(client, address):
    assert client.get(address).status_code in {200, 404, 422}


def test_a_number_that_does_not_fit_its_column_is_a_refusal(work):
    with pytest.raises(Unstorable), work() as ctx:
        ctx.session.add(Deadline(id="x", kind="k", subject="s", due_at=ctx.now, tries=2**64))
        ctx.session.flush()


@pytest.mark.parametrize("cursor", ["x", "W10", "eyJhIjoxfQ"])
def test_a_cursor_of_somebody_elses_making_is_refused(work, cursor):
    with pytest.raises(paging.BadCursor), work(write=False) as ctx:
        paging.page_of(ctx.session, select(Deadline), key=(Deadline.id,), cursor=cursor)
