"""A room's row and its journal: what a changed state writes into both."""

from typing import Any

from marketplace.auctions import rules
from marketplace.auctions.events import AuctionCancelled
from marketplace.auctions.models import AuctionEntry, AuctionRoom
from marketplace.auctions.rules import Room
from marketplace.kernel.context import Ctx

Changes = dict[str, Any]


def note(ctx: Ctx, row: AuctionRoom, entry: Changes) -> None:
    """Add the entry that the row's version counts."""
    ctx.session.add(AuctionEntry(auction_id=row.id, serial=row.version, body=entry))


def show(row: AuctionRoom, room: Room) -> None:
    """Write a changed state, which one entry of the journal goes with, into the row."""
    for name, value in changes(row, room).items():
        setattr(row, name, value)


def changes(row: AuctionRoom, room: Room, entries: int = 1) -> Changes:
    """The columns of the new state, and of the face if there is anything new to see. entries: of the journal."""
    known: Changes = {"status": room.status, "starts_at": room.starts_at, "due_at": rules.due_at(room)}
    known |= {"state": rules.to_json(room), "version": row.version + entries, "sealed": rules.is_sealed(room)}
    face, version = rules.face(room), row.face_version
    if rules.differs(row.face, face):
        version += 1
    return {**known, "face": {**face, "version": version}, "face_version": version}


def cancel(ctx: Ctx, row: AuctionRoom) -> None:
    """Close a room whose tender ended meanwhile."""
    row.status, row.due_at, row.version, row.sealed = "cancelled", None, row.version + 1, False
    row.face_version += 1
    row.face = {**row.face, "status": "cancelled", "next_at": None, "stage": None, "version": row.face_version}
    note(ctx, row, {"kind": "cancelled", "at": ctx.now.isoformat()})
    ctx.record(AuctionCancelled(f"tender/{row.tender_id}", row.number))
