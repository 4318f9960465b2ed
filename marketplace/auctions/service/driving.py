"""Moving the rooms whose time has come. A sealed stage is left to the process that holds the key of its room."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Table, insert, update

from marketplace.auctions import queries, rules
from marketplace.auctions.events import AuctionDelayed, AuctionQuoteRefused
from marketplace.auctions.models import AuctionEntry, AuctionRoom
from marketplace.auctions.rules import Envelope, Room
from marketplace.auctions.service import sealing
from marketplace.auctions.service.journal import Changes, cancel, changes
from marketplace.kernel import gathering
from marketplace.kernel.context import Ctx

BATCH = 100
_ENTRY = insert(cast("Table", AuctionEntry.__table__))  # thousands at one instant: not through the mapper


@dataclass(frozen=True, slots=True)
class Driven:
    """What a drive did. faces: by number what the public is shown from now on, of every room that moved."""

    rooms: int
    faces: dict[str, Changes]


@dataclass(slots=True)
class _Batch:
    """What a drive writes, by statement: columns of every room that moved, of those whose keys changed, entries."""

    states: list[Changes] = field(default_factory=list)
    keys: list[Changes] = field(default_factory=list)
    entries: list[Changes] = field(default_factory=list)


def drive(ctx: Ctx, limit: int = BATCH) -> Driven:
    """Move every room whose time has come by one step, in few statements; rooms another driver holds are left to it.

    A room whose sealed stage has ended is moved only where its keeper's private key is loaded.
    """
    rows = queries.due_rooms(ctx, limit)
    gone = queries.gone_tenders(ctx, [row.tender_id for row in rows])
    waiting = queries.envelopes(ctx, [row for row in rows if row.sealed])
    batch = _Batch()
    faces: dict[str, Changes] = {}
    with gathering.together(ctx.session):
        for row in rows:
            if row.tender_id in gone:
                cancel(ctx, row)
                faces[row.number] = row.face
            elif _step(ctx, row, waiting.get(row.id, ()), batch):
                faces[row.number] = batch.states[-1]["face"]
    _write(ctx, batch)
    return Driven(len(faces), faces)


def _write(ctx: Ctx, batch: _Batch) -> None:
    if not batch.states:
        return
    ctx.session.execute(update(AuctionRoom), batch.states)
    ctx.session.execute(_ENTRY, batch.entries)
    if batch.keys:
        ctx.session.execute(update(AuctionRoom), batch.keys)


def _step(ctx: Ctx, row: AuctionRoom, waiting: Sequence[Envelope], batch: _Batch) -> bool:
    """Add one step of the clock to the batch; False when nothing is due, or the key of the room is not to be had."""
    before = rules.room_of(row.state)
    private = sealing.private_half(ctx, row) if row.sealed else ""
    if private is None or not rules.is_due(before, ctx.now):
        return False
    opened, entries = _opened(ctx, row, before, waiting, private) if private else (before, [])
    room = rules.advance(opened, ctx.now)
    if rules.is_sealed(room):
        entries += _announce(ctx, row, room, batch)
    entries.append(rules.step_entry(room, ctx.now))
    _promise(ctx, row, room)
    if private and room.status == "ended":  # everybody may now repeat what this process did with the envelopes
        batch.keys.append({"id": row.id, "opening_key": private})
    batch.states.append({"id": row.id, **changes(row, room, len(entries))})
    first = row.version + 1
    batch.entries += [{"auction_id": row.id, "serial": n, "body": body} for n, body in enumerate(entries, first)]
    return True


def _opened(
    ctx: Ctx, row: AuctionRoom, room: Room, waiting: Sequence[Envelope], private: str
) -> tuple[Room, list[Changes]]:
    """The room with what waited for the end of its sealed stage, and its entries; what is no quote is refused aloud."""
    room, entries = rules.opened(room, row.number, rules.opener(private), waiting, ctx.now)
    for entry in entries:
        if entry["kind"] == "refused":
            facts = (row.number, entry["seat"], entry["digest"], entry["why"])
            ctx.record(AuctionQuoteRefused(f"tender/{row.tender_id}", *facts))
    return room, entries


def _announce(ctx: Ctx, row: AuctionRoom, room: Room, batch: _Batch) -> list[Changes]:
    """The first sealed stage of a room needs a key, and a look at whether the one who holds it came."""
    if row.envelope_key:
        return []
    due = rules.due_at(room)
    assert due is not None
    ctx.promise("auction.key_due", row.id, due + room.terms.seconds("late"), first=True)
    pair = sealing.new_pair(ctx)
    batch.keys.append({"id": row.id, **pair})
    return [rules.key_entry(pair["envelope_key"], ctx.now)]


def _promise(ctx: Ctx, row: AuctionRoom, room: Room) -> None:
    if room.status == "ended":
        ctx.promise("auction.finish", row.id, ctx.now, first=True)
    resumes = rules.delayed_until(room)
    if resumes is not None:
        ctx.record(AuctionDelayed(f"tender/{row.tender_id}", row.number, resumes.isoformat()))
