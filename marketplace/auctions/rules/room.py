"""What a room is made of: seats, stages, standings, and when something is due. All pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from marketplace.auctions.rules.terms import Terms

LIVE = ("open", "round", "turn", "last")
SEALED = ("round", "last")
FIRST_KIND = {"countdown": "open", "rounds": "round", "turns": "turn"}


@dataclass(frozen=True, slots=True)
class Seat:
    """One bidder under its number. value: best quote so far; at: when that was received."""

    number: int
    entry: int
    value: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage as it is run. kind: open, round, turn, last (sealed) or pause. why: the rule that made it so.

    seat: whose turn it is. then: for a pause, the kind of the stage that follows.
    """

    number: int
    kind: str
    why: str
    round: int
    seat: int | None
    starts_at: datetime
    ends_at: datetime
    then: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """The whole state. shown, standing: what everybody may see, values by seat and seats from best to worst.

    waiting: who still moves in this round. opened_at: when the first stage began. leading_at: when the best quote
    was received, for the open countdown.
    """

    terms: Terms
    status: str
    starts_at: datetime
    seats: tuple[Seat, ...]
    shown: tuple[int, ...]
    standing: tuple[int, ...]
    stage: Stage | None = None
    waiting: tuple[int, ...] = ()
    opened_at: datetime | None = None
    leading_at: datetime | None = None
    ended_at: datetime | None = None

    def seat(self, number: int) -> Seat:
        """The seat of that number, counted from 1."""
        return self.seats[number - 1]


def ranked(terms: Terms, seats: tuple[Seat, ...]) -> list[Seat]:
    """Seats from best to worst: the better quote, then the earlier one, then the drawn number."""
    return sorted(seats, key=lambda seat: (terms.cost(seat.value), seat.at, seat.number))


def places(room: Room) -> dict[int, int]:
    """Seat → place in the final standings; those at the floor share a place when the draw decides among them.

    Source: rulebook bidding.floor_tie.
    """
    terms, found = room.terms, {}
    drawn = terms.form == "countdown" and terms.floor_tie == "draw"
    for place, seat in enumerate(ranked(terms, room.seats), 1):
        found[seat.number] = 1 if drawn and seat.value == terms.floor else place
    return found


def best(room: Room) -> int:
    """The best value that everybody may see."""
    return room.shown[room.standing[0] - 1]


def due_at(room: Room) -> datetime | None:
    """When something must happen next, or None when nothing will."""
    if room.status == "scheduled":
        return room.starts_at
    if room.status != "running" or room.stage is None:
        return None
    drain = room.terms.seconds("drain") if room.stage.kind in LIVE else timedelta(0)
    return room.stage.ends_at + drain


def next_kind(room: Room) -> str:
    """The kind of the stage that is running or comes next."""
    if room.stage is None:
        return FIRST_KIND[room.terms.form]
    return room.stage.then or room.stage.kind


def may_quote(room: Room, number: int, now: datetime) -> bool:
    """Whether a seat's quote would be in its slot at `now`."""
    stage = room.stage
    if room.status != "running" or stage is None or stage.kind not in LIVE or stage.seat not in {None, number}:
        return False
    return stage.starts_at <= now < stage.ends_at


def delayed_until(room: Room) -> datetime | None:
    """When a late room goes on, or None when its last step was not a delay."""
    if room.status == "scheduled":
        return room.starts_at
    late = room.status == "running" and room.stage is not None and room.stage.why == "late"
    return room.stage.ends_at if late and room.stage is not None else None


def scheduled(terms: Terms, entries: Mapping[int, tuple[int, datetime]], starts_at: datetime) -> Room:
    """A room before its start. entries: number from 1 → entry quote and when it was received."""
    seats = tuple(Seat(number, value, value, at) for number, (value, at) in sorted(entries.items()))
    return published(Room(terms, "scheduled", starts_at, seats, (), ()))


def published(room: Room) -> Room:
    """The room with everything shown that its seats hold."""
    standing = tuple(seat.number for seat in ranked(room.terms, room.seats))
    return replace(room, shown=tuple(seat.value for seat in room.seats), standing=standing)
