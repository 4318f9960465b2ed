"""Whatever is sent, the answer is a refusal in words: never a 500, never another site, never a file of the machine."""

import io
import json
from collections import deque

import pytest

from marketplace.testing.plugin import FlaskClient
from tests.security.bodies import TEXT, Shapes, form_in
from tests.security.crawl import browsers, marker_of, permitted, rules_of
from tests.security.things import Thing, filled, stock

ONCE = pytest.mark.once  # the answer is given before a database is asked
MACHINES = {"/payments/notices/<gateway>"}  # 503 asks a provider to send its notice again
SAFE = {"GET", "HEAD", "OPTIONS"}
NUL, SURROGATE, LONG = "坏\x00字", "坏\ud800字", "字" * 25_000
BAD = (
    pytest.param(NUL, id="NUL"),
    pytest.param(SURROGATE, id="surrogate", marks=ONCE),
    pytest.param(LONG, id="long", marks=ONCE),
)
GARBAGE = (
    "", "\x00", "\ud800", "-1", "0", "9" * 40, "1e400", "NaN", "' OR 1=1 --", "%", "_", "../../etc/passwd", "{{7*7}}",
    "<script>", "a" * 5000, "2026-13-45", "=1+1", "\r\nX-Evil: 1", "null", "[]", "\U0010ffff",
    "eyJhIjoxfQ", "W10", "WzFd", "bnVsbA", "W3siYXQiOjF9XQ", "WzllOTk5XQ", "W251bGxd", "/", "WyJhIiwiYiJd", "Wy0xLCItMSJd",
    "WzEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MCwgIjAiXQ", "WyJcdWQ4MDAiXQ", "WyJcdWQ4MDAiLCJcdWQ4MDAiXQ",
)  # fmt: skip
ASKED = (
    "after", "lang", "text", "q", "year", "month", "status", "stage", "region", "item", "item_code", "method", "mode",
    "field", "authority", "stars", "order", "sort", "from", "to", "at", "day", "kind", "code", "rows", "limit", "done",
    "next", "scope", "state", "standing", "name", "uscc", "number", "department", "minimum", "ceiling", "fund_source",
    "leaf", "first", "second", "closes_at", "about", "buyer", "agency", "line", "page", "tender", "contract", "award",
)  # fmt: skip


@pytest.fixture
def things(app):
    return {kind: rows or [Thing("fedcba9876543210fedcba9876543210")] for kind, rows in stock(app).items()}


def insider(app, market, rule, method):
    """Somebody whom the route lets in."""
    marker = marker_of(app, rule, method)
    return next(who for who in ("", *market.people) if permitted(market, who, marker))


def parameters(shapes, rule):
    """Query parameters that the OpenAPI document names for a route, and those that pages use."""
    path = rule.rule.replace("<", "{").replace(">", "}")
    given = shapes.document["paths"].get(path, {}).get("get", {}).get("parameters", [])
    return sorted({part["name"] for part in given if part.get("in") == "query"}) or ASKED


@pytest.mark.parametrize(
    "sample", [pytest.param(2, marks=pytest.mark.once), pytest.param(len(GARBAGE), marks=pytest.mark.long)]
)
def test_garbage_in_a_query_is_never_a_500(app, market, things, sample):
    people = browsers(app, market)
    shapes = Shapes(people[""].get("/api/v1/openapi.json").json)
    broken, words = [], deque(text.encode("utf-8", "surrogatepass") for text in GARBAGE)
    for rule in rules_of(app):
        if "GET" not in rule.methods or rule.rule.startswith("/static/"):
            continue
        words.rotate(sample)  # the next address gets the next words
        put, browser = next(filled(rule, things)), people[insider(app, market, rule, "GET")]
        names = parameters(shapes, rule)
        for word in list(words)[:sample]:
            got = browser.get(put.address, query_string=dict.fromkeys(names, word))
            if got.status_code >= 500:
                broken.append(f"{got.status_code} {put.address} {word[:30]!r}")
            got.close()
        browser.delete_cookie("marketplace_lang")
    assert broken == []


def test_a_cursor_that_we_did_not_give_out_is_refused(app, market, things):
    people = browsers(app, market)
    shapes = Shapes(people[""].get("/api/v1/openapi.json").json)
    lists = [r for r in rules_of(app) if r.rule.startswith("/api/") and "after" in parameters(shapes, r)]
    lists = [r for r in lists if "GET" in r.methods and parameters(shapes, r) != ASKED]
    assert len(lists) > 3
    for rule in lists:
        browser, address = people[insider(app, market, rule, "GET")], next(filled(rule, things)).address
        for cursor in ("x", "W10", "9" * 5000, "WzEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MCwgIjAiXQ"):
            got = browser.get(address, query_string={"after": cursor})
            assert got.status_code in {403, 404, 422}, f"{got.status_code} {address} {cursor[:20]}"


@pytest.mark.parametrize("bad", BAD)
def test_bad_characters_in_any_field_of_the_api_are_refused_or_cleaned(app, market, things, bad):
    people = browsers(app, market)
    shapes = Shapes(people[""].get("/api/v1/openapi.json").json)
    broken, tried = [], 0
    for rule in rules_of(app):
        for method in sorted(rule.methods - SAFE):
            schema = shapes.schema(rule.rule, method) if rule.rule.startswith("/api/") else None
            if schema is None:
                continue
            address, browser = next(filled(rule, things)).address, people[insider(app, market, rule, method)]
            whole = shapes.fill(schema)
            worse = [shapes.fill(schema, lambda: bad), *({**whole, name: bad} for name in whole)]
            for body in worse:
                tried += 1
                got = browser.open(address, method=method, data=json.dumps(body), content_type="application/json")
                if got.status_code >= 500:
                    broken.append(f"{got.status_code} {method} {rule.rule} {[k for k, v in body.items() if v == bad]}")
    assert tried > 50
    assert sorted(set(broken)) == []


@pytest.mark.parametrize("bad", BAD)
def test_bad_characters_in_any_field_of_a_form_are_refused_or_cleaned(app, market, things, bad):
    people = browsers(app, market)
    broken, tried = [], 0
    for rule in rules_of(app):
        if rule.rule.startswith("/api/") or not {"GET", "POST"} & rule.methods:
            continue
        for method in rule.methods & {"POST"}:
            address, browser = next(filled(rule, things)).address, people[insider(app, market, rule, method)]
            fields, _ = form_in(browser.get(address).get_data(as_text=True), address)
            raw = bad.encode("utf-8", "surrogatepass")
            forms = [dict.fromkeys(fields or ["text", "reason"], raw), *({**fields, name: raw} for name in fields)]
            for form in forms[:1] if bad == LONG else forms:  # what is too long is counted by one rule for all fields
                tried += 1
                got = browser.post(address, data=form)
                if got.status_code >= 500 and rule.rule not in MACHINES:
                    broken.append(f"{got.status_code} {rule.rule} {[k for k, v in form.items() if v == raw]}")
    assert tried > 30
    assert sorted(set(broken)) == []


BODIES = {
    "no JSON": (b"{", "application/json", {400, 422}),
    "deep JSON": (b"[" * 100_000 + b"]" * 100_000, "application/json", {400, 422}),
    "a list": (b"[1,2]", "application/json", {400, 422}),
    "a number": (b"1e999", "application/json", {400, 422}),
    "null": (b"null", "application/json", {400, 422}),
    "no UTF-8": (b'{"name": "\xff\xfe"}', "application/json", {400, 422}),
    "another type": (b"<a/>", "application/xml", {400, 415, 422}),
    "a form": (b"a=b", "application/x-www-form-urlencoded", {400, 415, 422}),
}


@ONCE
@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_document_of_ours_is_refused(app, market, things, name):
    people = browsers(app, market)
    shapes = Shapes(people[""].get("/api/v1/openapi.json").json)
    body, kind, fine = BODIES[name]
    wrong = []
    for rule in rules_of(app):
        for method in sorted(rule.methods - SAFE):
            if not rule.rule.startswith("/api/") or shapes.schema(rule.rule, method) is None:
                continue
            browser = people[insider(app, market, rule, method)]
            got = browser.open(next(filled(rule, things)).address, method=method, data=body, content_type=kind)
            if got.status_code not in fine | {404, 409}:  # where a body may be left out, another type is none
                wrong.append(f"{got.status_code} {method} {rule.rule}")
    assert wrong == []


def test_a_body_that_is_too_large_is_refused(app):
    app.config["MAX_CONTENT_LENGTH"] = 1000
    browser = app.test_client()
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert browser.post("/sign-in", data={"username": "a" * 2000}, headers=headers).status_code == 413
    assert browser.post("/api/v1/complaints", json={"text": "a" * 2000}, headers=headers).status_code == 413
    large = b"a" * 70_000
    assert browser.post("/payments/notices/sandbox", data=large, headers=headers).status_code == 413


ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "/\t/evil.example", "///evil.example", "https:evil.example", " //evil.example", "/%0d%0aX-Evil:%201",
    "/\r\nX-Evil: 1", "http://localhost@evil.example/", "/..//evil.example", "/.//evil.example",
)  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_to_another_site(app, market, target):
    from marketplace.testing.identity import PASSWORD

    app.test_client_class = FlaskClient
    browser = app.test_client()
    moves = [browser.get("/lang/en", query_string={"next": target})]
    form = {"username": "a-agency", "password": PASSWORD, "next": target}
    moves.append(browser.post("/sign-in", data=form, headers={"Sec-Fetch-Site": "same-origin"}))
    for got in moves:
        place = got.headers.get("Location", "/")
        assert place.startswith("/"), place
        assert not place.startswith(("//", "/\\")), place
        assert not place.startswith("/\t"), place
        assert "X-Evil" not in got.headers
        assert got.status_code < 500


def test_files_outside_are_never_served(app, market, things):
    browser = app.test_client()
    for path in ("../../../../etc/passwd", "..%2f..%2fpages.py", "%2e%2e/pages.py", "....//pages.py", "/etc/passwd",
                 "..\\pages.py", "marketplace.css%00.png", "%00", "../headers.py"):  # fmt: skip
        got = browser.get(f"/static/marketplace/{path}")
        assert got.status_code in {400, 404, 308}, path
        assert b"root:" not in got.data
    people = browsers(app, market)
    for id in ("../market.db", "..%2f..%2fmarket.db", "%00", "a" * 5000):
        assert people["a-agency"].get(f"/deliverables/{id}/file").status_code in {404, 422}


def test_a_foreign_host_name_does_not_enter_letters_links_or_codes(app, market, things):
    app.test_client_class = FlaskClient
    letter = next(t for t in things["award number"] if "letter" in t.state)
    code = next(t for t in things["check code"])
    addresses = ("/", "/tenders", f"/awards/{letter.value}/letter", f"/v/{code.value}", "/sign-in", "/log",
                 f"/api/v1/letters/{code.value}", "/api/v1/openapi.json", "/api/v1/tenders", "/desk")  # fmt: skip
    for address in addresses:
        got = app.test_client().get(address, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in got.get_data(as_text=True) + str(got.headers), address


def test_a_deliverable_with_a_hostile_name_is_served_as_a_plain_attachment(app, market, things):
    people = browsers(app, market)
    mine = market.sides["a"].agency.organisation_id
    seen = 0
    for thing in things["deliverable_id"]:
        if mine in thing.owners:
            for address in (f"/deliverables/{thing.value}/file", f"/api/v1/deliverables/{thing.value}/file"):
                got = people["a-agency"].get(address)
                seen += 1
                assert got.status_code == 200
                assert got.headers["Content-Disposition"].startswith("attachment")
                assert got.headers["X-Content-Type-Options"] == "nosniff"
                got.close()
    assert seen


HOSTILE_FILES = (
    ("report.pdf", b"<html><script>steal()</script></html>"),
    ("report.pdf.exe", b"MZ\x90\x00"),
    ("report.html", b"<script>steal()</script>"),
    ("report.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='steal()'/>"),
    ("report.pdf", b""),
    ("../../../etc/cron.d/evil", b"* * * * * root id"),
    ("a\r\nX-Evil: 1.pdf", b"MZ"),
    ("report.pdf", b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"),
)


@pytest.mark.parametrize(("name", "content"), HOSTILE_FILES)
def test_hostile_files_are_refused_at_the_door(app, market, things, name, content):
    browser = browsers(app, market)["a-agency"]
    mine = market.sides["a"].agency.organisation_id
    part = next(t for t in things["milestone_id"] if mine in t.owners and t.state == "delivered")
    before = len(stock(app)["deliverable_id"])
    for address in (f"/agency/milestones/{part.value}/deliver", f"/api/v1/milestones/{part.value}/deliverables"):
        got = browser.post(address, data={"file": (io.BytesIO(content), name), "note": TEXT[:5]})
        assert got.status_code == 422, f"{address} {got.status_code} {got.get_data(as_text=True)[:300]}"
    assert len(stock(app)["deliverable_id"]) == before
