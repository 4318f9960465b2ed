"""A room as text and back; by hand, because hundreds of rooms are read and written at one instant."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.auctions.rules.room import Room, Seat, Stage
from marketplace.auctions.rules.terms import terms_json, terms_of


def stage_json(stage: Stage | None) -> dict[str, Any] | None:
    """A stage as JSON; instants as ISO 8601 with their offset."""
    if stage is None:
        return None
    return {
        "number": stage.number,
        "kind": stage.kind,
        "why": stage.why,
        "round": stage.round,
        "seat": stage.seat,
        "starts_at": stage.starts_at.isoformat(),
        "ends_at": stage.ends_at.isoformat(),
        "then": stage.then,
    }


def to_json(room: Room) -> dict[str, Any]:
    """A whole room as JSON without floats."""
    return {
        "terms": terms_json(room.terms),
        "status": room.status,
        "starts_at": room.starts_at.isoformat(),
        "seats": [[seat.number, seat.entry, seat.value, seat.at.isoformat()] for seat in room.seats],
        "shown": list(room.shown),
        "standing": list(room.standing),
        "stage": stage_json(room.stage),
        "waiting": list(room.waiting),
        "opened_at": _text(room.opened_at),
        "leading_at": _text(room.leading_at),
        "ended_at": _text(room.ended_at),
    }


def stage_of(facts: Mapping[str, Any]) -> Stage:
    """A stage as it was written."""
    times = {name: datetime.fromisoformat(facts[name]) for name in ("starts_at", "ends_at")}
    return Stage(**{**facts, **times})


def room_of(facts: Mapping[str, Any]) -> Room:
    """A room as it was written."""
    read = datetime.fromisoformat
    return Room(
        terms=terms_of(facts["terms"]),
        status=facts["status"],
        starts_at=read(facts["starts_at"]),
        seats=tuple(Seat(number, entry, value, read(at)) for number, entry, value, at in facts["seats"]),
        shown=tuple(facts["shown"]),
        standing=tuple(facts["standing"]),
        stage=None if facts["stage"] is None else stage_of(facts["stage"]),
        waiting=tuple(facts["waiting"]),
        opened_at=_instant(facts["opened_at"]),
        leading_at=_instant(facts["leading_at"]),
        ended_at=_instant(facts["ended_at"]),
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
