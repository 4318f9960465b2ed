"""How a room moves: the clock ends a stage, a quote changes a seat. Functions of data; no clock of their own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from marketplace.auctions.errors import (
    BeyondFloor,
    DiscountTooSmall,
    NothingLower,
    NotYourTurn,
    RoomEnded,
    RoomNotOpen,
    SlotOver,
    StepTooSmall,
)
from marketplace.auctions.rules.limits import edge, limit
from marketplace.auctions.rules.room import FIRST_KIND, LIVE, Room, Seat, Stage, due_at, published, ranked
from marketplace.auctions.rules.terms import AMOUNT
from marketplace.auctions.rules.words import clock_text, value_text


def advance(room: Room, now: datetime) -> Room:
    """The room after what is due at `now`: one step, or the same room when nothing is due.

    A step that comes late shifts everything after it and shortens nothing. One that comes later than
    bidding.late_seconds is not taken: after a pause that everybody can read, the stage is run again in full.
    """
    due = due_at(room)
    if due is None or now < due:
        return room
    if now - due > room.terms.seconds("late"):
        return _again(room, now)
    if room.status == "scheduled":
        return _begin(replace(room, status="running"), now, FIRST_KIND[room.terms.form], "start", 1)
    assert room.stage is not None
    return _AFTER[room.stage.kind](room, room.stage, now)


def quote(room: Room, number: int, value: int, received_at: datetime) -> Room:
    """The room after a seat's quote. value in the unit of the terms; received_at: when the request was read in full.

    Raises RoomNotOpen, RoomEnded, SlotOver, NotYourTurn, BeyondFloor, NothingLower, StepTooSmall, DiscountTooSmall.
    """
    stage = _slot(room, number, received_at)
    _require_better(room, number, value, stage.kind)
    seats = tuple(_bettered(room, seat, value, received_at) if seat.number == number else seat for seat in room.seats)
    changed = replace(room, seats=seats)
    if stage.kind != "open":
        return changed
    return _restart_countdown(published(changed), stage, value, received_at, was=room)


def is_due(room: Room, now: datetime) -> bool:
    """Whether a step of the clock is due: for a stage, when it has ended and what was received in it is written."""
    due = due_at(room)
    return due is not None and now >= due


def final(room: Room) -> list[Seat]:
    """The final standings, best first."""
    return ranked(room.terms, room.seats)


# --- the clock --------------------------------------------------------------------------------------------------------


def _begin(room: Room, now: datetime, kind: str, why: str, round_: int, seat: int | None = None) -> Room:
    """Announce a stage: it begins after the lead and has its full length, however late the announcement is."""
    starts = now + room.terms.seconds("lead")
    if kind == "turn" and seat is None:
        order = _worst_first(room)
        seat, waiting = order[0], order[1:]
        room = replace(room, waiting=waiting)
    number = 1 if room.stage is None else room.stage.number + 1
    stage = Stage(number, kind, why, round_, seat, starts, starts + room.terms.seconds("slot"))
    opened_at = starts if room.opened_at is None or why == "again" else room.opened_at
    return replace(published(room), stage=stage, opened_at=opened_at)


def _worst_first(room: Room) -> tuple[int, ...]:
    """The worst bidder moves first and the best last; among equals the earlier one has the better, later place."""
    return tuple(seat.number for seat in reversed(ranked(room.terms, room.seats)))


def _pause(room: Room, now: datetime, why: str, length: timedelta, round_: int, seat: int | None, then: str) -> Room:
    number = 1 if room.stage is None else room.stage.number + 1
    stage = Stage(number, "pause", why, round_, seat, now, now + length, then)
    return replace(published(room), stage=stage)


def _again(room: Room, now: datetime) -> Room:
    """A stage that could not be ended in time is run again from its beginning; quotes made in it stand."""
    if room.status == "scheduled":
        return replace(room, starts_at=now + room.terms.seconds("resume"))
    assert room.stage is not None
    stage = room.stage
    kind = stage.then if stage.kind == "pause" else stage.kind
    return _pause(room, now, "late", room.terms.seconds("resume"), stage.round, stage.seat, kind)


def _after_pause(room: Room, stage: Stage, now: datetime) -> Room:
    why = "again" if stage.why == "late" else "worst_first" if stage.then == "turn" else "next_round"
    return _begin(room, now, stage.then, why, stage.round, stage.seat)


def _after_turn(room: Room, stage: Stage, now: datetime) -> Room:
    if room.waiting:
        following = replace(room, waiting=room.waiting[1:])
        return _begin(following, now, "turn", "next_seat", stage.round, room.waiting[0])
    return _after_round(room, stage, now)


def _after_round(room: Room, stage: Stage, now: datetime) -> Room:
    if stage.round >= room.terms.rounds:
        return _end(room, stage)
    if room.terms.pause_seconds:
        return _pause(room, now, "between", room.terms.seconds("pause"), stage.round + 1, None, stage.kind)
    why = "worst_first" if stage.kind == "turn" else "next_round"
    return _begin(room, now, stage.kind, why, stage.round + 1)


def _after_open(room: Room, stage: Stage, now: datetime) -> Room:
    """A leading quote that stood for a whole countdown wins; one that did not is answered in a last, sealed round."""
    stood = room.leading_at is None or stage.ends_at - room.leading_at >= room.terms.seconds("slot")
    return _end(room, stage) if stood else _begin(room, now, "last", "sealed_last", stage.round + 1)


def _after_last(room: Room, stage: Stage, now: datetime) -> Room:
    return _end(room, stage)


def _end(room: Room, stage: Stage) -> Room:
    return replace(published(room), status="ended", ended_at=stage.ends_at)


_AFTER: dict[str, Callable[[Room, Stage, datetime], Room]] = {
    "pause": _after_pause,
    "turn": _after_turn,
    "round": _after_round,
    "open": _after_open,
    "last": _after_last,
}


# --- a quote ----------------------------------------------------------------------------------------------------------


def _slot(room: Room, number: int, received_at: datetime) -> Stage:
    """The stage a quote belongs to. Raises when it belongs to none, or to another seat's."""
    stage = room.stage
    if room.status not in {"scheduled", "running"}:
        raise RoomEnded
    if stage is None or stage.kind not in LIVE:
        raise RoomNotOpen(at=clock_text(room.starts_at if stage is None else stage.ends_at))
    if received_at < stage.starts_at:
        raise RoomNotOpen(at=clock_text(stage.starts_at))
    if received_at >= stage.ends_at:
        raise SlotOver(at=clock_text(stage.ends_at))
    if stage.seat not in {None, number}:
        raise NotYourTurn(seat=stage.seat)
    return stage


def _bettered(room: Room, seat: Seat, value: int, received_at: datetime) -> Seat:
    """Every quote binds: of several in one sealed stage, which are not measured against each other, the best counts."""
    if room.terms.cost(value) >= room.terms.cost(seat.value):
        return seat
    return replace(seat, value=value, at=max(received_at, seat.at))


def _require_better(room: Room, number: int, value: int, kind: str) -> None:
    terms = room.terms
    field: dict[str, Any] = {"field": "price_fen" if terms.unit == AMOUNT else "rate_bp"}
    allowed = limit(room, number, kind=kind)
    if allowed is None:
        raise NothingLower
    if terms.cost(value) < edge(terms) or (terms.unit != AMOUNT and value < 0):
        raise BeyondFloor(floor=value_text(abs(edge(terms)), terms.unit), **field)
    if terms.cost(value) > terms.cost(allowed):
        refusal = StepTooSmall if terms.unit == AMOUNT else DiscountTooSmall
        raise refusal(limit=value_text(allowed, terms.unit), **field)


def _restart_countdown(room: Room, stage: Stage, value: int, received_at: datetime, *, was: Room) -> Room:
    """Give the others a whole countdown after a better quote. Source: rulebook bidding.reset_on_lower.

    A quote at the floor starts one countdown that no later quote at the floor restarts (bidding.reset_at_floor).
    """
    terms = room.terms
    better = terms.cost(value) < min(terms.cost(shown) for shown in was.shown)
    if not better and not (value == terms.floor and terms.reset_at_floor):
        return room
    room = replace(room, leading_at=received_at)
    if not terms.reset_on_lower:
        return room
    ends = max(stage.ends_at, min(received_at + terms.seconds("slot"), _latest_end(room)))
    return replace(room, stage=replace(stage, ends_at=ends, why="reset" if ends > stage.ends_at else stage.why))


def _latest_end(room: Room) -> datetime:
    """Where the countdown must stop so that a last, sealed round still fits. Source: rulebook bidding.max_minutes."""
    assert room.opened_at is not None
    terms = room.terms
    tail = terms.seconds("slot") + terms.seconds("drain") + terms.seconds("lead")
    return max(room.opened_at + terms.seconds("max") - tail, room.opened_at + terms.seconds("slot"))
