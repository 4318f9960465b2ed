"""How far this process's clock is from the database's: measured, published, and the reason to trust a stamp or not."""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from marketplace.kernel.clock import system_clock
from marketplace.kernel.context import Runtime

EVERY_SECONDS = 60
TRIES = 5
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Reading:
    """offset: what must be added to our clock to get the database's. error: how wrong that may be."""

    offset: timedelta
    error: timedelta
    at: datetime


def read(runtime: Runtime) -> Reading:
    """Compare the clocks: the quickest of a few questions bounds the error by half its journey.

    SQLite has no clock but the machine's, and a simulated clock is compared with nothing.
    """
    best = Reading(_NOTHING, timedelta.max, system_clock())
    with runtime.glance() as ctx:
        if ctx.session.get_bind().dialect.name != "postgresql" or runtime.clock is not system_clock:
            return Reading(_NOTHING, _NOTHING, best.at)
        for _ in range(TRIES):
            asked = system_clock()
            answer = ctx.session.scalar(select(func.clock_timestamp()))
            half = (system_clock() - asked) / 2
            if answer is not None and half < best.error:
                best = Reading(answer.astimezone(UTC) - asked - half, half, asked)
    return best


class Watch:
    """Keeps one reading fresh. most: largest distance from the database's clock at which a stamp of ours counts."""

    def __init__(self, runtime: Runtime, most: timedelta) -> None:
        self._runtime = runtime
        self.most = most
        self._reading: Reading | None = None
        self._near, self._due = False, 0.0
        self._measuring = threading.Lock()

    def reading(self) -> Reading:
        """The newest reading, taken again when it is older than a minute."""
        if self._reading is None or time.monotonic() >= self._due:
            self._refresh()
        assert self._reading is not None
        return self._reading

    def _refresh(self) -> None:
        # Somebody who has an old reading does not wait for the one who takes the new one.
        if not self._measuring.acquire(blocking=self._reading is None):
            return
        try:
            if self._reading is None or time.monotonic() >= self._due:
                found = read(self._runtime)
                self._near = abs(found.offset) + found.error <= self.most
                self._reading = found
                self._due = time.monotonic() + EVERY_SECONDS
        finally:
            self._measuring.release()

    @property
    def trusted(self) -> bool:
        """Whether our clock is near enough to the database's."""
        self.reading()
        return self._near

    def stamp(self) -> datetime | None:
        """The database's time by our clock, or None when ours may not be trusted."""
        arrived = self._runtime.clock()
        found = self.reading()
        return arrived + found.offset if self._near else None
