"""Before opening: no price, no bidder on any page, endpoint, export, log line or in any column; outside, not even a count."""

import json
import logging
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import inspect, text

from marketplace.audit import service as audit
from marketplace.tenders import service as tenders
from marketplace.testing.identity import a_colleague, a_member
from marketplace.testing.plugin import engine_of, put_away
from marketplace.testing.selection import keys_apart
from marketplace.testing.tenders import (
    a_bid,
    a_buying_actor,
    a_tender,
    let_it_close,
    several_keepers,
    share_from,
    some_bidders,
)
from tests.flows.rivals import Rival
from tests.security.crawl import by_turns

pytestmark = pytest.mark.once

PRICES_FEN = (8_765_431, 8_642_097, 8_123_457)
ROLES = {
    "authority": ("authority", "authority"),
    "operator": ("operator", "operator"),
    "auditor": ("auditor", "auditor"),
    "sysadmin": ("operator", "sysadmin"),
    "secadmin": ("operator", "secadmin"),
    "auditadmin": ("operator", "auditadmin"),
    "department": ("department", "department"),
    "finance": ("department", "finance"),
    "other-buyer": ("enterprise", "buyer"),
}

# Files, and what differs from one look to the next by itself: the clock, and a workbook that bears its time of making.
APART = (
    "marketplace_web.static_file",
    "marketplace_web.language",
    "marketplace_web.clock",
    "marketplace_budgets.template",
    "marketplace_budgets.export",
)


def shapes(fen):
    """Every way a price could be written down."""
    yuan = f"{fen / 100:.2f}"
    return {str(fen), yuan, f"{fen / 100:,.2f}", yuan.split(".", maxsplit=1)[0], f"{fen // 100:,}"}


def holds(row, word):
    """Whether a word stands in a row by itself: not by chance inside a ciphertext or a hash."""
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(word)}(?![0-9A-Za-z])", row) is not None


def dump(app):
    """Every row of every table as text."""
    engine = engine_of(app)
    rows = set()
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                rows.add(f"{table}: " + " | ".join(str(value) for value in row))
    return rows


@pytest.fixture
def market(app, runtime, work):
    """An open tender, three agencies that will bid, and one login for every role."""
    buyer = a_buying_actor(work, username="the-buyer")
    tender = a_tender(work, buyer)
    bidders = some_bidders(work, 3, usernames=["one", "two", "three"])
    some_bidders(work, 1, usernames=["rival"])
    with work() as ctx:
        for username, (kind, role) in ROLES.items():
            a_member(ctx, kind, role, username=username)
        a_colleague(ctx, buyer.organisation_id, username="the-buyers-colleague")
    return tender, bidders


def place_all(work, tender, bidders):
    return [a_bid(work, bidder, tender.id, price) for bidder, price in zip(bidders, PRICES_FEN, strict=True)]


def secrets_of(app, bidders):
    """What must not be seen: prices in every shape, and who bid."""
    found = {shape for fen in PRICES_FEN for shape in shapes(fen)}
    with engine_of(app).connect() as connection:
        for bidder in bidders:
            row = connection.execute(
                text("SELECT name, uscc FROM marketplace_agency WHERE id = :id"), {"id": bidder.organisation_id}
            ).one()
            found |= {bidder.organisation_id, bidder.login_id, row.name, row.uscc}
    return found


def addresses(app, tender):
    """Every GET address, with the tender's number or id wherever a value is asked for."""
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint in APART:
            continue
        for value in (tender.number, tender.id) if rule.arguments else ("",):
            yield re.sub(r"<[^>]+>", value, rule.rule)
    yield from (f"/tenders?text={word}" for word in ("港口", "环评"))


def browsers(app, sign_in, usernames):
    """One browser for everybody, and two for the public: Chinese and English."""
    found = {"": app.test_client(), "in English": app.test_client()}
    found["in English"].set_cookie("marketplace_lang", "en")
    return found | {name: sign_in(app.test_client(), name) for name in usernames}


@pytest.fixture(params=["by turns", pytest.param("everybody", marks=pytest.mark.long)])
def most(request):
    """How many people with a login look at each address: others each time, or everybody."""
    return {"by turns": 2, "everybody": None}[request.param]


def look_everywhere(app, people, tender, most):
    """status and text of every address, as the public in both languages and as people with a login."""
    seen = {}
    public, known = ["", "in English"], [name for name in people if name not in {"", "in English"}]
    for turn, address in enumerate(addresses(app, tender)):
        for name in (*public, *by_turns(known, turn, most)):
            answer = people[name].get(address)
            assert answer.status_code < 500, f"{name} {address}: {answer.status_code}"
            seen[name, address] = (answer.status_code, answer.get_data().decode("utf-8", "replace"))
    return seen


def test_no_column_holds_a_price_or_a_bidder(app, work, market):
    tender, bidders = market
    hidden = secrets_of(app, bidders)
    before = dump(app)
    place_all(work, tender, bidders)
    written = dump(app) - before
    assert len(written) >= 3 * len(bidders)  # bids, events, queued leaves: the dump does see them
    leaks = {(row[:60], word) for row in written for word in hidden if holds(row, word)}
    assert leaks == set()


def test_nobody_sees_a_bid_a_bidder_or_a_count(app, work, market, sign_in, most):
    tender, bidders = market
    people = browsers(app, sign_in, [*ROLES, "rival", "the-buyer", "the-buyers-colleague"])
    with work() as ctx:
        audit.seal(ctx)  # the size of the tree must not count bids either
    before = look_everywhere(app, people, tender, most)
    place_all(work, tender, bidders)
    with work() as ctx:
        audit.seal(ctx)
    after = look_everywhere(app, people, tender, most)
    assert {key for key in after if after[key] != before[key]} == set(), "somebody can see that bids have come"
    prices = {shape for fen in PRICES_FEN for shape in shapes(fen)}
    assert {(key, price) for key, (_, page) in after.items() for price in prices if price in page} == set()
    assert tender.number in after["", "/tenders"][1]


def test_a_bidder_sees_his_own_bid_and_no_other(app, work, market, sign_in):
    tender, bidders = market
    place_all(work, tender, bidders)
    browser = sign_in(app.test_client(), "one")
    pages = [browser.get(address).get_data(as_text=True) for address in addresses(app, tender)]
    prices = {shape for fen in PRICES_FEN[1:] for shape in shapes(fen)}
    assert {word for page in pages for word in prices if word in page} == set()
    assert any("one" in page or tender.number in page for page in pages)


def test_no_log_line_tells(app, work, market, caplog, sign_in):
    tender, bidders = market
    hidden = secrets_of(app, bidders)
    with caplog.at_level(logging.DEBUG):
        browser = sign_in(app.test_client(), "one")
        headers = {"Sec-Fetch-Site": "same-origin", "Idempotency-Key": "bid-1"}
        answer = browser.post(
            f"/api/v1/tenders/{tender.id}/bids",
            json={"price_fen": "87654.31", "days": 20},
            headers=headers,
        )
        assert answer.status_code == 201, answer.text
    assert {word for record in caplog.records for word in hidden if word in record.getMessage()} == set()


def test_the_idempotency_row_of_a_bid_tells_nothing(app, work, market, sign_in):
    tender, bidders = market
    hidden = secrets_of(app, bidders)
    before = dump(app)
    browser = sign_in(app.test_client(), "one")
    headers = {"Sec-Fetch-Site": "same-origin", "Idempotency-Key": "bid-1"}
    body = {"price_fen": "87654.31", "days": 20}
    answers = [browser.post(f"/api/v1/tenders/{tender.id}/bids", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    written = {row for row in dump(app) - before if not row.startswith("marketplace_sign_in")}
    signed_in = {row for row in written if "identity." in row}  # that somebody signed in is no secret
    assert {(row[:80], word) for row in written - signed_in for word in hidden if holds(row, word)} == set()


@pytest.fixture(params=["by a program", "in a browser"])
def by_door(request, app, sign_in):
    """Place a bid through a door, as somebody who has long been quiet."""

    def place(username, tender, price, **headers):
        rival = Rival(app, sign_in, username)
        if request.param == "by a program":
            rival = rival.with_token("bid.place")
        return lambda: rival.post(f"/tenders/{tender.id}/bids", {"price_fen": price, "days": 20}, **headers)

    return place


def test_a_dump_and_the_secrets_of_the_web_process_give_no_price_to_try(app, runtime, market, by_door):
    tender, _ = market
    place = by_door("one", tender, "87654.31", **{"Idempotency-Key": "bid-1"})
    assert place().status_code == 201
    with engine_of(app).connect() as connection:
        kept = set(connection.execute(text("SELECT request FROM marketplace_answered")).scalars())
    body = {"price_fen": "87654.31", "days": 20}
    # Whoever makes keys by counting has them guessed.
    tries = [app.json.dumps(body), json.dumps(body), json.dumps(body, separators=(",", ":")), *shapes(8_765_431)]
    assert kept.isdisjoint(runtime.keys.index("request", "bid-1", one, query) for one in tries for query in ("", "?"))


def instants(row):
    """Every instant in a row to the millisecond: of its columns, and of the ids that sort by time."""
    stamped = {f"{at[:10]} {at[11:23]}" for at in re.findall(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d{3}", row)}
    made = [int(id[:12], 16) / 1000 for id in re.findall(r"(?<![0-9a-f])[0-9a-f]{12}7[0-9a-f]{19}(?![0-9a-f])", row)]
    return stamped | {datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:23] for at in made}


def test_no_instant_tells_whose_bid_it_is(app, market, clock, by_door):
    tender, bidders = market
    names = secrets_of(app, bidders)
    placed = [by_door(name, tender, "87654.31") for name in ("one", "two", "three")]
    for act in placed:
        clock.advance(minutes=7, milliseconds=731, microseconds=11)
        assert act().status_code == 201
    rows = dump(app)
    sealed = {at for row in rows if row.startswith("marketplace_bid:") for at in instants(row) - instants(tender.id)}
    assert len(sealed) == len(placed)
    assert {row[:90] for row in rows if sealed & instants(row) and any(holds(row, name) for name in names)} == set()


def test_the_web_process_cannot_open_an_envelope(marketplace_backend, marketplace_keys, tmp_path):
    from marketplace import create_app
    from marketplace.kernel.errors import KeyNotHeld
    from marketplace.testing.plugin import runtime_of

    url, remove = marketplace_backend.fresh(tmp_path)
    web = create_app({**marketplace_keys, "MARKETPLACE_DATABASE_URL": url})
    with runtime_of(web).work(write=False) as ctx, pytest.raises(KeyNotHeld):
        ctx.keys.unseal("operator", ctx.keys.seal_to("operator", b"price"))
    put_away(web)
    remove()


@pytest.fixture
def kept(app, runtime, work):
    """A closed tender that waits for the second of two shares; the process holds no private key any more."""
    private = keys_apart(runtime)
    several_keepers(work, "operator", "department", "regulator", threshold=2)
    buyer = a_buying_actor(work, username="the-buyer")
    tender = a_tender(work, buyer)
    bidders = some_bidders(work, 3, usernames=["one", "two", "three"])
    some_bidders(work, 1, usernames=["rival"])
    with work() as ctx:
        for username, (kind, role) in ROLES.items():
            a_member(ctx, kind, role, username=username)
    return tender, bidders, private


def test_a_closed_tender_tells_nobody_anything_while_it_waits_for_its_keepers(
    app, work, runtime, clock, kept, sign_in, caplog, most
):
    tender, bidders, private = kept
    receipts = place_all(work, tender, bidders)
    hidden = secrets_of(app, bidders)
    before = dump(app)
    with caplog.at_level(logging.DEBUG):
        let_it_close(runtime, clock, tender.id)
        share = share_from(work, private, tender.id, "regulator")
        with work() as ctx:
            assert tenders.hand_in_share(ctx, tender.id, keeper="regulator", share=share).stage == "closed"
    written = {row for row in dump(app) - before if not row.startswith("marketplace_tree_head")}
    assert {(row[:80], word) for row in written for word in (*hidden, share) if holds(row, word)} == set()
    assert {word for record in caplog.records for word in (*hidden, share) if word in record.getMessage()} == set()
    people = browsers(app, sign_in, [*ROLES, "rival", "the-buyer"])
    seen = look_everywhere(app, people, tender, most)
    told = {receipt["digest"] for receipt in receipts} | {shape for fen in PRICES_FEN for shape in shapes(fen)}
    assert {(key, word) for key, (_, page) in seen.items() for word in told if word in page} == set()
    assert "待开启" in seen["", f"/tenders/{tender.number}"][1]
