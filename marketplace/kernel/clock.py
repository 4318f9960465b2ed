"""Where time comes from: one frozen instant per unit of work, Shanghai for people, UTC for storage."""

import calendar
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The machine's clock, aware UTC."""
    return datetime.now(UTC)


class SimulatedClock:
    """A clock that moves only when told, or runs on from a chosen instant when given a pace maker.

    start: aware instant shown first. running: a real clock whose elapsed time is added (demo), or None.
    anchor: the real instant that `start` belongs to, so that several processes show the same time; None means now.
    """

    def __init__(self, start: datetime, running: Clock | None = None, anchor: datetime | None = None) -> None:
        self._at = start.astimezone(UTC)
        self._running = running
        self._anchor = (anchor or running()) if running else None
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            if self._running is None or self._anchor is None:
                return self._at
            return self._at + (self._running() - self._anchor)

    def advance(self, **delta: float) -> datetime:
        """Move on by timedelta(**delta) and return the new instant."""
        with self._lock:
            self._at += timedelta(**delta)
        return self()

    def set(self, at: datetime) -> datetime:
        """Jump to an instant, forwards or backwards."""
        with self._lock:
            self._at = at.astimezone(UTC)
            self._anchor = self._running() if self._running else None
        return self()


def shanghai_date(at: datetime) -> date:
    """The calendar day in Shanghai at an instant."""
    return at.astimezone(SHANGHAI).date()


def rounded_down(at: datetime, step: timedelta) -> datetime:
    """The last whole step of Shanghai's day at or before an instant, aware UTC. step: of a day, or the day."""
    midnight = at_shanghai(shanghai_date(at))
    return midnight + (at - midnight) // step * step


def at_shanghai(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """The instant (aware UTC) of a Shanghai wall time."""
    return datetime.combine(day, time(hour, minute), SHANGHAI).astimezone(UTC)


def add_months(at: datetime, months: int) -> datetime:
    """The same Shanghai wall time so many months on (back when negative), at most the month's last day."""
    local = at.astimezone(SHANGHAI)
    count = local.year * 12 + local.month - 1 + months
    year, month = divmod(count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    day = date(year, month + 1, min(local.day, last))
    return datetime.combine(day, local.time(), SHANGHAI).astimezone(UTC)
