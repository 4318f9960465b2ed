"""Pure rules of the auction rooms: what a room is, how it moves, and how a stranger repeats it."""

from marketplace.auctions.rules.face import differs, face, stream_event
from marketplace.auctions.rules.journal import (
    digest_of,
    key_entry,
    quote_entry,
    scheduled_entry,
    standings,
    step_entry,
)
from marketplace.auctions.rules.limits import ladder, limit
from marketplace.auctions.rules.proof import FORMAT, replay, verify_audit
from marketplace.auctions.rules.room import (
    LIVE,
    SEALED,
    Room,
    Seat,
    Stage,
    best,
    delayed_until,
    due_at,
    may_quote,
    next_kind,
    places,
    ranked,
    scheduled,
)
from marketplace.auctions.rules.sealed import (
    Envelope,
    contents,
    digest_of_envelope,
    is_sealed,
    opened,
    opener,
    public_half,
)
from marketplace.auctions.rules.stages import advance, final, is_due, quote
from marketplace.auctions.rules.terms import AMOUNT, FORMS, RATE, Terms, amount_terms, rate_terms, terms_json
from marketplace.auctions.rules.words import clock_text, value_text
from marketplace.auctions.rules.written import room_of, to_json

__all__ = [
    "AMOUNT",
    "FORMAT",
    "FORMS",
    "LIVE",
    "RATE",
    "SEALED",
    "Envelope",
    "Room",
    "Seat",
    "Stage",
    "Terms",
    "advance",
    "amount_terms",
    "best",
    "clock_text",
    "contents",
    "delayed_until",
    "differs",
    "digest_of",
    "digest_of_envelope",
    "due_at",
    "face",
    "final",
    "is_due",
    "is_sealed",
    "key_entry",
    "ladder",
    "limit",
    "may_quote",
    "next_kind",
    "opened",
    "opener",
    "places",
    "public_half",
    "quote",
    "quote_entry",
    "ranked",
    "rate_terms",
    "replay",
    "room_of",
    "scheduled",
    "scheduled_entry",
    "standings",
    "step_entry",
    "stream_event",
    "terms_json",
    "to_json",
    "value_text",
    "verify_audit",
]
