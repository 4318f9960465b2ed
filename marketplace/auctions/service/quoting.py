"""Quoting for one's own seat; in a sealed stage the quote is stored as an envelope that this process cannot open."""

from typing import Any

from marketplace.auctions import queries, rules
from marketplace.auctions.errors import NoSeat, QuoteMissing, RoomEnded
from marketplace.auctions.events import AuctionQuoted, AuctionQuoteSealed
from marketplace.auctions.models import AuctionEnvelope, AuctionRoom, AuctionSeat
from marketplace.auctions.rules import Room
from marketplace.auctions.service import sealing
from marketplace.auctions.service.journal import note, show
from marketplace.kernel.context import Ctx
from marketplace.tenders import queries as tenders
from marketplace.tenders.service.steps import receipt, subject_of


def place_quote(ctx: Ctx, number: str, *, price_fen: int | None = None, rate_bp: int | None = None) -> dict[str, Any]:
    """Quote for the actor's own seat: fen, or in a room of discounts basis points. Returns a signed receipt.

    What counts is when the request was received in full. Every quote binds; of several in one sealed stage the best
    counts. Raises AuctionNotFound, NoSeat, RoomNotOpen, RoomEnded, SlotOver, NotYourTurn, BeyondFloor, NothingLower,
    StepTooSmall, DiscountTooSmall, QuoteMissing, NotPermitted.
    """
    ctx.require("bid.place")
    row = queries.locked_room(ctx, number)
    tender = tenders.fresh(ctx, row.tender_id)
    if tender.stage != "auction":
        raise RoomEnded
    seat, value = _own_seat(ctx, row), _value(row, price_fen, rate_bp)
    before = rules.room_of(row.state)
    after = rules.quote(before, seat.number, value, ctx.received_at)
    if rules.is_sealed(before):
        return receipt(ctx, tender, ctx.record(_seal(ctx, row, before, seat.number, value)))
    show(row, after)
    note(ctx, row, rules.quote_entry(seat.number, value, ctx.received_at, ctx.now))
    facts = (row.number, seat.number, value, ctx.received_at.isoformat())
    return receipt(ctx, tender, ctx.record(AuctionQuoted(subject_of(tender), *facts)))


def _seal(ctx: Ctx, row: AuctionRoom, room: Room, seat: int, value: int) -> AuctionQuoteSealed:
    """Store the quote as an envelope; the state of the room does not change."""
    assert room.stage is not None
    if not row.sealed:  # the stage began before there were envelopes
        _take_key(ctx, row, room)
    envelope = sealing.seal(row, rules.contents(row.number, room.stage.number, seat, value, ctx.received_at))
    digest = rules.digest_of_envelope(envelope)
    kept = {"stage": room.stage.number, "seat": seat, "received_at": ctx.received_at}
    ctx.session.add(
        AuctionEnvelope(id=ctx.new_id(), auction_id=row.id, envelope=envelope, digest=digest, **kept),
    )
    return AuctionQuoteSealed(f"tender/{row.tender_id}", row.number, seat, digest, ctx.received_at.isoformat())


def _take_key(ctx: Ctx, row: AuctionRoom, room: Room) -> None:
    show(row, room)
    for name, value in sealing.new_pair(ctx).items():
        setattr(row, name, value)
    note(ctx, row, rules.key_entry(row.envelope_key, ctx.now))
    ctx.promise("auction.key_due", row.id, ctx.now)


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
