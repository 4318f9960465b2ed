"""Reading the auction rooms. Who is behind a number is told to nobody but itself before the end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from marketplace.auctions import rules
from marketplace.auctions.errors import AuctionNotFound, NoSeat, NotEnded
from marketplace.auctions.events import AuctionQuoted, AuctionQuoteSealed
from marketplace.auctions.models import AuctionEntry, AuctionEnvelope, AuctionRoom, AuctionSeat
from marketplace.auctions.rules import Envelope
from marketplace.audit.receipts import Own
from marketplace.kernel.context import Ctx
from marketplace.tenders.models import Tender

ACTIVE = ("scheduled", "running")


def room(ctx: Ctx, number: str) -> AuctionRoom:
    """The room of a tender by its number. Raises AuctionNotFound."""
    return _found(ctx, select(AuctionRoom).where(AuctionRoom.number == number))


def locked_room(ctx: Ctx, number: str) -> AuctionRoom:
    """The same, held until commit and read after the lock. Raises AuctionNotFound."""
    wanted = select(AuctionRoom).where(AuctionRoom.number == number).with_for_update()
    return _found(ctx, wanted.execution_options(populate_existing=True))


def held(ctx: Ctx, id: str) -> AuctionRoom:
    """A room by its id, held until commit. Raises AuctionNotFound."""
    wanted = select(AuctionRoom).where(AuctionRoom.id == id).with_for_update()
    return _found(ctx, wanted.execution_options(populate_existing=True))


def _found(ctx: Ctx, wanted: Select[AuctionRoom]) -> AuctionRoom:
    found = ctx.session.scalar(wanted)
    if found is None:
        raise AuctionNotFound
    return found


def room_of_tender(ctx: Ctx, tender_id: str) -> AuctionRoom | None:
    """The room of a tender, or None."""
    return ctx.session.scalar(select(AuctionRoom).where(AuctionRoom.tender_id == tender_id))


def due_rooms(ctx: Ctx, limit: int) -> list[AuctionRoom]:
    """Rooms whose time has come, longest waiting first, held until commit; those that another driver holds are left.

    So are those whose sealed stage this process has no key to open.
    """
    wanted = select(AuctionRoom).where(AuctionRoom.status.in_(ACTIVE), AuctionRoom.due_at <= ctx.now, _ours(ctx))
    wanted = wanted.order_by(AuctionRoom.due_at, AuctionRoom.id).limit(limit).with_for_update(skip_locked=True)
    return list(ctx.session.scalars(wanted.execution_options(populate_existing=True)))


def next_due(ctx: Ctx) -> datetime | None:
    """When the next room has to move that this process can move, or None when none has."""
    return ctx.session.scalar(select(func.min(AuctionRoom.due_at)).where(AuctionRoom.status.in_(ACTIVE), _ours(ctx)))


def _ours(ctx: Ctx) -> ColumnElement[bool]:
    return or_(~AuctionRoom.sealed, AuctionRoom.keeper.in_(ctx.keys.held))


def envelopes(ctx: Ctx, rows: Sequence[AuctionRoom]) -> dict[str, list[Envelope]]:
    """What waits for the end of the running stage of these rooms, by room, in the order in which it was received."""
    if not rows:
        return {}
    stages = {row.id: row.face["stage"]["number"] for row in rows}
    one = AuctionEnvelope
    wanted = select(one.auction_id, one.stage, one.seat, one.received_at, one.envelope, one.digest)
    wanted = wanted.where(one.auction_id.in_(stages)).order_by(one.received_at, one.id)
    found: dict[str, list[Envelope]] = {id: [] for id in stages}
    for auction_id, stage, seat, received_at, envelope, digest in ctx.session.execute(wanted):
        if stage == stages[auction_id]:
            found[auction_id].append(Envelope(stage, seat, received_at, envelope, digest))
    return found


def sealed_at(ctx: Ctx, row: AuctionRoom, seat: int) -> datetime | None:
    """When a seat's last sealed quote in the running stage was received, or None when there is none."""
    if not row.sealed:
        return None
    known = AuctionEnvelope.auction_id == row.id, AuctionEnvelope.stage == row.face["stage"]["number"]
    return ctx.session.scalar(select(func.max(AuctionEnvelope.received_at)).where(*known, AuctionEnvelope.seat == seat))


def gone_tenders(ctx: Ctx, ids: Sequence[str]) -> set[str]:
    """Those of the tenders that are no longer in their auction: cancelled, or failed."""
    wanted = select(Tender.id).where(Tender.id.in_(ids), Tender.stage != "auction")
    return set(ctx.session.scalars(wanted)) if ids else set()


def seats(ctx: Ctx, auction_id: str) -> list[AuctionSeat]:
    """Who is behind the numbers; for the end, and for nobody's eyes before."""
    wanted = select(AuctionSeat).where(AuctionSeat.auction_id == auction_id).order_by(AuctionSeat.number)
    return list(ctx.session.scalars(wanted))


def identities(found: Iterable[AuctionSeat]) -> list[dict[str, Any]]:
    """Numbers with names, as they are published after the end."""
    return [{"seat": seat.number, "agency": seat.agency_name, "uscc": seat.uscc} for seat in found]


def seat_of(ctx: Ctx, row: AuctionRoom, agency_id: str | None) -> AuctionSeat | None:
    """The agency's own seat, or None."""
    wanted = select(AuctionSeat).where(AuctionSeat.auction_id == row.id, AuctionSeat.agency_id == agency_id)
    return ctx.session.scalar(wanted)


def own_quotes(ctx: Ctx, tender_id: str, agency_id: str) -> Own:
    """By event type, whether an event is a quote of the agency's own seat."""
    joined = select(AuctionSeat.number).join(AuctionRoom, AuctionRoom.id == AuctionSeat.auction_id)
    seat = ctx.session.scalar(joined.where(AuctionRoom.tender_id == tender_id, AuctionSeat.agency_id == agency_id))
    if seat is None:
        return {}
    kinds = (AuctionQuoted.type, AuctionQuoteSealed.type)
    return dict.fromkeys(kinds, lambda content: bool(content["data"]["seat"] == seat))


def entries(ctx: Ctx, auction_id: str) -> list[dict[str, Any]]:
    """The journal, first line first; it names no one, and what is sealed comes into it when its stage is over."""
    ctx.session.flush()
    wanted = select(AuctionEntry.body).where(AuctionEntry.auction_id == auction_id).order_by(AuctionEntry.serial)
    return list(ctx.session.scalars(wanted))


def audit_file(ctx: Ctx, number: str) -> dict[str, Any]:
    """The published record of an ended room, as `marketplace auction verify` reads it. Raises NotEnded before."""
    row = room(ctx, number)
    if not row.digest:
        raise NotEnded
    key = {"envelope_key": row.opening_key} if row.opening_key else {}
    return {
        "format": rules.FORMAT,
        "tender": row.number,
        "digest": row.digest,
        **key,
        "seats": identities(seats(ctx, row.id)),
        "entries": entries(ctx, row.id),
    }


def versions(ctx: Ctx, numbers: Sequence[str]) -> dict[str, int]:
    """Number → version of the public face, for the rooms that exist."""
    wanted = select(AuctionRoom.number, AuctionRoom.face_version).where(AuctionRoom.number.in_(numbers))
    return {number: version for number, version in ctx.session.execute(wanted)}  # noqa: C416


def faces(ctx: Ctx, numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Number → public face."""
    wanted = select(AuctionRoom.number, AuctionRoom.face).where(AuctionRoom.number.in_(numbers))
    return {number: face for number, face in ctx.session.execute(wanted)}  # noqa: C416


@dataclass(frozen=True, slots=True)
class Listed:
    """One room of the schedule, with the title of its tender."""

    room: AuctionRoom
    title: str


def listed(ctx: Ctx, *, past: bool = False, limit: int = 100) -> list[Listed]:
    """Rooms to come and running, soonest first; or those that are over, newest first."""
    when = AuctionRoom.status.in_(ACTIVE)
    wanted = select(AuctionRoom, Tender.title).join(Tender, Tender.id == AuctionRoom.tender_id)
    wanted = wanted.where(~when if past else when)
    by = (AuctionRoom.starts_at.desc(), AuctionRoom.id.desc()) if past else (AuctionRoom.starts_at, AuctionRoom.id)
    return [Listed(row, title) for row, title in ctx.session.execute(wanted.order_by(*by).limit(limit))]


def own_rooms(ctx: Ctx, agency_id: str) -> list[AuctionRoom]:
    """Rooms to come and running in which the agency has a seat, soonest first."""
    wanted = select(AuctionRoom).join(AuctionSeat, AuctionSeat.auction_id == AuctionRoom.id)
    wanted = wanted.where(AuctionSeat.agency_id == agency_id, AuctionRoom.status.in_(ACTIVE))
    return list(ctx.session.scalars(wanted.order_by(AuctionRoom.starts_at, AuctionRoom.id)))


@dataclass(frozen=True, slots=True)
class View:
    """A room as one bidder sees it: its number, its own quote, what it may quote next.

    sealed_at: when its last quote in a sealed stage came that still runs; nobody can read that one, not even itself.
    """

    number: str
    seat: int
    value: int
    place: int
    may_quote: bool
    limit: int | None
    ladder: list[int]
    face: dict[str, Any]
    sealed_at: datetime | None = None


def my_view(ctx: Ctx, number: str) -> View:
    """The room from the actor's own seat. Raises AuctionNotFound, NoSeat."""
    row = room(ctx, number)
    seat = seat_of(ctx, row, ctx.actor.organisation_id)
    if seat is None:
        raise NoSeat
    view = view_of(rules.room_of(row.state), row, seat.number, ctx.now)
    return replace(view, sealed_at=sealed_at(ctx, row, seat.number))


def view_of(state: rules.Room, row: AuctionRoom, seat: int, now: datetime) -> View:
    """What one seat sees of a room at an instant."""
    kind = rules.next_kind(state)
    return View(
        number=row.number,
        seat=seat,
        value=state.seat(seat).value,
        place=state.standing.index(seat) + 1,
        may_quote=rules.may_quote(state, seat, now),
        limit=rules.limit(state, seat, kind=kind),
        ladder=rules.ladder(state, seat, kind=kind),
        face=row.face,
    )
