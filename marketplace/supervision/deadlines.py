"""Promises of supervision that the timer keeps."""

from collections.abc import Callable
from datetime import datetime, timedelta

from marketplace.kernel.clock import SHANGHAI, at_shanghai
from marketplace.kernel.context import Ctx
from marketplace.supervision import proceedings, service


def _accept_due(ctx: Ctx, complaint_id: str) -> None:
    service.note_overdue(ctx, complaint_id, "accept")


def _decide_due(ctx: Ctx, complaint_id: str) -> None:
    service.note_overdue(ctx, complaint_id, "decide")


def _sweep(ctx: Ctx, subject: str) -> None:
    service.sweep(ctx)


def next_sweep(now: datetime) -> datetime:
    """The next 02:00 in Shanghai after `now`."""
    today = at_shanghai(now.astimezone(SHANGHAI).date(), 2)
    return today if today > now else at_shanghai(now.astimezone(SHANGHAI).date() + timedelta(days=1), 2)


HANDLERS: dict[str, Callable[[Ctx, str], None]] = {
    "complaint.accept_due": _accept_due,
    "complaint.decide_due": _decide_due,
    "exit.defence_ends": proceedings.expire_defence,
    "exit.decide_due": proceedings.note_case_overdue,
    "exit.sweep": _sweep,
    "sanction.ends": proceedings.end_sanction,
}
RECURRING: dict[str, Callable[[datetime], datetime]] = {"exit.sweep": next_sweep}
