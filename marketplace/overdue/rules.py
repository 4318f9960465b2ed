"""Pure arithmetic of late payment (State Council Order 802). Money is integer fen, interest rounded half up, once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

YEAR_DAYS = 365
SIZES = ("micro", "small", "medium", "large")
PROTECTED = ("micro", "small", "medium")
EVERY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Late:
    """One amount that is due: days_late is 0 until the last day in time has passed."""

    due_on: date
    days_late: int
    interest_fen: int


def interest_fen(amount_fen: int, days: int, *, daily_bp: int, yearly_bp: int | None) -> int:
    """Interest for whole days of lateness.

    daily_bp: basis points a day by law; yearly_bp: as agreed a year instead, counted over 365 days.
    """
    if days <= 0 or amount_fen <= 0:
        return 0
    if yearly_bp is None:
        part, whole = amount_fen * daily_bp * days, 10_000
    else:
        part, whole = amount_fen * yearly_bp * days, 10_000 * YEAR_DAYS
    return (part * 2 + whole) // (whole * 2)


def late(due_on: date, today: date, amount_fen: int, *, daily_bp: int, yearly_bp: int | None) -> Late:
    """How late an amount is, and what it costs. due_on: last day in time; the day itself is still in time."""
    days = max((today - due_on).days, 0)
    return Late(due_on, days, interest_fen(amount_fen, days, daily_bp=daily_bp, yearly_bp=yearly_bp))


def stage(due_at: datetime, now: datetime) -> str:
    """What a reminder says: the date comes, it is here, it has passed."""
    if now < due_at - timedelta(hours=12):
        return "coming"
    return "due" if now <= due_at else "overdue"


def next_reminder(due_at: datetime, now: datetime) -> datetime:
    """When to remind again: on the due date, the day after it, then every week."""
    if now < due_at:
        return due_at
    return now + (timedelta(days=1) if now < due_at + timedelta(days=1) else EVERY)
