"""Pure rules of the auction rooms: what a room is, how it moves, and how a stranger repeats it."""

from marketplace.auctions.rules.proof import verify_audit
from marketplace.auctions.rules.room import (
    AMOUNT,
    FORMS,
    LIVE,
    RATE,
    Room,
    Seat,
    Stage,
    Terms,
    best,
    due_at,
    ladder,
    limit,
    places,
    ranked,
    room_of,
    scheduled,
    to_json,
)
from marketplace.auctions.rules.stages import advance, final, quote
from marketplace.auctions.rules.words import clock_text, value_text

__all__ = [
    "AMOUNT",
    "FORMS",
    "LIVE",
    "RATE",
    "Room",
    "Seat",
    "Stage",
    "Terms",
    "advance",
    "best",
    "clock_text",
    "due_at",
    "final",
    "ladder",
    "limit",
    "places",
    "quote",
    "ranked",
    "room_of",
    "scheduled",
    "to_json",
    "value_text",
    "verify_audit",
]
