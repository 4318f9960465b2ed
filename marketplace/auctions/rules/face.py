"""What everybody may see of a room: numbers, never names; standings, never what is still sealed."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.auctions.rules.room import Room, best, due_at, places
from marketplace.auctions.rules.written import stage_json

_SHOWN_TERMS = ("form", "unit", "step", "floor", "rounds", "slot_seconds")


def face(room: Room) -> dict[str, Any]:
    """The public state of a room as JSON. Quotes of a sealed stage, and when a quote came, are not in it."""
    due = due_at(room)
    ended = room.status == "ended"
    place = places(room) if ended else {number: n for n, number in enumerate(room.standing, 1)}
    return {
        **{name: getattr(room.terms, name) for name in _SHOWN_TERMS},
        "status": room.status,
        "starts_at": room.starts_at.isoformat(),
        "stage": stage_json(room.stage),
        "best": best(room),
        "standings": [
            {"seat": number, "value": room.shown[number - 1], "place": place[number]} for number in room.standing
        ],
        "next_at": None if due is None else due.isoformat(),
        "ended_at": None if room.ended_at is None else room.ended_at.isoformat(),
    }


def stream_event(face: Mapping[str, Any], now: datetime, retry_ms: int) -> bytes:
    """One server-sent event: the public face and the server's clock. retry_ms: when to ask again after the stream."""
    data = json.dumps({**face, "now": now.isoformat()}, ensure_ascii=False, separators=(",", ":"))
    return f"retry: {retry_ms}\nid: {face['version']}\ndata: {data}\n\n".encode()


def differs(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether there is anything new to see; a sealed quote changes nothing."""
    return {**old, "version": 0} != {**new, "version": 0}
