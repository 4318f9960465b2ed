"""What a room is made of: terms, seats, stages; standings, and the next quote that is allowed. All pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

FORMS = ("countdown", "rounds", "turns")
AMOUNT, RATE = "fen", "bp"
LIVE = ("open", "round", "turn", "last")
LOWEST_FEN, HIGHEST_BP = 1, 9_999
BASIS = 10_000
FIRST_KIND = {"countdown": "open", "rounds": "round", "turns": "turn"}
SLOT = {
    "countdown": "bidding.countdown_seconds",
    "rounds": "bidding.round_seconds",
    "turns": "bidding.turn_seconds",
}


class Book(Protocol):
    """A rule set: values by key."""

    def __getitem__(self, key: str) -> Any:
        """The value of one key."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything a room runs under, frozen when it is scheduled. step and floor in `unit` (fen, or bp of discount).

    slot_seconds: a turn, a round or a countdown. drain_seconds: after a slot, for quotes that were received in it and
    still wait to be written. lead_seconds: how long before its beginning a stage is announced.
    """

    form: str
    unit: str
    step: int
    floor: int | None
    rounds: int
    slot_seconds: int
    pause_seconds: int
    drain_seconds: int
    lead_seconds: int
    late_seconds: int
    resume_seconds: int
    max_seconds: int
    reset_on_lower: bool
    reset_at_floor: bool
    floor_tie: str

    def cost(self, value: int) -> int:
        """A number that is smaller for the better quote: the amount, or the discount turned round."""
        return value if self.unit == AMOUNT else -value

    def seconds(self, name: str) -> timedelta:
        """One of the lengths as a timedelta."""
        return timedelta(seconds=getattr(self, f"{name}_seconds"))


_TERMS = tuple(item.name for item in fields(Terms))


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


def edge(terms: Terms) -> int:
    """The cost that nobody may go below: the floor, or where a number stops making sense."""
    natural = LOWEST_FEN if terms.unit == AMOUNT else HIGHEST_BP
    return terms.cost(natural if terms.floor is None else terms.floor)


def limit(room: Room, number: int, *, kind: str) -> int | None:
    """The least that a seat's next quote in a stage of this kind must offer, or None when it can offer no better.

    In turns and rounds a quote beats the seat's own, in the open countdown the best; at the floor others may equal.
    """
    terms, own = room.terms, room.seat(number).value
    beat = own if kind in {"turn", "round"} else min(best(room), own, key=terms.cost)
    stands = own if terms.floor is not None else beat
    if terms.cost(stands) <= edge(terms):
        return None
    return abs(max(terms.cost(beat) - terms.step, edge(terms)))


def ladder(room: Room, number: int, *, kind: str, rungs: int = 4) -> list[int]:
    """A few quotes that would be allowed now, the smallest step first."""
    first = limit(room, number, kind=kind)
    if first is None:
        return []
    costs = [max(room.terms.cost(first) - room.terms.step * n, edge(room.terms)) for n in range(rungs)]
    return [abs(cost) for cost in dict.fromkeys(costs)]


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


def amount_terms(book: Book, ceiling_fen: int, floor_fen: int | None) -> Terms:
    """Terms of a room of amounts; the step is a share of the floor, or of the ceiling where there is no floor.

    Source: rulebook bidding.min_step_bp and the other bidding.* keys.
    """
    base = ceiling_fen if floor_fen is None else floor_fen
    return _terms(book, AMOUNT, _share(base, book["bidding.min_step_bp"]), floor_fen)


def rate_terms(book: Book, lowest_bp: int, highest_bp: int | None) -> Terms:
    """Terms of a room of discount rates; the step is a share of the lowest discount that the notice allows.

    Source: rulebook bidding.min_step_rate_bp and the other bidding.* keys.
    """
    return _terms(book, RATE, _share(lowest_bp, book["bidding.min_step_rate_bp"]), highest_bp)


def _share(base: int, share_bp: int) -> int:
    return max(1, -(-base * share_bp // BASIS))


def _terms(book: Book, unit: str, step: int, floor: int | None) -> Terms:
    form = book["bidding.form"]
    seconds = ("pause", "drain", "lead", "late")
    return Terms(
        form=form,
        unit=unit,
        step=step,
        floor=floor,
        rounds=1 if form == "countdown" else book["bidding.rounds"],
        slot_seconds=book[SLOT[form]],
        resume_seconds=60 * book["bidding.resume_minutes"],
        max_seconds=60 * book["bidding.max_minutes"],
        reset_on_lower=book["bidding.reset_on_lower"],
        reset_at_floor=book["bidding.reset_at_floor"],
        floor_tie=book["bidding.floor_tie"],
        **{f"{name}_seconds": book[f"bidding.{name}_seconds"] for name in seconds},
    )


# --- as text; by hand, because hundreds of rooms are read and written at one instant ----------------------------------


def terms_json(terms: Terms) -> dict[str, Any]:
    """Terms as JSON."""
    return {name: getattr(terms, name) for name in _TERMS}


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


def terms_of(facts: Mapping[str, Any]) -> Terms:
    """Terms as they were written. Raises TypeError for anything else."""
    return Terms(**facts)


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


def scheduled(terms: Terms, entries: Mapping[int, tuple[int, datetime]], starts_at: datetime) -> Room:
    """A room before its start. entries: number from 1 → entry quote and when it was received."""
    seats = tuple(Seat(number, value, value, at) for number, (value, at) in sorted(entries.items()))
    return published(Room(terms, "scheduled", starts_at, seats, (), ()))


def published(room: Room) -> Room:
    """The room with everything shown that its seats hold."""
    standing = tuple(seat.number for seat in ranked(room.terms, room.seats))
    return replace(room, shown=tuple(seat.value for seat in room.seats), standing=standing)
