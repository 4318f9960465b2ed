"""Verbs of the auction rooms: schedule, quote, move what is due, finish. Only the server's clock counts."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from marketplace.auctions import queries, rules
from marketplace.auctions.errors import NoSeat, QuoteMissing, RoomEnded
from marketplace.auctions.events import (
    AuctionCancelled,
    AuctionDelayed,
    AuctionEnded,
    AuctionQuoted,
    AuctionScheduled,
)
from marketplace.auctions.models import AuctionEntry, AuctionRoom, AuctionSeat
from marketplace.auctions.rules import Room
from marketplace.kernel.clock import SHANGHAI, at_shanghai
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.rulebook.rules import Rules
from marketplace.tenders import queries as tenders
from marketplace.tenders.queries.live import Entrant, entrants, value_of
from marketplace.tenders.service import Final, award_live
from marketplace.tenders.service.steps import locked, receipt, subject_of

BATCH = 100
Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Driven:
    """What a drive did. faces: by number what the public is shown from now on, of every room that moved."""

    rooms: int
    faces: dict[str, Changes]


def schedule(ctx: Ctx, tender_id: str) -> AuctionRoom | None:
    """Arrange the room of a tender whose entry quotes are opened; arranged already, or gone: nothing happens.

    Raises AuctionHeld when another worker was first. Source: rulebook bidding.*.
    """
    tender = locked(ctx, tender_id)
    if tender.stage != "auction" or queries.room_of_tender(ctx, tender_id) is not None:
        return None
    book = tenders.rules_for(ctx, tender)
    present = _numbered(ctx, entrants(ctx, tender_id))
    entries = {number: (value_of(one), one.received_at) for number, one in enumerate(present, 1)}
    terms = rules.amount_terms(book, tender.ceiling_fen, tender.floor_fen)
    if tender.quote == "rate":
        lowest = tender.rate_floor_bp or min(value for value, _ in entries.values())
        terms = rules.rate_terms(book, lowest, tender.rate_cap_bp)
    room = rules.scheduled(terms, entries, _start(ctx, book))
    row = AuctionRoom(id=ctx.new_id(), tender_id=tender.id, number=tender.number, version=0, face_version=0, digest="")
    row.face = {}
    _show(row, room)
    ctx.session.add(row)
    ctx.session.flush()
    _note(ctx, row, rules.scheduled_entry(room, ctx.now))
    ctx.session.add_all(_seat(row, number, one) for number, one in enumerate(present, 1))
    starts_at = room.starts_at.isoformat()
    facts = (row.number, starts_at, len(present), rules.terms_json(terms))
    ctx.record(AuctionScheduled(subject_of(tender), *facts))
    ctx.send("auction.scheduled", {"tender_id": tender.id, "number": row.number, "starts_at": starts_at})
    return row


def place_quote(ctx: Ctx, number: str, *, price_fen: int | None = None, rate_bp: int | None = None) -> dict[str, Any]:
    """Quote for the actor's own seat: fen, or in a room of discounts basis points. Returns a signed receipt.

    What counts is when the request was received in full. Raises AuctionNotFound, NoSeat, RoomNotOpen, RoomEnded,
    SlotOver, NotYourTurn, BeyondFloor, NothingLower, StepTooSmall, DiscountTooSmall, QuoteMissing, NotPermitted.
    """
    ctx.require("bid.place")
    row = queries.locked_room(ctx, number)
    tender = tenders.fresh(ctx, row.tender_id)
    if tender.stage != "auction":
        raise RoomEnded
    seat, value, received_at = _own_seat(ctx, row), _value(row, price_fen, rate_bp), ctx.received_at
    room = rules.quote(rules.room_of(row.state), seat.number, value, received_at)
    _show(row, room)
    _note(ctx, row, rules.quote_entry(seat.number, value, received_at, ctx.now))
    event = AuctionQuoted(subject_of(tender), row.number, seat.number, value, received_at.isoformat())
    return receipt(ctx, tender, ctx.record(event))


def check_quote(ctx: Ctx, number: str, *, price_fen: int | None = None, rate_bp: int | None = None) -> None:
    """Raise what `place_quote` would raise now; changes nothing."""
    ctx.require("bid.place")
    row = queries.room(ctx, number)
    seat, value = _own_seat(ctx, row), _value(row, price_fen, rate_bp)
    rules.quote(rules.room_of(row.state), seat.number, value, ctx.received_at)


def _own_seat(ctx: Ctx, row: AuctionRoom) -> AuctionSeat:
    seat = queries.seat_of(ctx, row, ctx.actor.organisation_id)
    if seat is None:
        raise NoSeat
    return seat


def _value(row: AuctionRoom, price_fen: int | None, rate_bp: int | None) -> int:
    name, value, other = "price_fen", price_fen, rate_bp
    if row.face["unit"] == rules.RATE:
        name, value, other = "rate_bp", rate_bp, price_fen
    if value is None or other is not None:
        raise QuoteMissing(field=name)
    return value


def drive(ctx: Ctx, limit: int = BATCH) -> Driven:
    """Move every room whose time has come by one step, in two statements; rooms another driver holds are left to it."""
    rows = queries.due_rooms(ctx, limit)
    gone = queries.gone_tenders(ctx, [row.tender_id for row in rows])
    moved: list[tuple[Changes, Changes]] = []
    faces: dict[str, Changes] = {}
    for row in rows:
        if row.tender_id in gone:
            _cancel(ctx, row)
            faces[row.number] = row.face
        elif (step := _step(ctx, row)) is not None:
            moved.append(step)
            faces[row.number] = step[0]["face"]
    if moved:
        ctx.session.execute(update(AuctionRoom), [change for change, _ in moved])
        ctx.session.execute(insert(AuctionEntry), [entry for _, entry in moved])
    return Driven(len(rows), faces)


def finish(ctx: Ctx, auction_id: str) -> None:
    """Publish what happened in an ended room, and award by its standings. Finished already: nothing happens.

    Raises KeyNotHeld (503) when the draw must decide and no key is loaded.
    """
    row = queries.held(ctx, auction_id)
    if row.status != "ended" or row.digest:
        return
    tender = locked(ctx, row.tender_id)
    room, seats = rules.room_of(row.state), queries.seats(ctx, row.id)
    row.digest = rules.digest_of(queries.entries(ctx, row.id))
    ended = AuctionEnded(subject_of(tender), row.number, row.digest, rules.standings(room), queries.identities(seats))
    ctx.record(ended)
    place = rules.places(room)
    finals = {
        seat.offer_id: Final(at.value, at.at, place[seat.number]) for seat in seats for at in (room.seat(seat.number),)
    }
    award_live(ctx, tender.id, finals)


def _numbered(ctx: Ctx, present: Sequence[Entrant]) -> list[Entrant]:
    """The bidders in the order of numbers nobody can guess: neither name nor time of the bid shows in them."""
    salt = ctx.entropy(32)
    return sorted(present, key=lambda one: hashlib.sha256(salt + one.offer_id.encode()).digest())


def _start(ctx: Ctx, book: Rules) -> datetime:
    """The first full minute in working hours that leaves bidders time to come.

    Source: rulebook bidding.start_minutes, bidding.first_hour, bidding.last_hour.
    """
    earliest = ctx.now + timedelta(minutes=book["bidding.start_minutes"], seconds=59)
    earliest = earliest.replace(second=0, microsecond=0)
    day = earliest.astimezone(SHANGHAI).date()
    first, last = at_shanghai(day, book["bidding.first_hour"]), at_shanghai(day, book["bidding.last_hour"])
    if earliest > last or not rulebook.is_workday(ctx, day):
        return rulebook.add_workdays(ctx, first, 1)
    return max(earliest, first)


def _seat(row: AuctionRoom, number: int, one: Entrant) -> AuctionSeat:
    known = {name: getattr(one, name) for name in ("agency_id", "offer_id", "agency_name", "uscc")}
    return AuctionSeat(auction_id=row.id, number=number, **known)


def _note(ctx: Ctx, row: AuctionRoom, entry: Changes) -> None:
    ctx.session.add(AuctionEntry(auction_id=row.id, serial=row.version, body=entry))


def _show(row: AuctionRoom, room: Room) -> None:
    for name, value in _changes(row, room).items():
        setattr(row, name, value)


def _changes(row: AuctionRoom, room: Room) -> Changes:
    """The columns of the new state, and of the face if there is anything new to see."""
    known: Changes = {"status": room.status, "starts_at": room.starts_at, "due_at": rules.due_at(room)}
    known |= {"state": rules.to_json(room), "version": row.version + 1}
    face, version = rules.face(room), row.face_version
    if rules.differs(row.face, face):
        version += 1
    return {**known, "face": {**face, "version": version}, "face_version": version}


def _step(ctx: Ctx, row: AuctionRoom) -> tuple[Changes, Changes] | None:
    """What one step of the clock changes in a room and adds to its journal, or None when nothing is due."""
    before = rules.room_of(row.state)
    room = rules.advance(before, ctx.now)
    if room is before:
        return None
    if room.status == "ended":
        ctx.promise("auction.finish", row.id, ctx.now)
    resumes = rules.delayed_until(room)
    if resumes is not None:
        ctx.record(AuctionDelayed(f"tender/{row.tender_id}", row.number, resumes.isoformat()))
    change = {"id": row.id, **_changes(row, room)}
    entry = {"auction_id": row.id, "serial": row.version + 1, "body": rules.step_entry(room, ctx.now)}
    return change, entry


def _cancel(ctx: Ctx, row: AuctionRoom) -> None:
    """Close a room whose tender was cancelled meanwhile."""
    row.status, row.due_at, row.version = "cancelled", None, row.version + 1
    row.face_version += 1
    row.face = {**row.face, "status": "cancelled", "next_at": None, "stage": None, "version": row.face_version}
    _note(ctx, row, {"kind": "cancelled", "at": ctx.now.isoformat()})
    ctx.record(AuctionCancelled(f"tender/{row.tender_id}", row.number))
