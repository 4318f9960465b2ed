"""Before the opening the database holds no price and no bidder in plain, and a web process can read neither."""

import logging

from sqlalchemy import MetaData, select

from marketplace.kernel.base import Base
from marketplace.tenders import service
from marketplace.tenders.models import Bid
from marketplace.tenders.service import envelopes
from marketplace.testing.plugin import engine_of
from marketplace.testing.tenders import a_bid, a_tender, let_it_close, some_bidders

PRICE = 8_765_431
SPELLINGS = (str(PRICE), "87654.31", "87,654.31", "赵无名", "绝密方案")


def dump(app):
    """Every row of every table, as text by table and key."""
    engine = engine_of(app)
    found = MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        return {
            (name, str(tuple(row))): " ".join(map(str, row))
            for name, table in found.tables.items()
            for row in connection.execute(select(table))
        }


def place(work, bidder, tender):
    return a_bid(work, bidder, tender.id, PRICE, lead="赵无名", note="绝密方案")


def test_no_column_of_any_table_learns_price_or_bidder_from_a_bid(app, work):
    tender = a_tender(work)
    bidder = some_bidders(work, 1)[0]
    before = dump(app)
    first = place(work, bidder, tender)
    place_again = a_bid(work, bidder, tender.id, PRICE, lead="赵无名", note="绝密方案", replaces=first["digest"])
    with work(bidder) as ctx:
        service.withdraw_bid(ctx, tender.id, digest=place_again["digest"])
    place(work, bidder, tender)
    written = {key: text for key, text in dump(app).items() if key not in before}
    assert {table for table, _ in written} >= {"marketplace_bid", "marketplace_event"}
    secrets = (*SPELLINGS, bidder.organisation_id, bidder.login_id, bidder.organisation_name)
    for (table, _), text in written.items():
        for secret in secrets:
            assert secret not in text, f"{table} tells {secret}"


def test_the_tender_itself_is_not_touched_by_a_bid(app, work):
    tender = a_tender(work)
    bidders = some_bidders(work, 2)
    rows = {text for (table, _), text in dump(app).items() if table == "marketplace_tender"}
    for bidder in bidders:
        place(work, bidder, tender)
    assert {text for (table, _), text in dump(app).items() if table == "marketplace_tender"} == rows


def test_the_index_of_a_bidder_differs_from_tender_to_tender(work):
    bidder = some_bidders(work, 1)[0]
    for _ in range(2):
        place(work, bidder, a_tender(work))
    with work() as ctx:
        assert len(set(ctx.session.scalars(select(Bid.bidder_index)))) == 2


def test_a_dump_with_the_secrets_of_the_web_process_opens_nothing(work, runtime):
    tender = a_tender(work)
    place(work, some_bidders(work, 1)[0], tender)
    runtime.keys.private.clear()  # what the web process has: its secret and the keepers' public keys
    with work() as ctx:
        held = ctx.session.get(type(tender), tender.id)
        assert envelopes.opener(ctx, held, envelopes.gather(ctx, held)) is None


def test_nothing_about_a_bid_leaves_through_the_outbox(app, work):
    tender = a_tender(work)
    bidder = some_bidders(work, 1)[0]
    before = {key for key in dump(app) if key[0] == "marketplace_message"}
    place(work, bidder, tender)
    assert {key for key in dump(app) if key[0] == "marketplace_message"} == before


def test_no_log_line_tells_a_price(work, caplog):
    with caplog.at_level(logging.DEBUG):
        place(work, some_bidders(work, 1)[0], a_tender(work))
    assert not any(secret in caplog.text for secret in SPELLINGS)


def test_an_extension_opens_no_envelope(app, work, runtime, clock):
    tender = a_tender(work)
    place(work, some_bidders(work, 1)[0], tender)
    assert let_it_close(runtime, clock, tender.id).extensions == 1
    assert not any(secret in text for text in dump(app).values() for secret in SPELLINGS)


def test_no_table_of_sealed_bids_has_a_column_for_price_or_agency():
    columns = {column.name for column in Base.metadata.tables["marketplace_bid"].columns}
    assert columns == {
        "id",
        "tender_id",
        "bidder_index",
        "envelope",
        "digest",
        "placed_at",
        "withdrawn_at",
        "withdrawn",
        "version",
        "notice_version",
    }
