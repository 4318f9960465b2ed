"""Who may change what: permissions, foreign sites, and other people's things, on every route that writes."""

from itertools import count

import pytest

from marketplace.testing.plugin import FlaskClient
from tests.security.bodies import Shapes, form_in
from tests.security.crawl import askers, browsers, by_turns, digests, marker_of, permitted, rules_of
from tests.security.things import ID, KINDS, Thing, filled, stock

pytestmark = pytest.mark.once

SAFE = {"GET", "HEAD", "OPTIONS"}
MACHINES = {"/payments/notices/<gateway>"}
FOREIGN = (
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Referer": "https://localhost.evil.example/"},
)


def writes(app):
    """(rule, method) of every route that changes something."""
    return [(rule, method) for rule in rules_of(app) for method in sorted(rule.methods - SAFE)]


def nowhere(rule, things):
    """An address of the rule that names a thing which nobody has."""
    return next(filled(rule, things)).missing


@pytest.fixture
def things(app):
    found = stock(app)
    return {kind: rows or [_nothing(kind)] for kind, rows in found.items()}


def _nothing(kind):
    """A thing of a kind of which the market holds none; where the kind has numbers or codes, one of those."""
    missing = KINDS[kind].missing
    return Thing("fedcba9876543210fedcba9876543210") if missing == ID else Thing(missing, missing=missing)


def test_every_role_is_let_in_or_turned_away_as_the_table_says(app, market, things, everybody):
    wrong = []
    people = browsers(app, market)
    for turn, (rule, method) in enumerate(writes(app)):
        if rule.endpoint == "marketplace_identity.sign_out":
            continue  # it would end what the other routes need
        marker, address = marker_of(app, rule, method), nowhere(rule, things)
        for who in askers(market, marker, turn, everybody=everybody):
            got = people[who].open(address, method=method)
            if permitted(market, who, marker):
                fine = got.status_code not in {401, 405} and (got.status_code < 500 or rule.rule in MACHINES)
            elif who:
                fine = got.status_code == 403
            elif rule.rule.startswith("/api/"):
                fine = got.status_code == 401
            else:
                fine = got.status_code == 303 and got.headers["Location"].startswith("/sign-in")
            if not fine:
                wrong.append(f"{got.status_code} {who or 'public'} {method} {address} needs {marker}")
            got.close()
    assert wrong == []


def test_no_page_takes_a_form_of_another_site(app, market, things):
    people = browsers(app, market)
    app.test_client_class = FlaskClient
    taken = []
    key = people["a-buyer"].get_cookie("marketplace_sign_in").value
    before = digests(app)
    for rule, method in writes(app):
        if rule.rule.startswith("/api/") or rule.rule in MACHINES:
            continue
        for headers in FOREIGN:
            browser = app.test_client()
            browser.set_cookie("marketplace_sign_in", key)
            got = browser.open(nowhere(rule, things), method=method, headers=headers)
            if got.status_code != 400:
                taken.append(f"{got.status_code} {method} {rule.rule} {headers}")
    assert taken == []
    assert digests(app) == before


def test_a_cookie_alone_does_not_open_the_api_to_another_site(app, market, things):
    people = browsers(app, market)
    app.test_client_class = FlaskClient
    taken = []
    for rule, method in writes(app):
        if rule.rule.startswith("/api/"):
            for headers in FOREIGN:
                browser = app.test_client()
                browser.set_cookie("marketplace_sign_in", people["a-buyer"].get_cookie("marketplace_sign_in").value)
                got = browser.open(nowhere(rule, things), method=method, headers=headers)
                if got.status_code != 401:
                    taken.append(f"{got.status_code} {method} {rule.rule} {headers}")
    assert taken == []


def test_a_token_opens_the_api_from_anywhere_as_far_as_its_scopes_reach(app, market, things):
    app.test_client_class = FlaskClient
    wrong = []
    for rule, method in writes(app):
        marker = marker_of(app, rule, method)
        if not rule.rule.startswith("/api/"):
            continue
        for who in ("a-agency", "a-buyer", "authority"):
            headers = {"Authorization": f"Bearer {market.tokens[who]}", "Origin": "https://system.example"}
            got = app.test_client().open(nowhere(rule, things), method=method, headers=headers)
            expected = got.status_code != 401 if permitted(market, who, marker) else got.status_code == 403
            if not expected:
                wrong.append(f"{got.status_code} {who} {method} {rule.rule} needs {marker}")
    assert wrong == []


# Things that others than their owners may see or touch, and why.
ANY_AGENCY = "a published tender is open to every agency"
ROOM = "rooms are public: numbers while they run, names and every quote after the end"
CEREMONY = "openings, rankings and draws are public so that anybody can repeat them"
KEEPERS = "the notice names the keepers; only they are heard, and each gets its own sealed share"
ENTRY = "entering is a public event; its receipt names only what the directory names"
OWN_RECEIPTS = "a published tender is open to every agency, and each sees its own receipts"
OWN_LEAF = "the tender is published; a receipt of another agency is not found"
ON_PAPER = "published: notice, results, publicity"
PUBLIC = {
    "/agencies/<uscc>": "directory",
    "/agency/join/<uscc>/receipt": ENTRY,
    "/agency/join/<uscc>/receipt.json": ENTRY,
    "/agency/join/<uscc>/receipt/proof.json": ENTRY,
    "/api/v1/agencies/<uscc>": "directory",
    "/api/v1/agencies/<uscc>/grades": "credit is public",
    "/api/v1/agencies/<uscc>/reviews": "credit is public",
    "/api/v1/agencies/<uscc>/score-entries": "credit is public",
    "/rankings/<uscc>": "credit is public",
    "/api/v1/buyers/<buyer_id>": "directory",
    "/buyers/<buyer_id>": "directory",
    "/tenders/<number>": ON_PAPER,
    "/api/v1/tenders/<number>": ON_PAPER,
    "/api/v1/tenders/<tender_id>/awards": ON_PAPER,
    "/api/v1/tenders/<tender_id>/amendments": ON_PAPER,
    "/api/v1/tenders/<tender_id>/clarifications": "published, and every agency may ask",
    "/api/v1/clarifications/<clarification_id>/answer": "questions are on public notice; only the buyer is heard",
    "/api/v1/tenders/<tender_id>/bids/mine/confirmation": ANY_AGENCY,
    "/tenders/<number>/ask": "a published tender is open to the questions of every agency",
    "/tenders/<number>/bid/confirm": ANY_AGENCY,
    "/api/v1/tenders/<tender_id>/exclusions": ON_PAPER,
    "/api/v1/tenders/<tender_id>/objections": ON_PAPER,
    "/api/v1/tenders/<tender_id>/offers": ON_PAPER,
    "/awards/<number>": ON_PAPER,
    "/awards/<number>/letter": "the letter is public",
    "/v/<code>": "whoever holds the check code may check the letter",
    "/api/v1/letters/<code>": "whoever holds the check code may check the letter",
    "/auctions/<number>": ROOM,
    "/auctions/<number>/events": ROOM,
    "/auctions/<number>/record": ROOM,
    "/api/v1/auctions/<number>": ROOM,
    "/api/v1/auctions/<number>/audit.json": ROOM,
    "/tenders/<number>/opening": CEREMONY,
    "/draws/<number>": CEREMONY,
    "/draws/<number>/signature": "whoever holds the code of a witness may sign; the draw itself is public",
    "/api/v1/tenders/<number>/keepers": CEREMONY,
    "/api/v1/tenders/<number>/minutes": CEREMONY,
    "/api/v1/tenders/<number>/ranking.json": CEREMONY,
    "/api/v1/tenders/<number>/proof.json": CEREMONY,
    "/api/v1/tenders/<number>/ocds.json": "published tenders are on public notice",
    "/keeper/<number>": KEEPERS,
    "/keeper/<number>/share.json": KEEPERS,
    "/keeper/<number>/share": KEEPERS,
    "/keeper/<number>/seed": KEEPERS,
    "/keeper/<number>/numbers": KEEPERS,
    "/api/v1/tenders/<number>/shares/mine": KEEPERS,
    "/api/v1/tenders/<tender_id>/shares": KEEPERS,
    "/buyer/questions/<clarification_id>": "questions are on public notice; only the buyer is heard",
    "/api/v1/draws/<number>.json": "draws are public so that anybody can repeat them",
    "/contracts/<number>": "contract notices are public",
    "/api/v1/contract-notices/<number>": "contract notices are public",
    "/tenders/<number>/bid": ANY_AGENCY,
    "/tenders/<number>/bid/check": ANY_AGENCY,
    "/tenders/<number>/bid/eligibility": ANY_AGENCY,
    "/tenders/<number>/bid/offer": ANY_AGENCY,
    "/tenders/<number>/receipts": OWN_RECEIPTS,
    "/tenders/<number>/receipts/<leaf>": OWN_LEAF,
    "/tenders/<number>/receipts/<leaf>.json": OWN_LEAF,
    "/tenders/<number>/receipts/<leaf>/proof.json": OWN_LEAF,
    "/tenders/<number>/bid/withdraw": ANY_AGENCY,
    "/api/v1/tenders/<tender_id>/bids": ANY_AGENCY,
    "/api/v1/tenders/<tender_id>/bids/mine": ANY_AGENCY,
    "/api/v1/tenders/<tender_id>/bids/mine/withdrawal": ANY_AGENCY,
    "/api/v1/tenders/<tender_id>/eligibility": ANY_AGENCY,
    "/api/v1/tenders/<tender_id>/receipts": OWN_RECEIPTS,
    "/awards/<number>/accept": "awards are on public notice; only the winner is heard",
    "/awards/<number>/decline": "awards are on public notice; only the winner is heard",
    "/api/v1/awards/<award_id>/acceptance": "awards are on public notice; only the winner is heard",
    "/api/v1/awards/<award_id>/refusal": "awards are on public notice; only the winner is heard",
    "/api/v1/awards/<award_id>/confirmation": "awards are on public notice; only the buyer is heard",
    "/api/v1/awards/<award_id>/lapse": "awards are on public notice; only the buyer is heard",
    "/buyer/tenders/<number>/confirm": "published tenders and their awards are on public notice",
    "/buyer/tenders/<number>/lapse": "published tenders and their awards are on public notice",
    "/buyer/tenders/<number>/exclude/<offer_id>": "opened offers are on public notice; only the buyer is heard",
    "/api/v1/offers/<offer_id>/exclusion": "opened offers are on public notice; only the buyer is heard",
    "/api/v1/awards/<award_id>/contract": "awards are on public notice; only the buyer is heard",
    "/objections/<objection_id>": "objections are on public notice; only the deciding side is heard",
    "/awards/<number>/objection": "every bidder may object in the publicity days",
    "/api/v1/awards/<award_id>/objections": "every bidder may object in the publicity days",
}
NOT_YET_PUBLIC = {"draft"}


def private(rule, put):
    """Whether an address names a thing that only its owners may know of."""
    return rule.rule not in PUBLIC or all(thing.state in NOT_YET_PUBLIC for thing in put.things.values())


def strangers(rule, method, app, market, put):
    """Companies and departments that the route lets in though none of the things in the address is theirs."""
    marker = marker_of(app, rule, method)
    for who, actor in {"": None, **market.people}.items():
        home = actor.organisation_id if actor else ""
        if who in market.state or not permitted(market, who, marker) or who.endswith("checker"):
            continue
        if all(thing.owners and home not in thing.owners for thing in put.things.values()):
            yield who


def chosen(rule, things):
    """Addresses of a rule that name things: two of each state."""
    seen = {}
    for put in filled(rule, things):
        if put.things:
            words = put.missing
            seen.setdefault((words, *(thing.state for thing in put.things.values())), []).append(put)
    return [put for puts in seen.values() for put in (puts[0], puts[-1])]


def said(got, put, missing=False):
    """An answer without the value that was asked for."""
    text, onward = got.get_data(as_text=True), got.headers.get("Location", "")
    for thing in put.things.values():
        value = thing.missing if missing else thing.value
        text, onward = text.replace(value, "*"), onward.replace(value, "*")
    return got.status_code, onward, text


def body_for(app, market, people, shapes, rule, method, put):
    """What the owner would send."""
    if method == "GET":
        return {}
    if rule.rule.startswith("/api/"):
        schema = shapes.schema(rule.rule, method)
        return {"json": shapes.fill(schema)} if schema else {}
    owners = set().union(*(thing.owners for thing in put.things.values()))
    for who, actor in market.people.items():
        if actor.organisation_id in owners:
            fields, _ = form_in(people[who].get(put.address).get_data(as_text=True), put.address)
            if fields:
                return {"data": fields}
    return {}


def private_addresses(app, market, things, api, read, most):
    """(rule, method, address, stranger) for everything that is not public; at most so many strangers each."""
    turns = count()
    for rule in rules_of(app):
        if rule.rule.startswith("/api/") != api or not rule.arguments:
            continue
        methods = rule.methods & {"GET"} if read else rule.methods - SAFE
        for method in sorted(methods):
            for put in (put for put in chosen(rule, things) if private(rule, put)):
                for who in by_turns(list(strangers(rule, method, app, market, put)), next(turns), most):
                    yield rule, method, put, who


@pytest.mark.parametrize("part", ["pages read", "pages written", "API read", "API written"])
def test_what_belongs_to_another_is_as_if_it_did_not_exist(app, market, things, part, everybody):
    door, _, does = part.partition(" ")
    people = browsers(app, market)
    shapes = Shapes(people[""].get("/api/v1/openapi.json").json)
    told, asked = set(), 0
    before = digests(app)
    most = None if everybody else (1 if part == "pages written" else 2)  # a form is fetched and sent twice for each
    bodies = {}
    for rule, method, put, who in private_addresses(app, market, things, door == "API", does == "read", most):
        if (method, put.address) not in bodies:
            bodies[method, put.address] = body_for(app, market, people, shapes, rule, method, put)
        body = bodies[method, put.address]
        there = said(people[who].open(put.address, method=method, **body), put)
        nobody = said(people[who].open(put.missing, method=method, **body), put, missing=True)
        asked += 1
        if there != nobody:
            told.add(f"{method} {rule.rule} {who or 'public'}: {there[0]} not {nobody[0]}")
    assert told == set()
    assert digests(app) == before
    assert asked > 20
