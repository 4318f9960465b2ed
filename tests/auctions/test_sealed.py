"""Quotes of a sealed stage: shut until it has ended, for everybody but the process that drives; then counted and proved."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.auctions import queries, rules, service
from marketplace.auctions.deadlines import drive
from marketplace.auctions.models import AuctionEnvelope
from marketplace.kernel.answered import Answered
from marketplace.kernel.errors import KeyNotHeld
from marketplace.kernel.events import EventRow
from marketplace.kernel.keys import new_keeper
from marketplace.tenders import queries as tenders
from marketplace.testing import auctions as make
from tests.flows.test_sealed import dump, holds, shapes

NAMES = ["jia", "yi", "bing"]
SAME = {"Sec-Fetch-Site": "same-origin"}
PRICE, LESS, STEP = 8_023_457, 7_654_321, 180_000


@pytest.fixture
def hall(runtime, clock, monkeypatch):
    make.rule_values(monkeypatch, form="rounds", rounds=2)
    return make.a_room(runtime, clock, usernames=NAMES)


@pytest.fixture
def away(runtime):
    """The keepers' private keys, taken out of the process: what is left is a web process."""
    private = dict(runtime.keys.private)
    yield lambda: (runtime.keys.private.clear(), private)[1]
    runtime.keys.private.update(private)


def quote(work, hall, place, price_fen):
    with work(hall.bidders[place]) as ctx:
        return service.place_quote(ctx, hall.number, price_fen=price_fen)


def seat_of(work, hall, place):
    with work(hall.bidders[place]) as ctx:
        return queries.my_view(ctx, hall.number)


def journal(work, hall, kind):
    with work() as ctx:
        return [one for one in queries.entries(ctx, queries.room(ctx, hall.number).id) if one["kind"] == kind]


def events(work, kind):
    with work() as ctx:
        return [json.loads(text)["data"] for text in ctx.session.scalars(select(EventRow.body).filter_by(type=kind))]


def audit(work, hall):
    with work() as ctx:
        return json.loads(json.dumps(queries.audit_file(ctx, hall.number)))


def waiting_row(work, hall, place):
    with work() as ctx:
        seat = queries.seat_of(ctx, queries.room(ctx, hall.number), hall.bidders[place].organisation_id)
        return ctx.session.scalars(select(AuctionEnvelope).where(AuctionEnvelope.seat == seat.number)).one()


def put_beside(work, row, **over):
    """Another row in the way of somebody who can write into the database."""
    names = ("auction_id", "stage", "seat", "received_at", "envelope", "digest")
    with work() as ctx:
        ctx.session.add(AuctionEnvelope(**{name: getattr(row, name) for name in names} | {"id": ctx.new_id(), **over}))


def into_the_last_round(runtime, clock, work, monkeypatch):
    """A countdown whose leading quote was not answered: everybody quotes once more, sealed."""
    make.rule_values(monkeypatch, reset_on_lower=False)
    hall = make.a_room(runtime, clock, usernames=NAMES)
    make.enter(runtime, clock, hall.number)
    clock.advance(seconds=200)
    quote(work, hall, 0, 8_300_000)
    assert make.enter(runtime, clock, hall.number).face["stage"]["kind"] == "last"
    return hall


@pytest.mark.parametrize("form", ["rounds", pytest.param("last", marks=pytest.mark.once)])
def test_a_dump_with_all_secrets_of_the_web_process_tells_no_quote_of_a_running_sealed_stage(
    app, sign_in, runtime, clock, work, monkeypatch, away, form, request
):
    if form == "rounds":
        hall = request.getfixturevalue("hall")
        make.enter(runtime, clock, hall.number)
    else:
        hall = into_the_last_round(runtime, clock, work, monkeypatch)
    away()
    before = dump(app)
    browser = sign_in(app.test_client(), "jia")
    headers = {**SAME, "Idempotency-Key": "5f0c7ad4-1c5e-4a56-b8b3-7a7f1f0c2f10"}
    body = f'{{"price_fen": "{PRICE / 100:.2f}"}}'
    path = f"/api/v1/auctions/{hall.number}/quotes"
    answers = [
        browser.post(path, data=body, content_type="application/json", headers=headers),
        browser.post(path, data=body, content_type="application/json", headers=headers),
        browser.post(f"/auctions/{hall.number}/seat/quote", data={"price_fen": f"{LESS / 100:.2f}"}, headers=SAME),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 303]
    assert answers[0].json == answers[1].json
    quote(work, hall, 1, LESS - STEP)
    after = dump(app)
    written = after - before
    assert sum(row.startswith("marketplace_auction_envelope") for row in written) == 3
    with work() as ctx:
        told = [ctx.keys.decrypt(row.answer).decode() for row in ctx.session.scalars(select(Answered))]
        row = queries.room(ctx, hall.number)
        tried = {ctx.keys.index("request", body, ""), ctx.keys.index("request", body)}
        with pytest.raises(KeyNotHeld):
            ctx.keys.unseal("operator", row.key_envelope)
        assert row.opening_key == ""
    secrets = {shape for fen in (PRICE, LESS, LESS - STEP) for shape in shapes(fen)} | tried
    assert told
    leaks = {(row[:60], word) for row in (*after, *told) for word in secrets if holds(row, word)}
    assert leaks == set()


def test_what_was_sealed_counts_when_its_stage_has_ended_and_everybody_can_open_it_again(hall, runtime, clock, work):
    make.enter(runtime, clock, hall.number)
    receipt = quote(work, hall, 0, PRICE)
    for value in (PRICE - 1, LESS, PRICE):
        clock.advance(seconds=1)
        quote(work, hall, 1, value)
    assert make.step(runtime, clock, hall.number).face["best"] == LESS
    opened = journal(work, hall, "quote")
    assert [one["value"] for one in opened] == [PRICE, PRICE - 1, LESS, PRICE]
    assert opened[0]["seat"] == seat_of(work, hall, 0).seat
    assert (receipt["kind"], receipt["digest"]) == ("auction.quote.sealed", opened[0]["digest"])
    assert "value" not in receipt["event"]["data"]
    assert seat_of(work, hall, 1).value == LESS, "of several in one sealed stage the best counts"
    make.play_out(runtime, clock, hall.number)
    file = audit(work, hall)
    assert rules.public_half(file["envelope_key"]) == journal(work, hall, "key")[0]["envelope_key"]
    assert rules.verify_audit(file) == []
    with work() as ctx:
        assert tenders.live_award(ctx, hall.tender.id).price_fen == LESS


@pytest.mark.once
def test_nothing_is_opened_before_the_stage_has_ended_and_what_was_received_in_it_is_written(
    hall, runtime, clock, work
):
    before = make.enter(runtime, clock, hall.number)
    assert seat_of(work, hall, 0).sealed_at is None
    quote(work, hall, 0, PRICE)
    view = seat_of(work, hall, 0)
    assert (view.sealed_at, view.value) == (clock(), make.PRICES[0])
    stage = rules.room_of(before.state).stage
    for at in (stage.ends_at - timedelta(seconds=1), stage.ends_at, stage.ends_at + timedelta(milliseconds=999)):
        clock.set(at)
        with work() as ctx:
            assert service.drive(ctx).rooms == 0
        now = make.room_now(runtime, hall.number)
        assert (now.version, now.state, now.face) == (before.version, before.state, before.face)
    assert journal(work, hall, "quote") == []
    clock.set(stage.ends_at + timedelta(seconds=1))
    drive(runtime)
    assert [one["value"] for one in journal(work, hall, "quote")] == [PRICE]


@pytest.mark.once
def test_an_envelope_that_was_damaged_or_exchanged_is_refused_aloud_and_stops_nothing(hall, runtime, clock, work):
    make.enter(runtime, clock, hall.number)
    quote(work, hall, 0, LESS)
    quote(work, hall, 1, PRICE)
    good, other = waiting_row(work, hall, 0), waiting_row(work, hall, 1)
    text = good.envelope[:-1] + ("0" if good.envelope[-1] != "0" else "1")
    put_beside(work, good, envelope=text, digest=rules.digest_of_envelope(text))
    put_beside(work, good, seat=other.seat)
    row = make.step(runtime, clock, hall.number)
    assert sorted(one["value"] for one in journal(work, hall, "quote")) == [LESS, PRICE]
    wanted = [(good.seat, "damaged"), (other.seat, "strange")]
    assert sorted((one["seat"], one["why"]) for one in journal(work, hall, "refused")) == sorted(wanted)
    assert sorted((one["seat"], one["why"]) for one in events(work, "auction.quote.refused")) == sorted(wanted)
    assert row.face["stage"]["kind"] == "pause"
    make.play_out(runtime, clock, hall.number)
    assert rules.verify_audit(audit(work, hall)) == []


def test_a_driver_without_the_key_leaves_the_stage_and_nobodys_time_is_shortened(hall, runtime, clock, work, away):
    make.enter(runtime, clock, hall.number)
    quote(work, hall, 0, PRICE)
    private = away()
    before = make.room_now(runtime, hall.number)
    clock.set(before.due_at + timedelta(hours=1))
    runtime.settle()
    with work() as ctx:
        assert queries.next_due(ctx) is None
        assert service.drive(ctx).rooms == 0
    assert make.room_now(runtime, hall.number).version == before.version
    assert len(events(work, "auction.key.awaited")) == 1
    runtime.keys.private.update(private)
    drive(runtime)
    late = make.room_now(runtime, hall.number)
    assert (late.face["stage"]["why"], late.face["best"]) == ("late", PRICE)
    again = make.step(runtime, clock, hall.number)
    assert again.face["stage"]["why"] == "again"
    make.play_out(runtime, clock, hall.number)
    clock.advance(days=5)
    runtime.settle()
    assert make.room_now(runtime, hall.number).status == "ended"
    assert rules.verify_audit(audit(work, hall)) == []


@pytest.mark.once
def test_a_room_whose_key_is_lost_ends_as_a_tender_does_that_nobody_can_open(hall, runtime, clock, work, away):
    make.enter(runtime, clock, hall.number)
    quote(work, hall, 0, PRICE)
    away()
    clock.set(make.room_now(runtime, hall.number).due_at + timedelta(seconds=119))
    runtime.settle()
    assert events(work, "auction.key.awaited") == []
    clock.advance(seconds=1)
    runtime.settle()
    awaited = events(work, "auction.key.awaited")
    assert [one["number"] for one in awaited] == [hall.number]
    clock.advance(days=5)
    runtime.settle()
    with work() as ctx:
        tender = tenders.tender(ctx, hall.tender.id)
        assert tender.stage == "failed"
        assert ctx.session.scalar(select(func.count()).select_from(AuctionEnvelope)) == 1
    assert make.room_now(runtime, hall.number).status == "cancelled"
    assert journal(work, hall, "quote") == []


@pytest.mark.long
def test_a_stage_from_before_there_were_envelopes_gets_its_key_with_a_quote_and_an_exchanged_key_opens_nothing(
    hall, runtime, clock, work
):
    make.enter(runtime, clock, hall.number)
    with work() as ctx:
        row = queries.room(ctx, hall.number)
        row.sealed, row.keeper, row.envelope_key, row.key_envelope = False, "", "", ""
    quote(work, hall, 0, PRICE)
    with work() as ctx:
        row = queries.room(ctx, hall.number)
        rightful, row.key_envelope = row.key_envelope, ctx.keys.seal_to("operator", bytes.fromhex(new_keeper()[0]))
    assert make.step(runtime, clock, hall.number).sealed
    assert journal(work, hall, "quote") == []
    with work() as ctx:
        queries.room(ctx, hall.number).key_envelope = rightful
    drive(runtime)
    assert [one["value"] for one in journal(work, hall, "quote")] == [PRICE]
