"""What a room runs under, from the rulebook, frozen when it is scheduled. All pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Protocol

FORMS = ("countdown", "rounds", "turns")
AMOUNT, RATE = "fen", "bp"
BASIS = 10_000
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


def terms_json(terms: Terms) -> dict[str, Any]:
    """Terms as JSON."""
    return {name: getattr(terms, name) for name in _TERMS}


def terms_of(facts: Mapping[str, Any]) -> Terms:
    """Terms as they were written. Raises TypeError for anything else."""
    return Terms(**facts)
