"""Rooms for tests of the pure rules."""

from datetime import UTC, datetime, timedelta
from typing import Any

from nacl.public import PrivateKey, SealedBox

from marketplace.auctions import rules
from marketplace.auctions.rules import Envelope, Room, Terms

T0 = datetime(2026, 3, 2, 1, tzinfo=UTC)
START = T0 + timedelta(minutes=30)
NUMBER = "ZJ-2026-000001"
PRIVATE = PrivateKey(bytes(range(32)))


def some_terms(form: str = "countdown", **over: Any) -> Terms:
    facts: dict[str, Any] = {
        "form": form,
        "unit": "fen",
        "step": 200,
        "floor": None,
        "rounds": 1 if form == "countdown" else 3,
        "slot_seconds": 60,
        "pause_seconds": 30,
        "drain_seconds": 1,
        "lead_seconds": 1,
        "late_seconds": 120,
        "resume_seconds": 600,
        "max_seconds": 600,
        "reset_on_lower": True,
        "reset_at_floor": False,
        "floor_tie": "draw",
    }
    return Terms(**{**facts, **over})


def a_room(terms: Terms, entries: tuple[int, ...] = (10_000, 9_000, 11_000)) -> Room:
    """A scheduled room; entry quotes were received a second after each other."""
    known = {n: (value, T0 + timedelta(seconds=n)) for n, value in enumerate(entries, 1)}
    return rules.scheduled(terms, known, START)


def a_running_room(terms: Terms, entries: tuple[int, ...] = (10_000, 9_000, 11_000)) -> Room:
    return rules.advance(a_room(terms, entries), START)


def on_time(room: Room) -> Room:
    """The next step, taken to the second."""
    due = rules.due_at(room)
    assert due is not None
    return rules.advance(room, due)


def stages(room: Room) -> list[rules.Stage]:
    """All stages of a room that is left alone, always in time."""
    found = []
    while room.status != "ended":
        room = on_time(room)
        if room.stage is not None and room.status == "running":
            found.append(room.stage)
    return found


def inside(room: Room, seconds: float = 1) -> datetime:
    """An instant in the running stage."""
    assert room.stage is not None
    return room.stage.starts_at + timedelta(seconds=seconds)


def an_envelope(
    room: Room, seat: int, value: int, received_at: datetime, *, number: str = NUMBER, says: int | None = None
) -> Envelope:
    """A sealed quote in the running stage. says: the seat that is named inside, where it is another."""
    assert room.stage is not None
    contents = rules.contents(number, room.stage.number, says or seat, value, received_at)
    text = bytes(SealedBox(PRIVATE.public_key).encrypt(contents)).hex()
    return Envelope(room.stage.number, seat, received_at, text, rules.digest_of_envelope(text))


def opened(room: Room, waiting: list[Envelope], at: datetime) -> tuple[Room, list[dict[str, Any]]]:
    return rules.opened(room, NUMBER, rules.opener(bytes(PRIVATE).hex()), waiting, at)


def audit_file(room: Room, journal: list[dict[str, Any]], **over: Any) -> dict[str, Any]:
    """A journal as it is published."""
    return {
        "format": rules.FORMAT,
        "tender": NUMBER,
        "digest": rules.digest_of(journal),
        "envelope_key": bytes(PRIVATE).hex(),
        "entries": journal,
        "seats": [{"seat": seat.number, "uscc": str(seat.number)} for seat in room.seats],
        **over,
    }
