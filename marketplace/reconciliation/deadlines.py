"""Promises of reconciliation that the timer keeps."""

from collections.abc import Callable
from datetime import datetime

from marketplace.kernel.context import Ctx, Runtime
from marketplace.reconciliation import fetching


def _fetch(ctx: Ctx, subject: str) -> None:
    """Ask for the statements that are missing; the wire comes after the tick, when no transaction is open."""
    fetching.want_missing(ctx)


def fetch(runtime: Runtime) -> None:
    """Take in what is wanted."""
    fetching.run_due(runtime)


HANDLERS: dict[str, Callable[[Ctx, str], None]] = {"reconcile.fetch": _fetch}
RECURRING: dict[str, Callable[[datetime], datetime]] = {"reconcile.fetch": fetching.next_fetch}
AFTER_TICK: list[Callable[[Runtime], None]] = [fetch]
