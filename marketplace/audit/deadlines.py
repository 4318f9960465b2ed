"""Sealing every minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from marketplace.audit import service
from marketplace.kernel.context import Ctx

SEAL = "audit.seal"
EVERY = timedelta(minutes=1)


def _seal(ctx: Ctx, subject: str) -> None:
    service.seal(ctx)


HANDLERS: dict[str, Callable[[Ctx, str], None]] = {SEAL: _seal}
RECURRING: dict[str, Callable[[datetime], datetime]] = {SEAL: lambda now: now + EVERY}
