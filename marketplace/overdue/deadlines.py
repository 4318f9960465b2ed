"""Promises of the statutory clock that the timer keeps."""

from collections.abc import Callable

from marketplace.kernel.context import Ctx
from marketplace.overdue import service

HANDLERS: dict[str, Callable[[Ctx, str], None]] = {"overdue.remind": service.remind}
