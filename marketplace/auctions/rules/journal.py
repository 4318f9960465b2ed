"""The journal of a room: one entry for everything that happened, in order; it becomes the audit file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from marketplace.auctions.rules.room import Room, places
from marketplace.auctions.rules.stages import final
from marketplace.auctions.rules.terms import terms_json
from marketplace.auctions.rules.written import stage_json

Entry = Mapping[str, Any]


def digest_of(entries: Sequence[Entry]) -> str:
    """SHA-256 of the canonical JSON of all entries, hex: what the event at the end names."""
    text = json.dumps(list(entries), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def scheduled_entry(room: Room, at: datetime) -> dict[str, Any]:
    """The first entry: terms, entry quotes by number, and the start."""
    entries = [{"seat": seat.number, "value": seat.value, "at": seat.at.isoformat()} for seat in room.seats]
    return {
        "kind": "scheduled",
        "at": at.isoformat(),
        "starts_at": room.starts_at.isoformat(),
        "terms": terms_json(room.terms),
        "entries": entries,
    }


def step_entry(room: Room, at: datetime) -> dict[str, Any]:
    """What a step of the clock at `at` led to: another start, a stage, or the end with its standings."""
    entry: dict[str, Any] = {"at": at.isoformat()}
    if room.status == "scheduled":
        return {**entry, "kind": "rescheduled", "starts_at": room.starts_at.isoformat()}
    if room.status == "running":
        return {**entry, "kind": "stage", "stage": stage_json(room.stage), "shown": list(room.shown)}
    assert room.ended_at is not None
    return {**entry, "kind": "ended", "ended_at": room.ended_at.isoformat(), "standings": standings(room)}


def quote_entry(number: int, value: int, received_at: datetime, at: datetime) -> dict[str, Any]:
    """An accepted quote: who, how much, when it was received in full and when it was written."""
    return {
        "kind": "quote",
        "at": at.isoformat(),
        "seat": number,
        "value": value,
        "received_at": received_at.isoformat(),
    }


def key_entry(public: str, at: datetime) -> dict[str, Any]:
    """The key to which all sealed quotes of a room are put into envelopes, hex."""
    return {"kind": "key", "at": at.isoformat(), "envelope_key": public}


def standings(room: Room) -> list[dict[str, Any]]:
    """The final standings, best first. place: shared where the draw decides."""
    place = places(room)
    return [
        {"seat": seat.number, "value": seat.value, "at": seat.at.isoformat(), "place": place[seat.number]}
        for seat in final(room)
    ]
