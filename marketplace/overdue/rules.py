"""Pure rules around late payment (State Council Order 802); its arithmetic is in payments.rules."""

from datetime import datetime, timedelta

SIZES = ("micro", "small", "medium", "large")
PROTECTED = ("micro", "small", "medium")
EVERY = timedelta(days=7)


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
