"""Arranging the room of a tender whose entry quotes are opened."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from marketplace.auctions import queries, rules
from marketplace.auctions.events import AuctionScheduled
from marketplace.auctions.models import AuctionRoom, AuctionSeat
from marketplace.auctions.service.journal import note, show
from marketplace.kernel.clock import SHANGHAI, at_shanghai
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.rulebook.rules import Rules
from marketplace.tenders import queries as tenders
from marketplace.tenders.queries.live import Entrant, entrants, value_of
from marketplace.tenders.service.steps import locked, subject_of


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
    show(row, room)
    ctx.session.add(row)
    ctx.session.flush()
    note(ctx, row, rules.scheduled_entry(room, ctx.now))
    ctx.session.add_all(_seat(row, number, one) for number, one in enumerate(present, 1))
    starts_at = room.starts_at.isoformat()
    facts = (row.number, starts_at, len(present), rules.terms_json(terms))
    ctx.record(AuctionScheduled(subject_of(tender), *facts))
    ctx.send("auction.scheduled", {"tender_id": tender.id, "number": row.number, "starts_at": starts_at})
    return row


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
