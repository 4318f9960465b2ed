"""Promises about agencies that the timer keeps."""

from __future__ import annotations

from collections.abc import Callable

from marketplace.agencies import papers, service, standing
from marketplace.kernel.context import Ctx

HANDLERS: dict[str, Callable[[Ctx, str], None]] = {
    papers.LAPSES: service.lapse,
    standing.SUSPENSION_ENDS: service.end_suspension,
}
